#include "engine/record.h"

#include "api/draft.h"
#include "engine/index.h"
#include "engine/records.pb-c.h"

/* Packs a message of this kind into the arena. */
#define PACK(arena, kind, message, out) \
	pack(arena, &(message)->base, kind##__get_packed_size(message), out)

static int pack(struct arena *arena, const ProtobufCMessage *message, size_t size,
                struct bytes *out)
{
	uint8_t *data = arena_alloc(arena, size);
	if (!data)
		return SIGNET_E_NOMEM;
	*out = bytes_make(data, protobuf_c_message_pack(message, data));
	return 0;
}

static void *allocate(void *arena, size_t size)
{
	return arena_alloc(arena, size);
}

static void keep(void *arena, void *pointer)
{
	(void)arena;
	(void)pointer;
}

/* protobuf-c takes non-const pointers for what it only reads when it packs. */
static char *text_field(const char *text)
{
	return text ? (char *)(uintptr_t)text : (char *)(uintptr_t)protobuf_c_empty_string;
}

static ProtobufCBinaryData bytes_field(struct bytes bytes)
{
	return (ProtobufCBinaryData){bytes.length, (uint8_t *)(uintptr_t)bytes.data};
}

/* Most rules pass and have nothing to say: their names are enough. */
static bool is_silent(const struct signet_trace_step *step)
{
	return step->decision == SIGNET_PASS && step->reason == SIGNET_REASON_NONE &&
	       !*step->message && !*step->change;
}

static void fill_step(Signet__Db__Step *out, const struct signet_trace_step *step, size_t place)
{
	signet__db__step__init(out);
	out->rule = text_field(step->rule);
	out->decision = step->decision;
	out->reason = step->reason;
	out->message = text_field(step->message);
	out->change = text_field(step->change);
	out->place = (uint32_t)place + 1;
}

static int make_trace(struct arena *arena, const struct chain_result *chain,
                      Signet__Db__Request *record)
{
	size_t told = 0, octets = 0;
	for (size_t i = 0; i < chain->count; i++)
		if (is_silent(&chain->steps[i]))
			octets += strlen(chain->steps[i].rule) + 1;
		else
			told++;
	Signet__Db__Step *steps = arena_array(arena, told, sizeof *steps);
	record->trace = arena_array(arena, told, sizeof *record->trace);
	uint8_t *end = arena_alloc(arena, octets);
	if (!record->trace || !steps || !end)
		return SIGNET_E_NOMEM;
	record->passed = bytes_field(bytes_make(end, octets));
	for (size_t i = 0; i < chain->count; i++)
		if (is_silent(&chain->steps[i])) {
			end = (uint8_t *)stpcpy((char *)end, chain->steps[i].rule) + 1;
		} else {
			fill_step(&steps[record->n_trace], &chain->steps[i], i);
			record->trace[record->n_trace] = &steps[record->n_trace];
			record->n_trace++;
		}
	return 0;
}

/* The trace as it was, each rule a step. */
static int expand_trace(struct arena *arena, Signet__Db__Request *record)
{
	const uint8_t *at = record->passed.data, *end = at + record->passed.len;
	size_t count = record->n_trace, told = 0;
	if (record->passed.len == 0)
		return 0;
	if (end[-1] != 0)
		return SIGNET_E_CORRUPT;
	for (const uint8_t *c = at; c < end; c++)
		count += *c == 0;
	Signet__Db__Step **trace = arena_array(arena, count, sizeof *trace);
	Signet__Db__Step *steps = arena_array(arena, count, sizeof *steps);
	if (!trace || !steps)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		if (told < record->n_trace && (at == end || record->trace[told]->place == i + 1)) {
			trace[i] = record->trace[told++];
			continue;
		}
		trace[i] = &steps[i];
		signet__db__step__init(trace[i]);
		trace[i]->rule = (char *)(uintptr_t)at;
		at += strlen((const char *)at) + 1;
	}
	record->trace = trace;
	record->n_trace = count;
	record->passed = (ProtobufCBinaryData){0, NULL};
	return 0;
}

static int make_attributes(struct arena *arena, const struct signet_request *request,
                           Signet__Db__Request *record)
{
	size_t count = request->attribute_count;
	record->attributes = arena_array(arena, count, sizeof *record->attributes);
	Signet__Db__Attribute *list = arena_array(arena, count, sizeof *list);
	if (!record->attributes || !list)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		signet__db__attribute__init(&list[i]);
		list[i].name = text_field(request->attributes[i].name);
		list[i].value = text_field(request->attributes[i].value);
		record->attributes[i] = &list[i];
	}
	record->n_attributes = count;
	return 0;
}

static int make_alt_names(struct arena *arena, const struct signet_draft *draft,
                          Signet__Db__Draft *out)
{
	size_t count;
	const struct general_name *names = signet_draft_alt_names(draft, &count);
	if (count == 0)
		return 0;
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CERTIFICATE);
	if (subject_alt_name_encode(&der, names, count))
		return SIGNET_E_NOMEM;
	struct bytes copy;
	if (arena_bytes(arena, buffer_bytes(&der), &copy))
		return SIGNET_E_NOMEM;
	out->alt_names = bytes_field(copy);
	return 0;
}

int record_make_draft(struct arena *arena, const struct signet_draft *draft,
                      struct Signet__Db__Request *record)
{
	size_t count;
	const struct signet_draft_extension *extensions = signet_draft_extensions(draft, &count);
	Signet__Db__Draft *out = arena_alloc(arena, sizeof *out);
	Signet__Db__Extension *list = arena_array(arena, count, sizeof *list);
	Signet__Db__Extension **places = arena_array(arena, count, sizeof *places);
	if (!out || !list || !places)
		return SIGNET_E_NOMEM;
	signet__db__draft__init(out);
	out->subject = bytes_field(signet_draft_subject(draft));
	out->subject_origin = signet_draft_subject_origin(draft);
	out->alt_names_origin = signet_draft_alt_names_origin(draft);
	out->not_before = signet_draft_not_before(draft);
	out->not_after = signet_draft_not_after(draft);
	for (size_t i = 0; i < count; i++) {
		signet__db__extension__init(&list[i]);
		list[i].oid = bytes_field(extensions[i].extension.oid);
		list[i].critical = extensions[i].extension.critical;
		list[i].value = bytes_field(extensions[i].extension.value);
		list[i].origin = extensions[i].origin;
		places[i] = &list[i];
	}
	out->extensions = places;
	out->n_extensions = count;
	record->draft = out;
	return make_alt_names(arena, draft, out);
}

static void fill_request(Signet__Db__Request *record, const struct record_request *in)
{
	const struct signet_request *request = in->request;
	record->state = in->state;
	record->submitted = in->stored ? in->stored->submitted : request->submitted;
	record->resolved = in->state == SIGNET_REQUEST_PENDING ? 0 : request->submitted;
	record->profile = text_field(request->profile);
	record->authority = text_field(request->authority);
	record->intermediary = text_field(request->intermediary);
	record->protocol = text_field(request->protocol);
	record->requester = text_field(request->requester);
	record->address = text_field(request->address);
	record->csr = bytes_field(request->csr);
	record->reason = in->reason;
	record->message = text_field(in->message);
	record->wish_not_before = in->submission->not_before;
	record->wish_not_after = in->submission->not_after;
	record->wanted = in->chain->approvals_wanted;
	if (in->author) {
		record->authors = (char **)(uintptr_t)&in->author;
		record->n_authors = 1;
	}
	if (!in->stored)
		return;
	record->authors = in->stored->authors;
	record->n_authors = in->stored->n_authors;
	record->revision = in->stored->revision + 1;
	record->approvals = in->stored->approvals;
	record->n_approvals = in->stored->n_approvals;
	record->voided = in->stored->voided;
	record->n_voided = in->stored->n_voided;
	if (in->stored->wanted > record->wanted)
		record->wanted = in->stored->wanted;
	record->edits = in->stored->edits;
	record->n_edits = in->stored->n_edits;
	record->removed = in->stored->removed;
	record->n_removed = in->stored->n_removed;
}

/* So that the index can be found from the record. */
static int make_idempotency(struct arena *arena, const struct record_request *in,
                            Signet__Db__Request *record)
{
	if (in->stored) {
		record->idempotency = in->stored->idempotency;
		return 0;
	}
	uint8_t *key = arena_alloc(arena, INDEX_HASH_SIZE);
	if (!key)
		return SIGNET_E_NOMEM;
	record->idempotency = bytes_field(bytes_make(key, INDEX_HASH_SIZE));
	return index_idempotency(in->submission->intermediary, in->submission->idempotency_key, key);
}

int record_pack_request(struct arena *arena, const struct record_request *in, struct bytes *out)
{
	Signet__Db__Request record;
	signet__db__request__init(&record);
	fill_request(&record, in);
	int result = make_trace(arena, in->chain, &record);
	if (result == 0)
		result = make_idempotency(arena, in, &record);
	if (result == 0)
		result = make_attributes(arena, in->request, &record);
	if (result == 0 && in->issued)
		record.origins = bytes_field(in->issued->origins);
	else if (result == 0)
		result = record_make_draft(arena, in->draft, &record);
	return result ? result : PACK(arena, signet__db__request, &record, out);
}

int record_repack_request(struct arena *arena, const struct Signet__Db__Request *record,
                          struct bytes *out)
{
	return PACK(arena, signet__db__request, record, out);
}

int record_repack_certificate(struct arena *arena, const struct Signet__Db__Certificate *record,
                              struct bytes *out)
{
	return PACK(arena, signet__db__certificate, record, out);
}

int record_pack_certificate(struct arena *arena, const struct record_certificate *in,
                            struct bytes *out)
{
	Signet__Db__Certificate record;
	signet__db__certificate__init(&record);
	record.der = bytes_field(in->der);
	record.issuer = bytes_field(in->issuer);
	record.shard = in->shard;
	record.not_after = in->not_after;
	record.imported = in->imported;
	return PACK(arena, signet__db__certificate, &record, out);
}

int record_pack_crl(struct arena *arena, const struct Signet__Db__Crl *record, struct bytes *out)
{
	return PACK(arena, signet__db__crl, record, out);
}

int record_unpack_crl(struct arena *arena, struct bytes packed, struct Signet__Db__Crl **out)
{
	ProtobufCAllocator allocator = {allocate, keep, arena};
	Signet__Db__Crl *record = signet__db__crl__unpack(&allocator, packed.length, packed.data);
	if (!record)
		return SIGNET_E_CORRUPT;
	*out = record;
	return 0;
}

int record_pack_crl_issuer(struct arena *arena, const struct Signet__Db__CrlIssuer *record,
                           struct bytes *out)
{
	return PACK(arena, signet__db__crl_issuer, record, out);
}

int record_unpack_crl_issuer(struct arena *arena, struct bytes packed,
                             struct Signet__Db__CrlIssuer **out)
{
	ProtobufCAllocator allocator = {allocate, keep, arena};
	Signet__Db__CrlIssuer *record =
		signet__db__crl_issuer__unpack(&allocator, packed.length, packed.data);
	if (!record)
		return SIGNET_E_CORRUPT;
	*out = record;
	return 0;
}

static void make_event(Signet__Db__Event *out, const struct record_event *event)
{
	signet__db__event__init(out);
	out->kind = event->kind;
	out->time = event->time;
	out->request = event->request;
	out->authority = text_field(event->authority);
	out->data = bytes_field(event->data);
	out->shard = event->shard;
	out->earlier = event->earlier;
}

size_t record_event_size(const struct record_event *event)
{
	Signet__Db__Event record;
	make_event(&record, event);
	return signet__db__event__get_packed_size(&record);
}

size_t record_pack_event(const struct record_event *event, uint8_t *out)
{
	Signet__Db__Event record;
	make_event(&record, event);
	return signet__db__event__pack(&record, out);
}

int record_unpack_event(struct arena *arena, struct bytes packed, struct record_event *out)
{
	ProtobufCAllocator allocator = {allocate, keep, arena};
	Signet__Db__Event *record =
		signet__db__event__unpack(&allocator, packed.length, packed.data);
	if (!record)
		return SIGNET_E_CORRUPT;
	*out = (struct record_event){record->kind, record->time, record->request,
	                             record->authority,
	                             bytes_make(record->data.data, record->data.len),
	                             record->shard, record->earlier};
	return 0;
}

int record_event_request(struct bytes packed, uint64_t *out)
{
	Signet__Db__Event *record = signet__db__event__unpack(NULL, packed.length, packed.data);
	if (!record)
		return SIGNET_E_CORRUPT;
	*out = record->request;
	signet__db__event__free_unpacked(record, NULL);
	return 0;
}

/* Field 2, a varint behind a field 1 of one octet; 0 where it is not there. */
static int64_t read_time(struct bytes packed)
{
	uint64_t value = 0;
	if (packed.length < 4 || packed.data[2] != 0x10)
		return 0;
	for (size_t i = 3, shift = 0; i < packed.length && shift < 64; i++, shift += 7) {
		value |= (uint64_t)(packed.data[i] & 0x7f) << shift;
		if (packed.data[i] < 0x80)
			return (int64_t)value;
	}
	return 0;
}

int64_t record_event_time(struct bytes packed)
{
	return record_event_kind(packed) ? read_time(packed) : 0;
}

unsigned record_event_kind(struct bytes packed)
{
	/* field 1, a varint of one octet, comes first and is never 0 */
	return packed.length < 2 || packed.data[0] != 0x08 || packed.data[1] >= 0x80
		? 0 : packed.data[1];
}

size_t record_pack_letter(const struct record_letter *letter, uint8_t out[RECORD_LETTER_MAX])
{
	Signet__Db__Letter record;
	signet__db__letter__init(&record);
	record.time = letter->time;
	record.tries = letter->tries;
	record.retrying = letter->retrying;
	record.reason = text_field(letter->reason);
	return signet__db__letter__pack(&record, out);
}

int record_unpack_letter(struct bytes packed, struct record_letter *out)
{
	Signet__Db__Letter *record = signet__db__letter__unpack(NULL, packed.length, packed.data);
	if (!record)
		return SIGNET_E_CORRUPT;
	size_t length = strlen(record->reason);
	int result = length < sizeof out->reason ? 0 : SIGNET_E_CORRUPT;
	if (result == 0) {
		*out = (struct record_letter){record->time, record->tries, record->retrying, {0}};
		memcpy(out->reason, record->reason, length + 1);
	}
	signet__db__letter__free_unpacked(record, NULL);
	return result;
}

int record_unpack_request(struct arena *arena, struct bytes packed,
                          struct Signet__Db__Request **out)
{
	ProtobufCAllocator allocator = {allocate, keep, arena};
	Signet__Db__Request *record =
		signet__db__request__unpack(&allocator, packed.length, packed.data);
	if (!record)
		return SIGNET_E_CORRUPT;
	int result = expand_trace(arena, record);
	if (result == 0)
		*out = record;
	return result;
}

int record_unpack_certificate(struct arena *arena, struct bytes packed,
                              struct Signet__Db__Certificate **out)
{
	ProtobufCAllocator allocator = {allocate, keep, arena};
	Signet__Db__Certificate *record =
		signet__db__certificate__unpack(&allocator, packed.length, packed.data);
	if (!record)
		return SIGNET_E_CORRUPT;
	*out = record;
	return 0;
}

enum signet_request_state record_request_state(struct bytes packed)
{
	/* field 1, a varint, comes first and is never 0 */
	if (packed.length < 2 || packed.data[0] != 0x08 || packed.data[1] > SIGNET_REQUEST_FAILED)
		return 0;
	return packed.data[1];
}

int64_t record_request_submitted(struct bytes packed)
{
	/* it comes next and is never 0 */
	return record_request_state(packed) ? read_time(packed) : 0;
}
