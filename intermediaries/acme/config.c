#include "intermediaries/acme/config.h"

#include <stdlib.h>

/* The keys of an instance beside profile, path and name:
 *
 *   challenges: [http-01]            what is offered; http-01 is all there is today
 *   external-url: https://ca.test    scheme, host and port that clients use, and a path that a
 *                                    proxy puts before the instance's; from the Host header when
 *                                    missing
 *   terms-of-service: URL            clients must agree to it when they register
 *   website: URL                     for people, in the directory
 *   caa-identities: [ca.test]        in the directory
 *   order-lifetime: 7d               how long an order waits to be validated and finalized
 *   authorization-lifetime: 30d      how long a proven name serves further orders of its account;
 *                                    0: each order proves its names anew
 *   validation:
 *     http-port: 80                  where http-01 asks
 *     redirect-ports: [80, 443]      where it may be sent on to, beside http-port
 *     timeout: 10s                   of one attempt, redirects included
 *     retries: 3                     further attempts after a failed one
 *     retry-delay: 1s                before the first retry; doubles from there
 *     deny-networks: [169.254.0.0/16, ...]   never contacted; the default is
 *                                    what cannot be a server of anybody's: see deny_default.
 *                                    Consider 127.0.0.0/8 and the networks behind your firewall
 *     resolve: {"*": 127.0.0.1}      where to connect for a name in place of what DNS says
 *     workers: 16                    validations at once
 */
const char *const acme_config_keys[] = {
	"challenges", "external-url", "terms-of-service", "website", "caa-identities",
	"order-lifetime", "authorization-lifetime", "validation", NULL,
};

static const char *const validation_keys[] = {
	"http-port", "redirect-ports", "timeout", "retries", "retry-delay", "deny-networks",
	"resolve", "workers", NULL,
};

/* "This network", link-local (where clouds keep their metadata), multicast and reserved. */
static const char *const deny_default[] = {
	"0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/128", "fe80::/10", "ff00::/8",
};

#define LIST_MAX 256 /* of entries in a list or map here: a bound on what we allocate */

static int expect_list(const struct conf_node *node, struct error *err)
{
	if (conf_expect(node, CONF_LIST, err) < 0)
		return SIGNET_E_CONFIG;
	if (conf_count(node) > LIST_MAX)
		return conf_error(node, err, "more than %d entries", LIST_MAX);
	return 0;
}

static int read_url(const struct conf_node *map, const char *key, const char **out,
                    struct error *err)
{
	const struct conf_node *node = conf_find(map, key);
	if (conf_get_text(map, key, NULL, out, err) < 0)
		return SIGNET_E_CONFIG;
	if (!*out)
		return 0;
	if ((strncmp(*out, "http://", 7) != 0 && strncmp(*out, "https://", 8) != 0) ||
	    strlen(*out) > LIMIT_URI || strpbrk(*out, " <>\"\\") ||
	    !text_is_printable(bytes_text(*out)))
		return conf_error(node, err, "not an http or https URL");
	return 0;
}

static int read_challenges(struct acme_config *out, const struct conf_node *map,
                           struct error *err)
{
	static const char *const names[] = {"http-01", NULL};
	const struct conf_node *list = conf_find(map, "challenges");
	out->challenges = 1u << ACME_HTTP_01;
	if (!list)
		return 0;
	if (expect_list(list, err) < 0)
		return SIGNET_E_CONFIG;
	out->challenges = 0;
	for (size_t i = 0; i < conf_count(list); i++) {
		int choice;
		if (conf_choice(conf_item(list, i), names, &choice, err) < 0)
			return SIGNET_E_CONFIG;
		out->challenges |= 1u << (ACME_HTTP_01 + choice);
	}
	return out->challenges ? 0 : conf_error(list, err, "no challenge is offered");
}

static int read_ports(struct fetch_settings *out, const struct conf_node *map, struct error *err)
{
	static const int64_t standard[] = {80, 443};
	const struct conf_node *list = conf_find(map, "redirect-ports");
	if (list && expect_list(list, err) < 0)
		return SIGNET_E_CONFIG;
	size_t count = list ? conf_count(list) : 2;
	out->redirect_ports = calloc(count + 1, sizeof *out->redirect_ports);
	if (!out->redirect_ports)
		return error_nomem(err);
	for (size_t i = 0; i < count; i++) {
		int64_t port = list ? 0 : standard[i];
		if (list && conf_integer(conf_item(list, i), 1, 65535, &port, err) < 0)
			return SIGNET_E_CONFIG;
		out->redirect_ports[i] = (uint16_t)port;
	}
	out->redirect_ports[count] = (uint16_t)out->http_port;
	out->redirect_port_count = count + 1;
	return 0;
}

static int read_networks(struct fetch_settings *out, const struct conf_node *map,
                         struct error *err)
{
	const struct conf_node *list = conf_find(map, "deny-networks");
	if (list && expect_list(list, err) < 0)
		return SIGNET_E_CONFIG;
	size_t count = list ? conf_count(list) : sizeof deny_default / sizeof *deny_default;
	out->deny = calloc(count + 1, sizeof *out->deny);
	if (!out->deny)
		return error_nomem(err);
	out->deny_count = count;
	for (size_t i = 0; i < count; i++) {
		const char *text = list ? NULL : deny_default[i];
		if (list && conf_text(conf_item(list, i), &text, err) < 0)
			return SIGNET_E_CONFIG;
		if (text_to_network(text, &out->deny[i]) < 0)
			return conf_error(list ? conf_item(list, i) : map, err,
			                  "\"%s\" is not a network such as 10.0.0.0/8", text);
	}
	return 0;
}

static int read_overrides(struct fetch_settings *out, const struct conf_node *validation,
                          struct error *err)
{
	const struct conf_node *map = conf_find(validation, "resolve");
	if (!map)
		return 0;
	if (conf_expect(map, CONF_MAP, err) < 0)
		return SIGNET_E_CONFIG;
	size_t count = conf_count(map);
	out->overrides = calloc(count + 1, sizeof *out->overrides);
	if (!out->overrides)
		return error_nomem(err);
	out->override_count = count;
	for (size_t i = 0; i < count; i++) {
		const struct conf_node *node = conf_item(map, i);
		struct fetch_override *override = &out->overrides[i];
		uint8_t address[16];
		override->name = conf_key(node);
		if (conf_text(node, &override->address, err) < 0)
			return SIGNET_E_CONFIG;
		if (!text_to_address(override->address, address))
			return conf_error(node, err, "not an IP address");
		if (strcmp(override->name, "*") != 0 && !text_is_dns_name(override->name, false))
			return conf_error(node, err, "not a DNS name or \"*\"");
	}
	return 0;
}

static int read_numbers(struct acme_config *out, const struct conf_node *map, struct error *err)
{
	int64_t port, timeout, retries, delay, workers;
	if (conf_get_integer(map, "http-port", 1, 65535, 80, &port, err) < 0 ||
	    conf_get_duration(map, "timeout", 10, &timeout, err) < 0 ||
	    conf_get_integer(map, "retries", 0, 20, 3, &retries, err) < 0 ||
	    conf_get_duration(map, "retry-delay", 1, &delay, err) < 0 ||
	    conf_get_integer(map, "workers", 1, 256, 16, &workers, err) < 0)
		return SIGNET_E_CONFIG;
	if (timeout < 1 || timeout > 300)
		return conf_error(conf_find(map, "timeout"), err, "not within 1s and 5m");
	if (delay > 3600)
		return conf_error(conf_find(map, "retry-delay"), err, "more than 1h");
	out->fetch.http_port = (unsigned)port;
	out->fetch.timeout_ms = timeout * 1000;
	out->attempts = (unsigned)retries + 1;
	out->retry_delay_us = delay * 1000000;
	out->workers = (unsigned)workers;
	return 0;
}

static int read_validation(struct acme_config *out, const struct conf_node *node,
                           struct error *err)
{
	const struct conf_node *map = conf_find(node, "validation");
	if (map && conf_check_keys(map, validation_keys, err) < 0)
		return SIGNET_E_CONFIG;
	int result = read_numbers(out, map, err);
	if (result == 0)
		result = read_ports(&out->fetch, map, err);
	if (result == 0)
		result = read_networks(&out->fetch, map, err);
	return result < 0 ? result : read_overrides(&out->fetch, map, err);
}

static int read_lifetimes(struct acme_config *out, const struct conf_node *node,
                          struct error *err)
{
	if (conf_get_duration(node, "order-lifetime", 7 * 86400, &out->order_lifetime, err) < 0 ||
	    conf_get_duration(node, "authorization-lifetime", 30 * 86400,
	                      &out->authorization_lifetime, err) < 0)
		return SIGNET_E_CONFIG;
	if (out->order_lifetime < 60)
		return conf_error(conf_find(node, "order-lifetime"), err, "less than 1m");
	return 0;
}

static int read_all(struct acme_config *out, const struct conf_node *node, struct error *err)
{
	const struct conf_node *identities = conf_find(node, "caa-identities");
	int result = read_url(node, "external-url", &out->external_url, err);
	if (result == 0)
		result = read_url(node, "terms-of-service", &out->terms_of_service, err);
	if (result == 0)
		result = read_url(node, "website", &out->website, err);
	size_t count;
	if (result == 0 && identities)
		result = conf_text_list(identities, &out->caa_identities, &count, err);
	if (result == 0)
		result = read_challenges(out, node, err);
	if (result == 0)
		result = read_lifetimes(out, node, err);
	return result < 0 ? result : read_validation(out, node, err);
}

int acme_config_read(struct acme_config *out, const struct conf_node *node, struct error *err)
{
	struct acme_config config = {0};
	int result = read_all(&config, node, err);
	if (result < 0)
		acme_config_clear(&config);
	else
		*out = config;
	return result;
}

void acme_config_clear(struct acme_config *config)
{
	free(config->caa_identities);
	free(config->fetch.redirect_ports);
	free(config->fetch.deny);
	free(config->fetch.overrides);
	*config = (struct acme_config){0};
}
