#include "tests/unit/conf/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "conf/settings.h"

static struct settings *read_settings(const char *path, const char *text)
{
	struct error err = {0};
	struct settings *s = NULL;
	if (settings_parse(&s, path, bytes_text(text), &err))
		fail_msg("refused: %s", err.message);
	return s;
}

static void assert_settings_refused(const char *text, const char *message)
{
	struct error err = {0};
	struct settings *s = NULL;
	assert_int_equal(settings_parse(&s, "t.yaml", bytes_text(text), &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, message);
	assert_null(s);
}

static void all_keys_are_read(void **state)
{
	(void)state;
	struct settings *s = read_settings("/etc/signet/signet.yaml",
		"state: /var/lib/signet\nhostname: ca.example.com\nmodules: /opt/modules\n"
		"users: {engine: e, gateway: g, publisher: p}\nlog: {level: debug, format: json}\n"
		"listen:\n  - {address: 0.0.0.0, port: 8080}\n"
		"  - {address: 127.0.0.1, port: 65535, tls: true}\n"
		"tls: {certificate: gw.pem, key: gw.key}\nauthorities: {issuing: {}}\n"
		"profiles: {web: {}}\npolicy: [{keys: }, {names: }]\nexit: [{file: }]\n"
		"intermediaries: [{acme: {profile: web}}]\n");
	assert_string_equal(s->path, "/etc/signet/signet.yaml");
	assert_string_equal(s->state, "/var/lib/signet");
	assert_string_equal(s->hostname, "ca.example.com");
	assert_string_equal(s->modules, "/opt/modules");
	assert_string_equal(s->user_engine, "e");
	assert_string_equal(s->user_gateway, "g");
	assert_string_equal(s->user_publisher, "p");
	assert_int_equal(s->log_level, LOG_DEBUG);
	assert_true(s->log_json);
	assert_int_equal(s->listener_count, 2);
	assert_string_equal(s->listeners[0].address, "0.0.0.0");
	assert_int_equal(s->listeners[0].port, 8080);
	assert_false(s->listeners[0].tls);
	assert_int_equal(s->listeners[1].port, 65535);
	assert_true(s->listeners[1].tls);
	assert_non_null(conf_find(s->tls, "certificate"));
	assert_non_null(conf_find(s->authorities, "issuing"));
	assert_non_null(conf_find(s->profiles, "web"));
	assert_int_equal(s->policy_count, 2);
	assert_int_equal(s->exit_count, 1);
	assert_string_equal(s->exits[0].kind, "file");
	assert_int_equal(s->intermediary_count, 1);
	assert_string_equal(s->intermediaries[0].profiles[0], "web");
	settings_free(s);
}

static void missing_keys_have_defaults(void **state)
{
	(void)state;
	unsetenv("SIGNET_LIBDIR");
	struct settings *s = read_settings("/etc/signet.yaml", "state: s\n");
	assert_string_equal(s->state, "/etc/s");
	assert_string_equal(s->hostname, "localhost");
	assert_string_equal(s->modules, SIGNET_LIBDIR);
	assert_null(s->user_engine);
	assert_null(s->user_gateway);
	assert_null(s->user_publisher);
	assert_int_equal(s->log_level, LOG_INFO);
	assert_false(s->log_json);
	assert_int_equal(s->listener_count, 0);
	assert_null(s->tls);
	assert_null(s->authorities);
	assert_null(s->profiles);
	assert_int_equal(s->policy_count + s->exit_count + s->intermediary_count, 0);
	settings_free(s);
}

static void state_is_needed(void **state)
{
	(void)state;
	assert_settings_refused("", "t.yaml:1: the key 'state' is missing");
	assert_settings_refused("state:", "t.yaml:1: state: a value is missing");
	assert_settings_refused("state: ''", "t.yaml:1: state: is empty");
	assert_settings_refused("state: [x]", "t.yaml:1: state: must be a single value, not a list");
}

static void relative_paths_start_beside_the_file(void **state)
{
	(void)state;
	static const struct {
		const char *path, *state;
	} cases[] = {{"/etc/signet/x.yaml", "/etc/signet/data"}, {"/x.yaml", "/data"},
	             {"x.yaml", "data"}, {"demo/x.yaml", "demo/data"}, {"./x.yaml", "./data"}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct settings *s = read_settings(cases[i].path, "state: data\nmodules: data\n");
		assert_string_equal(s->state, cases[i].state);
		assert_string_equal(s->modules, cases[i].state);
		settings_free(s);
	}
}

static void modules_come_from_the_environment_next(void **state)
{
	(void)state;
	assert_int_equal(setenv("SIGNET_LIBDIR", "/elsewhere", 1), 0);
	struct settings *s = read_settings("t.yaml", "state: s\n");
	assert_string_equal(s->modules, "/elsewhere");
	settings_free(s);
	s = read_settings("t.yaml", "state: s\nmodules: /own\n");
	assert_string_equal(s->modules, "/own");
	settings_free(s);
	assert_int_equal(setenv("SIGNET_LIBDIR", "", 1), 0);
	s = read_settings("t.yaml", "state: s\n");
	assert_string_equal(s->modules, SIGNET_LIBDIR);
	settings_free(s);
	unsetenv("SIGNET_LIBDIR");
}

static void paths_of_files_are_below_the_state(void **state)
{
	(void)state;
	static const char *const directories[] = {"state: /var/s\n", "state: /var/s/\n"};
	for (size_t i = 0; i < 2; i++) {
		struct settings *s = read_settings("/etc/t.yaml", directories[i]);
		char *path = settings_path(s, "keys/a.pem");
		assert_string_equal(path, "/var/s/keys/a.pem");
		free(path);
		path = settings_path(s, "/run/a.pem");
		assert_string_equal(path, "/run/a.pem");
		free(path);
		settings_free(s);
	}
}

static void unknown_keys_are_refused(void **state)
{
	(void)state;
	assert_settings_refused("state: s\npolcy: []\n",
	                        "t.yaml:2: polcy: unknown key 'polcy', did you mean 'policy'?");
	assert_settings_refused("state: s\nintermediary: []\n", "t.yaml:2: intermediary: unknown key "
	                        "'intermediary', did you mean 'intermediaries'?");
	assert_settings_refused("state: s\nusers: {engin: x}\n", "t.yaml:2: users.engin: unknown key "
	                        "'engin', did you mean 'engine'?");
	assert_settings_refused("state: s\nlog:\n  lvel: x\n", "t.yaml:3: log.lvel: unknown key "
	                        "'lvel', did you mean 'level'?");
	assert_settings_refused("state: s\nlisten: [{adress: x}]\n", "t.yaml:2: listen.adress: unknown "
	                        "key 'adress', did you mean 'address'?");
	assert_settings_refused("state: s\ntls: {certificat: x}\n", "t.yaml:2: tls.certificat: unknown "
	                        "key 'certificat', did you mean 'certificate'?");
}

static void hostname_is_a_name_or_an_address(void **state)
{
	(void)state;
	static const char *const bad[] = {"a b", "http://x", "x:80", "-x", "\"::1\"", "\"[::1]\"",
	                                  "x..y", "\"*.x\"", "1.2.3", "x/y"};
	struct settings *s = read_settings("t.yaml", "state: s\nhostname: 192.0.2.1\n");
	assert_string_equal(s->hostname, "192.0.2.1");
	settings_free(s);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char text[64];
		snprintf(text, sizeof text, "state: s\nhostname: %s\n", bad[i]);
		assert_settings_refused(text,
		                        "t.yaml:2: hostname: not a host name or an IPv4 address");
	}
	assert_settings_refused("state: s\nhostname: ''\n", "t.yaml:2: hostname: is empty");
}

static void users_and_log_are_checked(void **state)
{
	(void)state;
	assert_settings_refused("state: s\nusers: signet\n",
	                        "t.yaml:2: users: must be a map, not a single value");
	assert_settings_refused("state: s\nusers: {engine: }\n",
	                        "t.yaml:2: users.engine: a value is missing");
	assert_settings_refused("state: s\nusers: {gateway: ''}\n",
	                        "t.yaml:2: users.gateway: is empty");
	assert_settings_refused("state: s\nlog: debug\n",
	                        "t.yaml:2: log: must be a map, not a single value");
	assert_settings_refused("state: s\nlog: {level: loud}\n", "t.yaml:2: log.level: 'loud' is not "
	                        "error, warning, info or debug");
	assert_settings_refused("state: s\nlog: {format: xml}\n",
	                        "t.yaml:2: log.format: 'xml' is not text or json");
	struct settings *s = read_settings("t.yaml", "state: s\nlog: {level: warning}\nusers:\n");
	assert_int_equal(s->log_level, LOG_WARNING);
	assert_false(s->log_json);
	assert_null(s->user_engine);
	settings_free(s);
}

static void listeners_are_checked(void **state)
{
	(void)state;
	static const struct {
		const char *listen, *message;
	} cases[] = {
		{"8080", ": must be a list, not a single value"},
		{"{address: 0.0.0.0, port: 1}", ": must be a list, not a map"},
		{"[8080]", ": must be a map, not a single value"},
		{"[{port: 1}]", ": the key 'address' is missing"},
		{"[{address: 0.0.0.0}]", ": the key 'port' is missing"},
		{"[~]", ": the key 'address' is missing"},
		{"[{address: localhost, port: 1}]", ".address: not a numeric IPv4 address"},
		{"[{address: 010.0.0.1, port: 1}]", ".address: not a numeric IPv4 address"},
		{"[{address: 1.2.3, port: 1}]", ".address: not a numeric IPv4 address"},
		{"[{address: \"0.0.0.0,8\", port: 1}]", ".address: not a numeric IPv4 address"},
		{"[{address: 1.2.3.4, port: 0}]", ".port: '0' is not a whole number from 1 to 65535"},
		{"[{address: 1.2.3.4, port: 65536}]",
		 ".port: '65536' is not a whole number from 1 to 65535"},
		{"[{address: 1.2.3.4, port: 80s}]",
		 ".port: '80s' is not a whole number from 1 to 65535"},
		{"[{address: 1.2.3.4, port: 1, tls: yes}]", ".tls: 'yes' is not false or true"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[128], message[128];
		snprintf(text, sizeof text, "state: s\nlisten: %s\n", cases[i].listen);
		snprintf(message, sizeof message, "t.yaml:2: listen%s", cases[i].message);
		assert_settings_refused(text, message);
	}
}

static void ipv6_listeners_are_refused(void **state)
{
	(void)state;
	static const char *const addresses[] = {"\"::\"", "\"::1\"", "\"[::1]\"", "fe80::1",
	                                        "\"::ffff:1.2.3.4\""};
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		char text[128];
		snprintf(text, sizeof text, "state: s\nlisten:\n  - {address: %s, port: 1}\n",
		         addresses[i]);
		assert_settings_refused(text, "t.yaml:3: listen.address: IPv6 is not available: the "
		                        "CivetWeb of Debian 12 is built without it; name an IPv4 "
		                        "address");
	}
}

static void metrics_have_a_listener_of_their_own(void **state)
{
	(void)state;
	struct settings *s = read_settings("t.yaml", "state: s\n");
	assert_int_equal(s->metrics.port, 0);
	settings_free(s);
	s = read_settings("t.yaml", "state: s\nmetrics: {}\n");
	assert_string_equal(s->metrics.address, "127.0.0.1");
	assert_int_equal(s->metrics.port, 9402);
	settings_free(s);
	s = read_settings("t.yaml", "state: s\nmetrics: {address: 10.0.0.1, port: 80}\n");
	assert_string_equal(s->metrics.address, "10.0.0.1");
	assert_int_equal(s->metrics.port, 80);
	settings_free(s);
	assert_settings_refused("state: s\nlisten:\n  - {address: 1.2.3.4, port: 80}\n"
	                        "metrics: {port: 80}\n", "t.yaml:4: metrics: port 80 is one of listen:");
	assert_settings_refused("state: s\nmetrics: {address: here}\n",
	                        "t.yaml:2: metrics.address: not a numeric IPv4 address");
	assert_settings_refused("state: s\nmetrics: {port: 0}\n",
	                        "t.yaml:2: metrics.port: '0' is not a whole number from 1 to 65535");
}

static void one_port_is_listened_on_once(void **state)
{
	(void)state;
	assert_settings_refused("state: s\nlisten:\n  - {address: 1.2.3.4, port: 80}\n"
	                        "  - {address: 1.2.3.4, port: 81}\n"
	                        "  - {address: 1.2.3.4, port: 80, tls: true}\n",
	                        "t.yaml:5: listen: 1.2.3.4:80 is listened on twice");
	struct settings *s = read_settings("t.yaml", "state: s\nlisten:\n"
	                                   "  - {address: 1.2.3.4, port: 80}\n"
	                                   "  - {address: 1.2.3.5, port: 80}\n");
	assert_int_equal(s->listener_count, 2);
	settings_free(s);
}

static void listeners_have_a_limit(void **state)
{
	(void)state;
	char text[8192] = "state: s\nlisten:\n";
	for (int i = 0; i < 65; i++) {
		size_t length = strlen(text);
		snprintf(text + length, sizeof text - length, "  - {address: 1.2.3.4, port: %d}\n",
		         i + 1);
	}
	assert_settings_refused(text, "t.yaml:2: listen: more than 64 listeners");
}

static void tls_needs_both_files(void **state)
{
	(void)state;
	assert_settings_refused("state: s\ntls: {key: k}\n",
	                        "t.yaml:2: tls: the key 'certificate' is missing");
	assert_settings_refused("state: s\ntls: {certificate: c}\n",
	                        "t.yaml:2: tls: the key 'key' is missing");
	assert_settings_refused("state: s\ntls:\n", "t.yaml:2: tls: the key 'certificate' is missing");
	assert_settings_refused("state: s\ntls: x\n",
	                        "t.yaml:2: tls: must be a map, not a single value");
	assert_settings_refused("state: s\ntls: {certificate: c, key: ''}\n",
	                        "t.yaml:2: tls.key: is empty");
}

static void sections_are_checked(void **state)
{
	(void)state;
	assert_settings_refused("state: s\nauthorities: [a]\n",
	                        "t.yaml:2: authorities: must be a map, not a list");
	assert_settings_refused("state: s\nprofiles: x\n",
	                        "t.yaml:2: profiles: must be a map, not a single value");
	assert_settings_refused("state: s\npolicy: {keys: }\n",
	                        "t.yaml:2: policy: must be a list, not a map");
	assert_settings_refused("state: s\nexit: [{file: }, {file: }]\n",
	                        "t.yaml:2: exit.file: the name 'file' is taken by another entry: "
	                        "give this one a 'name' of its own");
	assert_settings_refused("state: s\nintermediaries: [{acme: {profiles: []}}]\n",
	                        "t.yaml:2: intermediaries.acme.profiles: needs at least one profile");
	/* the same name in two sections is fine, and only intermediaries have profiles */
	struct settings *s = read_settings("t.yaml", "state: s\nauthorities:\npolicy: [{x: }]\n"
	                                   "exit: [{x: }]\nintermediaries: [{x: {profile: p}}]\n");
	assert_int_equal(conf_count(s->authorities), 0);
	assert_string_equal(s->policy[0].name, s->exits[0].name);
	settings_free(s);
}

static void load_reads_a_file(void **state)
{
	(void)state;
	char directory[] = "/tmp/signet-settings-XXXXXX", path[64], wanted[64];
	struct error err = {0};
	struct settings *s = NULL;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/signet.yaml", directory);
	assert_int_equal(settings_load(&s, path, &err), SIGNET_E_CONFIG);
	assert_null(s);
	assert_int_equal(file_write(path, bytes_text("state: data\n"), 0600, FILE_NEW, &err), 0);
	assert_int_equal(settings_load(&s, path, &err), 0);
	snprintf(wanted, sizeof wanted, "%s/data", directory);
	assert_string_equal(s->state, wanted);
	assert_int_not_equal(access(s->state, F_OK), 0); /* nothing is made here */
	settings_free(s);
	unlink(path);
	rmdir(directory);
}

static void free_takes_null(void **state)
{
	(void)state;
	settings_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_keys_are_read),
		cmocka_unit_test(missing_keys_have_defaults),
		cmocka_unit_test(state_is_needed),
		cmocka_unit_test(relative_paths_start_beside_the_file),
		cmocka_unit_test(modules_come_from_the_environment_next),
		cmocka_unit_test(paths_of_files_are_below_the_state),
		cmocka_unit_test(unknown_keys_are_refused),
		cmocka_unit_test(hostname_is_a_name_or_an_address),
		cmocka_unit_test(users_and_log_are_checked),
		cmocka_unit_test(listeners_are_checked),
		cmocka_unit_test(ipv6_listeners_are_refused),
		cmocka_unit_test(metrics_have_a_listener_of_their_own),
		cmocka_unit_test(one_port_is_listened_on_once),
		cmocka_unit_test(listeners_have_a_limit),
		cmocka_unit_test(tls_needs_both_files),
		cmocka_unit_test(sections_are_checked),
		cmocka_unit_test(load_reads_a_file),
		cmocka_unit_test(free_takes_null),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
