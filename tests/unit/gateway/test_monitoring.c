#include "tests/unit/api/fake_engine.h"

#include <stdio.h>

#include "gateway/meter.h"
#include "gateway/monitoring.h"
#include "http_peer.h"

static struct fake_engine *engine;
static struct metrics *meter;
static struct monitoring *monitoring;
static struct listener listener;
static char answer[1 << 18];
static const char *trouble; /* of the database; NULL: there is none */

static void answer_call(struct fake_engine *fake, struct arena *arena,
                        const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)fake;
	if (call->call_case == SIGNET__RPC__CALL__CALL_HEALTH) {
		reply->health = FAKE(arena, health_report);
		reply->health->writable = trouble == NULL;
		reply->health->trouble = TEXT(trouble ? trouble : "");
		reply->body_case = SIGNET__RPC__REPLY__BODY_HEALTH;
		return;
	}
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_METRICS);
	Signet__Rpc__MetricFamily *family = FAKE(arena, metric_family);
	family->name = TEXT("signet_engine_made_up");
	family->help = TEXT("Help.");
	family->n_samples = 1;
	family->samples = arena_array(arena, 1, sizeof *family->samples);
	family->samples[0] = FAKE(arena, metric_sample);
	family->samples[0]->value = 17;
	reply->metrics = FAKE(arena, metrics);
	reply->metrics->n_families = 1;
	reply->metrics->families = arena_array(arena, 1, sizeof family);
	reply->metrics->families[0] = family;
	reply->metrics->cut = true;
	reply->body_case = SIGNET__RPC__REPLY__BODY_METRICS;
}

static int setup(void **state)
{
	struct error err = {0};
	fake_engine_setup(state);
	engine = *state;
	engine->answer = answer_call;
	trouble = NULL;
	meter = meter_new();
	assert_non_null(meter);
	listener = (struct listener){"127.0.0.1", peer_free_port(), false};
	if (monitoring_start(&monitoring, &listener, engine->client, meter, &err))
		fail_msg("%s", err.message);
	return 0;
}

static int teardown(void **state)
{
	monitoring_stop(monitoring);
	metrics_free(meter);
	return fake_engine_teardown(state);
}

static int get(const char *method, const char *path)
{
	char text[256];
	snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", method,
	         path);
	peer_exchange(listener.port, text, strlen(text), answer, sizeof answer);
	return peer_status(answer);
}

static void metrics_are_the_gateways_and_the_engines(void **state)
{
	(void)state;
	meter_connection(meter, 1);
	assert_int_equal(get("GET", "/metrics"), 200);
	assert_non_null(strstr(answer, "text/plain; version=0.0.4"));
	assert_non_null(strstr(answer, "\nsignet_up 1\n"));
	assert_non_null(strstr(answer, "\nsignet_metrics_cut 1\n"));
	assert_non_null(strstr(answer, "\nsignet_http_connections 1\n"));
	assert_non_null(strstr(answer, "\nsignet_engine_made_up 17\n"));
	assert_non_null(strstr(answer, "\nsignet_gateway_resident_memory_bytes "));
}

static void without_the_engine_the_gateways_stay(void **state)
{
	(void)state;
	fake_engine_stop(engine);
	assert_int_equal(get("GET", "/metrics"), 200);
	assert_non_null(strstr(answer, "\nsignet_up 0\n"));
	assert_non_null(strstr(answer, "\nsignet_http_connections 0\n"));
	assert_null(strstr(answer, "signet_engine_made_up"));
	assert_int_equal(get("GET", "/healthz"), 200);
	assert_int_equal(get("GET", "/readyz"), 503);
}

static void it_is_ready_while_the_database_takes_writes(void **state)
{
	(void)state;
	assert_int_equal(get("GET", "/readyz"), 200);
	assert_non_null(strstr(answer, "\r\n\r\nready\n"));
	trouble = "no space left";
	assert_int_equal(get("GET", "/readyz"), 503);
	assert_non_null(strstr(answer, "no space left"));
	assert_int_equal(get("GET", "/healthz"), 200);
	trouble = NULL;
	assert_int_equal(get("GET", "/readyz"), 200);
	monitoring_say_stopping(monitoring);
	assert_int_equal(get("GET", "/readyz"), 503);
	assert_non_null(strstr(answer, "\r\n\r\nstopping\n"));
}

static void there_is_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(get("GET", "/"), 404);
	assert_int_equal(get("GET", "/metrics/x"), 404);
	assert_int_equal(get("POST", "/metrics"), 405);
}

static void a_port_that_is_taken_is_an_error(void **state)
{
	(void)state;
	struct monitoring *second = NULL;
	struct error err = {0};
	assert_int_not_equal(monitoring_start(&second, &listener, engine->client, meter, &err), 0);
	assert_null(second);
	assert_true(*err.message != '\0');
	monitoring_stop(NULL);
	monitoring_say_stopping(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(metrics_are_the_gateways_and_the_engines),
		TEST(without_the_engine_the_gateways_stay),
		TEST(it_is_ready_while_the_database_takes_writes),
		TEST(there_is_nothing_else),
		TEST(a_port_that_is_taken_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
