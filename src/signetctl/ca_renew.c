/* signetctl ca renew, roll-over: another certificate by an issuer whose key is here. */
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "signetctl/authority.h"
#include "signetctl/ca.h"
#include "signetctl/ca_chain.h"
#include "signetctl/ca_issuer.h"

#define DAY 86400
#define DAYS_MAX 36500
#define BACKDATE 300 /* as init: for clocks that are a little late */

/* The last one is not roll-over's. */
enum {
	OPTION_KEY_TYPE,
	OPTION_DAYS,
	OPTION_ISSUER_CERTIFICATE,
	OPTION_ISSUER_KEY,
	OPTION_PASSPHRASE_FILE,
	OPTION_PASSPHRASE_ENVIRONMENT,
	OPTION_PASSPHRASE_CREDENTIAL,
	OPTION_FORCE,
	OPTION_RELOAD,
	OPTION_NEW_KEY,
};

#define OPTIONS_OF_BOTH \
	{"key-type", "KEY-TYPE", "of the new key: p-256, p-384, ed25519, rsa-2048 to rsa-4096 (as it is)"}, \
	{"days", "DAYS", "validity, as far as its issuer's goes (as long as the present one's)"}, \
	{"issuer-certificate", "FILE", "the issuer, and its own issuers (PEM), when it is not known here"}, \
	{"issuer-key", "FILE", "its key"}, \
	{"passphrase-file", "FILE", "the issuer's key is encrypted with the first line of FILE"}, \
	{"passphrase-environment", "VARIABLE", "... with the value of a variable"}, \
	{"passphrase-credential", "NAME", "... with a systemd credential"}, \
	{"force", NULL, "also when it ends before the present one"}, \
	{"reload", NULL, "tell the running signetd, and wait until it uses it"}

const struct command_option ca_renew_options[] = {
	OPTIONS_OF_BOTH,
	{"new-key", NULL, "for a new key: the authority rolls over"},
	{NULL, NULL, NULL},
};

const struct command_option ca_roll_over_options[] = {
	OPTIONS_OF_BOTH,
	{NULL, NULL, NULL},
};

struct renewal {
	struct ca_change change;
	const struct command_value *values;
	bool new_key;
	uint64_t days;         /* 0: as long as the present one's */
	struct ca_issuer issuer;
};

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* From when until when: never past what the issuer's chain allows. */
static int plan_times(const struct renewal *r, struct authority_terms *terms, struct error *err)
{
	const struct certificate *present = &r->change.authority->certificate;
	const struct ca_authority *issuer = &r->issuer.authority;
	int64_t end;
	terms->not_before = r->change.now - BACKDATE;
	terms->not_after = r->days ? r->change.now + (int64_t)r->days * DAY
	                           : terms->not_before + (present->not_after - present->not_before);
	if (r->issuer.itself)
		return 0;
	int result = ca_chain_end(issuer->arena, issuer->chain, issuer->chain_count, &end, err);
	if (result)
		return result;
	terms->not_before = later(terms->not_before, issuer->certificate.not_before);
	if (terms->not_after > end) {
		if (!r->change.context->quiet)
			fprintf(stderr, "signetctl: it ends with its issuer's, %s\n",
			        print_time(issuer->arena, end));
		terms->not_after = end;
	}
	return 0;
}

static int make(struct renewal *r, struct error *err)
{
	struct ca_change *change = &r->change;
	const struct ca_authority *a = change->authority, *issuer = &r->issuer.authority;
	const struct key *key = r->new_key ? a->next : a->key;
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CERTIFICATE);
	struct authority_terms terms = {
		.like = &a->certificate,
		.key = key_public(key),
		.issuer = r->issuer.itself ? NULL : &issuer->certificate,
		.issuer_key = r->issuer.itself ? key : issuer->key,
		.urls = r->issuer.urls,
		.keep_urls = !issuer->map && r->issuer.same,
	};
	int result = plan_times(r, &terms, err);
	if (result == 0)
		result = authority_reissue(&der, a->arena, &terms, err);
	if (result)
		return result;
	if (issuer->chain_count >= LIMIT_CHAIN)
		return error_set(err, SIGNET_E_TOO_BIG, "more than %d certificates in the chain", LIMIT_CHAIN);
	if (arena_bytes(a->arena, buffer_bytes(&der), &change->chain[0]))
		return error_nomem(err);
	for (size_t i = 0; i < issuer->chain_count; i++)
		change->chain[i + 1] = issuer->chain[i];
	change->count = issuer->chain_count + 1;
	return 0;
}

static int run_open(struct renewal *r)
{
	const struct command_value *values = r->values;
	const struct ca_issuer_wish wish = {
		.certificate = values[OPTION_ISSUER_CERTIFICATE].value,
		.key = values[OPTION_ISSUER_KEY].value,
		.passphrase_file = values[OPTION_PASSPHRASE_FILE].value,
		.passphrase_environment = values[OPTION_PASSPHRASE_ENVIRONMENT].value,
		.passphrase_credential = values[OPTION_PASSPHRASE_CREDENTIAL].value,
	};
	struct error err;
	struct ca_authority *a = r->change.authority;
	if (ca_issuer_find(&r->issuer, r->change.context->settings, a, &wish, &err))
		return command_error(&err);
	int result = r->new_key ? ca_authority_make_next(a, values[OPTION_KEY_TYPE].value, &err) : 0;
	if (result == 0)
		result = make(r, &err);
	int status = result ? command_error(&err) : ca_change_apply(&r->change);
	ca_issuer_close(&r->issuer);
	return status;
}

static int run(struct renewal *r, const char *name)
{
	struct ca_authority authority;
	struct error err;
	const char *days = r->values[OPTION_DAYS].value;
	if (days && (text_to_uint(days, DAYS_MAX, &r->days) || r->days == 0))
		return command_usage("--days: %s is no number of days from 1 to %d", days, DAYS_MAX);
	if (r->values[OPTION_KEY_TYPE].value && !r->new_key)
		return command_usage("--key-type is of a new key: --new-key");
	int status = command_settings(r->change.context);
	if (status)
		return status;
	if (ca_authority_open(&authority, r->change.context->arena, r->change.context->settings, name,
	                      &err))
		return command_error(&err);
	r->change.authority = &authority;
	status = run_open(r);
	ca_authority_close(&authority);
	return status;
}

static struct renewal renewal_of(struct command_context *context,
                                 const struct command_value *values, bool new_key)
{
	return (struct renewal){.change = {.context = context,
	                                   .now = clock_now(),
	                                   .force = values[OPTION_FORCE].value,
	                                   .reload = values[OPTION_RELOAD].value},
	                        .values = values,
	                        .new_key = new_key};
}

int ca_renew(struct command_context *context, const struct command_value *values, int argc,
             char **argv)
{
	struct renewal renewal = renewal_of(context, values, values[OPTION_NEW_KEY].value);
	(void)argc;
	return run(&renewal, argv[0]);
}

int ca_roll_over(struct command_context *context, const struct command_value *values, int argc,
                 char **argv)
{
	struct renewal renewal = renewal_of(context, values, true);
	(void)argc;
	return run(&renewal, argv[0]);
}
