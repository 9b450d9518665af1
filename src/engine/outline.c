#include "engine/outline.h"

#include "asn1/oid.h"
#include "engine/outcome.h"

/* What stands behind the key, which may be nothing in a certificate that comes from elsewhere. */
static int read_extensions(struct der *tbs, struct bytes *extensions)
{
	struct der wrapper;
	while (der_peek(tbs) == DER_CONTEXT(1) || der_peek(tbs) == DER_CONTEXT(2))
		if (der_any(tbs, NULL, NULL, NULL)) /* unique identifiers */
			return SIGNET_E_CORRUPT;
	*extensions = BYTES_NONE;
	if (der_at_end(tbs))
		return 0;
	return der_enter(tbs, DER_CONTEXT_CONSTRUCTED(3), &wrapper) ||
	       der_whole(&wrapper, DER_SEQUENCE, extensions) ? SIGNET_E_CORRUPT : 0;
}

/* TBSCertificate (RFC 5280 section 4.1) from the serial number on. */
static int read_fields(struct outline *out, struct bytes der, struct bytes *extensions)
{
	struct der whole = der_open(der), certificate, tbs, validity;
	if (der_enter(&whole, DER_SEQUENCE, &certificate) ||
	    der_enter(&certificate, DER_SEQUENCE, &tbs) ||
	    der_any(&tbs, NULL, NULL, NULL) ||                  /* version */
	    der_any(&tbs, NULL, NULL, NULL) ||                  /* serialNumber */
	    der_any(&tbs, NULL, NULL, NULL) ||                  /* signature */
	    der_any(&tbs, NULL, NULL, NULL) ||                  /* issuer */
	    der_enter(&tbs, DER_SEQUENCE, &validity) ||
	    der_time(&validity, &out->not_before) || der_time(&validity, &out->not_after) ||
	    der_whole(&tbs, DER_SEQUENCE, &out->subject) ||
	    der_any(&tbs, NULL, NULL, NULL) ||                  /* subjectPublicKeyInfo */
	    read_extensions(&tbs, extensions))
		return SIGNET_E_CORRUPT;
	return outcome_serial(der, &out->serial) ? SIGNET_E_CORRUPT : 0;
}

int outline_read(struct outline *out, struct arena *arena, struct bytes der)
{
	struct outline made = {0};
	struct bytes extensions;
	int result = read_fields(&made, der, &extensions);
	if (result == 0 && extensions.length)
		result = extensions_parse(arena, extensions, &made.extensions,
		                          &made.extension_count, NULL);
	for (size_t i = 0; result == 0 && i < made.extension_count; i++)
		if (bytes_equal(made.extensions[i].oid, OID_SUBJECT_ALT_NAME))
			result = subject_alt_name_decode(arena, made.extensions[i].value,
			                                 &made.names, &made.name_count, NULL);
	if (result)
		return result == SIGNET_E_NOMEM ? result : SIGNET_E_CORRUPT;
	*out = made;
	return 0;
}
