/* CA/Browser Forum, Baseline Requirements: subjects. */
#include "asn1/der_string.h"
#include "asn1/oid.h"
#include "base/text.h"
#include "policy/lint.h"

#define PERSON_NAME_MAX 64

/* The value of an alternative name, character for character. */
static bool is_alt_name(const struct lint *lint, const char *text)
{
	for (size_t i = 0; i < lint->name_count; i++) {
		const struct general_name *name = &lint->names[i];
		if (name->kind == GN_DNS && bytes_is_text(name->value, text))
			return true;
		const char *address = name->kind == GN_IP ? general_name_text(lint->arena, name)
		                                          : NULL;
		if (address && strcmp(address, text) == 0)
			return true;
	}
	return false;
}

static int check_common_name(struct lint *lint)
{
	for (size_t i = 0; i < lint->part_count; i++)
		if (bytes_equal(lint->parts[i].oid, OID_COMMON_NAME) &&
		    !is_alt_name(lint, lint->texts[i]))
			return lint_found(lint, "the common name \"%s\" is not among the "
			                  "alternative names", lint->texts[i]);
	return 0;
}

/* The place of an attribute in the order that names have; 0 for one that is not in it. */
static size_t rank_of(struct bytes oid)
{
	static const struct bytes *const order[] = {
		&OID_DOMAIN_COMPONENT, &OID_COUNTRY, &OID_STATE, &OID_LOCALITY, &OID_POSTAL_CODE,
		&OID_STREET, &OID_ORGANIZATION, &OID_SURNAME, &OID_GIVEN_NAME,
		&OID_ORGANIZATIONAL_UNIT, &OID_COMMON_NAME,
	};
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (bytes_equal(*order[i], oid))
			return i + 1;
	return 0;
}

static int check_order(struct lint *lint)
{
	size_t before = 0;
	for (size_t i = 0; i < lint->part_count; i++) {
		size_t rank = rank_of(lint->parts[i].oid);
		if (rank == 0)
			continue;
		if (rank < before)
			return lint_found(lint, "%s stands behind what it must precede",
			                  lint_oid(lint, lint->parts[i].oid));
		before = rank;
	}
	return 0;
}

static int check_multi_valued(struct lint *lint)
{
	for (size_t i = 0; i < lint->part_count; i++)
		if (lint->parts[i].joined)
			return lint_found(lint, "several attributes in one RDN");
	return 0;
}

static int check_repeated(struct lint *lint)
{
	for (size_t i = 0; i < lint->part_count; i++) {
		struct bytes oid = lint->parts[i].oid;
		if (!bytes_equal(oid, OID_STREET) && !bytes_equal(oid, OID_DOMAIN_COMPONENT) &&
		    lint_count_parts(lint, oid) > 1)
			return lint_found(lint, "%s is there more than once", lint_oid(lint, oid));
	}
	return 0;
}

static int check_strings(struct lint *lint)
{
	for (size_t i = 0; i < lint->part_count; i++) {
		const struct name_part *part = &lint->parts[i];
		if (rank_of(part->oid) && !bytes_equal(part->oid, OID_DOMAIN_COMPONENT) &&
		    part->tag != DER_UTF8_STRING && part->tag != DER_PRINTABLE_STRING)
			return lint_found(lint, "%s is neither UTF8String nor PrintableString",
			                  lint_oid(lint, part->oid));
	}
	return 0;
}

static int check_person_lengths(struct lint *lint)
{
	for (size_t i = 0; i < lint->part_count; i++) {
		const struct name_part *part = &lint->parts[i];
		size_t characters;
		if (!bytes_equal(part->oid, OID_SURNAME) && !bytes_equal(part->oid, OID_GIVEN_NAME))
			continue;
		if (der_string_check(part->tag, part->value, &characters) ||
		    characters > PERSON_NAME_MAX)
			return lint_found(lint, "%s is longer than %d characters",
			                  lint_oid(lint, part->oid), PERSON_NAME_MAX);
	}
	return 0;
}

static int check_metadata(struct lint *lint)
{
	for (size_t i = 0; i < lint->part_count; i++) {
		const char *text = lint->texts[i];
		if (text[strspn(text, ".- ")] == '\0')
			return lint_found(lint, "%s says nothing but \"%s\"",
			                  lint_oid(lint, lint->parts[i].oid), text);
	}
	return 0;
}

static int check_unit(struct lint *lint)
{
	return lint_count_parts(lint, OID_ORGANIZATIONAL_UNIT)
		? lint_found(lint, "organizationalUnitName must not be there") : 0;
}

static bool has(const struct lint *lint, struct bytes oid)
{
	return lint_count_parts(lint, oid) > 0;
}

static bool has_person(const struct lint *lint)
{
	return has(lint, OID_SURNAME) || has(lint, OID_GIVEN_NAME);
}

/* Without an organization and without a person only the domain is validated. */
static int check_domain_validated(struct lint *lint)
{
	if (has(lint, OID_ORGANIZATION) || has_person(lint))
		return 0;
	for (size_t i = 0; i < lint->part_count; i++) {
		struct bytes oid = lint->parts[i].oid;
		if (!bytes_equal(oid, OID_COUNTRY) && !bytes_equal(oid, OID_COMMON_NAME))
			return lint_found(lint, "%s without an organization or a person",
			                  lint_oid(lint, oid));
	}
	return 0;
}

static bool has_place(const struct lint *lint)
{
	return has(lint, OID_COUNTRY) && (has(lint, OID_STATE) || has(lint, OID_LOCALITY));
}

static int check_place(struct lint *lint)
{
	if ((!has(lint, OID_ORGANIZATION) && !has_person(lint)) || has_place(lint))
		return 0;
	return lint_found(lint, "an organization or a person without C and one of ST and L");
}

static int check_person(struct lint *lint)
{
	if (has(lint, OID_SURNAME) == has(lint, OID_GIVEN_NAME))
		return 0;
	return lint_found(lint, "one of surname and givenName without the other");
}

/* ISO 3166-1 alpha-2, and XX for what has none. */
static const char countries[] =
	"ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCL"
	"CMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGU"
	"GWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMC"
	"MDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPT"
	"PWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUA"
	"UGUMUSUYUZVAVCVEVGVIVNVUWFWSXXYEYTZAZMZW";

static bool is_country(const char *text)
{
	for (size_t i = 0; strlen(text) == 2 && i + 1 < sizeof countries; i += 2)
		if (memcmp(countries + i, text, 2) == 0)
			return true;
	return false;
}

static int check_country(struct lint *lint)
{
	for (size_t i = 0; i < lint->part_count; i++)
		if (bytes_equal(lint->parts[i].oid, OID_COUNTRY) && !is_country(lint->texts[i]))
			return lint_found(lint, "C \"%s\" is no country of ISO 3166-1",
			                  lint->texts[i]);
	return 0;
}

static int check_authority(struct lint *lint)
{
	static const struct bytes *const wanted[] = {&OID_COUNTRY, &OID_ORGANIZATION,
	                                             &OID_COMMON_NAME};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (!has(lint, *wanted[i]))
			return lint_found(lint, "the subject of an authority without %s",
			                  oid_name(*wanted[i]));
	return 0;
}

static int check_code_signer(struct lint *lint)
{
	static const struct bytes *const wanted[] = {&OID_COMMON_NAME, &OID_ORGANIZATION,
	                                             &OID_COUNTRY};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (!has(lint, *wanted[i]))
			return lint_found(lint, "the subject of who signs code without %s",
			                  oid_name(*wanted[i]));
	return 0;
}

#define TLS_NAME (LINT_SERVER | LINT_CA), SIGNET_REASON_NAME
#define SERVER_NAME LINT_SERVER, SIGNET_REASON_NAME

const struct lint_check lint_cabf_subject[] = {
	{"cabf-cn-in-san", "BR 7.1.4.3", SERVER_NAME, check_common_name, LINT_HAS_SUBJECT},
	{"cabf-subject-order", "BR 7.1.4.2", TLS_NAME, check_order, LINT_HAS_SUBJECT_MORE},
	{"cabf-subject-multi-valued", "BR 7.1.4.1", TLS_NAME, check_multi_valued,
	 LINT_HAS_SUBJECT_ODD},
	{"cabf-subject-repeated", "BR 7.1.4.1", TLS_NAME, check_repeated, LINT_HAS_SUBJECT},
	{"cabf-subject-strings", "BR 7.1.4.2", TLS_NAME, check_strings, LINT_HAS_SUBJECT_ODD},
	{"cabf-subject-person-lengths", "BR 7.1.4.2", TLS_NAME, check_person_lengths,
	 LINT_HAS_SUBJECT_MORE},
	{"cabf-subject-metadata", "BR 7.1.2.7.3, 7.1.2.7.4", SERVER_NAME, check_metadata,
	 LINT_HAS_SUBJECT},
	{"cabf-subject-unit", "BR 7.1.2.7.2 to 7.1.2.7.4", SERVER_NAME, check_unit,
	 LINT_HAS_SUBJECT_MORE},
	{"cabf-subject-domain-validated", "BR 7.1.2.7.2", SERVER_NAME, check_domain_validated,
	 LINT_HAS_SUBJECT_MORE},
	{"cabf-subject-place", "BR 7.1.2.7.3, 7.1.2.7.4", SERVER_NAME, check_place,
	 LINT_HAS_SUBJECT_MORE},
	{"cabf-subject-person", "BR 7.1.2.7.3", SERVER_NAME, check_person, LINT_HAS_SUBJECT_MORE},
	{"cabf-subject-country", "BR 7.1.2.7.2 to 7.1.2.7.4", TLS_NAME, check_country,
	 LINT_HAS_SUBJECT_MORE},
	{"cabf-ca-subject", "BR 7.1.2.10.2", LINT_CA, SIGNET_REASON_NAME, check_authority, 0},
	{"cabf-code-subject", "CSBR 7.1.4.2.3", LINT_CODE, SIGNET_REASON_NAME, check_code_signer,
	 0},
	{NULL, NULL, 0, SIGNET_REASON_NONE, NULL, 0},
};
