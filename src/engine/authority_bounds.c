/* What the certificates of a chain allow below the authority (RFC 5280 section 6.1). */
#include "asn1/oid.h"
#include "engine/authority_private.h"

/* A chain while its bounds are worked out. */
struct chain_certificates {
	struct certificate list[LIMIT_CHAIN];
	size_t count;
};

static int parse_chain(struct chain_certificates *chain, struct arena *arena,
                       const struct authority *a, struct error *err)
{
	for (; chain->count < a->chain_count; chain->count++) {
		int result = certificate_parse(&chain->list[chain->count], arena,
		                               a->chain[chain->count], err);
		if (result) {
			error_prefix(err, "certificate %zu", chain->count);
			return result;
		}
	}
	return 0;
}

static bool is_self_issued(const struct certificate *certificate)
{
	return bytes_equal(certificate->subject, certificate->issuer);
}

static void bound_end(struct authority_bounds *bounds, const struct chain_certificates *chain)
{
	bounds->not_after = chain->list[0].not_after;
	for (size_t i = 1; i < chain->count; i++)
		if (chain->list[i].not_after < bounds->not_after)
			bounds->not_after = chain->list[i].not_after;
}

/* Section 6.1.4 (l) and (m), read from below: of the CAs that a certificate allows below itself those
 * that stand there already are taken off, where self-issued ones do not count. */
static int bound_path(struct authority_bounds *bounds, const struct chain_certificates *chain,
                      struct error *err)
{
	int below = 0;
	bounds->path_length = PATH_LENGTH_NONE;
	for (size_t i = 0; i < chain->count; i++) {
		int allowed;
		certificate_is_ca(&chain->list[i], &allowed);
		if (allowed != PATH_LENGTH_NONE) {
			if (allowed < below)
				return error_set(err, SIGNET_E_INVALID, "certificate %zu does not "
				                 "allow so many CAs below it (path length, "
				                 "RFC 5280 section 4.2.1.9)", i);
			if (bounds->path_length == PATH_LENGTH_NONE ||
			    allowed - below < bounds->path_length)
				bounds->path_length = allowed - below;
		}
		below += !is_self_issued(&chain->list[i]);
	}
	return 0;
}

/* The certificates of the chain that stand under these constraints must keep them, else nothing
 * below would verify. */
static int check_below(const struct chain_certificates *chain, size_t index,
                       const struct name_constraints *constraints, struct arena *arena,
                       struct error *err)
{
	for (size_t i = 0; i < index; i++) {
		if (i > 0 && is_self_issued(&chain->list[i]))
			continue;
		int result = certificate_check_names(&chain->list[i], arena, constraints, err);
		if (result) {
			error_prefix(err, "certificate %zu", i);
			return result;
		}
	}
	return 0;
}

static int bound_names(struct authority_bounds *bounds, const struct chain_certificates *chain,
                       struct arena *arena, struct error *err)
{
	struct name_constraints *list = arena_array(arena, chain->count, sizeof *list);
	struct bytes *values = arena_array(arena, chain->count, sizeof *values);
	if (!list || !values)
		return error_nomem(err);
	for (size_t i = 0; i < chain->count; i++) {
		const struct extension *e =
			certificate_extension(&chain->list[i], OID_NAME_CONSTRAINTS);
		if (!e)
			continue;
		struct name_constraints *c = &list[bounds->constraint_count];
		int result = name_constraints_decode(arena, e->value, c);
		if (result == SIGNET_E_NOMEM)
			return error_nomem(err);
		if (result)
			return error_set(err, SIGNET_E_INVALID, "certificate %zu has name constraints "
			                 "that cannot be read (RFC 5280 section 4.2.1.10)", i);
		result = check_below(chain, i, c, arena, err);
		if (result)
			return result;
		values[bounds->constraint_count++] = e->value;
	}
	bounds->constraints = list;
	bounds->constraint_values = values;
	return 0;
}

int authority_add_bounds(struct authority *a, struct arena *arena, struct error *err)
{
	struct chain_certificates chain = {.count = 0};
	struct authority_bounds bounds = {.constraint_count = 0};
	int result = parse_chain(&chain, arena, a, err);
	if (result == 0) {
		bound_end(&bounds, &chain);
		result = bound_path(&bounds, &chain, err);
	}
	if (result == 0)
		result = bound_names(&bounds, &chain, arena, err);
	if (result == 0)
		a->bounds = bounds;
	for (size_t i = 0; i < chain.count; i++)
		certificate_clear(&chain.list[i]);
	return result;
}

int authority_check_path(const struct authority *authority, int path_length, struct error *err)
{
	int left = authority->bounds.path_length;
	if (left == PATH_LENGTH_NONE || (path_length != PATH_LENGTH_NONE && path_length < left))
		return 0;
	if (left == 0)
		return error_set(err, SIGNET_E_INVALID, "the authority '%s' may have no CA below it "
		                 "(path length 0, RFC 5280 section 4.2.1.9)", authority->name);
	return error_set(err, SIGNET_E_INVALID, "a CA below the authority '%s' needs a path length "
	                 "under %d (RFC 5280 section 4.2.1.9)", authority->name, left);
}

int authority_check_names(const struct authority *authority, struct arena *arena,
                          struct bytes subject, const struct general_name *names, size_t count,
                          struct error *err)
{
	const struct authority_bounds *bounds = &authority->bounds;
	int result = 0;
	for (size_t i = 0; result == 0 && i < bounds->constraint_count; i++)
		result = name_constraints_check(&bounds->constraints[i], arena, subject, names, count,
		                                err);
	return result;
}
