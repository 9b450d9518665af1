#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>

#include "base/encoding.h"
#include "base/error.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MAX (1u << 16)

typedef int (*codec)(struct buffer *out, struct bytes in);

static void assert_codec(codec run, const char *in, const char *out)
{
	_cleanup_buffer_ struct buffer result = BUFFER_MAX(MAX);
	assert_int_equal(run(&result, bytes_text(in)), 0);
	assert_string_equal(buffer_text(&result), out);
}

/* Behind what the buffer holds already, which has to stay as it is. */
static void assert_invalid_bytes(codec decode, struct bytes in)
{
	_cleanup_buffer_ struct buffer result = BUFFER_MAX(MAX);
	buffer_append_text(&result, "before");
	if (decode(&result, in) != SIGNET_E_INVALID)
		fail_msg("'%.*s' is taken", (int)in.length, (const char *)in.data);
	assert_string_equal(buffer_text(&result), "before");
}

static void assert_invalid(codec decode, const char *in)
{
	assert_invalid_bytes(decode, bytes_text(in));
}

static void rfc4648_vectors(void **state)
{
	(void)state;
	static const struct {
		const char *plain, *base64, *base64url, *hex; /* section 10 */
	} vectors[] = {
		{"", "", "", ""},
		{"f", "Zg==", "Zg", "66"},
		{"fo", "Zm8=", "Zm8", "666f"},
		{"foo", "Zm9v", "Zm9v", "666f6f"},
		{"foob", "Zm9vYg==", "Zm9vYg", "666f6f62"},
		{"fooba", "Zm9vYmE=", "Zm9vYmE", "666f6f6261"},
		{"foobar", "Zm9vYmFy", "Zm9vYmFy", "666f6f626172"},
	};
	for (size_t i = 0; i < COUNT(vectors); i++) {
		assert_codec(base64_encode, vectors[i].plain, vectors[i].base64);
		assert_codec(base64_decode, vectors[i].base64, vectors[i].plain);
		assert_codec(base64_decode_lines, vectors[i].base64, vectors[i].plain);
		assert_codec(base64url_encode, vectors[i].plain, vectors[i].base64url);
		assert_codec(base64url_decode, vectors[i].base64url, vectors[i].plain);
		assert_codec(hex_encode, vectors[i].plain, vectors[i].hex);
		assert_codec(hex_decode, vectors[i].hex, vectors[i].plain);
	}
}

static void all_octets_survive(void **state)
{
	(void)state;
	static const struct {
		codec encode, decode;
	} codecs[] = {{base64_encode, base64_decode}, {base64_encode, base64_decode_lines},
	              {base64url_encode, base64url_decode}, {hex_encode, hex_decode}};
	uint8_t octets[256];
	for (size_t i = 0; i < 256; i++)
		octets[i] = (uint8_t)i;
	for (size_t c = 0; c < COUNT(codecs); c++) {
		for (size_t length = 0; length <= 256; length++) {
			_cleanup_buffer_ struct buffer text = BUFFER_MAX(MAX), back = BUFFER_MAX(MAX);
			struct bytes in = {octets + 256 - length, length};
			assert_int_equal(codecs[c].encode(&text, in), 0);
			assert_int_equal(codecs[c].decode(&back, buffer_bytes(&text)), 0);
			assert_true(bytes_equal(buffer_bytes(&back), in));
		}
	}
}

static void alphabets_differ_in_two_places(void **state)
{
	(void)state;
	assert_codec(base64_encode, "\xfb\xff\xbf", "+/+/");
	assert_codec(base64url_encode, "\xfb\xff\xbf", "-_-_");
	assert_invalid(base64_decode, "-_-_");
	assert_invalid(base64url_decode, "+/+/");
}

static void each_foreign_octet_is_refused(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char text[4] = {'A', 'A', 'A', (char)c};
		struct bytes in = {(uint8_t *)text, 4};
		bool common = c < 128 && isalnum(c);
		if (!common && c != '+' && c != '/' && c != '=')
			assert_invalid_bytes(base64_decode, in);
		if (!common && c != '-' && c != '_')
			assert_invalid_bytes(base64url_decode, in);
		if (c >= 128 || !isxdigit(c))
			assert_invalid_bytes(hex_decode, in);
	}
}

static void base64_is_strict(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"Z", "Zg", "Zg=", "Zg===", "Zg====", "Z===", "====", "=", "==", "Zm8", "Zm8==",
		"Zm9v=", "Zm9v====", "=Zm9v", "Zg==Zg==", "Zg=g", "Z=g=",
		"Zh==", "Zm9=",               /* trailing bits that are not zero */
		"Zm9v\n", " Zm9v", "Zm 9v", "Zm9v\r\n", "\tZm9v"};
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_invalid(base64_decode, bad[i]);
	assert_invalid_bytes(base64_decode, bytes_make("Zm9v\0", 5));
}

static void base64_in_lines_skips_blanks_only(void **state)
{
	(void)state;
	assert_codec(base64_decode_lines, " Zm9v\r\n\tYg=\n=\n", "foob");
	assert_codec(base64_decode_lines, " \r\n\t", "");
	assert_invalid(base64_decode_lines, "Zm9v\v");
	assert_invalid(base64_decode_lines, "Zm9v\f");
	assert_invalid(base64_decode_lines, "Zg=\nZg=");
	assert_invalid(base64_decode_lines, "Zg");
}

static void base64url_is_strict(void **state)
{
	(void)state;
	static const char *const bad[] = {"Z", "Zg==", "Zg=", "Zm8=", "Zh", "Zm9", "ZgZgZ",
	                                  "Zg\n", " Zg", "Z g"};
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_invalid(base64url_decode, bad[i]);
}

static void hex_takes_both_cases(void **state)
{
	(void)state;
	assert_codec(hex_decode, "4a4B", "JK");
	assert_invalid(hex_decode, "4");
	assert_invalid(hex_decode, "4a4");
	assert_invalid(hex_decode, "4g");
	assert_invalid(hex_decode, "g4");
	assert_invalid(hex_decode, "0x4a");
	assert_invalid(hex_decode, "4a 4b");
}

static void results_may_fill_their_buffer(void **state)
{
	(void)state;
	static const struct {
		codec run;
		const char *in;
		size_t length;
	} cases[] = {
		{base64_decode, "Zm9vYmFy", 6}, {base64_decode, "Zm9vYmE=", 5},
		{base64_decode, "Zm9vYg==", 4}, {base64_decode_lines, "Zm9v\n\n\n\n\n\n\n\nYmFy", 6},
		{base64url_decode, "Zm9vYg", 4}, {base64url_decode, "Zm9vYmE", 5},
		{hex_decode, "666f6f", 3}, {base64_encode, "fooba", 8}, {base64url_encode, "fooba", 7},
		{base64url_encode, "foob", 6}, {hex_encode, "foo", 6},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		_cleanup_buffer_ struct buffer exact = BUFFER_MAX(cases[i].length);
		_cleanup_buffer_ struct buffer tight = BUFFER_MAX(cases[i].length - 1);
		assert_int_equal(cases[i].run(&exact, bytes_text(cases[i].in)), 0);
		assert_int_equal(exact.length, cases[i].length);
		assert_int_equal(cases[i].run(&tight, bytes_text(cases[i].in)), SIGNET_E_TOO_BIG);
		assert_int_equal(tight.length, 0);
	}
}

static void lengths_that_overflow_are_refused(void **state)
{
	(void)state;
	static const codec encoders[] = {base64_encode, base64url_encode, hex_encode};
	for (size_t i = 0; i < COUNT(encoders); i++) {
		_cleanup_buffer_ struct buffer out = BUFFER_MAX(SIZE_MAX);
		assert_int_equal(encoders[i](&out, bytes_make("x", SIZE_MAX)), SIGNET_E_TOO_BIG);
		assert_int_equal(out.length, 0);
	}
}

static void errors_of_the_buffer_stick(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(2);
	assert_int_equal(base64_decode(&out, bytes_text("Zm9v")), SIGNET_E_TOO_BIG);
	assert_int_equal(base64_decode(&out, bytes_text("Zg==")), SIGNET_E_TOO_BIG);
	assert_int_equal(base64_encode(&out, bytes_text("")), SIGNET_E_TOO_BIG);
	assert_int_equal(hex_encode(&out, bytes_text("")), SIGNET_E_TOO_BIG);
	assert_int_equal(pem_encode(&out, "A", bytes_text("")), SIGNET_E_TOO_BIG);
}

static void arena_variants(void **state)
{
	(void)state;
	struct arena *arena = arena_new(64);
	struct bytes out = {(const uint8_t *)"before", 6};
	assert_string_equal(hex_text(arena, bytes_text("J")), "4a");
	assert_string_equal(base64url_text(arena, bytes_text("f")), "Zg");
	assert_int_equal(base64url_bytes(arena, "Zg==", &out), SIGNET_E_INVALID);
	assert_true(bytes_is_text(out, "before"));
	assert_int_equal(base64url_bytes(arena, "Zg", &out), 0);
	assert_true(bytes_is_text(out, "f"));
	assert_int_equal(base64url_bytes(arena, "", &out), 0);
	assert_int_equal(out.length, 0);
	arena_clear(arena);
	char large[65] = {0};
	assert_null(hex_text(arena, bytes_make(large, 64)));
	assert_null(base64url_text(arena, bytes_make(large, 64)));
	memset(large, 'A', 64);
	arena_alloc(arena, 60);
	assert_int_equal(base64url_bytes(arena, large, &out), SIGNET_E_NOMEM);
	arena_free(arena);
}

static void pem_has_lines_of_64(void **state)
{
	(void)state;
	uint8_t der[97] = {0};
	static const struct {
		size_t length;
		const char *body;
	} cases[] = {
		{0, ""},
		{1, "AA==\n"},
		{48, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"},
		{49, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nAA==\n"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char wanted[256];
		int n = snprintf(wanted, sizeof wanted,
		                 "-----BEGIN X Y-----\n%s-----END X Y-----\n", cases[i].body);
		/* exactly so large: no more is asked of the buffer than is needed */
		_cleanup_buffer_ struct buffer out = BUFFER_MAX((size_t)n);
		assert_int_equal(pem_encode(&out, "X Y", bytes_make(der, cases[i].length)), 0);
		assert_string_equal(buffer_text(&out), wanted);
	}
}

/* Decodes one block and returns what is left of the text. */
static int decode_pem(const char *text, const char **label, const char **plain, const char **rest)
{
	static char label_memory[16], plain_memory[256];
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(MAX);
	struct bytes left = bytes_text(text);
	int result = pem_decode(&out, label_memory, sizeof label_memory, &left);
	if (result == 0) {
		assert_in_range(out.length, 0, sizeof plain_memory - 1);
		snprintf(plain_memory, sizeof plain_memory, "%s", buffer_text(&out));
		*plain = plain_memory;
		*label = label_memory;
	} else {
		assert_ptr_equal(left.data, text); /* moved by success alone */
		assert_int_equal(left.length, strlen(text));
	}
	*rest = (const char *)left.data;
	return result;
}

static void assert_pem(const char *text, const char *label, const char *plain, const char *rest)
{
	const char *label_seen, *plain_seen, *rest_seen;
	assert_int_equal(decode_pem(text, &label_seen, &plain_seen, &rest_seen), 0);
	assert_string_equal(label_seen, label);
	assert_string_equal(plain_seen, plain);
	assert_string_equal(rest_seen, rest);
}

static void assert_pem_fails(const char *text, int code)
{
	const char *label, *plain, *rest;
	if (decode_pem(text, &label, &plain, &rest) != code)
		fail_msg("not %s: %s", error_name(code), text);
}

static void pem_blocks_are_read(void **state)
{
	(void)state;
	assert_pem("-----BEGIN A-----\nZm9v\n-----END A-----\n", "A", "foo", "");
	assert_pem("-----BEGIN A-----\nZm9v\n-----END A-----", "A", "foo", "");
	assert_pem("-----BEGIN A-----\r\nZm9v\r\n-----END A-----\r\nrest", "A", "foo", "rest");
	assert_pem("-----BEGIN A-----\rZm9v\r-----END A-----\rrest", "A", "foo", "rest");
	assert_pem("-----BEGIN A----- \t\n  Zm\n9v  \n\n-----END A----- \nrest", "A", "foo", "rest");
	assert_pem("subject=x\n-----BEGIN A B-C-----\nZg==\n-----END A B-C-----\n", "A B-C", "f", "");
	assert_pem("-----BEGIN -----\nZg==\n-----END -----\n", "", "f", "");
	assert_pem("-----BEGIN A-----\n-----END A-----\n", "A", "", "");
	/* what only looks like the beginning of a block is text before it */
	assert_pem("x -----BEGIN A-----\n-----BEGIN B-----\nZg==\n-----END B-----\n", "B", "f", "");
}

static void pem_blocks_follow_each_other(void **state)
{
	(void)state;
	const char text[] = "-----BEGIN A-----\nZg==\n-----END A-----\nbetween\n"
	                    "-----BEGIN B-----\nZm8=\n-----END B-----\nafter\n";
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(MAX);
	struct bytes left = bytes_text(text);
	char label[2];
	assert_int_equal(pem_decode(&out, label, sizeof label, &left), 0);
	assert_string_equal(label, "A");
	assert_int_equal(pem_decode(&out, label, sizeof label, &left), 0);
	assert_string_equal(label, "B");
	assert_string_equal(buffer_text(&out), "ffo");
	assert_int_equal(pem_decode(&out, label, sizeof label, &left), SIGNET_E_NOT_FOUND);
	assert_true(bytes_is_text(left, "after\n"));
}

static void pem_without_a_block_is_not_found(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(MAX);
	struct bytes none = BYTES_NONE;
	char label[16];
	assert_int_equal(pem_decode(&out, label, sizeof label, &none), SIGNET_E_NOT_FOUND);
	assert_pem_fails("", SIGNET_E_NOT_FOUND);
	assert_pem_fails("text", SIGNET_E_NOT_FOUND);
	assert_pem_fails("-----BEGIN", SIGNET_E_NOT_FOUND);
	assert_pem_fails(" -----BEGIN A-----\nZg==\n-----END A-----\n", SIGNET_E_NOT_FOUND);
	assert_pem_fails("-----END A-----\n", SIGNET_E_NOT_FOUND);
}

static void broken_pem_is_invalid(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"-----BEGIN ",
		"-----BEGIN A",
		"-----BEGIN A----",
		"-----BEGIN A-----",
		"-----BEGIN A-----\n",
		"-----BEGIN A-----\nZg==\n",
		"-----BEGIN A-----\nZg==\n-----END ",
		"-----BEGIN A-----\nZg==\n-----END A",
		"-----BEGIN A-----\nZg==\n-----END A----",
		"-----BEGIN A-----\nZg==\n-----END B-----\n",
		"-----BEGIN A-----\nZg==\n-----END AB-----\n",
		"-----BEGIN AB-----\nZg==\n-----END A-----\n",
		"-----BEGIN A-----\nZg==\n-----END A-----x\n",
		"-----BEGIN A-----x\nZg==\n-----END A-----\n",
		"-----BEGIN A-----Zg==\n-----END A-----\n",
		"-----BEGIN A-----\nZg==-----END A-----\n",
		"-----BEGIN A-----\nZg==\n -----END A-----\n",
		"-----BEGIN A-----\nZg=\n-----END A-----\n",
		"-----BEGIN A-----\nZg==\nZg==\n-----END A-----\n",
		"-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nZg==\n-----END A-----\n",
		"-----BEGIN A-----\n-----BEGIN A-----\nZg==\n-----END A-----\n",
		"-----BEGIN A\nB-----\nZg==\n-----END A\nB-----\n",
		"-----BEGIN  A-----\nZg==\n-----END  A-----\n",
		"-----BEGIN A -----\nZg==\n-----END A -----\n",
		"-----BEGIN A------\nZg==\n-----END A------\n",
		"-----BEGIN \xc3\xa9-----\nZg==\n-----END \xc3\xa9-----\n",
		"-----BEGIN 0123456789012345-----\nZg==\n-----END 0123456789012345-----\n",
	};
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_pem_fails(bad[i], SIGNET_E_INVALID);
}

static void pem_label_fits_its_memory(void **state)
{
	(void)state;
	const char text[] = "-----BEGIN ABC-----\nZg==\n-----END ABC-----\n";
	char label[4] = "zzz";
	for (size_t size = 0; size < 4; size++) {
		_cleanup_buffer_ struct buffer out = BUFFER_MAX(MAX);
		struct bytes left = bytes_text(text);
		assert_int_equal(pem_decode(&out, label, size, &left), SIGNET_E_INVALID);
		assert_string_equal(label, "zzz");
	}
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(MAX);
	struct bytes left = bytes_text(text);
	assert_int_equal(pem_decode(&out, label, 4, &left), 0);
	assert_string_equal(label, "ABC");
}

static void many_false_beginnings_are_passed(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(1 << 20), out = BUFFER_MAX(MAX);
	char label[16];
	for (int i = 0; i < 20000; i++)
		buffer_append_text(&text, "x-----BEGIN A-----");
	buffer_append_text(&text, "\n-----BEGIN B-----\nZg==\n-----END B-----\n");
	struct bytes left = buffer_bytes(&text);
	assert_int_equal(pem_decode(&out, label, sizeof label, &left), 0);
	assert_string_equal(label, "B");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4648_vectors),
		cmocka_unit_test(all_octets_survive),
		cmocka_unit_test(alphabets_differ_in_two_places),
		cmocka_unit_test(each_foreign_octet_is_refused),
		cmocka_unit_test(base64_is_strict),
		cmocka_unit_test(base64_in_lines_skips_blanks_only),
		cmocka_unit_test(base64url_is_strict),
		cmocka_unit_test(hex_takes_both_cases),
		cmocka_unit_test(results_may_fill_their_buffer),
		cmocka_unit_test(lengths_that_overflow_are_refused),
		cmocka_unit_test(errors_of_the_buffer_stick),
		cmocka_unit_test(arena_variants),
		cmocka_unit_test(pem_has_lines_of_64),
		cmocka_unit_test(pem_blocks_are_read),
		cmocka_unit_test(pem_blocks_follow_each_other),
		cmocka_unit_test(pem_without_a_block_is_not_found),
		cmocka_unit_test(broken_pem_is_invalid),
		cmocka_unit_test(pem_label_fits_its_memory),
		cmocka_unit_test(many_false_beginnings_are_passed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
