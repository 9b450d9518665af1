#include "signetctl/ca_authority.h"

#include <stdlib.h>
#include <unistd.h>

#include "api/secret.h"
#include "base/encoding.h"
#include "base/file.h"
#include "signetctl/key_type.h"

static const char *passphrase_of(const struct ca_authority *a)
{
	return a->passphrase.length ? (const char *)a->passphrase.data : NULL;
}

static int read_key(const struct ca_authority *a, const char *path, struct key **out,
                    struct error *err)
{
	_cleanup_secret_ struct buffer pem = BUFFER_MAX(LIMIT_KEY_FILE);
	int result = file_read(&pem, path, err);
	if (result)
		return result;
	result = key_from_pem(out, buffer_bytes(&pem), passphrase_of(a), err);
	return result ? error_prefix(err, "%s", path) : 0;
}

int ca_read_certificates(struct arena *arena, const char *path, struct bytes out[LIMIT_CHAIN],
                         size_t *count, struct error *err)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LIMIT_PEM_FILE);
	int result = file_read(&text, path, err);
	if (result)
		return result;
	struct der der = der_open(buffer_bytes(&text));
	if (der_whole(&der, DER_SEQUENCE, NULL) == 0 && der_at_end(&der)) {
		*count = 1;
		return arena_bytes(arena, buffer_bytes(&text), out) ? error_nomem(err) : 0;
	}
	result = certificate_read_chain(arena, buffer_bytes(&text), out, LIMIT_CHAIN, count, err);
	return result ? error_prefix(err, "%s", path) : 0;
}

static int read_certificates(struct ca_authority *a, struct error *err)
{
	const char *path = a->files.certificate;
	int result = ca_read_certificates(a->arena, path, a->chain, &a->chain_count, err);
	if (result)
		return result;
	result = certificate_parse(&a->certificate, a->arena, a->chain[0], err);
	return result ? error_prefix(err, "%s", path) : 0;
}

/* The keys, and which of them is the certificate's. */
static int read_keys(struct ca_authority *a, enum ca_files_pair *pair, struct error *err)
{
	int result = read_key(a, a->files.key, &a->key, err);
	*pair = CA_FILES_KEY;
	if (result == 0 && access(a->files.new_key, F_OK) == 0)
		result = read_key(a, a->files.new_key, &a->next, err);
	if (result || pubkey_equal(key_public(a->key), a->certificate.key))
		return result;
	if (!a->next || !pubkey_equal(key_public(a->next), a->certificate.key))
		return error_set(err, SIGNET_E_CONFLICT, "%s is not the key of %s", a->files.key,
		                 a->files.certificate);
	*pair = CA_FILES_NEW_KEY;
	key_free(a->key);
	a->key = a->next;
	a->next = NULL;
	return 0;
}

static int find_path(const struct ca_authority *a, const struct settings *settings,
                     const char *key, const char **out, struct error *err)
{
	const struct conf_node *node = conf_find(a->map, key);
	const char *name;
	if (!node)
		return conf_error(a->map, err, "the key '%s' is missing", key);
	if (conf_text(node, &name, err))
		return SIGNET_E_CONFIG;
	if (strncmp(name, "pkcs11:", 7) == 0)
		return conf_error(node, err, "keys in PKCS#11 tokens are not supported yet");
	char *path = settings_path(settings, name);
	*out = path ? arena_strdup(a->arena, path) : NULL;
	free(path);
	return *out ? 0 : error_nomem(err);
}

static int find(struct ca_authority *a, struct arena *arena, const struct settings *settings,
                const char *name, const char **certificate, const char **key, struct error *err)
{
	*a = (struct ca_authority){.name = name,
	                           .arena = arena,
	                           .map = conf_find(settings->authorities, name),
	                           .files = {.lock = -1},
	                           .passphrase = BUFFER_MAX(PASSPHRASE_MAX)};
	if (!a->map)
		return error_set(err, SIGNET_E_NOT_FOUND, "there is no authority '%s' in %s", name,
		                 settings->path);
	const struct conf_node *source = conf_find(a->map, "passphrase");
	int result = find_path(a, settings, "certificate", certificate, err);
	if (result == 0)
		result = find_path(a, settings, "key", key, err);
	return result == 0 && source ? secret_read(&a->passphrase, source, settings->state, err)
	                             : result;
}

int ca_authority_open(struct ca_authority *out, struct arena *arena,
                      const struct settings *settings, const char *name, struct error *err)
{
	const char *certificate, *key;
	enum ca_files_pair pair;
	int result = find(out, arena, settings, name, &certificate, &key, err);
	if (result == 0)
		result = ca_files_open(&out->files, arena, certificate, key, err);
	if (result == 0)
		result = read_certificates(out, err);
	if (result == 0)
		result = read_keys(out, &pair, err);
	if (result == 0)
		result = ca_files_settle(&out->files, pair, err);
	if (result == 0)
		result = ca_files_count(&out->files, &out->earlier, err);
	if (result)
		ca_authority_close(out);
	return result;
}

static int read_all(struct ca_authority *a, const char *certificate, const char *key,
                    struct error *err)
{
	enum ca_files_pair pair;
	int result = ca_files_name(&a->files, a->arena, certificate, key ? key : "", err);
	if (result == 0)
		result = read_certificates(a, err);
	if (result == 0 && key)
		result = read_keys(a, &pair, err);
	return result ? result : ca_files_count(&a->files, &a->earlier, err);
}

int ca_authority_read(struct ca_authority *out, struct arena *arena,
                      const struct settings *settings, const char *name, struct error *err)
{
	const char *certificate, *key;
	int result = find(out, arena, settings, name, &certificate, &key, err);
	if (result == 0)
		result = read_all(out, certificate, key, err);
	if (result)
		ca_authority_close(out);
	return result;
}

int ca_authority_read_files(struct ca_authority *out, struct arena *arena, const char *certificate,
                            const char *key, const char *passphrase, struct error *err)
{
	*out = (struct ca_authority){.name = certificate,
	                             .arena = arena,
	                             .files = {.lock = -1},
	                             .passphrase = BUFFER_MAX(PASSPHRASE_MAX)};
	int result = 0;
	if (passphrase && buffer_append(&out->passphrase, passphrase, strlen(passphrase) + 1))
		result = error_nomem(err);
	if (result == 0)
		result = read_all(out, certificate, key, err);
	if (result)
		ca_authority_close(out);
	return result;
}

void ca_authority_close(struct ca_authority *a)
{
	key_free(a->key);
	key_free(a->next);
	a->key = a->next = NULL;
	certificate_clear(&a->certificate);
	buffer_wipe(&a->passphrase);
	ca_files_close(&a->files);
}

int ca_authority_earlier_key(const struct ca_authority *a, unsigned nth, struct key **out,
                             struct error *err)
{
	const char *path = ca_files_earlier(&a->files, a->files.key, nth);
	return path ? read_key(a, path, out, err) : error_nomem(err);
}

const char *ca_key_type(struct arena *arena, const struct pubkey *key)
{
	enum key_algorithm algorithm = pubkey_algorithm(key);
	char *name = algorithm == KEY_RSA ? arena_printf(arena, "rsa-%u", pubkey_bits(key))
	                                  : arena_strdup(arena, key_algorithm_name(algorithm));
	for (char *p = name; p && *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return name;
}

int ca_authority_make_next(struct ca_authority *a, const char *type, struct error *err)
{
	enum key_algorithm algorithm = pubkey_algorithm(key_public(a->key));
	unsigned bits = pubkey_bits(key_public(a->key));
	struct key *made = NULL;
	if (type && key_type_read(type, &algorithm, &bits, err))
		return err->code;
	if (a->next) {
		const struct pubkey *next = key_public(a->next);
		if (type && (pubkey_algorithm(next) != algorithm || pubkey_bits(next) != bits))
			return error_set(err, SIGNET_E_EXISTS,
			                 "%s is there already, and of another type: %s", a->files.new_key,
			                 ca_key_type(a->arena, next));
		return 0;
	}
	_cleanup_secret_ struct buffer pem = BUFFER_MAX(LIMIT_KEY_FILE);
	buffer_reserve(&pem, LIMIT_KEY_FILE);
	int result = key_generate(&made, algorithm, bits, err);
	if (result == 0)
		result = key_to_pem(made, passphrase_of(a), &pem, err);
	if (result == 0)
		result = ca_files_put_key(&a->files, buffer_bytes(&pem), err);
	if (result)
		key_free(made);
	else
		a->next = made;
	return result;
}
