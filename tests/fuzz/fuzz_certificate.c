/*
 * Certificates in DER, and chains of them in PEM: what the parser takes has
 * its parts inside of the input, and lint and printing take whatever it gives.
 */
#include <string.h>

#include "pki/certificate.h"
#include "tests/fuzz/fuzz.h"

#define MAX (1u << 22)

static bool is_inside(struct bytes part, struct bytes whole)
{
	return part.data >= whole.data && part.data + part.length <= whole.data + whole.length;
}

/* The same certificate as a template; it may break a rule, and then the rule is named. */
static void lint(const struct certificate *c)
{
	struct error err = {0};
	const struct certificate_template template = {
		.serial = c->serial,
		.issuer = c->issuer,
		.subject = c->subject,
		.not_before = c->not_before,
		.not_after = c->not_after,
		.spki = c->spki,
		.extensions = c->extensions,
		.extension_count = c->extension_count,
	};
	if (certificate_lint(&template, &err))
		FUZZ_CHECK(err.code == SIGNET_E_INVALID && strstr(err.message, "RFC 5280 section"));
}

static void read_der(struct arena *arena, struct bytes in)
{
	struct error err = {0};
	struct certificate c;
	int path_length;
	if (certificate_parse(&c, arena, in, &err)) {
		FUZZ_CHECK(err.code && err.message[0]);
		return;
	}
	FUZZ_CHECK(is_inside(c.tbs, in) && is_inside(c.serial, c.tbs) && is_inside(c.spki, c.tbs));
	FUZZ_CHECK(is_inside(c.issuer, c.tbs) && is_inside(c.subject, c.tbs));
	FUZZ_CHECK(c.serial.length >= 1 && c.serial.length <= SERIAL_SIZE && c.serial.data[0]);
	FUZZ_CHECK(name_to_text(arena, c.issuer) && name_to_text(arena, c.subject));
	for (size_t i = 0; i < c.extension_count; i++)
		FUZZ_CHECK(certificate_extension(&c, c.extensions[i].oid) == &c.extensions[i]);
	certificate_is_ca(&c, &path_length);
	certificate_key_usage(&c);
	lint(&c);
	certificate_clear(&c);
}

static void read_chain(struct arena *arena, struct bytes in)
{
	struct error err = {0};
	struct bytes chain[LIMIT_CHAIN];
	size_t count;
	if (certificate_read_chain(arena, in, chain, LIMIT_CHAIN, &count, &err)) {
		FUZZ_CHECK(err.code && err.message[0]);
		return;
	}
	FUZZ_CHECK(count >= 1 && count <= LIMIT_CHAIN);
	for (size_t i = 0; i < count; i++)
		read_der(arena, chain[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct arena *arena = arena_new(MAX);
	FUZZ_CHECK(arena);
	read_der(arena, bytes_make(data, length));
	read_chain(arena, bytes_make(data, length));
	arena_free(arena);
	return 0;
}
