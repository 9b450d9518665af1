#include "import_world.h"

#include "asn1/oid.h"
#include "pki/certificate.h"

static struct bytes extension_value(struct fixture *f, struct buffer *value)
{
	struct bytes out = BYTES_NONE;
	assert_int_equal(value->error, 0);
	assert_int_equal(arena_bytes(f->arena, buffer_bytes(value), &out), 0);
	buffer_free(value);
	return out;
}

struct bytes old_certificate(struct fixture *f, const struct old_certificate *old)
{
	struct buffer value = BUFFER_MAX(4096), der = BUFFER_MAX(LIMIT_CERTIFICATE);
	struct extension extensions[2];
	struct general_name name;
	size_t count = 0;
	struct error err = {0};
	if (old->name) {
		assert_int_equal(general_name_from_text(f->arena, old->name, &name, &err), 0);
		assert_int_equal(subject_alt_name_encode(&value, &name, 1), 0);
		extensions[count++] = (struct extension){OID_SUBJECT_ALT_NAME, false,
		                                         extension_value(f, &value)};
	}
	if (old->point) {
		assert_int_equal(crl_distribution_encode(&value, &old->point, 1), 0);
		extensions[count++] = (struct extension){OID_CRL_DISTRIBUTION, false,
		                                         extension_value(f, &value)};
	}
	struct certificate_template template = {
		.serial = bytes_make(&old->serial, 1),
		.not_before = old->not_before ? old->not_before : IMPORT_NOW - 300 * IMPORT_DAY,
		.not_after = old->not_after ? old->not_after : IMPORT_NOW + 60 * IMPORT_DAY,
		.spki = pubkey_spki(key_public(f->key)), .extensions = extensions,
		.extension_count = count};
	assert_int_equal(name_from_text(f->arena, old->issuer ? old->issuer : "CN=Test Issuing",
	                                &template.issuer, &err), 0);
	assert_int_equal(name_from_text(f->arena, old->subject ? old->subject : "CN=old",
	                                &template.subject, &err), 0);
	if (certificate_build(&der, &template, old->signer ? old->signer : f->issuing_key, &err))
		fail_msg("%s", err.message);
	return extension_value(f, &der);
}

struct import_result import_these(struct fixture *f, struct import_order *order,
                                  const struct import_item *items, size_t count)
{
	struct import_result out;
	struct error err = {0};
	struct configuration *c = configuration_take(f->engine->holder);
	order->items = items;
	order->count = count;
	order->actor = "uid 1000";
	order->from = "admin.sock pid 4711";
	if (!order->authority)
		order->authority = "";
	if (import_certificates(f->engine, c, f->arena, order, &out, &err))
		fail_msg("%s", err.message);
	configuration_release(f->engine->holder, c);
	return out;
}

struct import_result import_one(struct fixture *f, struct bytes der)
{
	const struct import_item item = {.der = der};
	struct import_order order = {0};
	return import_these(f, &order, &item, 1);
}

const char *import_refusal(struct fixture *f, struct bytes der)
{
	struct import_result out = import_one(f, der);
	if (out.refused_count == 0)
		return NULL;
	assert_int_equal(out.imported + out.skipped + out.ended, 0);
	assert_int_not_equal(out.refused[0].code, 0);
	return out.refused[0].message;
}
