#include "fake_engine.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/metrics.h"
#include "rpc/address.h"

/* What the engine answers wrongly. */
enum fault { NONE, LABELS, BUCKETS, TYPE, MANY_LABELS };

static Signet__Rpc__MetricFamily *make_family(struct arena *arena, const char *name, unsigned type,
                                              unsigned labels, unsigned buckets)
{
	Signet__Rpc__MetricFamily *family = FAKE(arena, metric_family);
	Signet__Rpc__MetricSample *sample = FAKE(arena, metric_sample);
	family->name = TEXT(name);
	family->help = TEXT("Help.");
	family->type = type;
	family->n_labels = sample->n_values = labels;
	family->labels = arena_array(arena, labels + 1, sizeof *family->labels);
	sample->values = arena_array(arena, labels + 1, sizeof *sample->values);
	for (unsigned i = 0; i < labels; i++) {
		family->labels[i] = TEXT("label");
		sample->values[i] = TEXT("value");
	}
	sample->value = 2.5;
	sample->n_buckets = buckets;
	sample->buckets = arena_array(arena, buckets + 1, sizeof *sample->buckets);
	for (unsigned i = 0; i < buckets; i++)
		sample->buckets[i] = i;
	family->n_samples = 1;
	family->samples = arena_array(arena, 1, sizeof *family->samples);
	family->samples[0] = sample;
	return family;
}

static void answer_metrics(struct fake_engine *engine, struct arena *arena,
                           const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	enum fault fault = *(enum fault *)engine->arg;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_METRICS);
	Signet__Rpc__Metrics *metrics = FAKE(arena, metrics);
	metrics->n_families = 2;
	metrics->families = arena_array(arena, 2, sizeof *metrics->families);
	metrics->families[0] = make_family(arena, "counter", METRIC_COUNTER, METRIC_LABELS, 0);
	metrics->families[1] = make_family(arena, "histogram", METRIC_HISTOGRAM, 0, METRIC_BUCKETS);
	metrics->cut = true;
	if (fault == LABELS)
		metrics->families[0]->samples[0]->n_values--;
	else if (fault == BUCKETS)
		metrics->families[1]->samples[0]->n_buckets--;
	else if (fault == TYPE)
		metrics->families[0]->type = METRIC_HISTOGRAM + 1;
	else if (fault == MANY_LABELS)
		metrics->families[0] = make_family(arena, "counter", METRIC_COUNTER,
		                                   METRIC_LABELS + 1, 0);
	reply->metrics = metrics;
	reply->body_case = SIGNET__RPC__REPLY__BODY_METRICS;
}

static int read_metrics(struct fake_engine *engine, enum fault fault, struct metric_list *list,
                        bool *cut)
{
	engine->answer = answer_metrics;
	engine->arg = &fault;
	return signet_read_metrics(engine->client, engine->arena, list, cut, NULL);
}

static void families_come_whole(void **state)
{
	struct metric_list list = {0};
	bool cut = false;
	assert_int_equal(read_metrics(*state, NONE, &list, &cut), 0);
	assert_true(cut);
	const struct metric_family *family = list.first;
	assert_string_equal(family->name, "counter");
	assert_string_equal(family->help, "Help.");
	assert_int_equal(family->type, METRIC_COUNTER);
	assert_int_equal(metric_label_count(family->labels), METRIC_LABELS);
	assert_string_equal(family->labels[2], "label");
	assert_string_equal(family->first->values[2], "value");
	assert_true(family->first->value == 2.5);
	assert_null(family->first->next);
	family = family->next;
	assert_int_equal(family->type, METRIC_HISTOGRAM);
	assert_int_equal(family->first->buckets[METRIC_BUCKETS - 1], METRIC_BUCKETS - 1);
	assert_null(family->next);
}

/* What is rendered reads as many values as there are labels. */
static void samples_that_do_not_fit_their_family_are_refused(void **state)
{
	struct metric_list list = {0};
	bool cut;
	for (enum fault fault = LABELS; fault <= MANY_LABELS; fault++)
		assert_int_equal(read_metrics(*state, fault, &list, &cut), SIGNET_E_INTERNAL);
}

static void answer_report(struct fake_engine *engine, struct arena *arena,
                          const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	struct signet_gateway_load *out = engine->arg;
	(void)arena;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_REPORT);
	const Signet__Rpc__GatewayLoad *r = call->report;
	*out = (struct signet_gateway_load){r->threads,  r->busy,    r->connections,
	                                    r->requests, r->errors,  r->working,
	                                    r->waiting,  r->prepared, r->doubtful};
	reply->code = r->busy > r->threads ? SIGNET_E_INVALID : 0;
}

static void reports_go_whole(void **state)
{
	struct fake_engine *engine = *state;
	struct signet_gateway_load load = {1, 2, 3, 4, 5, 6, 7, 8, 9}, said;
	engine->answer = answer_report;
	engine->arg = &said;
	assert_int_equal(signet_report(engine->client, &load, NULL), SIGNET_E_INVALID);
	load.busy = 0;
	assert_int_equal(signet_report(engine->client, &load, NULL), 0);
	assert_int_equal(said.threads, 1);
	assert_int_equal(said.busy, 0);
	assert_int_equal(said.connections, 3);
	assert_int_equal(said.requests, 4);
	assert_int_equal(said.errors, 5);
	assert_int_equal(said.working, 6);
	assert_int_equal(said.waiting, 7);
	assert_int_equal(said.prepared, 8);
	assert_int_equal(said.doubtful, 9);
}

static void answer_health(struct fake_engine *engine, struct arena *arena,
                          const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_HEALTH);
	assert_true(call->health->probe);
	reply->health = FAKE(arena, health_report);
	reply->health->writable = engine->arg == NULL;
	reply->health->trouble = TEXT(engine->arg ? engine->arg : "");
	reply->body_case = SIGNET__RPC__REPLY__BODY_HEALTH;
}

static void health_is_whether_the_database_takes_writes(void **state)
{
	struct fake_engine *engine = *state;
	struct error err = {0};
	engine->answer = answer_health;
	assert_int_equal(signet_check_health(engine->client, &err), 0);
	engine->arg = TEXT("no space left");
	assert_int_equal(signet_check_health(engine->client, &err), SIGNET_E_IO);
	assert_string_equal(err.message, "the database takes no writes: no space left");
}

static void an_engine_that_is_away_is_not_well(void **state)
{
	struct fake_engine *engine = *state;
	struct metric_list list = {0};
	bool cut = false;
	fake_engine_stop(engine);
	int result = signet_check_health(engine->client, NULL);
	assert_int_equal(result, SIGNET_E_UNAVAILABLE);
	result = read_metrics(engine, NONE, &list, &cut);
	assert_true(result == SIGNET_E_UNAVAILABLE || result == SIGNET_E_TIMEOUT);
	assert_null(list.first);
}

static unsigned connections;

/* One that ends each connection at its first message. */
static void *hang_up(void *arg)
{
	int listening = *(int *)arg, fd;
	char message[1024];
	while ((fd = accept(listening, NULL, NULL)) >= 0) {
		connections++;
		while (recv(fd, message, sizeof message, 0) < 0)
			;
		close(fd);
	}
	return NULL;
}

/* Who asks whether it is well wants to know now: an engine that has gone is not asked again. */
static void an_engine_that_goes_is_asked_once(void **state)
{
	struct fake_engine *engine = *state;
	struct sockaddr_un address;
	pthread_t thread;
	fake_engine_stop(engine);
	unlink(engine->socket);
	int listening = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(rpc_address(&address, engine->socket, NULL), 0);
	assert_int_equal(bind(listening, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(listening, 8), 0);
	connections = 0;
	assert_int_equal(pthread_create(&thread, NULL, hang_up, &listening), 0);
	int result = signet_check_health(engine->client, NULL);
	shutdown(listening, SHUT_RDWR);
	pthread_join(thread, NULL);
	close(listening);
	unlink(engine->socket);
	assert_int_equal(result, SIGNET_E_UNAVAILABLE);
	assert_int_equal(connections, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_engine_setup, fake_engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(families_come_whole),
		TEST(samples_that_do_not_fit_their_family_are_refused),
		TEST(reports_go_whole),
		TEST(health_is_whether_the_database_takes_writes),
		TEST(an_engine_that_is_away_is_not_well),
		TEST(an_engine_that_goes_is_asked_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
