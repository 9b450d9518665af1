/* Extensions of a profile that have keys of their own. */
#include "api/template.h"
#include "asn1/oid.h"
#include "engine/profile_private.h"

#define POLICIES_MAX 16
#define FEATURES_MAX 16
#define STATUS_REQUEST 5     /* RFC 6066 section 8 */
#define STATUS_REQUEST_V2 17 /* RFC 6961 section 2.2 */

static int read_policy(const struct profile_reader *r, const struct conf_node *node,
                       struct policy_information *out)
{
	static const char *const known[] = {"oid", "cps", "notice", NULL};
	struct error why = {0};
	if (conf_check_keys(node, known, r->err))
		return SIGNET_E_CONFIG;
	if (!conf_find(node, "oid"))
		return conf_error(node, r->err, "the key 'oid' is missing");
	if (conf_get_text(node, "cps", NULL, &out->cps, r->err) ||
	    conf_get_text(node, "notice", NULL, &out->notice, r->err))
		return SIGNET_E_CONFIG;
	struct general_name url = {GN_URI, bytes_text(out->cps)};
	if (out->cps && general_name_check(&url, &why))
		return conf_error(conf_find(node, "cps"), r->err, "%s", why.message);
	return profile_read_oid(r, conf_find(node, "oid"), &out->oid);
}

static int read_policies(const struct profile_reader *r)
{
	struct policy_information items[POLICIES_MAX];
	const struct conf_node *node = conf_find(r->map, "policies");
	size_t count = conf_count(node);
	if (!node)
		return 0;
	if (conf_expect(node, CONF_LIST, r->err))
		return SIGNET_E_CONFIG;
	if (count > POLICIES_MAX)
		return conf_error(node, r->err, "more than %d policies", POLICIES_MAX);
	for (size_t i = 0; i < count; i++) {
		int result = read_policy(r, conf_item(node, i), &items[i]);
		if (result)
			return result;
	}
	if (count == 0)
		return 0;
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	if (certificate_policies_encode(&value, items, count) == SIGNET_E_INVALID)
		return conf_error(node, r->err, "cannot be encoded: a notice has at most 200 "
		                  "characters of UTF-8, and no policy stands here twice");
	return profile_add(r, node, OID_CERTIFICATE_POLICIES, false, &value);
}

static int read_no_check(const struct profile_reader *r)
{
	const struct conf_node *node = conf_find(r->map, "ocsp-no-check");
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	bool wanted;
	if (conf_get_boolean(r->map, "ocsp-no-check", false, &wanted, r->err))
		return SIGNET_E_CONFIG;
	if (!wanted)
		return 0;
	ocsp_nocheck_encode(&value);
	return profile_add(r, node, OID_OCSP_NOCHECK, false, &value);
}

static int read_feature(const struct profile_reader *r, const struct conf_node *node,
                        unsigned *out)
{
	const char *text;
	int64_t number;
	if (conf_text(node, &text, r->err))
		return SIGNET_E_CONFIG;
	if (strcmp(text, "status-request") == 0)
		number = STATUS_REQUEST;
	else if (strcmp(text, "status-request-v2") == 0)
		number = STATUS_REQUEST_V2;
	else if (conf_integer(node, 0, 65535, &number, NULL))
		return conf_error(node, r->err, "'%.64s' is neither status-request nor "
		                  "status-request-v2 nor the number of a TLS extension", text);
	*out = (unsigned)number;
	return 0;
}

static int add_features(const struct profile_reader *r, const struct conf_node *node,
                        const unsigned *features, size_t count)
{
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	if (tls_feature_encode(&value, features, count) == SIGNET_E_INVALID)
		return conf_error(node, r->err, "a feature stands here twice");
	return profile_add(r, node, OID_TLS_FEATURE, false, &value);
}

static int read_features(const struct profile_reader *r)
{
	const struct conf_node *node = conf_find(r->map, "tls-feature");
	const struct conf_node *staple = conf_find(r->map, "must-staple");
	unsigned features[FEATURES_MAX] = {STATUS_REQUEST};
	bool wanted;
	if (conf_get_boolean(r->map, "must-staple", false, &wanted, r->err))
		return SIGNET_E_CONFIG;
	if (node && staple)
		return conf_error(staple, r->err, "'must-staple' is the 'tls-feature' "
		                  "status-request: only one of them can be there");
	if (wanted)
		return add_features(r, staple, features, 1);
	size_t count = conf_count(node);
	if (!node || conf_expect(node, CONF_LIST, r->err))
		return node ? SIGNET_E_CONFIG : 0;
	if (count > FEATURES_MAX)
		return conf_error(node, r->err, "more than %d features", FEATURES_MAX);
	for (size_t i = 0; i < count; i++) {
		int result = read_feature(r, conf_item(node, i), &features[i]);
		if (result)
			return result;
	}
	return count ? add_features(r, node, features, count) : 0;
}

static int read_ms_template(const struct profile_reader *r)
{
	static const char *const known[] = {"oid", "major", "minor", NULL};
	const struct conf_node *node = conf_find(r->map, "ms-template");
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	struct ms_template template;
	if (!node)
		return 0;
	if (conf_check_keys(node, known, r->err) ||
	    conf_get_integer(node, "major", 0, UINT32_MAX, -1, &template.major, r->err) ||
	    conf_get_integer(node, "minor", 0, UINT32_MAX, -1, &template.minor, r->err))
		return SIGNET_E_CONFIG;
	if (!conf_find(node, "oid"))
		return conf_error(node, r->err, "the key 'oid' is missing");
	if (template.minor >= 0 && template.major < 0)
		return conf_error(node, r->err, "'minor' needs 'major'");
	int result = profile_read_oid(r, conf_find(node, "oid"), &template.oid);
	if (result)
		return result;
	ms_template_encode(&value, &template);
	return profile_add(r, node, OID_MS_TEMPLATE, false, &value);
}

/* One that is the same for all is encoded here. */
static int encode_sid(const struct profile_reader *r, const struct conf_node *node)
{
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	struct profile *p = r->profile;
	if (ms_sid_encode(&value, bytes_text(p->sid)) == SIGNET_E_INVALID)
		return conf_error(node, r->err, "'%.64s' is no SID such as S-1-5-21-1-2-3-500",
		                  p->sid);
	p->sid = NULL;
	return profile_add(r, node, OID_MS_SID, false, &value);
}

static int read_sid(const struct profile_reader *r)
{
	const struct conf_node *node = conf_find(r->map, "ms-sid");
	const struct conf_node *optional = conf_find(r->map, "ms-sid?");
	struct profile *p = r->profile;
	if (node && optional)
		return conf_error(optional, r->err, "stands beside 'ms-sid'");
	p->sid_optional = optional;
	if (!node)
		node = optional;
	if (!node)
		return 0;
	int result = profile_read_template(r, node, &p->sid);
	if (result)
		return result;
	return profile_is_template(p->sid) ? 0 : encode_sid(r, node);
}

int profile_read_extensions(const struct profile_reader *r)
{
	int result = read_policies(r);
	if (result == 0)
		result = read_no_check(r);
	if (result == 0)
		result = read_features(r);
	if (result == 0)
		result = read_ms_template(r);
	return result ? result : read_sid(r);
}
