#include "engine_peer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/role.h"
#include "gateway/gateway.h"
#include "http_peer.h"

static struct fixture f;
static struct settings *settings;
static char answer[65536];

static void load(const char *listen, const char *more)
{
	struct error err = {0};
	settings_free(settings);
	settings = NULL;
	fixture_write(&f, "signet.yaml",
	              arena_printf(f.arena, "state: .\nhostname: ca.example.com\nlisten: %s\n"
	                           "authorities: {issuing: {certificate: issuing.pem, key: "
	                           "issuing.key}}\n%s%s", listen, fixture_sections, more));
	if (settings_load(&settings, f.config, &err))
		fail_msg("%s", err.message);
}

static int setup(void **state)
{
	(void)state;
	char path[FIXTURE_PATH];
	fixture_make(&f, fixture_sections);
	fixture_path(&f, "gateway", path);
	return mkdir(path, 0700);
}

static int teardown(void **state)
{
	(void)state;
	settings_free(settings);
	settings = NULL;
	fixture_end(&f);
	return 0;
}

static void faults_are_found_before_the_start(void **state)
{
	(void)state;
	static const struct {
		const char *listen, *more, *said;
	} wrong[] = {
		{"[{address: 127.0.0.1, port: 8080}, {address: 127.0.0.1, port: 8080}]", "", "8080"},
		{"[{address: 127.0.0.1, port: 8080}, {address: 127.0.0.2, port: 8080, tls: true}]",
		 "", "8080"},
		{"[{address: 127.0.0.1, port: 8080}]", "tls: {certificate: none.pem, key: none.key}\n",
		 "none.pem"},
	};
	struct error err = {0};
	load("[{address: 127.0.0.1, port: 8080}, {address: 127.0.0.1, port: 8443, tls: true}]", "");
	if (gateway_check(settings, &err))
		fail_msg("%s", err.message);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct settings *other;
		const char *text = arena_printf(f.arena, "state: .\nlisten: %s\n%s", wrong[i].listen,
		                                wrong[i].more);
		/* whoever finds it first: the settings or the gateway */
		int result = settings_parse(&other, f.config, bytes_text(text), &err);
		if (!result) {
			result = gateway_check(other, &err);
			settings_free(other);
		}
		assert_int_equal(result, SIGNET_E_CONFIG);
		if (!strstr(err.message, wrong[i].said))
			fail_msg("%s: %s", wrong[i].listen, err.message);
	}
}

/* Starts the role in a process of its own; what it says comes into said. */
static pid_t begin(char *said, size_t size)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(ends[0]);
		_exit(gateway_run(settings, ends[1]));
	}
	close(ends[1]);
	size_t length = 0;
	for (ssize_t n; (n = read(ends[0], said + length, size - 1 - length)) > 0;)
		length += (size_t)n;
	said[length] = '\0';
	close(ends[0]);
	return pid;
}

static int finish(pid_t pid)
{
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static const char *get(unsigned port)
{
	static const char text[] =
		"GET /acme/directory HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
	peer_exchange(port, text, sizeof text - 1, answer, sizeof answer);
	return answer;
}

static void the_role_serves_and_stops(void **state)
{
	(void)state;
	char said[1024];
	unsigned plain = peer_free_port(), secure = peer_free_port();
	load(arena_printf(f.arena, "[{address: 127.0.0.1, port: %u}, {address: 127.0.0.1, port: %u, "
	                  "tls: true}]", plain, secure), "");
	engine_peer_start(&f);
	pid_t pid = begin(said, sizeof said);
	assert_string_equal(said, ROLE_READY);
	assert_int_equal(peer_status(get(plain)), 200);
	assert_non_null(strstr(answer, "http://a/acme/new-order"));
	kill(pid, SIGHUP);
	assert_int_equal(peer_status(get(plain)), 200);
	kill(pid, SIGTERM);
	assert_int_equal(finish(pid), EXIT_SUCCESS);
	assert_int_equal(peer_connect(plain), -1);
	assert_int_equal(peer_connect(secure), -1);
	engine_peer_stop();
}

static void a_port_that_is_taken_ends_the_start(void **state)
{
	(void)state;
	char said[1024];
	unsigned port = peer_free_port();
	load(arena_printf(f.arena, "[{address: 127.0.0.1, port: %u}]", port), "");
	engine_peer_start(&f);
	pid_t first = begin(said, sizeof said);
	assert_string_equal(said, ROLE_READY);
	/* another state directory would do as well: it is the port that is asked for last */
	char other[FIXTURE_PATH];
	fixture_path(&f, "other", other);
	assert_int_equal(mkdir(other, 0700), 0);
	load(arena_printf(f.arena, "[{address: 127.0.0.1, port: %u}]", port), "");
	free(settings->state);
	settings->state = strdup(other);
	fixture_path(&f, "other/gateway", other);
	assert_int_equal(mkdir(other, 0700), 0);
	pid_t second = begin(said, sizeof said);
	assert_int_equal(finish(second), EXIT_FAILURE);
	if (!strstr(said, "Address already in use") || strchr(said, '\n'))
		fail_msg("%s", said);
	kill(first, SIGTERM);
	assert_int_equal(finish(first), EXIT_SUCCESS);
	engine_peer_stop();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(faults_are_found_before_the_start),
		TEST(the_role_serves_and_stops),
		TEST(a_port_that_is_taken_ends_the_start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
