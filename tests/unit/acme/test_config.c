#include "tests/unit/asn1/hex.h"

#include "intermediaries/acme/config.h"

static int read_text(struct acme_config *out, struct conf **conf, const char *text,
                     struct error *err)
{
	if (conf_parse(conf, "test.yaml", bytes_text(text), err))
		fail_msg("%s", err->message);
	return acme_config_read(out, conf_root(*conf), err);
}

static void everything_has_a_default(void **state)
{
	(void)state;
	struct acme_config config;
	struct conf *conf;
	struct error err = {0};
	static const uint8_t metadata[] = {169, 254, 169, 254}, loopback[] = {127, 0, 0, 1};
	assert_int_equal(read_text(&config, &conf, "", &err), 0);
	assert_null(config.external_url);
	assert_null(config.terms_of_service);
	assert_int_equal(config.challenges, 1u << ACME_HTTP_01);
	assert_int_equal(config.order_lifetime, 7 * 86400);
	assert_int_equal(config.authorization_lifetime, 30 * 86400);
	assert_int_equal(config.fetch.http_port, 80);
	assert_int_equal(config.fetch.timeout_ms, 10000);
	assert_int_equal(config.attempts, 4);
	assert_int_equal(config.fetch.redirect_ports[0], 80);
	assert_int_equal(config.fetch.redirect_ports[1], 443);
	bool denied = false, local = false;
	for (size_t i = 0; i < config.fetch.deny_count; i++) {
		denied |= network_contains(&config.fetch.deny[i], BYTES_OF(metadata));
		local |= network_contains(&config.fetch.deny[i], BYTES_OF(loopback));
	}
	assert_true(denied);
	assert_false(local);
	acme_config_clear(&config);
	conf_free(conf);
}

static void every_key_is_read(void **state)
{
	(void)state;
	struct acme_config config;
	struct conf *conf;
	struct error err = {0};
	static const char text[] =
		"challenges: [http-01]\n"
		"external-url: https://ca.test/pki\n"
		"terms-of-service: https://ca.test/terms\n"
		"website: http://ca.test\n"
		"caa-identities: [ca.test, other.test]\n"
		"order-lifetime: 1h\n"
		"authorization-lifetime: 0\n"
		"validation:\n"
		"  http-port: 5002\n"
		"  redirect-ports: [8080]\n"
		"  timeout: 3s\n"
		"  retries: 0\n"
		"  retry-delay: 5s\n"
		"  deny-networks: [10.0.0.0/8, 'fe80::/10']\n"
		"  resolve: {'*': 127.0.0.1, www.test: '::1'}\n"
		"  workers: 3\n";
	assert_int_equal(read_text(&config, &conf, text, &err), 0);
	assert_string_equal(config.external_url, "https://ca.test/pki");
	assert_string_equal(config.terms_of_service, "https://ca.test/terms");
	assert_string_equal(config.website, "http://ca.test");
	assert_string_equal(config.caa_identities[1], "other.test");
	assert_null(config.caa_identities[2]);
	assert_int_equal(config.order_lifetime, 3600);
	assert_int_equal(config.authorization_lifetime, 0);
	assert_int_equal(config.fetch.http_port, 5002);
	assert_int_equal(config.fetch.redirect_port_count, 2);
	assert_int_equal(config.fetch.redirect_ports[0], 8080);
	assert_int_equal(config.fetch.redirect_ports[1], 5002);
	assert_int_equal(config.fetch.timeout_ms, 3000);
	assert_int_equal(config.attempts, 1);
	assert_int_equal(config.retry_delay_us, 5000000);
	assert_int_equal(config.fetch.deny_count, 2);
	assert_int_equal(config.fetch.override_count, 2);
	assert_string_equal(config.fetch.overrides[1].name, "www.test");
	assert_string_equal(config.fetch.overrides[1].address, "::1");
	assert_int_equal(config.workers, 3);
	acme_config_clear(&config);
	conf_free(conf);
}

static void mistakes_are_named_with_their_place(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"challenges: []",
		"challenges: [dns-01]",
		"challenges: http",
		"external-url: ca.test",
		"external-url: ftp://ca.test",
		"terms-of-service: 'https://ca.test/<x>'",
		"website: 'https://ca.test/ x'",
		"website: [https://ca.test]",
		"caa-identities: {a: b}",
		"order-lifetime: 10s",
		"order-lifetime: forever",
		"authorization-lifetime: 10",
		"validation: []",
		"validation: {port: 80}",
		"validation: {http-port: 0}",
		"validation: {http-port: 65536}",
		"validation: {http-port: x}",
		"validation: {redirect-ports: 80}",
		"validation: {redirect-ports: [0]}",
		"validation: {timeout: 0}",
		"validation: {timeout: 1h}",
		"validation: {retries: -1}",
		"validation: {retries: 100}",
		"validation: {retry-delay: 2h}",
		"validation: {deny-networks: 10.0.0.0/8}",
		"validation: {deny-networks: [10.0.0.1/8]}",
		"validation: {deny-networks: [everything]}",
		"validation: {resolve: 127.0.0.1}",
		"validation: {resolve: {'*': localhost}}",
		"validation: {resolve: {'*.test': 127.0.0.1}}",
		"validation: {resolve: {'*': [127.0.0.1]}}",
		"validation: {workers: 0}",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct acme_config config = {.workers = 77};
		struct conf *conf;
		struct error err = {0};
		if (read_text(&config, &conf, bad[i], &err) != SIGNET_E_CONFIG)
			fail_msg("taken: %s", bad[i]);
		if (strncmp(err.message, "test.yaml:1: ", 13) != 0)
			fail_msg("%s: %s", bad[i], err.message);
		assert_int_equal(config.workers, 77);
		conf_free(conf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_has_a_default),
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(mistakes_are_named_with_their_place),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
