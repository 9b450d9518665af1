#include "api/json.h"

#include <jansson.h>

#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "base/text.h"

/* One document that is being written: sticky on error, so that a run of members is checked once. */
struct writer {
	struct arena *arena; /* NULL where no text needs to be made */
	int error;
};

static void fail(struct writer *w, int code)
{
	if (!w->error)
		w->error = code;
}

/* NULL for a text that is none (SIGNET_E_INVALID) or no memory; what takes it copes. */
static json_t *make_text(struct writer *w, const char *text)
{
	json_t *value = NULL;
	if (!text || !(value = json_string(text)))
		fail(w, text && !text_is_utf8(bytes_text(text)) ? SIGNET_E_INVALID
		                                                : SIGNET_E_NOMEM);
	return value;
}

static void put(struct writer *w, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		fail(w, SIGNET_E_NOMEM);
}

static void add(struct writer *w, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		fail(w, SIGNET_E_NOMEM);
}

static void put_text(struct writer *w, json_t *object, const char *key, const char *text)
{
	put(w, object, key, make_text(w, text));
}

static void put_number(struct writer *w, json_t *object, const char *key, uint64_t number)
{
	put(w, object, key, json_integer((json_int_t)number));
}

static void put_time(struct writer *w, json_t *object, const char *key, int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE];
	put(w, object, key, make_text(w, clock_format(seconds, text)));
}

static void put_hex(struct writer *w, json_t *object, const char *key, struct bytes octets)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(2 * LIMIT_MESSAGE);
	if (hex_encode(&text, octets))
		fail(w, text.error);
	else
		put_text(w, object, key, text.length ? buffer_text(&text) : "");
}

static void put_pem(struct writer *w, json_t *object, const char *label, struct bytes der)
{
	/* PEM adds a third, the ends of lines, and its two borders */
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(der.length * 3 / 2 + 256);
	if (pem_encode(&text, label, der))
		fail(w, text.error);
	else
		put_text(w, object, "pem", buffer_text(&text));
}

static void put_texts(struct writer *w, json_t *object, const char *key,
                      const char *const *texts, size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++)
		add(w, array, make_text(w, texts[i]));
	put(w, object, key, array);
}

/* Appends the document and gives up the reference. */
static int finish(struct writer *w, json_t *document, struct buffer *out)
{
	char *text = w->error ? NULL : json_dumps(document, JSON_COMPACT);
	json_decref(document);
	if (!text)
		return w->error ? w->error : SIGNET_E_NOMEM;
	int result = buffer_append_text(out, text);
	free(text);
	return result;
}

/* ---- events ---- */

static json_t *make_certificate(struct writer *w, const struct signet_event *event)
{
	json_t *object = json_object();
	put_number(w, object, "id", event->certificate_id);
	put_hex(w, object, "serial", event->serial);
	if (event->state) {
		put_text(w, object, "state", signet_certificate_state_name(event->state));
		put_time(w, object, "notBefore", event->not_before);
		put_time(w, object, "notAfter", event->not_after);
	}
	if (event->revoked) {
		put_time(w, object, "revoked", event->revoked);
		put_number(w, object, "revocationReason", event->revocation_reason);
	}
	if (event->certificate.length)
		put_pem(w, object, "CERTIFICATE", event->certificate);
	return object;
}

static json_t *make_crl(struct writer *w, const struct signet_event *event)
{
	json_t *object = json_object();
	put(w, object, "delta", json_boolean(event->delta));
	put_pem(w, object, "X509 CRL", event->crl);
	return object;
}

int json_put_event(struct buffer *out, const struct signet_event *event)
{
	struct writer w = {NULL, 0};
	json_t *object = json_object();
	const char *kind = signet_event_name(event->kind);
	put_text(&w, object, "event", kind ? kind : "unknown");
	put_number(&w, object, "sequence", event->sequence);
	put_time(&w, object, "time", event->time);
	if (event->request_id)
		put_number(&w, object, "requestId", event->request_id);
	put_text(&w, object, "authority", event->authority);
	put_text(&w, object, "profile", event->profile);
	put_text(&w, object, "requester", event->requester);
	put_text(&w, object, "subject", event->subject);
	put_texts(&w, object, "names", event->names, event->name_count);
	put_text(&w, object, "message", event->message);
	if (event->certificate_id || event->certificate.length)
		put(&w, object, "certificate", make_certificate(&w, event));
	if (event->crl.length)
		put(&w, object, "crl", make_crl(&w, event));
	return finish(&w, object, out);
}

/* ---- judgements ---- */

static void put_names(struct writer *w, json_t *object, const struct general_name *names,
                      size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++) {
		const char *text = general_name_text(w->arena, &names[i]);
		if (text)
			text = arena_printf(w->arena, "%s:%s",
			                    general_name_kind_name(names[i].kind), text);
		add(w, array, make_text(w, text));
	}
	put(w, object, "names", array);
}

static json_t *make_extension(struct writer *w, const struct extension *extension)
{
	json_t *object = json_object();
	const char *name = oid_name(extension->oid);
	put_text(w, object, "oid", oid_to_text(w->arena, extension->oid));
	if (name)
		put_text(w, object, "name", name);
	put(w, object, "critical", json_boolean(extension->critical));
	put_hex(w, object, "value", extension->value);
	return object;
}

static json_t *make_key(struct writer *w, const struct pubkey *key)
{
	json_t *object = json_object();
	uint8_t fingerprint[32];
	pubkey_fingerprint(key, fingerprint);
	put_text(w, object, "algorithm", key_algorithm_name(pubkey_algorithm(key)));
	put_number(w, object, "bits", pubkey_bits(key));
	put_hex(w, object, "fingerprint", BYTES_OF(fingerprint));
	put_pem(w, object, "PUBLIC KEY", pubkey_spki(key));
	return object;
}

static json_t *make_attributes(struct writer *w, const struct signet_request *request)
{
	json_t *array = json_array();
	for (size_t i = 0; i < request->attribute_count; i++) {
		json_t *object = json_object();
		put_text(w, object, "name", request->attributes[i].name);
		put_text(w, object, "value", request->attributes[i].value);
		add(w, array, object);
	}
	return array;
}

static void put_who(struct writer *w, json_t *object, const struct signet_request *request)
{
	put_number(w, object, "id", request->id);
	put(w, object, "resubmitted", json_boolean(request->resubmitted));
	put(w, object, "test", json_boolean(request->test));
	put_text(w, object, "profile", request->profile);
	put_text(w, object, "authority", request->authority);
	put_text(w, object, "intermediary", request->intermediary);
	put_text(w, object, "protocol", request->protocol);
	put_text(w, object, "requester", request->requester);
	put_text(w, object, "address", request->address);
	put_time(w, object, "submitted", request->submitted);
	put(w, object, "attributes", make_attributes(w, request));
	put_texts(w, object, "approvers", request->approvers, request->approver_count);
}

static json_t *make_request(struct writer *w, const struct signet_request *request)
{
	json_t *object = json_object(), *extensions = json_array();
	put_who(w, object, request);
	put_text(w, object, "subject", name_to_text(w->arena, request->subject));
	put_names(w, object, request->alt_names, request->alt_name_count);
	for (size_t i = 0; i < request->extension_count; i++)
		add(w, extensions, make_extension(w, &request->extensions[i]));
	put(w, object, "extensions", extensions);
	put(w, object, "key", make_key(w, request->key));
	put_pem(w, object, "CERTIFICATE REQUEST", request->csr);
	return object;
}

static json_t *make_draft(struct writer *w, const struct signet_draft *draft)
{
	json_t *object = json_object(), *array = json_array();
	size_t count;
	put_text(w, object, "subject", name_to_text(w->arena, signet_draft_subject(draft)));
	put_time(w, object, "notBefore", signet_draft_not_before(draft));
	put_time(w, object, "notAfter", signet_draft_not_after(draft));
	const struct general_name *names = signet_draft_alt_names(draft, &count);
	put_names(w, object, names, count);
	const struct signet_draft_extension *extensions = signet_draft_extensions(draft, &count);
	for (size_t i = 0; i < count; i++) {
		json_t *extension = make_extension(w, &extensions[i].extension);
		put_text(w, extension, "origin", signet_origin_name(extensions[i].origin));
		add(w, array, extension);
	}
	put(w, object, "extensions", array);
	return object;
}

int json_put_judgement(struct buffer *out, const struct signet_request *request,
                       struct signet_draft *draft)
{
	struct writer w = {signet_draft_arena(draft), 0};
	json_t *object = json_object();
	put(&w, object, "request", make_request(&w, request));
	put(&w, object, "draft", make_draft(&w, draft));
	return finish(&w, object, out);
}
