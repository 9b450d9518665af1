/* signetctl init: a root and an issuing CA, or a request for an outside root and its answer. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/passphrase.h"
#include "base/text.h"
#include "asn1/oid.h"
#include "signetctl/authority.h"
#include "signetctl/command.h"
#include "signetctl/key_type.h"

#define DAY 86400
#define DAYS_MAX 36500
#define BACKDATE 300 /* a client whose clock is a little late sees a valid chain */

/* A place for each option, in the order of init_options. */
enum {
	OPTION_ORGANIZATION,
	OPTION_ROOT_NAME,
	OPTION_ISSUING_NAME,
	OPTION_KEY_TYPE,
	OPTION_ROOT_KEY_TYPE,
	OPTION_ROOT_DAYS,
	OPTION_ISSUING_DAYS,
	OPTION_PASSPHRASE_FILE,
	OPTION_PASSPHRASE_ENVIRONMENT,
	OPTION_PASSPHRASE_CREDENTIAL,
	OPTION_CSR,
	OPTION_INSTALL,
};

static const struct command_option init_options[] = {
	{"organization", "NAME", "O of both subjects, and the beginning of their CN"},
	{"root-name", "DN", "the root's subject, RFC 4514 (CN=NAME Root CA,O=NAME)"},
	{"issuing-name", "DN", "the issuing CA's subject (CN=NAME Issuing CA,O=NAME)"},
	{"key-type", "KEY-TYPE", "p-256 (default), p-384, ed25519, rsa-2048 to rsa-4096"},
	{"root-key-type", "KEY-TYPE", "the root's key when it is to be another one"},
	{"root-days", "DAYS", "validity of the root (7300)"},
	{"issuing-days", "DAYS", "validity of the issuing CA (3650)"},
	{"passphrase-file", "FILE", "encrypt the keys with the first line of FILE"},
	{"passphrase-environment", "VARIABLE", "... with the value of a variable"},
	{"passphrase-credential", "NAME", "... with a systemd credential"},
	{"csr", NULL, "make issuing.key and issuing.csr for an outside root"},
	{"install", "FILE", "install the outside root's answer: the issuing CA, then its issuers (PEM)"},
	{NULL, NULL, NULL},
};

struct init {
	struct command_context *context;
	const struct command_value *values;
	struct buffer passphrase; /* empty: keys are not encrypted */
	int64_t now;
};

static const char *init_passphrase(const struct init *init)
{
	return init->passphrase.length ? (const char *)init->passphrase.data : NULL;
}

static int read_passphrase(struct init *init, struct error *err)
{
	for (int i = OPTION_PASSPHRASE_FILE; i <= OPTION_PASSPHRASE_CREDENTIAL; i++) {
		if (!init->values[i].value)
			continue;
		if (init->passphrase.length)
			return error_set(err, SIGNET_E_INVALID, "more than one source of the passphrase");
		enum passphrase_source source =
			(enum passphrase_source)(i - OPTION_PASSPHRASE_FILE + PASSPHRASE_FILE);
		int result = passphrase_read(&init->passphrase, source, init->values[i].value, err);
		if (result)
			return result;
	}
	return 0;
}

static int read_days(const struct init *init, int option, uint64_t missing, int64_t *seconds,
                     struct error *err)
{
	const char *text = init->values[option].value;
	uint64_t days = missing;
	if (text && (text_to_uint(text, DAYS_MAX, &days) || days == 0))
		return error_set(err, SIGNET_E_INVALID, "--%s: %s is no number of days from 1 to %d",
		                 init_options[option].name, text, DAYS_MAX);
	*seconds = (int64_t)days * DAY;
	return 0;
}

/* The subject given, or "CN=ORGANIZATION ROLE,O=ORGANIZATION". */
static int read_subject(const struct init *init, int option, const char *role, struct bytes *out,
                        struct error *err)
{
	struct arena *arena = init->context->arena;
	const char *given = init->values[option].value;
	const char *organization = init->values[OPTION_ORGANIZATION].value;
	if (given) {
		int result = name_from_text(arena, given, out, err);
		if (!result && name_is_empty(*out))
			return error_set(err, SIGNET_E_BAD_NAME, "--%s is empty", init_options[option].name);
		return result ? error_prefix(err, "--%s", init_options[option].name) : 0;
	}
	const char *base = organization ? organization : "Signet";
	const char *common_name = arena_printf(arena, "%s %s", base, role);
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_NAME);
	struct der_writer w = der_write(&der);
	int result = 0;
	if (!common_name)
		return error_nomem(err);
	der_begin(&w, DER_SEQUENCE);
	if (organization)
		result = name_put_part(&w, OID_ORGANIZATION, bytes_text(organization), err);
	if (!result)
		result = name_put_part(&w, OID_COMMON_NAME, bytes_text(common_name), err);
	der_end(&w);
	if (result)
		return error_prefix(err, "--organization");
	if (der_writer_finish(&w) || arena_bytes(arena, buffer_bytes(&der), out))
		return error_nomem(err);
	return 0;
}

/* With an engine of another user, that user owns its key. */
static int give_to_engine(const struct init *init, const char *path, struct error *err)
{
	const char *user = init->context->settings->user_engine;
	if (!user || geteuid() != 0)
		return 0;
	const struct passwd *entry = getpwnam(user);
	if (!entry)
		return error_set(err, SIGNET_E_NOT_FOUND, "there is no user %s (users.engine)", user);
	return file_give(path, entry->pw_uid, entry->pw_gid, err);
}

static char *state_path(const struct init *init, const char *name, struct error *err)
{
	char *made = settings_path(init->context->settings, name);
	char *path = made ? arena_strdup(init->context->arena, made) : NULL;
	free(made);
	if (!path)
		error_nomem(err);
	return path;
}

static int save(const struct init *init, const char *name, struct bytes content, mode_t mode,
                struct error *err)
{
	char *path = state_path(init, name, err);
	if (!path)
		return err->code;
	int result = file_write(path, content, mode, FILE_NEW, err);
	if (!result && mode == 0600)
		result = give_to_engine(init, path, err);
	if (!result)
		printf("made %s\n", path);
	return result;
}

static int save_key(const struct init *init, const char *name, const struct key *key,
                    struct error *err)
{
	_cleanup_secret_ struct buffer pem = BUFFER_MAX(LIMIT_KEY_FILE);
	buffer_reserve(&pem, LIMIT_KEY_FILE);
	int result = key_to_pem(key, init_passphrase(init), &pem, err);
	return result ? result : save(init, name, buffer_bytes(&pem), 0600, err);
}

static int make_key(const char *type, struct key **out, struct error *err)
{
	enum key_algorithm algorithm;
	unsigned bits;
	int result = key_type_read(type, &algorithm, &bits, err);
	return result ? result : key_generate(out, algorithm, bits, err);
}

/* Nothing is made when one of these files is there. */
static int refuse_existing(const struct init *init, const char *const *names, struct error *err)
{
	for (; *names; names++) {
		char *path = state_path(init, *names, err);
		if (!path)
			return err->code;
		if (access(path, F_OK) == 0)
			return error_set(err, SIGNET_E_EXISTS,
			                 "%s exists already; nothing was made or changed", path);
	}
	return 0;
}

static const char *issuing_key_type(const struct init *init)
{
	const char *type = init->values[OPTION_KEY_TYPE].value;
	return type ? type : "p-256";
}

static int make_request(const struct init *init, struct error *err)
{
	static const char *const names[] = {"issuing.key", "issuing.csr", "issuing.pem", NULL};
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CSR), pem = BUFFER_MAX(LIMIT_PEM_FILE);
	struct key *key = NULL;
	struct bytes subject;
	int result;
	if ((result = refuse_existing(init, names, err)) ||
	    (result = read_subject(init, OPTION_ISSUING_NAME, "Issuing CA", &subject, err)) ||
	    (result = make_key(issuing_key_type(init), &key, err)))
		return result;
	result = authority_request(&der, subject, key, err);
	if (!result)
		result = pem_encode(&pem, "CERTIFICATE REQUEST", buffer_bytes(&der));
	if (!result && !(result = save_key(init, "issuing.key", key, err)))
		result = save(init, "issuing.csr", buffer_bytes(&pem), 0644, err);
	key_free(key);
	if (!result)
		if (!init->context->quiet)
			puts("Have issuing.csr signed as a CA, then: signetctl init --install ANSWER.pem");
	return result;
}

static int load_issuing_key(const struct init *init, struct key **out, struct error *err)
{
	_cleanup_secret_ struct buffer pem = BUFFER_MAX(LIMIT_KEY_FILE);
	char *path = state_path(init, "issuing.key", err);
	if (!path)
		return err->code;
	int result = file_read(&pem, path, err);
	if (result == SIGNET_E_NOT_FOUND)
		return error_set(err, SIGNET_E_NOT_FOUND, "%s is missing: run signetctl init --csr first",
		                 path);
	if (!result)
		result = key_from_pem(out, buffer_bytes(&pem), init_passphrase(init), err);
	return result ? error_prefix(err, "%s", path) : 0;
}

static int install_answer(const struct init *init, struct error *err)
{
	static const char *const names[] = {"issuing.pem", NULL};
	const char *file = init->values[OPTION_INSTALL].value;
	struct arena *arena = init->context->arena;
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LIMIT_PEM_FILE);
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	struct bytes chain[LIMIT_CHAIN];
	size_t count;
	struct key *key = NULL;
	int result;
	if ((result = refuse_existing(init, names, err)) || (result = file_read(&text, file, err)))
		return result;
	if ((result = certificate_read_chain(arena, buffer_bytes(&text), chain, LIMIT_CHAIN, &count, err)))
		return error_prefix(err, "%s", file);
	if ((result = load_issuing_key(init, &key, err)))
		return result;
	result = authority_check_chain(arena, chain, count, key, init->now, err);
	key_free(key);
	if (result)
		return error_prefix(err, "%s", file);
	for (size_t i = 0; i < count; i++)
		pem_encode(&pem, "CERTIFICATE", chain[i]);
	if (pem.error)
		return error_nomem(err);
	return save(init, "issuing.pem", buffer_bytes(&pem), 0644, err);
}

/* What a new pair of authorities is made of. */
struct pair {
	struct authority_plan root, issuing;
	struct key *root_key, *issuing_key;
	struct buffer root_der, issuing_der;
};

static int plan_pair(const struct init *init, struct pair *pair, struct error *err)
{
	const char *root_type = init->values[OPTION_ROOT_KEY_TYPE].value;
	int64_t root_life, issuing_life;
	int result;
	if ((result = read_subject(init, OPTION_ROOT_NAME, "Root CA", &pair->root.subject, err)) ||
	    (result = read_subject(init, OPTION_ISSUING_NAME, "Issuing CA", &pair->issuing.subject, err)) ||
	    (result = read_days(init, OPTION_ROOT_DAYS, 7300, &root_life, err)) ||
	    (result = read_days(init, OPTION_ISSUING_DAYS, 3650, &issuing_life, err)))
		return result;
	if (bytes_equal(pair->root.subject, pair->issuing.subject))
		return error_set(err, SIGNET_E_BAD_NAME, "root and issuing CA have the same subject");
	if (issuing_life > root_life)
		return error_set(err, SIGNET_E_INVALID, "the issuing CA would outlive its root");
	pair->root.path_length = PATH_LENGTH_NONE;
	pair->issuing.path_length = 0;
	pair->root.not_before = pair->issuing.not_before = init->now - BACKDATE;
	pair->root.not_after = init->now + root_life;
	pair->issuing.not_after = init->now + issuing_life;
	if ((result = make_key(root_type ? root_type : issuing_key_type(init), &pair->root_key, err)))
		return result;
	return make_key(issuing_key_type(init), &pair->issuing_key, err);
}

static int sign_pair(const struct init *init, struct pair *pair, struct error *err)
{
	struct certificate root;
	int result = authority_certificate(&pair->root_der, &pair->root, pair->root_key, NULL, NULL, err);
	if (result)
		return result;
	struct bytes root_der = buffer_bytes(&pair->root_der);
	if ((result = certificate_parse(&root, init->context->arena, root_der, err)))
		return result;
	result = authority_certificate(&pair->issuing_der, &pair->issuing, pair->issuing_key, &root,
	                               pair->root_key, err);
	certificate_clear(&root);
	if (result)
		return result;
	struct bytes chain[] = {buffer_bytes(&pair->issuing_der), root_der};
	return authority_check_chain(init->context->arena, chain, 2, pair->issuing_key, init->now, err);
}

static int save_pair(const struct init *init, const struct pair *pair, struct error *err)
{
	_cleanup_buffer_ struct buffer root = BUFFER_MAX(LIMIT_PEM_FILE);
	_cleanup_buffer_ struct buffer chain = BUFFER_MAX(LIMIT_PEM_FILE);
	pem_encode(&root, "CERTIFICATE", buffer_bytes(&pair->root_der));
	pem_encode(&chain, "CERTIFICATE", buffer_bytes(&pair->issuing_der));
	if (buffer_append_bytes(&chain, buffer_bytes(&root)))
		return error_nomem(err);
	int result;
	/* issuing.pem is last: with it, everything else is there */
	if ((result = save_key(init, "root.key", pair->root_key, err)) ||
	    (result = save(init, "root.pem", buffer_bytes(&root), 0644, err)) ||
	    (result = save_key(init, "issuing.key", pair->issuing_key, err)) ||
	    (result = save(init, "issuing.pem", buffer_bytes(&chain), 0644, err)))
		return result;
	if (!init->context->quiet)
		puts("Clients need root.pem as their trust anchor. Move root.key to a safe place off this\n"
		     "machine: the daemon does not need it. Next: signetd --check-config, then start signetd.");
	return 0;
}

static int make_pair(const struct init *init, struct error *err)
{
	static const char *const names[] = {"root.key", "root.pem", "issuing.key", "issuing.pem", NULL};
	struct pair pair = {.root_der = BUFFER_MAX(LIMIT_CERTIFICATE),
	                    .issuing_der = BUFFER_MAX(LIMIT_CERTIFICATE)};
	int result = refuse_existing(init, names, err);
	if (!result && !(result = plan_pair(init, &pair, err)) &&
	    !(result = sign_pair(init, &pair, err)))
		result = save_pair(init, &pair, err);
	key_free(pair.root_key);
	key_free(pair.issuing_key);
	buffer_free(&pair.root_der);
	buffer_free(&pair.issuing_der);
	return result;
}

static int run_init(struct command_context *context, const struct command_value *values, int argc,
                    char **argv)
{
	(void)argc, (void)argv;
	if (values[OPTION_CSR].value && values[OPTION_INSTALL].value)
		return command_usage("init: --csr and --install exclude each other");
	int status = command_settings(context);
	if (status)
		return status;
	struct init init = {context, values, BUFFER_MAX(PASSPHRASE_MAX), clock_now()};
	struct error err;
	int result = file_make_directory(context->settings->state, 0755, &err);
	if (!result)
		result = read_passphrase(&init, &err);
	if (!result && values[OPTION_CSR].value)
		result = make_request(&init, &err);
	else if (!result && values[OPTION_INSTALL].value)
		result = install_answer(&init, &err);
	else if (!result)
		result = make_pair(&init, &err);
	buffer_wipe(&init.passphrase);
	return result ? command_error(&err) : COMMAND_OK;
}

const struct command commands_init[] = {
	{"init", "", "", 0, 0, "make a root and an issuing CA, or prepare for an outside root",
	 init_options, run_init},
	{NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
