#include "api/https_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/secret.h"
#include "api/trust.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "crypto/key.h"

#define DEFAULT_TIMEOUT 10
#define MOST_TIMEOUT 600
#define SECRET_MIN 16
#define MOST_HEADERS 32
#define HEADER_MAX 1024 /* octets of a name or a value */
#define SECOND INT64_C(1000000)

/* ---- url ---- */

static bool is_loopback(const char *host)
{
	static const char *const networks[] = {"127.0.0.0/8", "::1"};
	uint8_t address[16];
	size_t length = text_to_address(host, address);
	struct network network;
	if (text_equal_nocase(host, "localhost")) /* libcurl asks nobody about this name */
		return true;
	for (size_t i = 0; length && i < 2; i++)
		if (text_to_network(networks[i], &network) == 0 &&
		    network_contains(&network, bytes_make(address, length)))
			return true;
	return false;
}

/* The host without the brackets of IPv6; false when it is neither a name nor an address. */
static bool read_host(const char *text, char *out, size_t size)
{
	uint8_t address[16];
	size_t length = strlen(text);
	if (length > 2 && text[0] == '[' && text[length - 1] == ']')
		text++, length -= 2;
	int n = snprintf(out, size, "%.*s", (int)length, text);
	return n > 0 && (size_t)n < size &&
	       (text_is_dns_name(out, false) || text_to_address(out, address));
}

/* A part of the URL that is the caller's to free with curl_free; NULL when there is none. */
static char *part_of(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	return curl_url_get(url, part, &text, 0) == CURLUE_OK ? text : NULL;
}

static int check_parts(struct https_target *target, const struct conf_node *node,
                       const char *scheme, const char *host, struct error *err)
{
	char name[LIMIT_DNS_NAME + 1];
	target->plain = scheme && strcmp(scheme, "http") == 0;
	if (!scheme || (!target->plain && strcmp(scheme, "https") != 0))
		return conf_error(node, err, "not a URL that begins with https://");
	if (!host || !read_host(host, name, sizeof name))
		return conf_error(node, err, "the URL has no valid host");
	if (target->plain && !is_loopback(name))
		return conf_error(node, err, "http:// is for a loopback address only: what it carries "
		                             "could be read and changed on its way");
	return 0;
}

static int check_url(struct https_target *target, const struct conf_node *node, const char *text,
                     struct error *err)
{
	CURLU *url = curl_url();
	int result;
	if (!url)
		return error_nomem(err);
	if (strlen(text) > LIMIT_URI || !text_is_printable(bytes_text(text)) || strchr(text, ' ') ||
	    curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) != CURLUE_OK) {
		result = conf_error(node, err, "not a URL such as https://host/path");
	} else {
		char *scheme = part_of(url, CURLUPART_SCHEME), *host = part_of(url, CURLUPART_HOST);
		char *fragment = part_of(url, CURLUPART_FRAGMENT);
		result = fragment ? conf_error(node, err, "a fragment is never sent: leave out '#...'")
		                  : check_parts(target, node, scheme, host, err);
		curl_free(scheme);
		curl_free(host);
		curl_free(fragment);
	}
	curl_url_cleanup(url);
	return result;
}

static int read_url(struct https_target *target, const struct conf_node *map, struct error *err)
{
	const struct conf_node *node = conf_find(map, "url");
	const char *text;
	if (!node)
		return conf_error(map, err, "the key 'url' is missing");
	if (conf_text(node, &text, err))
		return SIGNET_E_CONFIG;
	if (!(target->url = strdup(text)))
		return error_nomem(err);
	return check_url(target, node, text, err);
}

/* ---- headers ---- */

static bool is_token(const char *text)
{
	return *text && text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                                  "0123456789!#$%&'*+-.^_`|~")] == '\0';
}

/* What is ours to say. */
static bool is_reserved(const char *name)
{
	static const char *const reserved[] = {
		"host", "content-type", "content-length", "transfer-encoding", "connection", "expect",
		"te", "trailer", "upgrade", "x-signet-timestamp", "x-signet-signature"};
	for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
		if (text_equal_nocase(name, reserved[i]))
			return true;
	return false;
}

static int read_header(struct https_target *target, const struct conf_node *node,
                       struct error *err)
{
	const char *name = conf_key(node), *value;
	char line[2 * HEADER_MAX + 3];
	if (conf_text(node, &value, err))
		return SIGNET_E_CONFIG;
	if (!is_token(name) || strlen(name) > HEADER_MAX)
		return conf_error(node, err, "not the name of a header");
	if (is_reserved(name))
		return conf_error(node, err, "this header is set by Signet itself");
	if (!*value || strlen(value) > HEADER_MAX || !text_is_printable(bytes_text(value)))
		return conf_error(node, err, "not 1 to %d printable characters", HEADER_MAX);
	snprintf(line, sizeof line, "%s: %s", name, value);
	struct curl_slist *list = curl_slist_append(target->headers, line);
	if (!list)
		return error_nomem(err);
	target->headers = list;
	return 0;
}

static int read_headers(struct https_target *target, const struct conf_node *map,
                        struct error *err)
{
	const struct conf_node *headers = conf_find(map, "headers");
	int result = headers ? conf_expect(headers, CONF_MAP, err) : 0;
	if (result || !headers)
		return result;
	if (conf_count(headers) > MOST_HEADERS)
		return conf_error(headers, err, "more than %d headers", MOST_HEADERS);
	for (size_t i = 0; result == 0 && i < conf_count(headers); i++)
		result = read_header(target, conf_item(headers, i), err);
	return result;
}

/* ---- files ---- */

static int read_path(const struct https_target *target, const struct conf_node *map,
                     const char *key, char **out, struct error *err)
{
	const struct conf_node *node = conf_find(map, key);
	const char *name;
	if (!node)
		return 0;
	if (conf_text(node, &name, err))
		return SIGNET_E_CONFIG;
	*out = file_below(target->directory, name);
	return *out ? 0 : error_nomem(err);
}

static int read_paths(struct https_target *target, const struct conf_node *map, struct error *err)
{
	int result = read_path(target, map, "ca", &target->ca, err);
	if (result == 0)
		result = read_path(target, map, "certificate", &target->certificate, err);
	if (result == 0)
		result = read_path(target, map, "key", &target->key, err);
	if (result)
		return result;
	if (!target->certificate != !target->key)
		return conf_error(map, err, "'certificate' and 'key' go together");
	if (target->plain && (target->ca || target->key))
		return conf_error(map, err, "'ca', 'certificate' and 'key' are for https://");
	return 0;
}

static int check_certificates(const struct https_target *target, const char *key,
                              const char *path, struct error *err)
{
	return path ? trust_check(path, conf_find(target->node, key), err) : 0;
}

static int check_key(const struct https_target *target, struct error *err)
{
	_cleanup_secret_ struct buffer pem = BUFFER_MAX(LIMIT_KEY_FILE);
	const struct conf_node *node = conf_find(target->node, "key");
	struct key *key = NULL;
	struct error why = {0};
	if (!target->key)
		return 0;
	if (file_read(&pem, target->key, &why))
		return conf_error(node, err, "%s", why.message);
	if (key_from_pem(&key, buffer_bytes(&pem), NULL, &why))
		return conf_error(node, err, "%s: %s", target->key, why.message);
	key_free(key);
	return 0;
}

static int read_secret(struct https_target *target, struct error *err)
{
	const struct conf_node *node = conf_find(target->node, "secret");
	if (!node)
		return 0;
	int result = secret_read(&target->secret, node, target->directory, err);
	if (result == 0 && target->secret.length < SECRET_MIN)
		result = conf_error(node, err, "the secret is shorter than %d octets", SECRET_MIN);
	return result;
}

/* ---- the target ---- */

static int read_timeout(struct https_target *target, const struct conf_node *map,
                        struct error *err)
{
	int64_t seconds;
	int result = conf_get_duration(map, "timeout", DEFAULT_TIMEOUT, &seconds, err);
	if (result)
		return result;
	if (seconds < 1 || seconds > MOST_TIMEOUT)
		return conf_error(conf_find(map, "timeout"), err, "not from 1s to 10m");
	target->timeout_us = seconds * SECOND;
	return 0;
}

static int read_all(struct https_target *target, struct error *err)
{
	const struct conf_node *map = target->node, *secret = conf_find(map, "secret");
	int result = read_url(target, map, err);
	if (result == 0)
		result = read_timeout(target, map, err);
	if (result == 0)
		result = read_headers(target, map, err);
	if (result == 0)
		result = read_paths(target, map, err);
	return result == 0 && secret ? secret_check(secret, err) : result;
}

int https_target_read(struct https_target **out, const struct conf_node *node,
                      const char *directory, struct error *err)
{
	struct https_target *target = calloc(1, sizeof *target);
	if (!target)
		return error_nomem(err);
	pthread_mutex_init(&target->lock, NULL);
	target->node = node;
	target->secret = BUFFER_MAX(PASSPHRASE_MAX);
	target->directory = strdup(directory);
	int result = target->directory ? read_all(target, err) : error_nomem(err);
	if (result) {
		https_target_free(target);
		return result;
	}
	*out = target;
	return 0;
}

int https_target_open(struct https_target *target, struct error *err)
{
	int result = check_certificates(target, "ca", target->ca, err);
	if (result == 0)
		result = check_certificates(target, "certificate", target->certificate, err);
	if (result == 0)
		result = check_key(target, err);
	return result ? result : read_secret(target, err);
}

int https_target_load(struct https_target **out, const struct conf_node *node,
                      const char *directory, struct error *err)
{
	struct https_target *target;
	int result = https_target_read(&target, node, directory, err);
	if (result)
		return result;
	if ((result = https_target_open(target, err))) {
		https_target_free(target);
		return result;
	}
	*out = target;
	return 0;
}

int64_t https_target_timeout(const struct https_target *target)
{
	return target->timeout_us;
}

void https_target_free(struct https_target *target)
{
	if (!target)
		return;
	for (size_t i = 0; i < target->idle_count; i++)
		curl_easy_cleanup(target->idle[i]);
	pthread_mutex_destroy(&target->lock);
	curl_slist_free_all(target->headers);
	buffer_wipe(&target->secret);
	free(target->directory);
	free(target->url);
	free(target->ca);
	free(target->certificate);
	free(target->key);
	free(target);
}
