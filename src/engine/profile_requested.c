/* The extensions that a request may ask for: taken where the profile allows it, and narrowed to what
 * the profile itself says. */
#include "api/draft.h"
#include "asn1/oid.h"
#include "engine/profile_private.h"

#define WORDS "key-usage, extended-key-usage, tls-feature, ms-template"

/* ---- reading ---- */

/* What is for the engine and the profile alone to say. */
static bool is_forbidden(struct bytes oid)
{
	static const uint8_t issuer_alt_name[] = {0x55, 0x1d, 0x12};
	static const uint8_t policy_mappings[] = {0x55, 0x1d, 0x21};
	/* what Certificate Transparency has in precertificates, RFC 6962 section 3 */
	static const uint8_t sct_list[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x02};
	static const uint8_t poison[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x03};
	const struct bytes list[] = {
		OID_SUBJECT_ALT_NAME, OID_SUBJECT_KEY_ID, OID_AUTHORITY_KEY_ID,
		OID_BASIC_CONSTRAINTS, OID_NAME_CONSTRAINTS, OID_POLICY_CONSTRAINTS,
		OID_INHIBIT_ANY_POLICY, OID_CERTIFICATE_POLICIES, OID_CRL_DISTRIBUTION,
		OID_FRESHEST_CRL, OID_AUTHORITY_INFO, OID_OCSP_NOCHECK, OID_MS_SID,
		BYTES_OF(issuer_alt_name), BYTES_OF(policy_mappings), BYTES_OF(sct_list),
		BYTES_OF(poison)};
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		if (bytes_equal(list[i], oid))
			return true;
	return false;
}

static int find_oid(const struct profile_reader *r, const struct conf_node *node,
                    struct bytes *out)
{
	static const char *const words[] = {"key-usage", "extended-key-usage", "tls-feature",
	                                    "must-staple", "ms-template"};
	const struct bytes oids[] = {OID_KEY_USAGE, OID_EXT_KEY_USAGE, OID_TLS_FEATURE,
	                             OID_TLS_FEATURE, OID_MS_TEMPLATE};
	const char *text;
	if (conf_text(node, &text, r->err))
		return SIGNET_E_CONFIG;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i], text) == 0) {
			*out = oids[i];
			return 0;
		}
	if (text[0] < '0' || text[0] > '9')
		return conf_error(node, r->err, "'%.64s' is neither one of " WORDS " nor a dotted OID",
		                  text);
	return profile_read_oid(r, node, out);
}

/* What is narrowed to the profile's own must have something there. */
static int check_requested(const struct profile_reader *r, const struct conf_node *node,
                           struct bytes oid)
{
	const struct profile *p = r->profile;
	const char *name = oid_name(oid);
	if (is_forbidden(oid))
		return conf_error(node, r->err, "%s is never taken from a request",
		                  name ? name : "this extension");
	if (bytes_equal(oid, OID_KEY_USAGE) && p->ca)
		return conf_error(node, r->err, "an authority's key usage is never taken from a "
		                  "request");
	if ((bytes_equal(oid, OID_KEY_USAGE) && !p->key_usage) ||
	    (bytes_equal(oid, OID_EXT_KEY_USAGE) && !p->ext_usage_count))
		return conf_error(node, r->err, "the profile itself allows no %s", name);
	for (size_t i = 0; i < p->requested_count; i++)
		if (bytes_equal(p->requested[i], oid))
			return conf_error(node, r->err, "stands here twice");
	return 0;
}

static int read_list(const struct profile_reader *r, const struct conf_node *node)
{
	struct profile *p = r->profile;
	size_t count = conf_count(node);
	if (!node || conf_expect(node, CONF_LIST, r->err))
		return node ? SIGNET_E_CONFIG : 0;
	if (count + p->extension_count > PROFILE_EXTENSIONS_MAX)
		return conf_error(node, r->err, "more extensions than a certificate has room for");
	p->requested = arena_array(r->arena, count, sizeof *p->requested);
	if (!p->requested)
		return error_nomem(r->err);
	for (size_t i = 0; i < count; i++) {
		struct bytes oid;
		int result = find_oid(r, conf_item(node, i), &oid);
		if (result == 0)
			result = check_requested(r, conf_item(node, i), oid);
		if (result)
			return result;
		p->requested[p->requested_count++] = oid;
	}
	return 0;
}

int profile_read_requested(const struct profile_reader *r)
{
	static const char *const words[] = {"ignore", "deny", NULL};
	const struct conf_node *node = conf_find(r->map, "unexpected");
	int choice = 0;
	if (node && conf_choice(node, words, &choice, r->err))
		return SIGNET_E_CONFIG;
	r->profile->deny_unexpected = choice == 1;
	return read_list(r, conf_find(r->map, "from-request"));
}

/* ---- drafting ---- */

static const char *name_of(const struct profile_drafting *d, struct bytes oid)
{
	const char *name = oid_name(oid);
	if (!name)
		name = oid_to_text(signet_draft_arena(d->draft), oid);
	return name ? name : "?";
}

/* More is asked for than is given. */
static int refuse(const struct profile_drafting *d, struct bytes oid)
{
	if (!d->profile->deny_unexpected)
		return 0;
	return signet_deny(d->verdict, SIGNET_REASON_REQUEST,
	                   "the profile '%s' does not allow what the request asks for in the "
	                   "extension %s", d->profile->name, name_of(d, oid));
}

static int refuse_broken(const struct profile_drafting *d, struct bytes oid)
{
	return signet_deny(d->verdict, SIGNET_REASON_REQUEST,
	                   "the extension %s that the request asks for cannot be read",
	                   name_of(d, oid));
}

static int refuse_empty(const struct profile_drafting *d, struct bytes oid)
{
	return signet_deny(d->verdict, SIGNET_REASON_REQUEST,
	                   "the profile '%s' allows nothing of what the request asks for in the "
	                   "extension %s", d->profile->name, name_of(d, oid));
}

static int set(const struct profile_drafting *d, struct bytes oid, bool critical,
               const struct buffer *value)
{
	const struct extension extension = {oid, critical, buffer_bytes(value)};
	return value->error ? value->error : signet_draft_set_extension(d->draft, &extension);
}

static int take_key_usage(const struct profile_drafting *d, const struct extension *asked)
{
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	const struct profile *p = d->profile;
	unsigned wanted;
	if (key_usage_decode(asked->value, &wanted))
		return refuse_broken(d, asked->oid);
	unsigned given = profile_usage_of(profile_key_of(d->request->key), wanted & p->key_usage);
	if (given == 0)
		return refuse_empty(d, asked->oid);
	key_usage_encode(&value, given);
	int result = set(d, asked->oid, p->key_usage_critical, &value);
	return result || given == wanted ? result : refuse(d, asked->oid);
}

static bool has_usage(const struct profile *p, struct bytes oid)
{
	for (size_t i = 0; i < p->ext_usage_count; i++)
		if (bytes_equal(p->ext_usages[i], oid))
			return true;
	return false;
}

static int take_extended_usage(const struct profile_drafting *d, const struct extension *asked)
{
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	struct bytes *oids;
	size_t count, given = 0;
	int result = ext_key_usage_decode(signet_draft_arena(d->draft), asked->value, &oids, &count);
	if (result)
		return result == SIGNET_E_NOMEM ? result : refuse_broken(d, asked->oid);
	for (size_t i = 0; i < count; i++)
		if (has_usage(d->profile, oids[i]))
			oids[given++] = oids[i];
	if (given == 0)
		return refuse_empty(d, asked->oid);
	ext_key_usage_encode(&value, oids, given);
	result = set(d, asked->oid, profile_extension(d->profile, asked->oid)->critical, &value);
	return result || given == count ? result : refuse(d, asked->oid);
}

/* Those of the profile; without any, the two that ask for a stapled answer. */
static int find_features(const struct profile_drafting *d, unsigned **out, size_t *count)
{
	static unsigned stapling[] = {5, 17};
	const struct extension *own = profile_extension(d->profile, OID_TLS_FEATURE);
	*out = stapling;
	*count = 2;
	return own ? tls_feature_decode(signet_draft_arena(d->draft), own->value, out, count) : 0;
}

static int take_features(const struct profile_drafting *d, const struct extension *asked)
{
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	unsigned *wanted, *allowed;
	size_t count, allowed_count, given = 0;
	int result = tls_feature_decode(signet_draft_arena(d->draft), asked->value, &wanted, &count);
	if (result)
		return result == SIGNET_E_NOMEM ? result : refuse_broken(d, asked->oid);
	result = find_features(d, &allowed, &allowed_count);
	for (size_t i = 0; result == 0 && i < count; i++)
		for (size_t k = 0; k < allowed_count; k++)
			if (wanted[i] == allowed[k]) {
				wanted[given++] = wanted[i];
				break;
			}
	if (result == 0 && given) {
		tls_feature_encode(&value, wanted, given);
		result = set(d, asked->oid, false, &value);
	}
	return result || given == count ? result : refuse(d, asked->oid);
}

/* Of the profile's own template another version may be asked for. */
static int take_ms_template(const struct profile_drafting *d, const struct extension *asked)
{
	const struct extension *own = profile_extension(d->profile, OID_MS_TEMPLATE);
	const struct extension taken = {asked->oid, false, asked->value};
	struct ms_template wanted, allowed;
	if (ms_template_decode(asked->value, &wanted))
		return refuse_broken(d, asked->oid);
	if (own && (ms_template_decode(own->value, &allowed) ||
	            !bytes_equal(wanted.oid, allowed.oid)))
		return refuse(d, asked->oid);
	return signet_draft_set_extension(d->draft, &taken);
}

/* One element of DER, and never critical: nobody here knows what it means. */
static int take_other(const struct profile_drafting *d, const struct extension *asked)
{
	const struct extension taken = {asked->oid, false, asked->value};
	struct der der = der_open(asked->value);
	if (der_check(asked->value) || der_any(&der, NULL, NULL, NULL) || der_finish(&der))
		return refuse_broken(d, asked->oid);
	return signet_draft_set_extension(d->draft, &taken);
}

static bool is_allowed(const struct profile *p, struct bytes oid)
{
	for (size_t i = 0; i < p->requested_count; i++)
		if (bytes_equal(p->requested[i], oid))
			return true;
	return false;
}

static bool is_drafted(const struct profile_drafting *d, const struct extension *asked)
{
	size_t count;
	const struct signet_draft_extension *list = signet_draft_extensions(d->draft, &count);
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(list[i].extension.oid, asked->oid) &&
		    bytes_equal(list[i].extension.value, asked->value))
			return true;
	return false;
}

static int take(const struct profile_drafting *d, const struct extension *asked)
{
	static const struct {
		const struct bytes *oid;
		int (*take)(const struct profile_drafting *, const struct extension *);
	} handlers[] = {
		{&OID_KEY_USAGE, take_key_usage}, {&OID_EXT_KEY_USAGE, take_extended_usage},
		{&OID_TLS_FEATURE, take_features}, {&OID_MS_TEMPLATE, take_ms_template}};
	if (bytes_equal(asked->oid, OID_SUBJECT_ALT_NAME))
		return 0; /* see profile_draft_names */
	if (!is_allowed(d->profile, asked->oid))
		return is_drafted(d, asked) ? 0 : refuse(d, asked->oid);
	for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++)
		if (bytes_equal(*handlers[i].oid, asked->oid))
			return handlers[i].take(d, asked);
	return take_other(d, asked);
}

int profile_draft_requested(const struct profile_drafting *d)
{
	const struct signet_request *request = d->request;
	if (d->profile->requested_count == 0 && !d->profile->deny_unexpected)
		return 0;
	signet_draft_begin(d->draft, SIGNET_ORIGIN_REQUEST);
	for (size_t i = 0; i < request->extension_count; i++) {
		int result = take(d, &request->extensions[i]);
		if (result || d->verdict->decision != SIGNET_PASS)
			return result;
	}
	return 0;
}
