#include <stdio.h>
#include <stdlib.h>

#include "api/secret.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "exit/ldap_private.h"

#define SYSTEM_ROOTS "/etc/ssl/certs/ca-certificates.crt"
#define TIMEOUT_DEFAULT 10
#define TIMEOUT_MAX 600

enum scheme { SCHEME_LDAP, SCHEME_LDAPS, SCHEME_LDAPI };

static bool is_loopback(const char *host)
{
	uint8_t address[16];
	struct network v4, v6;
	size_t length = text_to_address(host, address);
	if (length == 0)
		return text_equal_nocase(host, "localhost");
	return (text_to_network("127.0.0.0/8", &v4) == 0 &&
	        network_contains(&v4, bytes_make(address, length))) ||
	       (text_to_network("::1", &v6) == 0 &&
	        network_contains(&v6, bytes_make(address, length)));
}

/* Only a server: no DN, filter or extension, and no second URI behind a blank, as libldap takes. */
static int read_uri(enum scheme *scheme, bool *loopback, const char *uri,
                    const struct conf_node *node, struct error *err)
{
	LDAPURLDesc *url = NULL;
	if (strpbrk(uri, " ,\t\r\n?") || ldap_url_parse(uri, &url) != LDAP_URL_SUCCESS)
		return conf_error(node, err, "'%s' is no URI of a directory server: ldap://HOST, "
		                  "ldaps://HOST or ldapi://PATH are wanted", uri);
	bool known = true;
	if (text_equal_nocase(url->lud_scheme, "ldap"))
		*scheme = SCHEME_LDAP;
	else if (text_equal_nocase(url->lud_scheme, "ldaps"))
		*scheme = SCHEME_LDAPS;
	else if (text_equal_nocase(url->lud_scheme, "ldapi"))
		*scheme = SCHEME_LDAPI;
	else
		known = false;
	bool host = url->lud_host && *url->lud_host;
	bool whole = known && (host || *scheme == SCHEME_LDAPI) && !(url->lud_dn && *url->lud_dn);
	*loopback = known && (*scheme == SCHEME_LDAPI || (host && is_loopback(url->lud_host)));
	ldap_free_urldesc(url);
	return whole ? 0
	             : conf_error(node, err, "'%s' names no directory server: ldap://HOST, ldaps://HOST "
	                          "or ldapi://PATH are wanted", uri);
}

/* What the identity needs of a server. */
static int check_uri(const struct directory_target *t, const char *uri, enum scheme scheme,
                     bool loopback, const struct conf_node *node, struct error *err)
{
	bool tls = scheme == SCHEME_LDAPS || (scheme == SCHEME_LDAP && t->start_tls);
	if (t->identity == DIRECTORY_SIMPLE && !tls && !loopback)
		return conf_error(node, err, "the password would go to '%s' in clear text: use ldaps:// or "
		                  "start-tls", uri);
	if (t->identity == DIRECTORY_EXTERNAL && scheme != SCHEME_LDAPI && !(tls && t->certificate))
		return conf_error(node, err, "'%s' knows nobody by 'bind: external': it needs ldapi://, or "
		                  "TLS with a certificate", uri);
	return 0;
}

static int read_uris(struct directory_target *t, const struct conf_node *node, struct error *err)
{
	const struct conf_node *list = conf_find(node, "uri");
	bool plain = false, tls = false;
	if (!list)
		return conf_error(node, err, "the key 'uri' is missing");
	int result = conf_text_list(list, &t->uris, &t->uri_count, err);
	if (result)
		return result;
	if (t->uri_count == 0 || t->uri_count > LIMIT_LDAP_URIS)
		return conf_error(list, err, "one to %d servers are wanted", LIMIT_LDAP_URIS);
	for (size_t i = 0; i < t->uri_count; i++) {
		enum scheme scheme = SCHEME_LDAP;
		bool loopback = false;
		result = read_uri(&scheme, &loopback, t->uris[i], list, err);
		if (result == 0)
			result = check_uri(t, t->uris[i], scheme, loopback, list, err);
		if (result)
			return result;
		plain |= scheme == SCHEME_LDAP;
		tls |= scheme == SCHEME_LDAPS;
	}
	if (t->start_tls && !plain)
		return conf_error(conf_find(node, "start-tls"), err, "no server here is ldap://");
	const struct conf_node *unused = conf_find(node, t->certificate ? "certificate" : "ca");
	if (!tls && !t->start_tls && unused)
		return conf_error(unused, err, "no server here uses TLS");
	return 0;
}

static int make_path(char **out, const struct signet_exit_host *host, const char *name,
                     struct error *err)
{
	int n = *name == '/' ? asprintf(out, "%s", name)
	                     : asprintf(out, "%s/%s", host->state_directory, name);
	if (n >= 0)
		return 0;
	*out = NULL;
	return error_nomem(err);
}

/* A PEM file whose first block has a label that ends so: libldap reads it again at each connection,
 * but what is wrong with it is to be said now. */
static int read_pem_path(char **out, const struct signet_exit_host *host,
                         const struct conf_node *node, const char *label, struct error *err)
{
	const char *name;
	char found[64];
	struct error why = {0};
	_cleanup_secret_ struct buffer text = BUFFER_MAX(LIMIT_PEM_FILE);
	_cleanup_secret_ struct buffer der = BUFFER_MAX(LIMIT_PEM_FILE);
	if (conf_text(node, &name, err))
		return SIGNET_E_CONFIG;
	if (make_path(out, host, name, err))
		return SIGNET_E_NOMEM;
	if (file_read(&text, *out, &why))
		return conf_error(node, err, "%s", why.message);
	struct bytes rest = buffer_bytes(&text);
	if (buffer_reserve(&der, text.length) ||
	    pem_decode(&der, found, sizeof found, &rest))
		return conf_error(node, err, "%s: no PEM", *out);
	size_t length = strlen(found), wanted = strlen(label);
	if (length < wanted || strcmp(found + length - wanted, label) != 0 ||
	    strncmp(found, "ENCRYPTED", 9) == 0)
		return conf_error(node, err, "%s: '%s' in place of an unencrypted '%s'", *out, found,
		                  label);
	return 0;
}

static int read_tls(struct directory_target *t, const struct signet_exit_host *host,
                    const struct conf_node *node, struct error *err)
{
	const struct conf_node *ca = conf_find(node, "ca"), *key = conf_find(node, "key");
	const struct conf_node *certificate = conf_find(node, "certificate");
	int result = conf_get_boolean(node, "start-tls", false, &t->start_tls, err);
	if (result == 0 && !certificate != !key)
		result = conf_error(certificate ? certificate : key, err,
		                    "'certificate' and 'key' belong together");
	if (result == 0 && ca)
		result = read_pem_path(&t->ca, host, ca, "CERTIFICATE", err);
	else if (result == 0)
		result = make_path(&t->ca, host, SYSTEM_ROOTS, err);
	if (result == 0 && certificate)
		result = read_pem_path(&t->certificate, host, certificate, "CERTIFICATE", err);
	if (result == 0 && key)
		result = read_pem_path(&t->key, host, key, "PRIVATE KEY", err);
	return result;
}

static int check_dn(const struct conf_node *node, const char *text, struct error *err)
{
	struct error why = {0};
	return directory_template_check(text, DIRECTORY_DN, DIRECTORY_OF_AUTHORITY, false, &why) ||
	                       strchr(text, '{')
	               ? conf_error(node, err, "'%s' is no distinguished name (RFC 4514)", text)
	               : 0;
}

static int read_bind(struct directory_target *t, const struct signet_exit_host *host,
                     const struct conf_node *node, struct error *err)
{
	static const char *const keys[] = {"dn", "password", NULL};
	static const char *const words[] = {"anonymous", "external", NULL};
	const struct conf_node *bind = conf_find(node, "bind");
	if (!bind)
		return conf_error(node, err, "the key 'bind' is missing: {dn: DN, password: {file: FILE}}, "
		                  "external or anonymous");
	if (conf_kind(bind) != CONF_MAP) {
		int word;
		if (conf_choice(bind, words, &word, err))
			return SIGNET_E_CONFIG;
		t->identity = word ? DIRECTORY_EXTERNAL : DIRECTORY_ANONYMOUS;
		return 0;
	}
	t->identity = DIRECTORY_SIMPLE;
	const struct conf_node *dn = conf_find(bind, "dn"), *password = conf_find(bind, "password");
	if (conf_check_keys(bind, keys, err))
		return SIGNET_E_CONFIG;
	if (!dn || !password)
		return conf_error(bind, err, "the key '%s' is missing", dn ? "password" : "dn");
	/* a simple bind with an empty name is an anonymous one (RFC 4513 section 5.1.1) */
	if (conf_text(dn, &t->dn, err) || check_dn(dn, t->dn, err))
		return SIGNET_E_CONFIG;
	/* it is read anew at each connection; one that is missing now is a mistake */
	_cleanup_secret_ struct buffer secret = BUFFER_MAX(PASSPHRASE_MAX);
	t->password = password;
	t->directory = host->state_directory;
	return secret_read(&secret, password, host->state_directory, err);
}

int directory_target_read(struct directory_target *out, const struct signet_exit_host *host,
                          const struct conf_node *node, struct error *err)
{
	struct directory_target t = {0};
	int result = read_tls(&t, host, node, err);
	if (result == 0)
		result = read_bind(&t, host, node, err);
	if (result == 0)
		result = read_uris(&t, node, err);
	if (result == 0)
		result = conf_get_duration(node, "timeout", TIMEOUT_DEFAULT, &t.timeout, err);
	if (result == 0 && (t.timeout < 1 || t.timeout > TIMEOUT_MAX))
		result = conf_error(conf_find(node, "timeout"), err, "not from 1s to %ds", TIMEOUT_MAX);
	if (result) {
		directory_target_clear(&t);
		return result;
	}
	*out = t;
	return 0;
}

void directory_target_clear(struct directory_target *target)
{
	free(target->uris);
	free(target->ca);
	free(target->certificate);
	free(target->key);
	*target = (struct directory_target){0};
}
