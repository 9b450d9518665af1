/*
 * Templates and what is put into them: the text up to the first line feed is
 * the template, the rest an attribute's value. A template that passed its check
 * expands or says that a value is missing, unfit or too long, and never holds
 * what the value may not bring.
 */
#include <string.h>

#include "api/template.h"
#include "asn1/der_string.h"
#include "asn1/name.h"
#include "base/limits.h"
#include "tests/fuzz/fuzz.h"

#define MAX (1u << 20)

static void expand(struct arena *arena, const char *text, const char *value)
{
	struct error err = {0};
	const struct signet_attribute attribute = {"a", value};
	const struct signet_request request = {
		.profile = "p", .requester = value, .attributes = &attribute, .attribute_count = 1,
		.subject = NAME_EMPTY};
	const struct signet_template_source source = {
		.request = &request, .value = value, .refused = "@/"};
	const char *out = NULL;
	int checked = signet_template_check(text, true, &err);
	FUZZ_CHECK(checked == 0 || (checked == SIGNET_E_INVALID && err.message[0]));
	int result = signet_template_expand(text, &source, arena, &out, &err);
	FUZZ_CHECK(result == 0 || err.message[0]);
	FUZZ_CHECK(checked || result == 0 || result == SIGNET_E_NOT_FOUND ||
	           result == SIGNET_E_BAD_NAME || result == SIGNET_E_TOO_BIG);
	if (checked || result)
		return;
	FUZZ_CHECK(strlen(out) <= LIMIT_TEMPLATE);
	FUZZ_CHECK(der_string_check(DER_UTF8_STRING, bytes_text(out), NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	const uint8_t *end = length ? memchr(data, '\n', length) : NULL;
	size_t split = end ? (size_t)(end - data) : length;
	struct arena *arena = arena_new(MAX);
	const char *text = arena ? arena_text(arena, bytes_make(data, split)) : NULL;
	const char *value = text ? arena_text(arena, bytes_make(data + split + (end != NULL),
	                                                        length - split - (end != NULL)))
	                         : NULL;
	if (value)
		expand(arena, text, value);
	arena_free(arena);
	return 0;
}
