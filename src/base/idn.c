#include "base/idn.h"

#include <stdbool.h>
#include <stdlib.h>

#include <idn2.h>

#include "base/error.h"
#include "base/text.h"
#include "base/unicode.h"

int idn_to_ascii(const char *name, char out[LIMIT_DNS_NAME + 1])
{
	bool wildcard = strncmp(name, "*.", 2) == 0;
	char *ascii = NULL;
	int rc = idn2_to_ascii_8z(wildcard ? name + 2 : name, &ascii,
	                          IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	int result = rc == IDN2_MALLOC ? SIGNET_E_NOMEM : rc ? SIGNET_E_INVALID : 0;
	if (result == 0 && (strlen(ascii) + (wildcard ? 2 : 0) > LIMIT_DNS_NAME ||
	                    !text_is_dns_name(ascii, false)))
		result = SIGNET_E_INVALID;
	if (result == 0) {
		char *at = stpcpy(out, wildcard ? "*." : "");
		for (const char *from = ascii; *from; from++)
			*at++ = text_lower(*from);
		*at = '\0';
	}
	idn2_free(ascii);
	return result;
}

static bool has_mixed_label(const char *unicode)
{
	while (*unicode) {
		size_t length = strcspn(unicode, ".");
		if (unicode_is_mixed(bytes_make(unicode, length)))
			return true;
		unicode += length + (unicode[length] == '.');
	}
	return false;
}

static bool is_alabel(const char *label)
{
	return text_lower(label[0]) == 'x' && text_lower(label[1]) == 'n' &&
	       strncmp(label + 2, "--", 2) == 0;
}

static bool has_alabel(const char *host)
{
	for (const char *label = host; label; label = strchr(label, '.')) {
		label += *label == '.';
		if (strnlen(label, 4) == 4 && is_alabel(label))
			return true;
	}
	return false;
}

enum idn_verdict idn_judge(struct bytes host)
{
	char name[LIMIT_DNS_NAME + 1], again[LIMIT_DNS_NAME + 1];
	if (host.length > LIMIT_DNS_NAME)
		return IDN_BROKEN;
	for (size_t i = 0; i < host.length; i++)
		name[i] = text_lower((char)host.data[i]);
	name[host.length] = '\0';
	const char *plain = strncmp(name, "*.", 2) == 0 ? name + 2 : name;
	if (!has_alabel(plain))
		return IDN_NONE;
	char *unicode = NULL;
	enum idn_verdict verdict = IDN_BROKEN;
	/* what decodes must be what the same characters encode to */
	if (idn2_to_unicode_8z8z(plain, &unicode, 0) == IDN2_OK &&
	    idn_to_ascii(unicode, again) == 0 && strcmp(plain, again) == 0)
		verdict = has_mixed_label(unicode) ? IDN_MIXED : IDN_VALID;
	idn2_free(unicode);
	return verdict;
}
