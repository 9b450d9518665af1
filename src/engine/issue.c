#include "engine/issue.h"

#include "api/draft.h"
#include "asn1/oid.h"

/* The extensions of a certificate in the making and where each comes from. */
struct parts {
	struct arena *arena;
	struct extension extensions[LIMIT_EXTENSIONS];
	uint8_t origins[LIMIT_EXTENSIONS];
	size_t count;
	unsigned shard;  /* of the certificate; 0: there are none, */
	bool names_shard; /* and whether it says so */
};

static bool has(const struct parts *parts, struct bytes oid)
{
	for (size_t i = 0; i < parts->count; i++)
		if (bytes_equal(parts->extensions[i].oid, oid))
			return true;
	return false;
}

static int add(struct parts *parts, const struct extension *extension, enum signet_origin origin)
{
	if (parts->count == LIMIT_EXTENSIONS)
		return SIGNET_E_INVALID;
	parts->extensions[parts->count] = *extension;
	parts->origins[parts->count++] = (uint8_t)origin;
	return 0;
}

/* The value is copied into the arena. */
static int add_value(struct parts *parts, struct bytes oid, bool critical,
                     const struct buffer *value, enum signet_origin origin)
{
	struct extension extension = {.oid = oid, .critical = critical};
	if (value->error)
		return value->error == SIGNET_E_NOMEM ? SIGNET_E_NOMEM : SIGNET_E_INVALID;
	int result = arena_bytes(parts->arena, buffer_bytes(value), &extension.value);
	return result ? result : add(parts, &extension, origin);
}

static int add_drafted(struct parts *parts, const struct signet_draft *draft)
{
	size_t count;
	const struct signet_draft_extension *list = signet_draft_extensions(draft, &count);
	int result = 0;
	for (size_t i = 0; result == 0 && i < count; i++) {
		/* key identifiers are the engine's alone */
		if (!bytes_equal(list[i].extension.oid, OID_SUBJECT_KEY_ID) &&
		    !bytes_equal(list[i].extension.oid, OID_AUTHORITY_KEY_ID))
			result = add(parts, &list[i].extension, list[i].origin);
	}
	return result;
}

/* RFC 5280 section 4.2.1.6: critical when the subject is empty. */
static int add_alt_names(struct parts *parts, const struct signet_draft *draft)
{
	size_t count;
	const struct general_name *names = signet_draft_alt_names(draft, &count);
	if (count == 0)
		return 0;
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	int result = subject_alt_name_encode(&value, names, count);
	return result ? result : add_value(parts, OID_SUBJECT_ALT_NAME,
	                                   name_is_empty(signet_draft_subject(draft)), &value,
	                                   signet_draft_alt_names_origin(draft));
}

/* The CRL, or delta CRL, of the certificate's shard in place of the complete one. */
static int add_shard(struct parts *parts, const struct authority *authority, struct bytes oid)
{
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	bool delta = bytes_equal(oid, OID_FRESHEST_CRL);
	const char *url;
	int result = authority_crl_url(parts->arena, authority, parts->shard, delta, &url);
	if (result)
		return result;
	crl_distribution_encode(&value, &url, 1);
	parts->names_shard |= !delta;
	return add_value(parts, oid, false, &value, SIGNET_ORIGIN_ENGINE);
}

static int add_url(struct parts *parts, const struct authority *authority,
                   const struct extension *derived)
{
	if (parts->shard && !bytes_equal(derived->oid, OID_AUTHORITY_INFO))
		return add_shard(parts, authority, derived->oid);
	return add(parts, derived, SIGNET_ORIGIN_ENGINE);
}

/* What comes of the authority's URLs, unless somebody set another one or took it out. */
static int add_derived(struct parts *parts, const struct profile *profile,
                       const struct signet_draft *draft)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < profile->derived_count; i++) {
		const struct extension *derived = &profile->derived[i];
		if (!has(parts, derived->oid) && !signet_draft_has_removed(draft, derived->oid))
			result = add_url(parts, profile->authority, derived);
	}
	return result;
}

static int add_own(struct parts *parts, const struct profile *profile, const struct pubkey *key,
                   const struct signet_draft *draft)
{
	uint8_t id[20];
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(64);
	pubkey_id(key, id);
	subject_key_id_encode(&value, BYTES_OF(id));
	int result = add_value(parts, OID_SUBJECT_KEY_ID, false, &value, SIGNET_ORIGIN_ENGINE);
	if (result == 0)
		result = add(parts, &profile->authority->key_id, SIGNET_ORIGIN_ENGINE);
	return result ? result : add_derived(parts, profile, draft);
}

static int collect(struct parts *parts, const struct profile *profile, const struct pubkey *key,
                   const struct signet_draft *draft, struct error *err)
{
	int result = add_drafted(parts, draft);
	if (result == 0)
		result = add_alt_names(parts, draft);
	if (result == 0)
		result = add_own(parts, profile, key, draft);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	return result ? error_set(err, SIGNET_E_INVALID,
	                          "the certificate would have more extensions than %d or one that "
	                          "cannot be encoded", LIMIT_EXTENSIONS) : 0;
}

/* The template of what is drafted, with the chain's end as its last. parts: the extensions. */
static struct certificate_template make_template(const struct parts *parts,
                                                 const struct authority *authority,
                                                 const struct pubkey *key,
                                                 const struct signet_draft *draft)
{
	int64_t end = authority->bounds.not_after, not_after = signet_draft_not_after(draft);
	return (struct certificate_template){
		.issuer = authority->certificate.subject,
		.subject = signet_draft_subject(draft),
		.not_before = signet_draft_not_before(draft),
		/* a rule may have stretched the draft */
		.not_after = not_after > end ? end : not_after,
		.spki = pubkey_spki(key),
		.extensions = parts->extensions,
		.extension_count = parts->count,
	};
}

static int check_path(const struct authority *authority, const struct signet_draft *draft,
                      struct error *err)
{
	size_t count;
	const struct signet_draft_extension *list = signet_draft_extensions(draft, &count);
	bool ca = false;
	int path_length = PATH_LENGTH_NONE;
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(list[i].extension.oid, OID_BASIC_CONSTRAINTS) &&
		    basic_constraints_decode(list[i].extension.value, &ca, &path_length))
			return error_set(err, SIGNET_E_INVALID, "basicConstraints is broken (RFC 5280 "
			                 "section 4.2.1.9)");
	return ca ? authority_check_path(authority, path_length, err) : 0;
}

int issue_check_bounds(struct arena *arena, const struct authority *authority,
                       const struct signet_draft *draft, struct error *err)
{
	size_t count;
	const struct general_name *names = signet_draft_alt_names(draft, &count);
	int result = authority_check_names(authority, arena, signet_draft_subject(draft), names,
	                                   count, err);
	return result ? result : check_path(authority, draft, err);
}

/* A draft that was judged comes through; for one that was not it is as if it broke a rule. */
static int check_bounds(struct arena *arena, const struct authority *authority,
                        const struct signet_draft *draft, struct error *err)
{
	int result = issue_check_bounds(arena, authority, draft, err);
	if (result != SIGNET_E_BAD_NAME)
		return result;
	if (err)
		err->code = SIGNET_E_INVALID;
	return SIGNET_E_INVALID;
}

/* Everything but the signature; serial: SERIAL_SIZE octets, which the template then points to. */
static int prepare(struct certificate_template *out, struct parts *parts, uint8_t *serial,
                   const struct profile *profile, const struct pubkey *key,
                   const struct signet_draft *draft, int64_t now, struct error *err)
{
	const struct authority *authority = profile->authority;
	if (now > authority->bounds.not_after)
		return error_set(err, SIGNET_E_UNAVAILABLE, "the certificate of the authority '%s', "
		                 "or one above it, has ended", authority->name);
	if (serial_make(serial))
		return error_set(err, SIGNET_E_CRYPTO, "no random numbers");
	parts->shard = authority_shard(authority, bytes_make(serial, SERIAL_SIZE));
	int result = collect(parts, profile, key, draft, err);
	if (result)
		return result;
	*out = make_template(parts, authority, key, draft);
	out->serial = bytes_make(serial, SERIAL_SIZE);
	result = certificate_lint(out, err);
	return result ? result : check_bounds(parts->arena, authority, draft, err);
}

int issue_check(struct issue_plan *out, struct arena *arena, const struct profile *profile,
                const struct pubkey *key, const struct signet_draft *draft, int64_t now,
                struct error *err)
{
	uint8_t serial[SERIAL_SIZE];
	struct parts parts = {.arena = arena};
	struct certificate_template template;
	int result = prepare(&template, &parts, serial, profile, key, draft, now, err);
	if (result)
		return result;
	memcpy(out->extensions, parts.extensions, sizeof out->extensions);
	memcpy(out->origins, parts.origins, sizeof out->origins);
	out->count = parts.count;
	out->not_after = template.not_after;
	return 0;
}

static int finish(struct issued *out, struct arena *arena, const struct parts *parts,
                  const struct certificate_template *template, const struct buffer *der,
                  struct error *err)
{
	struct issued made = {.not_after = template->not_after,
	                      .shard = parts->names_shard ? parts->shard : 0};
	if (arena_bytes(arena, buffer_bytes(der), &made.certificate) ||
	    arena_bytes(arena, template->serial, &made.serial) ||
	    arena_bytes(arena, bytes_make(parts->origins, parts->count), &made.origins))
		return error_nomem(err);
	*out = made;
	return 0;
}

int issue_certificate(struct issued *out, struct arena *arena, const struct profile *profile,
                      const struct pubkey *key, const struct signet_draft *draft, int64_t now,
                      struct error *err)
{
	uint8_t serial[SERIAL_SIZE];
	struct parts parts = {.arena = arena};
	struct certificate_template template;
	int result = prepare(&template, &parts, serial, profile, key, draft, now, err);
	if (result)
		return result;
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CERTIFICATE);
	result = certificate_build(&der, &template, profile->authority->key, err);
	return result ? result : finish(out, arena, &parts, &template, &der, err);
}
