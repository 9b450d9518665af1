#include "exit/ldap_filter.h"

#include <stdbool.h>
#include <string.h>

#include "base/limits.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define HEX DIGITS "abcdefABCDEF"

/* An attribute description, with options, or the parts of an extensible match. */
#define ATTRIBUTE LETTERS DIGITS "-.;:"

static int read_value(const char **at, bool stars, struct error *err)
{
	for (; **at && **at != ')'; ++*at) {
		if (**at == '(' || (**at == '*' && !stars))
			return error_set(err, SIGNET_E_INVALID, "'%c' in a value is not escaped", **at);
		if (**at != '\\')
			continue;
		if (strspn(*at + 1, HEX) < 2)
			return error_set(err, SIGNET_E_INVALID,
			                 "'\\' in a value is not followed by two hexadecimal digits");
		*at += 2;
	}
	return 0;
}

static int read_item(const char **at, struct error *err)
{
	size_t length = strspn(*at, ATTRIBUTE);
	if (length == 0)
		return error_set(err, SIGNET_E_INVALID, "an attribute is missing before '%.16s'", *at);
	*at += length;
	bool extensible = (*at)[-1] == ':';
	bool ordered = !extensible && strchr("<>~", **at) && **at;
	*at += ordered;
	if (**at != '=')
		return error_set(err, SIGNET_E_INVALID, "'=' is missing before '%.16s'", *at);
	++*at;
	return read_value(at, !extensible && !ordered, err);
}

static int read_filter(const char **at, unsigned depth, struct error *err)
{
	if (depth > LIMIT_LDAP_FILTER_DEPTH)
		return error_set(err, SIGNET_E_INVALID, "nested deeper than %d", LIMIT_LDAP_FILTER_DEPTH);
	if (**at != '(')
		return error_set(err, SIGNET_E_INVALID, "'(' is missing before '%.16s'", *at);
	++*at;
	int result = 0;
	if (**at == '!') {
		++*at;
		result = read_filter(at, depth + 1, err);
	} else if (**at == '&' || **at == '|') {
		++*at;
		while (result == 0 && **at != ')')
			result = read_filter(at, depth + 1, err);
	} else {
		result = read_item(at, err);
	}
	if (result)
		return result;
	if (**at != ')')
		return error_set(err, SIGNET_E_INVALID, "')' is missing at its end");
	++*at;
	return 0;
}

int directory_filter_check(const char *filter, struct error *err)
{
	int result = read_filter(&filter, 0, err);
	if (result == 0 && *filter)
		result = error_set(err, SIGNET_E_INVALID, "'%.16s' is too much at its end", filter);
	return result;
}
