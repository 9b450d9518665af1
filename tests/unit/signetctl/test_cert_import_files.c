#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "base/limits.h"
#include "signetctl/cert_import.h"

/* A directory, and what was found in it: "NAME:number:length " or "NAME:number:why ". */
struct world {
	char directory[64];
	struct buffer seen;
	int result;              /* of the visitor's functions */
};

static int setup(void **state)
{
	static struct world w;
	const char *base = getenv("TMPDIR");
	w = (struct world){.seen = BUFFER_MAX(65536)};
	snprintf(w.directory, sizeof w.directory, "%s/signet-import-XXXXXX", base ? base : "/tmp");
	assert_non_null(mkdtemp(w.directory));
	*state = &w;
	return 0;
}

static const char *path_of(const struct world *w, const char *name)
{
	static char path[512];
	snprintf(path, sizeof path, "%s/%s", w->directory, name);
	return path;
}

static void put(const struct world *w, const char *name, struct bytes content)
{
	assert_int_equal(file_write(path_of(w, name), content, 0600, FILE_REPLACE, NULL), 0);
}

static int teardown(void **state)
{
	static const char *const names[] = {"a.pem", "b.der", "c.cer", "d.crt", "e.txt", ".pem"};
	struct world *w = *state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(path_of(w, names[i]));
	rmdir(path_of(w, "x.pem"));
	assert_int_equal(rmdir(w->directory), 0);
	buffer_free(&w->seen);
	return 0;
}

static int see(struct world *w, const struct cert_place *place, const char *what)
{
	const char *name = strrchr(place->file, '/');
	buffer_printf(&w->seen, "%s:%zu:%s ", name ? name + 1 : place->file, place->number, what);
	return w->result;
}

static int see_certificate(void *arg, const struct cert_place *place, struct bytes der)
{
	char text[32];
	snprintf(text, sizeof text, "%zu", der.length);
	return see(arg, place, text);
}

static int see_broken(void *arg, const struct cert_place *place, const char *why)
{
	return see(arg, place, why);
}

static int visit(struct world *w, const char *path, const char *expected)
{
	const struct cert_visitor visitor = {see_certificate, see_broken, w};
	w->seen.length = 0;
	int result = cert_visit(path, &visitor);
	assert_string_equal(buffer_text(&w->seen), expected);
	return result;
}

/* A SEQUENCE of so many octets in all, 4 or more. */
static struct bytes sequence(size_t length)
{
	static uint8_t der[2 * LIMIT_CERTIFICATE];
	size_t content = length - 4;
	memset(der, 0, sizeof der);
	der[0] = 0x30;
	der[1] = 0x82;
	der[2] = (uint8_t)(content >> 8);
	der[3] = (uint8_t)content;
	return bytes_make(der, length);
}

static void add(struct buffer *text, const char *label, size_t length)
{
	assert_int_equal(pem_encode(text, label, sequence(length)), 0);
}

static void pem_has_any_number(void **state)
{
	struct world *w = *state;
	struct buffer text = BUFFER_MAX(1 << 20);
	buffer_append_text(&text, "Certificate:\n    Data: -----BEGIN of nothing\n");
	add(&text, "CERTIFICATE", 300);
	add(&text, "PRIVATE KEY", 400);
	add(&text, "X509 CERTIFICATE", 500);
	put(w, "a.pem", buffer_bytes(&text));
	visit(w, path_of(w, "a.pem"), "a.pem:1:300 a.pem:2:500 ");
	assert_int_equal(cert_measure(path_of(w, "a.pem")), text.length);
	/* one that is broken does not hide those behind it */
	text.length = 0;
	add(&text, "CERTIFICATE", 300);
	text.data[text.length / 2] = '!';
	add(&text, "CERTIFICATE", 400);
	buffer_append_text(&text, "-----BEGIN CERTIFICATE-----\n");
	add(&text, "CERTIFICATE", 500);
	add(&text, "CERTIFICATE", LIMIT_CERTIFICATE + 1);
	put(w, "a.pem", buffer_bytes(&text));
	visit(w, path_of(w, "a.pem"), "a.pem:1:a broken block of PEM a.pem:2:400 "
	      "a.pem:3:a broken block of PEM a.pem:4:500 a.pem:5:too long for a certificate ");
	text.length = 0;
	add(&text, "PRIVATE KEY", 400);
	put(w, "a.pem", buffer_bytes(&text));
	visit(w, path_of(w, "a.pem"), "a.pem:0:there is no certificate in it ");
	buffer_free(&text);
}

static void der_is_the_whole_file(void **state)
{
	struct world *w = *state;
	put(w, "b.der", sequence(300));
	visit(w, path_of(w, "b.der"), "b.der:0:300 ");
	struct bytes longer = sequence(300);
	longer.length++;
	put(w, "b.der", longer);
	visit(w, path_of(w, "b.der"), "b.der:0:there is no certificate in it ");
	put(w, "b.der", sequence(LIMIT_CERTIFICATE + 1));
	visit(w, path_of(w, "b.der"), "b.der:0:too long for a certificate ");
	put(w, "b.der", BYTES_NONE);
	visit(w, path_of(w, "b.der"), "b.der:0:it is empty ");
	visit(w, path_of(w, "c.cer"), "c.cer:0:No such file or directory ");
	visit(w, "/dev/null", "null:0:it is no regular file ");
}

static void of_a_directory_come_those_that_are_named_so(void **state)
{
	struct world *w = *state;
	char none[128];
	snprintf(none, sizeof none, "%s:0:no file in it ends in .pem, .crt, .cer or .der ",
	         strrchr(w->directory, '/') + 1);
	visit(w, w->directory, none);
	put(w, "d.crt", sequence(300));
	put(w, "c.cer", sequence(400));
	put(w, "b.der", sequence(500));
	put(w, "e.txt", sequence(600));
	put(w, ".pem", sequence(700));
	assert_int_equal(mkdir(path_of(w, "x.pem"), 0700), 0);
	visit(w, w->directory, "b.der:0:500 c.cer:0:400 d.crt:0:300 x.pem:0:it is no regular file ");
	assert_int_equal(cert_measure(w->directory), 1200);
}

static void the_visitor_ends_it(void **state)
{
	struct world *w = *state;
	put(w, "b.der", sequence(500));
	put(w, "d.crt", sequence(300));
	w->result = SIGNET_E_UNAVAILABLE;
	assert_int_equal(visit(w, w->directory, "b.der:0:500 "), SIGNET_E_UNAVAILABLE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pem_has_any_number),
		TEST(der_is_the_whole_file),
		TEST(of_a_directory_come_those_that_are_named_so),
		TEST(the_visitor_ends_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
