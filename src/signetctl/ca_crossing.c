#include "signetctl/ca_crossing.h"

#include "asn1/oid.h"
#include "base/encoding.h"
#include "base/file.h"
#include "signetctl/ca_chain.h"
#include "signetctl/ca_issuer.h"

#define BACKDATE 300 /* for clocks that are a little late */

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int sign(struct ca_crossing *crossing, const struct authority_terms *terms,
                struct error *err)
{
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CERTIFICATE);
	int result = authority_reissue(&der, crossing->arena, terms, err);
	if (result)
		return result;
	if (arena_bytes(crossing->arena, buffer_bytes(&der), &crossing->made[crossing->count]))
		return error_nomem(err);
	crossing->count++;
	return 0;
}

/* That it holds where it is to be used: under the issuer's chain. */
static int verify_last(const struct ca_crossing *crossing, const struct bytes *issuers,
                       size_t count, struct error *err)
{
	struct bytes chain[LIMIT_CHAIN];
	if (count >= LIMIT_CHAIN)
		return error_set(err, SIGNET_E_TOO_BIG, "more than %d certificates in the chain", LIMIT_CHAIN);
	chain[0] = crossing->made[crossing->count - 1];
	for (size_t i = 0; i < count; i++)
		chain[i + 1] = issuers[i];
	return authority_verify_chain(crossing->arena, chain, count + 1, crossing->now, err);
}

/* ---- the two keys of a root ---- */

struct side {
	const struct certificate *certificate;
	const struct key *key;
};

static int cross(struct ca_crossing *crossing, const struct side *whose, const struct side *by,
                 struct error *err)
{
	int64_t end = sooner(whose->certificate->not_after, by->certificate->not_after);
	const struct authority_terms terms = {
		.like = whose->certificate,
		.key = key_public(whose->key),
		.not_before = whose->certificate->not_before,
		.not_after = crossing->not_after ? sooner(end, crossing->not_after) : end,
		.issuer = by->certificate,
		.issuer_key = by->key,
	};
	int result = sign(crossing, &terms, err);
	return result ? result : verify_last(crossing, &by->certificate->der, 1, err);
}

static bool is_root(const struct certificate *c)
{
	return bytes_equal(c->subject, c->issuer) && certificate_verify(c, c->key, NULL) == 0;
}

static int cross_keys(struct ca_crossing *crossing, const struct side *present,
                      const struct side *earlier, struct error *err)
{
	const char *name = crossing->publisher->name;
	if (!is_root(present->certificate) || !is_root(earlier->certificate))
		return error_set(err, SIGNET_E_INVALID, "'%s' is no root: its issuer certifies all its keys", name);
	if (earlier->certificate->not_after < crossing->now)
		return error_set(err, SIGNET_E_INVALID, "the certificate of the earlier key of '%s' has expired",
		                 name);
	if (!pubkey_equal(earlier->certificate->key, key_public(earlier->key)))
		return error_set(err, SIGNET_E_CONFLICT, "certificate and earlier key of '%s' do not belong together",
		                 name);
	int result = cross(crossing, present, earlier, err);
	return result ? result : cross(crossing, earlier, present, err);
}

int ca_crossing_roll(struct ca_crossing *crossing, struct error *err)
{
	const struct ca_authority *a = crossing->publisher;
	struct bytes chain[LIMIT_CHAIN];
	struct certificate certificate;
	struct key *key = NULL;
	size_t count;
	if (a->earlier == 0)
		return error_set(err, SIGNET_E_INVALID, "'%s' has no earlier key; to certify others there are "
		                 "--authority and --certificate", a->name);
	const char *path = ca_files_earlier(&a->files, a->files.certificate, a->earlier);
	int result = path ? ca_read_certificates(a->arena, path, chain, &count, err) : error_nomem(err);
	if (result == 0)
		result = ca_authority_earlier_key(a, a->earlier, &key, err);
	if (result == 0)
		result = certificate_parse(&certificate, a->arena, chain[0], err);
	if (result == 0) {
		const struct side present = {&a->certificate, a->key}, earlier = {&certificate, key};
		result = cross_keys(crossing, &present, &earlier, err);
		certificate_clear(&certificate);
	}
	key_free(key);
	return result;
}

/* ---- another authority ---- */

/* What the limits put in place of the certificate's own. */
struct restrictions {
	struct buffer values[2];
	struct extension list[2];
	size_t count;
};

static int restrict_path(struct restrictions *r, const struct certificate *whose, int path_length,
                         struct error *err)
{
	int own;
	if (path_length == PATH_LENGTH_NONE)
		return 0;
	certificate_is_ca(whose, &own);
	if (own != PATH_LENGTH_NONE && own < path_length)
		path_length = own;
	if (basic_constraints_encode(&r->values[0], true, path_length))
		return error_nomem(err);
	r->list[r->count++] = (struct extension){OID_BASIC_CONSTRAINTS, true, buffer_bytes(&r->values[0])};
	return 0;
}

static int restrict_names(struct restrictions *r, const struct certificate *whose,
                          const struct name_constraints *names, struct error *err)
{
	if (!names)
		return 0;
	/* one list in place of two that both hold would allow what one of them forbids */
	if (certificate_extension(whose, OID_NAME_CONSTRAINTS))
		return error_set(err, SIGNET_E_INVALID, "it has name constraints of its own, which are kept: "
		                 "no --permit and --exclude");
	if (name_constraints_encode(&r->values[1], names))
		return error_set(err, SIGNET_E_INVALID, "the name constraints cannot be encoded");
	r->list[r->count++] = (struct extension){OID_NAME_CONSTRAINTS, true, buffer_bytes(&r->values[1])};
	return 0;
}

static int check_subject(const struct ca_authority *by, const struct certificate *whose,
                         int64_t now, struct error *err)
{
	if (!certificate_is_ca(whose, NULL))
		return error_set(err, SIGNET_E_INVALID, "it is no CA's (basicConstraints, RFC 5280 section 4.2.1.9)");
	if (!(certificate_key_usage(whose) & KU_KEY_CERT_SIGN))
		return error_set(err, SIGNET_E_INVALID,
		                 "it may not sign certificates (keyUsage, RFC 5280 section 4.2.1.3)");
	if (whose->not_after < now)
		return error_set(err, SIGNET_E_INVALID, "it has expired");
	if (bytes_equal(whose->subject, by->certificate.subject))
		return error_set(err, SIGNET_E_BAD_NAME, "it has the name of '%s' itself", by->name);
	if (pubkey_equal(whose->key, by->certificate.key))
		return error_set(err, SIGNET_E_BAD_KEY, "it has the key of '%s' itself", by->name);
	return 0;
}

static int certify(struct ca_crossing *crossing, const struct ca_authority *by,
                   const struct certificate *whose, bool foreign, const struct restrictions *r,
                   struct error *err)
{
	int64_t end = 0;
	int result = ca_chain_end(crossing->arena, by->chain, by->chain_count, &end, err);
	if (result)
		return result;
	end = sooner(end, whose->not_after);
	struct authority_terms terms = {
		.like = whose,
		.foreign = foreign,
		.instead = r->list,
		.instead_count = r->count,
		.key = whose->key,
		.not_before = crossing->now - BACKDATE,
		.not_after = crossing->not_after ? sooner(end, crossing->not_after) : end,
		.issuer = &by->certificate,
		.issuer_key = by->key,
	};
	result = ca_issuer_urls(by, &terms.urls, err);
	if (result == 0)
		result = sign(crossing, &terms, err);
	return result ? result : verify_last(crossing, by->chain, by->chain_count, err);
}

int ca_crossing_certify(struct ca_crossing *crossing, const struct ca_authority *by,
                        const struct certificate *whose, const struct ca_crossing_limits *limits,
                        struct error *err)
{
	struct restrictions r = {.values = {BUFFER_MAX(LIMIT_CERTIFICATE), BUFFER_MAX(LIMIT_CERTIFICATE)}};
	int result = check_subject(by, whose, crossing->now, err);
	if (result == 0)
		result = restrict_path(&r, whose, limits->path_length, err);
	if (result == 0)
		result = restrict_names(&r, whose, limits->names, err);
	if (result == 0)
		result = certify(crossing, by, whose, limits->foreign, &r, err);
	buffer_free(&r.values[0]);
	buffer_free(&r.values[1]);
	return result;
}

/* ---- keeping them ---- */

/* Of two for the same key of the same name by the same issuer's key the newer one is enough. The keys that sign
 * are told by what identifies them. */
static bool replaces(const struct certificate *made, const struct certificate *there)
{
	const struct extension *a = certificate_extension(made, OID_AUTHORITY_KEY_ID);
	const struct extension *b = certificate_extension(there, OID_AUTHORITY_KEY_ID);
	return pubkey_equal(made->key, there->key) && bytes_equal(made->subject, there->subject) &&
	       bytes_equal(made->issuer, there->issuer) && a && b && bytes_equal(a->value, b->value);
}

static int is_kept(const struct ca_crossing *crossing, struct bytes der, bool *is,
                   struct error *err)
{
	struct certificate there, made;
	int result = certificate_parse(&there, crossing->arena, der, err);
	if (result)
		return result;
	*is = there.not_after >= crossing->now;
	for (size_t i = 0; result == 0 && i < crossing->count; i++) {
		result = certificate_parse(&made, crossing->arena, crossing->made[i], err);
		if (result)
			break;
		*is = *is && !replaces(&made, &there);
		certificate_clear(&made);
	}
	certificate_clear(&there);
	return result;
}

static int read_present(const struct ca_crossing *crossing, struct bytes *list, size_t *count,
                        struct error *err)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LIMIT_PEM_FILE);
	const char *path = crossing->publisher->files.cross;
	int result = file_read(&text, path, err);
	*count = 0;
	if (result == SIGNET_E_NOT_FOUND)
		return 0;
	if (result == 0 && (result = certificate_read_chain(crossing->arena, buffer_bytes(&text), list,
	                                                    LIMIT_CROSS, count, err)))
		error_prefix(err, "%s", path);
	return result;
}

int ca_crossing_save(const struct ca_crossing *crossing, struct error *err)
{
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	struct bytes list[LIMIT_CROSS];
	size_t count, kept = 0;
	int result = read_present(crossing, list, &count, err);
	for (size_t i = 0; result == 0 && i < count; i++) {
		bool is = false;
		result = is_kept(crossing, list[i], &is, err);
		if (result == 0 && is) {
			pem_encode(&pem, "CERTIFICATE", list[i]);
			kept++;
		}
	}
	if (result)
		return result;
	if (kept + crossing->count > LIMIT_CROSS)
		return error_set(err, SIGNET_E_TOO_BIG, "%s would have more than %d certificates: remove some",
		                 crossing->publisher->files.cross, LIMIT_CROSS);
	for (size_t i = 0; i < crossing->count; i++)
		pem_encode(&pem, "CERTIFICATE", crossing->made[i]);
	return pem.error ? error_nomem(err)
	                 : ca_files_put_cross(&crossing->publisher->files, buffer_bytes(&pem), err);
}
