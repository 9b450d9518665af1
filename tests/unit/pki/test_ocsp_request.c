#include "tests/unit/pki/sample.h"

#include "pki/ocsp.h"

static struct ocsp_request request;

static void parse(const char *name)
{
	struct error err = {0};
	const char *path = arena_printf(arena, "good/ocsp/%s.der", name);
	if (ocsp_request_parse(&request, data_read(path), &err))
		fail_msg("%s: %s", name, err.message);
}

static void what_openssl_asks_is_read(void **state)
{
	(void)state;
	struct certificate issuing;
	struct der spki, inside;
	struct bytes bits;
	uint8_t hash[HASH_SIZE_MAX];
	assert_int_equal(certificate_parse(&issuing, arena, data_read("good/chain/issuing.der"), NULL),
	                 0);
	parse("nonce");
	assert_int_equal(request.count, 1);
	assert_int_equal(request.nonce.length, 16);
	assert_int_equal(request.ids[0].hash, HASH_SHA1);
	assert_bytes(request.ids[0].serial, "1267");
	hash_compute(HASH_SHA1, issuing.subject, hash);
	assert_true(bytes_equal(request.ids[0].name_hash, bytes_make(hash, 20)));
	pubkey_id(issuing.key, hash);
	assert_true(bytes_equal(request.ids[0].key_hash, bytes_make(hash, 20)));
	parse("plain");
	assert_int_equal(request.nonce.length, 0);
	parse("sha256");
	assert_int_equal(request.ids[0].hash, HASH_SHA256);
	hash_compute(HASH_SHA256, issuing.subject, hash);
	assert_true(bytes_equal(request.ids[0].name_hash, bytes_make(hash, 32)));
	spki = der_open(issuing.spki);
	assert_int_equal(der_enter(&spki, DER_SEQUENCE, &inside), 0);
	assert_int_equal(der_expect(&inside, DER_SEQUENCE, NULL), 0);
	assert_int_equal(der_bits(&inside, &bits, NULL), 0);
	hash_compute(HASH_SHA256, bits, hash);
	assert_true(bytes_equal(request.ids[0].key_hash, bytes_make(hash, 32)));
	certificate_clear(&issuing);
}

static void several_are_read_in_their_order(void **state)
{
	(void)state;
	parse("several");
	assert_int_equal(request.count, 3);
	assert_bytes(request.ids[1].serial, "02");
	assert_int_equal(request.ids[2].hash, HASH_SHA256);
	assert_bytes(request.ids[2].serial, "80aabb");
	parse("most");
	assert_int_equal(request.count, LIMIT_OCSP_IDS);
	assert_bytes(request.ids[31].serial, "20");
}

static void what_may_be_there_is_read_over(void **state)
{
	(void)state;
	parse("signed");
	assert_int_equal(request.count, 1);
	parse("another-hash");
	assert_int_equal(request.ids[0].hash, 0);
	parse("no-parameters");
	assert_int_equal(request.ids[0].hash, HASH_SHA1);
	parse("version-1");
	parse("single-extension");
	parse("nonce-1");
	assert_int_equal(request.nonce.length, 1);
	parse("nonce-128");
	assert_int_equal(request.nonce.length, 128);
}

static void every_cut_is_refused(void **state)
{
	(void)state;
	struct bytes der = data_read("good/ocsp/several.der");
	for (size_t n = 0; n < der.length; n++) {
		struct bytes cut = exact(bytes_make(der.data, n));
		assert_int_equal(ocsp_request_parse(&request, cut, NULL), SIGNET_E_INVALID);
		exact_free(cut);
	}
}

static void hostile_files_are_refused(void **state)
{
	(void)state;
	size_t seen = 0;
	DIR *dir = opendir(data_path("hostile/ocsp"));
	assert_non_null(dir);
	for (struct dirent *file; (file = readdir(dir)); seen++) {
		struct error err = {0};
		if (file->d_name[0] == '.')
			continue;
		const char *path = arena_printf(arena, "hostile/ocsp/%s", file->d_name);
		struct bytes der = exact(data_read(path));
		int result = ocsp_request_parse(&request, der, &err);
		if ((result != SIGNET_E_INVALID && result != SIGNET_E_TOO_BIG) || err.code != result ||
		    strncmp(err.message, "ocsp: ", 6) != 0)
			fail_msg("%s: %d %s", file->d_name, result, err.message);
		exact_free(der);
	}
	closedir(dir);
	assert_true(seen >= 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_openssl_asks_is_read),
		cmocka_unit_test(several_are_read_in_their_order),
		cmocka_unit_test(what_may_be_there_is_read_over),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(hostile_files_are_refused),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
