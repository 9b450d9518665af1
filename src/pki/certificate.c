#include "pki/certificate.h"

#include "asn1/oid.h"

#define KEY_USAGE_ALL 0x1ffu
#define VERSION_3 2

static int refuse(struct error *err, const char *what)
{
	return error_set(err, SIGNET_E_INVALID, "certificate: %s", what);
}

/* version [0] EXPLICIT INTEGER DEFAULT v1: we take v3 alone, so it is always there. */
static int read_version(struct der *tbs, struct error *err)
{
	struct der der;
	uint64_t version;
	if (der_enter(tbs, DER_CONTEXT_CONSTRUCTED(0), &der))
		return refuse(err, "not of version 3 (RFC 5280 section 4.1.2.1)");
	if (der_uint(&der, &version) || der_finish(&der) || version != VERSION_3)
		return refuse(err, "not of version 3 (RFC 5280 section 4.1.2.1)");
	return 0;
}

static int read_serial(struct der *tbs, struct bytes *serial, struct error *err)
{
	struct bytes number;
	if (der_integer(tbs, &number) || number.data[0] >= 0x80 || number.length > SERIAL_SIZE)
		return refuse(err, "serial number not positive or longer than 20 octets "
		                   "(RFC 5280 section 4.1.2.2)");
	if (number.data[0] == 0) {
		number.data++;
		number.length--;
	}
	if (number.length == 0)
		return refuse(err, "serial number zero (RFC 5280 section 4.1.2.2)");
	*serial = number;
	return 0;
}

static int read_name(struct der *tbs, const char *which, struct bytes *name, struct error *err)
{
	if (der_whole(tbs, DER_SEQUENCE, name))
		return refuse(err, "issuer or subject not there");
	if (name_check(*name, err)) {
		error_prefix(err, "certificate: %s", which);
		return SIGNET_E_BAD_NAME;
	}
	return 0;
}

static int read_time(struct der *validity, int64_t *seconds)
{
	uint8_t tag = der_peek(validity);
	if (der_time(validity, seconds))
		return SIGNET_E_INVALID;
	/* dates through 2049 are UTCTime (RFC 5280 section 4.1.2.5) */
	const int64_t year_2050 = 2524608000, year_1950 = -631152000;
	bool utc = *seconds < year_2050 && *seconds >= year_1950;
	return utc == (tag == DER_UTC_TIME) ? 0 : SIGNET_E_INVALID;
}

static int read_validity(struct der *tbs, struct certificate *c, struct error *err)
{
	struct der validity;
	if (der_enter(tbs, DER_SEQUENCE, &validity) || read_time(&validity, &c->not_before) ||
	    read_time(&validity, &c->not_after) || der_finish(&validity))
		return refuse(err, "validity not in the form of RFC 5280 section 4.1.2.5");
	if (c->not_before > c->not_after)
		return refuse(err, "validity ends before it begins");
	return 0;
}

static int read_extensions(struct der *tbs, struct arena *arena, struct certificate *c,
                           struct error *err)
{
	struct der der;
	struct bytes list;
	if (der_at_end(tbs))
		return 0;
	if (der_enter(tbs, DER_CONTEXT_CONSTRUCTED(3), &der) ||
	    der_whole(&der, DER_SEQUENCE, &list) || der_finish(&der) || der_finish(tbs))
		return refuse(err, "more in it than RFC 5280 section 4.1 knows");
	int result = extensions_parse(arena, list, &c->extensions, &c->extension_count, err);
	if (result)
		error_prefix(err, "certificate");
	return result;
}

/* issuerUniqueID or subjectUniqueID: read over, as everybody does. */
static int skip_unique_id(struct der *tbs, unsigned number)
{
	struct bytes id;
	if (der_peek(tbs) != DER_CONTEXT(number))
		return 0;
	return der_expect(tbs, (uint8_t)DER_CONTEXT(number), &id) || id.length == 0
	               ? SIGNET_E_INVALID
	               : 0;
}

/* TBSCertificate but its key, which costs most and is read last. */
static int read_tbs(struct der tbs, struct arena *arena, struct certificate *c,
                    struct bytes *algorithm, struct error *err)
{
	int result = read_version(&tbs, err);
	if (result == 0)
		result = read_serial(&tbs, &c->serial, err);
	if (result == 0 && der_whole(&tbs, DER_SEQUENCE, algorithm))
		result = refuse(err, "no signature algorithm in it");
	if (result == 0)
		result = read_name(&tbs, "issuer", &c->issuer, err);
	if (result == 0 && name_is_empty(c->issuer))
		result = refuse(err, "empty issuer (RFC 5280 section 4.1.2.4)");
	if (result == 0)
		result = read_validity(&tbs, c, err);
	if (result == 0)
		result = read_name(&tbs, "subject", &c->subject, err);
	if (result == 0 && der_whole(&tbs, DER_SEQUENCE, &c->spki))
		result = refuse(err, "no public key in it");
	if (result == 0 && (skip_unique_id(&tbs, 1) || skip_unique_id(&tbs, 2)))
		result = refuse(err, "broken unique identifier");
	return result ? result : read_extensions(&tbs, arena, c, err);
}

static int read_certificate(struct certificate *c, struct arena *arena, struct bytes der,
                            struct error *err)
{
	struct der reader = der_open(der), outer, tbs;
	struct bytes inner_algorithm, outer_algorithm;
	c->der = der;
	if (der.length > LIMIT_CERTIFICATE)
		return error_set(err, SIGNET_E_INVALID, "certificate: more than %d octets",
		                 LIMIT_CERTIFICATE);
	if (der_enter(&reader, DER_SEQUENCE, &outer) || der_finish(&reader) ||
	    der_whole(&outer, DER_SEQUENCE, &c->tbs) ||
	    der_whole(&outer, DER_SEQUENCE, &outer_algorithm) ||
	    der_bits(&outer, &c->signature, NULL) || der_finish(&outer))
		return refuse(err, "not a Certificate in DER (RFC 5280 section 4.1)");
	reader = der_open(c->tbs);
	if (der_enter(&reader, DER_SEQUENCE, &tbs))
		return refuse(err, "not a Certificate in DER (RFC 5280 section 4.1)");
	int result = read_tbs(tbs, arena, c, &inner_algorithm, err);
	if (result)
		return result;
	if (!bytes_equal(inner_algorithm, outer_algorithm))
		return refuse(err, "two signature algorithms (RFC 5280 section 4.1.1.2)");
	reader = der_open(outer_algorithm);
	if (signature_algorithm_read(&reader, &c->signature_algorithm))
		return error_set(err, SIGNET_E_BAD_ALGORITHM,
		                 "certificate: a signature algorithm that is not accepted");
	result = pubkey_from_spki(&c->key, c->spki, err);
	if (result)
		error_prefix(err, "certificate");
	return result;
}

int certificate_parse(struct certificate *out, struct arena *arena, struct bytes der,
                      struct error *err)
{
	struct certificate certificate = {0};
	int result = read_certificate(&certificate, arena, der, err);
	if (result == 0)
		*out = certificate;
	return result;
}

void certificate_clear(struct certificate *certificate)
{
	pubkey_free(certificate->key);
	*certificate = (struct certificate){0};
}

const struct extension *certificate_extension(const struct certificate *certificate,
                                              struct bytes oid)
{
	for (size_t i = 0; i < certificate->extension_count; i++)
		if (bytes_equal(certificate->extensions[i].oid, oid))
			return &certificate->extensions[i];
	return NULL;
}

int certificate_verify(const struct certificate *certificate, const struct pubkey *issuer,
                       struct error *err)
{
	return pubkey_verify(issuer, certificate->signature_algorithm, certificate->tbs,
	                     certificate->signature, err);
}

bool certificate_is_ca(const struct certificate *certificate, int *path_length)
{
	const struct extension *extension =
		certificate_extension(certificate, OID_BASIC_CONSTRAINTS);
	bool ca;
	int length;
	if (!extension || basic_constraints_decode(extension->value, &ca, &length) || !ca)
		return false;
	if (path_length)
		*path_length = length;
	return true;
}

unsigned certificate_key_usage(const struct certificate *certificate)
{
	const struct extension *extension = certificate_extension(certificate, OID_KEY_USAGE);
	unsigned mask;
	if (!extension)
		return KEY_USAGE_ALL;
	return key_usage_decode(extension->value, &mask) ? 0 : mask;
}

int certificate_check_names(const struct certificate *certificate, struct arena *arena,
                            const struct name_constraints *constraints, struct error *err)
{
	const struct extension *e = certificate_extension(certificate, OID_SUBJECT_ALT_NAME);
	struct general_name *names = NULL;
	size_t count = 0;
	int result = e ? subject_alt_name_decode(arena, e->value, &names, &count, err) : 0;
	return result ? result : name_constraints_check(constraints, arena, certificate->subject, names,
	                                                count, err);
}
