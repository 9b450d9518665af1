/* signetctl cert import. */
#include "signetctl/cert_import.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "signetctl/cert.h"
#include "signetctl/command.h"
#include "signetctl/print.h"
#include "signetctl/progress.h"

#define ARENA_MAX (4u << 20)
#define LINES_MAX (64u << 20) /* of refusals, in JSON */

enum { OPTION_AUTHORITY, OPTION_UNEXPIRED, OPTION_REVOKED_BY, OPTION_PUBLISH, OPTION_CHECK };

const struct command_option cert_import_options[] = {
	{"authority", "AUTHORITY", "whose they must be (any of those that there are)"},
	{"unexpired", NULL, "leave out those that have ended"},
	{"revoked-by", "CRL-FILE", "those of this CRL are revoked as it says; may be repeated"},
	{"publish", NULL, "tell the exits that they were issued"},
	{"check", NULL, "say what would be, and import nothing"},
	{NULL, NULL, NULL},
};

struct import {
	struct command_context *context;
	struct cert_revocations *revocations;
	struct signet_import call;       /* the batch that grows */
	struct signet_import_item items[LIMIT_IMPORT];
	struct cert_place places[LIMIT_IMPORT];
	size_t octets;
	struct arena *arena;             /* of the batch */
	struct arena *answers;
	struct progress progress;
	uint64_t read;                   /* octets */
	struct buffer lines;             /* of refusals */
	uint64_t imported, skipped, ended, revoked, refused;
	struct error err;                /* what has ended it */
};

/* A line each: on standard error, or in the JSON. */
static void refuse(struct import *import, const char *file, size_t number, const char *why)
{
	char place[64] = "";
	import->refused++;
	if (number)
		snprintf(place, sizeof place, "certificate %zu: ", number);
	if (import->context->json) {
		buffer_printf(&import->lines, "%s%s: %s%s", import->lines.length ? "\n" : "", file,
		              place, why);
		return;
	}
	progress_end(&import->progress);
	fprintf(stderr, "signetctl: %s: %s%s\n", file, place, why);
}

static int send(struct import *import)
{
	struct signet_imported done;
	if (import->call.count == 0)
		return 0;
	arena_clear(import->answers);
	int result = signet_import_certificates(import->context->client, import->answers,
	                                        &import->call, &done, &import->err);
	if (result)
		return result;
	for (size_t i = 0; i < done.refused_count; i++) {
		const struct cert_place *place = &import->places[done.refused[i].item];
		refuse(import, place->file, place->number, done.refused[i].message);
	}
	import->imported += done.imported;
	import->skipped += done.skipped;
	import->ended += done.ended;
	import->revoked += done.revoked;
	import->call.count = import->octets = 0;
	arena_clear(import->arena);
	progress_set(&import->progress, import->read);
	return 0;
}

static int take(void *arg, const struct cert_place *place, struct bytes der)
{
	struct import *import = arg;
	if (import->call.count == LIMIT_IMPORT ||
	    import->octets + der.length > SIGNET_IMPORT_OCTETS) {
		int result = send(import);
		if (result)
			return result;
	}
	struct signet_import_item *item = &import->items[import->call.count];
	struct cert_place *kept = &import->places[import->call.count];
	*item = (struct signet_import_item){0};
	*kept = (struct cert_place){arena_strdup(import->arena, place->file), place->number};
	if (!kept->file || arena_bytes(import->arena, der, &item->certificate))
		return error_nomem(&import->err);
	cert_revocations_apply(import->revocations, item);
	import->octets += der.length;
	import->read += der.length;
	import->call.count++;
	return 0;
}

static int take_broken(void *arg, const struct cert_place *place, const char *why)
{
	refuse(arg, place->file, place->number, why);
	return 0;
}

static int import_all(struct import *import, int argc, char **argv)
{
	const struct cert_visitor visitor = {take, take_broken, import};
	uint64_t total = 0, before = 0;
	int result = 0;
	for (int i = 0; i < argc; i++)
		total += cert_measure(argv[i]);
	progress_begin(&import->progress, "import", PROGRESS_OCTETS, total, import->context->quiet);
	for (int i = 0; result == 0 && i < argc; i++) {
		result = cert_visit(argv[i], &visitor);
		/* PEM has more octets than its certificates */
		before += cert_measure(argv[i]);
		import->read = before;
	}
	if (result == 0)
		result = send(import);
	progress_end(&import->progress);
	return result;
}

static int read_crls(struct import *import, const struct command_value *files)
{
	for (size_t i = 0; i < files->count; i++) {
		int result = cert_revocations_add(&import->revocations, import->context->client,
		                                  files->all[i], import->call.authority, &import->err);
		if (result)
			return result;
	}
	return 0;
}

/* Whoever asks for a CRL of ours must not be told less than by the one that there was. */
static int publish_crls(struct import *import)
{
	const char *const *authorities;
	size_t count = cert_revocations_authorities(import->revocations, &authorities);
	for (size_t i = 0; i < count && !import->call.check; i++) {
		struct signet_crl *crls;
		size_t crl_count;
		bool more;
		arena_clear(import->answers);
		int result = signet_publish_crls(import->context->client, import->answers,
		                                 authorities[i], false, &crls, &crl_count, &more,
		                                 &import->err);
		if (result && result != SIGNET_E_NOT_FOUND) /* it publishes none */
			return result;
	}
	return 0;
}

static int print_json(const struct import *import)
{
	struct arena *arena = import->context->arena;
	const char *lines = import->lines.length ? arena_text(arena, buffer_bytes(&import->lines))
	                                         : NULL;
	const struct print_field fields[] = {
		{"Imported", "imported", PRINT_NUMBER, print_number(arena, import->imported)},
		{"Here already", "skipped", PRINT_NUMBER, print_number(arena, import->skipped)},
		{"Ended", "ended", PRINT_NUMBER, print_number(arena, import->ended)},
		{"Revoked", "revoked", PRINT_NUMBER, print_number(arena, import->revoked)},
		{"Refused", "refused", PRINT_NUMBER, print_number(arena, import->refused)},
		{"Refusals", "refusals", PRINT_LIST, lines},
	};
	return print_fields(PRINT_JSON, fields, sizeof fields / sizeof *fields);
}

static int print_summary(const struct import *import)
{
	if (import->context->json)
		return print_json(import);
	printf("%llu %s, %llu here already", (unsigned long long)import->imported,
	       import->call.check ? "would be imported" : "imported",
	       (unsigned long long)import->skipped);
	if (import->call.unexpired)
		printf(", %llu have ended", (unsigned long long)import->ended);
	if (import->revocations)
		printf(", %llu revoked", (unsigned long long)import->revoked);
	printf(", %llu refused\n", (unsigned long long)import->refused);
	return fflush(stdout);
}

static int run(struct import *import, const struct command_value *values, int argc, char **argv)
{
	int result = read_crls(import, &values[OPTION_REVOKED_BY]);
	if (result)
		return command_error(&import->err);
	result = import_all(import, argc, argv);
	if (result == 0)
		result = publish_crls(import);
	/* what was done before stands: another run skips it */
	bool any = import->imported + import->skipped + import->refused > 0;
	int printed = result == 0 || any ? print_summary(import) : 0;
	if (result)
		return command_error(&import->err);
	return printed || import->refused ? COMMAND_FAILED : COMMAND_OK;
}

static struct import *make(struct command_context *context, const struct command_value *values)
{
	struct import *import = arena_alloc(context->arena, sizeof *import);
	if (!import)
		return NULL;
	import->context = context;
	import->lines = BUFFER_MAX(LINES_MAX);
	import->call = (struct signet_import){
		.items = import->items, .authority = values[OPTION_AUTHORITY].value,
		.unexpired = values[OPTION_UNEXPIRED].value, .check = values[OPTION_CHECK].value,
		.publish = values[OPTION_PUBLISH].value};
	import->arena = arena_new(ARENA_MAX);
	import->answers = arena_new(ARENA_MAX);
	return import;
}

int cert_import(struct command_context *context, const struct command_value *values, int argc,
                char **argv)
{
	int status = command_client(context);
	struct import *import = status ? NULL : make(context, values);
	if (status)
		return status;
	status = import && import->arena && import->answers ? run(import, values, argc, argv)
	                                                    : COMMAND_FAILED;
	if (import) {
		arena_free(import->arena);
		arena_free(import->answers);
		buffer_free(&import->lines);
		cert_revocations_free(import->revocations);
	}
	return status;
}
