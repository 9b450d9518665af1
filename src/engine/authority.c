#include "engine/authority.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/secret.h"
#include "asn1/oid.h"
#include "base/file.h"
#include "base/log.h"
#include "crypto/x509.h"
#include "engine/authority_private.h"

/* Where an authority is read from. */
struct source {
	struct arena *arena;
	const struct settings *settings;
	const struct conf_node *map;
	int64_t now;
	unsigned earlier; /* the Nth key that there was; 0: the one of now */
};

static char *beside(struct arena *arena, const char *name, const char *mark)
{
	char *made = file_beside(name, mark);
	char *copy = made ? arena_strdup(arena, made) : NULL;
	free(made);
	return copy;
}

static const char *earlier_name(struct arena *arena, const char *name, unsigned nth)
{
	char mark[16];
	snprintf(mark, sizeof mark, "%u", nth);
	return beside(arena, name, mark);
}

struct file {
	const struct conf_node *node;
	const char *name; /* as the configuration has it, or what comes of it for an earlier key */
	const char *path;
};

/* The file that this key of the configuration names. */
static int find_file(const struct source *from, const char *key, struct file *out,
                     struct error *err)
{
	struct file file = {.node = conf_find(from->map, key)};
	if (!file.node)
		return conf_error(from->map, err, "the key '%s' is missing", key);
	if (conf_text(file.node, &file.name, err))
		return SIGNET_E_CONFIG;
	if (strncmp(file.name, "pkcs11:", 7) == 0)
		return conf_error(file.node, err, "keys in PKCS#11 tokens are not supported yet");
	if (from->earlier)
		file.name = earlier_name(from->arena, file.name, from->earlier);
	char *whole = file.name ? settings_path(from->settings, file.name) : NULL;
	file.path = whole ? arena_strdup(from->arena, whole) : NULL;
	free(whole);
	if (!file.path)
		return error_nomem(err);
	*out = file;
	return 0;
}

static int read_file(const struct source *from, const char *key, struct buffer *out,
                     struct file *file, struct error *err)
{
	int result = find_file(from, key, file, err);
	if (result)
		return result;
	result = file_read(out, file->path, err);
	return result ? conf_error(file->node, err, "%s", err->message) : 0;
}

static int read_chain(struct authority *a, const struct source *from, struct error *err)
{
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	struct file file;
	int result = read_file(from, "certificate", &pem, &file, err);
	if (result)
		return result;
	if (certificate_read_chain(from->arena, buffer_bytes(&pem), a->chain, LIMIT_CHAIN,
	                           &a->chain_count, err))
		return conf_error(file.node, err, "%s: %s", file.path, err->message);
	if (a->chain_count == 0)
		return conf_error(file.node, err, "%s: there is no certificate", file.path);
	result = certificate_parse(&a->certificate, from->arena, a->chain[0], err);
	return result ? conf_error(file.node, err, "%s: %s", file.path, err->message) : 0;
}

static void warn_if_readable(const char *path)
{
	struct stat info;
	if (stat(path, &info) == 0 && info.st_mode & (S_IRGRP | S_IROTH | S_IWGRP | S_IWOTH))
		log_event(LOG_WARNING, "key-file-open-to-others", "file", path, NULL);
}

static int read_key_file(struct key **out, const struct file *file, const char *passphrase,
                         struct error *err)
{
	_cleanup_secret_ struct buffer pem = BUFFER_MAX(LIMIT_KEY_FILE);
	int result = file_read(&pem, file->path, err);
	if (result)
		return conf_error(file->node, err, "%s", err->message);
	if (key_from_pem(out, buffer_bytes(&pem), passphrase, err))
		return conf_error(file->node, err, "%s: %s", file->path, err->message);
	warn_if_readable(file->path);
	return 0;
}

/* signetctl puts a new certificate in its place first and its key right after that. Where it was killed
 * in between, the key is still found as `issuing.new.key`. */
static int use_new_key(struct authority *a, const struct source *from, struct file file,
                       const char *passphrase, struct error *err)
{
	struct key *key;
	file.path = beside(from->arena, file.path, AUTHORITY_NEW);
	if (!file.path)
		return error_nomem(err);
	if (access(file.path, F_OK))
		return 0;
	int result = read_key_file(&key, &file, passphrase, err);
	if (result)
		return result;
	if (pubkey_equal(key_public(key), a->certificate.key)) {
		log_event(LOG_WARNING, "key-not-in-its-place", "authority", a->name, "file",
		          file.path, NULL);
		key_free(a->key);
		a->key = key;
	} else {
		key_free(key);
	}
	return 0;
}

static int read_key(struct authority *a, const struct source *from, struct error *err)
{
	const struct conf_node *source = conf_find(from->map, "passphrase");
	_cleanup_secret_ struct buffer secret = BUFFER_MAX(PASSPHRASE_MAX);
	struct file file;
	int result = find_file(from, "key", &file, err);
	if (result == 0 && source)
		result = secret_read(&secret, source, from->settings->state, err);
	const char *passphrase = (const char *)secret.data;
	if (result == 0)
		result = read_key_file(&a->key, &file, passphrase, err);
	if (result == 0 && !from->earlier && !pubkey_equal(key_public(a->key), a->certificate.key))
		result = use_new_key(a, from, file, passphrase, err);
	return result;
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
	if (total > LIMIT_CHAIN_OCTETS)
		return error_set(err, SIGNET_E_TOO_BIG, "the chain is larger than %d octets",
		                 LIMIT_CHAIN_OCTETS);
	return x509_verify_chain(a->chain, a->chain_count, now, err);
}

static const char *name_of_key(struct arena *arena, const struct pubkey *key)
{
	const char *kind = key_algorithm_name(pubkey_algorithm(key));
	return pubkey_algorithm(key) == KEY_RSA ? arena_printf(arena, "%s-%u", kind, pubkey_bits(key))
	                                        : kind;
}

static int describe(struct authority *a, struct arena *arena, struct error *err)
{
	a->subject = name_to_text(arena, a->certificate.subject);
	a->key_name = name_of_key(arena, key_public(a->key));
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

static void name_issuer(const struct pubkey *key, uint8_t out[AUTHORITY_ISSUER_SIZE])
{
	uint8_t fingerprint[32];
	pubkey_fingerprint(key, fingerprint);
	memcpy(out, fingerprint, AUTHORITY_ISSUER_SIZE);
}

static int name_key(struct authority *a, struct arena *arena, struct error *err)
{
	name_issuer(key_public(a->key), a->issuer);
	a->public_name = a->ordinal == 1 ? a->name
	                                 : arena_printf(arena, "%s.k%u", a->name, a->ordinal);
	return a->public_name ? 0 : error_nomem(err);
}

/* What follows the reading of the chain. */
static int load_rest(struct authority *a, const struct source *from, struct error *err)
{
	struct file file;
	int result = find_file(from, "certificate", &file, err);
	if (result == 0)
		result = read_key(a, from, err);
	if (result == 0)
		result = name_key(a, from->arena, err);
	if (result)
		return result;
	if (check_pair(a, from->now, err) || authority_add_bounds(a, from->arena, err) ||
	    describe(a, from->arena, err))
		return conf_error(file.node, err, "%s: %s", file.name, err->message);
	result = ocsp_settings_load(&a->ocsp, conf_find(from->map, "ocsp"), err);
	if (result)
		return result;
	return authority_add_extensions(a, from->arena, from->map, err);
}

/* How many keys there were before. */
static int count_earlier(struct source from, unsigned *count, struct error *err)
{
	struct file file;
	for (*count = 0; *count <= LIMIT_AUTHORITY_KEYS; ++*count) {
		from.earlier = *count + 1;
		int result = find_file(&from, "certificate", &file, err);
		if (result)
			return result;
		if (access(file.path, F_OK))
			return 0;
	}
	return conf_error(from.map, err, "more than %d earlier keys", LIMIT_AUTHORITY_KEYS);
}

/* Whether the last of the earlier ones is the current one, which is about to get a successor: signetctl
 * was killed before the new certificate took its place. */
static int is_current(const struct authority *a, struct source from, unsigned nth, bool *is,
                      struct error *err)
{
	struct authority last = {0};
	from.earlier = nth;
	int result = read_chain(&last, &from, err);
	*is = result == 0 && bytes_equal(last.chain[0], a->chain[0]);
	certificate_clear(&last.certificate);
	return result;
}

/* The first end in the chain: after it nobody relies on what stands below. */
static int find_end(const struct authority *a, struct arena *arena, int64_t *end,
                    struct error *err)
{
	*end = a->certificate.not_after;
	for (size_t i = 1; i < a->chain_count; i++) {
		struct certificate issuer;
		int result = certificate_parse(&issuer, arena, a->chain[i], err);
		if (result)
			return result;
		if (issuer.not_after < *end)
			*end = issuer.not_after;
		certificate_clear(&issuer);
	}
	return 0;
}

static int note_end(struct authority *a, const struct authority *earlier, int64_t end,
                    struct arena *arena, struct error *err)
{
	struct authority_ended *ended = &a->ended[a->ended_count];
	*ended = (struct authority_ended){.ordinal = earlier->ordinal,
	                                  .key_name = name_of_key(arena, earlier->certificate.key),
	                                  .not_before = earlier->certificate.not_before,
	                                  .not_after = end};
	name_issuer(earlier->certificate.key, ended->issuer);
	a->ended_count++;
	return ended->key_name ? 0 : error_nomem(err);
}

static int load_earlier(struct authority *a, struct source from, unsigned nth, struct error *err)
{
	struct authority *earlier = &a->previous[a->previous_count];
	*earlier = (struct authority){.name = a->name, .ordinal = nth};
	from.earlier = nth;
	int result = read_chain(earlier, &from, err);
	int64_t end = 0;
	if (result == 0)
		result = find_end(earlier, from.arena, &end, err);
	if (result == 0 && end < from.now) {
		log_event(LOG_DEBUG, "earlier-key-has-ended", "authority", a->name, NULL);
		result = note_end(a, earlier, end, from.arena, err);
		authority_clear(earlier);
		return result;
	}
	if (result == 0)
		result = load_rest(earlier, &from, err);
	a->previous_count++;
	return result;
}

static int load_keys(struct authority *a, const struct source *from, unsigned count,
                     struct error *err)
{
	a->ordinal = count + 1;
	a->previous = arena_array(from->arena, count, sizeof *a->previous);
	a->ended = arena_array(from->arena, count, sizeof *a->ended);
	if (!a->previous || !a->ended)
		return error_nomem(err);
	int result = load_rest(a, from, err);
	for (unsigned n = 1; result == 0 && n <= count; n++)
		result = load_earlier(a, *from, n, err);
	return result;
}

static int load_cross(struct authority *a, const struct source *from, struct error *err)
{
	struct file file;
	int result = find_file(from, "certificate", &file, err);
	const char *path = result ? NULL : beside(from->arena, file.path, AUTHORITY_CROSS);
	a->cross = arena_array(from->arena, LIMIT_CROSS, sizeof *a->cross);
	if (result || !path || !a->cross)
		return result ? result : error_nomem(err);
	if (authority_load_cross(a, from->arena, path, from->now, err))
		return conf_error(file.node, err, "%s", err->message);
	return 0;
}

static int load(struct authority *a, const struct source *from, struct error *err)
{
	static const char *const known[] = {"certificate", "key", "passphrase", "urls", "crl",
	                                    "ocsp", NULL};
	unsigned count;
	if (conf_check_keys(from->map, known, err))
		return SIGNET_E_CONFIG;
	a->name = arena_strdup(from->arena, conf_key(from->map));
	if (!a->name)
		return error_nomem(err);
	int result = read_chain(a, from, err);
	if (result == 0)
		result = count_earlier(*from, &count, err);
	bool current = false;
	if (result == 0 && count)
		result = is_current(a, *from, count, &current, err);
	if (result == 0)
		result = load_keys(a, from, count - current, err);
	return result ? result : load_cross(a, from, err);
}

int authority_load(struct authority *out, struct arena *arena, const struct settings *settings,
                   const struct conf_node *node, int64_t now, struct error *err)
{
	const struct source from = {arena, settings, node, now, 0};
	*out = (struct authority){0};
	int result = load(out, &from, err);
	if (result)
		authority_clear(out);
	return result;
}

void authority_clear(struct authority *authority)
{
	for (size_t i = 0; i < authority->previous_count; i++)
		authority_clear(&authority->previous[i]);
	key_free(authority->key);
	certificate_clear(&authority->certificate);
	*authority = (struct authority){0};
}
