/* signetctl ca install: what an issuer elsewhere has answered. */
#include <stdio.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "signetctl/ca.h"
#include "signetctl/ca_chain.h"
#include "signetctl/reload.h"

enum { OPTION_ISSUER_CERTIFICATE, OPTION_FORCE, OPTION_RELOAD };

const struct command_option ca_install_options[] = {
	{"issuer-certificate", "FILE", "an issuer that is not known here yet, and its own issuers"},
	{"force", NULL, "also when it ends earlier, or allows less, than the present one"},
	{"reload", NULL, "tell the running signetd, and wait until it uses it"},
	{NULL, NULL, NULL},
};

static int encode(const struct ca_change *change, struct buffer *pem, struct error *err)
{
	for (size_t i = 0; i < change->count; i++)
		pem_encode(pem, "CERTIFICATE", change->chain[i]);
	return pem->error ? error_nomem(err) : 0;
}

/* Which of the keys that there are the certificate is for; *rolls: the new one. */
static int find_key(const struct ca_change *change, struct key **key, bool *rolls,
                    struct error *err)
{
	const struct ca_authority *a = change->authority;
	struct certificate c;
	int result = certificate_parse(&c, a->arena, change->chain[0], err);
	if (result)
		return result;
	*key = pubkey_equal(c.key, key_public(a->key)) ? a->key
	       : a->next && pubkey_equal(c.key, key_public(a->next)) ? a->next : NULL;
	*rolls = *key && *key == a->next;
	certificate_clear(&c);
	if (*key)
		return 0;
	return error_set(err, SIGNET_E_INVALID, "it is for another key than %s%s%s", a->files.key,
	                 a->next ? " and " : "", a->next ? a->files.new_key : "");
}

static int apply(const struct ca_change *change, bool *rolls, struct error *err)
{
	const struct ca_authority *a = change->authority;
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	struct key *key;
	int result = find_key(change, &key, rolls, err);
	if (result == 0)
		result = ca_chain_check(a, change->chain, change->count, key, change->now, change->force,
		                        err);
	if (result == 0)
		result = encode(change, &pem, err);
	if (result)
		return result;
	return *rolls ? ca_files_roll_over(&a->files, buffer_bytes(&pem), err)
	              : ca_files_renew(&a->files, a->certificate.serial, buffer_bytes(&pem), err);
}

static int reload(const struct ca_change *change, struct error *err)
{
	const struct ca_authority *a = change->authority;
	int result = change->reload ? reload_signal(change->context->settings->state, err) : 0;
	if (result == 0 && change->reload)
		result = reload_wait(change->context, a->name, change->chain[0], err);
	return result;
}

static int print(const struct ca_change *change, bool rolls)
{
	struct arena *arena = change->context->arena;
	const struct ca_authority *a = change->authority;
	struct certificate c;
	if (certificate_parse(&c, arena, change->chain[0], NULL))
		return COMMAND_FAILED;
	const struct print_field fields[] = {
		{"Authority", "name", PRINT_TEXT, a->name},
		{"Key", "key", PRINT_TEXT, ca_key_type(arena, c.key)},
		{"Number of the key", "ordinal", PRINT_NUMBER, print_number(arena, a->earlier + 1 + rolls)},
		{"Serial number", "serial", PRINT_TEXT, hex_text(arena, c.serial)},
		{"Issuer", "issuer", PRINT_TEXT, name_to_text(arena, c.issuer)},
		{"Not before", "notBefore", PRINT_TEXT, print_time(arena, c.not_before)},
		{"Not after", "notAfter", PRINT_TEXT, print_time(arena, c.not_after)},
		{"File", "file", PRINT_TEXT, a->files.certificate},
	};
	certificate_clear(&c);
	return print_fields(change->context->format, fields, sizeof fields / sizeof *fields)
		? COMMAND_FAILED : COMMAND_OK;
}

int ca_change_apply(struct ca_change *change)
{
	bool rolls;
	struct error err;
	if (apply(change, &rolls, &err))
		return command_error(&err);
	int status = print(change, rolls);
	if (reload(change, &err)) {
		fputs("signetctl: the certificate is in its place, but:\n", stderr);
		return command_error(&err);
	}
	if (!change->reload && !change->context->quiet)
		fputs("signetd uses it after its next start or reload (SIGHUP, or --reload)\n", stderr);
	return status;
}

/* The certificate of the file that is for one of the keys. */
static int pick(const struct ca_authority *a, const struct bytes *list, size_t count,
                const char *file, struct bytes *out, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct certificate c;
		int result = certificate_parse(&c, a->arena, list[i], err);
		if (result)
			return error_prefix(err, "%s", file);
		bool fits = pubkey_equal(c.key, key_public(a->key)) ||
		            (a->next && pubkey_equal(c.key, key_public(a->next)));
		certificate_clear(&c);
		if (fits) {
			*out = list[i];
			return 0;
		}
	}
	return error_set(err, SIGNET_E_INVALID, "%s: no certificate is for %s%s%s", file, a->files.key,
	                 a->next ? " or " : "", a->next ? a->files.new_key : "");
}

static int build(struct ca_change *change, const char *file, const char *issuer,
                 struct error *err)
{
	const struct ca_authority *a = change->authority;
	struct ca_pool pool = {.arena = a->arena};
	struct bytes list[LIMIT_CHAIN], issuers[LIMIT_CHAIN], picked = BYTES_NONE;
	size_t count, issuer_count = 0;
	int result = ca_read_certificates(a->arena, file, list, &count, err);
	if (result == 0)
		result = pick(a, list, count, file, &picked, err);
	if (result == 0 && issuer)
		result = ca_read_certificates(a->arena, issuer, issuers, &issuer_count, err);
	if (result == 0)
		result = ca_pool_add(&pool, issuers, issuer_count, true, err);
	if (result == 0)
		result = ca_pool_add(&pool, list, count, false, err);
	if (result == 0)
		result = ca_pool_add_known(&pool, change->context->settings, err);
	if (result == 0 && (result = ca_chain_build(&pool, picked, change->chain, &change->count, err)))
		error_prefix(err, "%s", file);
	ca_pool_clear(&pool);
	return result;
}

int ca_install(struct command_context *context, const struct command_value *values, int argc,
               char **argv)
{
	struct ca_authority authority;
	struct ca_change change = {.context = context,
	                           .authority = &authority,
	                           .now = clock_now(),
	                           .force = values[OPTION_FORCE].value,
	                           .reload = values[OPTION_RELOAD].value};
	struct error err;
	(void)argc;
	int status = command_settings(context);
	if (status)
		return status;
	if (ca_authority_open(&authority, context->arena, context->settings, argv[0], &err))
		return command_error(&err);
	if (build(&change, argv[1], values[OPTION_ISSUER_CERTIFICATE].value, &err))
		status = command_error(&err);
	else
		status = ca_change_apply(&change);
	ca_authority_close(&authority);
	return status;
}
