/* Whether a chain can serve an authority. */
#include "asn1/oid.h"
#include "crypto/x509.h"
#include "signetctl/authority.h"

static bool is_self_issued(const struct certificate *c)
{
	return bytes_equal(c->subject, c->issuer);
}

/* The name constraints of one certificate over those below it (RFC 5280 section 6.1.4). */
static int check_constraints(struct arena *arena, const struct certificate *list, size_t at,
                             struct error *err)
{
	const struct extension *e = certificate_extension(&list[at], OID_NAME_CONSTRAINTS);
	struct name_constraints constraints;
	if (!e)
		return 0;
	if (name_constraints_decode(arena, e->value, &constraints))
		return error_set(err, SIGNET_E_INVALID, "certificate %zu has name constraints that "
		                 "cannot be read (RFC 5280 section 4.2.1.10)", at);
	for (size_t i = 0; i < at; i++) {
		if (i > 0 && is_self_issued(&list[i]))
			continue;
		int result = certificate_check_names(&list[i], arena, &constraints, err);
		if (result)
			return error_prefix(err, "certificate %zu", i);
	}
	return 0;
}

/* That the first of them, a CA, may issue (section 6.1.4 (l) and (m)): x509_verify_chain takes it for the end of
 * the path. */
static int check_path_lengths(const struct certificate *list, size_t count, struct error *err)
{
	int below = 0;
	for (size_t i = 0; i < count; i++) {
		int allowed;
		if (certificate_is_ca(&list[i], &allowed) && allowed != PATH_LENGTH_NONE && allowed < below)
			return error_set(err, SIGNET_E_INVALID, "certificate %zu does not allow so many CAs "
			                 "below it (path length, RFC 5280 section 4.2.1.9)", i);
		below += !is_self_issued(&list[i]);
	}
	return 0;
}

int authority_verify_chain(struct arena *arena, const struct bytes *chain, size_t count,
                           int64_t now, struct error *err)
{
	struct certificate list[LIMIT_CHAIN];
	size_t parsed = 0, total = 0;
	int result = x509_verify_chain(chain, count, now, err);
	for (; result == 0 && parsed < count; parsed++) {
		total += chain[parsed].length;
		result = certificate_parse(&list[parsed], arena, chain[parsed], err);
		if (result)
			break;
	}
	if (result == 0)
		result = check_path_lengths(list, count, err);
	for (size_t i = 0; result == 0 && i < count; i++)
		result = check_constraints(arena, list, i, err);
	if (result == 0 && total > LIMIT_CHAIN_OCTETS)
		result = error_set(err, SIGNET_E_TOO_BIG, "the chain is larger than %d octets",
		                   LIMIT_CHAIN_OCTETS);
	for (size_t i = 0; i < parsed; i++)
		certificate_clear(&list[i]);
	return result;
}

int authority_check_chain(struct arena *arena, const struct bytes *chain, size_t count,
                          const struct key *key, int64_t at, struct error *err)
{
	struct certificate certificate;
	int result = certificate_parse(&certificate, arena, chain[0], err);
	if (result)
		return result;
	if (!pubkey_equal(certificate.key, key_public(key)))
		result = error_set(err, SIGNET_E_INVALID, "the first certificate is not that of the key");
	else if (!certificate_is_ca(&certificate, NULL))
		result = error_set(err, SIGNET_E_INVALID,
		                   "the certificate is none of a CA (basicConstraints, RFC 5280 section 4.2.1.9)");
	else if ((certificate_key_usage(&certificate) & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) !=
	         (KU_KEY_CERT_SIGN | KU_CRL_SIGN))
		result = error_set(err, SIGNET_E_INVALID,
		                   "the certificate may not sign certificates and CRLs (keyUsage, RFC 5280 section 4.2.1.3)");
	else
		result = authority_verify_chain(arena, chain, count, at, err);
	certificate_clear(&certificate);
	return result;
}
