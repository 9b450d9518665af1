#include <stdlib.h>

#include "base/buffer.h"
#include "conf/node.h"

#define DAY INT64_C(86400)
#define DURATION_MAX (36525 * DAY) /* 100 years */

int conf_text(const struct conf_node *node, const char **out, struct error *err)
{
	if (conf_expect(node, CONF_SCALAR, err))
		return SIGNET_E_CONFIG;
	if (node->is_null) {
		conf_error(node, err, "a value is missing");
		return SIGNET_E_CONFIG;
	}
	*out = node->text;
	return 0;
}

/* Decimal digits at *text, which is moved behind them; a leading zero is refused, as other
 * readers of YAML take such a number for an octal one. */
static bool take_number(const char **text, uint64_t *out)
{
	const char *p = *text;
	uint64_t v = 0;
	if (*p == '0' && p[1] >= '0' && p[1] <= '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return false;
	if (p == *text)
		return false;
	*text = p;
	*out = v;
	return true;
}

int conf_integer(const struct conf_node *node, int64_t least, int64_t most, int64_t *out,
                 struct error *err)
{
	const char *text;
	if (conf_text(node, &text, err))
		return SIGNET_E_CONFIG;
	const char *p = text;
	bool minus = *p == '-';
	uint64_t magnitude;
	int64_t v = 0;
	p += minus;
	if (!take_number(&p, &magnitude) || *p ||
	    (minus ? __builtin_sub_overflow(0, magnitude, &v)
	           : __builtin_add_overflow(0, magnitude, &v)) ||
	    v < least || v > most) {
		char shown[CONF_QUOTE_SIZE];
		return conf_error(node, err, "'%s' is not a whole number from %lld to %lld",
		                  conf_quote(text, shown), (long long)least, (long long)most);
	}
	*out = v;
	return 0;
}

int conf_boolean(const struct conf_node *node, bool *out, struct error *err)
{
	static const char *const words[] = {"false", "true", NULL};
	int at;
	if (conf_choice(node, words, &at, err))
		return SIGNET_E_CONFIG;
	*out = at == 1;
	return 0;
}

/* The units go from the largest to the smallest, each at most once. */
bool conf_parse_duration(const char *text, int64_t *out)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = {{'w', 7 * DAY}, {'d', DAY}, {'h', 3600}, {'m', 60}, {'s', 1}};
	int64_t total = 0;
	if (strcmp(text, "0") == 0) {
		*out = 0;
		return true;
	}
	for (size_t unit = 0; *text; unit++, text++) {
		uint64_t n;
		int64_t part;
		if (!take_number(&text, &n))
			return false;
		while (unit < sizeof units / sizeof *units && units[unit].letter != *text)
			unit++;
		if (unit == sizeof units / sizeof *units ||
		    __builtin_mul_overflow(n, units[unit].seconds, &part) ||
		    __builtin_add_overflow(total, part, &total) || total > DURATION_MAX)
			return false;
		*out = total;
	}
	return true;
}

int conf_duration(const struct conf_node *node, int64_t *seconds, struct error *err)
{
	const char *text;
	int64_t v;
	char shown[CONF_QUOTE_SIZE];
	if (conf_text(node, &text, err))
		return SIGNET_E_CONFIG;
	if (!*text || !conf_parse_duration(text, &v))
		return conf_error(node, err,
		                  "'%s' is not a duration such as 90d, 1h30m or 45s, of at most "
		                  "100 years", conf_quote(text, shown));
	*seconds = v;
	return 0;
}

int conf_size(const struct conf_node *node, uint64_t *octets, struct error *err)
{
	static const char letters[] = "kMG";
	const char *text;
	uint64_t v;
	char shown[CONF_QUOTE_SIZE];
	if (conf_text(node, &text, err))
		return SIGNET_E_CONFIG;
	const char *p = text;
	bool good = take_number(&p, &v);
	const char *letter = good && *p ? strchr(letters, *p) : NULL;
	if (letter) {
		good = !__builtin_mul_overflow(v, UINT64_C(1) << 10 * (letter - letters + 1), &v);
		p++;
	}
	if (!good || *p)
		return conf_error(node, err, "'%s' is not a size such as 4096, 64k, 1M or 2G",
		                  conf_quote(text, shown));
	*octets = v;
	return 0;
}

static int choice_error(const struct conf_node *node, const char *text,
                        const char *const *choices, struct error *err)
{
	_cleanup_buffer_ struct buffer list = BUFFER_MAX(ERROR_MESSAGE_MAX);
	for (const char *const *c = choices; *c; c++)
		buffer_printf(&list, "%s%s", c == choices ? "" : c[1] ? ", " : " or ", *c);
	char shown[CONF_QUOTE_SIZE];
	const char *all = buffer_text(&list);
	return conf_error(node, err, "'%s' is not %s", conf_quote(text, shown),
	                  all ? all : "one of the known words");
}

int conf_choice(const struct conf_node *node, const char *const *choices, int *out,
                struct error *err)
{
	const char *text;
	if (conf_text(node, &text, err))
		return SIGNET_E_CONFIG;
	for (int i = 0; choices[i]; i++)
		if (strcmp(choices[i], text) == 0) {
			*out = i;
			return 0;
		}
	return choice_error(node, text, choices, err);
}

int conf_text_list(const struct conf_node *node, const char ***out, size_t *count,
                   struct error *err)
{
	bool single = node->kind == CONF_SCALAR && !node->is_null;
	if (!single && conf_expect(node, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	size_t n = single ? 1 : node->count;
	const char **texts = calloc(n + 1, sizeof *texts);
	if (!texts)
		return error_nomem(err);
	for (size_t i = 0; i < n; i++) {
		if (conf_text(single ? node : node->items[i], &texts[i], err)) {
			free(texts);
			return SIGNET_E_CONFIG;
		}
	}
	*out = texts;
	*count = n;
	return 0;
}

int conf_get_text(const struct conf_node *map, const char *key, const char *missing,
                  const char **out, struct error *err)
{
	const struct conf_node *node = conf_find(map, key);
	if (node)
		return conf_text(node, out, err);
	*out = missing;
	return 0;
}

int conf_get_integer(const struct conf_node *map, const char *key, int64_t least, int64_t most,
                     int64_t missing, int64_t *out, struct error *err)
{
	const struct conf_node *node = conf_find(map, key);
	if (node)
		return conf_integer(node, least, most, out, err);
	*out = missing;
	return 0;
}

int conf_get_boolean(const struct conf_node *map, const char *key, bool missing, bool *out,
                     struct error *err)
{
	const struct conf_node *node = conf_find(map, key);
	if (node)
		return conf_boolean(node, out, err);
	*out = missing;
	return 0;
}

int conf_get_duration(const struct conf_node *map, const char *key, int64_t missing,
                      int64_t *seconds, struct error *err)
{
	const struct conf_node *node = conf_find(map, key);
	if (node)
		return conf_duration(node, seconds, err);
	*seconds = missing;
	return 0;
}

int conf_get_size(const struct conf_node *map, const char *key, uint64_t missing, uint64_t *octets,
                  struct error *err)
{
	const struct conf_node *node = conf_find(map, key);
	if (node)
		return conf_size(node, octets, err);
	*octets = missing;
	return 0;
}
