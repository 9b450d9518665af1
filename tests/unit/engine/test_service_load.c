#include "fixture.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/service.h"
#include "rpc/ca.pb-c.h"

/* Users that every Debian has. */
#define USERS "users: {gateway: daemon, publisher: nobody, adviser: bin}\n"
#define NOW 1800000030

struct world {
	struct fixture f;
	struct service request, admin;
	struct rpc_peer root, gateway, publisher, adviser;
};

static uid_t uid_of(const char *name)
{
	const struct passwd *entry = getpwnam(name);
	assert_non_null(entry);
	return entry->pw_uid;
}

static void open_with(struct world *w, const char *more)
{
	char sections[4096];
	snprintf(sections, sizeof sections, "%s%s%s", USERS, more, fixture_sections);
	fixture_configure(&w->f, sections);
	fixture_open(&w->f);
	w->request = (struct service){w->f.engine, false};
	w->admin = (struct service){w->f.engine, true};
}

static int setup(void **state)
{
	static struct world w;
	fixture_make(&w.f, fixture_sections);
	open_with(&w, "");
	w.root = (struct rpc_peer){.uid = 0};
	w.gateway = (struct rpc_peer){.uid = uid_of("daemon")};
	w.publisher = (struct rpc_peer){.uid = uid_of("nobody")};
	w.adviser = (struct rpc_peer){.uid = uid_of("bin")};
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	clock_freeze(0);
	fixture_end(&w->f);
	return 0;
}

static int report(struct world *w, struct service *service, const struct rpc_peer *peer,
                  const Signet__Rpc__GatewayLoad *load)
{
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	Signet__Rpc__Reply reply = SIGNET__RPC__REPLY__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_REPORT;
	call.report = (Signet__Rpc__GatewayLoad *)(uintptr_t)load;
	service_handle(service, peer, w->f.arena, &call, &reply);
	assert_int_equal(reply.body_case, SIGNET__RPC__REPLY__BODY__NOT_SET);
	return reply.code;
}

static const Signet__Rpc__Status *status(struct world *w)
{
	Signet__Rpc__Empty empty = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	Signet__Rpc__Reply *reply = arena_alloc(w->f.arena, sizeof *reply);
	struct rpc_peer own = {.uid = geteuid()};
	signet__rpc__reply__init(reply);
	call.call_case = SIGNET__RPC__CALL__CALL_STATUS;
	call.status = &empty;
	service_handle(&w->admin, &own, w->f.arena, &call, reply);
	assert_int_equal(reply->code, 0);
	return reply->status;
}

/* NULL: nothing is said of it. */
static const Signet__Rpc__RoleLoad *role(const Signet__Rpc__Status *s, const char *name)
{
	for (size_t i = 0; i < s->n_roles; i++)
		if (strcmp(s->roles[i]->role, name) == 0)
			return s->roles[i];
	return NULL;
}

static void only_the_gateway_reports(void **state)
{
	struct world *w = *state;
	const Signet__Rpc__GatewayLoad load = SIGNET__RPC__GATEWAY_LOAD__INIT;
	assert_int_equal(report(w, &w->request, &w->publisher, &load), SIGNET_E_PERMISSION);
	assert_int_equal(report(w, &w->request, &w->adviser, &load), SIGNET_E_PERMISSION);
	assert_int_equal(report(w, &w->admin, &w->root, &load), SIGNET_E_PERMISSION);
	assert_int_equal(report(w, &w->admin, &w->gateway, &load), SIGNET_E_PERMISSION);
	assert_null(status(w)->gateway);
	assert_int_equal(report(w, &w->request, &w->gateway, &load), 0);
	assert_non_null(status(w)->gateway);
	fixture_shut(&w->f);
	open_with(w, "roles: {officer: uid:4711, separate: true}\n");
	assert_int_equal(report(w, &w->request, &w->root, &load), SIGNET_E_PERMISSION);
	assert_int_equal(report(w, &w->request, &w->gateway, &load), 0);
}

static void the_gateways_word_is_shown_while_it_is_new(void **state)
{
	struct world *w = *state;
	Signet__Rpc__GatewayLoad load = SIGNET__RPC__GATEWAY_LOAD__INIT;
	clock_freeze(NOW);
	assert_null(role(status(w), "gateway"));
	load.threads = 192;
	load.busy = 3;
	load.connections = 4;
	load.requests = 50;
	load.errors = 6;
	load.working = 7;
	load.waiting = 8;
	load.prepared = 10;
	load.doubtful = 9;
	assert_int_equal(report(w, &w->request, &w->gateway, &load), 0);
	load.requests += 20;
	load.errors += 1;
	assert_int_equal(report(w, &w->request, &w->gateway, &load), 0);
	const Signet__Rpc__Status *s = status(w);
	const Signet__Rpc__RoleLoad *gateway = role(s, "gateway");
	assert_int_equal(gateway->busy, 3);
	assert_int_equal(gateway->queue, 8);
	assert_int_equal(gateway->n_done, RATES_MINUTES);
	assert_int_equal(gateway->done[0], 20);
	assert_int_equal(gateway->failed[0], 1);
	assert_int_equal(s->gateway->threads, 192);
	assert_int_equal(s->gateway->connections, 4);
	assert_int_equal(s->gateway->requests, 70);
	assert_int_equal(s->gateway->errors, 7);
	assert_int_equal(s->gateway->working, 7);
	assert_int_equal(s->gateway->prepared, 10);
	assert_int_equal(s->gateway->doubtful, 9);
	load.busy = 193;
	assert_int_equal(report(w, &w->request, &w->gateway, &load), SIGNET_E_INVALID);
	assert_int_equal(role(status(w), "gateway")->busy, 3);
	clock_freeze(NOW + 60);
	s = status(w);
	assert_null(s->gateway);
	assert_null(role(s, "gateway"));
}

static void read_events(struct world *w, const struct rpc_peer *peer, uint64_t published,
                        uint64_t failed)
{
	Signet__Rpc__EventsRead read = SIGNET__RPC__EVENTS_READ__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	Signet__Rpc__Reply reply = SIGNET__RPC__REPLY__INIT;
	read.consumer = (char *)"file";
	read.published = published;
	read.failed = failed;
	call.call_case = SIGNET__RPC__CALL__CALL_EVENTS_READ;
	call.events_read = &read;
	service_handle(&w->request, peer, w->f.arena, &call, &reply);
}

static void calls_count_but_those_that_wait(void **state)
{
	struct world *w = *state;
	const Signet__Rpc__GatewayLoad load = SIGNET__RPC__GATEWAY_LOAD__INIT;
	clock_freeze(NOW);
	const Signet__Rpc__RoleLoad *engine = role(status(w), "engine");
	assert_int_equal(engine->busy, 0); /* but the one that asks */
	assert_int_equal(engine->queue, 0);
	assert_int_equal(engine->done[0], 0);
	read_events(w, &w->publisher, 0, 0);
	report(w, &w->request, &w->gateway, &load);
	report(w, &w->request, &w->publisher, &load);
	engine = role(status(w), "engine");
	assert_int_equal(engine->busy, 0);
	/* the first status, and two reports, of which one was refused */
	assert_int_equal(engine->done[0], 3);
	assert_int_equal(engine->failed[0], 1);
}

static void the_publishers_exits_are_one_role(void **state)
{
	struct world *w = *state;
	struct signet_outcome out;
	struct signet_submission s = fixture_submission(
		fixture_csr(w->f.arena, w->f.key, "", "dns:a.example.com", NULL), "1");
	read_events(w, &w->publisher, 0, 0);
	assert_int_equal(fixture_submit(&w->f, &s, &out, NULL), 0);
	clock_freeze(NOW);
	read_events(w, &w->publisher, 5, 2);
	const Signet__Rpc__RoleLoad *publisher = role(status(w), "publisher");
	assert_int_equal(publisher->busy, -1);
	assert_int_equal(publisher->queue, 1);
	assert_int_equal(publisher->done[0], 5);
	assert_int_equal(publisher->failed[0], 2);
}

static void an_adviser_that_nobody_asks_is_not_shown(void **state)
{
	struct world *w = *state;
	assert_null(role(status(w), "adviser"));
	/* a chain with a rule that is run apart */
	fixture_shut(&w->f);
	char sections[4096];
	snprintf(sections, sizeof sections, "%s%s", USERS, fixture_sections);
	char *policy = strstr(sections, "policy:\n");
	assert_non_null(policy);
	char *rest = policy + strlen("policy:\n");
	char all[8192];
	snprintf(all, sizeof all, "%.*s  - exec: {command: /bin/true}\n%s", (int)(rest - sections),
	         sections, rest);
	fixture_configure(&w->f, all);
	fixture_open(&w->f);
	w->admin = (struct service){w->f.engine, true};
	load_begin(&w->f.engine->measures->advices);
	const Signet__Rpc__RoleLoad *adviser = role(status(w), "adviser");
	assert_non_null(adviser);
	assert_int_equal(adviser->busy, 1);
	assert_int_equal(adviser->queue, -1);
	load_end(&w->f.engine->measures->advices, true);
	adviser = role(status(w), "adviser");
	assert_int_equal(adviser->busy, 0);
	assert_int_equal(adviser->done[0] + adviser->done[1], 1);
	assert_int_equal(adviser->failed[0] + adviser->failed[1], 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_the_gateway_reports),
		TEST(the_gateways_word_is_shown_while_it_is_new),
		TEST(calls_count_but_those_that_wait),
		TEST(the_publishers_exits_are_one_role),
		TEST(an_adviser_that_nobody_asks_is_not_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
