/* What a profile for authorities lays upon what stands below them: nameConstraints,
 * policyConstraints, inhibitAnyPolicy. All three are critical (RFC 5280 sections 4.2.1.10, 4.2.1.11,
 * 4.2.1.14). */
#include "asn1/oid.h"
#include "engine/profile_private.h"

#define BASES_MAX 256
#define SKIP_MAX 32

static int check_ca(const struct profile_reader *r, const struct conf_node *node)
{
	return r->profile->ca ? 0 : conf_error(node, r->err, "is for authorities only: it needs "
	                                       "'basic-constraints: {ca: true}'");
}

static int read_bases(const struct profile_reader *r, const struct conf_node *node,
                      struct general_name **out, size_t *count)
{
	*count = conf_count(node);
	*out = NULL;
	if (!node)
		return 0;
	if (conf_expect(node, CONF_LIST, r->err))
		return SIGNET_E_CONFIG;
	if (*count > BASES_MAX)
		return conf_error(node, r->err, "more than %d names", BASES_MAX);
	*out = arena_array(r->arena, *count, sizeof **out);
	if (!*out)
		return error_nomem(r->err);
	for (size_t i = 0; i < *count; i++) {
		const struct conf_node *entry = conf_item(node, i);
		const char *text;
		struct error why = {0};
		if (conf_text(entry, &text, r->err))
			return SIGNET_E_CONFIG;
		int result = name_constraint_from_text(r->arena, text, &(*out)[i], &why);
		if (result == SIGNET_E_NOMEM)
			return error_nomem(r->err);
		if (result)
			return conf_error(entry, r->err, "%s", why.message);
	}
	return 0;
}

static int read_names(const struct profile_reader *r)
{
	static const char *const known[] = {"permitted", "excluded", NULL};
	const struct conf_node *node = conf_find(r->map, "name-constraints");
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	struct name_constraints c;
	if (!node)
		return 0;
	if (conf_check_keys(node, known, r->err) || check_ca(r, node))
		return SIGNET_E_CONFIG;
	int result = read_bases(r, conf_find(node, "permitted"), &c.permitted, &c.permitted_count);
	if (result == 0)
		result = read_bases(r, conf_find(node, "excluded"), &c.excluded, &c.excluded_count);
	if (result)
		return result;
	if (c.permitted_count + c.excluded_count == 0)
		return conf_error(node, r->err, "neither 'permitted' nor 'excluded' has a name");
	if (name_constraints_encode(&value, &c) == SIGNET_E_INVALID)
		return conf_error(node, r->err, "cannot be encoded");
	return profile_add(r, node, OID_NAME_CONSTRAINTS, true, &value);
}

static int read_policies(const struct profile_reader *r)
{
	static const char *const known[] = {"require-explicit", "inhibit-mapping", NULL};
	const struct conf_node *node = conf_find(r->map, "policy-constraints");
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	int64_t explicit, mapping;
	if (!node)
		return 0;
	if (conf_check_keys(node, known, r->err) || check_ca(r, node) ||
	    conf_get_integer(node, "require-explicit", 0, SKIP_MAX, -1, &explicit, r->err) ||
	    conf_get_integer(node, "inhibit-mapping", 0, SKIP_MAX, -1, &mapping, r->err))
		return SIGNET_E_CONFIG;
	if (explicit < 0 && mapping < 0)
		return conf_error(node, r->err, "neither 'require-explicit' nor 'inhibit-mapping' "
		                  "is there");
	policy_constraints_encode(&value, (int)explicit, (int)mapping);
	return profile_add(r, node, OID_POLICY_CONSTRAINTS, true, &value);
}

static int read_any_policy(const struct profile_reader *r)
{
	const struct conf_node *node = conf_find(r->map, "inhibit-any-policy");
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	int64_t skip;
	if (!node)
		return 0;
	if (check_ca(r, node) || conf_integer(node, 0, SKIP_MAX, &skip, r->err))
		return SIGNET_E_CONFIG;
	inhibit_any_policy_encode(&value, (int)skip);
	return profile_add(r, node, OID_INHIBIT_ANY_POLICY, true, &value);
}

int profile_read_constraints(const struct profile_reader *r)
{
	int result = read_names(r);
	if (result == 0)
		result = read_policies(r);
	return result ? result : read_any_policy(r);
}
