#include "tests/unit/pki/sample.h"

static struct sample sample;
static struct certificate c;
static struct error err;

/* A certificate element by element, so that a test changes one of them. */
struct parts {
	struct bytes version, serial, inner_algorithm, issuer, validity, subject, spki;
	struct bytes unique_ids, extensions, outer_algorithm, signature, behind;
};

static const char ecdsa_sha256[] = "300a 06082a8648ce3d040302";
static const char validity_2026[] = "301e 170d 3236303130313030303030305a"
                                    "170d 3236303430313030303030305a";

static struct parts good_parts(void)
{
	return (struct parts){
		.version = hex("a003 020102"),
		.serial = hex("0202 00ff"),
		.inner_algorithm = hex(ecdsa_sha256),
		.issuer = sample.template.issuer,
		.validity = hex(validity_2026),
		.subject = sample.template.subject,
		.spki = sample.template.spki,
		.extensions = hex("a310 300e 300c 0603551d13 0101ff 0402 3000"),
		.outer_algorithm = hex(ecdsa_sha256),
		.signature = hex("0303 00 abcd"),
	};
}

static struct bytes assemble(const struct parts *p)
{
	struct buffer out = BUFFER_MAX(1 << 20);
	struct bytes der = BYTES_NONE;
	struct der_writer w = der_write(&out);
	der_begin(&w, DER_SEQUENCE);
	der_begin(&w, DER_SEQUENCE);
	der_put_raw(&w, p->version);
	der_put_raw(&w, p->serial);
	der_put_raw(&w, p->inner_algorithm);
	der_put_raw(&w, p->issuer);
	der_put_raw(&w, p->validity);
	der_put_raw(&w, p->subject);
	der_put_raw(&w, p->spki);
	der_put_raw(&w, p->unique_ids);
	der_put_raw(&w, p->extensions);
	der_end(&w);
	der_put_raw(&w, p->outer_algorithm);
	der_put_raw(&w, p->signature);
	der_put_raw(&w, p->behind);
	der_end(&w);
	assert_int_equal(der_writer_finish(&w), 0);
	assert_int_equal(arena_bytes(arena, buffer_bytes(&out), &der), 0);
	buffer_free(&out);
	return der;
}

static int parse(struct bytes der)
{
	struct bytes copy = exact(der);
	memset(&err, 0, sizeof err);
	memset(&c, 0, sizeof c);
	int result = certificate_parse(&c, arena, copy, &err);
	assert_int_equal(result, err.code);
	if (result)
		assert_null(c.key);
	certificate_clear(&c);
	exact_free(copy);
	return result;
}

static int parse_parts(const struct parts *parts)
{
	return parse(assemble(parts));
}

static int setup(void **state)
{
	int result = arena_setup(state);
	if (result == 0)
		sample_make(&sample, "p-256");
	return result;
}

static int teardown(void **state)
{
	sample_free(&sample);
	return arena_teardown(state);
}

static void certificates_of_others_are_read(void **state)
{
	(void)state;
	static const char *const names[] = {"root", "issuing", "leaf", "root-ed25519", "root-rsa",
	                                    "forever"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct bytes der = data_read(arena_printf(arena, "good/chain/%s.der", names[i]));
		if (parse(der))
			fail_msg("%s: %s", names[i], err.message);
	}
}

static void signatures_of_a_chain_verify(void **state)
{
	(void)state;
	struct certificate root, issuing;
	struct bytes root_der = data_read("good/chain/root.der");
	struct bytes issuing_der = data_read("good/chain/issuing.der");
	int path_length;
	assert_int_equal(certificate_parse(&root, arena, root_der, &err), 0);
	assert_int_equal(certificate_parse(&issuing, arena, issuing_der, &err), 0);
	assert_int_equal(certificate_verify(&root, root.key, &err), 0);
	assert_int_equal(certificate_verify(&issuing, root.key, &err), 0);
	assert_int_equal(certificate_verify(&root, issuing.key, &err), SIGNET_E_BAD_SIGNATURE);
	assert_true(certificate_is_ca(&root, &path_length));
	assert_true(certificate_is_ca(&issuing, NULL));
	assert_true(certificate_key_usage(&issuing) & KU_KEY_CERT_SIGN);
	assert_non_null(certificate_extension(&issuing, OID_SUBJECT_KEY_ID));
	assert_null(certificate_extension(&issuing, OID_SUBJECT_ALT_NAME));
	certificate_clear(&root);
	certificate_clear(&issuing);
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	struct bytes der = data_read("good/chain/leaf.der");
	assert_int_equal(parse(der), 0);
	for (size_t n = 0; n < der.length; n++)
		assert_int_equal(parse(bytes_make(der.data, n)), SIGNET_E_INVALID);
}

/* Whatever octet changes, the parser or the signature refuses it. */
static void no_changed_octet_passes(void **state)
{
	(void)state;
	struct bytes der = data_read("good/chain/leaf.der");
	struct certificate issuing, changed;
	assert_int_equal(certificate_parse(&issuing, arena, data_read("good/chain/issuing.der"),
	                                   &err), 0);
	uint8_t *copy = arena_memdup(arena, der.data, der.length);
	for (size_t i = 0; i < der.length; i++) {
		copy[i] ^= 0x01;
		if (certificate_parse(&changed, arena, bytes_make(copy, der.length), &err) == 0) {
			assert_int_not_equal(certificate_verify(&changed, issuing.key, &err), 0);
			certificate_clear(&changed);
		}
		copy[i] ^= 0x01;
	}
	certificate_clear(&issuing);
}

static void the_parts_are_good(void **state)
{
	(void)state;
	struct parts p = good_parts();
	assert_int_equal(certificate_parse(&c, arena, assemble(&p), &err), 0);
	assert_bytes(c.serial, "ff");
	assert_int_equal(c.signature_algorithm, SIGNATURE_ECDSA_SHA256);
	assert_true(c.not_before == 1767225600);
	assert_int_equal(c.extension_count, 1);
	assert_false(certificate_is_ca(&c, NULL));
	assert_int_equal(certificate_key_usage(&c), 0x1ff);
	certificate_clear(&c);
	p.extensions = BYTES_NONE;
	assert_int_equal(parse_parts(&p), 0);
	p.unique_ids = hex("8102 0061 8202 0062");
	assert_int_equal(parse_parts(&p), 0);
}

static void only_version_3_is_taken(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "a003 020100", "a003 020101", "a003 020103",
	                                  "a004 02020002", "a006 020102 020102", "8001 02",
	                                  "020102"};
	struct parts p = good_parts();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		p.version = hex(bad[i]);
		assert_int_equal(parse_parts(&p), SIGNET_E_INVALID);
	}
}

static void serials_are_positive_and_minimal(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"020100", "0201ff", "020180", "0200", "0202 0001", "", "0a01 01",
		"0215 010000000000000000000000000000000000000001",
	};
	struct parts p = good_parts();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		p.serial = hex(bad[i]);
		assert_int_equal(parse_parts(&p), SIGNET_E_INVALID);
	}
	p.serial = hex("0214 7f00000000000000000000000000000000000000");
	assert_int_equal(parse_parts(&p), 0);
}

static void both_algorithms_are_the_same(void **state)
{
	(void)state;
	struct parts p = good_parts();
	p.outer_algorithm = hex("300a 06082a8648ce3d040303");
	assert_int_equal(parse_parts(&p), SIGNET_E_INVALID);
	p.inner_algorithm = p.outer_algorithm;
	assert_int_equal(parse_parts(&p), 0);
	/* NULL in one only */
	p.inner_algorithm = hex("300d 06092a864886f70d01010b 0500");
	p.outer_algorithm = hex("300b 06092a864886f70d01010b");
	assert_int_equal(parse_parts(&p), SIGNET_E_INVALID);
}

static void weak_and_unknown_algorithms_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"300d 06092a864886f70d010104 0500", /* MD5 */
		"300d 06092a864886f70d010105 0500", /* SHA-1 */
		"3009 06072a8648ce3d0401",          /* ECDSA with SHA-1 */
		"300c 06082a8648ce3d040302 0500",   /* parameters that must be absent */
		"3005 06032a0304",
	};
	struct parts p = good_parts();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		p.inner_algorithm = p.outer_algorithm = hex(bad[i]);
		assert_int_equal(parse_parts(&p), SIGNET_E_BAD_ALGORITHM);
	}
}

static void names_are_checked(void **state)
{
	(void)state;
	struct parts p = good_parts();
	p.issuer = NAME_EMPTY;
	assert_int_equal(parse_parts(&p), SIGNET_E_INVALID);
	p = good_parts();
	p.subject = NAME_EMPTY;
	assert_int_equal(parse_parts(&p), 0);
	p.subject = hex("3002 3100");
	assert_int_equal(parse_parts(&p), SIGNET_E_BAD_NAME);
	p.subject = hex("300e 310c 300a 0603550403 0c03 610062");
	assert_int_equal(parse_parts(&p), SIGNET_E_BAD_NAME);
	p.subject = hex("3100");
	assert_int_equal(parse_parts(&p), SIGNET_E_INVALID);
}

static void validity_is_strict(void **state)
{
	(void)state;
	static const char *const bad[] = {
		/* GeneralizedTime before 2050 */
		"3020 180f 32303236303130313030303030305a 170d 3236303430313030303030305a",
		/* without seconds */
		"301c 170b 323630313031303030305a 170d 3236303430313030303030305a",
		/* an end before the beginning */
		"301e 170d 3236303430313030303030305a 170d 3236303130313030303030305a",
		"300f 170d 3236303130313030303030305a",
		"302d 170d 3236303130313030303030305a 170d 3236303430313030303030305a"
		"170d 3236303430313030303030305a",
	};
	struct parts p = good_parts();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		p.validity = hex(bad[i]);
		assert_int_equal(parse_parts(&p), SIGNET_E_INVALID);
	}
}

static void keys_are_checked(void **state)
{
	(void)state;
	struct parts p = good_parts();
	uint8_t *spki = arena_memdup(arena, p.spki.data, p.spki.length);
	spki[p.spki.length - 1] ^= 1; /* off the curve */
	p.spki.data = spki;
	assert_int_equal(parse_parts(&p), SIGNET_E_BAD_KEY);
	p.spki = hex("0500");
	assert_int_equal(parse_parts(&p), SIGNET_E_INVALID);
}

static void extensions_are_strict(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"a302 3000",
		"a300",
		"a310 300e 300c 0603551d13 010100 0402 3000",
		"a318 3016 3009 0603551d13 0402 3000 3009 0603551d13 0402 3000",
		"a30f 300b 3009 0603551d13 0402 3000 0500 0500",
		"a30d 300b 3009 0603551d13 0402 3000 0500",
		"a40d 300b 3009 0603551d13 0402 3000",
	};
	struct parts p = good_parts();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		p.extensions = hex(bad[i]);
		assert_int_equal(parse_parts(&p), SIGNET_E_INVALID);
	}
	p = good_parts();
	p.unique_ids = hex("8202 0062 8102 0061");
	assert_int_equal(parse_parts(&p), SIGNET_E_INVALID);
	p.unique_ids = hex("8100");
	assert_int_equal(parse_parts(&p), SIGNET_E_INVALID);
}

static void nothing_stands_behind(void **state)
{
	(void)state;
	struct parts p = good_parts();
	p.behind = hex("0500");
	assert_int_equal(parse_parts(&p), SIGNET_E_INVALID);
	p = good_parts();
	p.signature = hex("0303 01 abcc");
	assert_int_equal(parse_parts(&p), SIGNET_E_INVALID);
	p.signature = hex("0402 abcd");
	assert_int_equal(parse_parts(&p), SIGNET_E_INVALID);
	p = good_parts();
	struct bytes der = assemble(&p);
	uint8_t *longer = arena_alloc(arena, der.length + 1);
	memcpy(longer, der.data, der.length);
	assert_int_equal(parse(bytes_make(longer, der.length + 1)), SIGNET_E_INVALID);
	static const uint8_t large[LIMIT_CERTIFICATE] = {0};
	p.unique_ids = BYTES_OF(large);
	assert_int_equal(parse_parts(&p), SIGNET_E_INVALID);
}

static void broken_constraints_give_no_rights(void **state)
{
	(void)state;
	struct parts p = good_parts();
	p.extensions = hex("a31f 301d 300f 0603551d13 0101ff 0405 3003 010101"
	                   "300a 0603551d0f 0403 030100");
	assert_int_equal(certificate_parse(&c, arena, assemble(&p), &err), 0);
	assert_false(certificate_is_ca(&c, NULL));
	assert_int_equal(certificate_key_usage(&c), 0);
	certificate_clear(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates_of_others_are_read),
		cmocka_unit_test(signatures_of_a_chain_verify),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(no_changed_octet_passes),
		cmocka_unit_test(the_parts_are_good),
		cmocka_unit_test(only_version_3_is_taken),
		cmocka_unit_test(serials_are_positive_and_minimal),
		cmocka_unit_test(both_algorithms_are_the_same),
		cmocka_unit_test(weak_and_unknown_algorithms_are_refused),
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(validity_is_strict),
		cmocka_unit_test(keys_are_checked),
		cmocka_unit_test(extensions_are_strict),
		cmocka_unit_test(nothing_stands_behind),
		cmocka_unit_test(broken_constraints_give_no_rights),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
