#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/role.h"
#include "signetd/child.h"

#define SECOND INT64_C(1000000)

/* A child whose process has said this, and has closed its end unless it is given. */
static struct child said(const char *text, size_t length, int *end)
{
	struct child child = {.state = STARTING};
	int ends[2];
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_int_equal(write(ends[1], text, length), length);
	child.pipe = ends[0];
	if (end)
		*end = ends[1];
	else
		close(ends[1]);
	while (child.pipe >= 0 && child_read(&child))
		;
	return child;
}

static void readiness_is_one_exact_word(void **state)
{
	(void)state;
	struct child child = said(ROLE_READY, strlen(ROLE_READY), NULL);
	assert_int_equal(child.pipe, -1);
	assert_true(child_said_ready(&child));
	child = said(ROLE_READY "x", strlen(ROLE_READY) + 1, NULL);
	assert_false(child_said_ready(&child));
	child = said("", 0, NULL);
	assert_false(child_said_ready(&child));
}

static void an_open_pipe_is_waited_for(void **state)
{
	(void)state;
	int end;
	struct child child = said("half", 4, &end);
	assert_true(child.pipe >= 0);
	assert_int_equal(write(end, " a line", 7), 7);
	close(end);
	while (child.pipe >= 0 && child_read(&child))
		;
	assert_string_equal(child.line, "half a line");
	/* or not */
	child = said("cut", 3, &end);
	child_hang_up(&child);
	assert_int_equal(child.pipe, -1);
	assert_string_equal(child.line, "cut");
	close(end);
}

static void what_is_too_long_is_cut(void **state)
{
	(void)state;
	static char text[3 * CHILD_LINE];
	memset(text, 'x', sizeof text);
	struct child child = said(text, sizeof text, NULL);
	assert_int_equal(child.length, CHILD_LINE - 1);
	assert_int_equal(strlen(child.line), CHILD_LINE - 1);
}

static void an_end_is_described(void **state)
{
	(void)state;
	struct child child = said("port 80 is taken", 16, NULL);
	assert_string_equal(child_describe_end(&child, W_EXITCODE(1, 0)), "port 80 is taken");
	child = said("", 0, NULL);
	assert_string_equal(child_describe_end(&child, W_EXITCODE(7, 0)), "ended with status 7");
	child = said(ROLE_READY, strlen(ROLE_READY), NULL);
	assert_string_equal(child_describe_end(&child, W_EXITCODE(0, SIGKILL)),
	                    "died of signal 9 (Killed)");
}

static void delays_grow_and_begin_anew(void **state)
{
	(void)state;
	struct child child = {.pipe = -1};
	int64_t last = 0;
	for (int i = 0; i < 12; i++) {
		child.started = clock_monotonic_us();
		int64_t delay = child_plan_restart(&child);
		assert_int_equal(child.state, WAITING);
		assert_true(child.due >= child.started + delay);
		assert_true(delay == 2 * last || i == 0 || delay == 3 * SECOND);
		last = delay;
		assert_int_equal(child.restarts, i + 1);
	}
	assert_int_equal(last, 3 * SECOND);
	child.started = clock_monotonic_us() - 6 * SECOND;
	assert_int_equal(child_plan_restart(&child), SECOND / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readiness_is_one_exact_word),
		cmocka_unit_test(an_open_pipe_is_waited_for),
		cmocka_unit_test(what_is_too_long_is_cut),
		cmocka_unit_test(an_end_is_described),
		cmocka_unit_test(delays_grow_and_begin_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
