#include "signetctl/ca_issuer.h"

#include <stdlib.h>
#include <unistd.h>

/* The first of urls.KEY; what is derived where it says nothing. */
static int read_url(const struct ca_authority *a, const char *key, const char *derived,
                    const char **out, struct error *err)
{
	const struct conf_node *node = conf_find(conf_find(a->map, "urls"), key);
	const char *text = NULL, **list;
	size_t count;
	*out = derived;
	if (!node)
		return 0;
	*out = NULL;
	if (conf_kind(node) == CONF_SCALAR && conf_text(node, &text, NULL) == 0 &&
	    strcmp(text, "none") == 0)
		return 0;
	int result = conf_text_list(node, &list, &count, err);
	if (result == 0 && count)
		*out = list[0];
	if (result == 0)
		free(list);
	return result;
}

/* A key of an authority whose word "none" means that there is no such thing. */
static bool has(const struct ca_authority *a, const char *key)
{
	const struct conf_node *node = conf_find(a->map, key);
	const char *text;
	return !node || conf_kind(node) != CONF_SCALAR || conf_text(node, &text, NULL) ||
	       strcmp(text, "none") != 0;
}

/* engine/authority_urls.c has the same for the certificates of the engine. */
int ca_issuer_urls(const struct ca_authority *a, struct authority_urls *out, struct error *err)
{
	struct authority_urls derived = {0}, urls = {0};
	const char *base = NULL, *name = a->name;
	int result = conf_get_text(conf_find(a->map, "urls"), "base", NULL, &base, err);
	if (result)
		return result;
	if (a->earlier)
		name = arena_printf(a->arena, "%s.k%u", a->name, a->earlier + 1);
	if (base && name) {
		size_t length = strlen(base);
		while (length && base[length - 1] == '/')
			length--;
		derived.crl = arena_printf(a->arena, "%.*s/crl/%s.crl", (int)length, base, name);
		derived.certificate = arena_printf(a->arena, "%.*s/ca/%s.cer", (int)length, base, name);
		derived.ocsp = arena_printf(a->arena, "%.*s/ocsp", (int)length, base);
	}
	if (!name || (base && (!derived.crl || !derived.certificate || !derived.ocsp)))
		return error_nomem(err);
	result = read_url(a, "crl", has(a, "crl") ? derived.crl : NULL, &urls.crl, err);
	if (result == 0)
		result = read_url(a, "issuers", derived.certificate, &urls.certificate, err);
	if (result == 0)
		result = read_url(a, "ocsp", has(a, "ocsp") ? derived.ocsp : NULL, &urls.ocsp, err);
	if (result == 0)
		*out = urls;
	return result;
}

static int read_passphrase(struct buffer *out, const struct ca_issuer_wish *wish,
                           struct error *err)
{
	const struct {
		const char *name;
		enum passphrase_source source;
	} sources[] = {{wish->passphrase_file, PASSPHRASE_FILE},
	               {wish->passphrase_environment, PASSPHRASE_ENVIRONMENT},
	               {wish->passphrase_credential, PASSPHRASE_CREDENTIAL}};
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
		if (!sources[i].name)
			continue;
		if (out->length)
			return error_set(err, SIGNET_E_INVALID, "more than one source of the passphrase");
		int result = passphrase_read(out, sources[i].source, sources[i].name, err);
		if (result)
			return result;
	}
	return 0;
}

/* The passphrase of the command line, else the authority's own: init encrypts both keys with one. */
static int read_files(struct ca_issuer *out, const struct ca_authority *of,
                      const struct ca_issuer_wish *wish, const char *certificate, const char *key,
                      struct error *err)
{
	_cleanup_secret_ struct buffer given = BUFFER_MAX(PASSPHRASE_MAX);
	int result = read_passphrase(&given, wish, err);
	if (result)
		return result;
	const struct buffer *passphrase = given.length ? &given : &of->passphrase;
	return ca_authority_read_files(&out->authority, of->arena, certificate, key,
	                               passphrase->length ? (const char *)passphrase->data : NULL, err);
}

static bool is_name(const struct ca_authority *a, const struct ca_authority *of)
{
	return bytes_equal(a->certificate.subject, of->certificate.issuer);
}

static bool is_signer(const struct certificate *issuer, const struct ca_authority *of)
{
	return certificate_verify(&of->certificate, issuer->key, NULL) == 0;
}

/* Its present key signs, whichever key it had when it signed the present certificate. */
static int find_configured(struct ca_issuer *out, const struct settings *settings,
                           const struct ca_authority *of, struct error *err)
{
	for (size_t i = 0; i < conf_count(settings->authorities); i++) {
		const char *name = conf_key(conf_item(settings->authorities, i));
		if (strcmp(name, of->name) == 0)
			continue;
		int result = ca_authority_read(&out->authority, of->arena, settings, name, err);
		if (result)
			return error_prefix(err, "authority '%s'", name);
		if (is_name(&out->authority, of))
			return ca_issuer_urls(&out->authority, &out->urls, err);
		ca_authority_close(&out->authority);
	}
	return SIGNET_E_NOT_FOUND;
}

static int find_root(struct ca_issuer *out, const struct settings *settings,
                     const struct ca_authority *of, const struct ca_issuer_wish *wish,
                     struct error *err)
{
	char *certificate = settings_path(settings, "root.pem");
	char *key = settings_path(settings, "root.key");
	int result = certificate && key ? SIGNET_E_NOT_FOUND : error_nomem(err);
	if (certificate && key && access(certificate, F_OK) == 0) {
		struct ca_authority alone;
		result = ca_authority_read_files(&alone, of->arena, certificate, NULL, NULL, err);
		if (result == 0) {
			bool is = is_name(&alone, of);
			ca_authority_close(&alone);
			result = !is ? SIGNET_E_NOT_FOUND
			       : access(key, F_OK) ? error_set(err, SIGNET_E_INVALID, "%s is not there: bring "
			                                       "it, or have a request signed where it is "
			                                       "(signetctl ca csr)", key)
			       : read_files(out, of, wish, certificate, key, err);
		}
	}
	free(certificate);
	free(key);
	return result;
}

static int find(struct ca_issuer *out, const struct settings *settings,
                const struct ca_authority *of, const struct ca_issuer_wish *wish,
                struct error *err)
{
	if (!wish->certificate != !wish->key)
		return error_set(err, SIGNET_E_INVALID,
		                 "--issuer-certificate and --issuer-key belong together");
	if (wish->certificate)
		return read_files(out, of, wish, wish->certificate, wish->key, err);
	if (is_name(of, of) && is_signer(&of->certificate, of)) {
		out->itself = true;
		return 0;
	}
	int result = find_configured(out, settings, of, err);
	if (result == SIGNET_E_NOT_FOUND)
		result = find_root(out, settings, of, wish, err);
	if (result == SIGNET_E_NOT_FOUND)
		return error_set(err, SIGNET_E_INVALID, "the issuer of '%s' is not here: name it with "
		                 "--issuer-certificate and --issuer-key, or have a request signed where it "
		                 "is (signetctl ca csr)", of->name);
	return result;
}

int ca_issuer_find(struct ca_issuer *out, const struct settings *settings,
                   const struct ca_authority *of, const struct ca_issuer_wish *wish,
                   struct error *err)
{
	*out = (struct ca_issuer){.authority = {.files = {.lock = -1},
	                                        .passphrase = BUFFER_MAX(PASSPHRASE_MAX)}};
	int result = find(out, settings, of, wish, err);
	if (result)
		ca_issuer_close(out);
	else
		out->same = is_signer(out->itself ? &of->certificate : &out->authority.certificate, of);
	return result;
}

void ca_issuer_close(struct ca_issuer *issuer)
{
	ca_authority_close(&issuer->authority);
}
