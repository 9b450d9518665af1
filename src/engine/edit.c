#include "engine/edit.h"

#include "api/draft.h"
#include "asn1/oid.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "engine/records.pb-c.h"
#include "engine/submission.h"

/* Octets of a value that the audit trail shows as they are. */
#define SHOWN_MAX 64

static struct bytes octets(ProtobufCBinaryData data)
{
	return bytes_make(data.data, data.len);
}

static ProtobufCBinaryData field(struct bytes bytes)
{
	return (ProtobufCBinaryData){bytes.length, (uint8_t *)(uintptr_t)bytes.data};
}

/* ---- the form ---- */

static int check_oid(struct arena *arena, const char *text, struct error *err)
{
	struct bytes oid;
	if (text[0] < '0' || text[0] > '2' || oid_from_text(arena, text, &oid))
		return error_set(err, SIGNET_E_INVALID, "'%.64s' is no OID in dotted form", text);
	if (bytes_equal(oid, OID_SUBJECT_KEY_ID) || bytes_equal(oid, OID_AUTHORITY_KEY_ID))
		return error_set(err, SIGNET_E_INVALID,
		                 "the key identifiers are the engine's own to set");
	return 0;
}

static int check_extension(struct arena *arena, const struct signet_request_extension *e,
                           struct error *err)
{
	struct der der = der_open(e->value);
	struct general_name *names;
	struct bytes oid;
	size_t count;
	int result = check_oid(arena, e->oid, err);
	if (result)
		return result;
	if (der_check(e->value) || der_any(&der, NULL, NULL, NULL) || der_finish(&der))
		return error_set(err, SIGNET_E_INVALID, "the value of %.64s is not DER", e->oid);
	if (oid_from_text(arena, e->oid, &oid))
		return error_nomem(err);
	if (bytes_equal(oid, OID_SUBJECT_ALT_NAME) &&
	    subject_alt_name_decode(arena, e->value, &names, &count, NULL))
		return error_set(err, SIGNET_E_INVALID, "the subjectAltName cannot be read, or has "
		                 "more than %d names", LIMIT_SAN_COUNT);
	return 0;
}

int edit_check(struct arena *arena, const struct signet_request_edit *edit, struct error *err)
{
	size_t total = 0;
	if (edit->attribute_count + edit->extension_count + edit->removed_count == 0)
		return error_set(err, SIGNET_E_INVALID, "the edit changes nothing");
	if (edit->extension_count > LIMIT_EXTENSIONS || edit->removed_count > LIMIT_EXTENSIONS)
		return error_set(err, SIGNET_E_TOO_BIG, "more than %d extensions",
		                 LIMIT_EXTENSIONS);
	int result = submission_check_attributes(edit->attributes, edit->attribute_count, err);
	for (size_t i = 0; result == 0 && i < edit->extension_count; i++) {
		total += edit->extensions[i].value.length;
		result = check_extension(arena, &edit->extensions[i], err);
	}
	for (size_t i = 0; result == 0 && i < edit->removed_count; i++)
		result = check_oid(arena, edit->removed[i], err);
	if (result == 0 && total > LIMIT_CERTIFICATE)
		return error_set(err, SIGNET_E_TOO_BIG, "the extensions have more than %d octets",
		                 LIMIT_CERTIFICATE);
	return result;
}

/* ---- the record ---- */

/* Leaves a list without the attributes of this name. */
static void drop_attribute(Signet__Db__Request *record, const char *name)
{
	size_t kept = 0;
	for (size_t i = 0; i < record->n_attributes; i++)
		if (!signet_attribute_is_same(record->attributes[i]->name, name))
			record->attributes[kept++] = record->attributes[i];
	record->n_attributes = kept;
}

static int record_attributes(struct arena *arena, Signet__Db__Request *record,
                             const struct signet_request_edit *edit, struct error *err)
{
	size_t most = record->n_attributes + edit->attribute_count;
	Signet__Db__Attribute **list = arena_array(arena, most, sizeof(Signet__Db__Attribute *));
	Signet__Db__Attribute *added =
		arena_array(arena, edit->attribute_count, sizeof *added);
	if (!list || !added)
		return error_nomem(err);
	if (record->n_attributes)
		memcpy(list, record->attributes,
		       record->n_attributes * sizeof(Signet__Db__Attribute *));
	record->attributes = list;
	for (size_t i = 0; i < edit->attribute_count; i++) {
		drop_attribute(record, edit->attributes[i].name);
		if (*edit->attributes[i].value == '\0')
			continue;
		signet__db__attribute__init(&added[i]);
		added[i].name = (char *)(uintptr_t)edit->attributes[i].name;
		added[i].value = (char *)(uintptr_t)edit->attributes[i].value;
		list[record->n_attributes++] = &added[i];
	}
	return 0;
}

static void drop_edit(Signet__Db__Request *record, struct bytes oid)
{
	size_t kept = 0;
	for (size_t i = 0; i < record->n_edits; i++)
		if (!bytes_equal(octets(record->edits[i]->oid), oid))
			record->edits[kept++] = record->edits[i];
	record->n_edits = kept;
	kept = 0;
	for (size_t i = 0; i < record->n_removed; i++)
		if (!bytes_equal(octets(record->removed[i]), oid))
			record->removed[kept++] = record->removed[i];
	record->n_removed = kept;
}

/* Room for what an edit adds. */
static int make_room(struct arena *arena, Signet__Db__Request *record,
                     const struct signet_request_edit *edit)
{
	size_t edits = record->n_edits + edit->extension_count;
	size_t removed = record->n_removed + edit->removed_count;
	Signet__Db__Extension **list = arena_array(arena, edits, sizeof(Signet__Db__Extension *));
	ProtobufCBinaryData *oids = arena_array(arena, removed, sizeof *oids);
	if (!list || !oids)
		return SIGNET_E_NOMEM;
	if (record->n_edits)
		memcpy(list, record->edits, record->n_edits * sizeof(Signet__Db__Extension *));
	if (record->n_removed)
		memcpy(oids, record->removed, record->n_removed * sizeof *oids);
	record->edits = list;
	record->removed = oids;
	return 0;
}

static int record_extension(struct arena *arena, Signet__Db__Request *record,
                            const struct signet_request_extension *e)
{
	Signet__Db__Extension *added = arena_alloc(arena, sizeof *added);
	struct bytes oid;
	if (!added || oid_from_text(arena, e->oid, &oid))
		return SIGNET_E_NOMEM;
	drop_edit(record, oid);
	signet__db__extension__init(added);
	added->oid = field(oid);
	added->critical = e->critical;
	added->value = field(e->value);
	added->origin = SIGNET_ORIGIN_ADMIN;
	record->edits[record->n_edits++] = added;
	return 0;
}

static int record_removal(struct arena *arena, Signet__Db__Request *record, const char *text)
{
	struct bytes oid;
	if (oid_from_text(arena, text, &oid))
		return SIGNET_E_NOMEM;
	drop_edit(record, oid);
	record->removed[record->n_removed++] = field(oid);
	return 0;
}

static int check_total(struct arena *arena, const Signet__Db__Request *record, struct error *err)
{
	struct signet_attribute *list = arena_array(arena, record->n_attributes, sizeof *list);
	size_t total = 0;
	if (!list)
		return error_nomem(err);
	for (size_t i = 0; i < record->n_attributes; i++)
		list[i] = (struct signet_attribute){record->attributes[i]->name,
		                                    record->attributes[i]->value};
	for (size_t i = 0; i < record->n_edits; i++)
		total += record->edits[i]->value.len;
	if (total > LIMIT_CERTIFICATE || record->n_edits > LIMIT_EXTENSIONS ||
	    record->n_removed > LIMIT_EXTENSIONS)
		return error_set(err, SIGNET_E_TOO_BIG,
		                 "the request would have more than %d edited extensions, or more "
		                 "than %d octets of them", LIMIT_EXTENSIONS, LIMIT_CERTIFICATE);
	return submission_check_attributes(list, record->n_attributes, err);
}

int edit_record(struct arena *arena, struct Signet__Db__Request *record,
                const struct signet_request_edit *edit, struct error *err)
{
	int result = record_attributes(arena, record, edit, err);
	if (result == 0 && make_room(arena, record, edit))
		return error_nomem(err);
	for (size_t i = 0; result == 0 && i < edit->extension_count; i++)
		result = record_extension(arena, record, &edit->extensions[i]);
	for (size_t i = 0; result == 0 && i < edit->removed_count; i++)
		result = record_removal(arena, record, edit->removed[i]);
	if (result)
		return error_nomem(err);
	return check_total(arena, record, err);
}

/* ---- the draft ---- */

static int set_names(struct arena *arena, struct signet_draft *draft, struct bytes value)
{
	struct general_name *names;
	size_t count;
	int result = subject_alt_name_decode(arena, value, &names, &count, NULL);
	return result ? result : signet_draft_set_alt_names(draft, names, count);
}

static int set_extension(struct arena *arena, struct signet_draft *draft,
                         const Signet__Db__Extension *edit)
{
	struct extension extension = {octets(edit->oid), edit->critical, octets(edit->value)};
	return bytes_equal(extension.oid, OID_SUBJECT_ALT_NAME)
		? set_names(arena, draft, extension.value)
		: signet_draft_set_extension(draft, &extension);
}

int edit_draft(struct arena *arena, const struct Signet__Db__Request *record,
               struct signet_draft *draft, struct error *err)
{
	int result = 0;
	signet_draft_begin(draft, SIGNET_ORIGIN_ADMIN);
	for (size_t i = 0; result == 0 && i < record->n_removed; i++)
		result = bytes_equal(octets(record->removed[i]), OID_SUBJECT_ALT_NAME)
			? signet_draft_set_alt_names(draft, NULL, 0)
			: signet_draft_remove_extension(draft, octets(record->removed[i]));
	for (size_t i = 0; result == 0 && i < record->n_edits; i++)
		result = set_extension(arena, draft, record->edits[i]);
	return result ? error_set(err, result, "what was edited cannot be made") : 0;
}

/* ---- the audit trail ---- */

static void put_value(struct buffer *text, struct bytes value)
{
	uint8_t digest[HASH_SIZE_MAX];
	if (value.length <= SHOWN_MAX) {
		hex_encode(text, value);
		return;
	}
	buffer_printf(text, "%zu octets with SHA-256 ", value.length);
	if (hash_compute(HASH_SHA256, value, digest) == 0)
		hex_encode(text, bytes_make(digest, hash_size(HASH_SHA256)));
}

/* Without the first divider. */
static const char *finish_text(struct arena *arena, const struct buffer *text)
{
	if (text->error)
		return NULL;
	return text->length > 2
		? arena_text(arena, bytes_make(text->data + 2, text->length - 2)) : "";
}

const char *edit_text(struct arena *arena, const struct signet_request_edit *edit)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LIMIT_MESSAGE);
	for (size_t i = 0; i < edit->attribute_count; i++)
		if (*edit->attributes[i].value)
			buffer_printf(&text, "; attribute %s: %s", edit->attributes[i].name,
			              edit->attributes[i].value);
		else
			buffer_printf(&text, "; no attribute %s", edit->attributes[i].name);
	for (size_t i = 0; i < edit->extension_count; i++) {
		buffer_printf(&text, "; extension %s%s: ", edit->extensions[i].oid,
		              edit->extensions[i].critical ? " (critical)" : "");
		put_value(&text, edit->extensions[i].value);
	}
	for (size_t i = 0; i < edit->removed_count; i++)
		buffer_printf(&text, "; no extension %s", edit->removed[i]);
	return finish_text(arena, &text);
}

const char *edit_stored_text(struct arena *arena, const Signet__Db__Request *record)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(4 * LIMIT_MESSAGE);
	for (size_t i = 0; i < record->n_attributes; i++)
		buffer_printf(&text, "; attribute %s: %s", record->attributes[i]->name,
		              record->attributes[i]->value);
	for (size_t i = 0; i < record->n_edits; i++) {
		const Signet__Db__Extension *e = record->edits[i];
		const char *oid = oid_to_text(arena, octets(e->oid));
		buffer_printf(&text, "; extension %s%s: ", oid ? oid : "?",
		              e->critical ? " (critical)" : "");
		put_value(&text, octets(e->value));
	}
	for (size_t i = 0; i < record->n_removed; i++) {
		const char *oid = oid_to_text(arena, octets(record->removed[i]));
		buffer_printf(&text, "; no extension %s", oid ? oid : "?");
	}
	return finish_text(arena, &text);
}
