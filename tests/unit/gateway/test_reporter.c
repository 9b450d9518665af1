#include "tests/unit/api/fake_engine.h"

#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "gateway/reporter.h"
#include "http_peer.h"

static struct fake_engine *engine;
static struct metrics *meter;
static struct server *server;
static struct host *host;
static struct settings *settings;
static struct signet_gateway_load said; /* before `reports` grows */
static atomic_uint reports;
static atomic_bool mute;

static void answer_call(struct fake_engine *fake, struct arena *arena,
                        const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)arena, (void)reply;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_REPORT);
	const Signet__Rpc__GatewayLoad *r = call->report;
	said = (struct signet_gateway_load){r->threads,  r->busy,    r->connections,
	                                    r->requests, r->errors,  r->working,
	                                    r->waiting,  r->prepared, r->doubtful};
	atomic_fetch_add(&reports, 1);
	while (atomic_load(&mute) && !rpc_server_is_stopping(fake->server))
		nanosleep(&(struct timespec){0, 1000000}, NULL);
}

static const struct router *acquire(void *arg, void **lease)
{
	(void)arg, (void)lease;
	return NULL;
}

static void release(void *arg, void *lease)
{
	(void)arg, (void)lease;
}

static int setup(void **state)
{
	static struct listener listener;
	struct error err = {0};
	char path[128];
	fake_engine_setup(state);
	engine = *state;
	engine->answer = answer_call;
	atomic_store(&reports, 0);
	atomic_store(&mute, false);
	meter = meter_new();
	assert_non_null(meter);
	listener = (struct listener){"127.0.0.1", peer_free_port(), false};
	const struct server_options options = {
		.listeners = &listener, .listener_count = 1, .hostname = "localhost", .threads = 3,
		.acquire = acquire, .release = release, .meter = meter};
	if (server_start(&server, &options, &err))
		fail_msg("%s", err.message);
	snprintf(path, sizeof path, "%s/signet.yaml", engine->directory);
	if (settings_parse(&settings, path, bytes_text("state: .\nintermediaries: []\n"), &err))
		fail_msg("%s", err.message);
	snprintf(path, sizeof path, "%s/gateway", engine->directory);
	assert_int_equal(mkdir(path, 0700), 0);
	if (host_open(&host, settings, engine->client, &err))
		fail_msg("%s (%s)", err.message, err.detail);
	return 0;
}

static int teardown(void **state)
{
	server_stop(server);
	host_close(host);
	settings_free(settings);
	metrics_free(meter);
	return fake_engine_teardown(state);
}

static struct reporter *start(void)
{
	const struct reporter_sources sources = {server, host, meter};
	struct reporter *reporter;
	struct error err = {0};
	if (reporter_start(&reporter, engine->socket, &sources, &err))
		fail_msg("%s", err.message);
	while (atomic_load(&reports) == 0)
		nanosleep(&(struct timespec){0, 1000000}, NULL);
	return reporter;
}

static void what_the_gateway_does_is_told_at_once(void **state)
{
	(void)state;
	meter_answer(meter, "acme", 200, 1);
	meter_answer(meter, "", 503, 1);
	meter_connection(meter, 1);
	struct reporter *reporter = start();
	reporter_stop(reporter);
	assert_int_equal(said.threads, 3);
	assert_int_equal(said.busy, 0);
	assert_int_equal(said.connections, 1);
	assert_int_equal(said.requests, 2);
	assert_int_equal(said.errors, 1);
	assert_int_equal(said.waiting, 0);
}

static void an_engine_that_hangs_does_not_keep_it_from_stopping(void **state)
{
	(void)state;
	atomic_store(&mute, true);
	struct reporter *reporter = start();
	reporter_stop(reporter);
	/* the engine has not answered until now */
	atomic_store(&mute, false);
	reporter_stop(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_gateway_does_is_told_at_once),
		TEST(an_engine_that_hangs_does_not_keep_it_from_stopping),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
