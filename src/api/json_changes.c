#include "api/json_private.h"

#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/clock.h"
#include "base/encoding.h"

/* What a parser of names says, as this one says it. */
static int unfit(int result, const char *member, const struct error *why, struct error *err)
{
	return result == SIGNET_E_NOMEM
		? error_nomem(err)
		: error_set(err, SIGNET_E_INVALID, "\"%s\": %s", member, why->message);
}

static int read_subject(struct judgement *j, struct arena *arena, const json_t *changes,
                        struct error *err)
{
	const char *text;
	struct error why = {0};
	int result = judgement_get_text(changes, "subject", &text, err);
	if (result || !text)
		return result;
	if ((result = name_from_text(arena, text, &j->subject, &why)) ||
	    (result = name_check(j->subject, &why)))
		return unfit(result, "subject", &why, err);
	j->has_subject = true;
	return 0;
}

static int read_time(const json_t *changes, const char *key, int64_t *out, struct error *err)
{
	const char *text;
	if (judgement_get_text(changes, key, &text, err))
		return SIGNET_E_INVALID;
	if (text && (clock_parse(text, out) || *out < 0))
		return error_set(err, SIGNET_E_INVALID,
		                 "\"%s\" is no time of the form 2026-11-23T12:49:00Z", key);
	return 0;
}

static int read_validity(struct judgement *j, const json_t *changes, struct error *err)
{
	if (read_time(changes, "notBefore", &j->not_before, err) ||
	    read_time(changes, "notAfter", &j->not_after, err))
		return SIGNET_E_INVALID;
	return j->not_before > j->not_after
		? error_set(err, SIGNET_E_INVALID, "\"notAfter\" is before \"notBefore\"") : 0;
}

static int read_names(struct judgement *j, struct arena *arena, const json_t *changes,
                      struct error *err)
{
	const json_t *list, *item;
	struct error why = {0};
	size_t i;
	int result = judgement_get_list(changes, "names", LIMIT_SAN_COUNT, &list, err);
	if (result || !list)
		return result;
	json_array_foreach(list, i, item) {
		if (!json_is_string(item))
			return error_set(err, SIGNET_E_INVALID, "\"names\" has what is no string");
		result = general_name_from_text(arena, json_string_value(item), &j->names[i], &why);
		if (result)
			return unfit(result, "names", &why, err);
	}
	j->has_names = true;
	j->name_count = json_array_size(list);
	return 0;
}

static int read_oid(struct arena *arena, const json_t *value, struct bytes *out,
                    struct error *err)
{
	int result = json_is_string(value)
		? oid_from_text(arena, json_string_value(value), out) : SIGNET_E_INVALID;
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	if (result)
		return error_set(err, SIGNET_E_INVALID, "an OID is missing or malformed");
	if (bytes_equal(*out, OID_SUBJECT_ALT_NAME))
		return error_set(err, SIGNET_E_INVALID,
		                 "alternative names are changed by \"names\", not as an extension");
	return 0;
}

/* Each OID once, in both lists together. */
static int check_new(const struct judgement *j, struct bytes oid, struct error *err)
{
	bool found = false;
	for (size_t i = 0; i < j->extension_count; i++)
		found |= bytes_equal(j->extensions[i].oid, oid);
	for (size_t i = 0; i < j->removed_count; i++)
		found |= bytes_equal(j->removed[i], oid);
	return found ? error_set(err, SIGNET_E_INVALID, "an extension is changed twice") : 0;
}

static bool is_one_element(struct bytes der)
{
	struct der reader = der_open(der);
	return der_any(&reader, NULL, NULL, NULL) == 0 && der_at_end(&reader) && der_check(der) == 0;
}

static int read_value(struct arena *arena, const json_t *object, struct bytes *out,
                      struct error *err)
{
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CERTIFICATE);
	const char *text;
	if (judgement_get_text(object, "value", &text, err))
		return SIGNET_E_INVALID;
	if (!text || hex_decode(&der, bytes_text(text)) || !is_one_element(buffer_bytes(&der)))
		return error_set(err, SIGNET_E_INVALID, "\"value\" is no DER in hex");
	return arena_bytes(arena, buffer_bytes(&der), out) ? error_nomem(err) : 0;
}

static int read_extension(struct judgement *j, struct arena *arena, json_t *object,
                          struct error *err)
{
	static const char *const known[] = {"oid", "critical", "value", NULL};
	struct extension *extension = &j->extensions[j->extension_count];
	int result = judgement_check_object(object, "an extension", known, err);
	if (result)
		return result;
	const json_t *critical = json_object_get(object, "critical");
	if (critical && !json_is_boolean(critical))
		return error_set(err, SIGNET_E_INVALID, "\"critical\" is neither true nor false");
	extension->critical = json_is_true(critical);
	if ((result = read_oid(arena, json_object_get(object, "oid"), &extension->oid, err)) ||
	    (result = check_new(j, extension->oid, err)) ||
	    (result = read_value(arena, object, &extension->value, err)))
		return result;
	j->extension_count++;
	return 0;
}

static int read_extensions(struct judgement *j, struct arena *arena, const json_t *changes,
                           struct error *err)
{
	const json_t *list;
	int result = judgement_get_list(changes, "extensions", LIMIT_EXTENSIONS, &list, err);
	for (size_t i = 0; result == 0 && i < json_array_size(list); i++)
		result = read_extension(j, arena, json_array_get(list, i), err);
	if (result || (result = judgement_get_list(changes, "remove", LIMIT_EXTENSIONS, &list, err)))
		return result;
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct bytes oid;
		if ((result = read_oid(arena, json_array_get(list, i), &oid, err)) ||
		    (result = check_new(j, oid, err)))
			return result;
		j->removed[j->removed_count++] = oid;
	}
	return 0;
}

static bool has_extension(const struct signet_draft *draft, struct bytes oid)
{
	size_t count;
	const struct signet_draft_extension *list = signet_draft_extensions(draft, &count);
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(list[i].extension.oid, oid))
			return true;
	return false;
}

/* Whether the draft has room: looked at before anything is changed. */
static int check_room(const struct judgement *j, const struct signet_draft *draft,
                      struct error *err)
{
	size_t count;
	signet_draft_extensions(draft, &count);
	for (size_t i = 0; i < j->removed_count; i++)
		count -= has_extension(draft, j->removed[i]);
	for (size_t i = 0; i < j->extension_count; i++)
		count += !has_extension(draft, j->extensions[i].oid);
	return count > LIMIT_EXTENSIONS
		? error_set(err, SIGNET_E_INVALID, "more than %d extensions", LIMIT_EXTENSIONS) : 0;
}

int judgement_read_changes(struct judgement *j, struct signet_draft *draft, json_t *changes,
                           struct error *err)
{
	static const char *const known[] = {"subject", "notBefore", "notAfter", "names",
	                                    "extensions", "remove", NULL};
	struct arena *arena = signet_draft_arena(draft);
	j->not_before = signet_draft_not_before(draft);
	j->not_after = signet_draft_not_after(draft);
	if (!changes)
		return 0;
	int result = judgement_check_object(changes, "\"changes\"", known, err);
	if (result == 0)
		result = read_subject(j, arena, changes, err);
	if (result == 0)
		result = read_validity(j, changes, err);
	if (result == 0)
		result = read_names(j, arena, changes, err);
	if (result == 0)
		result = read_extensions(j, arena, changes, err);
	return result ? result : check_room(j, draft, err);
}

int judgement_apply(const struct judgement *j, struct signet_draft *draft)
{
	int result = 0;
	if (j->has_subject)
		result = signet_draft_set_subject(draft, j->subject);
	if (result == 0 && (j->not_before != signet_draft_not_before(draft) ||
	                    j->not_after != signet_draft_not_after(draft)))
		result = signet_draft_set_validity(draft, j->not_before, j->not_after);
	if (result == 0 && j->has_names)
		result = signet_draft_set_alt_names(draft, j->names, j->name_count);
	for (size_t i = 0; result == 0 && i < j->removed_count; i++)
		result = signet_draft_remove_extension(draft, j->removed[i]);
	for (size_t i = 0; result == 0 && i < j->extension_count; i++)
		result = signet_draft_set_extension(draft, &j->extensions[i]);
	return result;
}
