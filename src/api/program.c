#include "api/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/process.h"

#define TIMEOUT_DEFAULT 10
#define TIMEOUT_MAX 600
#define VARIABLES_MAX 64

struct program {
	const struct conf_node *command;
	const char **argv;
	char *environment[VARIABLES_MAX + 1];
	char *directory; /* NULL: "/" */
	int64_t timeout_us;
};

static int read_command(struct program *program, const struct conf_node *map, struct error *err)
{
	const struct conf_node *node = program->command = conf_find(map, "command");
	size_t count;
	if (!node)
		return conf_error(map, err, "the key 'command' is missing");
	if (conf_text_list(node, &program->argv, &count, err))
		return SIGNET_E_CONFIG;
	if (count == 0)
		return conf_error(node, err, "is empty");
	return program->argv[0][0] == '/'
		? 0 : conf_error(node, err, "'%s' is no absolute path", program->argv[0]);
}

static bool is_variable(const char *name)
{
	static const char letters[] =
		"_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	return *name && !(*name >= '0' && *name <= '9') && !name[strspn(name, letters)];
}

static int read_environment(struct program *program, const struct conf_node *map,
                            struct error *err)
{
	if (!map)
		return 0;
	if (conf_expect(map, CONF_MAP, err))
		return SIGNET_E_CONFIG;
	if (conf_count(map) > VARIABLES_MAX)
		return conf_error(map, err, "more than %d variables", VARIABLES_MAX);
	for (size_t i = 0; i < conf_count(map); i++) {
		const struct conf_node *node = conf_item(map, i);
		const char *value;
		if (!is_variable(conf_key(node)))
			return conf_error(node, err, "is no name of a variable");
		if (conf_text(node, &value, err))
			return SIGNET_E_CONFIG;
		if (asprintf(&program->environment[i], "%s=%s", conf_key(node), value) < 0) {
			program->environment[i] = NULL;
			return error_nomem(err);
		}
	}
	return 0;
}

static int read_directory(struct program *program, const char *state_directory,
                          const struct conf_node *node, struct error *err)
{
	const char *name;
	if (!node)
		return 0;
	if (conf_text(node, &name, err))
		return SIGNET_E_CONFIG;
	int n = *name == '/' ? asprintf(&program->directory, "%s", name)
	                     : asprintf(&program->directory, "%s/%s", state_directory, name);
	if (n < 0) {
		program->directory = NULL;
		return error_nomem(err);
	}
	return 0;
}

static int read_program(struct program *program, const struct conf_node *map,
                        const char *state_directory, struct error *err)
{
	int64_t timeout;
	int result = read_command(program, map, err);
	if (result == 0)
		result = conf_get_duration(map, "timeout", TIMEOUT_DEFAULT, &timeout, err);
	if (result == 0 && (timeout < 1 || timeout > TIMEOUT_MAX))
		result = conf_error(conf_find(map, "timeout"), err, "must be 1s to 10m");
	if (result == 0)
		result = read_environment(program, conf_find(map, "environment"), err);
	if (result == 0)
		result = read_directory(program, state_directory, conf_find(map, "directory"), err);
	if (result == 0)
		program->timeout_us = timeout * 1000000;
	return result;
}

int program_read(struct program **out, const struct conf_node *node, const char *state_directory,
                 struct error *err)
{
	struct program *program = calloc(1, sizeof *program);
	if (!program)
		return error_nomem(err);
	int result = read_program(program, node, state_directory, err);
	if (result) {
		program_free(program);
		return result;
	}
	*out = program;
	return 0;
}

int program_check(const struct program *program, struct error *err)
{
	struct error why = {0};
	return process_check_program(program->argv[0], &why)
		? conf_error(program->command, err, "%s", why.message) : 0;
}

int program_load(struct program **out, const struct conf_node *node, const char *state_directory,
                 struct error *err)
{
	struct program *program = NULL;
	int result = program_read(&program, node, state_directory, err);
	if (result)
		return result;
	if ((result = program_check(program, err))) {
		program_free(program);
		return result;
	}
	*out = program;
	return 0;
}

void program_free(struct program *program)
{
	if (!program)
		return;
	free(program->argv);
	for (size_t i = 0; i < VARIABLES_MAX; i++)
		free(program->environment[i]);
	free(program->directory);
	free(program);
}

int program_run(const struct program *program, struct bytes input, struct buffer *out, int *code,
                struct error *err)
{
	const struct process_options options = {
		.argv = program->argv,
		.environment = (const char *const *)program->environment,
		.directory = program->directory,
		.input = input,
		.timeout_us = program->timeout_us,
	};
	int status;
	int result = process_run(&options, out, &status, err);
	if (result)
		return result;
	if (WIFSIGNALED(status)) {
		*code = 128 + WTERMSIG(status);
		return error_set(err, SIGNET_E_DENIED, "the program was ended by signal %d",
		                 WTERMSIG(status));
	}
	*code = WEXITSTATUS(status);
	return *code ? error_set(err, SIGNET_E_DENIED, "the program ended with status %d", *code) : 0;
}
