/*
 * Which of the indexes that a query names leads to the fewest certificates: their entries are counted side
 * by side, without a look at what they lead to, until some have ended.
 */
#include "engine/search_private.h"

/* Entries of each index. What has more is found soon enough along the order, or not at all in one page. */
#define PROBE_MAX 16384
#define PROBE_FIRST 64 /* in the first round; in each that follows twice as many */
#define PROBE_US 5000
#define CANDIDATES 11 /* the order, and each index that there is */

struct candidate {
	struct search search;
	struct walk walk;
	struct walk_place place;
	size_t left, counted;
};

struct probing {
	struct candidate candidates[CANDIDATES];
	size_t count;
};

static int count_one(struct store_txn *txn, void *arg, unsigned table, uint64_t id, struct bytes key)
{
	struct candidate *candidate = arg;
	(void)txn, (void)table, (void)id, (void)key;
	if (candidate->left == 0)
		return WALK_FULL;
	candidate->left--;
	candidate->counted++;
	return 0;
}

static void add(struct probing *p, const struct search *search, enum search_index index, bool usable)
{
	if (!usable || search->index == index)
		return;
	p->candidates[p->count].search = *search;
	p->candidates[p->count++].search.index = index;
}

static void add_all(struct probing *p, const struct search *s)
{
	const struct signet_certificate_query *q = s->query;
	add(p, s, SEARCH_KEY, q->key);
	add(p, s, SEARCH_NAME, s->name.given && !s->name.pattern);
	add(p, s, SEARCH_SERIAL, s->serial_length);
	add(p, s, SEARCH_PATTERN, s->name.pattern && s->name.begin.length);
	add(p, s, SEARCH_REQUESTER, q->requester && *q->requester);
	add(p, s, SEARCH_CHANGED, q->state == SIGNET_REVOKED || q->state == SIGNET_HELD);
	add(p, s, SEARCH_EXPIRY, q->expires_after || q->expires_before || q->state == SIGNET_EXPIRED ||
	    q->state == SIGNET_VALID);
	add(p, s, SEARCH_PROFILE, q->profile && *q->profile);
	add(p, s, SEARCH_AUTHORITY, q->authority && *q->authority);
	add(p, s, SEARCH_IDS, s->windowed);
}

/* Some more of it; whether it has ended. */
static int count_some(struct store_txn *txn, struct candidate *candidate, size_t most, bool *ended)
{
	struct walk walk = candidate->walk;
	walk.look = count_one;
	walk.arg = candidate;
	walk.budget_us = PROBE_US;
	candidate->left = most;
	int result = walk_run(txn, &walk, &candidate->place);
	*ended = candidate->place.length == 0;
	return result;
}

static int find_fewest(struct store_txn *txn, struct probing *p, struct candidate **out)
{
	int result = 0;
	*out = NULL;
	for (size_t most = PROBE_FIRST; result == 0 && !*out && most < PROBE_MAX; most *= 2)
		for (size_t i = 0; result == 0 && i < p->count; i++) {
			struct candidate *candidate = &p->candidates[i];
			bool ended = false;
			result = count_some(txn, candidate, most, &ended);
			if (ended && (!*out || candidate->counted < (*out)->counted))
				*out = candidate;
		}
	return result;
}

static int plan_all(struct store_txn *txn, struct probing *p)
{
	int result = 0;
	size_t planned = 1; /* the first has its walk */
	for (size_t i = 1; result == 0 && i < p->count; i++) {
		struct candidate candidate = p->candidates[i];
		result = search_plan(txn, &candidate.search, &candidate.walk);
		if (result == SIGNET_E_TOO_BIG)
			result = 0; /* more CRLs than are walked at once */
		else if (result == 0)
			p->candidates[planned++] = candidate;
	}
	p->count = planned;
	return result;
}

int search_probe(struct store_txn *txn, const struct search *search, const struct walk *walk,
                 struct search_other *out)
{
	struct candidate *fewest = NULL;
	struct probing *p = arena_alloc(search->arena, sizeof *p);
	if (!p)
		return SIGNET_E_NOMEM;
	*p = (struct probing){.candidates = {{.search = *search, .walk = *walk}}, .count = 1};
	add_all(p, search);
	*out = (struct search_other){.sorting = SEARCH_WALKED};
	int result = plan_all(txn, p);
	if (result || p->count == 1)
		return result;
	result = find_fewest(txn, p, &fewest);
	if (fewest && fewest != p->candidates)
		*out = (struct search_other){SEARCH_SORTED, fewest->search, fewest->walk};
	else if (!fewest)
		out->sorting = SEARCH_TOO_MANY;
	return result;
}
