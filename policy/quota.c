/*
 * The rule `quota`: how many certificates are issued in a while.
 *
 *   per     of requester, profile, authority, intermediary, address: those that are equal in all of
 *           these share a quota; all requests share one when it is missing. An address is an IPv4
 *           address or the /64 network of an IPv6 address
 *   max     certificates in a window
 *   window  1m to 10 years
 *   excess  deny (default), or hold: what is above waits for an officer
 *
 * Only issued certificates count, those that an officer let pass among them.
 */
#include <stdlib.h>

#include "api/policy.h"
#include "base/limits.h"
#include "base/text.h"

#define MAX_MOST 1000000000

enum part { PART_REQUESTER, PART_PROFILE, PART_AUTHORITY, PART_INTERMEDIARY, PART_ADDRESS };

static const char *const part_names[] = {
	[PART_REQUESTER] = "requester", [PART_PROFILE] = "profile", [PART_AUTHORITY] = "authority",
	[PART_INTERMEDIARY] = "intermediary", [PART_ADDRESS] = "address", [PART_ADDRESS + 1] = NULL};

struct quota {
	unsigned parts;          /* bit n: enum part n */
	uint64_t max;
	int64_t window;
	const char *window_text; /* as configured, for messages */
	bool hold;
};

static int read_parts(struct quota *quota, const struct conf_node *node, struct error *err)
{
	if (!node)
		return 0;
	bool single = conf_kind(node) == CONF_SCALAR;
	size_t count = single ? 1 : conf_count(node);
	if (!single && conf_expect(node, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	if (count == 0)
		return conf_error(node, err, "is empty");
	for (size_t i = 0; i < count; i++) {
		const struct conf_node *entry = single ? node : conf_item(node, i);
		int part;
		if (conf_choice(entry, part_names, &part, err))
			return SIGNET_E_CONFIG;
		if (quota->parts & 1u << part)
			return conf_error(entry, err, "'%s' stands there twice", part_names[part]);
		quota->parts |= 1u << part;
	}
	return 0;
}

static int read_window(struct quota *quota, const struct conf_node *node, struct error *err)
{
	if (conf_duration(node, &quota->window, err) ||
	    conf_text(node, &quota->window_text, err))
		return SIGNET_E_CONFIG;
	if (quota->window < SIGNET_WINDOW_MIN || quota->window > SIGNET_WINDOW_MAX)
		return conf_error(node, err, "is shorter than a minute or longer than 10 years");
	return 0;
}

static int read_quota(struct quota *quota, const struct conf_node *node, struct error *err)
{
	static const char *const choices[] = {"deny", "hold", NULL};
	const struct conf_node *max = conf_find(node, "max"), *window = conf_find(node, "window");
	const struct conf_node *excess = conf_find(node, "excess");
	int64_t most;
	int choice = 0;
	if (!max || !window)
		return conf_error(node, err, "needs 'max' and 'window'");
	if (read_parts(quota, conf_find(node, "per"), err) ||
	    conf_integer(max, 1, MAX_MOST, &most, err) || read_window(quota, window, err) ||
	    (excess && conf_choice(excess, choices, &choice, err)))
		return SIGNET_E_CONFIG;
	quota->max = (uint64_t)most;
	quota->hold = choice == 1;
	return 0;
}

static int configure(void **rule, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	struct quota *quota = calloc(1, sizeof *quota);
	(void)host;
	if (!quota)
		return error_nomem(err);
	int result = read_quota(quota, node, err);
	if (result) {
		free(quota);
		return result;
	}
	*rule = quota;
	return 0;
}

/* Whoever has one address of a /64 network has all. What is no address counts as one. */
static void put_address(struct buffer *scope, const char *text)
{
	uint8_t octets[16];
	struct bytes address =
		address_unmapped(bytes_make(octets, text_to_peer(text, octets)));
	if (address.length == 16)
		address.length = 8;
	buffer_append_bytes(scope, address);
}

static void put_part(struct buffer *scope, enum part part, const struct signet_request *request)
{
	const char *const texts[] = {
		[PART_REQUESTER] = request->requester, [PART_PROFILE] = request->profile,
		[PART_AUTHORITY] = request->authority, [PART_INTERMEDIARY] = request->intermediary};
	buffer_append_octet(scope, (uint8_t)part);
	if (part == PART_ADDRESS) {
		put_address(scope, request->address); /* the last one: it may hold any octet */
		return;
	}
	buffer_append_text(scope, texts[part]);
	buffer_append_octet(scope, 0);
}

static void list_parts(const struct quota *quota, struct buffer *text)
{
	for (unsigned part = 0; part_names[part]; part++)
		if (quota->parts & 1u << part)
			buffer_printf(text, "%s%s", text->length ? ", " : " for the same ",
			              part_names[part]);
}

static int exceed(const struct quota *quota, struct signet_verdict *verdict)
{
	_cleanup_buffer_ struct buffer parts = BUFFER_MAX(SIGNET_VERDICT_TEXT);
	list_parts(quota, &parts);
	const char *same = buffer_text(&parts);
	unsigned long long max = quota->max;
	if (!same)
		return SIGNET_E_NOMEM;
	if (quota->hold)
		return signet_hold(verdict, "more than %llu certificates in %s%s: an officer has to "
		                   "approve the request", max, quota->window_text, same);
	return signet_deny(verdict, SIGNET_REASON_LIMIT, "at most %llu certificates in %s are issued%s",
	                   max, quota->window_text, same);
}

static int check(const void *rule, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	const struct quota *quota = rule;
	_cleanup_buffer_ struct buffer scope = BUFFER_MAX(5 * LIMIT_ATTRIBUTE);
	uint64_t count;
	for (unsigned part = 0; part_names[part]; part++)
		if (quota->parts & 1u << part)
			put_part(&scope, (enum part)part, request);
	if (scope.error)
		return scope.error;
	int result =
		signet_draft_count(draft, buffer_bytes(&scope), quota->window, quota->max, &count);
	if (result || count < quota->max)
		return result;
	return exceed(quota, verdict);
}

static const char *const keys[] = {"per", "max", "window", "excess", NULL};

extern const struct signet_policy policy_quota;
const struct signet_policy policy_quota = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "quota",
	           "limits how many certificates are issued in a while", keys},
	.configure = configure,
	.check = check,
	.free = free,
};
