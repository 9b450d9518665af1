#include "tests/unit/pki/sample.h"

static struct sample s;

static int setup(void **state)
{
	(void)state;
	sample_make(&s, "p-256");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sample_free(&s);
	return 0;
}

/* The template breaks the rule of this section, and no other before it. */
static void breaks(const char *section)
{
	struct error err = {0};
	assert_int_equal(certificate_lint(&s.template, &err), SIGNET_E_INVALID);
	assert_int_equal(err.code, SIGNET_E_INVALID);
	const char *mention = arena_printf(arena, "RFC 5280 section %s)", section);
	if (!strstr(err.message, mention))
		fail_msg("\"%s\" does not mention %s", err.message, section);
	assert_int_equal(certificate_lint(&s.template, NULL), SIGNET_E_INVALID);
}

static void keeps_all(void)
{
	struct error err = {0};
	if (certificate_lint(&s.template, &err))
		fail_msg("%s", err.message);
}

static void make_ca(int path_length)
{
	struct buffer out = BUFFER_MAX(100);
	s.extensions[BASIC].value =
		sample_keep(&out, basic_constraints_encode(&out, true, path_length));
	s.extensions[USAGE].value =
		sample_keep(&out, key_usage_encode(&out, KU_KEY_CERT_SIGN | KU_CRL_SIGN));
}

static void set_usage(unsigned mask)
{
	struct buffer out = BUFFER_MAX(100);
	s.extensions[USAGE].value = sample_keep(&out, key_usage_encode(&out, mask));
}

/* Makes an extension one that nobody knows. */
static void remove_extension(size_t index)
{
	s.extensions[index].oid = hex("2a03ff7f");
	s.extensions[index].critical = false;
}

static void good_templates_pass(void **state)
{
	(void)state;
	keeps_all();
	make_ca(PATH_LENGTH_NONE);
	keeps_all();
	make_ca(0);
	keeps_all();
	/* a root, without authorityKeyIdentifier */
	s.template.issuer = s.template.subject;
	remove_extension(AUTHORITY_KEY);
	keeps_all();
}

static void serials_are_positive(void **state)
{
	(void)state;
	s.template.serial = BYTES_NONE;
	breaks("4.1.2.2");
	s.template.serial = hex("0000");
	breaks("4.1.2.2");
}

static void serials_have_20_octets_at_most(void **state)
{
	(void)state;
	s.template.serial = hex("0100000000000000000000000000000000000000 00");
	breaks("4.1.2.2");
	s.template.serial = hex("8000000000000000000000000000000000000000");
	breaks("4.1.2.2");
	s.template.serial = hex("7f00000000000000000000000000000000000000");
	keeps_all();
	s.template.serial = hex("00 7f00000000000000000000000000000000000000");
	keeps_all();
}

static void the_issuer_is_a_name_with_content(void **state)
{
	(void)state;
	s.template.issuer = NAME_EMPTY;
	breaks("4.1.2.4");
	s.template.issuer = hex("3002 3100");
	breaks("4.1.2.4");
}

static void the_subject_is_a_name(void **state)
{
	(void)state;
	s.template.subject = hex("3002 3100");
	breaks("4.1.2.6");
	s.template.subject = BYTES_NONE;
	breaks("4.1.2.6");
}

static void validity_is_in_order(void **state)
{
	(void)state;
	s.template.not_after = s.template.not_before;
	breaks("4.1.2.5");
	s.template.not_after = s.template.not_before - 1;
	breaks("4.1.2.5");
	s.template.not_after = s.template.not_before + 1;
	keeps_all();
}

static void validity_can_be_written(void **state)
{
	(void)state;
	s.template.not_after = 253402300799;
	keeps_all();
	s.template.not_after++;
	breaks("4.1.2.5");
	s.template.not_after = 0;
	s.template.not_before = INT64_MIN;
	breaks("4.1.2.5");
}

static void the_key_is_a_spki(void **state)
{
	(void)state;
	struct bytes spki = s.template.spki;
	s.template.spki = bytes_make(spki.data, spki.length - 1);
	breaks("4.1.2.7");
	s.template.spki = BYTES_NONE;
	breaks("4.1.2.7");
	s.template.spki = hex("0500");
	breaks("4.1.2.7");
}

static void no_extension_is_there_twice(void **state)
{
	(void)state;
	s.extensions[POLICIES] = s.extensions[BASIC];
	breaks("4.2");
}

static void values_of_unknown_extensions_are_der(void **state)
{
	(void)state;
	s.extensions[POLICIES] = (struct extension){hex("2a0304"), false, hex("0500")};
	keeps_all();
	static const char *const bad[] = {"", "05", "0500 00", "0500 0500", "3080 0000"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		s.extensions[POLICIES].value = hex(bad[i]);
		breaks("4.2");
	}
}

static void extensions_are_counted(void **state)
{
	(void)state;
	struct extension many[LIMIT_EXTENSIONS + 1];
	for (size_t i = 0; i <= LIMIT_EXTENSIONS; i++) {
		uint8_t oid[] = {0x2a, 0x03, (uint8_t)i};
		many[i] = (struct extension){BYTES_NONE, false, hex("0500")};
		assert_int_equal(arena_bytes(arena, BYTES_OF(oid), &many[i].oid), 0);
	}
	memcpy(many, s.extensions, sizeof s.extensions);
	s.template.extensions = many;
	s.template.extension_count = LIMIT_EXTENSIONS;
	keeps_all();
	s.template.extension_count++;
	breaks("4.2");
}

static void basic_constraints_of_a_ca_are_critical(void **state)
{
	(void)state;
	make_ca(PATH_LENGTH_NONE);
	s.extensions[BASIC].critical = false;
	breaks("4.2.1.9");
}

static void a_path_length_is_for_a_ca(void **state)
{
	(void)state;
	s.extensions[BASIC].value = hex("3003 020100");
	breaks("4.2.1.9");
}

static void a_ca_signs_certificates(void **state)
{
	(void)state;
	make_ca(PATH_LENGTH_NONE);
	set_usage(KU_CRL_SIGN);
	breaks("4.2.1.3");
	remove_extension(USAGE);
	breaks("4.2.1.3");
}

static void who_signs_certificates_is_a_ca(void **state)
{
	(void)state;
	set_usage(KU_KEY_CERT_SIGN);
	breaks("4.2.1.9");
	remove_extension(BASIC);
	breaks("4.2.1.9");
}

static void key_usage_is_a_named_bit_list(void **state)
{
	(void)state;
	s.extensions[USAGE].value = hex("030100");
	breaks("4.2.1.3");
}

static void encipher_only_goes_with_key_agreement(void **state)
{
	(void)state;
	set_usage(KU_ENCIPHER_ONLY);
	breaks("4.2.1.3");
	set_usage(KU_DECIPHER_ONLY);
	breaks("4.2.1.3");
	set_usage(KU_DECIPHER_ONLY | KU_KEY_AGREEMENT);
	keeps_all();
}

static void set_leaf(const char *name)
{
	key_free(s.leaf);
	s.leaf = sample_key(name);
	s.template.spki = pubkey_spki(key_public(s.leaf));
}

static void key_usage_fits_the_kind_of_key(void **state)
{
	(void)state;
	set_usage(KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT);
	breaks("4.2.1.3");
	set_usage(KU_DATA_ENCIPHERMENT);
	breaks("4.2.1.3");
	set_usage(KU_DIGITAL_SIGNATURE | KU_KEY_AGREEMENT);
	keeps_all();
	set_leaf("ed25519");
	breaks("4.2.1.3");
	set_usage(KU_KEY_ENCIPHERMENT);
	breaks("4.2.1.3");
	set_usage(KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION);
	keeps_all();
	set_leaf("rsa-2048");
	set_usage(KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT);
	keeps_all();
}

static void an_empty_subject_wants_a_critical_alternative_name(void **state)
{
	(void)state;
	s.template.subject = NAME_EMPTY;
	breaks("4.2.1.6");
	s.extensions[NAMES].critical = true;
	keeps_all();
	remove_extension(NAMES);
	breaks("4.2.1.6");
}

static void a_ca_has_a_subject(void **state)
{
	(void)state;
	make_ca(PATH_LENGTH_NONE);
	s.template.subject = NAME_EMPTY;
	s.extensions[NAMES].critical = true;
	breaks("4.1.2.6");
}

static void alternative_names_are_checked(void **state)
{
	(void)state;
	s.extensions[NAMES].value = hex("3005 8203 615f62");
	breaks("4.2.1.6");
	s.extensions[NAMES].value = hex("3000");
	breaks("4.2.1.6");
}

static void the_subject_key_id_is_there(void **state)
{
	(void)state;
	struct extension saved = s.extensions[SUBJECT_KEY];
	s.extensions[SUBJECT_KEY].critical = true;
	breaks("4.2.1.2");
	s.extensions[SUBJECT_KEY] = saved;
	s.extensions[SUBJECT_KEY].value = hex("0400");
	breaks("4.2.1.2");
	remove_extension(SUBJECT_KEY);
	breaks("4.2.1.2");
}

static void the_authority_key_id_is_there(void **state)
{
	(void)state;
	struct extension saved = s.extensions[AUTHORITY_KEY];
	s.extensions[AUTHORITY_KEY].critical = true;
	breaks("4.2.1.1");
	s.extensions[AUTHORITY_KEY] = saved;
	s.extensions[AUTHORITY_KEY].value = hex("3000");
	breaks("4.2.1.1");
	remove_extension(AUTHORITY_KEY);
	breaks("4.2.1.1");
}

static void other_extensions_keep_their_own_rules(void **state)
{
	(void)state;
	s.extensions[INFO].critical = true;
	breaks("4.2.2.1");
	s.extensions[INFO].critical = false;
	s.extensions[POLICIES] = (struct extension){OID_NAME_CONSTRAINTS, true,
	                                            hex("3009 a007 3005 8203 612e62")};
	breaks("4.2.1.10");
	make_ca(PATH_LENGTH_NONE);
	keeps_all();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(good_templates_pass),
		TEST(serials_are_positive),
		TEST(serials_have_20_octets_at_most),
		TEST(the_issuer_is_a_name_with_content),
		TEST(the_subject_is_a_name),
		TEST(validity_is_in_order),
		TEST(validity_can_be_written),
		TEST(the_key_is_a_spki),
		TEST(no_extension_is_there_twice),
		TEST(values_of_unknown_extensions_are_der),
		TEST(extensions_are_counted),
		TEST(basic_constraints_of_a_ca_are_critical),
		TEST(a_path_length_is_for_a_ca),
		TEST(a_ca_signs_certificates),
		TEST(who_signs_certificates_is_a_ca),
		TEST(key_usage_is_a_named_bit_list),
		TEST(encipher_only_goes_with_key_agreement),
		TEST(key_usage_fits_the_kind_of_key),
		TEST(an_empty_subject_wants_a_critical_alternative_name),
		TEST(a_ca_has_a_subject),
		TEST(alternative_names_are_checked),
		TEST(the_subject_key_id_is_there),
		TEST(the_authority_key_id_is_there),
		TEST(other_extensions_keep_their_own_rules),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
