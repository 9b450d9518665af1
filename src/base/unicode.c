#include "base/unicode.h"

#include <stdlib.h>

#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/text.h"

#define ALL                                                                                       \
	(UNICODE_MIXED | UNICODE_INVISIBLE | UNICODE_UNASSIGNED | UNICODE_BLANK |                 \
	 UNICODE_DECOMPOSED)
#define NORMALIZED_ROOM 1024

/* Scripts that matter for mixtures, as bits; all others share none with anything. */
enum script {
	SCRIPT_LATIN = 1,
	SCRIPT_HAN = 2,
	SCRIPT_HIRAGANA = 4,
	SCRIPT_KATAKANA = 8,
	SCRIPT_BOPOMOFO = 16,
	SCRIPT_HANGUL = 32,
};
/* What East Asian languages mix. */
static const unsigned mixtures[] = {
	SCRIPT_LATIN | SCRIPT_HAN | SCRIPT_HIRAGANA | SCRIPT_KATAKANA,
	SCRIPT_LATIN | SCRIPT_HAN | SCRIPT_BOPOMOFO,
	SCRIPT_LATIN | SCRIPT_HAN | SCRIPT_HANGUL,
};

static unsigned script_bit(const char *name)
{
	static const struct {
		const char *name;
		unsigned bit;
	} scripts[] = {
		{"Latin", SCRIPT_LATIN},       {"Han", SCRIPT_HAN},
		{"Hiragana", SCRIPT_HIRAGANA}, {"Katakana", SCRIPT_KATAKANA},
		{"Bopomofo", SCRIPT_BOPOMOFO}, {"Hangul", SCRIPT_HANGUL},
	};
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
		if (strcmp(scripts[i].name, name) == 0)
			return scripts[i].bit;
	return 0;
}

/* The next character, and what is behind it; false at the end and for what is not UTF-8. */
static bool next(struct bytes *text, ucs4_t *c)
{
	if (text_utf8_length(*text) == 0)
		return false;
	int size = u8_mbtouc(c, text->data, text->length);
	text->data += size;
	text->length -= (size_t)size;
	return true;
}

bool unicode_is_mixed(struct bytes word)
{
	const uc_script_t *first = NULL;
	unsigned seen = 0;
	bool several = false;
	ucs4_t c;
	while (next(&word, &c)) {
		const uc_script_t *script = uc_script(c);
		if (!script)
			return true;
		if (strcmp(script->name, "Common") == 0 || strcmp(script->name, "Inherited") == 0)
			continue;
		several = several || (first && script != first);
		first = first ? first : script;
		unsigned bit = script_bit(script->name);
		/* a script of its own has a bit that no mixture has */
		seen |= bit ? bit : 1u << 31;
	}
	if (word.length)
		return true;
	if (!several)
		return false;
	for (size_t i = 0; i < sizeof mixtures / sizeof *mixtures; i++)
		if ((seen & ~mixtures[i]) == 0)
			return false;
	return true;
}

static bool is_of(ucs4_t c, uint32_t categories)
{
	return uc_is_general_category_withtable(c, categories);
}

static unsigned oddity_of(ucs4_t c)
{
	if (uc_is_property_default_ignorable_code_point(c) || uc_is_property_bidi_control(c) ||
	    is_of(c, UC_CATEGORY_MASK_Cf))
		return UNICODE_INVISIBLE;
	if (is_of(c, UC_CATEGORY_MASK_Cn | UC_CATEGORY_MASK_Co | UC_CATEGORY_MASK_Cs |
	             UC_CATEGORY_MASK_Cc))
		return UNICODE_UNASSIGNED;
	return c != ' ' && is_of(c, UC_CATEGORY_MASK_Z) ? UNICODE_BLANK : 0;
}

static bool has_mixed_word(struct bytes text)
{
	struct bytes word = bytes_make(text.data, 0);
	ucs4_t c;
	while (next(&text, &c)) {
		if (is_of(c, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_N |
		             UC_CATEGORY_MASK_Cf)) {
			word.length = (size_t)(text.data - word.data);
			continue;
		}
		if (unicode_is_mixed(word))
			return true;
		word = bytes_make(text.data, 0);
	}
	return unicode_is_mixed(word);
}

static bool is_composed(struct bytes text)
{
	uint8_t room[NORMALIZED_ROOM];
	size_t length = sizeof room;
	uint8_t *normal = u8_normalize(UNINORM_NFC, text.data, text.length, room, &length);
	bool same = normal && bytes_equal(bytes_make(normal, length), text);
	if (normal != room)
		free(normal);
	return same;
}

unsigned unicode_oddities(struct bytes text)
{
	unsigned odd = 0;
	ucs4_t c;
	if (text_is_printable(text))
		return 0;
	struct bytes rest = text;
	while (next(&rest, &c))
		odd |= oddity_of(c);
	if (rest.length)
		return ALL;
	if (has_mixed_word(text))
		odd |= UNICODE_MIXED;
	return is_composed(text) ? odd : odd | UNICODE_DECOMPOSED;
}
