#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "gateway/host.h"

#define ONE "  - counter: {path: /one, profile: p}\n"
#define ONE_BY_TEN "  - counter: {path: /one, profile: p, step: 10}\n"
#define TWO "  - counter: {name: two, path: /two, profile: p}\n"

static char directory[64];
static struct signet_client *client;
static struct arena *arena;
static struct settings *first;
static struct host *host;
static atomic_int *instances, *started;

static struct settings *make_settings(const char *intermediaries)
{
	struct settings *settings;
	struct error err = {0};
	char path[128];
	const char *builddir = getenv("builddir");
	snprintf(path, sizeof path, "%s/signet.yaml", directory);
	char *text = arena_printf(arena, "state: .\nmodules: %s/tests/unit/gateway/modules\n"
	                                 "intermediaries:\n%s",
	                          builddir ? builddir : ".", intermediaries);
	if (settings_parse(&settings, path, bytes_text(text), &err))
		fail_msg("%s", err.message);
	return settings;
}

static int setup(void **state)
{
	(void)state;
	struct error err = {0};
	char path[128];
	snprintf(directory, sizeof directory, "/tmp/signet-host-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	log_setup("test", LOG_ERROR, false);
	snprintf(path, sizeof path, "%s/gateway", directory);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/request.sock", directory);
	assert_int_equal(signet_client_open(&client, path, &err), 0);
	arena = arena_new(1 << 20);
	first = make_settings(ONE);
	if (host_open(&host, first, client, &err))
		fail_msg("%s (%s)", err.message, err.detail);
	/* the module is loaded now, and stays */
	void *module = dlopen(arena_printf(arena, "%s/intermediaries/counter.so", first->modules),
	                      RTLD_NOW | RTLD_NOLOAD);
	assert_non_null(module);
	instances = dlsym(module, "counter_instances");
	started = dlsym(module, "counter_started");
	assert_true(instances && started);
	return 0;
}

static void remove_tree(const char *path)
{
	DIR *entries = opendir(path);
	for (struct dirent *entry; entries && (entry = readdir(entries));) {
		char below[512];
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
		if (unlink(below))
			remove_tree(below);
	}
	if (entries)
		closedir(entries);
	rmdir(path);
}

static int teardown(void **state)
{
	(void)state;
	host_close(host);
	assert_int_equal(*instances, 0);
	assert_int_equal(*started, 0);
	settings_free(first);
	signet_client_close(client);
	arena_free(arena);
	remove_tree(directory);
	return 0;
}

/* What POST PATH/count answers; 0 when there is no such route. */
static unsigned long count_with(const struct router *router, const char *path)
{
	struct router_match match;
	char target[64];
	snprintf(target, sizeof target, "%s/count", path);
	assert_non_null(router);
	assert_int_equal(router_find(router, arena, "POST", target, target, &match), 0);
	if (!match.route)
		return 0;
	struct http_request request = {.arena = arena};
	struct http_response response = {.body = BUFFER_MAX(LIMIT_HTTP_RESPONSE)};
	match.route->handler(match.instance, &request, &response);
	assert_int_equal(response.status, 200);
	unsigned long value = strtoul(buffer_text(&response.body), NULL, 10);
	buffer_free(&response.body);
	return value;
}

static unsigned long count(const char *path)
{
	void *lease;
	const struct router *router = host_acquire(host, &lease);
	unsigned long value = count_with(router, path);
	host_release(host, lease);
	return value;
}

static void reload(const char *intermediaries)
{
	struct error err = {0};
	if (host_reload(host, make_settings(intermediaries), &err))
		fail_msg("%s (%s)", err.message, err.detail);
}

static void what_all_instances_do_is_added_up(void **state)
{
	(void)state;
	struct signet_intermediary_load load;
	host_load(host, &load);
	assert_int_equal(load.working, 1);
	assert_int_equal(load.waiting, 0);
	reload(ONE_BY_TEN TWO);
	host_load(host, &load);
	assert_int_equal(load.working, 11);
}

static int try_reload(const char *intermediaries, struct error *err)
{
	struct settings *settings = make_settings(intermediaries);
	int result = host_reload(host, settings, err);
	if (result)
		settings_free(settings);
	return result;
}

static void state_outlives_a_reload(void **state)
{
	(void)state;
	assert_int_equal(count("/one"), 1);
	reload(ONE_BY_TEN);
	assert_int_equal(count("/one"), 11);
	assert_int_equal(*instances, 1);
	assert_int_equal(*started, 1);
}

static void instances_come_and_go(void **state)
{
	(void)state;
	assert_int_equal(count("/one"), 1);
	reload(ONE TWO);
	assert_int_equal(count("/two"), 1);
	assert_int_equal(count("/one"), 2);
	reload(TWO);
	assert_int_equal(count("/one"), 0);
	assert_int_equal(count("/two"), 2);
	/* back again, with what it had */
	reload(TWO ONE);
	assert_int_equal(count("/one"), 3);
	assert_int_equal(*instances, 2);
	reload("  []\n");
	assert_int_equal(count("/one"), 0);
	assert_int_equal(*instances, 0);
}

static void a_set_that_cannot_be_changes_nothing(void **state)
{
	(void)state;
	struct error err = {0};
	static const char *const faulty[] = {
		"  - counter: {path: /one, profile: p, fails: true}\n",
		"  - counter: {path: /one, profile: p, step: 1000}\n",
		"  - counter: {path: one, profile: p}\n",
		"  - counter: {profile: p}\n",
		"  - counter: {path: /one, profile: p, nonsense: 1}\n",
		"  - missing: {path: /one, profile: p}\n",
		"  - counter: {path: /one}\n",
		ONE "  - counter: {name: two, path: /one, profile: p}\n",
		ONE "  - counter: {name: two, path: /two, profile: p, fails: true}\n",
		ONE "  - counter: {name: two, path: /two, profile: p, step: x}\n",
	};
	for (size_t i = 0; i < sizeof faulty / sizeof *faulty; i++) {
		assert_true(try_reload(faulty[i], &err) < 0);
		assert_true(strlen(err.message) > 0);
		assert_int_equal(count("/one"), i + 1);
		assert_int_equal(*instances, 1);
		assert_int_equal(*started, 1);
	}
}

static void *reload_both(void *arg)
{
	atomic_bool *done = arg;
	reload(ONE_BY_TEN);
	*done = true;
	return NULL;
}

static void a_request_is_finished_by_its_set(void **state)
{
	(void)state;
	static atomic_bool done;
	void *lease;
	pthread_t thread;
	done = false;
	const struct router *router = host_acquire(host, &lease);
	assert_int_equal(pthread_create(&thread, NULL, reload_both, &done), 0);
	/* the new set, which counts by ten, serves while the old request is still under way */
	unsigned long last = count("/one"), next;
	while ((next = count("/one")) - last != 10) {
		last = next;
		nanosleep(&(struct timespec){0, 1000000}, NULL);
	}
	assert_false(done);
	unsigned long before = count("/one");
	assert_int_equal(count_with(router, "/one"), before + 1);
	host_release(host, lease);
	pthread_join(thread, NULL);
	assert_true(done);
	assert_int_equal(*instances, 1);
	assert_int_equal(count("/one"), before + 11);
}

static void a_check_opens_nothing(void **state)
{
	(void)state;
	struct error err = {0};
	struct settings *settings = make_settings(ONE TWO);
	assert_int_equal(host_check(settings, &err), 0);
	settings_free(settings);
	settings = make_settings(ONE "  - counter: {name: two, path: /two, profile: p, step: x}\n");
	assert_int_equal(host_check(settings, &err), SIGNET_E_CONFIG);
	assert_non_null(strstr(err.message, "signet.yaml:5: intermediaries"));
	settings_free(settings);
	assert_int_equal(*instances, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(state_outlives_a_reload),
		TEST(instances_come_and_go),
		TEST(a_set_that_cannot_be_changes_nothing),
		TEST(a_request_is_finished_by_its_set),
		TEST(what_all_instances_do_is_added_up),
		TEST(a_check_opens_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
