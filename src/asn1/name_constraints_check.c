/* Whether names may stand under nameConstraints (RFC 5280 sections 4.2.1.10, 6.1.3 (b) and (c)). */
#include "asn1/extension.h"

#include "asn1/name.h"
#include "asn1/name_constraints.h"
#include "asn1/oid.h"
#include "base/text.h"

/* id-on-SmtpUTF8Mailbox, 1.3.6.1.5.5.7.8.9: a mailbox in an otherName (RFC 9598) */
static const uint8_t utf8_mailbox[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x09};

struct check {
	const struct name_constraints *constraints;
	struct arena *arena;
	struct error *err;
};

static bool has_kind(const struct general_name *bases, size_t count, enum general_name_kind kind)
{
	for (size_t i = 0; i < count; i++)
		if (bases[i].kind == kind)
			return true;
	return false;
}

static bool is_constrained(const struct check *check, enum general_name_kind kind)
{
	const struct name_constraints *c = check->constraints;
	return has_kind(c->permitted, c->permitted_count, kind) ||
	       has_kind(c->excluded, c->excluded_count, kind);
}

/* what: "dns name", "common name"; why comes first, since the name may be long. */
static int refuse(const struct check *check, const char *what, const struct general_name *name,
                  const char *why)
{
	const char *text = general_name_text(check->arena, name);
	if (!text)
		return error_nomem(check->err);
	return error_set(check->err, SIGNET_E_BAD_NAME, "%s by the name constraints of the issuer: "
	                 "%s \"%s\" (RFC 5280 section 4.2.1.10)", why, what, text);
}

static int refuse_excluded(const struct check *check, const char *what,
                           const struct general_name *name, const struct general_name *base)
{
	const char *text = name_constraint_text(check->arena, base);
	const char *why = text ? arena_printf(check->arena, "excluded (%s)", text) : NULL;
	return why ? refuse(check, what, name, why) : error_nomem(check->err);
}

static int judge_bases(const struct check *check, const char *what,
                       const struct general_name *name, const struct general_name *shown)
{
	const struct name_constraints *c = check->constraints;
	bool permitted = !has_kind(c->permitted, c->permitted_count, name->kind);
	for (size_t i = 0; i < c->excluded_count; i++)
		if (c->excluded[i].kind == name->kind &&
		    subtree_contains(&c->excluded[i], name, SUBTREE_EXCLUDED))
			return refuse_excluded(check, what, shown, &c->excluded[i]);
	for (size_t i = 0; !permitted && i < c->permitted_count; i++)
		permitted = c->permitted[i].kind == name->kind &&
		            subtree_contains(&c->permitted[i], name, SUBTREE_PERMITTED);
	return permitted ? 0 : refuse(check, what, shown, "not permitted");
}

static int judge(const struct check *check, const char *what, const struct general_name *name)
{
	struct bytes host;
	if (!is_constrained(check, name->kind))
		return 0;
	if (!subtree_can_apply(name->kind) ||
	    (name->kind == GN_URI && !uri_host(name->value, &host)))
		return refuse(check, what, name, "not to be judged");
	int result = judge_bases(check, what, name, name);
	/* an IPv4 address in the clothes of an IPv6 address is both */
	const struct general_name mapped = {GN_IP, name->kind == GN_IP ? ip_mapped(name->value)
	                                                               : BYTES_NONE};
	if (result == 0 && mapped.value.length)
		result = judge_bases(check, what, &mapped, name);
	return result;
}

static int judge_other(const struct check *check, const struct general_name *name)
{
	struct der der = der_open(name->value);
	struct bytes oid;
	if (name->kind != GN_OTHER || !is_constrained(check, GN_EMAIL))
		return 0;
	if (der_oid(&der, &oid) == 0 && !bytes_equal(oid, BYTES_OF(utf8_mailbox)))
		return 0;
	return refuse(check, "other name", name, "not to be judged");
}

static int judge_alt_name(const struct check *check, const struct general_name *name)
{
	const char *kind = general_name_kind_name(name->kind);
	int result = general_name_check(name, check->err);
	if (result == 0)
		result = judge_other(check, name);
	if (result)
		return result;
	const char *what = arena_printf(check->arena, "%s name", kind);
	return what ? judge(check, what, name) : error_nomem(check->err);
}

/* What verifiers take for a host name in a common name: labels between dots, also with what no
 * host name has, such as "_". */
static bool looks_like_host(struct bytes text)
{
	bool dot = false;
	for (size_t i = 0; i < text.length; i++) {
		char c = text_lower((char)text.data[i]);
		bool inner = i > 0 && i + 1 < text.length;
		if (c == '.' ? !inner || text.data[i - 1] == '.'
		             : !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
		                 (c == '-' && inner) || (c == '*' && i == 0)))
			return false;
		dot |= c == '.';
	}
	return dot;
}

static int judge_common_name(const struct check *check, const struct name_part *part)
{
	static const char what[] = "common name";
	uint8_t address[16];
	const char *text = name_part_text(check->arena, part);
	if (!text)
		return error_nomem(check->err);
	struct general_name dns = {GN_DNS, bytes_text(text)};
	if (dns.value.length && dns.value.data[dns.value.length - 1] == '.')
		dns.value.length--;
	int result = looks_like_host(dns.value) ? judge(check, what, &dns) : 0;
	size_t length = text_to_address(text, address);
	const struct general_name ip = {GN_IP, bytes_make(address, length)};
	return result == 0 && length ? judge(check, what, &ip) : result;
}

static int judge_email_address(const struct check *check, const struct name_part *part)
{
	struct general_name email = {GN_EMAIL, part->value};
	int result = is_constrained(check, GN_EMAIL) ? general_name_check(&email, check->err) : 0;
	return result ? result : judge(check, "emailAddress", &email);
}

static int judge_subject(const struct check *check, struct bytes subject)
{
	const struct general_name directory = {GN_DIRECTORY, subject};
	struct name_part part;
	int result = name_check(subject, check->err);
	if (result || name_is_empty(subject))
		return result;
	result = judge(check, "subject", &directory);
	struct name_reader reader = name_open(subject);
	while (result == 0 && name_next(&reader, &part)) {
		if (bytes_equal(part.oid, OID_COMMON_NAME))
			result = judge_common_name(check, &part);
		else if (bytes_equal(part.oid, OID_EMAIL_ADDRESS))
			result = judge_email_address(check, &part);
	}
	return result;
}

int name_constraints_check(const struct name_constraints *constraints, struct arena *arena,
                           struct bytes subject, const struct general_name *names, size_t count,
                           struct error *err)
{
	const struct check check = {constraints, arena, err};
	int result = 0;
	/* the subject often repeats one of the names, which tells more */
	for (size_t i = 0; result == 0 && i < count; i++)
		result = judge_alt_name(&check, &names[i]);
	return result ? result : judge_subject(&check, subject);
}
