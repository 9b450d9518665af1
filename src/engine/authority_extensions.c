#include "asn1/oid.h"
#include "engine/authority_private.h"

/* The issuer's subjectKeyIdentifier as its certificate says, else as it would be made. */
static int add_key_id(struct authority *a, struct arena *arena, struct error *err)
{
	const struct extension *own = certificate_extension(&a->certificate, OID_SUBJECT_KEY_ID);
	uint8_t made[20];
	struct bytes id = BYTES_OF(made);
	if (own && subject_key_id_decode(own->value, &id))
		return error_set(err, SIGNET_E_INVALID, "subjectKeyIdentifier does not parse");
	if (!own)
		pubkey_id(key_public(a->key), made);
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	a->key_id.oid = OID_AUTHORITY_KEY_ID;
	if (authority_key_id_encode(&value, id) ||
	    arena_bytes(arena, buffer_bytes(&value), &a->key_id.value))
		return error_nomem(err);
	return 0;
}

int authority_add_extensions(struct authority *a, struct arena *arena,
                             const struct conf_node *map, struct error *err)
{
	int result = crl_policy_load(&a->crl, conf_find(map, "crl"), err);
	if (result == 0)
		result = add_key_id(a, arena, err);
	return result ? result : authority_add_urls(a, arena, map, err);
}
