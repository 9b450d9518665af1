#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <unistd.h>

#include "gateway/watch.h"

struct waiter {
	struct watch *watch;
	int64_t limit;        /* 0: without one */
	bool busy;
	int pipe[2];
	atomic_int entered;
	int result, number;   /* of poll */
};

/* Waits for an octet that never comes, as a thread of the server does. */
static void *wait_for_client(void *arg)
{
	struct waiter *waiter = arg;
	struct watch_slot slot;
	struct pollfd polled = {waiter->pipe[0], POLLIN, 0};
	watch_enter(waiter->watch, &slot);
	watch_set_busy(&slot, waiter->busy);
	if (waiter->limit)
		watch_begin(waiter->watch, &slot, waiter->limit);
	waiter->entered = 1;
	waiter->result = poll(&polled, 1, 30000);
	waiter->number = errno;
	watch_end(waiter->watch, &slot);
	watch_leave(waiter->watch, &slot);
	return NULL;
}

static void begin(struct waiter *waiter, struct watch *watch, int64_t limit, bool busy,
                  pthread_t *thread)
{
	*waiter = (struct waiter){.watch = watch, .limit = limit, .busy = busy};
	assert_int_equal(pipe(waiter->pipe), 0);
	assert_int_equal(pthread_create(thread, NULL, wait_for_client, waiter), 0);
	while (!waiter->entered)
		sched_yield();
}

static void end(struct waiter *waiter, pthread_t thread)
{
	pthread_join(thread, NULL);
	close(waiter->pipe[0]);
	close(waiter->pipe[1]);
}

static void a_wait_that_is_too_long_is_interrupted(void **state)
{
	(void)state;
	struct watch *watch;
	struct error err = {0};
	struct waiter late, patient;
	pthread_t late_thread, patient_thread;
	assert_int_equal(watch_new(&watch, &err), 0);
	begin(&patient, watch, 0, false, &patient_thread);
	begin(&late, watch, 1000, false, &late_thread);
	end(&late, late_thread);
	assert_int_equal(late.result, -1);
	assert_int_equal(late.number, EINTR);
	/* who has no limit is left alone */
	assert_int_equal(write(patient.pipe[1], "x", 1), 1);
	end(&patient, patient_thread);
	assert_int_equal(patient.result, 1);
	watch_free(watch);
}

static void a_stop_hurries_all_but_the_busy(void **state)
{
	(void)state;
	struct watch *watch;
	struct error err = {0};
	struct waiter idle, busy;
	pthread_t idle_thread, busy_thread;
	assert_int_equal(watch_new(&watch, &err), 0);
	begin(&busy, watch, 0, true, &busy_thread);
	begin(&idle, watch, 0, false, &idle_thread);
	watch_hurry(watch);
	end(&idle, idle_thread);
	assert_int_equal(idle.result, -1);
	assert_int_equal(write(busy.pipe[1], "x", 1), 1);
	end(&busy, busy_thread);
	assert_int_equal(busy.result, 1);
	watch_free(watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wait_that_is_too_long_is_interrupted),
		cmocka_unit_test(a_stop_hurries_all_but_the_busy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
