#include "api/draft.h"

#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/limits.h"

enum changed { CHANGED_SUBJECT = 1, CHANGED_VALIDITY = 2, CHANGED_ALT_NAMES = 4 };

/* An extension that was changed since signet_draft_begin, or that was taken out. */
struct change {
	struct change *next;
	struct bytes oid;
};

struct signet_draft {
	struct arena *arena;
	const struct draft_history *history; /* NULL: none */
	const char *rule;          /* that counts; NULL: none */
	enum signet_origin origin; /* of the changes to come */
	unsigned changed;          /* enum changed, since signet_draft_begin */
	struct change *first_change;
	struct change *first_removed;
	size_t removed_count;
	struct bytes subject;
	struct signet_subject read; /* the same; parts NULL: not read yet */
	enum signet_origin subject_origin;
	int64_t not_before;
	int64_t not_after;
	struct general_name *alt_names;
	size_t alt_name_count;
	enum signet_origin alt_names_origin;
	struct signet_draft_extension extensions[LIMIT_EXTENSIONS];
	size_t extension_count;
};

struct signet_draft *signet_draft_new(struct arena *arena)
{
	struct signet_draft *draft = arena_alloc(arena, sizeof *draft);
	if (!draft)
		return NULL;
	draft->arena = arena;
	draft->origin = SIGNET_ORIGIN_ENGINE;
	draft->subject = NAME_EMPTY;
	draft->subject_origin = SIGNET_ORIGIN_ENGINE;
	draft->alt_names_origin = SIGNET_ORIGIN_ENGINE;
	return draft;
}

void signet_draft_begin(struct signet_draft *draft, enum signet_origin origin)
{
	draft->origin = origin;
	draft->changed = 0;
	draft->first_change = NULL;
}

void signet_draft_set_history(struct signet_draft *draft, const struct draft_history *history)
{
	draft->history = history;
}

void signet_draft_rest(struct signet_draft *draft)
{
	if (draft->history)
		draft->history->rest(draft->history->arg);
}

void signet_draft_set_rule(struct signet_draft *draft, const char *rule)
{
	draft->rule = rule;
}

static bool is_window(int64_t window)
{
	return window >= SIGNET_WINDOW_MIN && window <= SIGNET_WINDOW_MAX;
}

int signet_draft_count(struct signet_draft *draft, struct bytes scope, int64_t window,
                       uint64_t max, uint64_t *count)
{
	if (!draft->history || !draft->rule)
		return SIGNET_E_UNSUPPORTED;
	if (!is_window(window))
		return SIGNET_E_INVALID;
	return draft->history->count(draft->history->arg, draft->rule, scope, window, max, count);
}

static struct draft_identity identity(const struct signet_draft *draft, const struct pubkey *key)
{
	return (struct draft_identity){key, draft->subject, draft->alt_names,
	                               draft->alt_name_count};
}

int signet_draft_count_like(struct signet_draft *draft, enum signet_likeness likeness,
                            const struct pubkey *key, int64_t window, uint64_t max,
                            uint64_t *count)
{
	const struct draft_identity who = identity(draft, key);
	if (!draft->history)
		return SIGNET_E_UNSUPPORTED;
	if (!is_window(window))
		return SIGNET_E_INVALID;
	return draft->history->count_like(draft->history->arg, &who, likeness, window, max, count);
}

int signet_draft_key_is_shared(struct signet_draft *draft, const struct pubkey *key, bool *shared)
{
	const struct draft_identity who = identity(draft, key);
	if (!draft->history)
		return SIGNET_E_UNSUPPORTED;
	return draft->history->key_is_shared(draft->history->arg, &who, shared);
}

struct arena *signet_draft_arena(struct signet_draft *draft)
{
	return draft->arena;
}

struct bytes signet_draft_subject(const struct signet_draft *draft)
{
	return draft->subject;
}

enum signet_origin signet_draft_subject_origin(const struct signet_draft *draft)
{
	return draft->subject_origin;
}

int signet_draft_set_subject(struct signet_draft *draft, struct bytes name)
{
	struct bytes copy;
	if (arena_bytes(draft->arena, name, &copy))
		return SIGNET_E_NOMEM;
	if (!bytes_equal(copy, draft->subject))
		draft->changed |= CHANGED_SUBJECT;
	draft->subject = copy;
	draft->read.parts = NULL;
	draft->subject_origin = draft->origin;
	return 0;
}

static size_t count_parts(struct bytes name)
{
	struct name_reader reader = name_open(name);
	struct name_part part;
	size_t count = 0;
	while (name_next(&reader, &part))
		count++;
	return count;
}

static int read_parts(struct signet_draft *draft)
{
	size_t count = count_parts(draft->subject);
	struct name_part *parts = arena_array(draft->arena, count, sizeof *parts);
	const char **texts = arena_array(draft->arena, count, sizeof *texts);
	struct name_reader reader = name_open(draft->subject);
	if (!parts || !texts)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < count && name_next(&reader, &parts[i]); i++) {
		texts[i] = name_part_text(draft->arena, &parts[i]);
		if (!texts[i])
			return SIGNET_E_NOMEM;
	}
	draft->read = (struct signet_subject){parts, texts, count};
	return 0;
}

int signet_draft_read_subject(struct signet_draft *draft, struct signet_subject *out,
                              struct error *err)
{
	if (!draft->read.parts) {
		if (name_check(draft->subject, err))
			return SIGNET_E_BAD_NAME;
		if (read_parts(draft))
			return error_nomem(err);
	}
	*out = draft->read;
	return 0;
}

int64_t signet_draft_not_before(const struct signet_draft *draft)
{
	return draft->not_before;
}

int64_t signet_draft_not_after(const struct signet_draft *draft)
{
	return draft->not_after;
}

int signet_draft_set_validity(struct signet_draft *draft, int64_t not_before, int64_t not_after)
{
	if (not_before != draft->not_before || not_after != draft->not_after)
		draft->changed |= CHANGED_VALIDITY;
	draft->not_before = not_before;
	draft->not_after = not_after;
	return 0;
}

const struct general_name *signet_draft_alt_names(const struct signet_draft *draft, size_t *count)
{
	*count = draft->alt_name_count;
	return draft->alt_names;
}

enum signet_origin signet_draft_alt_names_origin(const struct signet_draft *draft)
{
	return draft->alt_names_origin;
}

static bool are_same_names(const struct signet_draft *draft, const struct general_name *names,
                           size_t count)
{
	if (count != draft->alt_name_count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (names[i].kind != draft->alt_names[i].kind ||
		    !bytes_equal(names[i].value, draft->alt_names[i].value))
			return false;
	return true;
}

int signet_draft_set_alt_names(struct signet_draft *draft, const struct general_name *names,
                               size_t count)
{
	if (count > LIMIT_SAN_COUNT)
		return SIGNET_E_TOO_BIG;
	struct general_name *copy = arena_array(draft->arena, count, sizeof *copy);
	if (!copy)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		copy[i].kind = names[i].kind;
		if (arena_bytes(draft->arena, names[i].value, &copy[i].value))
			return SIGNET_E_NOMEM;
	}
	if (!are_same_names(draft, names, count))
		draft->changed |= CHANGED_ALT_NAMES;
	draft->alt_names = copy;
	draft->alt_name_count = count;
	draft->alt_names_origin = draft->origin;
	return 0;
}

const struct signet_draft_extension *signet_draft_extensions(const struct signet_draft *draft,
                                                             size_t *count)
{
	*count = draft->extension_count;
	return draft->extensions;
}

static struct signet_draft_extension *find_extension(struct signet_draft *draft, struct bytes oid)
{
	for (size_t i = 0; i < draft->extension_count; i++)
		if (bytes_equal(draft->extensions[i].extension.oid, oid))
			return &draft->extensions[i];
	return NULL;
}

/* The place of the OID in a list, or that of its end. */
static struct change **find_change(struct change **list, struct bytes oid)
{
	while (*list && !bytes_equal((*list)->oid, oid))
		list = &(*list)->next;
	return list;
}

/* oid lives as long as the draft. */
static int add_change(struct signet_draft *draft, struct change **list, struct bytes oid)
{
	struct change **at = find_change(list, oid);
	if (*at)
		return 0;
	struct change *change = arena_alloc(draft->arena, sizeof *change);
	if (!change)
		return SIGNET_E_NOMEM;
	change->oid = oid;
	*at = change;
	return 0;
}

static int note_change(struct signet_draft *draft, struct bytes oid)
{
	return add_change(draft, &draft->first_change, oid);
}

bool signet_draft_has_removed(const struct signet_draft *draft, struct bytes oid)
{
	const struct change *removed = draft->first_removed;
	while (removed && !bytes_equal(removed->oid, oid))
		removed = removed->next;
	return removed != NULL;
}

static void forget_removal(struct signet_draft *draft, struct bytes oid)
{
	struct change **at = find_change(&draft->first_removed, oid);
	if (!*at)
		return;
	*at = (*at)->next;
	draft->removed_count--;
}

static int note_removal(struct signet_draft *draft, struct bytes oid)
{
	struct bytes copy;
	if (signet_draft_has_removed(draft, oid))
		return 0;
	if (draft->removed_count == LIMIT_EXTENSIONS_REMOVED)
		return SIGNET_E_TOO_BIG;
	if (arena_bytes(draft->arena, oid, &copy) ||
	    add_change(draft, &draft->first_removed, copy))
		return SIGNET_E_NOMEM;
	draft->removed_count++;
	return 0;
}

const struct bytes *signet_draft_removed(const struct signet_draft *draft, size_t *count)
{
	struct bytes *list = arena_array(draft->arena, draft->removed_count, sizeof *list);
	if (!list)
		return NULL;
	*count = 0;
	for (const struct change *removed = draft->first_removed; removed; removed = removed->next)
		list[(*count)++] = removed->oid;
	return list;
}

int signet_draft_set_extension(struct signet_draft *draft, const struct extension *extension)
{
	if (bytes_equal(extension->oid, OID_SUBJECT_ALT_NAME))
		return SIGNET_E_INVALID;
	struct signet_draft_extension *place = find_extension(draft, extension->oid);
	if (!place && draft->extension_count == LIMIT_EXTENSIONS)
		return SIGNET_E_TOO_BIG;
	struct extension copy = {.critical = extension->critical};
	if (arena_bytes(draft->arena, extension->oid, &copy.oid) ||
	    arena_bytes(draft->arena, extension->value, &copy.value))
		return SIGNET_E_NOMEM;
	bool same = place && place->extension.critical == copy.critical &&
	            bytes_equal(place->extension.value, copy.value);
	if (!same && note_change(draft, copy.oid))
		return SIGNET_E_NOMEM;
	forget_removal(draft, copy.oid);
	if (!place)
		place = &draft->extensions[draft->extension_count++];
	*place = (struct signet_draft_extension){copy, draft->origin};
	return 0;
}

int signet_draft_remove_extension(struct signet_draft *draft, struct bytes oid)
{
	struct signet_draft_extension *place = find_extension(draft, oid);
	int result = note_removal(draft, oid);
	if (result || !place)
		return result;
	if (note_change(draft, place->extension.oid))
		return SIGNET_E_NOMEM;
	size_t behind = (size_t)(draft->extensions + draft->extension_count - (place + 1));
	memmove(place, place + 1, behind * sizeof *place);
	draft->extension_count--;
	return 0;
}

bool signet_draft_is_changed(const struct signet_draft *draft)
{
	return draft->changed || draft->first_change;
}

static void add_part(struct buffer *text, const char *kind, const char *name)
{
	buffer_printf(text, "%s%s%s", text->length ? ", " : "", kind, name);
}

const char *signet_draft_changes(const struct signet_draft *draft)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LIMIT_NAME);
	if (!draft->changed && !draft->first_change)
		return "";
	if (draft->changed & CHANGED_VALIDITY)
		add_part(&text, "validity", "");
	if (draft->changed & CHANGED_SUBJECT)
		add_part(&text, "subject", "");
	if (draft->changed & CHANGED_ALT_NAMES)
		add_part(&text, "names", "");
	for (const struct change *change = draft->first_change; change; change = change->next) {
		const char *name = oid_name(change->oid);
		if (!name)
			name = oid_to_text(draft->arena, change->oid);
		add_part(&text, "extension ", name ? name : "?");
	}
	const char *copy = arena_text(draft->arena, buffer_bytes(&text));
	return copy ? copy : "";
}
