/* signetctl crl show: a CRL of any size, entry by entry. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <jansson.h>

#include "asn1/name.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "pki/crl.h"
#include "signetctl/crl.h"
#include "signetctl/print.h"

enum { OPTION_NO_ENTRIES, OPTION_SERIAL };

const struct command_option crl_show_options[] = {
	{"no-entries", NULL, "only what stands before them"},
	{"serial", "SERIAL", "only the entry of this certificate; status 3 when there is none"},
	{NULL, NULL, NULL},
};

/* A file is one that has a slash or is there; else it is what is published under the name. */
static int find_file(struct command_context *context, const char *name, const char **out)
{
	*out = name;
	if (strchr(name, '/') || access(name, F_OK) == 0)
		return COMMAND_OK;
	int status = command_settings(context);
	if (status)
		return status;
	char *below = arena_printf(context->arena, "public/crl/%s.crl", name);
	char *path = below ? settings_path(context->settings, below) : NULL;
	*out = path ? arena_strdup(context->arena, path) : NULL;
	free(path);
	if (!*out)
		return COMMAND_FAILED;
	if (access(*out, F_OK) == 0)
		return COMMAND_OK;
	struct error err;
	error_set(&err, SIGNET_E_NOT_FOUND, "there is no file '%s', and no CRL of that name is published",
	          name);
	return command_error(&err);
}

/* As DER by its map; a PEM file is read whole. */
static int open_crl(struct command_context *context, const char *path, struct crl *out,
                    struct buffer *content, struct error *err)
{
	struct error why = {0};
	char label[64];
	int result = crl_open(out, context->arena, path, &why);
	if (result == 0)
		return 0;
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(2 * (size_t)LIMIT_CRL_FILE);
	if (file_read(&text, path, err))
		return err->code;
	struct bytes rest = buffer_bytes(&text);
	if (pem_decode(content, label, sizeof label, &rest) || strcmp(label, "X509 CRL") != 0) {
		*err = why;
		return error_prefix(err, "%s", path);
	}
	result = crl_parse(out, context->arena, buffer_bytes(content), err);
	return result ? error_prefix(err, "%s", path) : 0;
}

static const struct print_column entry_columns[] = {
	{"SERIAL", "serial", PRINT_WORD},
	{"REVOKED", "revoked", PRINT_TEXT},
	{"REASON", "reason", PRINT_TEXT},
	{"INVALID SINCE", "invalid", PRINT_TEXT},
};

/* How entries are printed, one at a time. */
struct printing {
	struct arena *arena;
	enum print_format format;
	uint64_t count;
	struct print_stream csv;
};

static void print_entry_text(const char *serial, const struct crl_entry *entry, const char *reason)
{
	char revoked[CLOCK_TEXT_SIZE], invalid[CLOCK_TEXT_SIZE];
	printf("%s  %s", serial, clock_format(entry->revoked, revoked));
	if (entry->reason)
		printf("  %s", reason ? reason : "?");
	if (entry->invalid)
		printf("  invalid since %s", clock_format(entry->invalid, invalid));
	putchar('\n');
}

static void print_entry_json(const char *serial, const struct crl_entry *entry, const char *reason,
                             bool first)
{
	char revoked[CLOCK_TEXT_SIZE], invalid[CLOCK_TEXT_SIZE];
	printf("%s\n    {\"serial\": \"%s\", \"revoked\": \"%s\", \"reason\": \"%s\"", first ? "" : ",",
	       serial, clock_format(entry->revoked, revoked), reason ? reason : "?");
	if (entry->invalid)
		printf(", \"invalid\": \"%s\"", clock_format(entry->invalid, invalid));
	putchar('}');
}

static void print_entry_csv(struct printing *printing, const char *serial,
                            const struct crl_entry *entry, const char *reason)
{
	char revoked[CLOCK_TEXT_SIZE], invalid[CLOCK_TEXT_SIZE];
	const char *const row[] = {
		serial, clock_format(entry->revoked, revoked), reason,
		entry->invalid ? clock_format(entry->invalid, invalid) : NULL};
	if (printing->count == 0)
		print_stream_begin(&printing->csv, PRINT_CSV, entry_columns,
		                   sizeof entry_columns / sizeof *entry_columns);
	print_stream_rows(&printing->csv, row, 1);
}

static int print_entry(void *context, const struct crl_entry *entry)
{
	struct printing *printing = context;
	arena_clear(printing->arena);
	const char *serial = hex_text(printing->arena, entry->serial);
	const char *reason = signet_revocation_reason_name(entry->reason);
	if (!serial)
		return SIGNET_E_NOMEM;
	if (printing->format == PRINT_CSV)
		print_entry_csv(printing, serial, entry, reason);
	else if (printing->format == PRINT_JSON)
		print_entry_json(serial, entry, reason, printing->count == 0);
	else
		print_entry_text(serial, entry, reason);
	printing->count++;
	return ferror(stdout) ? SIGNET_E_IO : 0;
}

static const char *texts(struct arena *arena, const struct bytes *list, size_t count)
{
	const char **lines = arena_array(arena, count, sizeof *lines);
	for (size_t i = 0; lines && i < count; i++)
		lines[i] = arena_text(arena, list[i]);
	return lines && count ? print_lines(arena, lines, count) : NULL;
}

static void print_json_text(const char *text)
{
	json_t *value = json_string(text);
	if (!value || json_dumpf(value, stdout, JSON_ENCODE_ANY))
		fputs("null", stdout);
	json_decref(value);
}

/* Fields as print_fields has them; as JSON the object is left open for the entries. */
static void print_json_head(const struct print_field *fields, size_t count)
{
	putchar('{');
	for (size_t i = 0, n = 0; i < count; i++) {
		if (!fields[i].value)
			continue;
		printf("%s\n  \"%s\": ", n++ ? "," : "", fields[i].key);
		if (fields[i].kind == PRINT_NUMBER)
			fputs(fields[i].value, stdout);
		else
			print_json_text(fields[i].value);
	}
}

static int print_head(struct command_context *context, const struct crl *crl, bool entries)
{
	struct arena *arena = context->arena;
	const struct print_field fields[] = {
		{"Issuer", "issuer", PRINT_TEXT, name_to_text(arena, crl->issuer)},
		{"Number", "number", PRINT_NUMBER, print_number(arena, crl->number)},
		{"Adds to", "base", PRINT_NUMBER, crl->base ? print_number(arena, crl->base) : NULL},
		{"This update", "thisUpdate", PRINT_TEXT, print_time(arena, crl->this_update)},
		{"Next update", "nextUpdate", PRINT_TEXT, print_time(arena, crl->next_update)},
		{"Key", "keyIdentifier", PRINT_TEXT,
		 crl->key_id.length ? hex_text(arena, crl->key_id) : NULL},
		{"Delta CRLs", "freshest", PRINT_TEXT, texts(arena, crl->freshest, crl->freshest_count)},
		{"Octets", "size", PRINT_NUMBER, print_number(arena, crl->der.length)},
	};
	size_t count = sizeof fields / sizeof *fields;
	if (context->format == PRINT_CSV && entries)
		return COMMAND_OK;
	if (!context->json || !entries)
		return print_fields(context->format, fields, count) ? COMMAND_FAILED : COMMAND_OK;
	print_json_head(fields, count);
	return COMMAND_OK;
}

static int print_entries(struct command_context *context, const struct crl *crl)
{
	struct printing printing = {.arena = arena_new(4096), .format = context->format};
	struct error err;
	if (!printing.arena)
		return COMMAND_FAILED;
	if (context->format != PRINT_CSV)
		fputs(context->json ? ",\n  \"entries\": [" : "\n", stdout);
	int result = crl_visit(crl, print_entry, &printing, &err);
	if (context->json)
		puts(printing.count ? "\n  ]\n}" : "]\n}");
	arena_free(printing.arena);
	return result ? command_error(&err) : COMMAND_OK;
}

static int find_entry(struct command_context *context, const struct crl *crl, const char *text)
{
	_cleanup_buffer_ struct buffer serial = BUFFER_MAX(64);
	struct printing printing = {.arena = context->arena, .format = context->format};
	struct crl_entry entry;
	struct error err;
	if (hex_decode(&serial, bytes_text(text)) || serial.length == 0)
		return command_usage("--serial: '%s' is no serial number in hex", text);
	struct bytes number = buffer_bytes(&serial);
	while (number.length > 1 && number.data[0] == 0)
		number = bytes_make(number.data + 1, number.length - 1);
	if (crl_find(crl, number, &entry, &err)) {
		if (err.code == SIGNET_E_NOT_FOUND)
			error_set(&err, err.code, "the CRL has no entry of %s", text);
		return command_error(&err);
	}
	print_entry(&printing, &entry);
	if (context->json)
		putchar('\n');
	return COMMAND_OK;
}

int crl_show(struct command_context *context, const struct command_value *values, int argc,
             char **argv)
{
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(LIMIT_CRL_FILE);
	bool entries = !values[OPTION_NO_ENTRIES].value;
	const char *path, *serial = values[OPTION_SERIAL].value;
	struct error err;
	struct crl crl;
	(void)argc;
	int status = find_file(context, argv[0], &path);
	if (status)
		return status;
	if (open_crl(context, path, &crl, &content, &err))
		return command_error(&err);
	if (serial)
		status = find_entry(context, &crl, serial);
	else
		status = print_head(context, &crl, entries);
	if (!serial && status == COMMAND_OK && entries)
		status = print_entries(context, &crl);
	crl_close(&crl);
	return status;
}
