/*
 * signetctl's frame: the command groups, what each command is handed, how it
 * prints. One file per command group.
 */
#ifndef SIGNET_SIGNETCTL_COMMAND_H
#define SIGNET_SIGNETCTL_COMMAND_H

#include <stdbool.h>

#include "api/client.h"
#include "conf/settings.h"
#include "signetctl/print.h"

/* Exit statuses, as signetctl(1) documents them. */
enum command_status {
	COMMAND_OK = 0,
	COMMAND_FAILED = 1,
	COMMAND_USAGE = 2,
	COMMAND_NOT_FOUND = 3,
	COMMAND_UNAVAILABLE = 4, /* the engine is not there */
	COMMAND_REFUSED = 5,     /* not for this user, or denied by policy */
	COMMAND_PENDING = 6,     /* submitted, and waits for a decision */
};

struct command_context {
	const char *config;       /* path of the configuration file */
	const char *socket;       /* of the engine; NULL: admin.sock of the configuration */
	enum print_format format; /* what is printed with print.h */
	bool json;                /* format is PRINT_JSON */
	bool quiet;               /* no progress, no remarks on standard error */
	struct arena *arena;
	struct settings *settings; /* see command_settings */
	struct signet_client *client; /* see command_client */
};

/* An option of a command, for getopt_long and for --help at once. */
struct command_option {
	const char *name;
	const char *argument;     /* "FILE"; NULL: a switch. Known ones complete: placeholder.h */
	const char *help;
};

struct command_value {
	const char *value;        /* of the option at the same place; "" for a switch that is given,
	                             NULL when it is not; of an option that is given twice the last */
	const char **all;         /* every value of it, in their order */
	size_t count;
};

#define COMMAND_OPTIONS_MAX 32
#define COMMAND_ARGUMENTS_MAX 1000 /* of a command that takes several */

struct command {
	const char *group;        /* "cert" */
	const char *name;         /* "list"; "" for a group that is a command itself */
	const char *arguments;    /* "SERIAL|ID", "AUTHORITY FILE"; "" for none. As of options */
	int arguments_min, arguments_max;
	const char *summary;
	const struct command_option *options; /* ended by a name of NULL; NULL for none */
	/* values: one for each option. Returns enum command_status. */
	int (*run)(struct command_context *context, const struct command_value *values, int argc,
	           char **argv);
};

/* The groups: arrays ended by a command whose group is NULL. */
extern const struct command commands_init[];
extern const struct command commands_ca[];
extern const struct command commands_request[];
extern const struct command commands_cert[];
extern const struct command commands_crl[];
extern const struct command commands_config[];
extern const struct command commands_policy[];
extern const struct command commands_ocsp[];
extern const struct command commands_exit[];
extern const struct command commands_db[];
extern const struct command commands_audit[];
extern const struct command commands_status[];
extern const struct command commands_monitor[];
extern const struct command commands_completion[];
/* All of them, in their order; ended by NULL. */
extern const struct command *const command_groups[];

/* What stands before or after any command. */
extern const struct command_option command_common_options[];

/* Reads the configuration once; COMMAND_OK, or the status after the error was printed. */
int command_settings(struct command_context *context);
/* The client of the engine's admin socket, opened once. */
int command_client(struct command_context *context);

/* Prints "signetctl: MESSAGE" to standard error; returns the status that fits the error. */
int command_error(const struct error *err);
int command_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
