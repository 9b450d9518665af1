#include "signetctl/ca_chain.h"

#include <stdlib.h>

#include "asn1/oid.h"
#include "base/file.h"
#include "signetctl/authority.h"

#define POOL_STEP 64

static int reserve(struct ca_pool *pool, size_t more)
{
	if (pool->count + more <= pool->capacity)
		return 0;
	size_t capacity = pool->capacity + more + POOL_STEP;
	struct certificate *list = arena_array(pool->arena, capacity, sizeof *list);
	bool *trusted = arena_array(pool->arena, capacity, sizeof *trusted);
	if (!list || !trusted)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < pool->count; i++) {
		list[i] = pool->list[i];
		trusted[i] = pool->trusted[i];
	}
	pool->list = list;
	pool->trusted = trusted;
	pool->capacity = capacity;
	return 0;
}

int ca_pool_add(struct ca_pool *pool, const struct bytes *ders, size_t count, bool trusted,
                struct error *err)
{
	if (reserve(pool, count))
		return error_nomem(err);
	for (size_t i = 0; i < count; i++) {
		int result = certificate_parse(&pool->list[pool->count], pool->arena, ders[i], err);
		if (result)
			return error_prefix(err, "certificate %zu", i);
		pool->trusted[pool->count++] = trusted;
	}
	return 0;
}

/* A file that is not there adds nothing. */
static int add_file(struct ca_pool *pool, const struct settings *settings, const char *name,
                    struct error *err)
{
	struct bytes ders[LIMIT_CHAIN];
	size_t count = 0;
	char *path = settings_path(settings, name);
	if (!path)
		return error_nomem(err);
	int result = ca_read_certificates(pool->arena, path, ders, &count, err);
	free(path);
	if (result == SIGNET_E_NOT_FOUND)
		return 0;
	return result ? result : ca_pool_add(pool, ders, count, true, err);
}

int ca_pool_add_known(struct ca_pool *pool, const struct settings *settings, struct error *err)
{
	int result = add_file(pool, settings, "root.pem", err);
	for (size_t i = 0; result == 0 && i < conf_count(settings->authorities); i++) {
		const struct conf_node *map = conf_item(settings->authorities, i);
		const struct conf_node *node = conf_find(map, "certificate");
		const char *name;
		if (!node)
			continue;
		result = conf_text(node, &name, err);
		if (result == 0)
			result = add_file(pool, settings, name, err);
	}
	return result;
}

void ca_pool_clear(struct ca_pool *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		certificate_clear(&pool->list[i]);
	pool->count = 0;
}

static bool is_self_issued(const struct certificate *c)
{
	return bytes_equal(c->subject, c->issuer);
}

static bool is_issuer(const struct certificate *issuer, const struct certificate *c)
{
	return bytes_equal(issuer->subject, c->issuer) && certificate_verify(c, issuer->key, NULL) == 0;
}

/* Of several with the same name and key the one that lasts longest. */
static const struct certificate *find_issuer(const struct ca_pool *pool,
                                             const struct certificate *of)
{
	const struct certificate *found = NULL;
	for (size_t i = 0; i < pool->count; i++) {
		const struct certificate *c = &pool->list[i];
		if ((!found || c->not_after > found->not_after) && is_issuer(c, of))
			found = c;
	}
	return found;
}

static bool is_known(const struct ca_pool *pool, const struct certificate *c)
{
	for (size_t i = 0; i < pool->count; i++)
		if (pool->trusted[i] && bytes_equal(pool->list[i].subject, c->subject) &&
		    pubkey_equal(pool->list[i].key, c->key))
			return true;
	return false;
}

static int climb(const struct ca_pool *pool, const struct certificate *first,
                 struct bytes chain[LIMIT_CHAIN], size_t *count, struct error *err)
{
	const struct certificate *c = first;
	bool known = is_issuer(c, c);
	chain[0] = c->der;
	*count = 1;
	while (!(is_self_issued(c) && is_issuer(c, c))) {
		const struct certificate *issuer = find_issuer(pool, c);
		if (!issuer)
			break;
		if (*count == LIMIT_CHAIN)
			return error_set(err, SIGNET_E_INVALID, "more than %d certificates in the chain",
			                 LIMIT_CHAIN);
		chain[(*count)++] = issuer->der;
		known = known || is_known(pool, issuer);
		c = issuer;
	}
	if (known)
		return 0;
	const char *issuer = name_to_text(pool->arena, first->issuer);
	return error_set(err, SIGNET_E_INVALID, "its issuer %s, with the key that signed it, is not known "
	                 "here: name its certificate with --issuer-certificate", issuer ? issuer : "?");
}

int ca_chain_build(const struct ca_pool *pool, struct bytes certificate,
                   struct bytes chain[LIMIT_CHAIN], size_t *count, struct error *err)
{
	struct certificate first;
	int result = certificate_parse(&first, pool->arena, certificate, err);
	if (result)
		return result;
	result = climb(pool, &first, chain, count, err);
	certificate_clear(&first);
	return result;
}

static int check_name(const struct ca_authority *a, const struct certificate *c,
                      struct error *err)
{
	struct bytes before = a->certificate.subject;
	if (bytes_equal(c->subject, before))
		return 0;
	if (name_equal(c->subject, before))
		return error_set(err, SIGNET_E_BAD_NAME, "the subject is the same, but in other types of "
		                 "strings: those who verify compare octets");
	const char *was = name_to_text(a->arena, before), *is = name_to_text(a->arena, c->subject);
	return error_set(err, SIGNET_E_BAD_NAME, "it is for %s, not for %s: the name of an authority never "
	                 "changes; set up another authority for another name", is ? is : "?",
	                 was ? was : "?");
}

static int check_steps_back(const struct ca_authority *a, const struct certificate *c,
                            struct error *err)
{
	int before = PATH_LENGTH_NONE, after = PATH_LENGTH_NONE;
	if (c->not_after < a->certificate.not_after)
		return error_set(err, SIGNET_E_CONFLICT,
		                 "it ends before the present certificate: --force, if that is meant");
	certificate_is_ca(&a->certificate, &before);
	certificate_is_ca(c, &after);
	if (after != PATH_LENGTH_NONE && (before == PATH_LENGTH_NONE || after < before))
		return error_set(err, SIGNET_E_CONFLICT, "it allows fewer CAs below than the present "
		                 "certificate (path length): --force, if that is meant");
	return 0;
}

int ca_chain_check(const struct ca_authority *a, const struct bytes *chain, size_t count,
                   const struct key *key, int64_t now, bool force, struct error *err)
{
	struct certificate c;
	int result = certificate_parse(&c, a->arena, chain[0], err);
	if (result)
		return result;
	if (bytes_equal(c.der, a->certificate.der))
		result = error_set(err, SIGNET_E_EXISTS, "it is the present certificate");
	if (result == 0)
		result = check_name(a, &c, err);
	if (result == 0)
		result = authority_check_chain(a->arena, chain, count, key, now, err);
	if (result == 0 && !force)
		result = check_steps_back(a, &c, err);
	certificate_clear(&c);
	return result;
}

int ca_chain_end(struct arena *arena, const struct bytes *chain, size_t count, int64_t *out,
                 struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct certificate c;
		int result = certificate_parse(&c, arena, chain[i], err);
		if (result)
			return result;
		if (i == 0 || c.not_after < *out)
			*out = c.not_after;
		certificate_clear(&c);
	}
	return 0;
}
