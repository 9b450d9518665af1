#include "engine/ocsp.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/recent.h"
#include "engine/revoke_key.h"

/* Seconds after which a responder that could not be made is tried again. */
#define RETRY 60

struct ocsp {
	struct engine *engine;
	pthread_mutex_t making; /* held by who makes a new set */
	pthread_mutex_t lock;   /* guards set, its references and failed */
	struct ocsp_set *set;
	int64_t failed;         /* when a responder could not be made; 0: all are well */
	_Atomic uint64_t answered, refused;
};

struct engine *ocsp_engine(const struct ocsp *ocsp)
{
	return ocsp->engine;
}

void ocsp_count(struct ocsp *ocsp, bool answered)
{
	atomic_fetch_add(answered ? &ocsp->answered : &ocsp->refused, 1);
}

/* ---- sets ---- */

static void free_set(struct engine *engine, struct ocsp_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		responder_clear(&set->items[i]);
	configuration_release(engine->holder, set->configuration);
	free(set->items);
	free(set);
}

struct ocsp_set *ocsp_take(struct ocsp *ocsp)
{
	pthread_mutex_lock(&ocsp->lock);
	struct ocsp_set *set = ocsp->set;
	if (set)
		set->references++;
	pthread_mutex_unlock(&ocsp->lock);
	return set;
}

void ocsp_release(struct ocsp *ocsp, struct ocsp_set *set)
{
	pthread_mutex_lock(&ocsp->lock);
	bool last = --set->references == 0;
	pthread_mutex_unlock(&ocsp->lock);
	if (last)
		free_set(ocsp->engine, set);
}

static size_t count_keys(const struct configuration *c)
{
	size_t count = 0;
	for (size_t i = 0; i < c->authority_count; i++)
		if (c->authorities[i].ocsp.answers)
			count += 1 + c->authorities[i].previous_count;
	return count;
}

static int add(struct ocsp_set *set, const struct authority *authority, struct error *err)
{
	int result = responder_init(&set->items[set->count], authority, err);
	if (result == 0)
		set->count++;
	return result;
}

static int make_set(struct ocsp_set **out, struct engine *engine, struct error *err)
{
	struct ocsp_set *set = calloc(1, sizeof *set);
	if (!set)
		return error_nomem(err);
	set->references = 1;
	set->configuration = configuration_take(engine->holder);
	const struct configuration *c = set->configuration;
	set->items = calloc(count_keys(c) + 1, sizeof *set->items);
	int result = set->items ? 0 : error_nomem(err);
	for (size_t i = 0; result == 0 && i < c->authority_count; i++) {
		const struct authority *a = &c->authorities[i];
		if (!a->ocsp.answers)
			continue;
		result = add(set, a, err);
		for (size_t k = 0; result == 0 && k < a->previous_count; k++)
			result = add(set, &a->previous[k], err);
	}
	if (result)
		free_set(engine, set);
	else
		*out = set;
	return result;
}

/* ---- responders ---- */

static void fail(struct ocsp *ocsp, struct responder *r, const struct error *err)
{
	struct error said = *err;
	memcpy(r->trouble, err->message, sizeof r->trouble);
	error_prefix(&said, "the OCSP responder of '%s'", r->authority->public_name);
	log_error(LOG_ERROR, "ocsp-responder-failed", &said, NULL);
	pthread_mutex_lock(&ocsp->lock);
	ocsp->failed = clock_now();
	pthread_mutex_unlock(&ocsp->lock);
}

/* Loads it, and makes it anew where it is wanted and not there or of no use any more. wanted: by name of
 * its key, what somebody has asked for; NULL: nobody. */
static void prepare(struct ocsp *ocsp, struct ocsp_set *set, struct responder *r,
                    const char *wanted)
{
	struct error err = {0};
	const struct authority *a = r->authority;
	int64_t now = clock_now();
	r->own = !a->ocsp.delegated || revoke_key_is_marked(ocsp->engine->database, a->issuer);
	int result = responder_load(r, ocsp->engine->state, now, &err);
	bool asked = a->ocsp.eager || (wanted && strcmp(wanted, a->public_name) == 0);
	if (result == SIGNET_E_NOT_FOUND && !asked)
		return;
	if (result && result != SIGNET_E_NOT_FOUND)
		log_error(LOG_WARNING, "ocsp-responder-unusable", &err, "authority", a->public_name,
		          NULL);
	bool revoked = result == 0 && responder_is_revoked(r, ocsp->engine->database);
	if (result == 0 && !revoked && !responder_is_due(r, now))
		return;
	if (revoked)
		responder_clear(r);
	if (r->own || responder_renew(r, ocsp->engine, set->configuration, &err))
		fail(ocsp, r, &err);
}

static void keep_counts(const struct ocsp_set *from, struct ocsp_set *to)
{
	for (size_t i = 0; from && i < from->count; i++)
		for (size_t k = 0; k < to->count; k++)
			if (memcmp(from->items[i].authority->issuer, to->items[k].authority->issuer,
			           AUTHORITY_ISSUER_SIZE) == 0)
				to->items[k].answers = atomic_load(&from->items[i].answers);
}

/* Whether answers of the one are as good as those of the other. */
static bool is_same(const struct ocsp_set *a, const struct ocsp_set *b)
{
	if (!a || a->configuration != b->configuration || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!a->items[i].signer != !b->items[i].signer ||
		    memcmp(a->items[i].serial, b->items[i].serial, SERIAL_SIZE) != 0)
			return false;
	return true;
}

/* making is held. *changed: what is kept of answers is to be forgotten. */
static int replace(struct ocsp *ocsp, const char *wanted, bool *changed, struct error *err)
{
	struct ocsp_set *set = NULL, *before;
	int result = make_set(&set, ocsp->engine, err);
	if (result)
		return result;
	pthread_mutex_lock(&ocsp->lock);
	ocsp->failed = 0;
	pthread_mutex_unlock(&ocsp->lock);
	for (size_t i = 0; i < set->count; i++)
		prepare(ocsp, set, &set->items[i], wanted);
	pthread_mutex_lock(&ocsp->lock);
	before = ocsp->set;
	keep_counts(before, set);
	*changed = !is_same(before, set);
	ocsp->set = set;
	pthread_mutex_unlock(&ocsp->lock);
	if (before)
		ocsp_release(ocsp, before);
	return 0;
}

int ocsp_refresh(struct ocsp *ocsp, struct error *err)
{
	bool changed = false;
	pthread_mutex_lock(&ocsp->making);
	int result = replace(ocsp, NULL, &changed, err);
	pthread_mutex_unlock(&ocsp->making);
	if (changed)
		recent_add_all(ocsp->engine->recent);
	return result;
}

/* When there is something to do. */
static int64_t find_due(struct ocsp *ocsp)
{
	int64_t due = INT64_MAX;
	pthread_mutex_lock(&ocsp->lock);
	if (ocsp->failed)
		due = ocsp->failed + RETRY;
	for (size_t i = 0; !ocsp->failed && i < ocsp->set->count; i++) {
		const struct responder *r = &ocsp->set->items[i];
		if (r->renewal && r->renewal < due)
			due = r->renewal;
	}
	pthread_mutex_unlock(&ocsp->lock);
	return due;
}

/* It is to sign no more. */
static bool is_over(const struct ocsp *ocsp, const struct responder *r)
{
	return !r->own && (responder_is_revoked(r, ocsp->engine->database) ||
	                   revoke_key_is_marked(ocsp->engine->database, r->authority->issuer));
}

static bool is_any_over(struct ocsp *ocsp)
{
	struct ocsp_set *set = ocsp_take(ocsp);
	bool found = false;
	for (size_t i = 0; !found && i < set->count; i++)
		found = is_over(ocsp, &set->items[i]);
	ocsp_release(ocsp, set);
	return found;
}

int ocsp_keep(struct ocsp *ocsp, int64_t *due, struct error *err)
{
	int64_t next = find_due(ocsp);
	int result = next <= clock_now() || is_any_over(ocsp) ? ocsp_refresh(ocsp, err) : 0;
	next = find_due(ocsp);
	if (next < *due)
		*due = next;
	return result;
}

void ocsp_note_revoked(struct ocsp *ocsp, struct bytes serial)
{
	struct ocsp_set *set = ocsp_take(ocsp);
	struct error err = {0};
	bool ours = false;
	for (size_t i = 0; i < set->count; i++) {
		const struct responder *r = &set->items[i];
		ours |= !r->own && bytes_equal(serial, bytes_make(r->serial, r->serial_length));
	}
	ocsp_release(ocsp, set);
	if (ours && ocsp_refresh(ocsp, &err))
		log_error(LOG_ERROR, "ocsp-responder-failed", &err, NULL);
}

static bool is_there(struct ocsp *ocsp, const struct authority *authority)
{
	struct ocsp_set *set = ocsp_take(ocsp);
	bool found = false;
	for (size_t i = 0; i < set->count; i++)
		found |= set->items[i].signer &&
		         strcmp(set->items[i].authority->public_name, authority->public_name) == 0;
	ocsp_release(ocsp, set);
	return found;
}

int ocsp_make(struct ocsp *ocsp, const struct authority *authority, struct error *err)
{
	int result = 0;
	bool changed; /* of one that was not there nobody has answers */
	pthread_mutex_lock(&ocsp->making);
	/* another thread may have made it meanwhile */
	if (!is_there(ocsp, authority)) {
		pthread_mutex_lock(&ocsp->lock);
		bool too_soon = ocsp->failed && clock_now() < ocsp->failed + RETRY;
		pthread_mutex_unlock(&ocsp->lock);
		result = too_soon ? SIGNET_E_UNAVAILABLE : replace(ocsp, authority->public_name, &changed,
		                                              err);
	}
	if (result == 0 && !is_there(ocsp, authority))
		result = SIGNET_E_UNAVAILABLE;
	pthread_mutex_unlock(&ocsp->making);
	return result == SIGNET_E_UNAVAILABLE
		? error_set(err, result, "the OCSP responder of '%s' cannot be made",
		            authority->public_name) : result;
}

int ocsp_new(struct ocsp **out, struct engine *engine, struct error *err)
{
	struct ocsp *ocsp = calloc(1, sizeof *ocsp);
	if (!ocsp)
		return error_nomem(err);
	ocsp->engine = engine;
	pthread_mutex_init(&ocsp->making, NULL);
	pthread_mutex_init(&ocsp->lock, NULL);
	bool changed;
	int result = replace(ocsp, NULL, &changed, err);
	if (result) {
		ocsp_free(ocsp);
		return result;
	}
	*out = ocsp;
	return 0;
}

void ocsp_free(struct ocsp *ocsp)
{
	if (!ocsp)
		return;
	if (ocsp->set)
		ocsp_release(ocsp, ocsp->set);
	pthread_mutex_destroy(&ocsp->making);
	pthread_mutex_destroy(&ocsp->lock);
	free(ocsp);
}

int ocsp_status(struct ocsp *ocsp, struct ocsp_totals *totals,
                int (*visit)(void *arg, const struct responder *responder), void *arg)
{
	struct ocsp_set *set = ocsp_take(ocsp);
	int result = 0;
	*totals = (struct ocsp_totals){atomic_load(&ocsp->answered), atomic_load(&ocsp->refused)};
	for (size_t i = 0; result == 0 && i < set->count; i++)
		result = visit(arg, &set->items[i]);
	ocsp_release(ocsp, set);
	return result;
}
