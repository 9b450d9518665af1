/* The handlers against what openssl and certtool write, and against what nobody should. */
#include "tests/unit/data.h"

#include "asn1/extension.h"
#include "asn1/oid.h"

static struct buffer out = BUFFER_MAX(10000);

/* What was encoded is the file's content, to the octet. */
static void is_sample(int result, const char *name)
{
	assert_int_equal(result, 0);
	struct bytes expected = data_read(arena_printf(arena, "good/extension/%s.der", name));
	assert_string_equal(hex_text(arena, buffer_bytes(&out)), hex_text(arena, expected));
	buffer_free(&out);
}

static struct name_constraints constraints(const char *const *permitted,
                                           const char *const *excluded)
{
	static struct general_name bases[2][16];
	struct name_constraints c = {.permitted = bases[0], .excluded = bases[1]};
	struct error err = {0};
	for (; permitted[c.permitted_count]; c.permitted_count++)
		if (name_constraint_from_text(arena, permitted[c.permitted_count],
		                              &bases[0][c.permitted_count], &err))
			fail_msg("%s", err.message);
	for (; excluded[c.excluded_count]; c.excluded_count++)
		if (name_constraint_from_text(arena, excluded[c.excluded_count],
		                              &bases[1][c.excluded_count], &err))
			fail_msg("%s", err.message);
	return c;
}

static void we_write_what_openssl_writes(void **state)
{
	(void)state;
	static const char *const permitted[] = {
		"dns:example.com", "email:joe@example.com", "email:.example.org", "uri:.example.com",
		"ip:10.0.0.0/8", "ip:2001:db8::/32", "directory:O=Example,C=DE", NULL};
	static const char *const excluded[] = {"dns:vip.example.com", "ip:0.0.0.0/0", NULL};
	static const unsigned features[] = {5, 17};
	static const char *const crl[] = {"http://ca.example.com/delta.crl"};
	struct name_constraints c = constraints(permitted, excluded);
	struct ms_template template = {BYTES_NONE, 100, 4294967295};
	is_sample(name_constraints_encode(&out, &c), "name-constraints");
	is_sample(tls_feature_encode(&out, features, 2), "tls-feature");
	is_sample(ocsp_nocheck_encode(&out), "ocsp-nocheck");
	is_sample(policy_constraints_encode(&out, 3, 0), "policy-constraints");
	is_sample(inhibit_any_policy_encode(&out, 2), "inhibit-any-policy");
	is_sample(crl_distribution_encode(&out, crl, 1), "freshest-crl");
	assert_int_equal(oid_from_text(arena, "1.3.6.1.4.1.311.21.8.1.2", &template.oid), 0);
	is_sample(ms_template_encode(&out, &template), "ms-template");
	is_sample(ms_sid_encode(&out,
	                        bytes_text("S-1-5-21-3623811015-3361044348-30300820-1013")),
	          "ms-sid");
}

static void we_write_what_certtool_writes(void **state)
{
	(void)state;
	static const char *const permitted[] = {"ip:10.0.0.0/8", "dns:example.com",
	                                        "email:joe@example.com", NULL};
	static const char *const excluded[] = {"ip:::/0", "dns:vip.example.com", NULL};
	static const unsigned must_staple[] = {5};
	struct name_constraints c = constraints(permitted, excluded);
	is_sample(name_constraints_encode(&out, &c), "certtool-name-constraints");
	is_sample(tls_feature_encode(&out, must_staple, 1), "certtool-tls-feature");
	is_sample(inhibit_any_policy_encode(&out, 2), "certtool-inhibit-any-policy");
}

static int decode_constraints(struct bytes value)
{
	struct name_constraints c;
	return name_constraints_decode(arena, value, &c);
}

static int decode_features(struct bytes value)
{
	unsigned *features;
	size_t count;
	return tls_feature_decode(arena, value, &features, &count);
}

static int decode_policy_constraints(struct bytes value)
{
	int require, inhibit;
	return policy_constraints_decode(value, &require, &inhibit);
}

static int decode_inhibit(struct bytes value)
{
	int skip;
	return inhibit_any_policy_decode(value, &skip);
}

static int decode_template(struct bytes value)
{
	struct ms_template template;
	return ms_template_decode(value, &template);
}

static int decode_sid(struct bytes value)
{
	struct bytes sid;
	return ms_sid_decode(value, &sid);
}

/* Each file is named after the decoder that it is made for. */
static int decode(const char *name, struct bytes value)
{
	static const struct {
		const char *prefix;
		int (*decode)(struct bytes value);
	} decoders[] = {
		{"constraints-", decode_constraints}, {"feature-", decode_features},
		{"nocheck-", ocsp_nocheck_decode},
		{"policy-constraints-", decode_policy_constraints}, {"inhibit-", decode_inhibit},
		{"template-", decode_template}, {"sid-", decode_sid},
	};
	for (size_t i = 0; i < sizeof decoders / sizeof *decoders; i++)
		if (strncmp(name, decoders[i].prefix, strlen(decoders[i].prefix)) == 0)
			return decoders[i].decode(value);
	return SIGNET_E_NOT_FOUND;
}

static void hostile_values_are_refused(void **state)
{
	(void)state;
	DIR *dir = opendir(data_path("hostile/extension"));
	size_t refused = 0;
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (entry->d_name[0] == '.')
			continue;
		struct bytes value = exact(
			data_read(arena_printf(arena, "hostile/extension/%s", entry->d_name)));
		int result = decode(entry->d_name, value);
		exact_free(value);
		if (result == SIGNET_E_NOT_FOUND)
			continue;
		if (result != SIGNET_E_INVALID && result != SIGNET_E_TOO_BIG)
			fail_msg("%s is taken", entry->d_name);
		refused++;
	}
	closedir(dir);
	assert_int_equal(refused, 39);
}

static void terminals_stay_unharmed(void **state)
{
	(void)state;
	static const char *const files[] = {"dump-controls", "dump-deep", "dump-wide"};
	static const uint8_t unknown[] = {0x2a, 0x03};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct bytes value = data_read(arena_printf(arena, "hostile/extension/%s.der",
		                                            files[i]));
		const struct extension extension = {BYTES_OF(unknown), false, value};
		struct buffer text = BUFFER_MAX(100000);
		assert_int_equal(extension_describe(&text, &extension), 0);
		for (size_t k = 0; k < text.length; k++)
			assert_in_range(text.data[k], 0x20, 0x7e);
		/* what is nested too deep to be checked is shown as its octets */
		assert_true(text.length < 4200);
		buffer_free(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(we_write_what_openssl_writes),
		cmocka_unit_test(we_write_what_certtool_writes),
		cmocka_unit_test(hostile_values_are_refused),
		cmocka_unit_test(terminals_stay_unharmed),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
