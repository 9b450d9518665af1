#include "tests/unit/api/fake_engine.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture.h"
#include "signetctl/command.h"

/* ---- what main.c gives the commands ---- */

int command_client(struct command_context *context)
{
	return context->client ? COMMAND_OK : COMMAND_UNAVAILABLE;
}

int command_usage(const char *format, ...)
{
	(void)format;
	return COMMAND_USAGE;
}

/* More with each look. */
static void answer(struct fake_engine *engine, struct arena *arena, const Signet__Rpc__Call *call,
                   Signet__Rpc__Reply *reply)
{
	unsigned *looks = engine->arg;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_STATUS);
	Signet__Rpc__Status *s = FAKE(arena, status);
	s->certificates = 100 * ++*looks;
	s->requests = 200;
	s->pending = 3;
	s->stale_crls = 1;
	s->database_used = 2048;
	s->n_issued = s->n_denied = 3;
	s->issued = arena_array(arena, 3, sizeof *s->issued);
	s->denied = arena_array(arena, 3, sizeof *s->denied);
	s->issued[2] = 60;
	s->counted = 1;
	s->valid = 90;
	s->n_crls = 1;
	s->crls = arena_array(arena, 1, sizeof *s->crls);
	s->crls[0] = FAKE(arena, crl_summary);
	s->crls[0]->authority = TEXT("issuing");
	s->crls[0]->stale = 1;
	s->n_consumers = 2;
	s->consumers = arena_array(arena, 2, sizeof *s->consumers);
	for (int i = 0; i < 2; i++)
		s->consumers[i] = FAKE(arena, consumer_status);
	s->consumers[0]->name = TEXT("idle");
	s->consumers[1]->name = TEXT("ldap");
	s->consumers[1]->waiting = 5;
	s->consumers[1]->dead = 4;
	s->consumers[1]->trouble = TEXT("no route");
	s->gateway = FAKE(arena, gateway_load);
	s->gateway->requests = 7;
	s->n_roles = 1;
	s->roles = arena_array(arena, 1, sizeof *s->roles);
	Signet__Rpc__RoleLoad *role = s->roles[0] = FAKE(arena, role_load);
	role->role = TEXT("gateway");
	role->busy = 17;
	role->queue = -1;
	role->n_done = role->n_failed = 3;
	role->done = arena_array(arena, 3, sizeof *role->done);
	role->failed = arena_array(arena, 3, sizeof *role->failed);
	role->done[1] = 1;
	role->done[2] = 2;
	reply->status = s;
	reply->body_case = SIGNET__RPC__REPLY__BODY_STATUS;
}

static int run_as(struct fake_engine *engine, enum print_format format, const char *interval,
                  const char *count)
{
	static unsigned looks;
	struct command_context context = {.arena = engine->arena, .client = engine->client,
	                                  .format = format};
	const struct command_value values[] = {{.value = interval}, {.value = count}};
	looks = 0;
	engine->answer = answer;
	engine->arg = &looks;
	return commands_monitor[0].run(&context, values, 0, NULL);
}

static int run(struct fake_engine *engine, const char *interval, const char *count)
{
	return run_as(engine, PRINT_TABLE, interval, count);
}

static void one_line_comes_for_each_look(void **state)
{
	struct capture c;
	char second[64];
	capture_begin(&c);
	int status = run(*state, "1", "2");
	capture_end(&c);
	assert_int_equal(status, COMMAND_OK);
	char *line = strchr(c.text, '\n');
	assert_non_null(line);
	*line++ = '\0';
	assert_non_null(strstr(c.text, "issued 100 (0.0/s)  requests 200 (0.0/s)  pending 3  queued 5  "
	                               "dead 4  stale 1  database 2.0 KiB"));
	/* the rate is of the time in between, a second or more */
	assert_int_equal(sscanf(strstr(line, "issued"), "issued 200 (%63[0-9.]/s)", second), 1);
	assert_true(atof(second) > 0 && atof(second) <= 100);
	assert_non_null(strstr(line, "requests 200 (0.0/s)"));
	assert_string_equal(strchr(line, '\n'), "\n");
	/* no escape sequences where no terminal is */
	assert_null(strchr(c.text, '\033'));
}

static void programs_get_a_row_for_each_look(void **state)
{
	struct capture c;
	capture_begin(&c);
	int status = run_as(*state, PRINT_CSV, "1", "2");
	capture_end(&c);
	assert_int_equal(status, COMMAND_OK);
	assert_non_null(strstr(c.text, "time,certificates,issuedPerSecond,requests,requestsPerSecond,"
	                               "pending,queued,dead,staleCrls,databaseUsed,httpRequests,"));
	assert_non_null(strstr(c.text, ",adviserPerMinute,adviserFailedPerMinute\n"));
	assert_non_null(strstr(c.text, ",100,0,200,0,3,5,4,1,2048,7,"));
	assert_non_null(strstr(c.text, ",17,,1.5,0.0,")); /* the gateway has no queue here */
	assert_non_null(strstr(c.text, ",200,"));
	capture_begin(&c);
	status = run_as(*state, PRINT_JSON, "1", "1");
	capture_end(&c);
	assert_int_equal(status, COMMAND_OK);
	assert_int_equal(*c.text, '[');
	assert_non_null(strstr(c.text, "\"certificates\": 100, \"issuedPerSecond\": 0, "));
	assert_non_null(strstr(c.text, "\"databaseUsed\": 2048"));
	assert_non_null(strstr(c.text, "\"gatewayBusy\": 17, \"gatewayQueue\": null, "
	                               "\"gatewayPerMinute\": 1.5, \"gatewayFailedPerMinute\": 0.0"));
	assert_non_null(strstr(c.text, "\"adviserBusy\": null"));
	assert_non_null(strchr(c.text, ']'));
}

static void an_engine_that_is_away_is_said_so_and_asked_again(void **state)
{
	struct fake_engine *engine = *state;
	struct capture c;
	fake_engine_stop(engine);
	capture_begin(&c);
	int status = run(engine, "1", "1");
	capture_end(&c);
	assert_int_equal(status, COMMAND_OK);
	assert_memory_equal(c.text, "signetctl: ", 11);
}

static void numbers_have_their_bounds(void **state)
{
	assert_int_equal(run(*state, "0", NULL), COMMAND_USAGE);
	assert_int_equal(run(*state, "3601", NULL), COMMAND_USAGE);
	assert_int_equal(run(*state, "x", NULL), COMMAND_USAGE);
	assert_int_equal(run(*state, NULL, "0"), COMMAND_USAGE);
	assert_int_equal(run(*state, NULL, "-1"), COMMAND_USAGE);
}

/* On a terminal it is redrawn with more, and ends with q. */
static void a_terminal_shows_more_and_has_a_key_to_end(void **state)
{
	static char text[16384];
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(master >= 0);
	assert_int_equal(grantpt(master) | unlockpt(master), 0);
	int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0);
	int in = dup(STDIN_FILENO), out = dup(STDOUT_FILENO);
	fflush(stdout);
	dup2(slave, STDIN_FILENO);
	dup2(slave, STDOUT_FILENO);
	assert_int_equal(write(master, "xq\n", 3), 3);
	int status = run(*state, "3600", NULL);
	fflush(stdout);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	close(in);
	close(out);
	ssize_t n = read(master, text, sizeof text - 1);
	close(slave);
	close(master);
	assert_int_equal(status, COMMAND_OK);
	assert_true(n > 0);
	text[n] = '\0';
	assert_non_null(strstr(text, "\033[H\033[2J"));
	assert_non_null(strstr(text, "Certificates       valid 90 "));
	assert_non_null(strstr(text, "CRLs               issuing: STALE, none is published"));
	assert_non_null(strstr(text, "Exits              ldap: 5 waiting, 4 dead: no route"));
	assert_null(strstr(text, "idle"));
	assert_non_null(strstr(text, "ROLE     PROCESS  UP  MEMORY  DIED  BUSY  QUEUE  PER MIN  FAILED"));
	assert_non_null(strstr(text, "gateway        -   -       -     -    17      -      1.5     0.0"));
	assert_non_null(strstr(text, "█▁▁  at most 60"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_engine_setup, fake_engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_line_comes_for_each_look),
		TEST(programs_get_a_row_for_each_look),
		TEST(an_engine_that_is_away_is_said_so_and_asked_again),
		TEST(numbers_have_their_bounds),
		TEST(a_terminal_shows_more_and_has_a_key_to_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
