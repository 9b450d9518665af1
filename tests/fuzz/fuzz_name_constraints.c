/*
 * Names under name constraints. The input is the value of the extension, a
 * Name and GeneralNames, one after the other. Each name is judged for itself,
 * less to keep never makes a name worse, and a name begins with itself.
 */
#include <string.h>

#include "asn1/extension.h"
#include "asn1/name.h"
#include "asn1/name_constraints.h"
#include "tests/fuzz/fuzz.h"

#define MEMORY (32u << 20)

static struct arena *arena;

struct names {
	struct bytes subject;
	struct general_name *list;
	size_t count;
};

static bool passes(const struct name_constraints *c, struct bytes subject,
                   const struct general_name *names, size_t count)
{
	struct error err = {0};
	int result = name_constraints_check(c, arena, subject, names, count, &err);
	FUZZ_CHECK(result == 0 || (result == SIGNET_E_BAD_NAME && err.code == result &&
	                           err.message[0]));
	return result == 0;
}

static void judge(const struct name_constraints *c, const struct names *names)
{
	bool all = passes(c, names->subject, names->list, names->count);
	bool each = passes(c, names->subject, NULL, 0);
	for (size_t i = 0; i < names->count; i++)
		each &= passes(c, NAME_EMPTY, &names->list[i], 1);
	FUZZ_CHECK(all == each);
	struct name_constraints permitted = *c, excluded = *c, none = {0};
	permitted.excluded_count = excluded.permitted_count = 0;
	FUZZ_CHECK(all == (passes(&permitted, names->subject, names->list, names->count) &&
	                   passes(&excluded, names->subject, names->list, names->count)));
	FUZZ_CHECK(passes(&none, names->subject, names->list, names->count) ||
	           name_check(names->subject, NULL));
}

static void compare(const struct name_constraints *c, struct bytes subject)
{
	FUZZ_CHECK(name_begins_with(subject, subject, false));
	FUZZ_CHECK(name_begins_with(subject, subject, true));
	FUZZ_CHECK(name_begins_with(subject, NAME_EMPTY, false));
	for (size_t i = 0; i < c->permitted_count; i++)
		if (c->permitted[i].kind == GN_DIRECTORY &&
		    name_begins_with(subject, c->permitted[i].value, false))
			FUZZ_CHECK(name_begins_with(subject, c->permitted[i].value, true));
}

/* What is permitted narrowly is excluded widely by the same base. */
static void match(const struct name_constraints *c, const struct names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		const struct general_name *name = &names->list[i];
		struct bytes host;
		if (name->kind == GN_URI && uri_host(name->value, &host))
			FUZZ_CHECK(host.length && host.data >= name->value.data &&
			           host.data + host.length <= name->value.data + name->value.length);
		for (size_t k = 0; k < c->permitted_count; k++)
			if (c->permitted[k].kind == name->kind &&
			    subtree_contains(&c->permitted[k], name, SUBTREE_PERMITTED))
				FUZZ_CHECK(subtree_contains(&c->permitted[k], name,
				                            SUBTREE_EXCLUDED));
	}
}

/* The text of a base that we would write reads back. */
static void print(const struct general_name *bases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct general_name again;
		const char *text = name_constraint_text(arena, &bases[i]);
		FUZZ_CHECK(text);
		if (bases[i].kind == GN_DIRECTORY || !subtree_is_valid(&bases[i], false))
			continue;
		FUZZ_CHECK(name_constraint_from_text(arena, text, &again, NULL) == 0);
		FUZZ_CHECK(again.kind == bases[i].kind && subtree_is_valid(&again, false));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct der der = der_open(bytes_make(data, length));
	struct name_constraints constraints;
	struct names names = {.subject = NAME_EMPTY};
	struct bytes value, list;
	arena = arena_new(MEMORY);
	FUZZ_CHECK(arena);
	if (der_whole(&der, DER_SEQUENCE, &value) == 0 &&
	    name_constraints_decode(arena, value, &constraints) == 0) {
		print(constraints.permitted, constraints.permitted_count);
		print(constraints.excluded, constraints.excluded_count);
		if (der_any(&der, NULL, NULL, &names.subject))
			names.subject = NAME_EMPTY;
		if (der_whole(&der, DER_SEQUENCE, &list) == 0 &&
		    general_names_parse(arena, list, &names.list, &names.count, NULL))
			names.count = 0;
		if (name_check(names.subject, NULL) == 0)
			compare(&constraints, names.subject);
		match(&constraints, &names);
		judge(&constraints, &names);
	}
	arena_free(arena);
	return 0;
}
