/*
 * The rule `duplicate`: how often the same is certified again.
 *
 *   names   certificates of the same set of names in a window
 *   name    certificates that carry a name, for each of their names
 *   key     certificates of the same key
 *   window  1m to 10 years
 *   excess  deny (default), or hold: what is above waits for an officer
 *
 * One of the first three and the window are needed. The names of a certificate
 * are its alternative names and each common name of its subject, without
 * regard to case; one without any counts by its whole subject. Only issued
 * certificates count.
 */
#include <stdlib.h>

#include "api/policy.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/limits.h"
#include "base/text.h"
#include "crypto/hash.h"

#define MAX_MOST 1000000000
#define NAMES_MAX (LIMIT_SAN_COUNT + LIMIT_NAME_PARTS)

/* What comes first in a scope: the three count apart. */
enum kind { KIND_NAMES = 's', KIND_NAME = 'n', KIND_KEY = 'k' };

struct duplicate {
	int64_t names, name, key; /* most; 0: any number */
	int64_t window;
	const char *window_text;  /* as configured, for messages */
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
	if (conf_get_integer(node, "names", 1, MAX_MOST, 0, &d->names, err) ||
	    conf_get_integer(node, "name", 1, MAX_MOST, 0, &d->name, err) ||
	    conf_get_integer(node, "key", 1, MAX_MOST, 0, &d->key, err) ||
	    (excess && conf_choice(excess, choices, &choice, err)))
		return SIGNET_E_CONFIG;
	if (!window || (!d->names && !d->name && !d->key))
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

/* The names of a draft, each once, in order. */
struct names {
	const char *list[NAMES_MAX];
	size_t count;
};

static int add_name(struct names *names, char *text)
{
	if (!text)
		return SIGNET_E_NOMEM;
	for (char *c = text; *c; c++)
		*c = text_lower(*c);
	if (names->count == NAMES_MAX)
		return SIGNET_E_TOO_BIG;
	names->list[names->count++] = text;
	return 0;
}

static int add_common_names(struct names *names, struct arena *arena, struct bytes subject)
{
	struct name_reader reader = name_open(subject);
	struct name_part part;
	int result = 0;
	while (result == 0 && name_next(&reader, &part))
		if (bytes_equal(part.oid, OID_COMMON_NAME))
			result = add_name(names, name_part_text(arena, &part));
	return result;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_once_each(struct names *names)
{
	size_t kept = 0;
	qsort(names->list, names->count, sizeof *names->list, compare);
	for (size_t i = 0; i < names->count; i++)
		if (kept == 0 || strcmp(names->list[i], names->list[kept - 1]) != 0)
			names->list[kept++] = names->list[i];
	names->count = kept;
}

static int collect(struct names *names, struct signet_draft *draft)
{
	struct arena *arena = signet_draft_arena(draft);
	struct bytes subject = signet_draft_subject(draft);
	size_t count;
	const struct general_name *alt_names = signet_draft_alt_names(draft, &count);
	int result = 0;
	names->count = 0;
	for (size_t i = 0; result == 0 && i < count; i++)
		result = add_name(names, general_name_text(arena, &alt_names[i]));
	if (result == 0)
		result = add_common_names(names, arena, subject);
	if (result == 0 && names->count == 0)
		result = add_name(names, name_to_text(arena, subject));
	sort_once_each(names);
	return result;
}

/* *exceeded: there are as many as may be. */
static int count(const struct duplicate *d, struct signet_draft *draft, enum kind kind,
                 struct bytes what, int64_t most, bool *exceeded)
{
	_cleanup_buffer_ struct buffer scope = BUFFER_MAX(4 * LIMIT_NAME);
	uint64_t number;
	buffer_append_octet(&scope, (uint8_t)kind);
	buffer_append_bytes(&scope, what);
	if (scope.error)
		return scope.error;
	int result = signet_draft_count(draft, buffer_bytes(&scope), d->window, (uint64_t)most,
	                                &number);
	*exceeded = result == 0 && number >= (uint64_t)most;
	return result;
}

static int exceed(const struct duplicate *d, struct signet_verdict *verdict, int64_t most,
                  const char *what)
{
	if (d->hold)
		return signet_hold(verdict, "more than %lld certificates in %s for %s: an officer has to "
		                   "approve the request", (long long)most, d->window_text, what);
	return signet_deny(verdict, SIGNET_REASON_LIMIT,
	                   "at most %lld certificates in %s are issued for %s", (long long)most,
	                   d->window_text, what);
}

static int check_key(const struct duplicate *d, const struct pubkey *key,
                     struct signet_draft *draft, struct signet_verdict *verdict)
{
	uint8_t fingerprint[32];
	bool exceeded;
	pubkey_fingerprint(key, fingerprint);
	int result = count(d, draft, KIND_KEY, BYTES_OF(fingerprint), d->key, &exceeded);
	return result || !exceeded ? result : exceed(d, verdict, d->key, "the same key");
}

static int check_set(const struct duplicate *d, const struct names *names,
                     struct signet_draft *draft, struct signet_verdict *verdict)
{
	_cleanup_buffer_ struct buffer all = BUFFER_MAX(8 * LIMIT_CERTIFICATE);
	uint8_t digest[HASH_SIZE_MAX];
	bool exceeded;
	for (size_t i = 0; i < names->count; i++)
		buffer_append(&all, names->list[i], strlen(names->list[i]) + 1);
	int result = all.error;
	if (result == 0)
		result = hash_compute(HASH_SHA256, buffer_bytes(&all), digest);
	if (result == 0)
		result = count(d, draft, KIND_NAMES, bytes_make(digest, hash_size(HASH_SHA256)),
		               d->names, &exceeded);
	return result || !exceeded ? result : exceed(d, verdict, d->names, "the same names");
}

static int check_each(const struct duplicate *d, const struct names *names,
                      struct signet_draft *draft, struct signet_verdict *verdict)
{
	for (size_t i = 0; i < names->count; i++) {
		bool exceeded;
		int result = count(d, draft, KIND_NAME, bytes_text(names->list[i]), d->name, &exceeded);
		if (result)
			return result;
		if (exceeded && !d->hold)
			return exceed(d, verdict, d->name, names->list[i]);
		if (exceeded && verdict->decision == SIGNET_PASS)
			exceed(d, verdict, d->name, names->list[i]);
	}
	return 0;
}

/* All scopes are asked for, also where the first one holds already: what is not asked for is not
 * counted. */
static int check(const void *rule, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	const struct duplicate *d = rule;
	struct names names;
	int result = 0;
	if (d->key)
		result = check_key(d, request->key, draft, verdict);
	if (result || verdict->decision == SIGNET_DENY || (!d->names && !d->name))
		return result;
	result = collect(&names, draft);
	if (result == 0 && d->names)
		result = check_set(d, &names, draft, verdict);
	if (result == 0 && d->name && verdict->decision != SIGNET_DENY)
		result = check_each(d, &names, draft, verdict);
	return result;
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
