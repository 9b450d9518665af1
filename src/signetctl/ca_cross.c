/* signetctl ca cross-certificate: certificates by which clients find a way from one authority to another. */
#include <stdio.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/text.h"
#include "signetctl/ca.h"
#include "signetctl/ca_crossing.h"
#include "signetctl/reload.h"

#define DAY 86400
#define DAYS_MAX 36500
#define PATH_MAX_LENGTH 255

enum {
	OPTION_AUTHORITY,
	OPTION_CERTIFICATE,
	OPTION_DAYS,
	OPTION_PATH_LENGTH,
	OPTION_PERMIT,
	OPTION_EXCLUDE,
	OPTION_OUTPUT,
	OPTION_RELOAD,
};

const struct command_option ca_cross_options[] = {
	{"authority", "AUTHORITY", "for the key of another authority of the configuration"},
	{"certificate", "FILE", "for the key of a foreign CA's certificate (PEM or DER)"},
	{"days", "DAYS", "validity (as long as both certificates last)"},
	{"path-length", "N", "CAs that may stand below the other one (as its certificate says)"},
	{"permit", "NAME", "names that the other one may certify: dns:example.com, ...; may be repeated"},
	{"exclude", "NAME", "names that it may not"},
	{"output", "FILE", "write them there, too (PEM)"},
	{"reload", NULL, "tell the running signetd, which publishes them"},
	{NULL, NULL, NULL},
};

struct order {
	struct command_context *context;
	const struct command_value *values;
	struct ca_crossing crossing;
	struct ca_crossing_limits limits;
	struct name_constraints names;
};

static int read_bases(struct arena *arena, const struct command_value *value,
                      struct general_name **out, size_t *count, struct error *err)
{
	*out = arena_array(arena, value->count, sizeof **out);
	if (!*out)
		return error_nomem(err);
	for (size_t i = 0; i < value->count; i++) {
		int result = name_constraint_from_text(arena, value->all[i], &(*out)[i], err);
		if (result)
			return error_prefix(err, "%s", value->all[i]);
	}
	*count = value->count;
	return 0;
}

static int read_limits(struct order *order, struct error *err)
{
	const struct command_value *values = order->values;
	const char *length = values[OPTION_PATH_LENGTH].value;
	struct arena *arena = order->context->arena;
	uint64_t number = 0;
	order->limits.path_length = PATH_LENGTH_NONE;
	if (length && text_to_uint(length, PATH_MAX_LENGTH, &number))
		return error_set(err, SIGNET_E_INVALID, "--path-length: '%s' is no number of CAs", length);
	if (length)
		order->limits.path_length = (int)number;
	int result = read_bases(arena, &values[OPTION_PERMIT], &order->names.permitted,
	                        &order->names.permitted_count, err);
	if (result == 0)
		result = read_bases(arena, &values[OPTION_EXCLUDE], &order->names.excluded,
		                    &order->names.excluded_count, err);
	if (values[OPTION_PERMIT].count || values[OPTION_EXCLUDE].count)
		order->limits.names = &order->names;
	return result;
}

/* The foreign CA's own certificate, by the authority that publishes it. */
static int certify_foreign(struct order *order, const char *file, struct error *err)
{
	struct arena *arena = order->context->arena;
	struct bytes chain[LIMIT_CHAIN];
	struct certificate certificate;
	size_t count;
	int result = ca_read_certificates(arena, file, chain, &count, err);
	if (result)
		return result;
	result = certificate_parse(&certificate, arena, chain[0], err);
	if (result)
		return error_prefix(err, "%s", file);
	order->limits.foreign = true;
	result = ca_crossing_certify(&order->crossing, order->crossing.publisher, &certificate,
	                             &order->limits, err);
	certificate_clear(&certificate);
	return result ? error_prefix(err, "%s", file) : 0;
}

static int make(struct order *order, const char *name, struct error *err)
{
	const struct command_value *values = order->values;
	struct ca_authority by;
	if (values[OPTION_CERTIFICATE].value)
		return certify_foreign(order, values[OPTION_CERTIFICATE].value, err);
	if (!values[OPTION_AUTHORITY].value)
		return ca_crossing_roll(&order->crossing, err);
	int result = ca_authority_read(&by, order->context->arena, order->context->settings, name, err);
	if (result)
		return result;
	const struct ca_authority *publisher = order->crossing.publisher;
	result = ca_crossing_certify(&order->crossing, &by, &publisher->certificate, &order->limits, err);
	ca_authority_close(&by);
	return result ? error_prefix(err, "'%s'", publisher->name) : 0;
}

static int write_output(const struct order *order, struct error *err)
{
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	const char *path = order->values[OPTION_OUTPUT].value;
	if (!path)
		return 0;
	for (size_t i = 0; i < order->crossing.count; i++)
		pem_encode(&pem, "CERTIFICATE", order->crossing.made[i]);
	return pem.error ? error_nomem(err) : file_write(path, buffer_bytes(&pem), 0644, FILE_REPLACE, err);
}

static int print(const struct order *order)
{
	static const struct print_column columns[] = {
		{"SERIAL", "serial", PRINT_WORD},       {"SUBJECT", "subject", PRINT_TEXT},
		{"KEY", "key", PRINT_TEXT},             {"ISSUER", "issuer", PRINT_TEXT},
		{"NOT AFTER", "notAfter", PRINT_TEXT},  {"FILE", "file", PRINT_TEXT},
	};
	struct arena *arena = order->context->arena;
	struct print_rows rows = {.columns = sizeof columns / sizeof *columns};
	for (size_t i = 0; i < order->crossing.count; i++) {
		struct certificate c;
		const char **cell = print_rows_add(&rows, arena);
		if (!cell || certificate_parse(&c, arena, order->crossing.made[i], NULL))
			return COMMAND_FAILED;
		cell[0] = hex_text(arena, c.serial);
		cell[1] = name_to_text(arena, c.subject);
		cell[2] = ca_key_type(arena, c.key);
		cell[3] = name_to_text(arena, c.issuer);
		cell[4] = print_time(arena, c.not_after);
		cell[5] = order->crossing.publisher->files.cross;
		certificate_clear(&c);
	}
	return print_table(order->context->format, columns, rows.columns, rows.cells, rows.count)
		? COMMAND_FAILED : COMMAND_OK;
}

static int run(struct order *order, const char *name)
{
	struct error err;
	int result = make(order, name, &err);
	if (result == 0)
		result = ca_crossing_save(&order->crossing, &err);
	if (result == 0)
		result = write_output(order, &err);
	if (result)
		return command_error(&err);
	int status = print(order);
	bool reload = order->values[OPTION_RELOAD].value;
	if (reload && reload_signal(order->context->settings->state, &err))
		return command_error(&err);
	if (!reload && !order->context->quiet)
		fputs("signetd publishes them after its next start or reload (SIGHUP, or --reload)\n", stderr);
	return status;
}

static int check_usage(struct order *order)
{
	const struct command_value *values = order->values;
	const char *days = values[OPTION_DAYS].value;
	uint64_t number = 0;
	struct error err;
	bool own = !values[OPTION_AUTHORITY].value && !values[OPTION_CERTIFICATE].value;
	if (values[OPTION_AUTHORITY].value && values[OPTION_CERTIFICATE].value)
		return command_usage("--authority and --certificate exclude each other");
	if (own && (values[OPTION_PATH_LENGTH].value || values[OPTION_PERMIT].value ||
	            values[OPTION_EXCLUDE].value))
		return command_usage("--path-length, --permit and --exclude are for other authorities");
	if (days && (text_to_uint(days, DAYS_MAX, &number) || number == 0))
		return command_usage("--days: %s is no number of days from 1 to %d", days, DAYS_MAX);
	if (days)
		order->crossing.not_after = order->crossing.now + (int64_t)number * DAY;
	return read_limits(order, &err) ? command_usage("%s", err.message) : COMMAND_OK;
}

/* What is for a key of ours is published by the authority that has the key, the rest by who signs. */
int ca_cross(struct command_context *context, const struct command_value *values, int argc,
             char **argv)
{
	struct ca_authority publisher;
	struct order order = {.context = context,
	                      .values = values,
	                      .crossing = {.publisher = &publisher,
	                                   .arena = context->arena,
	                                   .now = clock_now()}};
	const char *other = values[OPTION_AUTHORITY].value;
	struct error err;
	(void)argc;
	int status = check_usage(&order);
	if (status == COMMAND_OK)
		status = command_settings(context);
	if (status)
		return status;
	if (ca_authority_open(&publisher, context->arena, context->settings, other ? other : argv[0], &err))
		return command_error(&err);
	status = run(&order, argv[0]);
	ca_authority_close(&publisher);
	return status;
}
