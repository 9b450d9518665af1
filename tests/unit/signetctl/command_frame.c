#include "tests/unit/signetctl/command_frame.h"

#include <dirent.h>
#include <stdlib.h>

#include "base/file.h"
#include "signetctl/reload.h"
#include "tests/unit/signetctl/capture.h"

struct frame frame;

int command_usage(const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	memcpy(frame.said, "usage: ", 7);
	vsnprintf(frame.said + 7, sizeof frame.said - 7, format, ap);
	va_end(ap);
	return COMMAND_USAGE;
}

int command_error(const struct error *err)
{
	snprintf(frame.said, sizeof frame.said, "%s", err->message);
	return COMMAND_FAILED;
}

int command_settings(struct command_context *context)
{
	context->settings = frame.f.settings;
	return COMMAND_OK;
}

/* No test asks for the daemon. */
int reload_signal(const char *state, struct error *err)
{
	fail_msg("%s", state);
	return error_set(err, SIGNET_E_STATE, "there is no daemon");
}

int reload_wait(struct command_context *context, const char *authority, struct bytes certificate,
                struct error *err)
{
	(void)context, (void)certificate;
	fail_msg("%s", authority);
	return error_set(err, SIGNET_E_STATE, "there is no daemon");
}

int frame_setup(void **state)
{
	struct error err;
	frame = (struct frame){0};
	fixture_make(&frame.f, "");
	if (settings_load(&frame.f.settings, frame.f.config, &err))
		fail_msg("%s", err.message);
	*state = &frame;
	return 0;
}

int frame_teardown(void **state)
{
	(void)state;
	fixture_end(&frame.f);
	return 0;
}

static void set(struct command_value *values, const struct command_option *options,
                const char *const *given)
{
	for (; *given; given += 2) {
		size_t at = 0;
		while (options[at].name && strcmp(options[at].name, given[0]) != 0)
			at++;
		assert_non_null(options[at].name);
		values[at].all = arena_array(frame.f.arena, 1, sizeof *values[at].all);
		values[at].value = values[at].all[0] = given[1];
		values[at].count = 1;
	}
}

int frame_run(command_function run, const struct command_option *options, const char *const *given,
              const char *const *arguments)
{
	struct command_context context = {.arena = frame.f.arena, .quiet = true, .json = true,
	                                  .format = PRINT_JSON};
	struct command_value values[COMMAND_OPTIONS_MAX] = {{0}};
	struct capture capture;
	char *argv[4] = {0};
	int argc = 0;
	for (; arguments[argc]; argc++)
		argv[argc] = arena_strdup(frame.f.arena, arguments[argc]);
	set(values, options, given);
	frame.said[0] = '\0';
	capture_begin(&capture);
	int status = run(&context, values, argc, argv);
	capture_end(&capture);
	memcpy(frame.printed, capture.text, sizeof capture.text);
	return status;
}

const char *frame_path(const char *name)
{
	char path[FIXTURE_PATH];
	fixture_path(&frame.f, name, path);
	return arena_strdup(frame.f.arena, path);
}

struct bytes frame_read(const char *name)
{
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(1 << 20);
	struct bytes copy = BYTES_NONE;
	struct error err;
	if (file_read(&content, frame_path(name), &err) ||
	    arena_bytes(frame.f.arena, buffer_bytes(&content), &copy))
		fail_msg("%s", err.message);
	return copy;
}

static int is_file(const struct dirent *entry)
{
	return entry->d_type == DT_REG;
}

/* Names and contents of all files. */
static void look(struct buffer *out)
{
	struct dirent **list;
	int count = scandir(frame.f.directory, &list, is_file, alphasort);
	assert_true(count > 0);
	for (int i = 0; i < count; i++) {
		buffer_append_text(out, list[i]->d_name);
		buffer_append_octet(out, 0);
		buffer_append_bytes(out, frame_read(list[i]->d_name));
		free(list[i]);
	}
	free(list);
	assert_int_equal(out->error, 0);
}

void frame_refused(command_function run, const struct command_option *options, const char *const *given,
                   const char *const *arguments, int status, const char *said)
{
	_cleanup_buffer_ struct buffer before = BUFFER_MAX(1 << 20), after = BUFFER_MAX(1 << 20);
	look(&before);
	int result = frame_run(run, options, given, arguments);
	look(&after);
	if (result != status || !strstr(frame.said, said))
		fail_msg("%d '%s', not '%s'", result, frame.said, said);
	assert_string_equal(frame.printed, "");
	assert_true(bytes_equal(buffer_bytes(&before), buffer_bytes(&after)));
}
