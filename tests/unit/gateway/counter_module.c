/* An intermediary for test_host: counts in a table of its own. */
#include <stdatomic.h>
#include <stdlib.h>

#include "api/intermediary.h"
#include "base/limits.h"

/* What the test looks at. */
extern atomic_int counter_instances, counter_started;
atomic_int counter_instances, counter_started;

struct counter {
	const struct signet_state *state;
	int64_t step;
	bool fails;
};

static int configure(void **out, const struct signet_intermediary_host *host,
                     const struct conf_node *node, struct error *err)
{
	struct counter *counter = calloc(1, sizeof *counter);
	if (!counter)
		return error_nomem(err);
	counter->state = host->state;
	int result = conf_get_integer(node, "step", 0, 100, 1, &counter->step, err);
	if (!result)
		result = conf_get_boolean(node, "fails", false, &counter->fails, err);
	if (result) {
		free(counter);
		return result;
	}
	counter_instances++;
	*out = counter;
	return 0;
}

static int start(void *instance, struct error *err)
{
	const struct counter *counter = instance;
	if (counter->fails)
		return error_set(err, SIGNET_E_STATE, "does not start");
	counter_started++;
	return 0;
}

static void stop(void *instance)
{
	(void)instance;
	counter_started--;
}

static void release(void *instance)
{
	counter_instances--;
	free(instance);
}

struct step {
	const struct counter *counter;
	uint64_t value;
};

static int add(struct store_txn *txn, void *arg)
{
	struct step *step = arg;
	struct bytes old;
	struct store_key value;
	unsigned table = signet_state_table(step->counter->state, 1);
	step->value = 0;
	if (store_get(txn, table, bytes_text("count"), &old) == 0)
		step->value = store_key_to_u64(old);
	step->value += (uint64_t)step->counter->step;
	value = store_key_number(step->value);
	return store_put(txn, table, bytes_text("count"), store_key_get(&value));
}

static void count(void *instance, const struct http_request *request,
                  struct http_response *response)
{
	const struct counter *counter = instance;
	struct step step = {counter, 0};
	struct error err = {0};
	if (store_write(counter->state->store, add, &step, &err)) {
		signet_http_problem(request, response, 500, NULL, err.message);
		return;
	}
	response->status = 200;
	buffer_printf(&response->body, "%llu", (unsigned long long)step.value);
}

static void load(void *instance, struct signet_intermediary_load *out)
{
	const struct counter *counter = instance;
	out->working += (unsigned)counter->step;
}

static const char *const keys[] = {"step", "fails", NULL};
static const struct http_route routes[] = {{"POST", "/count", count, 0}, {NULL, NULL, NULL, 0}};
static const struct store_table tables[] = {{"unused", 0}, {"counts", 0}, {NULL, 0}};

extern const struct signet_intermediary signet_module;
const struct signet_intermediary signet_module = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_INTERMEDIARY, "counter", "counts", keys},
	.routes = routes,
	.tables = tables,
	.configure = configure,
	.start = start,
	.stop = stop,
	.free = release,
	.load = load,
};
