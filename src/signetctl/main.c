/* signetctl: the admin tool. Parses the command line by the tables of the command groups. */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

#include "base/file.h"
#include "base/limits.h"
#include "signetctl/command.h"
#include "signetctl/placeholder.h"

#define ARENA_MAX (256u << 20)
#define HEAD_MAX 256 /* of a line of --help */

const struct command *const command_groups[] = {
	commands_init,
	commands_ca,
	commands_request,
	commands_cert,
	commands_ocsp,
	commands_crl,
	commands_exit,
	commands_config,
	commands_policy,
	commands_db,
	commands_audit,
	commands_status,
	commands_monitor,
	commands_completion,
	NULL,
};

const struct command_option command_common_options[] = {
	{"config", "FILE", "the configuration (" SIGNET_SYSCONFDIR "/signet/signet.yaml)"},
	{"socket", "PATH", "the engine's admin socket, in place of the configuration's"},
	{"json", NULL, "print JSON in place of text"},
	{"csv", NULL, "print CSV in place of text"},
	{"quiet", NULL, "no progress and no remarks; also -q"},
	{"help", NULL, "this text; after a command, its options"},
	{"version", NULL, "the version"},
	{NULL, NULL, NULL},
};

int command_error(const struct error *err)
{
	fprintf(stderr, "signetctl: %s\n", err->message);
	if (err->detail[0])
		fprintf(stderr, "signetctl: (%s)\n", err->detail);
	switch (err->code) {
	case SIGNET_E_NOT_FOUND:
		return COMMAND_NOT_FOUND;
	case SIGNET_E_UNAVAILABLE:
	case SIGNET_E_TIMEOUT:
		return COMMAND_UNAVAILABLE;
	case SIGNET_E_PERMISSION:
	case SIGNET_E_DENIED:
		return COMMAND_REFUSED;
	default:
		return COMMAND_FAILED;
	}
}

int command_usage(const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	fputs("signetctl: ", stderr);
	vfprintf(stderr, format, ap);
	fputs("; see signetctl --help\n", stderr);
	va_end(ap);
	return COMMAND_USAGE;
}

int command_settings(struct command_context *context)
{
	struct error err;
	if (!context->settings && settings_load(&context->settings, context->config, &err)) {
		command_error(&err);
		return COMMAND_FAILED;
	}
	return COMMAND_OK;
}

int command_client(struct command_context *context)
{
	struct error err;
	if (context->client)
		return COMMAND_OK;
	const char *path = context->socket;
	char *made = NULL;
	if (!path) {
		int status = command_settings(context);
		if (status)
			return status;
		path = made = settings_path(context->settings, "run/admin.sock");
		if (!made)
			return COMMAND_FAILED;
	}
	int result = signet_client_open(&context->client, path, &err);
	free(made);
	return result ? command_error(&err) : COMMAND_OK;
}

static void print_commands(const struct command *group)
{
	for (const struct command *c = group; c->group; c++) {
		_cleanup_buffer_ struct buffer head = BUFFER_MAX(HEAD_MAX);
		buffer_printf(&head, "%s%s%s%s", c->group, *c->name ? " " : "", c->name,
		              *c->arguments ? " " : "");
		placeholder_show(&head, c->arguments);
		printf("  %-32s %s\n", buffer_text(&head), c->summary);
	}
}

static void print_options(const struct command_option *options)
{
	for (const struct command_option *o = options; o->name; o++) {
		_cleanup_buffer_ struct buffer head = BUFFER_MAX(HEAD_MAX);
		buffer_printf(&head, "--%s%s", o->name, o->argument ? " " : "");
		placeholder_show(&head, o->argument ? o->argument : "");
		printf("  %-32s %s\n", buffer_text(&head), o->help);
	}
}

static void print_help(void)
{
	puts("usage: signetctl [OPTIONS] COMMAND\n\nAdministers Signet, the certification authority.\n\ncommands:");
	for (const struct command *const *group = command_groups; *group; group++)
		print_commands(*group);
	puts("\noptions:");
	print_options(command_common_options);
	puts("\nexit status: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 the engine is not there,\n"
	     "5 not permitted, or denied by policy, 6 waits for a decision. The manual is signetctl(1).");
}

static void print_group_help(const struct command *group)
{
	printf("usage: signetctl [OPTIONS] %s COMMAND\n\ncommands:\n", group->group);
	print_commands(group);
	printf("\nThe manual is signetctl-%s(1).\n", group->group);
}

static void print_command_help(const struct command *command)
{
	_cleanup_buffer_ struct buffer arguments = BUFFER_MAX(HEAD_MAX);
	placeholder_show(&arguments, command->arguments);
	printf("usage: signetctl [OPTIONS] %s%s%s%s%s%s\n\n%s\n", command->group,
	       *command->name ? " " : "", command->name, command->options ? " [OPTIONS]" : "",
	       arguments.length ? " " : "", buffer_text(&arguments), command->summary);
	if (!command->options)
		return;
	puts("\noptions:");
	print_options(command->options);
}

static const struct command *find_group(const char *name)
{
	for (const struct command *const *group = command_groups; *group; group++)
		if (strcmp((*group)->group, name) == 0)
			return *group;
	return NULL;
}

/* Leaves argv at the command's arguments. NULL after the usage error was printed. */
static const struct command *find_command(const struct command *group, int *argc, char ***argv)
{
	const char *name = *argc > 1 ? (*argv)[1] : "";
	for (const struct command *c = group; c->group; c++) {
		if (*c->name && strcmp(c->name, name) != 0)
			continue;
		int used = *c->name ? 2 : 1;
		*argc -= used;
		*argv += used;
		return c;
	}
	if (*name && name[0] != '-')
		command_usage("'%s' has no command '%s'", group->group, name);
	else
		command_usage("'%s' wants a command", group->group);
	return NULL;
}

/* One more value of an option. */
static int add_value(struct command_context *context, struct command_value *value, int argc,
                     const char *text)
{
	/* there cannot be more of them than arguments */
	if (!value->all)
		value->all = arena_array(context->arena, (size_t)argc + 1, sizeof *value->all);
	if (!value->all)
		return SIGNET_E_NOMEM;
	value->value = value->all[value->count++] = text;
	return 0;
}

/* What may stand before the command and after it. */
static bool take_common(struct command_context *context, int option)
{
	switch (option) {
	case 'j':
	case 'C':
		context->format = option == 'j' ? PRINT_JSON : PRINT_CSV;
		context->json = option == 'j';
		return true;
	case 'q':
		context->quiet = true;
		return true;
	default:
		return false;
	}
}

static int run_command(struct command_context *context, const struct command *command, int argc,
                       char **argv)
{
	struct option options[COMMAND_OPTIONS_MAX + 5] = {{0}};
	struct command_value values[COMMAND_OPTIONS_MAX] = {{0}};
	int count = 0;
	for (const struct command_option *o = command->options; o && o->name; o++, count++)
		options[count] = (struct option){o->name, o->argument ? required_argument : no_argument,
		                                 NULL, 256 + count};
	options[count++] = (struct option){"help", no_argument, NULL, 'h'};
	options[count++] = (struct option){"json", no_argument, NULL, 'j'};
	options[count++] = (struct option){"csv", no_argument, NULL, 'C'};
	options[count] = (struct option){"quiet", no_argument, NULL, 'q'};
	optind = 0; /* begin anew, on argv[-1] as the program's name */
	for (int c; (c = getopt_long(argc + 1, argv - 1, "q", options, NULL)) != -1;) {
		if (c == 'h') {
			print_command_help(command);
			return COMMAND_OK;
		}
		if (take_common(context, c)) {
			continue;
		} else if (c < 256) {
			fprintf(stderr, "signetctl: see signetctl %s %s --help\n", command->group,
			        command->name);
			return COMMAND_USAGE;
		} else if (add_value(context, &values[c - 256], argc, optarg ? optarg : "")) {
			return COMMAND_FAILED;
		}
	}
	argc -= optind - 1;
	argv += optind - 1;
	if (argc < command->arguments_min)
		return command_usage("%s %s wants %s", command->group, command->name, command->arguments);
	if (argc > command->arguments_max)
		return command_usage("%s %s: '%s' is too much", command->group, command->name,
		                     argv[command->arguments_max]);
	return command->run(context, values, argc, argv);
}

/* The options before the command: leaves optind at it. COMMAND_OK to go on, or -1: all is said. */
static int read_options(struct command_context *context, int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'}, {"socket", required_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'},         {"csv", no_argument, NULL, 'C'},
		{"quiet", no_argument, NULL, 'q'},        {"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},      {NULL, 0, NULL, 0},
	};
	for (int c; (c = getopt_long(argc, argv, "+c:hq", options, NULL)) != -1;) {
		if (take_common(context, c))
			continue;
		switch (c) {
		case 'c':
			context->config = optarg;
			break;
		case 's':
			context->socket = optarg;
			break;
		case 'h':
			print_help();
			return -1;
		case 'V':
			puts("signetctl " PACKAGE_VERSION);
			return -1;
		default:
			return command_usage("wrong option");
		}
	}
	return optind == argc ? command_usage("a command is missing") : COMMAND_OK;
}

int main(int argc, char **argv)
{
	struct command_context context = {.config = SIGNET_SYSCONFDIR "/signet/signet.yaml"};
	if (file_keep_standard(NULL))
		return EXIT_FAILURE;
	int status = read_options(&context, argc, argv);
	if (status)
		return status < 0 ? COMMAND_OK : status;
	argc -= optind;
	argv += optind;
	const struct command *group = find_group(argv[0]);
	if (!group)
		return command_usage("no command '%s'", argv[0]);
	if (*group->name && argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		print_group_help(group);
		return COMMAND_OK;
	}
	const struct command *command = find_command(group, &argc, &argv);
	if (!command)
		return COMMAND_USAGE;
	context.arena = arena_new(ARENA_MAX);
	if (!context.arena)
		return COMMAND_FAILED;
	print_setup_terminal();
	status = run_command(&context, command, argc, argv);
	signet_client_close(context.client);
	settings_free(context.settings);
	arena_free(context.arena);
	return status;
}
