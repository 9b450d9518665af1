#include "engine/adopt.h"

#include "base/encoding.h"
#include "base/log.h"
#include "engine/import_private.h"

#define ACTOR "engine"

struct adopting {
	struct engine *engine;
	const struct configuration *configuration;
	struct arena *arena;   /* as long as all of it, */
	struct arena *scratch; /* and as a look at one certificate */
	struct import_item items[LIMIT_IMPORT];
	size_t count;
};

static int verify(const struct authority *key, void *arg)
{
	const struct certificate *certificate = arg;
	return certificate_verify(certificate, key->certificate.key, NULL);
}

/* Whether another key of ours has signed it. */
static bool is_issued_here(const struct adopting *a, struct bytes der)
{
	struct certificate certificate;
	const struct authority *signer;
	arena_clear(a->scratch);
	if (certificate_parse(&certificate, a->scratch, der, NULL))
		return false;
	bool is = import_find_key(a->configuration, "", certificate.issuer, verify, &certificate,
	                          &signer) == 0 &&
	          !pubkey_equal(certificate.key, signer->certificate.key);
	certificate_clear(&certificate);
	return is;
}

static bool is_there(const struct adopting *a, struct bytes der)
{
	for (size_t i = 0; i < a->count; i++)
		if (bytes_equal(a->items[i].der, der))
			return true;
	return false;
}

static void log_refusal(const struct adopting *a, const struct import_refusal *refusal)
{
	struct error err = {0};
	struct certificate certificate;
	error_set(&err, refusal->code, "%s", refusal->message);
	arena_clear(a->scratch);
	if (certificate_parse(&certificate, a->scratch, a->items[refusal->item].der, NULL))
		return;
	const char *serial = hex_text(a->scratch, certificate.serial);
	log_error(LOG_WARNING, "authority-certificate-not-recorded", &err, "serial", serial ? serial : "", NULL);
	certificate_clear(&certificate);
}

/* First it is only looked: a load that brings nothing new writes nothing. */
static int import(struct adopting *a, struct error *err)
{
	struct import_order order = {.items = a->items, .count = a->count, .authority = "",
	                             .unexpired = true, .check = true, .actor = ACTOR};
	struct import_result made;
	int result = a->count ? import_certificates(a->engine, a->configuration, a->arena, &order, &made, err)
	                      : 0;
	if (result || a->count == 0)
		return result;
	for (size_t i = 0; i < made.refused_count; i++)
		log_refusal(a, &made.refused[i]);
	order.check = false;
	if (made.imported)
		result = import_certificates(a->engine, a->configuration, a->arena, &order, &made, err);
	a->count = 0;
	return result;
}

static int take(struct adopting *a, struct bytes der, struct error *err)
{
	int result = a->count == LIMIT_IMPORT ? import(a, err) : 0;
	if (result == 0 && !is_there(a, der) && is_issued_here(a, der))
		a->items[a->count++] = (struct import_item){.der = der};
	return result;
}

static int take_all(struct adopting *a, const struct bytes *list, size_t count, struct error *err)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < count; i++)
		result = take(a, list[i], err);
	return result;
}

static int adopt(struct adopting *a, struct error *err)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < a->configuration->authority_count; i++) {
		const struct authority *authority = &a->configuration->authorities[i];
		for (size_t k = 0; result == 0 && k < authority->previous_count; k++)
			result = take_all(a, authority->previous[k].chain, authority->previous[k].chain_count, err);
		if (result == 0)
			result = take_all(a, authority->chain, authority->chain_count, err);
		if (result == 0)
			result = take_all(a, authority->cross, authority->cross_count, err);
	}
	return result ? result : import(a, err);
}

void adopt_authorities(struct engine *engine)
{
	struct error err = {0};
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA), *scratch = arena_new(LIMIT_REQUEST_ARENA);
	struct adopting *a = arena && scratch ? arena_alloc(arena, sizeof *a) : NULL;
	struct configuration *c = configuration_take(engine->holder);
	int result = a ? 0 : error_nomem(&err);
	if (a) {
		*a = (struct adopting){.engine = engine, .configuration = c, .arena = arena,
		                       .scratch = scratch};
		result = adopt(a, &err);
	}
	if (result)
		log_error(LOG_ERROR, "authority-certificates-not-recorded", &err, NULL);
	configuration_release(engine->holder, c);
	arena_free(scratch);
	arena_free(arena);
}
