#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "api/condition.h"
#include "api/groups.h"
#include "base/clock.h"

static const char sections[] =
	"state: .\n"
	"groups: {ops: [alice, '*@ops.example.com']}\n"
	"authorities: {issuing: {}, other: {}}\n"
	"profiles: {tls-server: {}, code-signing: {}}\n"
	"intermediaries:\n"
	"  - acme: {profile: tls-server}\n"
	"  - acme: {name: acme-2, profile: tls-server}\n"
	"  - est: {name: devices, profile: tls-server}\n"
	"policy:\n";

struct world {
	struct settings *settings;
	struct signet_groups *groups;
	struct condition *condition;
	struct signet_request request;
};

static int load(struct world *w, const char *when, struct error *err)
{
	char *text = NULL;
	*w = (struct world){.request = {
		.protocol = "acme", .intermediary = "acme", .profile = "tls-server",
		.authority = "issuing", .requester = "alice", .address = "10.1.2.3"}};
	assert_true(asprintf(&text, "%s  - keys: {when: %s}\n", sections, when) > 0);
	if (settings_parse(&w->settings, "test.yaml", bytes_text(text), err))
		fail_msg("%s", err->message);
	free(text);
	assert_int_equal(groups_load(&w->groups, w->settings->groups, err), 0);
	w->request.groups = w->groups;
	return condition_load(&w->condition, w->settings, w->groups,
	                      conf_find(w->settings->policy[0].node, "when"), err);
}

static void unload(struct world *w)
{
	condition_free(w->condition);
	groups_free(w->groups);
	settings_free(w->settings);
}

static void open_world(struct world *w, const char *when)
{
	struct error err = {0};
	if (load(w, when, &err))
		fail_msg("%s", err.message);
}

static bool holds(const struct world *w)
{
	return condition_holds(w->condition, &w->request, clock_now());
}

static void no_condition_holds_always(void **state)
{
	const struct signet_request request = {.profile = "p"};
	(void)state;
	assert_true(condition_holds(NULL, &request, 0));
}

static void names_are_exact_and_one_is_enough(void **state)
{
	struct world w;
	(void)state;
	open_world(&w, "{profile: [code-signing, tls-server], authority: issuing}");
	assert_true(holds(&w));
	w.request.profile = "code-signing";
	assert_true(holds(&w));
	w.request.profile = "tls-serve";
	assert_false(holds(&w));
	w.request.profile = "tls-server2";
	assert_false(holds(&w));
	unload(&w);
}

static void all_keys_must_hold(void **state)
{
	struct world w;
	(void)state;
	open_world(&w, "{profile: tls-server, authority: issuing, intermediary: acme, "
	           "requester: alice, address: 10.0.0.0/8}");
	assert_true(holds(&w));
	w.request.authority = "other";
	assert_false(holds(&w));
	w.request.authority = "issuing";
	w.request.intermediary = "devices";
	assert_false(holds(&w));
	w.request.intermediary = "acme";
	w.request.requester = "bob";
	assert_false(holds(&w));
	w.request.requester = "alice";
	w.request.address = "11.0.0.1";
	assert_false(holds(&w));
	unload(&w);
}

static void the_protocol_is_what_the_intermediary_speaks_whatever_it_says(void **state)
{
	struct world w;
	(void)state;
	open_world(&w, "{protocol: est}");
	assert_false(holds(&w));
	w.request.protocol = "est"; /* a lie */
	assert_false(holds(&w));
	w.request.intermediary = "devices";
	w.request.protocol = "acme";
	assert_true(holds(&w));
	unload(&w);
	open_world(&w, "{protocol: [acme]}");
	assert_true(holds(&w));
	w.request.intermediary = "acme-2";
	assert_true(holds(&w));
	unload(&w);
}

static void requesters_are_patterns_and_groups(void **state)
{
	struct world w;
	(void)state;
	open_world(&w, "{requester: ['@ops', 'host/*']}");
	assert_true(holds(&w));
	w.request.requester = "x@ops.example.com";
	assert_true(holds(&w));
	w.request.requester = "host/a";
	assert_true(holds(&w));
	w.request.requester = "";
	assert_false(holds(&w));
	w.request.requester = "@ops";
	assert_false(holds(&w));
	unload(&w);
}

static void mapped_addresses_count_as_the_ipv4_address(void **state)
{
	struct world w;
	(void)state;
	open_world(&w, "{address: [10.0.0.0/8, '2001:db8::/32']}");
	assert_true(holds(&w));
	w.request.address = "::ffff:10.9.9.9";
	assert_true(holds(&w));
	w.request.address = "::ffff:11.9.9.9";
	assert_false(holds(&w));
	w.request.address = "2001:db8::1";
	assert_true(holds(&w));
	unload(&w);
	open_world(&w, "{address: 'fe80::/10'}");
	w.request.address = "fe80::1%eth0";
	assert_true(holds(&w));
	unload(&w);
	open_world(&w, "{address: '::ffff:10.0.0.0/104'}");
	assert_true(holds(&w));
	unload(&w);
}

static void an_address_that_is_none_is_in_no_network(void **state)
{
	static const char *const addresses[] = {"", "10.1.2.3.4", "localhost", "10.1.2.3 ", "0x0a.1",
	                                        "10.1.2.3:443"};
	struct world w;
	(void)state;
	open_world(&w, "{address: [0.0.0.0/0, '::/0']}");
	assert_true(holds(&w));
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		w.request.address = addresses[i];
		assert_false(holds(&w));
	}
	unload(&w);
	/* and so outside of all */
	open_world(&w, "{not: {address: 10.0.0.0/8}}");
	assert_false(holds(&w));
	w.request.address = "";
	assert_true(holds(&w));
	unload(&w);
}

static void time_is_the_one_that_is_asked_for(void **state)
{
	struct world w;
	int64_t monday, sunday;
	(void)state;
	assert_int_equal(clock_parse("2026-11-23T09:00:00Z", &monday), 0);
	assert_int_equal(clock_parse("2026-11-29T09:00:00Z", &sunday), 0);
	open_world(&w, "{time: ['mon-fri 08:00-18:00', 'sat 10:00-12:00']}");
	assert_true(condition_holds(w.condition, &w.request, monday));
	assert_true(condition_holds(w.condition, &w.request, sunday - 86400 + 3600));
	assert_false(condition_holds(w.condition, &w.request, sunday));
	unload(&w);
}

static void not_turns_the_whole_map_round(void **state)
{
	struct world w;
	(void)state;
	open_world(&w, "{intermediary: acme, not: {profile: code-signing, requester: '@ops'}}");
	assert_true(holds(&w));
	w.request.profile = "code-signing";
	assert_false(holds(&w));
	w.request.requester = "bob";
	assert_true(holds(&w));
	w.request.intermediary = "acme-2";
	assert_false(holds(&w));
	unload(&w);
	open_world(&w, "{not: {not: {profile: tls-server}}}");
	assert_true(holds(&w));
	unload(&w);
}

static void refuses(const char *when, const char *message)
{
	struct world w;
	struct error err = {0};
	assert_int_equal(load(&w, when, &err), SIGNET_E_CONFIG);
	unload(&w);
	assert_string_equal(err.message, message);
}

#define AT "test.yaml:10: policy.keys.when"

static void mistakes_are_named_with_their_line(void **state)
{
	(void)state;
	refuses("{}", AT ": says no condition");
	refuses("", AT ": says no condition");
	refuses("{not: {}}", AT ".not: says no condition");
	refuses("{profile: tls-serve}", AT ".profile: there is no profile 'tls-serve'");
	refuses("{profile: gateway}", AT ".profile: there is no profile 'gateway'");
	refuses("{profile: []}", AT ".profile: the list is empty");
	refuses("{authority: [issuing, isuing]}", AT ".authority: there is no authority 'isuing'");
	refuses("{intermediary: est}", AT ".intermediary: there is no intermediary 'est'");
	refuses("{protocol: devices}", AT ".protocol: there is no protocol 'devices'");
	refuses("{requester: '@opps'}", AT ".requester: there is no group 'opps'");
	refuses("{requester: ''}", AT ".requester: a pattern is empty");
	refuses("{address: 10.0.0.1/8}", AT ".address: '10.0.0.1/8' is not a network such as "
	        "10.0.0.0/8");
	refuses("{address: [10.0.0.0/8, host]}", AT ".address: 'host' is not a network such as "
	        "10.0.0.0/8");
	refuses("{time: always}", AT ".time: 'always' is not a time of the week such as "
	        "'mon-fri 08:00-18:00'");
	refuses("{profil: tls-server}", AT ".profil: unknown key 'profil', did you mean 'profile'?");
	refuses("tls-server", AT ": must be a map, not a single value");
	refuses("{not: {not: {profile: x}}}", AT ".not.not.profile: there is no profile 'x'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_condition_holds_always),
		cmocka_unit_test(names_are_exact_and_one_is_enough),
		cmocka_unit_test(all_keys_must_hold),
		cmocka_unit_test(the_protocol_is_what_the_intermediary_speaks_whatever_it_says),
		cmocka_unit_test(requesters_are_patterns_and_groups),
		cmocka_unit_test(mapped_addresses_count_as_the_ipv4_address),
		cmocka_unit_test(an_address_that_is_none_is_in_no_network),
		cmocka_unit_test(time_is_the_one_that_is_asked_for),
		cmocka_unit_test(not_turns_the_whole_map_round),
		cmocka_unit_test(mistakes_are_named_with_their_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
