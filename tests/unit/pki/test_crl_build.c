#include "tests/unit/pki/crl_sample.h"

#include "tests/unit/openssl.h"

/* behind ours: it has macros with the names of our key usages, and other values */
#include <openssl/x509.h>

static const char *const keys[] = {"p-256", "p-384", "p-521", "ed25519", "rsa-2048"};
#define KEYS (sizeof keys / sizeof *keys)

static struct crl_sample sample;

static int teardown(void **state)
{
	(void)state;
	key_free(sample.key);
	sample.key = NULL;
	return 0;
}

static void begin(const char *key)
{
	key_free(sample.key);
	crl_sample_make(&sample, key);
}

static const struct crl_entry kinds[] = {
	{{(const uint8_t *)"\x01", 1}, CRL_TIME, 0, 0},
	{{(const uint8_t *)"\x80\x01", 2}, CRL_TIME - 1, 0, 1},
	{{(const uint8_t *)"\x7f\x02", 2}, 2524607999, CRL_TIME - 86400, 0},
	{{(const uint8_t *)"\x41\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14",
	  20}, 2524608000, 951782400, 10},
	{{(const uint8_t *)"\xff\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14",
	  20}, 0, 1, 6},
};
#define KINDS (sizeof kinds / sizeof *kinds)

static void set_point(const char *uri)
{
	static const char *points[1];
	points[0] = uri;
	sample.head.points = points;
	sample.head.point_count = 1;
}

static void take_kinds(void)
{
	sample.entries = arena_memdup(arena, kinds, sizeof kinds);
	sample.count = KINDS;
}

struct comparison {
	size_t at;
};

static int compare(void *context, const struct crl_entry *entry)
{
	struct comparison *c = context;
	assert_true(c->at < sample.count);
	const struct crl_entry *expected = &sample.entries[c->at++];
	assert_true(bytes_equal(entry->serial, expected->serial));
	assert_true(entry->revoked == expected->revoked);
	assert_true(entry->invalid == expected->invalid);
	assert_int_equal(entry->reason, expected->reason);
	return 0;
}

/* Writes, and reads it again. */
static struct bytes check(struct crl *crl)
{
	struct error err = {0};
	struct comparison c = {0};
	struct bytes der = crl_sample_write(&sample);
	if (crl_parse(crl, arena, der, &err) || crl_visit(crl, compare, &c, &err) ||
	    crl_verify(crl, key_public(sample.key), &err))
		fail_msg("%s %s", err.message, err.detail);
	assert_int_equal(c.at, sample.count);
	assert_true(bytes_equal(crl->issuer, sample.head.issuer));
	assert_true(bytes_equal(crl->key_id, sample.head.key_id));
	assert_true(crl->this_update == sample.head.this_update);
	assert_true(crl->next_update == sample.head.next_update);
	assert_true(crl->number == sample.head.number && crl->base == sample.head.base);
	return der;
}

static void every_kind_of_key_and_entry_reads_back(void **state)
{
	(void)state;
	struct crl crl;
	for (size_t i = 0; i < KEYS; i++) {
		begin(keys[i]);
		check(&crl);
		take_kinds();
		check(&crl);
		/* more than one block */
		sample.count = 3000;
		sample.entries = arena_array(arena, sample.count, sizeof *sample.entries);
		for (size_t n = 0; n < sample.count; n++)
			sample.entries[n] = kinds[n % KINDS];
		check(&crl);
	}
}

static bool is_openssl_fine(struct bytes der, const char *const *argv, const char *text)
{
	struct buffer said = BUFFER_MAX(1 << 20);
	bool fine = openssl_run(argv, der, &said) == 0 && strstr(buffer_text(&said), text);
	if (!fine)
		print_error("%s\n", buffer_text(&said));
	buffer_free(&said);
	return fine;
}

static void openssl_and_certtool_read_it(void **state)
{
	(void)state;
	static const char *const openssl[] = {"openssl", "crl", "-inform", "DER", "-noout", "-text", NULL};
	static const char *const certtool[] = {"certtool", "--crl-info", "--inder", NULL};
	static const char *const facts[] = {
		"Serial Number: 7F02", "Revocation Date: Dec 31 23:59:59 2049 GMT",
		"Revocation Date: Jan  1 00:00:00 2050 GMT", "Revocation Date: Jan  1 00:00:00 1970 GMT",
		"Key Compromise", "Certificate Hold", "Invalidity Date", "Feb 29 00:00:00 2000 GMT",
		"URI:http://ca.example.com/crl/issuing-3.crl", "X509v3 Delta CRL Indicator: critical",
		"X509v3 Issuing Distribution Point: critical"};
	struct crl crl;
	for (size_t i = 0; i < KEYS; i++) {
		begin(keys[i]);
		take_kinds();
		sample.head.base = 5;
		set_point("http://ca.example.com/crl/issuing-3.crl");
		struct bytes der = check(&crl);
		for (size_t n = 0; n < sizeof facts / sizeof *facts; n++)
			assert_true(is_openssl_fine(der, openssl, facts[n]));
		assert_true(is_openssl_fine(der, certtool, "Revoked certificates (5)"));
	}
}

static int openssl_verify(struct bytes der)
{
	const unsigned char *at = der.data;
	X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der.length);
	assert_non_null(crl);
	assert_ptr_equal(at, der.data + der.length);
	struct bytes spki = pubkey_spki(key_public(sample.key));
	at = spki.data;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.length);
	assert_non_null(key);
	int result = X509_CRL_verify(crl, key);
	EVP_PKEY_free(key);
	X509_CRL_free(crl);
	return result;
}

static void openssl_verifies_the_signature(void **state)
{
	(void)state;
	struct crl crl;
	for (size_t i = 0; i < KEYS; i++) {
		begin(keys[i]);
		take_kinds();
		struct bytes der = check(&crl);
		assert_int_equal(openssl_verify(der), 1);
		uint8_t *broken = arena_memdup(arena, der.data, der.length);
		broken[crl.entries.data - der.data + 4] ^= 1; /* the first serial number */
		assert_int_not_equal(openssl_verify(bytes_make(broken, der.length)), 1);
	}
}

static void heads_say_what_they_are_told(void **state)
{
	(void)state;
	static const char *const freshest[] = {"http://ca.example.com/crl/a.delta.crl",
	                                       "http://ca.example.org/crl/a.delta.crl"};
	struct crl crl;
	begin("p-256");
	sample.head.number = UINT64_MAX;
	sample.head.this_update = 2524607999;
	sample.head.next_update = 2524608001;
	sample.head.freshest = freshest;
	sample.head.freshest_count = 2;
	check(&crl);
	assert_int_equal(crl.freshest_count, 2);
	assert_true(bytes_is_text(crl.freshest[1], freshest[1]));
	assert_int_equal(crl.entries.length, 0);
	assert_int_equal(crl.point.uri_count, 0);
	sample.head.freshest_count = 0;
	set_point("http://ca.example.com/crl/a-1.crl");
	sample.head.base = 4;
	check(&crl);
	assert_int_equal(crl.point.uri_count, 1);
	assert_true(bytes_is_text(crl.point.uris[0], *sample.head.points));
}

/* The first header has three octets of length above 65535 and two below, and what it is shows only
 * when the signature is there. */
static void a_signature_of_any_length_leaves_the_header_right(void **state)
{
	(void)state;
	static char uri[400];
	struct crl crl;
	unsigned shorter = 0, longer = 0;
	struct crl_entry filler = kinds[3];
	begin("p-256");
	sample.entries = arena_array(arena, 1200, sizeof filler);
	for (size_t i = 0; i < 1200; i++)
		sample.entries[i] = filler;
	set_point(uri);
	/* as many entries as go below the limit, and the rest from the name */
	snprintf(uri, sizeof uri, "http://a/%0200d", 0);
	size_t size = 0;
	for (sample.count = 700; size < 65536 - 200; sample.count++)
		size = crl_sample_write(&sample).length;
	sample.count--;
	for (int i = 0; i < 200 && !(shorter && longer); i++) {
		snprintf(uri, sizeof uri, "http://a/%0*d", 200 + i % 200, 0);
		struct bytes der = check(&crl);
		shorter += der.length >= 65530 && der.data[1] == 0x82;
		longer += der.length <= 65547 && der.data[1] == 0x83;
	}
	assert_true(shorter && longer);
}

static int expect_failure(const char *text)
{
	struct error err = {0};
	struct crl_written written = {99, 99};
	FILE *file = tmpfile();
	assert_non_null(file);
	int result = crl_write(fileno(file), sample.key, SIGNATURE_ECDSA_SHA256, &sample.head,
	                       crl_sample_source, &sample, &written, &err);
	assert_int_equal(err.code, result);
	if (!strstr(err.message, text))
		fail_msg("%s: %s", text, err.message);
	assert_int_equal(written.entries, 99);
	fclose(file);
	return result;
}

static void what_no_crl_may_say_is_refused(void **state)
{
	(void)state;
	begin("p-256");
	take_kinds();
	struct crl_head good = sample.head;
	sample.head.next_update = good.this_update;
	assert_int_equal(expect_failure("head"), SIGNET_E_INVALID);
	sample.head = good;
	sample.head.base = 8;
	assert_int_equal(expect_failure("head"), SIGNET_E_INVALID);
	sample.head = good;
	set_point("no uri");
	assert_int_equal(expect_failure("head"), SIGNET_E_INVALID);
	sample.head = good;
	sample.entries[4].reason = 7;
	assert_int_equal(expect_failure("reason 7"), SIGNET_E_INVALID);
	sample.entries[4].reason = CRL_REASON_REMOVE;
	assert_int_equal(expect_failure("removeFromCRL"), SIGNET_E_INVALID);
	sample.head.base = 5;
	struct crl crl;
	check(&crl);
	sample.entries[4].revoked = -1;
	assert_int_equal(expect_failure("date"), SIGNET_E_INVALID);
	sample.entries[4] = (struct crl_entry){.serial = BYTES_OF("\0\0")};
	assert_int_equal(expect_failure("serial"), SIGNET_E_INVALID);
	sample.entries[4].serial = BYTES_OF("\1aaaaaaaaaaaaaaaaaaaaa");
	assert_int_equal(expect_failure("serial"), SIGNET_E_INVALID);
	key_free(sample.key);
	sample.key = sample_key("ed25519");
	assert_int_equal(expect_failure("Ed25519"), SIGNET_E_BAD_ALGORITHM);
}

static int moving_source(void *arg, crl_visitor *visitor, void *context)
{
	struct crl_sample *s = arg;
	s->count = s->visits ? KINDS - 1 : KINDS;
	return crl_sample_source(s, visitor, context);
}

static int broken_source(void *arg, crl_visitor *visitor, void *context)
{
	(void)arg, (void)visitor, (void)context;
	return SIGNET_E_CORRUPT;
}

static void a_source_that_fails_or_changes_makes_no_crl(void **state)
{
	(void)state;
	struct error err = {0};
	struct crl_written written;
	begin("p-256");
	take_kinds();
	FILE *file = tmpfile();
	assert_int_equal(crl_write(fileno(file), sample.key, SIGNATURE_ECDSA_SHA256, &sample.head,
	                           moving_source, &sample, &written, &err), SIGNET_E_INTERNAL);
	assert_int_equal(crl_write(fileno(file), sample.key, SIGNATURE_ECDSA_SHA256, &sample.head,
	                           broken_source, &sample, &written, &err), SIGNET_E_CORRUPT);
	assert_int_equal(err.code, SIGNET_E_CORRUPT);
	fclose(file);
}

#define MANY 4000 /* more than one block of them */
#define SPOILED 1000 /* where entries are, */
#define ENTRY_MAX 40 /* at least one of them, so that each octet of it is another one once */

struct spoiler {
	int fd;
	off_t at;
};

/* What was written of the first block is another octet when the last entry comes. */
static int spoiling_source(void *arg, crl_visitor *visitor, void *context)
{
	const struct spoiler *s = arg;
	static const uint8_t octet = 0xff;
	int result = crl_sample_source(&sample, visitor, context);
	if (result == 0 && sample.visits == 2)
		assert_int_equal(pwrite(s->fd, &octet, 1, s->at), 1);
	return result;
}

static void what_does_not_read_back_is_no_crl(void **state)
{
	(void)state;
	static struct crl_entry entries[MANY];
	static uint8_t serials[MANY][4];
	begin("p-256");
	for (unsigned i = 0; i < MANY; i++) {
		serials[i][0] = 1;
		serials[i][2] = (uint8_t)(i >> 8);
		serials[i][3] = (uint8_t)i;
		entries[i] = (struct crl_entry){.serial = BYTES_OF(serials[i]), .revoked = CRL_TIME - 5};
	}
	sample.entries = entries;
	sample.count = MANY;
	for (off_t at = SPOILED; at < SPOILED + ENTRY_MAX; at++) {
		struct error err = {0};
		struct crl_written written = {.size = 4711};
		FILE *file = tmpfile();
		struct spoiler spoiler = {fileno(file), at};
		sample.visits = 0;
		assert_int_equal(crl_write(spoiler.fd, sample.key, SIGNATURE_ECDSA_SHA256, &sample.head,
		                           spoiling_source, &spoiler, &written, &err),
		                 SIGNET_E_INTERNAL);
		assert_int_equal(err.code, SIGNET_E_INTERNAL);
		assert_non_null(strstr(err.message, "what was written does not read back"));
		assert_int_equal(written.size, 4711);
		fclose(file);
	}
}

static void a_file_that_was_longer_is_cut(void **state)
{
	(void)state;
	struct crl_written written;
	struct error err = {0};
	begin("p-256");
	FILE *file = tmpfile();
	assert_int_equal(ftruncate(fileno(file), 100000), 0);
	assert_int_equal(crl_write(fileno(file), sample.key, SIGNATURE_ECDSA_SHA256, &sample.head,
	                           crl_sample_source, &sample, &written, &err), 0);
	assert_int_equal(lseek(fileno(file), 0, SEEK_END), written.size);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(every_kind_of_key_and_entry_reads_back, teardown),
		cmocka_unit_test_teardown(openssl_and_certtool_read_it, teardown),
		cmocka_unit_test_teardown(openssl_verifies_the_signature, teardown),
		cmocka_unit_test_teardown(heads_say_what_they_are_told, teardown),
		cmocka_unit_test_teardown(a_signature_of_any_length_leaves_the_header_right, teardown),
		cmocka_unit_test_teardown(what_no_crl_may_say_is_refused, teardown),
		cmocka_unit_test_teardown(a_source_that_fails_or_changes_makes_no_crl, teardown),
		cmocka_unit_test_teardown(what_does_not_read_back_is_no_crl, teardown),
		cmocka_unit_test_teardown(a_file_that_was_longer_is_cut, teardown),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
