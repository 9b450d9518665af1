/* signetctl ca: the authorities of the running engine. */
#include <stdio.h>

#include "asn1/extension.h"
#include "asn1/oid.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "signetctl/ca.h"
#include "signetctl/ca_revoke.h"
#include "signetctl/command.h"
#include "signetctl/print.h"

#define PEM_MAX (LIMIT_CHAIN * 2 * LIMIT_CERTIFICATE)

static int load(struct command_context *context, struct signet_authority **list, size_t *count)
{
	struct error err;
	int status = command_client(context);
	if (status)
		return status;
	int result = signet_list_authorities(context->client, context->arena, list, count, &err);
	return result ? command_error(&err) : COMMAND_OK;
}

/* "current", "earlier"; what is worse than that comes first. */
static const char *state_of(const struct signet_authority *a, const struct signet_authority_key *key)
{
	if (key->revoked)
		return "revoked";
	if (key->not_after < clock_now())
		return "expired";
	return key == &a->keys[a->key_count - 1] ? "current" : "earlier";
}

static int add_row(struct print_rows *rows, struct arena *arena, const struct signet_authority *a,
                   const struct signet_authority_key *key)
{
	const char **cell = print_rows_add(rows, arena);
	if (!cell)
		return SIGNET_E_NOMEM;
	cell[0] = a->name;
	cell[1] = print_number(arena, key->ordinal);
	cell[2] = key->key;
	cell[3] = state_of(a, key);
	cell[4] = hex_text(arena, key->issuer);
	cell[5] = print_time(arena, key->not_before);
	cell[6] = print_time(arena, key->not_after);
	cell[7] = print_number(arena, a->issued);
	cell[8] = a->subject;
	return 0;
}

static int run_list(struct command_context *context, const struct command_value *values, int argc,
                    char **argv)
{
	static const struct print_column columns[] = {
		{"NAME", "name", PRINT_TEXT},           {"NO", "ordinal", PRINT_NUMBER},
		{"KEY", "key", PRINT_TEXT},             {"STATE", "state", PRINT_STATE},
		{"ISSUER", "issuer", PRINT_WORD},       {"NOT BEFORE", "notBefore", PRINT_TEXT},
		{"NOT AFTER", "notAfter", PRINT_TEXT},  {"ISSUED", "issued", PRINT_NUMBER},
		{"SUBJECT", "subject", PRINT_TEXT},
	};
	(void)values, (void)argc, (void)argv;
	struct signet_authority *list;
	size_t count;
	int status = load(context, &list, &count);
	if (status)
		return status;
	struct print_rows rows = {.columns = sizeof columns / sizeof *columns};
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < list[i].key_count; k++)
			if (add_row(&rows, context->arena, &list[i], &list[i].keys[k]))
				return COMMAND_FAILED;
	return print_table(context->format, columns, rows.columns, rows.cells, rows.count)
		? COMMAND_FAILED : COMMAND_OK;
}

/* The authority of that name; the only one when no name is given. */
static int find(struct command_context *context, const char *name, struct signet_authority *out)
{
	struct signet_authority *list;
	size_t count;
	int status = load(context, &list, &count);
	if (status)
		return status;
	if (!name && count != 1)
		return command_usage("there are %zu authorities: name one", count);
	for (size_t i = 0; i < count; i++)
		if (!name || strcmp(list[i].name, name) == 0) {
			*out = list[i];
			return COMMAND_OK;
		}
	fprintf(stderr, "signetctl: there is no authority '%s'\n", name);
	return COMMAND_NOT_FOUND;
}

/* A line for each subtree of the authority's and its issuers' name constraints; "" for none. */
static const char *constraints_text(struct arena *arena, const struct signet_authority *a)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(16 * LIMIT_MESSAGE);
	for (size_t i = 0; i < a->name_constraint_count; i++) {
		const struct extension extension = {OID_NAME_CONSTRAINTS, true,
		                                    a->name_constraints[i]};
		buffer_append_text(&text, i ? "\n" : "");
		extension_describe(&text, &extension);
	}
	return text.error ? NULL : arena_text(arena, buffer_bytes(&text));
}

/* A line for each key: "2 P-256 current, 5f0c..., 2026-... to 2036-..." */
static const char *keys_text(struct arena *arena, const struct signet_authority *a)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(16 * LIMIT_MESSAGE);
	for (size_t i = 0; i < a->key_count; i++) {
		const struct signet_authority_key *key = &a->keys[i];
		const char *from = print_time(arena, key->not_before), *to = print_time(arena, key->not_after);
		buffer_printf(&text, "%s%u %s %s, ", i ? "\n" : "", key->ordinal, key->key,
		              state_of(a, key));
		hex_encode(&text, key->issuer);
		buffer_printf(&text, ", %s to %s", from ? from : "?", to ? to : "?");
	}
	return text.error ? NULL : arena_text(arena, buffer_bytes(&text));
}

static int run_show(struct command_context *context, const struct command_value *values, int argc,
                    char **argv)
{
	(void)values;
	struct signet_authority a;
	int status = find(context, argc ? argv[0] : NULL, &a);
	if (status)
		return status;
	const char *constraints = constraints_text(context->arena, &a);
	const char *keys = keys_text(context->arena, &a);
	if (!constraints || !keys)
		return COMMAND_FAILED;
	const struct print_field fields[] = {
		{"Name", "name", PRINT_TEXT, a.name},
		{"Subject", "subject", PRINT_TEXT, a.subject},
		{"Key", "key", PRINT_TEXT, a.key},
		{"Not before", "notBefore", PRINT_TEXT, print_time(context->arena, a.not_before)},
		{"Not after", "notAfter", PRINT_TEXT, print_time(context->arena, a.not_after)},
		{"Issued", "issued", PRINT_NUMBER, print_number(context->arena, a.issued)},
		{"Base URL", "baseUrl", PRINT_TEXT, *a.base_url ? a.base_url : NULL},
		{"Keys", "keys", PRINT_LIST, keys},
		{"Cross certificates", "crossCertificates", PRINT_NUMBER,
		 a.cross_certificates ? print_number(context->arena, a.cross_certificates) : NULL},
		{"Names", "nameConstraints", PRINT_TEXT, *constraints ? constraints : NULL},
	};
	return print_fields(context->format, fields, sizeof fields / sizeof *fields) ? COMMAND_FAILED
	                                                                           : COMMAND_OK;
}

static int run_chain(struct command_context *context, const struct command_value *values,
                     int argc, char **argv)
{
	(void)values;
	struct signet_authority authority;
	struct bytes *chain;
	size_t count;
	struct error err;
	int status = find(context, argc ? argv[0] : NULL, &authority);
	if (status)
		return status;
	if (signet_get_chain(context->client, context->arena, authority.name, &chain, &count, &err))
		return command_error(&err);
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(PEM_MAX);
	for (size_t i = 0; i < count; i++)
		pem_encode(&pem, "CERTIFICATE", chain[i]);
	const char *text = buffer_text(&pem);
	if (!text)
		return COMMAND_FAILED;
	if (context->format != PRINT_TABLE) {
		const struct print_field field = {"", "chain", PRINT_TEXT, text};
		return print_fields(context->format, &field, 1) ? COMMAND_FAILED : COMMAND_OK;
	}
	return fputs(text, stdout) < 0 || fflush(stdout) ? COMMAND_FAILED : COMMAND_OK;
}

const struct command commands_ca[] = {
	{"ca", "list", "", 0, 0, "list the authorities", NULL, run_list},
	{"ca", "show", "[AUTHORITY]", 0, 1, "show an authority", NULL, run_show},
	{"ca", "chain", "[AUTHORITY]", 0, 1, "print an authority's certificate and its issuers (PEM)", NULL,
	 run_chain},
	{"ca", "csr", "AUTHORITY", 1, 1, "make a request for another certificate, for an outside issuer",
	 ca_csr_options, ca_csr},
	{"ca", "install", "AUTHORITY FILE", 2, 2, "install the certificate that an outside issuer has given",
	 ca_install_options, ca_install},
	{"ca", "renew", "AUTHORITY", 1, 1, "make another certificate by an issuer whose key is here",
	 ca_renew_options, ca_renew},
	{"ca", "roll-over", "AUTHORITY", 1, 1, "the same for a new key: ca renew --new-key",
	 ca_roll_over_options, ca_roll_over},
	{"ca", "cross-certificate", "AUTHORITY", 1, 1,
	 "certify the keys of a root by each other, or another authority", ca_cross_options, ca_cross},
	{"ca", "revoke", "AUTHORITY", 1, 1, "revoke the key of an authority and all its certificates, for good",
	 ca_revoke_options, ca_revoke},
	{NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
