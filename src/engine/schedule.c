#include "engine/schedule.h"

#define DAY 86400
#define PENDING_DEFAULT (30 * DAY)

static int read_pending(struct schedule *out, const struct conf_node *pending, struct error *err)
{
	static const char *const known[] = {"expires", NULL};
	out->pending = PENDING_DEFAULT;
	if (!pending)
		return 0;
	if (conf_check_keys(pending, known, err))
		return SIGNET_E_CONFIG;
	return conf_get_duration(pending, "expires", PENDING_DEFAULT, &out->pending, err);
}

static int read_warning(struct schedule *out, const struct conf_node *node, struct error *err)
{
	int64_t seconds;
	if (conf_duration(node, &seconds, err))
		return SIGNET_E_CONFIG;
	if (seconds == 0)
		return conf_error(node, err, "must be longer than 0");
	for (size_t i = 0; i < out->warning_count; i++)
		if (out->warnings[i] == seconds)
			return conf_error(node, err, "stands here twice");
	if (out->warning_count == SCHEDULE_WARNINGS_MAX)
		return conf_error(node, err, "more than %d times", SCHEDULE_WARNINGS_MAX);
	out->warnings[out->warning_count++] = seconds;
	return 0;
}

static int read_expiring(struct schedule *out, const struct conf_node *expiring, struct error *err)
{
	static const char *const known[] = {"before", "renewed", NULL};
	const struct conf_node *list = expiring;
	if (expiring && conf_kind(expiring) == CONF_MAP) {
		if (conf_check_keys(expiring, known, err) ||
		    conf_get_boolean(expiring, "renewed", false, &out->renewed, err))
			return SIGNET_E_CONFIG;
		list = conf_find(expiring, "before");
		if (!list)
			return conf_error(expiring, err, "has no 'before'");
	}
	if (list && conf_expect(list, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	for (size_t i = 0; list && i < conf_count(list); i++)
		if (read_warning(out, conf_item(list, i), err))
			return SIGNET_E_CONFIG;
	return 0;
}

int schedule_load(struct schedule *out, const struct conf_node *pending,
                  const struct conf_node *expiring, struct error *err)
{
	struct schedule made = {0};
	if (read_pending(&made, pending, err) || read_expiring(&made, expiring, err))
		return SIGNET_E_CONFIG;
	*out = made;
	return 0;
}

const char *schedule_text(struct arena *arena, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {{DAY, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
	size_t at = 0;
	while (seconds % units[at].seconds)
		at++;
	long long count = seconds / units[at].seconds;
	return arena_printf(arena, "%lld %s%s", count, units[at].name, count == 1 ? "" : "s");
}
