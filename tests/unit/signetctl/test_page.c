#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "signetctl/page.h"
#include "tests/unit/signetctl/capture.h"

/* What is listed: so many ids, from the newest down to 1. */
static struct {
	uint64_t count;
	unsigned most;   /* rows that one call gives */
	unsigned calls;
	unsigned limits; /* the sum of what was asked for */
	int fails;
} source;

/* Those of main.c. */
int command_client(struct command_context *context)
{
	(void)context;
	return COMMAND_OK;
}

int command_error(const struct error *err)
{
	return err->code == SIGNET_E_INVALID ? COMMAND_USAGE : COMMAND_FAILED;
}

static int fetch(struct command_context *context, const void *filter, uint64_t before,
                 unsigned limit, struct print_rows *rows, uint64_t *last, bool *more,
                 struct error *err)
{
	uint64_t id = before ? before : source.count + 1;
	assert_string_equal(filter, "these");
	assert_in_range(limit, 1, LIMIT_LIST);
	source.calls++;
	source.limits += limit;
	if (source.fails)
		return error_set(err, source.fails, "away");
	for (unsigned i = 0; i < limit && i < source.most && id > 1; i++) {
		const char **cell = print_rows_add(rows, context->arena);
		assert_non_null(cell);
		cell[0] = print_number(context->arena, --id);
		*last = id;
	}
	*more = id > 1;
	return 0;
}

static int print(const char *limit, const char *before, struct capture *c)
{
	static const struct print_column columns[] = {{"ID", "id", PRINT_NUMBER}};
	const struct page_list list = {columns, 1, fetch, "these"};
	struct command_context context = {
		.format = PRINT_TABLE, .quiet = true, .arena = arena_new(1u << 22)};
	assert_non_null(context.arena);
	source.calls = source.limits = 0;
	capture_begin(c);
	int status = page_print(&context, &list, limit, before);
	capture_end(c);
	arena_free(context.arena);
	return status;
}

static int setup(void **state)
{
	(void)state;
	memset(&source, 0, sizeof source);
	source.count = 10;
	source.most = LIMIT_LIST;
	return 0;
}

static void as_many_calls_are_made_as_it_takes(void **state)
{
	struct capture c;
	(void)state;
	source.most = 3;
	assert_int_equal(print("7", NULL, &c), COMMAND_OK);
	assert_string_equal(c.text, "ID\n10\n 9\n 8\n 7\n 6\n 5\n 4\n");
	assert_int_equal(source.calls, 3);
	assert_int_equal(source.limits, 7 + 4 + 1);
}

static void a_page_begins_below_an_id(void **state)
{
	struct capture c;
	(void)state;
	assert_int_equal(print("2", "4", &c), COMMAND_OK);
	assert_string_equal(c.text, "ID\n 3\n 2\n");
	assert_int_equal(print(NULL, "3", &c), COMMAND_OK);
	assert_string_equal(c.text, "ID\n 2\n 1\n");
	assert_int_equal(source.calls, 1);
}

static void one_call_asks_for_no_more_than_a_reply_holds(void **state)
{
	struct capture c;
	(void)state;
	source.count = LIMIT_LIST + 20;
	assert_int_equal(print("510", NULL, &c), COMMAND_OK);
	assert_int_equal(source.calls, 2);
	assert_int_equal(source.limits, 510);
}

/* One that says that there is more and gives nothing. */
static void an_empty_page_ends_it(void **state)
{
	struct capture c;
	(void)state;
	source.most = 0;
	assert_int_equal(print(NULL, NULL, &c), COMMAND_OK);
	assert_int_equal(source.calls, 1);
}

static void what_fails_is_said_and_prints_nothing(void **state)
{
	struct capture c;
	(void)state;
	assert_int_equal(print("0", NULL, &c), COMMAND_USAGE);
	assert_int_equal(print(NULL, "x", &c), COMMAND_USAGE);
	assert_int_equal(source.calls, 0);
	source.fails = SIGNET_E_IO;
	assert_int_equal(print(NULL, NULL, &c), COMMAND_FAILED);
	assert_string_equal(c.text, "");
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(as_many_calls_are_made_as_it_takes),
		TEST(a_page_begins_below_an_id),
		TEST(one_call_asks_for_no_more_than_a_reply_holds),
		TEST(an_empty_page_ends_it),
		TEST(what_fails_is_said_and_prints_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
