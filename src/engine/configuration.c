#include "engine/configuration.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/groups.h"
#include "api/rule.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "engine/repository.h"

#define HEAD_INTERVAL 600
#define HEAD_INTERVAL_MAX 86400
#define CONFIGURATION_MEMORY (16u << 20)

static int load_authorities(struct configuration *c, struct error *err)
{
	const struct conf_node *section = c->settings->authorities;
	size_t count = section ? conf_count(section) : 0;
	if (count == 0)
		return conf_error(section ? section : conf_root(c->settings->conf), err,
		                  "there is no authority: the key 'authorities' names them");
	if (repository_check_names(section, err))
		return SIGNET_E_CONFIG;
	c->authorities = arena_array(c->arena, count, sizeof *c->authorities);
	if (!c->authorities)
		return error_nomem(err);
	for (; c->authority_count < count; c->authority_count++) {
		int result = authority_load(&c->authorities[c->authority_count], c->arena,
		                            c->settings, conf_item(section, c->authority_count),
		                            clock_now(), err);
		if (result)
			return result;
	}
	return 0;
}

static int load_profiles(struct configuration *c, struct error *err)
{
	const struct conf_node *section = c->settings->profiles;
	size_t count = section ? conf_count(section) : 0;
	c->profiles = arena_array(c->arena, count, sizeof *c->profiles);
	if (!c->profiles)
		return error_nomem(err);
	for (; c->profile_count < count; c->profile_count++) {
		const struct conf_node *node = conf_item(section, c->profile_count);
		if (strcmp(conf_key(node), PROFILE_GATEWAY) == 0 ||
		    strcmp(conf_key(node), PROFILE_RESPONDER) == 0)
			return conf_error(node, err,
			                  "this name is reserved for the built-in profile");
		int result = profile_load(&c->profiles[c->profile_count], c->arena, node,
		                          c->authorities, c->authority_count, err);
		if (result)
			return result;
	}
	return profile_make_gateway(&c->gateway, c->arena, &c->authorities[0], err);
}

static int check_intermediaries(const struct configuration *c, struct error *err)
{
	for (size_t i = 0; i < c->settings->intermediary_count; i++) {
		const struct instance *instance = &c->settings->intermediaries[i];
		if (strcmp(instance->name, PROFILE_GATEWAY) == 0 ||
		    strcmp(instance->name, CONFIGURATION_ADMIN) == 0)
			return conf_error(instance->node, err,
			                  "the name '%s' is reserved: give it a `name`", instance->name);
		for (size_t k = 0; k < instance->profile_count; k++)
			if (strcmp(instance->profiles[k], PROFILE_GATEWAY) == 0 ||
			    !configuration_profile(c, instance->profiles[k]))
				return conf_error(instance->node, err, "there is no profile '%s'",
				                  instance->profiles[k]);
	}
	return 0;
}

static bool needs_own_certificate(const struct settings *settings)
{
	bool tls = false;
	for (size_t i = 0; i < settings->listener_count; i++)
		tls |= settings->listeners[i].tls;
	return tls && !settings->tls;
}

/* Else the gateway would find out when it starts. */
static int check_host_name(const struct configuration *c, struct error *err)
{
	const struct conf_node *root = conf_root(c->settings->conf);
	const struct conf_node *node = conf_find(root, "hostname");
	const char *host = c->settings->hostname;
	uint8_t address[16];
	struct error why = {0};
	if (!needs_own_certificate(c->settings))
		return 0;
	size_t length = text_to_address(host, address);
	const struct general_name name = {length ? GN_IP : GN_DNS,
	                                  length ? bytes_make(address, length)
	                                         : bytes_text(host)};
	int result = authority_check_names(&c->authorities[0], c->arena, NAME_EMPTY, &name, 1,
	                                   &why);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	return result ? conf_error(node ? node : root, err, "the authority '%s' cannot issue the "
	                           "gateway's certificate (or else say `tls`): %s",
	                           c->authorities[0].name, why.message) : 0;
}

static int load_roles(struct configuration *c, struct error *err)
{
	const struct settings *s = c->settings;
	uid_t engine, adviser;
	if (!s->roles)
		return roles_load(&c->roles, c->arena, NULL, NULL, 0, err);
	if (settings_find_user(s, s->user_engine, &engine, err) ||
	    settings_find_user(s, s->user_adviser, &adviser, err))
		return SIGNET_E_CONFIG;
	struct roles_process processes[] = {{"gateway", c->gateway_user, false},
	                                    {"publisher", c->publisher_user, false},
	                                    {"adviser", adviser, false}};
	const size_t count = sizeof processes / sizeof *processes;
	for (size_t i = 0; i < count; i++)
		processes[i].is_engine = processes[i].uid == engine || processes[i].uid == 0;
	return roles_load(&c->roles, c->arena, s->roles, processes, count, err);
}

static int hash_key(struct hash *hash, const struct authority *key)
{
	int result = hash_update(hash, BYTES_OF(key->issuer));
	for (size_t i = 0; result == 0 && i < key->chain_count; i++)
		result = hash_update(hash, key->chain[i]);
	return result;
}

/* The certificates lie in files of their own: whoever changes one has changed the configuration. */
static int hash_all(const struct configuration *c, uint8_t out[HASH_SIZE_MAX])
{
	struct hash *hash;
	uint8_t text[32];
	int result = rule_hash_text(conf_root(c->settings->conf), text);
	if (result == 0)
		result = hash_open(&hash, HASH_SHA256);
	if (result)
		return result;
	result = hash_update(hash, BYTES_OF(text));
	for (size_t i = 0; result == 0 && i < c->authority_count; i++) {
		const struct authority *a = &c->authorities[i];
		result = hash_key(hash, a);
		for (size_t k = 0; result == 0 && k < a->previous_count; k++)
			result = hash_key(hash, &a->previous[k]);
	}
	hash_finish(hash, out);
	hash_free(hash);
	return result;
}

static int load_fingerprint(struct configuration *c, struct error *err)
{
	uint8_t hash[HASH_SIZE_MAX];
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(sizeof c->fingerprint);
	if (hash_all(c, hash))
		return error_set(err, SIGNET_E_CONFIG, "the configuration cannot be hashed");
	buffer_append_text(&text, "sha256:");
	hex_encode(&text, bytes_make(hash, 32));
	snprintf(c->fingerprint, sizeof c->fingerprint, "%s", buffer_text(&text));
	return 0;
}

static int load_audit(struct configuration *c, struct error *err)
{
	static const char *const known[] = {"head-interval", NULL};
	const struct conf_node *node = c->settings->audit;
	c->head_interval = HEAD_INTERVAL;
	if (!node)
		return 0;
	int result = conf_check_keys(node, known, err);
	if (result == 0)
		result = conf_get_duration(node, "head-interval", HEAD_INTERVAL, &c->head_interval, err);
	if (result == 0 && (c->head_interval < 1 || c->head_interval > HEAD_INTERVAL_MAX))
		return conf_error(conf_find(node, "head-interval"), err, "not from 1s to 1d");
	return result;
}

static int load_retention(struct configuration *c, struct error *err)
{
	int result = retention_load(&c->retention, c->settings->retention, err);
	for (size_t i = 0; result == 0 && i < c->authority_count; i++) {
		const struct conf_node *node = conf_item(c->settings->authorities, i);
		result = retention_check_answers(&c->retention, &c->authorities[i].ocsp,
		                                 conf_find(node, "ocsp"), err);
	}
	return result;
}

static int load(struct configuration *c, struct error *err)
{
	int result = load_authorities(c, err);
	if (result == 0)
		result = load_fingerprint(c, err);
	if (result == 0)
		result = load_audit(c, err);
	if (result == 0)
		result = load_profiles(c, err);
	if (result == 0)
		result = check_host_name(c, err);
	if (result == 0)
		result = groups_load(&c->groups, c->settings->groups, err);
	if (result == 0)
		result = chain_configure(&c->chain, c->settings, c->groups, err);
	if (result == 0)
		result = check_intermediaries(c, err);
	if (result == 0)
		result = settings_find_user(c->settings, c->settings->user_gateway, &c->gateway_user,
		                            err);
	if (result == 0)
		result = settings_find_user(c->settings, c->settings->user_publisher,
		                            &c->publisher_user, err);
	if (result == 0)
		result = load_roles(c, err);
	if (result == 0)
		result = schedule_load(&c->schedule, c->settings->pending, c->settings->expiring, err);
	if (result == 0)
		result = load_retention(c, err);
	return result;
}

int configuration_load(struct configuration **out, const struct settings *settings,
                       struct settings *owned, struct error *err)
{
	struct error unwanted = {0};
	if (!err)
		err = &unwanted;
	struct configuration *c = calloc(1, sizeof *c);
	if (!c) {
		settings_free(owned);
		return error_nomem(err);
	}
	c->settings = settings;
	c->owned = owned;
	c->arena = arena_new(CONFIGURATION_MEMORY);
	int result = c->arena ? load(c, err) : error_nomem(err);
	if (result) {
		configuration_free(c);
		return result;
	}
	*out = c;
	return 0;
}

void configuration_free(struct configuration *configuration)
{
	if (!configuration)
		return;
	chain_free(configuration->chain);
	groups_free(configuration->groups);
	for (size_t i = 0; i < configuration->authority_count; i++)
		authority_clear(&configuration->authorities[i]);
	arena_free(configuration->arena);
	settings_free(configuration->owned);
	free(configuration);
}

const struct profile *configuration_profile(const struct configuration *configuration,
                                            const char *name)
{
	for (size_t i = 0; i < configuration->profile_count; i++)
		if (strcmp(configuration->profiles[i].name, name) == 0)
			return &configuration->profiles[i];
	return strcmp(name, PROFILE_GATEWAY) == 0 ? &configuration->gateway : NULL;
}

const struct authority *configuration_authority(const struct configuration *configuration,
                                                const char *name)
{
	for (size_t i = 0; i < configuration->authority_count; i++)
		if (strcmp(configuration->authorities[i].name, name) == 0)
			return &configuration->authorities[i];
	return NULL;
}

bool configuration_is_open(const struct configuration *configuration, const char *intermediary,
                           const char *profile)
{
	if (strcmp(profile, PROFILE_GATEWAY) == 0 || strcmp(intermediary, PROFILE_GATEWAY) == 0)
		return strcmp(profile, intermediary) == 0;
	if (strcmp(intermediary, CONFIGURATION_ADMIN) == 0)
		return true;
	for (size_t i = 0; i < configuration->settings->intermediary_count; i++) {
		const struct instance *instance = &configuration->settings->intermediaries[i];
		if (strcmp(instance->name, intermediary) != 0)
			continue;
		for (size_t k = 0; k < instance->profile_count; k++)
			if (strcmp(instance->profiles[k], profile) == 0)
				return true;
	}
	return false;
}

struct configuration_holder {
	pthread_mutex_t lock; /* guards current, newest and all references */
	struct configuration *current;
	uint64_t newest;
};

int configuration_holder_new(struct configuration_holder **out, struct configuration *first,
                             struct error *err)
{
	struct configuration_holder *holder = calloc(1, sizeof *holder);
	if (!holder) {
		configuration_free(first);
		return error_nomem(err);
	}
	pthread_mutex_init(&holder->lock, NULL);
	configuration_swap(holder, first);
	*out = holder;
	return 0;
}

void configuration_holder_free(struct configuration_holder *holder)
{
	if (!holder)
		return;
	configuration_free(holder->current);
	pthread_mutex_destroy(&holder->lock);
	free(holder);
}

struct configuration *configuration_take(struct configuration_holder *holder)
{
	pthread_mutex_lock(&holder->lock);
	struct configuration *configuration = holder->current;
	configuration->references++;
	pthread_mutex_unlock(&holder->lock);
	return configuration;
}

void configuration_release(struct configuration_holder *holder,
                           struct configuration *configuration)
{
	pthread_mutex_lock(&holder->lock);
	bool last = --configuration->references == 0 && configuration != holder->current;
	pthread_mutex_unlock(&holder->lock);
	if (last)
		configuration_free(configuration);
}

void configuration_swap(struct configuration_holder *holder, struct configuration *next)
{
	uint64_t now = (uint64_t)clock_now_us();
	pthread_mutex_lock(&holder->lock);
	/* the clock, so that what the gateway kept of an earlier engine is stale, too */
	holder->newest = now > holder->newest ? now : holder->newest + 1;
	next->generation = holder->newest;
	struct configuration *last = holder->current;
	holder->current = next;
	bool unused = last && last->references == 0;
	pthread_mutex_unlock(&holder->lock);
	if (unused)
		configuration_free(last);
}
