/*
 * The rule `duplicate`: how often the same is certified again.
 *
 *   names   certificates of the same set of names in a window
 *   name    certificates that carry a name, for each of their names
 *   key     certificates of the same key
 *   window  1m to 10 years
 *   excess  deny (default), or hold: what is above waits for an officer
 *
 * One of the first three, of at most 1000, and the window are needed. The names
 * of a certificate are its alternative names and each common name of its
 * subject, whatever their spelling (case, blanks, full width letters, an IPv4
 * address as an IPv6 one); one without any counts by its whole subject.
 * All issued certificates count, also those that this rule did not judge.
 */
#include <stdlib.h>

#include "api/policy.h"

#define LIMITS 3
/* So many are looked at for each request. */
#define MOST_MAX 1000

struct limit {
	const char *key;
	enum signet_likeness likeness;
	const char *what;
	int64_t most; /* 0: any number */
};

static const struct limit limits[LIMITS] = {
	{"key", SIGNET_LIKE_KEY, "the same key", 0},
	{"names", SIGNET_LIKE_NAMES, "the same names", 0},
	{"name", SIGNET_LIKE_NAME, "one of the names", 0},
};

struct duplicate {
	struct limit limits[LIMITS];
	int64_t window;
	const char *window_text; /* as configured, for messages */
	bool hold;
};

static int read_window(struct duplicate *d, const struct conf_node *node, struct error *err)
{
	if (conf_duration(node, &d->window, err) || conf_text(node, &d->window_text, err))
		return SIGNET_E_CONFIG;
	if (d->window < SIGNET_WINDOW_MIN || d->window > SIGNET_WINDOW_MAX)
		return conf_error(node, err, "is shorter than a minute or longer than 10 years");
	return 0;
}

static int read_duplicate(struct duplicate *d, const struct conf_node *node, struct error *err)
{
	static const char *const choices[] = {"deny", "hold", NULL};
	const struct conf_node *window = conf_find(node, "window");
	const struct conf_node *excess = conf_find(node, "excess");
	int choice = 0;
	bool any = false;
	memcpy(d->limits, limits, sizeof limits);
	for (size_t i = 0; i < LIMITS; i++) {
		if (conf_get_integer(node, limits[i].key, 1, MOST_MAX, 0, &d->limits[i].most, err))
			return SIGNET_E_CONFIG;
		any = any || d->limits[i].most;
	}
	if (excess && conf_choice(excess, choices, &choice, err))
		return SIGNET_E_CONFIG;
	if (!window || !any)
		return conf_error(node, err, "needs 'window', and 'names', 'name' or 'key'");
	d->hold = choice == 1;
	return read_window(d, window, err);
}

static int configure(void **rule, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	struct duplicate *duplicate = calloc(1, sizeof *duplicate);
	(void)host;
	if (!duplicate)
		return error_nomem(err);
	int result = read_duplicate(duplicate, node, err);
	if (result) {
		free(duplicate);
		return result;
	}
	*rule = duplicate;
	return 0;
}

static int exceed(const struct duplicate *d, const struct limit *limit,
                  struct signet_verdict *verdict)
{
	if (d->hold)
		return signet_hold(verdict, "more than %lld certificates in %s for %s: an officer has to "
		                   "approve the request", (long long)limit->most, d->window_text,
		                   limit->what);
	return signet_deny(verdict, SIGNET_REASON_LIMIT,
	                   "at most %lld certificates in %s are issued for %s",
	                   (long long)limit->most, d->window_text, limit->what);
}

static int check(const void *rule, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	const struct duplicate *d = rule;
	for (size_t i = 0; i < LIMITS; i++) {
		const struct limit *limit = &d->limits[i];
		uint64_t count, most = (uint64_t)limit->most;
		if (!most)
			continue;
		int result = signet_draft_count_like(draft, limit->likeness, request->key, d->window,
		                                     most, &count);
		if (result)
			return result;
		if (count >= most)
			return exceed(d, limit, verdict);
	}
	return 0;
}

static const char *const keys[] = {"names", "name", "key", "window", "excess", NULL};

extern const struct signet_policy policy_duplicate;
const struct signet_policy policy_duplicate = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "duplicate",
	           "limits how often the same is certified again", keys},
	.configure = configure,
	.check = check,
	.free = free,
};
