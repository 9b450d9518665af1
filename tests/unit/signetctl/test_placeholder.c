#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "signetctl/cert.h"
#include "signetctl/placeholder.h"
#include "signetctl/request.h"

/* ---- what other files give it ---- */

const char *cert_list_column(size_t at)
{
	return at == 0 ? "id" : NULL;
}

const char *request_list_column(size_t at)
{
	return at == 0 ? "id" : NULL;
}

const char *cert_export_format(size_t at)
{
	return at == 0 ? "pem" : NULL;
}

static void expect_shown(const char *text, const char *expected)
{
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(LIMIT_REASON);
	placeholder_show(&out, text);
	assert_string_equal(buffer_text(&out), expected);
}

static void help_shows_words_or_a_name(void **state)
{
	(void)state;
	expect_shown("CERTIFICATE-STATE", "valid|revoked|held|expired");
	expect_shown("REQUEST-STATE", "issued|pending|denied|failed");
	expect_shown("CERTIFICATE-COLUMNS", "COLUMN,...");
	expect_shown("REASON", "REASON");
	expect_shown("AUTHORITY FILE", "AUTHORITY FILE");
	expect_shown("[SERIAL|ID|SHA256|FILE]...", "[SERIAL|ID|SHA256|FILE]...");
	expect_shown("N|all", "N|all");
	expect_shown("OID[:critical]=HEX", "OID[:critical]=HEX");
	expect_shown("", "");
}

/* The alternatives of a text, what each is in one letter. */
static void expect_read(const char *text, const char *expected)
{
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(LIMIT_REASON);
	struct placeholder p;
	struct bytes name;
	while (placeholder_next(&p, &name, &text)) {
		buffer_append_bytes(&out, name);
		buffer_printf(&out, ":%s ", placeholder_is_word(name) ? "word" : p.word ? "words"
		              : p.kind ? p.kind : p.file ? "file" : p.directory ? "directory" : "?");
	}
	assert_string_equal(buffer_text(&out), expected);
}

static void alternatives_are_read_one_after_the_other(void **state)
{
	(void)state;
	expect_read("FILE|AUTHORITY", "FILE:file AUTHORITY:authorities ");
	expect_read("[SERIAL|ID|SHA256|FILE]...", "SERIAL:? ID:? SHA256:? FILE:file ");
	expect_read("FILE|DIR", "FILE:file DIR:directory ");
	expect_read("CRL-FILE", "CRL-FILE:file ");
	expect_read("N|all", "N:? all:word ");
	expect_read("[EXIT]", "EXIT:exits ");
	expect_read("SORT", "SORT:words ");
	expect_read("AUTHORITY FILE", "AUTHORITY:authorities ");
	expect_read("", "");
}

static void what_there_is_is_said(void **state)
{
	(void)state;
	struct error err;
	assert_int_equal(placeholder_refuse(&err, "--sort", "SORT"), SIGNET_E_INVALID);
	assert_string_equal(err.message, "--sort: there is issued, expires, revoked");
	assert_int_equal(placeholder_refuse(&err, "--reason", "REASON"), SIGNET_E_INVALID);
	assert_null(strstr(err.message, "hold"));
	assert_null(strstr(err.message, "remove-from-crl"));
	assert_non_null(strstr(err.message, "aa-compromise"));
	assert_string_equal(placeholder_kind(0), "profiles");
	assert_null(placeholder_kind(4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(help_shows_words_or_a_name),
		cmocka_unit_test(alternatives_are_read_one_after_the_other),
		cmocka_unit_test(what_there_is_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
