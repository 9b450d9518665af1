#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/records.pb-c.h"
#include "engine/scan.h"

static void fields_are_read_where_they_stand(void **state)
{
	(void)state;
	uint8_t packed[256];
	Signet__Db__Request record = SIGNET__DB__REQUEST__INIT;
	struct scan_field fields[9];
	record.state = 1;
	record.submitted = INT64_C(1790000000);
	record.profile = (char *)(uintptr_t)"tls-server";
	record.requester = (char *)(uintptr_t)"account/17";
	record.message = (char *)(uintptr_t)"behind what is asked for";
	size_t length = signet__db__request__pack(&record, packed);
	assert_int_equal(scan_record(bytes_make(packed, length), 8, fields), 0);
	assert_int_equal(fields[1].number, 1);
	assert_int_equal(fields[2].number, INT64_C(1790000000));
	assert_int_equal(fields[3].number, 0);
	assert_true(bytes_is_text(fields[4].octets, "tls-server"));
	assert_int_equal(fields[5].octets.length, 0);
	assert_true(bytes_is_text(fields[8].octets, "account/17"));
}

static void what_is_no_record_is_refused(void **state)
{
	(void)state;
	struct scan_field fields[4];
	assert_int_equal(scan_record(BYTES_NONE, 3, fields), 0);
	assert_int_equal(fields[3].number, 0);
	/* a tag without a value, octets that are longer than the record, a varint without an end, and a
	 * kind of field that records have not */
	assert_int_equal(scan_record(bytes_make("\x08", 1), 3, fields), SIGNET_E_CORRUPT);
	assert_int_equal(scan_record(bytes_make("\x12\x05" "abc", 5), 3, fields), SIGNET_E_CORRUPT);
	assert_int_equal(scan_record(bytes_make("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12), 3,
	                             fields), SIGNET_E_CORRUPT);
	assert_int_equal(scan_record(bytes_make("\x0d" "abcd", 5), 3, fields), SIGNET_E_CORRUPT);
	assert_int_equal(scan_record(bytes_make("\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10), 3, fields),
	                 SIGNET_E_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_read_where_they_stand),
		cmocka_unit_test(what_is_no_record_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
