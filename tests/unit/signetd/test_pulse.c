#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "signetd/pulse.h"

#define LATER 1000000000

struct world {
	char state[64];
	struct sockaddr_un address;
	int listener;
	struct pulse pulse;
};

static int setup(void **state)
{
	static struct world w;
	char run[80];
	w = (struct world){.address = {.sun_family = AF_UNIX}};
	snprintf(w.state, sizeof w.state, "/tmp/signet-pulse-XXXXXX");
	assert_non_null(mkdtemp(w.state));
	snprintf(run, sizeof run, "%s/run", w.state);
	assert_int_equal(mkdir(run, 0700), 0);
	snprintf(w.address.sun_path, sizeof w.address.sun_path, "%s/request.sock", run);
	w.listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	assert_int_equal(bind(w.listener, (struct sockaddr *)&w.address, sizeof w.address), 0);
	assert_int_equal(listen(w.listener, 4), 0);
	pulse_begin(&w.pulse, 800);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	char run[80];
	pulse_end(&w->pulse);
	close(w->listener);
	unlink(w->address.sun_path);
	snprintf(run, sizeof run, "%s/run", w->state);
	rmdir(run);
	rmdir(w->state);
	return 0;
}

static bool is_readable(const struct pulse *pulse)
{
	struct pollfd polled = {pulse->fd, POLLIN, 0};
	return poll(&polled, 1, 0) == 1;
}

/* What the engine says to the question; "": it hangs up. */
static bool answered(struct world *w, const char *answer)
{
	char question[64];
	pulse_ask(&w->pulse, w->state);
	assert_true(w->pulse.fd >= 0);
	int fd = accept(w->listener, NULL, NULL);
	assert_true(recv(fd, question, sizeof question, 0) > 1);
	assert_int_equal(question[0], 1);
	assert_false(is_readable(&w->pulse));
	if (*answer)
		assert_int_equal(send(fd, answer, strlen(answer), 0), strlen(answer));
	close(fd);
	assert_true(is_readable(&w->pulse));
	bool good = pulse_read(&w->pulse);
	assert_int_equal(w->pulse.fd, -1);
	return good;
}

static void only_an_answer_is_a_pulse(void **state)
{
	struct world *w = *state;
	assert_true(answered(w, "\1\10"));
	assert_false(answered(w, "\2\10"));
	assert_false(answered(w, ""));
}

static void where_nobody_listens_nothing_comes_of_it(void **state)
{
	struct world *w = *state;
	close(w->listener);
	w->listener = -1;
	pulse_ask(&w->pulse, w->state);
	assert_int_equal(w->pulse.fd, -1);
}

static void it_is_due_at_each_interval(void **state)
{
	struct world *w = *state;
	int64_t next = LATER;
	assert_true(pulse_is_due(&w->pulse, 1000, &next));
	assert_int_equal(next, 1800);
	assert_false(pulse_is_due(&w->pulse, 1799, &next));
	assert_true(pulse_is_due(&w->pulse, 1800, &next));
	pulse_retry(&w->pulse, 1800, &next);
	assert_true(pulse_is_due(&w->pulse, 1900, &next));
	pulse_begin(&w->pulse, 0);
	assert_false(pulse_is_due(&w->pulse, 5000, &next));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_an_answer_is_a_pulse),
		TEST(where_nobody_listens_nothing_comes_of_it),
		TEST(it_is_due_at_each_interval),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
