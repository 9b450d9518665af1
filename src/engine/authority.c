#include "engine/authority.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "api/secret.h"
#include "asn1/oid.h"
#include "base/file.h"
#include "base/log.h"
#include "crypto/x509.h"
#include "engine/authority_private.h"

static int make_path(struct arena *arena, const struct settings *settings, const char *name,
                     const char **out, struct error *err)
{
	char *path = settings_path(settings, name);
	*out = path ? arena_strdup(arena, path) : NULL;
	free(path);
	return *out ? 0 : error_nomem(err);
}

static int read_file(struct arena *arena, const struct settings *settings,
                     const struct conf_node *node, struct buffer *out, const char **path,
                     struct error *err)
{
	const char *name;
	if (conf_text(node, &name, err))
		return SIGNET_E_CONFIG;
	if (strncmp(name, "pkcs11:", 7) == 0)
		return conf_error(node, err, "keys in PKCS#11 tokens are not supported yet");
	int result = make_path(arena, settings, name, path, err);
	if (result)
		return result;
	result = file_read(out, *path, err);
	return result ? conf_error(node, err, "%s", err->message) : 0;
}

static int read_chain(struct authority *a, struct arena *arena, const struct settings *settings,
                      const struct conf_node *node, struct error *err)
{
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	const char *path;
	int result = read_file(arena, settings, node, &pem, &path, err);
	if (result)
		return result;
	if (certificate_read_chain(arena, buffer_bytes(&pem), a->chain, LIMIT_CHAIN,
	                           &a->chain_count, err))
		return conf_error(node, err, "%s: %s", path, err->message);
	if (a->chain_count == 0)
		return conf_error(node, err, "%s: there is no certificate", path);
	result = certificate_parse(&a->certificate, arena, a->chain[0], err);
	return result ? conf_error(node, err, "%s: %s", path, err->message) : 0;
}

static void warn_if_readable(const char *path)
{
	struct stat info;
	if (stat(path, &info) == 0 && info.st_mode & (S_IRGRP | S_IROTH | S_IWGRP | S_IWOTH))
		log_event(LOG_WARNING, "key-file-open-to-others", "file", path, NULL);
}

static int read_key(struct authority *a, struct arena *arena, const struct settings *settings,
                    const struct conf_node *map, struct error *err)
{
	const struct conf_node *node = conf_find(map, "key");
	const struct conf_node *source = conf_find(map, "passphrase");
	_cleanup_secret_ struct buffer pem = BUFFER_MAX(LIMIT_KEY_FILE);
	_cleanup_secret_ struct buffer passphrase = BUFFER_MAX(PASSPHRASE_MAX);
	const char *path;
	int result = read_file(arena, settings, node, &pem, &path, err);
	if (result == 0 && source)
		result = secret_read(&passphrase, source, settings->state, err);
	if (result)
		return result;
	if (key_from_pem(&a->key, buffer_bytes(&pem), (const char *)passphrase.data, err))
		return conf_error(node, err, "%s: %s", path, err->message);
	warn_if_readable(path);
	return 0;
}

/* That the pair may stand under certificates. Returns the reason why not, in err. */
static int check_pair(const struct authority *a, int64_t now, struct error *err)
{
	int path_length;
	unsigned usage = certificate_key_usage(&a->certificate);
	if (!pubkey_equal(key_public(a->key), a->certificate.key))
		return error_set(err, SIGNET_E_INVALID,
		                 "the key of the configuration is not the certificate's");
	if (!certificate_is_ca(&a->certificate, &path_length))
		return error_set(err, SIGNET_E_INVALID, "the certificate is no CA's "
		                 "(basicConstraints, RFC 5280 section 4.2.1.9)");
	if (!(usage & KU_KEY_CERT_SIGN) || !(usage & KU_CRL_SIGN))
		return error_set(err, SIGNET_E_INVALID, "the certificate may not sign %s "
		                 "(keyUsage, RFC 5280 section 4.2.1.3)",
		                 usage & KU_KEY_CERT_SIGN ? "CRLs" : "certificates");
	size_t total = 0;
	for (size_t i = 0; i < a->chain_count; i++)
		total += a->chain[i].length;
	if (total > AUTHORITY_CHAIN_MAX)
		return error_set(err, SIGNET_E_TOO_BIG, "the chain is larger than %d octets",
		                 AUTHORITY_CHAIN_MAX);
	return x509_verify_chain(a->chain, a->chain_count, now, err);
}

static int describe(struct authority *a, struct arena *arena, struct error *err)
{
	const struct pubkey *key = key_public(a->key);
	const char *kind = key_algorithm_name(pubkey_algorithm(key));
	a->subject = name_to_text(arena, a->certificate.subject);
	a->key_name = pubkey_algorithm(key) == KEY_RSA
		? arena_printf(arena, "%s-%u", kind, pubkey_bits(key)) : kind;
	/* the root at the end is what clients have already, or must not take from us */
	struct certificate last;
	if (!a->subject || !a->key_name)
		return error_nomem(err);
	int result = certificate_parse(&last, arena, a->chain[a->chain_count - 1], err);
	if (result)
		return result;
	a->sent_count = a->chain_count;
	if (bytes_equal(last.issuer, last.subject))
		a->sent_count--;
	certificate_clear(&last);
	return 0;
}

static int load(struct authority *a, struct arena *arena, const struct settings *settings,
                const struct conf_node *node, int64_t now, struct error *err)
{
	static const char *const known[] = {"certificate", "key", "passphrase", "urls", NULL};
	const struct conf_node *file = conf_find(node, "certificate");
	if (conf_check_keys(node, known, err))
		return SIGNET_E_CONFIG;
	if (!file || !conf_find(node, "key"))
		return conf_error(node, err, "the key '%s' is missing",
		                  file ? "key" : "certificate");
	a->name = arena_strdup(arena, conf_key(node));
	if (!a->name)
		return error_nomem(err);
	int result = read_chain(a, arena, settings, file, err);
	if (result == 0)
		result = read_key(a, arena, settings, node, err);
	if (result)
		return result;
	const char *text;
	conf_text(file, &text, NULL);
	if (check_pair(a, now, err) || authority_add_bounds(a, arena, err) ||
	    describe(a, arena, err))
		return conf_error(file, err, "%s: %s", text, err->message);
	return authority_add_extensions(a, arena, conf_find(node, "urls"), err);
}

int authority_load(struct authority *out, struct arena *arena, const struct settings *settings,
                   const struct conf_node *node, int64_t now, struct error *err)
{
	*out = (struct authority){0};
	int result = load(out, arena, settings, node, now, err);
	if (result)
		authority_clear(out);
	return result;
}

void authority_clear(struct authority *authority)
{
	key_free(authority->key);
	certificate_clear(&authority->certificate);
	*authority = (struct authority){0};
}
