/* A rule that is run apart and does what its key `say` tells it to. */
#include <stdlib.h>
#include <string.h>

#include "api/policy.h"
#include "asn1/oid.h"

static const char *const words[] = {"pass",   "deny",  "hold",    "fail",   "odd",
                                    "change", "break", "request", "decide", NULL};
enum word { PASS, DENY, HOLD, FAIL, ODD, CHANGE, BREAK, REQUEST, DECIDE };

struct apart {
	int word;
	bool refuse;  /* to start */
	bool started;
};

static int configure(void **out, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	(void)host;
	struct apart *apart = calloc(1, sizeof *apart);
	if (!apart)
		return error_nomem(err);
	const struct conf_node *say = conf_find(node, "say");
	int result = say ? conf_choice(say, words, &apart->word, err) : 0;
	if (result == 0)
		result = conf_get_boolean(node, "refuse", false, &apart->refuse, err);
	if (result) {
		free(apart);
		return result;
	}
	*out = apart;
	return 0;
}

static int start(void *rule, struct error *err)
{
	struct apart *apart = rule;
	apart->started = true;
	return apart->refuse ? error_set(err, SIGNET_E_CONFIG, "refuses to start") : 0;
}

static int change(struct signet_draft *draft)
{
	static const struct extension own = {{(const uint8_t *)"\x2a\x03\x04", 3}, true,
	                                     {(const uint8_t *)"\x05\x00", 2}};
	const struct general_name name = {GN_DNS, bytes_text("added.example")};
	if (signet_draft_set_alt_names(draft, &name, 1) ||
	    signet_draft_set_extension(draft, &own) ||
	    signet_draft_remove_extension(draft, OID_KEY_USAGE))
		return SIGNET_E_NOMEM;
	return signet_draft_set_validity(draft, 1000, 2000);
}

static int become_authority(struct signet_draft *draft)
{
	static const struct extension ca = {{(const uint8_t *)"\x55\x1d\x13", 3}, true,
	                                    {(const uint8_t *)"\x30\x03\x01\x01\xff", 5}};
	return signet_draft_set_extension(draft, &ca);
}

/* What it sees of the request, in one line. */
static int tell(const struct signet_request *request, struct signet_verdict *verdict)
{
	return signet_deny(verdict, SIGNET_REASON_NAME, "%llu %d%d %s %s %s %s %s %s %lld %zu=%s %zu=%s "
	                   "%s %zu", (unsigned long long)request->id, request->resubmitted, request->test,
	                   request->profile, request->authority, request->intermediary,
	                   request->protocol, request->requester, request->address,
	                   (long long)request->submitted, request->attribute_count,
	                   request->attribute_count ? request->attributes[0].value : "",
	                   request->approver_count,
	                   request->approver_count ? request->approvers[0] : "",
	                   key_algorithm_name(pubkey_algorithm(request->key)),
	                   request->alt_name_count);
}

static int check(const void *rule, const struct signet_request *request, struct signet_draft *draft,
                 struct signet_verdict *verdict)
{
	const struct apart *apart = rule;
	if (!apart->started)
		return SIGNET_E_STATE;
	switch ((enum word)apart->word) {
	case PASS:
		return 0;
	case DENY:
		return signet_deny(verdict, SIGNET_REASON_KEY, "not this one");
	case HOLD:
		signet_hold(verdict, "ask somebody");
		verdict->approvals = 2;
		return 0;
	case FAIL:
		return SIGNET_E_IO;
	case ODD:
		memset(verdict->message, 'x', sizeof verdict->message);
		return 0;
	case CHANGE:
		return change(draft);
	case BREAK:
		return become_authority(draft);
	case REQUEST:
		return tell(request, verdict);
	case DECIDE:
		verdict->decision = (enum signet_decision)7;
		return 0;
	}
	return SIGNET_E_INTERNAL;
}

const struct signet_policy signet_module;
const struct signet_policy signet_module = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "apart", "for tests",
	           (const char *const[]){"say", "refuse", "timeout", NULL}},
	.configure = configure,
	.check = check,
	.free = free,
	.apart = true,
	.start = start,
};
