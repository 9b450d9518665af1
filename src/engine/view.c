#include "engine/view.h"

#include "asn1/extension.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/clock.h"
#include "engine/approval.h"
#include "engine/outcome.h"
#include "engine/outline.h"
#include "engine/records.pb-c.h"
#include "pki/certificate.h"
#include "pki/csr.h"
#include "rpc/ca.pb-c.h"

static struct bytes octets(ProtobufCBinaryData data)
{
	return bytes_make(data.data, data.len);
}

static ProtobufCBinaryData field(struct bytes bytes)
{
	return (ProtobufCBinaryData){bytes.length, (uint8_t *)(uintptr_t)bytes.data};
}

static char *text(const char *string)
{
	return (char *)(uintptr_t)(string ? string : "");
}

/* "dns:example.com" for each name. */
static int name_texts(struct arena *arena, const struct general_name *names, size_t count,
                      char ***out)
{
	char **list = arena_array(arena, count, sizeof *list);
	if (!list)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const char *value = general_name_text(arena, &names[i]);
		const char *kind = general_name_kind_name(names[i].kind);
		list[i] = value ? arena_printf(arena, "%s:%s", kind, value) : NULL;
		if (!list[i])
			return SIGNET_E_NOMEM;
	}
	*out = list;
	return 0;
}

static int subject_text(struct arena *arena, struct bytes subject, char **out)
{
	*out = subject.length ? name_to_text(arena, subject) : text("");
	return *out ? 0 : SIGNET_E_NOMEM;
}

static char *key_text(struct arena *arena, const struct pubkey *key)
{
	const char *name = key_algorithm_name(pubkey_algorithm(key));
	return pubkey_algorithm(key) == KEY_RSA
		? arena_printf(arena, "%s-%u", name, pubkey_bits(key)) : text(name);
}

/* Of a certificate that came from elsewhere: nobody has asked here. */
static int view_imported(struct arena *arena, struct bytes der, Signet__Rpc__Request *out)
{
	struct certificate certificate;
	struct outline outline;
	int result = outline_read(&outline, arena, der);
	if (result == 0)
		result = certificate_parse(&certificate, arena, der, NULL);
	if (result)
		return result == SIGNET_E_NOMEM ? result : SIGNET_E_CORRUPT;
	result = subject_text(arena, outline.subject, &out->subject);
	if (result == 0)
		result = name_texts(arena, outline.names, outline.name_count, &out->names);
	out->n_names = result ? 0 : outline.name_count;
	out->key = key_text(arena, certificate.key);
	certificate_clear(&certificate);
	return result == 0 && !out->key ? SIGNET_E_NOMEM : result;
}

/* What was asked for, as the csr says. */
static int view_csr(struct arena *arena, struct bytes der, Signet__Rpc__Request *out)
{
	struct csr csr;
	int result = csr_parse(&csr, arena, der, NULL);
	if (result)
		return result == SIGNET_E_NOMEM ? result : SIGNET_E_CORRUPT;
	result = subject_text(arena, csr.subject, &out->subject);
	if (result == 0)
		result = name_texts(arena, csr.alt_names, csr.alt_name_count, &out->names);
	out->n_names = result ? 0 : csr.alt_name_count;
	out->key = key_text(arena, csr.key);
	csr_clear(&csr);
	return result == 0 && !out->key ? SIGNET_E_NOMEM : result;
}

static int view_attributes(struct arena *arena, const Signet__Db__Request *record,
                           Signet__Rpc__Request *out)
{
	size_t count = record->n_attributes;
	Signet__Rpc__Attribute *list = arena_array(arena, count, sizeof *list);
	out->attributes = arena_array(arena, count, sizeof *out->attributes);
	if (!list || !out->attributes)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		signet__rpc__attribute__init(&list[i]);
		list[i].name = record->attributes[i]->name;
		list[i].value = record->attributes[i]->value;
		out->attributes[i] = &list[i];
	}
	out->n_attributes = count;
	return 0;
}

static int view_trace(struct arena *arena, const Signet__Db__Request *record,
                      Signet__Rpc__Request *out)
{
	size_t count = record->n_trace;
	Signet__Rpc__TraceStep *list = arena_array(arena, count, sizeof *list);
	out->trace = arena_array(arena, count, sizeof *out->trace);
	if (!list || !out->trace)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		signet__rpc__trace_step__init(&list[i]);
		list[i].rule = record->trace[i]->rule;
		list[i].decision = record->trace[i]->decision;
		list[i].reason = record->trace[i]->reason;
		list[i].message = record->trace[i]->message;
		list[i].change = record->trace[i]->change;
		out->trace[i] = &list[i];
	}
	out->n_trace = count;
	return 0;
}

static int add_extension(struct arena *arena, Signet__Rpc__Request *out,
                         const struct extension *extension, unsigned origin)
{
	Signet__Rpc__RequestExtension *row = arena_alloc(arena, sizeof *row);
	if (!row)
		return SIGNET_E_NOMEM;
	signet__rpc__request_extension__init(row);
	row->oid = oid_to_text(arena, extension->oid);
	row->name = text(oid_name(extension->oid));
	row->critical = extension->critical;
	row->value = field(extension->value);
	row->origin = origin;
	out->extensions[out->n_extensions++] = row;
	return row->oid ? 0 : SIGNET_E_NOMEM;
}

/* Of an issued certificate: as they were signed. */
static int view_issued_extensions(struct arena *arena, const struct stored *stored,
                                  Signet__Rpc__Request *out)
{
	struct outline outline;
	ProtobufCBinaryData origins = stored->request->origins;
	int result = outline_read(&outline, arena, octets(stored->certificate->der));
	for (size_t i = 0; result == 0 && i < outline.extension_count; i++)
		result = add_extension(arena, out, &outline.extensions[i],
		                       i < origins.len ? origins.data[i] : 0);
	return result;
}

/* Of a draft: as they would be signed, without the engine's own. */
static int view_drafted_extensions(struct arena *arena, const Signet__Db__Draft *draft,
                                   Signet__Rpc__Request *out)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < draft->n_extensions; i++) {
		const Signet__Db__Extension *e = draft->extensions[i];
		struct extension extension = {octets(e->oid), e->critical, octets(e->value)};
		result = add_extension(arena, out, &extension, e->origin);
	}
	if (result || draft->alt_names.len == 0)
		return result;
	struct extension names = {OID_SUBJECT_ALT_NAME, name_is_empty(octets(draft->subject)),
	                          octets(draft->alt_names)};
	return add_extension(arena, out, &names, draft->alt_names_origin);
}

static int view_extensions(struct arena *arena, const struct stored *stored,
                           Signet__Rpc__Request *out)
{
	const Signet__Db__Draft *draft = stored->request->draft;
	size_t most = draft ? draft->n_extensions + 1 : LIMIT_EXTENSIONS;
	out->extensions = arena_array(arena, most, sizeof *out->extensions);
	if (!out->extensions)
		return SIGNET_E_NOMEM;
	if (stored->certificate)
		return view_issued_extensions(arena, stored, out);
	return draft ? view_drafted_extensions(arena, draft, out) : 0;
}

static int view_serial(const struct stored *stored, Signet__Rpc__Request *out)
{
	struct bytes serial;
	if (!stored->certificate)
		return 0;
	if (outcome_serial(octets(stored->certificate->der), &serial))
		return SIGNET_E_CORRUPT;
	out->certificate_id = stored->id;
	out->serial = field(serial);
	return 0;
}

/* draft: NULL for none. */
static int view_draft(struct arena *arena, const Signet__Db__Draft *draft, Signet__Rpc__Request *out)
{
	if (!draft)
		return 0;
	out->not_before = draft->not_before;
	out->not_after = draft->not_after;
	return subject_text(arena, octets(draft->subject), &out->draft_subject);
}

/* Of a pending request, only those count that are of its draft. */
static int view_approvers(struct arena *arena, const Signet__Db__Request *record,
                          Signet__Rpc__Request *out)
{
	struct approval_mark mark;
	bool pending = record->state == SIGNET_REQUEST_PENDING && approval_mark(&mark, record) == 0;
	out->approvers = arena_array(arena, record->n_approvals, sizeof *out->approvers);
	out->void_approvers = arena_array(arena, record->n_approvals + record->n_voided,
	                                  sizeof *out->void_approvers);
	if (!out->approvers || !out->void_approvers)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < record->n_voided; i++)
		out->void_approvers[out->n_void_approvers++] = record->voided[i]->actor;
	for (size_t i = 0; i < record->n_approvals; i++)
		if (!pending || approval_counts(record->approvals[i], &mark))
			out->approvers[out->n_approvers++] = record->approvals[i]->actor;
		else
			out->void_approvers[out->n_void_approvers++] = record->approvals[i]->actor;
	return 0;
}

int view_request(struct arena *arena, const struct stored *stored, bool whole,
                 struct Signet__Rpc__Request *out)
{
	const Signet__Db__Request *record = stored->request;
	signet__rpc__request__init(out);
	out->id = stored->id;
	out->state = record->state;
	out->submitted = record->submitted;
	out->resolved = record->resolved;
	out->profile = record->profile;
	out->authority = record->authority;
	out->intermediary = record->intermediary;
	out->protocol = record->protocol;
	out->requester = record->requester;
	out->address = record->address;
	out->reason = record->reason;
	out->message = record->message;
	int result = view_serial(stored, out);
	if (result == 0 && stored->certificate && record->csr.len == 0)
		result = view_imported(arena, octets(stored->certificate->der), out);
	else if (result == 0)
		result = view_csr(arena, octets(record->csr), out);
	if (result || !whole)
		return result;
	out->csr = record->csr;
	result = view_draft(arena, record->draft, out);
	if (result == 0)
		result = view_attributes(arena, record, out);
	if (result == 0)
		result = view_approvers(arena, record, out);
	if (result == 0)
		result = view_trace(arena, record, out);
	if (result == 0)
		result = view_extensions(arena, stored, out);
	return result;
}

int view_plan(struct arena *arena, const struct issue_plan *plan, struct Signet__Rpc__Request *out)
{
	int result = 0;
	out->n_extensions = 0;
	out->extensions = arena_array(arena, plan->count, sizeof *out->extensions);
	if (!out->extensions)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; result == 0 && i < plan->count; i++)
		result = add_extension(arena, out, &plan->extensions[i], plan->origins[i]);
	out->not_after = plan->not_after;
	return result;
}

static unsigned certificate_state(const Signet__Db__Certificate *record, int64_t not_after,
                                  int64_t now)
{
	if (record->state && record->state != SIGNET_VALID)
		return record->state;
	return now > not_after ? SIGNET_EXPIRED : SIGNET_VALID;
}

int view_certificate(struct arena *arena, const struct stored *stored, int64_t now, bool whole,
                     struct Signet__Rpc__Certificate *out)
{
	struct outline outline;
	if (!stored->certificate)
		return SIGNET_E_NOT_FOUND;
	int result = outline_read(&outline, arena, octets(stored->certificate->der));
	if (result)
		return result;
	signet__rpc__certificate__init(out);
	out->id = stored->id;
	out->request_id = stored->id;
	out->serial = field(outline.serial);
	if (whole)
		out->certificate = stored->certificate->der;
	out->authority = stored->request->authority;
	out->profile = stored->request->profile;
	out->requester = stored->request->requester;
	out->not_before = outline.not_before;
	out->not_after = outline.not_after;
	out->state = certificate_state(stored->certificate, outline.not_after, now);
	out->revoked = stored->certificate->revoked;
	out->revocation_reason = stored->certificate->reason;
	out->invalid = stored->certificate->invalid;
	result = subject_text(arena, outline.subject, &out->subject);
	if (result == 0)
		result = name_texts(arena, outline.names, outline.name_count, &out->names);
	out->n_names = result ? 0 : outline.name_count;
	return result;
}

static int view_event_request(struct arena *arena, const struct stored *stored,
                              Signet__Rpc__Event *out)
{
	Signet__Rpc__Certificate certificate;
	const Signet__Db__Request *record = stored->request;
	out->request_id = stored->id;
	out->authority = record->authority;
	out->profile = record->profile;
	out->requester = record->requester;
	out->message = record->message;
	if (!stored->certificate) {
		Signet__Rpc__Request request;
		signet__rpc__request__init(&request);
		int result = view_csr(arena, octets(record->csr), &request);
		out->subject = request.subject;
		out->names = request.names;
		out->n_names = request.n_names;
		return result;
	}
	int result = view_certificate(arena, stored, clock_now(), true, &certificate);
	if (result)
		return result;
	out->certificate_id = stored->id;
	out->serial = certificate.serial;
	out->certificate = certificate.certificate;
	out->subject = certificate.subject;
	out->names = certificate.names;
	out->n_names = certificate.n_names;
	out->state = certificate.state;
	out->not_before = certificate.not_before;
	out->not_after = certificate.not_after;
	out->revoked = certificate.revoked;
	out->revocation_reason = certificate.revocation_reason;
	return 0;
}

/* An authority's own certificate, which is none of the database's. */
static int view_authority(struct arena *arena, struct bytes der, Signet__Rpc__Event *out)
{
	struct outline outline;
	int result = outline_read(&outline, arena, der);
	if (result)
		return result;
	out->certificate = field(der);
	out->serial = field(outline.serial);
	out->not_before = outline.not_before;
	out->not_after = outline.not_after;
	out->state = clock_now() > outline.not_after ? SIGNET_EXPIRED : SIGNET_VALID;
	return subject_text(arena, outline.subject, &out->subject);
}

int view_event(struct arena *arena, const struct event_row *row, struct Signet__Rpc__Event *out)
{
	signet__rpc__event__init(out);
	out->sequence = row->sequence;
	out->kind = row->kind;
	out->time = row->time;
	if (row->stored.id)
		return view_event_request(arena, &row->stored, out);
	out->authority = text(row->authority);
	if (row->kind == SIGNET_EVENT_CRL_PUBLISHED) {
		out->file = arena_text(arena, row->data);
		out->shard = row->shard;
		out->earlier = row->earlier;
		return out->file ? 0 : SIGNET_E_NOMEM;
	}
	return row->kind == SIGNET_EVENT_CA_CERTIFICATE ? view_authority(arena, row->data, out) : 0;
}
