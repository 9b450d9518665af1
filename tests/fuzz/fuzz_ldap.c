/*
 * What a certificate says in filters and names of directories: the first line
 * is a template, the rest a value. Whatever the value, what becomes of a
 * checked template has the shape that it has with a plain one. And CRLs, whose
 * time is read.
 */
#include <string.h>

#include <ldap.h>

#include "asn1/name.h"
#include "base/limits.h"
#include "exit/ldap_filter.h"
#include "exit/ldap_template.h"
#include "exit/ldap_value.h"
#include "tests/fuzz/fuzz.h"

#define MAX (1u << 20)

static struct arena *arena;

/* Octets with a meaning in a filter; an escaped one is written in hex. */
static void filter_shape(const char *text, size_t counts[3])
{
	memset(counts, 0, 3 * sizeof *counts);
	for (; *text; text++) {
		counts[0] += *text == '(';
		counts[1] += *text == ')';
		counts[2] += *text == '*';
	}
}

static void name_shape(const char *text, size_t counts[3])
{
	LDAPDN dn = NULL;
	FUZZ_CHECK(ldap_str2dn(text, &dn, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS);
	memset(counts, 0, 3 * sizeof *counts);
	for (; dn && dn[counts[0]]; counts[0]++)
		for (size_t i = 0; dn[counts[0]][i]; i++)
			counts[1]++;
	ldap_dnfree(dn);
}

static int fill(const char **out, const char *text, enum directory_form form, const char *value)
{
	const char *name = arena_printf(arena, "email:%s", value);
	const char *names[] = {name, "dns:host.example"};
	const struct signet_event event = {
		.request_id = 1, .certificate_id = 1, .authority = value, .profile = value,
		.requester = value, .serial = bytes_text("A"), .names = names, .name_count = 2,
	};
	const struct directory_source source = {&event, NAME_EMPTY, "dc=base", arena};
	FUZZ_CHECK(name);
	return directory_template_fill(out, text, form, &source, NULL);
}

static void compare(const char *text, enum directory_form form, const char *value)
{
	const char *plain, *filled;
	size_t wanted[3], found[3];
	if (fill(&plain, text, form, "plain@text") || fill(&filled, text, form, value))
		return;
	FUZZ_CHECK(strlen(filled) <= LIMIT_LDAP_TEXT);
	if (form == DIRECTORY_FILTER) {
		FUZZ_CHECK(directory_filter_check(filled, NULL) == 0);
		filter_shape(plain, wanted);
		filter_shape(filled, found);
		FUZZ_CHECK(memcmp(wanted, found, sizeof wanted) == 0);
	} else if (form == DIRECTORY_DN) {
		name_shape(plain, wanted);
		name_shape(filled, found);
		FUZZ_CHECK(memcmp(wanted, found, sizeof wanted) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct error err = {0};
	int64_t time;
	directory_crl_time(&time, bytes_make(data, length));
	arena = arena_new(MAX);
	char *text = arena ? arena_text(arena, bytes_make(data, length)) : NULL;
	char *value = text ? text + strcspn(text, "\n") : NULL;
	if (value && *value) {
		*value++ = '\0';
		for (int form = DIRECTORY_VALUE; form <= DIRECTORY_FILTER; form++)
			if (directory_template_check(text, (enum directory_form)form,
			                             DIRECTORY_OF_CERTIFICATE, true, &err) == 0)
				compare(text, (enum directory_form)form, value);
			else
				FUZZ_CHECK(err.code && err.message[0]);
	}
	arena_free(arena);
	return 0;
}
