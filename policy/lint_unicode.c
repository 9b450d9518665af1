/* What deceives in names beyond ASCII (UTS 39, UAX 15). */
#include "base/idn.h"
#include "base/unicode.h"
#include "policy/lint.h"

/* The host name in a name; empty for one that has none. */
static struct bytes host_of(const struct general_name *name)
{
	struct bytes value = name->value;
	if (name->kind == GN_DNS)
		return value;
	const uint8_t *at = name->kind == GN_EMAIL && value.length
		? memrchr(value.data, '@', value.length) : NULL;
	return at ? bytes_make(at + 1, (size_t)(value.data + value.length - at) - 1) : BYTES_NONE;
}

static int check_mixed_names(struct lint *lint)
{
	for (size_t i = 0; i < lint->name_count; i++) {
		struct bytes host = host_of(&lint->names[i]);
		if (host.length && idn_judge(host) == IDN_MIXED)
			return lint_found(lint, "\"%s\" mixes scripts", lint_shown(lint, host));
	}
	return 0;
}

static int find_oddity(struct lint *lint, enum unicode_oddity oddity, const char *what)
{
	for (size_t i = 0; i < lint->part_count; i++)
		if (unicode_oddities(bytes_text(lint->texts[i])) & oddity)
			return lint_found(lint, "%s %s", lint_oid(lint, lint->parts[i].oid), what);
	return 0;
}

static int check_mixed_subject(struct lint *lint)
{
	return find_oddity(lint, UNICODE_MIXED, "has a word that mixes scripts");
}

static int check_invisible(struct lint *lint)
{
	return find_oddity(lint, UNICODE_INVISIBLE,
	                   "has a character that shows nothing or turns others around");
}

static int check_unassigned(struct lint *lint)
{
	return find_oddity(lint, UNICODE_UNASSIGNED, "has a private or unassigned character");
}

static int check_blanks(struct lint *lint)
{
	return find_oddity(lint, UNICODE_BLANK, "has a blank that is not U+0020");
}

static int check_normal_form(struct lint *lint)
{
	return find_oddity(lint, UNICODE_DECOMPOSED, "is not in normalization form C");
}

#define NAME LINT_ANY, SIGNET_REASON_NAME

const struct lint_check lint_unicode[] = {
	{"unicode-mixed-script-names", "UTS 39 5.2", NAME, check_mixed_names, LINT_HAS_ODD_NAME},
	{"unicode-mixed-script-subject", "UTS 39 5.2", NAME, check_mixed_subject,
	 LINT_HAS_SUBJECT_ODD},
	{"unicode-invisible", "UTS 39 3.1", NAME, check_invisible, LINT_HAS_SUBJECT_ODD},
	{"unicode-unassigned", "UTS 39 3.1", NAME, check_unassigned, LINT_HAS_SUBJECT_ODD},
	{"unicode-blanks", "UTS 39 3.1", NAME, check_blanks, LINT_HAS_SUBJECT_ODD},
	{"unicode-normal-form", "UAX 15, RFC 5280 7.1", NAME, check_normal_form,
	 LINT_HAS_SUBJECT_ODD},
	{NULL, NULL, 0, SIGNET_REASON_NONE, NULL, 0},
};
