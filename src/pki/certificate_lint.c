/* The rules of RFC 5280 that hold for every certificate, whatever policy says. */
#include "pki/certificate.h"

#include "asn1/oid.h"
#include "pki/certificate_lint.h"

/* What a template of LIMIT_CERTIFICATE octets decodes to. */
#define LINT_MEMORY (1u << 20)

struct draft {
	const struct certificate_template *template;
	struct arena *arena;
	struct error *err;
	struct bytes algorithm; /* OID of the public key's */
	bool ca;
	int path_length;
	unsigned key_usage; /* 0 when the extension is not there */
};

static int refuse(const struct draft *d, const char *section, const char *what)
{
	return error_set(d->err, SIGNET_E_INVALID, "%s (RFC 5280 section %s)", what, section);
}

static const struct extension *find(const struct draft *d, struct bytes oid)
{
	for (size_t i = 0; i < d->template->extension_count; i++)
		if (bytes_equal(d->template->extensions[i].oid, oid))
			return &d->template->extensions[i];
	return NULL;
}

static int check_serial(struct draft *d)
{
	struct bytes serial = d->template->serial;
	while (serial.length && serial.data[0] == 0) {
		serial.data++;
		serial.length--;
	}
	if (serial.length == 0)
		return refuse(d, "4.1.2.2", "the serial number is not positive");
	if (serial.length + (serial.data[0] >= 0x80) > SERIAL_SIZE)
		return refuse(d, "4.1.2.2", "the serial number takes more than 20 octets");
	return 0;
}

static int check_names(struct draft *d)
{
	const struct certificate_template *t = d->template;
	if (name_check(t->issuer, NULL) || name_is_empty(t->issuer))
		return refuse(d, "4.1.2.4", "the issuer is empty or not a Name");
	if (name_check(t->subject, NULL))
		return refuse(d, "4.1.2.6", "the subject is not a Name");
	return 0;
}

static int check_validity(struct draft *d)
{
	static const int64_t year_0000 = -62167219200, year_9999_end = 253402300799;
	const struct certificate_template *t = d->template;
	if (t->not_before < year_0000 || t->not_after > year_9999_end)
		return refuse(d, "4.1.2.5", "the validity is beyond the year 9999");
	if (t->not_before >= t->not_after)
		return refuse(d, "4.1.2.5", "the validity ends before it begins");
	return 0;
}

static int check_spki(struct draft *d)
{
	struct der der = der_open(d->template->spki), spki, algorithm;
	if (d->template->spki.length > LIMIT_SPKI || der_check(d->template->spki) ||
	    der_enter(&der, DER_SEQUENCE, &spki) || der_finish(&der) ||
	    der_enter(&spki, DER_SEQUENCE, &algorithm) || der_oid(&algorithm, &d->algorithm))
		return refuse(d, "4.1.2.7", "the public key is not a SubjectPublicKeyInfo");
	return 0;
}

/* One well formed element as a value, and no OID twice. */
static int check_envelope(struct draft *d)
{
	const struct certificate_template *t = d->template;
	if (t->extension_count > LIMIT_EXTENSIONS)
		return refuse(d, "4.2", "more extensions than we read");
	for (size_t i = 0; i < t->extension_count; i++) {
		struct der der = der_open(t->extensions[i].value);
		if (der_check(t->extensions[i].value) || der_any(&der, NULL, NULL, NULL) ||
		    der_finish(&der))
			return refuse(d, "4.2", "the value of an extension is not DER");
		if (find(d, t->extensions[i].oid) != &t->extensions[i])
			return refuse(d, "4.2", "an extension is there twice");
	}
	return 0;
}

static int check_basic_constraints(struct draft *d)
{
	const struct extension *e = find(d, OID_BASIC_CONSTRAINTS);
	d->path_length = PATH_LENGTH_NONE;
	if (!e)
		return 0;
	if (basic_constraints_decode(e->value, &d->ca, &d->path_length))
		return refuse(d, "4.2.1.9", "basicConstraints is broken");
	if (d->ca && !e->critical)
		return refuse(d, "4.2.1.9", "basicConstraints of a CA is not critical");
	return 0;
}

static int check_key_usage(struct draft *d)
{
	const struct extension *e = find(d, OID_KEY_USAGE);
	if (e && key_usage_decode(e->value, &d->key_usage))
		return refuse(d, "4.2.1.3", "keyUsage is broken");
	if (d->ca && !(d->key_usage & KU_KEY_CERT_SIGN))
		return refuse(d, "4.2.1.3", "a CA without keyCertSign in its keyUsage");
	if (!d->ca && d->key_usage & KU_KEY_CERT_SIGN)
		return refuse(d, "4.2.1.9", "keyCertSign without being a CA");
	/* RFC 8813 section 3, RFC 8410 section 5 */
	const unsigned encipherment = KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT;
	if (bytes_equal(d->algorithm, OID_EC_PUBLIC_KEY) && d->key_usage & encipherment)
		return refuse(d, "4.2.1.3", "keyEncipherment or dataEncipherment by an EC key");
	if (bytes_equal(d->algorithm, OID_ED25519) &&
	    d->key_usage & (encipherment | KU_KEY_AGREEMENT))
		return refuse(d, "4.2.1.3", "encipherment or keyAgreement by a key that only signs");
	if (d->key_usage & (KU_ENCIPHER_ONLY | KU_DECIPHER_ONLY) &&
	    !(d->key_usage & KU_KEY_AGREEMENT))
		return refuse(d, "4.2.1.3", "encipherOnly or decipherOnly without keyAgreement");
	return 0;
}

static int check_subject(struct draft *d)
{
	const struct extension *e = find(d, OID_SUBJECT_ALT_NAME);
	bool empty = name_is_empty(d->template->subject);
	struct general_name *names;
	size_t count;
	if (d->ca && empty)
		return refuse(d, "4.1.2.6", "a CA without a subject");
	if (empty && !(e && e->critical))
		return refuse(d, "4.2.1.6",
		              "neither a subject nor a critical subjectAltName");
	if (e && subject_alt_name_decode(d->arena, e->value, &names, &count, d->err)) {
		error_prefix(d->err, "subjectAltName (RFC 5280 section 4.2.1.6)");
		if (d->err)
			d->err->code = SIGNET_E_INVALID;
		return SIGNET_E_INVALID;
	}
	return 0;
}

static int check_key_ids(struct draft *d)
{
	const struct extension *subject = find(d, OID_SUBJECT_KEY_ID);
	const struct extension *authority = find(d, OID_AUTHORITY_KEY_ID);
	bool self_issued = bytes_equal(d->template->issuer, d->template->subject);
	struct bytes id;
	if (!subject)
		return refuse(d, "4.2.1.2", "no subjectKeyIdentifier");
	if (subject->critical || subject_key_id_decode(subject->value, &id))
		return refuse(d, "4.2.1.2", "subjectKeyIdentifier is broken or critical");
	/* a self-signed certificate may leave it out */
	if (!authority)
		return self_issued ? 0 : refuse(d, "4.2.1.1", "no authorityKeyIdentifier");
	if (authority->critical || authority_key_id_decode(authority->value, &id) ||
	    id.length == 0)
		return refuse(d, "4.2.1.1",
		              "authorityKeyIdentifier is broken, critical, or without its key");
	return 0;
}

static int check_others(struct draft *d)
{
	const struct certificate_template *t = d->template;
	int result = 0;
	for (size_t i = 0; result == 0 && i < t->extension_count; i++)
		result = certificate_lint_extension(d->arena, &t->extensions[i], d->ca, d->err);
	return result;
}

int certificate_lint(const struct certificate_template *template, struct error *err)
{
	/* the later ones stand on what the earlier ones found */
	static int (*const rules[])(struct draft *) = {
		check_serial, check_names, check_validity, check_spki, check_envelope,
		check_basic_constraints, check_key_usage, check_subject, check_key_ids,
		check_others,
	};
	struct draft draft = {.template = template, .err = err, .arena = arena_new(LINT_MEMORY)};
	int result = 0;
	if (!draft.arena)
		return error_nomem(err);
	for (size_t i = 0; i < sizeof rules / sizeof *rules && result == 0; i++)
		result = rules[i](&draft);
	arena_free(draft.arena);
	return result;
}
