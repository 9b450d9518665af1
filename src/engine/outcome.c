#include "engine/outcome.h"

#include "engine/records.pb-c.h"

#define RETRY_AFTER 300 /* seconds until a pending request is worth asking for again */

int outcome_serial(struct bytes certificate, struct bytes *out)
{
	struct der whole = der_open(certificate), inside, tbs;
	/* it stands behind the version (RFC 5280 section 4.1) */
	if (der_enter(&whole, DER_SEQUENCE, &inside) || der_enter(&inside, DER_SEQUENCE, &tbs) ||
	    der_any(&tbs, NULL, NULL, NULL) || der_integer(&tbs, out))
		return SIGNET_E_INVALID;
	if (out->length > 1 && out->data[0] == 0)
		*out = bytes_make(out->data + 1, out->length - 1);
	return 0;
}

static int add_chain(const struct configuration *configuration, struct arena *arena,
                     const char *name, struct signet_outcome *out)
{
	/* NULL: an authority that is gone from the configuration */
	const struct authority *authority = configuration_authority(configuration, name);
	if (!authority || authority->sent_count == 0)
		return 0;
	out->chain = arena_memdup(arena, authority->chain,
	                          authority->sent_count * sizeof *authority->chain);
	out->chain_count = authority->sent_count;
	return out->chain ? 0 : SIGNET_E_NOMEM;
}

int outcome_make(const struct configuration *configuration, struct arena *arena,
                 const struct outcome_parts *parts, struct signet_outcome *out,
                 struct error *err)
{
	static const enum signet_disposition dispositions[] = {
		[SIGNET_REQUEST_ISSUED] = SIGNET_ISSUED, [SIGNET_REQUEST_PENDING] = SIGNET_PENDING,
		[SIGNET_REQUEST_DENIED] = SIGNET_DENIED, [SIGNET_REQUEST_FAILED] = SIGNET_FAILED};
	struct signet_outcome made = {
		.disposition = dispositions[parts->state],
		.request_id = parts->id,
		.reason = parts->reason,
		.message = parts->message,
		.retry_after = parts->state == SIGNET_REQUEST_PENDING ? RETRY_AFTER : 0,
	};
	if (parts->state == SIGNET_REQUEST_ISSUED) {
		made.certificate_id = parts->id;
		made.serial = parts->serial;
		made.certificate = parts->certificate;
		if (add_chain(configuration, arena, parts->authority, &made))
			return error_nomem(err);
	}
	*out = made;
	return 0;
}

int outcome_of_stored(const struct configuration *configuration, struct arena *arena,
                      const struct stored *stored, struct signet_outcome *out,
                      struct error *err)
{
	const Signet__Db__Request *record = stored->request;
	struct outcome_parts parts = {
		.id = stored->id,
		.state = (enum signet_request_state)record->state,
		.reason = (enum signet_reason)record->reason,
		.message = record->message,
		.authority = record->authority,
	};
	if (record->state < SIGNET_REQUEST_ISSUED || record->state > SIGNET_REQUEST_FAILED ||
	    (record->state == SIGNET_REQUEST_ISSUED && !stored->certificate))
		return error_set(err, SIGNET_E_CORRUPT, "a stored request contradicts itself");
	if (stored->certificate)
		parts.certificate =
			bytes_make(stored->certificate->der.data, stored->certificate->der.len);
	if (stored->certificate && outcome_serial(parts.certificate, &parts.serial))
		return error_set(err, SIGNET_E_CORRUPT, "a stored certificate does not parse");
	return outcome_make(configuration, arena, &parts, out, err);
}
