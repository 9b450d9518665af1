#include "engine/approval.h"

#include "crypto/hash.h"
#include "engine/records.pb-c.h"

/* The latest of them are kept. */
#define VOID_MAX (2 * LIMIT_APPROVALS)

static struct bytes octets(ProtobufCBinaryData data)
{
	return bytes_make(data.data, data.len);
}

/* ---- marks ---- */

/* Each part is hashed by itself: none can pass for the end of another. */
static int absorb(uint8_t digest[APPROVAL_DIGEST], struct bytes part)
{
	uint8_t block[2 * APPROVAL_DIGEST];
	memcpy(block, digest, APPROVAL_DIGEST);
	int result = hash_compute(HASH_SHA256, part, block + APPROVAL_DIGEST);
	return result ? result : hash_compute(HASH_SHA256, BYTES_OF(block), digest);
}

static int absorb_extension(uint8_t digest[APPROVAL_DIGEST], const Signet__Db__Extension *e)
{
	uint8_t critical = e->critical;
	int result = absorb(digest, octets(e->oid));
	if (result == 0)
		result = absorb(digest, bytes_make(&critical, 1));
	return result ? result : absorb(digest, octets(e->value));
}

int approval_mark(struct approval_mark *out, const struct Signet__Db__Request *record)
{
	const Signet__Db__Draft *draft = record->draft;
	struct approval_mark mark = {0};
	if (!draft)
		return SIGNET_E_CORRUPT;
	const struct bytes parts[] = {bytes_text(record->profile), bytes_text(record->authority),
	                              octets(record->csr), octets(draft->subject),
	                              octets(draft->alt_names)};
	int result = 0;
	for (size_t i = 0; result == 0 && i < sizeof parts / sizeof *parts; i++)
		result = absorb(mark.digest, parts[i]);
	for (size_t i = 0; result == 0 && i < draft->n_extensions; i++)
		result = absorb_extension(mark.digest, draft->extensions[i]);
	if (result)
		return result;
	mark.validity = draft->not_after - draft->not_before;
	*out = mark;
	return 0;
}

bool approval_covers(const struct approval_mark *approved, const struct approval_mark *drafted)
{
	return memcmp(approved->digest, drafted->digest, sizeof approved->digest) == 0 &&
	       drafted->validity <= approved->validity;
}

bool approval_counts(const struct Signet__Db__Approval *approval, const struct approval_mark *drafted)
{
	struct approval_mark approved = {.validity = approval->validity};
	if (approval->digest.len != sizeof approved.digest)
		return false;
	memcpy(approved.digest, approval->digest.data, sizeof approved.digest);
	return approval_covers(&approved, drafted);
}

/* ---- the record's lists ---- */

static size_t without(Signet__Db__Approval **list, size_t count, const char *actor)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i]->actor, actor) != 0)
			list[kept++] = list[i];
	return kept;
}

int approval_void(struct arena *arena, struct Signet__Db__Request *record, bool all)
{
	size_t most = record->n_voided + record->n_approvals, count = record->n_voided, kept = 0;
	Signet__Db__Approval **list = arena_array(arena, most, sizeof(Signet__Db__Approval *));
	struct approval_mark mark;
	if (record->n_approvals == 0)
		return 0;
	if (!list)
		return SIGNET_E_NOMEM;
	int result = approval_mark(&mark, record);
	if (result)
		return result;
	if (count)
		memcpy(list, record->voided, count * sizeof(Signet__Db__Approval *));
	for (size_t i = 0; i < record->n_approvals; i++) {
		Signet__Db__Approval *approval = record->approvals[i];
		if (!all && approval_counts(approval, &mark)) {
			record->approvals[kept++] = approval;
			continue;
		}
		count = without(list, count, approval->actor);
		list[count++] = approval;
	}
	record->n_approvals = kept;
	record->voided = count > VOID_MAX ? list + (count - VOID_MAX) : list;
	record->n_voided = count > VOID_MAX ? VOID_MAX : count;
	return 0;
}

static Signet__Db__Approval *make(struct arena *arena, const struct approval_mark *mark,
                                  const char *actor, int64_t time)
{
	Signet__Db__Approval *approval = arena_alloc(arena, sizeof *approval);
	uint8_t *digest = arena_memdup(arena, mark->digest, sizeof mark->digest);
	if (!approval || !digest)
		return NULL;
	signet__db__approval__init(approval);
	approval->actor = (char *)(uintptr_t)actor;
	approval->time = time;
	approval->digest = (ProtobufCBinaryData){sizeof mark->digest, digest};
	approval->validity = mark->validity;
	return approval;
}

int approval_add(struct arena *arena, struct Signet__Db__Request *record, uint64_t id,
                 const char *actor, int64_t time, struct error *err)
{
	struct approval_mark mark;
	size_t count = record->n_approvals;
	for (size_t i = 0; i < count; i++)
		if (strcmp(record->approvals[i]->actor, actor) == 0)
			return error_set(err, SIGNET_E_EXISTS, "%s has approved request %llu already",
			                 actor, (unsigned long long)id);
	int result = approval_mark(&mark, record);
	if (result)
		return error_set(err, result, "the draft of request %llu does not read back",
		                 (unsigned long long)id);
	Signet__Db__Approval **list =
		arena_array(arena, count + 1, sizeof(Signet__Db__Approval *));
	Signet__Db__Approval *approval = make(arena, &mark, actor, time);
	if (!list || !approval)
		return error_nomem(err);
	if (count)
		memcpy(list, record->approvals, count * sizeof(Signet__Db__Approval *));
	list[count] = approval;
	record->approvals = list;
	record->n_approvals = count + 1;
	record->n_voided = without(record->voided, record->n_voided, actor);
	return 0;
}
