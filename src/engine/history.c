#include "engine/history.h"

#include "api/draft.h"
#include "engine/tally.h"

/* A scope that a rule has counted. */
struct scope_claim {
	struct scope_claim *next;
	struct tally tally;
	uint64_t below;  /* the rule relies on fewer than this; 0: on nothing */
};

/* Something that was said of certificates like the one at hand. */
struct like_claim {
	struct like_claim *next;
	const struct alike *alike;
	enum signet_likeness likeness; /* 0: that the key is nobody else's */
	int64_t since;
	uint64_t below;
	uint64_t count; /* what was found */
	uint64_t stored; /* certificates that had ever been, then */
};

struct history {
	struct arena *arena;
	struct database *database;
	int64_t now;
	struct draft_history interface;
	struct store_txn *snapshot; /* NULL: it rests */
	struct scope_claim *scopes;
	struct like_claim *likes;
	/* the last identity that was asked about, and what it is compared by */
	struct draft_identity identity;
	struct alike *alike;
};

/* All questions of a judgement look at one snapshot, unless it rests in between. */
static int wake(struct history *history, struct error *err)
{
	return history->snapshot ? 0 : store_snapshot_open(&history->snapshot,
	                                                   database_store(history->database), err);
}

void history_rest(struct history *history)
{
	store_snapshot_close(history->snapshot);
	history->snapshot = NULL;
}

/* ---- scopes ---- */

/* The claim of this scope, which is made where there is none. */
static int find_claim(struct history *history, const struct tally *tally, struct scope_claim **out)
{
	struct scope_claim *claim = history->scopes;
	while (claim && !tally_is_same(&claim->tally, tally))
		claim = claim->next;
	if (!claim) {
		claim = arena_alloc(history->arena, sizeof *claim);
		if (!claim)
			return SIGNET_E_NOMEM;
		claim->tally = *tally;
		claim->next = history->scopes;
		history->scopes = claim;
	}
	*out = claim;
	return claim->tally.window == tally->window ? 0 : SIGNET_E_INVALID;
}

static int count(void *arg, const char *rule, struct bytes scope, int64_t window, uint64_t max,
                 uint64_t *out)
{
	struct history *history = arg;
	struct scope_claim *claim;
	struct tally tally;
	uint64_t found;
	int result = tally_make(&tally, rule, scope, window);
	if (result == 0)
		result = find_claim(history, &tally, &claim);
	if (result == 0)
		result = wake(history, NULL);
	if (result == 0)
		result = tally_sum(history->snapshot, &tally, history->now, &found);
	if (result)
		return result;
	if (found < max && (!claim->below || max < claim->below))
		claim->below = max;
	*out = found;
	return 0;
}

static int check_scope(struct store_txn *txn, const struct history *history,
                       const struct scope_claim *claim)
{
	uint64_t now;
	if (!claim->below)
		return 0;
	int result = tally_sum(txn, &claim->tally, history->now, &now);
	return result ? result : now < claim->below ? 0 : SIGNET_E_CONFLICT;
}

/* ---- likeness ---- */

/* What a draft sets is copied to a new place: the same places are the same identity. */
static bool is_last(const struct history *history, const struct draft_identity *who)
{
	const struct draft_identity *last = &history->identity;
	return history->alike && last->key == who->key && last->subject.data == who->subject.data &&
	       last->subject.length == who->subject.length && last->names == who->names &&
	       last->name_count == who->name_count;
}

static int find_alike(struct history *history, const struct draft_identity *who,
                      const struct alike **out)
{
	if (!is_last(history, who)) {
		struct alike *alike = arena_alloc(history->arena, sizeof *alike);
		if (!alike)
			return SIGNET_E_NOMEM;
		int result = alike_make(alike, history->arena, who->key, who->subject, who->names,
		                        who->name_count);
		if (result)
			return result;
		history->alike = alike;
		history->identity = *who;
	}
	*out = history->alike;
	return 0;
}

int history_identify(struct history *history, const struct signet_draft *draft,
                     const struct pubkey *key, const struct alike **out)
{
	struct draft_identity who = {.key = key, .subject = signet_draft_subject(draft)};
	who.names = signet_draft_alt_names(draft, &who.name_count);
	return find_alike(history, &who, out);
}

/* Fills count and stored. A key that is shared counts as one. */
static int look_at_like(struct store_txn *txn, struct like_claim *claim)
{
	bool shared = false;
	int result = claim->likeness
		? alike_count(txn, claim->alike, claim->likeness, claim->since, claim->below,
		              &claim->count)
		: alike_key_is_shared(txn, claim->alike, &shared);
	if (!claim->likeness)
		claim->count = shared;
	claim->stored = database_stored(txn);
	return result ? result : store_error(txn);
}

static int keep_claim(struct history *history, const struct like_claim *claim)
{
	struct like_claim *kept = arena_memdup(history->arena, claim, sizeof *claim);
	if (!kept)
		return SIGNET_E_NOMEM;
	kept->next = history->likes;
	history->likes = kept;
	return 0;
}

/* Keeps what a rule may rely on. */
static int find_like(struct history *history, const struct draft_identity *who,
                     struct like_claim *claim)
{
	int result = find_alike(history, who, &claim->alike);
	if (result == 0 && !claim->likeness)
		result = alike_prepare(history->alike);
	if (result == 0)
		result = wake(history, NULL);
	if (result == 0)
		result = look_at_like(history->snapshot, claim);
	if (result == 0 && claim->count < claim->below)
		result = keep_claim(history, claim);
	return result;
}

static int count_like(void *arg, const struct draft_identity *who, enum signet_likeness likeness,
                      int64_t window, uint64_t max, uint64_t *out)
{
	struct history *history = arg;
	struct like_claim claim = {
		.likeness = likeness, .since = history->now - window, .below = max};
	int result = find_like(history, who, &claim);
	if (result == 0)
		*out = claim.count;
	return result;
}

static int key_is_shared(void *arg, const struct draft_identity *who, bool *shared)
{
	struct like_claim claim = {.likeness = 0, .below = 1};
	int result = find_like(arg, who, &claim);
	if (result == 0)
		*shared = claim.count;
	return result;
}

/* No more can have come than were stored since, and what was pruned takes nothing from that: far below a
 * limit, it is all there is to know. */
static bool must_stand(struct store_txn *txn, const struct like_claim *claim)
{
	return database_stored(txn) - claim->stored < claim->below - claim->count;
}

/* What has become too much to look at is a conflict, too: the rule then hears of it. */
static int check_like(struct store_txn *txn, const struct like_claim *claim)
{
	struct like_claim now = *claim;
	if (must_stand(txn, claim))
		return 0;
	int result = look_at_like(txn, &now);
	if (result)
		return result == SIGNET_E_TOO_BIG ? SIGNET_E_CONFLICT : result;
	return now.count < now.below ? 0 : SIGNET_E_CONFLICT;
}

/* ---- */

static void rest(void *arg)
{
	history_rest(arg);
}

struct history *history_new(struct arena *arena, struct database *database, int64_t now)
{
	struct history *history = arena_alloc(arena, sizeof *history);
	if (!history)
		return NULL;
	*history = (struct history){.arena = arena, .database = database, .now = now};
	history->interface = (struct draft_history){count, count_like, key_is_shared, rest, history};
	return history;
}

int history_snapshot(struct history *history, struct store_txn **out, struct error *err)
{
	int result = wake(history, err);
	if (result == 0)
		*out = history->snapshot;
	return result;
}

void history_attach(struct history *history, struct signet_draft *draft)
{
	signet_draft_set_history(draft, &history->interface);
}

/* All are looked at before any is counted; the last one needs one look for both. */
static int claim_scopes(struct store_txn *txn, const struct history *history)
{
	const struct scope_claim *s = history->scopes;
	int result = 0;
	if (!s)
		return 0;
	for (; result == 0 && s->next; s = s->next)
		result = check_scope(txn, history, s);
	if (result == 0)
		result = tally_take(txn, &s->tally, history->now, s->below);
	for (s = history->scopes; result == 0 && s->next; s = s->next)
		tally_add(txn, &s->tally, history->now);
	return result;
}

int history_claim(struct store_txn *txn, const struct history *history)
{
	int result = 0;
	for (const struct like_claim *l = history->likes; result == 0 && l; l = l->next)
		result = check_like(txn, l);
	if (result == 0)
		result = claim_scopes(txn, history);
	return result ? store_fail(txn, result) : store_error(txn);
}
