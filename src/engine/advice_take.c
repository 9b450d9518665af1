#include "engine/advice.h"

#include <stdio.h>

#include "api/draft_message.h"
#include "asn1/oid.h"
#include "base/limits.h"
#include "base/text.h"
#include "rpc/ca.pb-c.h"

static int read_verdict(const Signet__Rpc__Judgement *judgement, struct signet_verdict *out,
                        struct error *err)
{
	bool deny = judgement->decision == SIGNET_DENY;
	if (judgement->decision > SIGNET_DENY)
		return error_set(err, SIGNET_E_INVALID, "the adviser decides what is no decision");
	if (deny ? judgement->reason < SIGNET_REASON_KEY || judgement->reason > SIGNET_REASON_INTERNAL
	         : judgement->reason != SIGNET_REASON_NONE)
		return error_set(err, SIGNET_E_INVALID, "the adviser gives what is no reason");
	if (judgement->approvals > LIMIT_APPROVALS)
		return error_set(err, SIGNET_E_INVALID, "the adviser wants more than %d approvals",
		                 LIMIT_APPROVALS);
	if (strlen(judgement->message) >= sizeof out->message ||
	    !text_is_utf8(bytes_text(judgement->message)) || text_has_control(judgement->message))
		return error_set(err, SIGNET_E_INVALID, "the adviser's message is not fit to be shown");
	*out = (struct signet_verdict){(enum signet_decision)judgement->decision,
	                               (enum signet_reason)judgement->reason,
	                               judgement->approvals, ""};
	snprintf(out->message, sizeof out->message, "%s", judgement->message);
	return 0;
}

/* ---- the changes ---- */

/* What no rule that is run apart may set, change or remove: whether the certificate is an
 * authority's, and what bounds that, is for the profile to say, and the key identifiers are the
 * engine's own. */
static bool is_closed(struct bytes oid)
{
	const struct bytes closed[] = {
		OID_BASIC_CONSTRAINTS, OID_NAME_CONSTRAINTS, OID_POLICY_CONSTRAINTS,
		OID_INHIBIT_ANY_POLICY, OID_SUBJECT_KEY_ID, OID_AUTHORITY_KEY_ID};
	for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
		if (bytes_equal(closed[i], oid))
			return true;
	return false;
}

static const struct extension *find(const struct signet_draft_extension *list, size_t count,
                                    struct bytes oid)
{
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(list[i].extension.oid, oid))
			return &list[i].extension;
	return NULL;
}

static bool is_same(const struct extension *a, const struct extension *b)
{
	return a && b && a->critical == b->critical && bytes_equal(a->value, b->value);
}

static int check_closed(const struct signet_draft_extension *list, size_t count,
                        const struct signet_draft_extension *others, size_t other_count,
                        struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct extension *one = &list[i].extension;
		if (is_closed(one->oid) && !is_same(one, find(others, other_count, one->oid)))
			return error_set(err, SIGNET_E_INVALID, "a rule changes the extension %s",
			                 oid_name(one->oid));
	}
	return 0;
}

/* Looks at everything before anything is changed. */
static int check_changes(const struct signet_draft *draft, const struct draft_parts *parts,
                         struct error *err)
{
	size_t count;
	const struct signet_draft_extension *own = signet_draft_extensions(draft, &count);
	int result = check_closed(own, count, parts->extensions, parts->extension_count, err);
	return result ? result
	              : check_closed(parts->extensions, parts->extension_count, own, count, err);
}

static bool has_other_names(const struct signet_draft *draft, const struct draft_parts *parts)
{
	size_t count;
	const struct general_name *names = signet_draft_alt_names(draft, &count);
	if (count != parts->name_count)
		return true;
	for (size_t i = 0; i < count; i++)
		if (names[i].kind != parts->names[i].kind ||
		    !bytes_equal(names[i].value, parts->names[i].value))
			return true;
	return false;
}

/* The draft closes the gap of one that is removed: the list is gone through from its end. */
static int remove_extensions(struct signet_draft *draft, const struct draft_parts *parts)
{
	size_t count;
	const struct signet_draft_extension *list = signet_draft_extensions(draft, &count);
	for (size_t i = count; i-- > 0;) {
		struct bytes oid = list[i].extension.oid;
		if (!find(parts->extensions, parts->extension_count, oid) &&
		    signet_draft_remove_extension(draft, oid))
			return SIGNET_E_NOMEM;
	}
	/* also what is not there yet */
	for (size_t i = 0; i < parts->removed_count; i++)
		if (signet_draft_remove_extension(draft, parts->removed[i]))
			return SIGNET_E_NOMEM;
	return 0;
}

static int set_extensions(struct signet_draft *draft, const struct draft_parts *parts)
{
	for (size_t i = 0; i < parts->extension_count; i++) {
		const struct extension *wanted = &parts->extensions[i].extension;
		size_t count;
		const struct signet_draft_extension *list = signet_draft_extensions(draft, &count);
		if (!is_same(wanted, find(list, count, wanted->oid)) &&
		    signet_draft_set_extension(draft, wanted))
			return SIGNET_E_NOMEM;
	}
	return 0;
}

/* Only memory can run out. */
static int apply(struct signet_draft *draft, const struct draft_parts *parts)
{
	int result = 0;
	if (!bytes_equal(parts->subject, signet_draft_subject(draft)))
		result = signet_draft_set_subject(draft, parts->subject);
	if (result == 0 && (parts->not_before != signet_draft_not_before(draft) ||
	                    parts->not_after != signet_draft_not_after(draft)))
		result = signet_draft_set_validity(draft, parts->not_before, parts->not_after);
	if (result == 0 && has_other_names(draft, parts))
		result = signet_draft_set_alt_names(draft, parts->names, parts->name_count);
	if (result == 0)
		result = remove_extensions(draft, parts);
	return result ? result : set_extensions(draft, parts);
}

int advice_take(const Signet__Rpc__Judgement *judgement, struct signet_draft *draft,
                struct signet_verdict *verdict, struct error *err)
{
	struct signet_verdict read;
	struct draft_parts parts;
	int result = read_verdict(judgement, &read, err);
	if (result == 0 && judgement->draft) {
		result = draft_message_read(signet_draft_arena(draft), judgement->draft, &parts, err);
		if (result == 0)
			result = check_changes(draft, &parts, err);
	}
	if (result)
		return result;
	if (judgement->draft && apply(draft, &parts))
		return error_nomem(err);
	*verdict = read;
	return 0;
}
