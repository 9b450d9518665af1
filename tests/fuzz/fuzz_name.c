/*
 * Names from DER and from text: a name that is taken has a text, and the text
 * of a name that was read from text reads back to the same octets. The same
 * for general names.
 */
#include <string.h>

#include "asn1/general_name.h"
#include "asn1/name.h"
#include "tests/fuzz/fuzz.h"

#define MAX (1u << 22)

static struct arena *arena;

static void refused(int result, const struct error *err)
{
	FUZZ_CHECK(result == SIGNET_E_BAD_NAME && err->code == result && err->message[0]);
}

static void walk(struct bytes name)
{
	struct name_reader reader = name_open(name);
	struct name_part part;
	size_t parts = 0;
	for (bool first = true; name_next(&reader, &part); first = false) {
		FUZZ_CHECK(!(first && part.joined));
		FUZZ_CHECK(name_part_text(arena, &part));
		parts++;
	}
	FUZZ_CHECK(parts <= LIMIT_NAME_PARTS && (parts == 0) == name_is_empty(name));
}

/* The text of a checked name reads back, unless an upper bound of ours forbids it. */
static void print(struct bytes name)
{
	struct error err = {0};
	struct bytes ours, again;
	const char *text = name_to_text(arena, name);
	FUZZ_CHECK(text);
	int result = name_from_text(arena, text, &ours, &err);
	if (result) {
		refused(result, &err);
		return;
	}
	FUZZ_CHECK(name_check(ours, &err) == 0);
	text = name_to_text(arena, ours);
	FUZZ_CHECK(text && name_from_text(arena, text, &again, &err) == 0);
	FUZZ_CHECK(bytes_equal(ours, again));
}

static void read_der(struct bytes in)
{
	struct error err = {0};
	int result = name_check(in, &err);
	if (result) {
		refused(result, &err);
		return;
	}
	walk(in);
	print(in);
	name_common_name(arena, in);
}

static void read_text(const char *text)
{
	struct error err = {0};
	struct bytes name;
	int result = name_from_text(arena, text, &name, &err);
	if (result) {
		refused(result, &err);
		return;
	}
	FUZZ_CHECK(name_check(name, &err) == 0);
	walk(name);
	print(name);
}

static void read_general_name(const char *text)
{
	struct error err = {0};
	struct general_name name, again;
	int result = general_name_from_text(arena, text, &name, &err);
	if (result) {
		refused(result, &err);
		return;
	}
	FUZZ_CHECK(general_name_check(&name, &err) == 0);
	const char *value = general_name_text(arena, &name);
	FUZZ_CHECK(value);
	text = arena_printf(arena, "%s:%s", general_name_kind_name(name.kind), value);
	FUZZ_CHECK(text);
	/* the text of a directory name with a type in hex may be over our upper bounds */
	if (general_name_from_text(arena, text, &again, &err)) {
		FUZZ_CHECK(name.kind == GN_DIRECTORY);
		return;
	}
	FUZZ_CHECK(again.kind == name.kind);
	FUZZ_CHECK(name.kind == GN_DNS || name.kind == GN_DIRECTORY ||
	           bytes_equal(name.value, again.value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct bytes in = {data, length};
	arena = arena_new(MAX);
	const char *text = arena ? arena_text(arena, in) : NULL;
	if (text) {
		read_der(in);
		read_text(text);
		read_general_name(text);
	}
	arena_free(arena);
	return 0;
}
