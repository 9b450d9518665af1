#include "profile_world.h"

#include "engine/profile_private.h"

static struct bytes csr_of(struct world *w, enum key_algorithm algorithm, unsigned bits)
{
	struct key *key;
	assert_int_equal(key_generate(&key, algorithm, bits, NULL), 0);
	struct bytes csr = fixture_csr(w->f.arena, key, "", "dns:a.example.com", NULL);
	key_free(key);
	return csr;
}

static void usages_fit_the_kind_of_key(void **state)
{
	struct world *w = *state;
	struct bytes rsa = csr_of(w, KEY_RSA, 2048), ec = csr_of(w, KEY_P384, 0);
	struct bytes ed = csr_of(w, KEY_ED25519, 0);
	world_use(w, "{key-usage: [digital-signature, key-encipherment, key-agreement, encipher-only]}");
	world_passes(w, rsa);
	assert_string_equal(world_shown(w, OID_KEY_USAGE), "digital-signature, key-encipherment");
	world_passes(w, ec);
	assert_string_equal(world_shown(w, OID_KEY_USAGE),
	                    "digital-signature, key-agreement, encipher-only");
	world_passes(w, ed);
	assert_string_equal(world_shown(w, OID_KEY_USAGE), "digital-signature");
	world_use(w, "{key-usage: [key-encipherment]}");
	world_passes(w, rsa);
	world_denies(w, ec, SIGNET_REASON_KEY, "no key usage of the profile 'p' fits");
	world_use(w, "{key-usage: [key-agreement]}");
	world_denies(w, ed, SIGNET_REASON_KEY, "no key usage of the profile 'p' fits");
	world_use(w, "{key-usage: []}");
	world_passes(w, rsa);
	assert_null(world_extension(w, OID_KEY_USAGE));
}

static void criticality_can_be_said(void **state)
{
	struct world *w = *state;
	struct bytes csr = CSR(w, "", "dns:a.example.com");
	world_use(w, "{extended-key-usage: [server-auth]}");
	world_passes(w, csr);
	assert_true(world_extension(w, OID_KEY_USAGE)->extension.critical);
	assert_false(world_extension(w, OID_EXT_KEY_USAGE)->extension.critical);
	world_use(w, "{key-usage: {usages: [digital-signature], critical: false}, "
	             "extended-key-usage: {usages: [time-stamping], critical: true}}");
	world_passes(w, csr);
	assert_false(world_extension(w, OID_KEY_USAGE)->extension.critical);
	assert_true(world_extension(w, OID_EXT_KEY_USAGE)->extension.critical);
	assert_string_equal(world_shown(w, OID_EXT_KEY_USAGE), "time-stamping");
}

static void purposes_have_names_or_oids(void **state)
{
	struct world *w = *state;
	world_use(w, "{extended-key-usage: [server-auth, 1.3.6.1.4.1.99.1, any, smartcard-logon, "
	             "ipsec-ike, eap-over-lan, 1.3.6.1.5.5.7.3.2]}");
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_string_equal(world_shown(w, OID_EXT_KEY_USAGE),
	                    "server-auth, 1.3.6.1.4.1.99.1, any, smartcard-logon, ipsec-ike, "
	                    "eap-over-lan, client-auth");
	world_use(w, "{extended-key-usage: []}");
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_null(world_extension(w, OID_EXT_KEY_USAGE));
}

static void an_authority_stands_within_the_path_length_of_its_chain(void **state)
{
	struct world *w = *state;
	/* the test's authority has a path length of 0 */
	world_refuses(w, "{basic-constraints: {ca: true, path-length: 0}, key-usage: [key-cert-sign]}",
	              "p.basic-constraints: the authority 'issuing' may have no CA below it");
	world_path_length(w, 2);
	world_refuses(w, "{basic-constraints: {ca: true}, key-usage: [key-cert-sign]}",
	              "p.basic-constraints: a CA below the authority 'issuing' needs a path length under 2");
	world_refuses(w, "{basic-constraints: {ca: true, path-length: 2}, key-usage: [key-cert-sign]}",
	              "needs a path length under 2");
	world_use(w, "{subject: request, basic-constraints: {ca: true, path-length: 1}, "
	             "key-usage: [key-cert-sign, crl-sign]}");
	world_passes(w, CSR(w, "CN=Sub", "dns:a.example.com"));
	assert_string_equal(world_shown(w, OID_BASIC_CONSTRAINTS), "ca, path length 1");
	assert_true(world_extension(w, OID_BASIC_CONSTRAINTS)->extension.critical);
	world_path_length(w, PATH_LENGTH_NONE);
	world_use(w, "{subject: request, basic-constraints: {ca: true}, key-usage: [key-cert-sign]}");
	world_passes(w, CSR(w, "CN=Sub", "dns:a.example.com"));
	assert_string_equal(world_shown(w, OID_BASIC_CONSTRAINTS), "ca");
}

static void mistakes_are_named(void **state)
{
	struct world *w = *state;
	world_refuses(w, "{key-usage: [sing]}", "p.key-usage: 'sing' is not");
	world_refuses(w, "{key-usage: digital-signature}", "p.key-usage: must be a list");
	world_refuses(w, "{key-usage: {critical: true}}", "p.key-usage: the key 'usages' is missing");
	world_refuses(w, "{key-usage: {usages: a}}", "p.key-usage.usages: must be a list");
	world_refuses(w, "{key-usage: {usages: [crl-sign], crit: true}}", "p.key-usage.crit: unknown");
	world_refuses(w, "{key-usage: {usages: [crl-sign], critical: 1}}", "p.key-usage.critical: ");
	world_refuses(w, "{key-usage: [encipher-only]}", "p.key-usage: encipher-only and");
	world_refuses(w, "{extended-key-usage: [CN]}", "p.extended-key-usage: 'CN' is no known usage");
	world_refuses(w, "{extended-key-usage: [serverauth]}", "'serverauth' is no known usage");
	world_refuses(w, "{extended-key-usage: [1.2.]}", "'1.2.' is no known usage");
	world_refuses(w, "{extended-key-usage: server-auth}", "p.extended-key-usage: must be a list");
	world_refuses(w, "{extended-key-usage: [server-auth, 1.3.6.1.5.5.7.3.1]}",
	              "'1.3.6.1.5.5.7.3.1' stands here twice");
	world_refuses(w, "{extended-key-usage: [{}]}", "p.extended-key-usage: must be a single value");
	world_refuses(w, "{basic-constraints: {ca: true}}", "key-cert-sign go together");
	world_refuses(w, "{key-usage: [key-cert-sign]}", "p: 'ca: true' and the key usage");
	world_refuses(w, "{basic-constraints: {path-length: 1}}", "'path-length' needs 'ca: true'");
	world_refuses(w, "{basic-constraints: {ca: true, path-length: 33}}",
	              "p.basic-constraints.path-length: '33'");
	world_refuses(w, "{basic-constraints: true}", "p.basic-constraints: must be a map");
}

static void the_bits_of_each_kind_of_key(void **state)
{
	(void)state;
	const unsigned all = 0x1ff;
	assert_int_equal(profile_usage_of(PROFILE_KEY_RSA, all),
	                 all & ~(KU_KEY_AGREEMENT | KU_ENCIPHER_ONLY | KU_DECIPHER_ONLY));
	assert_int_equal(profile_usage_of(PROFILE_KEY_EC, all),
	                 all & ~(KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT));
	assert_int_equal(profile_usage_of(PROFILE_KEY_SIGNING, all),
	                 KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION | KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	assert_int_equal(profile_usage_of(PROFILE_KEY_EC, KU_ENCIPHER_ONLY), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(usages_fit_the_kind_of_key),
		WORLD_TEST(criticality_can_be_said),
		WORLD_TEST(purposes_have_names_or_oids),
		WORLD_TEST(an_authority_stands_within_the_path_length_of_its_chain),
		WORLD_TEST(mistakes_are_named),
		WORLD_TEST(the_bits_of_each_kind_of_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
