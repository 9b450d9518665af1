#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#define START "time=2026-11-23T12:49:00Z level=info role=test event=e"

/* What the statement writes to standard error. */
static char written[4 * PIPE_BUF];
static int saved_stderr, file;

static void begin_capture(void)
{
	char path[] = "/tmp/signet-log-XXXXXX";
	file = mkstemp(path);
	assert_true(file >= 0);
	unlink(path);
	fflush(stderr);
	saved_stderr = dup(STDERR_FILENO);
	dup2(file, STDERR_FILENO);
}

static void end_capture(void)
{
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	ssize_t n = pread(file, written, sizeof written - 1, 0);
	close(file);
	assert_true(n >= 0);
	written[n] = '\0';
}

#define CAPTURE(statement)       \
	do {                     \
		begin_capture(); \
		statement;       \
		end_capture();   \
	} while (0)

static void assert_one_line(void)
{
	size_t length = strlen(written);
	assert_in_range(length, 1, PIPE_BUF);
	assert_ptr_equal(strchr(written, '\n'), written + length - 1);
}

static void assert_value(const char *value, const char *shown)
{
	char wanted[256];
	CAPTURE(log_event(LOG_INFO, "e", "k", value, NULL));
	snprintf(wanted, sizeof wanted, START " k=%s\n", shown);
	assert_string_equal(written, wanted);
}

static int set_up(void **state)
{
	(void)state;
	clock_freeze(1795438140);
	log_setup("test", LOG_INFO, false);
	return 0;
}

static void lines_are_pairs(void **state)
{
	(void)state;
	CAPTURE(log_event(LOG_INFO, "issued", "request", "17", "profile", "tls-server", NULL));
	assert_string_equal(written, "time=2026-11-23T12:49:00Z level=info role=test event=issued "
	                             "request=17 profile=tls-server\n");
	CAPTURE(log_event(LOG_ERROR, "e", NULL));
	assert_string_equal(written, "time=2026-11-23T12:49:00Z level=error role=test event=e\n");
	CAPTURE(log_event(LOG_INFO, "e", "a", NULL, "b", "x", NULL)); /* a has no value */
	assert_string_equal(written, START " b=x\n");
}

static void values_are_quoted_where_needed(void **state)
{
	(void)state;
	assert_value("plain-1.2:3/4", "plain-1.2:3/4");
	assert_value("", "\"\"");
	assert_value("two words", "\"two words\"");
	assert_value("a=b", "\"a=b\"");
	assert_value("say \"x\"", "\"say \\\"x\\\"\"");
	assert_value("back\\slash", "\"back\\\\slash\"");
	assert_value("b\xc3\xbc" "cher", "\"b\xc3\xbc" "cher\"");
}

static void values_cannot_forge_a_line(void **state)
{
	(void)state;
	assert_value("x\ntime=0 level=info event=issued", "\"x\\u000atime=0 level=info event=issued\"");
	assert_value("x\r", "\"x\\u000d\"");
	assert_value("\x1b[2J", "\"\\u001b[2J\"");
	assert_value("\x7f", "\"\\u007f\"");
	assert_value("a\xc2\x85" "b", "\"a\\u0085b\"");           /* NEL */
	assert_value("a\xc2\x9b" "b", "\"a\\u009bb\"");           /* CSI */
	assert_value("a\xe2\x80\xa8" "b", "\"a\\u2028b\"");       /* line separator */
	assert_value("a\xe2\x80\xa9" "b", "\"a\\u2029b\"");       /* paragraph separator */
	assert_value("a\xc2\xa0\xe2\x80\xa6", "\"a\xc2\xa0\xe2\x80\xa6\""); /* no control characters */
	assert_value("a\xff" "b", "\"a\\ufffdb\"");
	assert_value("\xc0\x8a", "\"\\ufffd\\ufffd\"");           /* an overlong line feed */
	assert_value("cut \xe2\x82", "\"cut \\ufffd\\ufffd\"");
}

static void each_octet_leaves_one_line_of_utf8(void **state)
{
	(void)state;
	for (int json = 0; json < 2; json++) {
		log_setup("test", LOG_INFO, json);
		for (int c = 1; c < 256; c++) {
			char value[] = {'a', (char)c, 'b', 0};
			CAPTURE(log_event(LOG_INFO, "e", "k", value, NULL));
			assert_one_line();
			assert_true(text_is_utf8(bytes_text(written)));
		}
	}
}

static void levels_are_obeyed(void **state)
{
	(void)state;
	struct error err = {0};
	log_setup("test", LOG_WARNING, false);
	assert_true(log_enabled(LOG_ERROR));
	assert_true(log_enabled(LOG_WARNING));
	assert_false(log_enabled(LOG_INFO));
	assert_false(log_enabled(LOG_DEBUG));
	CAPTURE(log_event(LOG_INFO, "e", NULL));
	assert_string_equal(written, "");
	CAPTURE(log_error(LOG_DEBUG, "e", &err, NULL));
	assert_string_equal(written, "");
	CAPTURE(log_event(LOG_WARNING, "e", NULL));
	assert_one_line();
}

static void levels_have_names(void **state)
{
	(void)state;
	assert_int_equal(log_level_from_name("error"), LOG_ERROR);
	assert_int_equal(log_level_from_name("warning"), LOG_WARNING);
	assert_int_equal(log_level_from_name("info"), LOG_INFO);
	assert_int_equal(log_level_from_name("debug"), LOG_DEBUG);
	assert_int_equal(log_level_from_name("Info"), -1);
	assert_int_equal(log_level_from_name(""), -1);
	assert_int_equal(log_level_from_name("trace"), -1);
}

static void errors_come_last(void **state)
{
	(void)state;
	struct error err;
	error_set(&err, SIGNET_E_BAD_KEY, "off its curve");
	CAPTURE(log_error(LOG_INFO, "e", &err, "peer", "192.0.2.1", NULL));
	assert_string_equal(written, START " peer=192.0.2.1 code=bad-key message=\"off its curve\"\n");
	error_detail(&err, "P-256");
	CAPTURE(log_error(LOG_INFO, "e", &err, NULL));
	assert_string_equal(written, START " code=bad-key message=\"off its curve\" detail=P-256\n");
	CAPTURE(log_error(LOG_INFO, "e", NULL, "k", "v", NULL));
	assert_string_equal(written, START " k=v\n");
}

static json_t *parse_line(void)
{
	json_error_t why;
	json_t *line = json_loads(written, JSON_REJECT_DUPLICATES, &why);
	if (!line)
		fail_msg("%s: %s", why.text, written);
	return line;
}

static void json_reads_back(void **state)
{
	(void)state;
	static const char value[] = "x\n\"\\\t\x7f b\xc3\xbc=\xe2\x80\xa8";
	struct error err;
	log_setup("test", LOG_INFO, true);
	error_set(&err, SIGNET_E_IO, "disk");
	CAPTURE(log_error(LOG_WARNING, "e v", &err, "k", value, "none", NULL, NULL));
	assert_one_line();
	json_t *line = parse_line();
	assert_int_equal(json_object_size(line), 7);
	assert_string_equal(json_string_value(json_object_get(line, "time")), "2026-11-23T12:49:00Z");
	assert_string_equal(json_string_value(json_object_get(line, "level")), "warning");
	assert_string_equal(json_string_value(json_object_get(line, "role")), "test");
	assert_string_equal(json_string_value(json_object_get(line, "event")), "e v");
	assert_string_equal(json_string_value(json_object_get(line, "k")), value);
	assert_string_equal(json_string_value(json_object_get(line, "code")), "io");
	assert_string_equal(json_string_value(json_object_get(line, "message")), "disk");
	json_decref(line);
}

static void long_values_are_cut(void **state)
{
	(void)state;
	char value[3000];
	memset(value, 'a', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	CAPTURE(log_event(LOG_INFO, "e", "k", value, "after", "x", NULL));
	assert_one_line();
	assert_int_equal(strlen(written), strlen(START " k=\"...\" after=x\n") + 1024);
	assert_non_null(strstr(written, "aaa...\" after=x\n"));
	value[1024] = '\0';
	CAPTURE(log_event(LOG_INFO, "e", "k", value, NULL));
	assert_int_equal(strlen(written), strlen(START " k=\n") + 1024);
}

static void long_lines_leave_pairs_out(void **state)
{
	(void)state;
	char value[1025], hostile[1025];
	memset(value, 'a', sizeof value - 1);
	memset(hostile, '\x01', sizeof hostile - 1); /* six times as long when it is escaped */
	value[1024] = hostile[1024] = '\0';
	for (int json = 0; json < 2; json++) {
		log_setup("test", LOG_INFO, json);
		CAPTURE(log_event(LOG_INFO, "e", "h", hostile, "a", value, "b", value, "c", value,
		                  "d", value, "last", "x", NULL));
		assert_one_line();
		assert_null(strstr(written, "u0001"));
		if (json) {
			json_t *line = parse_line();
			assert_int_equal(json_string_length(json_object_get(line, "c")), 1024);
			assert_null(json_object_get(line, "d"));
			assert_string_equal(json_string_value(json_object_get(line, "last")), "x");
			assert_string_equal(json_string_value(json_object_get(line, "cut")), "true");
			json_decref(line);
		} else {
			assert_null(strstr(written, " d="));
			assert_non_null(strstr(written, " last=x cut=true\n"));
		}
	}
}

static void lines_of_each_length_up_to_the_limit_are_whole(void **state)
{
	(void)state;
	char fill[1025], rest[1025];
	memset(fill, 'a', sizeof fill - 1);
	fill[1024] = '\0';
	log_setup("test", LOG_INFO, true);
	for (size_t length = 800; length < 1024; length++) {
		memset(rest, 'b', length);
		rest[length] = '\0';
		CAPTURE(log_event(LOG_INFO, "e", "a", fill, "b", fill, "c", fill, "d", rest, NULL));
		assert_one_line();
		json_t *line = parse_line();
		assert_int_equal(json_object_get(line, "d") == NULL,
		                 json_object_get(line, "cut") != NULL);
		json_decref(line);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_are_pairs),
		TEST(values_are_quoted_where_needed),
		TEST(values_cannot_forge_a_line),
		TEST(each_octet_leaves_one_line_of_utf8),
		TEST(levels_are_obeyed),
		TEST(levels_have_names),
		TEST(errors_come_last),
		TEST(json_reads_back),
		TEST(long_values_are_cut),
		TEST(long_lines_leave_pairs_out),
		TEST(lines_of_each_length_up_to_the_limit_are_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
