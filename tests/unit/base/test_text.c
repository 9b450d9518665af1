#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void utf8_lengths(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t length;
	} cases[] = {
		{"a", 1},                {"\x7f", 1},             {"\xc2\x80", 2},
		{"\xdf\xbf", 2},         {"\xe0\xa0\x80", 3},     {"\xed\x9f\xbf", 3},
		{"\xee\x80\x80", 3},     {"\xef\xbf\xbf", 3},     {"\xf0\x90\x80\x80", 4},
		{"\xf4\x8f\xbf\xbf", 4}, {"\xc3\xa9rest", 2},
		{"\x80", 0},             {"\xbf", 0},             {"\xc3", 0},
		{"\xc3(", 0},            {"\xe2\x82", 0},         {"\xe2(\xac", 0},
		{"\xf0\x9f\x94", 0},     {"\xf0\x9f\x94z", 0},    {"\xfe", 0},
		{"\xff", 0},             {"\xf8\x88\x80\x80\x80", 0},
		/* RFC 3629 section 3: overlong, surrogates, beyond U+10FFFF */
		{"\xc0\x80", 0},         {"\xc1\xbf", 0},         {"\xe0\x80\x80", 0},
		{"\xe0\x9f\xbf", 0},     {"\xf0\x80\x80\x80", 0}, {"\xf0\x8f\xbf\xbf", 0},
		{"\xed\xa0\x80", 0},     {"\xed\xbf\xbf", 0},     {"\xf4\x90\x80\x80", 0},
		{"\xf7\xbf\xbf\xbf", 0},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(text_utf8_length(bytes_text(cases[i].text)), cases[i].length);
	assert_int_equal(text_utf8_length(BYTES_NONE), 0);
	assert_int_equal(text_utf8_length(bytes_make("\0", 1)), 1);
}

static void texts_in_utf8(void **state)
{
	(void)state;
	assert_true(text_is_utf8(BYTES_NONE));
	assert_true(text_is_utf8(bytes_text("a\n\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91")));
	assert_false(text_is_utf8(bytes_make("a\0b", 3)));
	assert_false(text_is_utf8(bytes_make("\0", 1)));
	assert_false(text_is_utf8(bytes_text("ab\xff")));
	assert_false(text_is_utf8(bytes_make("\xc3\xa9", 1))); /* cut */
}

static size_t format(char *out, size_t size, const char *form, ...)
{
	va_list ap;
	va_start(ap, form);
	size_t length = text_format(out, size, form, ap);
	va_end(ap);
	return length;
}

static void formatted_texts_are_cut_between_characters(void **state)
{
	(void)state;
	char out[8];
	assert_int_equal(format(out, sizeof out, "%d %s", 12, "abcd"), 7);
	assert_string_equal(out, "12 abcd");
	assert_int_equal(format(out, sizeof out, "%s", "abcdefgh"), 7);
	assert_string_equal(out, "abcdefg");
	assert_int_equal(format(out, sizeof out, "%s", "abcdef\xc3\xa9"), 6);
	assert_string_equal(out, "abcdef");
	assert_int_equal(format(out, sizeof out, "%s", "abcd\xf0\x9f\x98\x80"), 4);
	assert_string_equal(out, "abcd");
	assert_int_equal(format(out, sizeof out, "%s", "\xff" "abcdefgh"), 7);
}

static void printable_is_ascii_without_controls(void **state)
{
	(void)state;
	assert_true(text_is_printable(BYTES_NONE));
	for (int c = 0; c < 256; c++) {
		uint8_t text[2] = {'a', (uint8_t)c};
		assert_int_equal(text_is_printable(bytes_make(text, 2)), c >= 0x20 && c <= 0x7e);
	}
}

static void case_is_ascii(void **state)
{
	(void)state;
	assert_true(text_equal_nocase("", ""));
	assert_true(text_equal_nocase("Content-Type", "content-tYPE"));
	assert_false(text_equal_nocase("a", "ab"));
	assert_false(text_equal_nocase("ab", "a"));
	assert_false(text_equal_nocase("[", "{")); /* 32 apart, and no letters */
	assert_false(text_equal_nocase("@", "`"));
	assert_false(text_equal_nocase("\xc3\x89", "\xc3\xa9"));
	assert_true(bytes_equal_nocase(BYTES_NONE, bytes_text("")));
	assert_true(bytes_equal_nocase(bytes_text("Host.NAME"), bytes_text("hOST.name")));
	assert_true(bytes_equal_nocase(bytes_make("A\0B", 3), bytes_make("a\0b", 3)));
	assert_false(bytes_equal_nocase(bytes_make("A\0B", 3), bytes_make("a\0c", 3)));
	assert_false(bytes_equal_nocase(bytes_text("a"), bytes_text("ab")));
	assert_false(bytes_equal_nocase(bytes_text("["), bytes_text("{")));
	for (int c = 0; c < 256; c++)
		assert_int_equal((unsigned char)text_lower((char)c),
		                 c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static void dns_names(void **state)
{
	(void)state;
	static const char *const good[] = {
		"a", "localhost", "example.com", "EXAMPLE.com", "xn--bcher-kva.example", "1.example",
		"3com.com", "a-b.c-d", "123.a1", "a.b.c.d.e.f.g.h", "0x1.a", "a.0xg", "a.x1",
		"a23456789012345678901234567890123456789012345678901234567890123.x"};
	static const char *const bad[] = {
		"", ".", "..", "a.", ".a", "a..b", "-a", "a-", "a.-b", "a-.b", "a_b", "a b", " a", "a ",
		"a\n", "*", "*.a", "a.*", "a.*.b", "b\xc3\xbc" "cher.example", "1.2.3.4", "1", "a.1",
		"a.b:80", "a/b", "a@b", "[::1]", "a,b", "a.b\x01",
		"127.0.0.0x1", "0x7f000001", "0X7F.0xa", "a.0x",
		"a234567890123456789012345678901234567890123456789012345678901234.x"};
	for (size_t i = 0; i < COUNT(good); i++)
		if (!text_is_dns_name(good[i], false) || !text_is_dns_name(good[i], true))
			fail_msg("'%s' is refused", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		if (text_is_dns_name(bad[i], false))
			fail_msg("'%s' is taken", bad[i]);
}

static void wildcards_stand_alone_and_first(void **state)
{
	(void)state;
	static const char *const bad[] = {"*", "*.", "**.a", "*a.b", "a*.b", "*.*.a", "a.*.b", "*.-a",
	                                  "*-.a", "*..a", "*.1", "x.*"};
	assert_true(text_is_dns_name("*.example.com", true));
	assert_true(text_is_dns_name("*.a", true));
	for (size_t i = 0; i < COUNT(bad); i++)
		if (text_is_dns_name(bad[i], true))
			fail_msg("'%s' is taken", bad[i]);
}

static void dns_names_have_a_limit(void **state)
{
	(void)state;
	char name[LIMIT_DNS_NAME + 2];
	memset(name, 'a', sizeof name);
	for (size_t i = 63; i < sizeof name; i += 64)
		name[i] = '.';
	name[LIMIT_DNS_NAME + 1] = '\0';
	assert_false(text_is_dns_name(name, false));
	name[LIMIT_DNS_NAME] = '\0';
	assert_true(text_is_dns_name(name, false));
}

static void unsigned_numbers(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "+1", "-1", " 1", "1 ", "0x1", "1.0", "1e3", "a", "1a",
	                                  "\xd9\xa1"};
	static const char *const big[] = {"18446744073709551616", "18446744073709551620",
	                                  "99999999999999999999999"};
	uint64_t v = 42;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(text_to_uint(bad[i], UINT64_MAX, &v), SIGNET_E_INVALID);
	for (size_t i = 0; i < COUNT(big); i++)
		assert_int_equal(text_to_uint(big[i], UINT64_MAX, &v), SIGNET_E_TOO_BIG);
	assert_int_equal(text_to_uint("11", 10, &v), SIGNET_E_TOO_BIG);
	assert_int_equal(v, 42);
	assert_int_equal(text_to_uint("10", 10, &v), 0);
	assert_int_equal(v, 10);
	assert_int_equal(text_to_uint("0", 0, &v), 0);
	assert_int_equal(v, 0);
	assert_int_equal(text_to_uint("18446744073709551615", UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX);
}

static void addresses_both_ways(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t length;
		const char *again;
	} cases[] = {
		{"192.0.2.1", 4, "192.0.2.1"}, {"0.0.0.0", 4, "0.0.0.0"},
		{"255.255.255.255", 4, "255.255.255.255"}, {"::", 16, "::"}, {"::1", 16, "::1"},
		{"2001:DB8:0:0:0:0:0:1", 16, "2001:db8::1"}, {"::ffff:1.2.3.4", 16, "::ffff:1.2.3.4"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", 16,
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};
	static const char *const bad[] = {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ",
	                                  "0x1.2.3.4", "1", ":::", "1::2::3", "::g", "fe80::1%eth0",
	                                  "[::1]", "1:2:3:4:5:6:7:8:9", "12345::"};
	uint8_t address[16];
	char text[46];
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t length = text_to_address(cases[i].text, address);
		assert_int_equal(length, cases[i].length);
		assert_string_equal(text_from_address(bytes_make(address, length), text),
		                    cases[i].again);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(text_to_address(bad[i], address), 0);
	for (size_t length = 0; length < 20; length++)
		if (length != 4 && length != 16)
			assert_null(text_from_address(bytes_make("12345678901234567890", length), text));
}

static void networks_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint8_t length, prefix;
	} good[] = {{"10.0.0.0/8", 4, 8}, {"0.0.0.0/0", 4, 0}, {"192.0.2.1", 4, 32},
	            {"192.0.2.1/32", 4, 32}, {"192.0.2.128/25", 4, 25}, {"::/0", 16, 0},
	            {"::1", 16, 128}, {"fc00::/7", 16, 7}, {"2001:db8::/33", 16, 33},
	            {"::ffff:10.0.0.0/104", 4, 8}, {"::ffff:0:0/96", 4, 0},
	            {"::ffff:1.2.3.4", 4, 32}};
	static const char *const bad[] = {
		"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/ 8",
		"10.0.0.1/8", "10.128.0.0/8", "192.0.2.129/25", "0.0.0.1/0", "::/129", "::1/127",
		"8000::/0", "10.0.0/8", "10/8", "x/8", "10.0.0.0/8x", "::ffff:10.0.0.1/104",
		"10.0.0.0/99999999999999999999999",
		"00000000000000000000000000000000000000000000000000000000000000/8"};
	struct network n;
	for (size_t i = 0; i < COUNT(good); i++) {
		if (text_to_network(good[i].text, &n))
			fail_msg("'%s' is refused", good[i].text);
		assert_int_equal(n.length, good[i].length);
		assert_int_equal(n.prefix, good[i].prefix);
	}
	memset(&n, 0x55, sizeof n);
	for (size_t i = 0; i < COUNT(bad); i++)
		if (text_to_network(bad[i], &n) != SIGNET_E_INVALID)
			fail_msg("'%s' is taken", bad[i]);
	assert_int_equal(n.length, 0x55);
}

static bool contains(const char *network, const char *address)
{
	struct network n;
	uint8_t octets[16];
	assert_int_equal(text_to_network(network, &n), 0);
	size_t length = text_to_address(address, octets);
	assert_int_not_equal(length, 0);
	return network_contains(&n, bytes_make(octets, length));
}

static void networks_contain_addresses(void **state)
{
	(void)state;
	assert_true(contains("10.0.0.0/8", "10.255.255.255"));
	assert_false(contains("10.0.0.0/8", "11.0.0.0"));
	assert_false(contains("10.0.0.0/8", "9.255.255.255"));
	assert_true(contains("192.0.2.128/25", "192.0.2.128"));
	assert_false(contains("192.0.2.128/25", "192.0.2.127"));
	assert_true(contains("192.0.2.1", "192.0.2.1"));
	assert_false(contains("192.0.2.1", "192.0.2.0"));
	assert_true(contains("0.0.0.0/0", "203.0.113.9"));
	assert_true(contains("fc00::/7", "fdff::1"));
	assert_false(contains("fc00::/7", "fe00::"));
	assert_true(contains("::1", "::1"));
	assert_false(contains("::1", "::2"));
	assert_false(contains("0.0.0.0/0", "::1"));
	assert_false(contains("::/0", "1.2.3.4"));
}

static void mapped_addresses_do_not_slip_through(void **state)
{
	(void)state;
	assert_true(contains("127.0.0.0/8", "::ffff:127.0.0.1"));
	assert_true(contains("::ffff:127.0.0.0/104", "127.0.0.1"));
	assert_true(contains("::ffff:127.0.0.0/104", "::ffff:127.0.0.1"));
	assert_true(contains("::ffff:0:0/96", "::ffff:1.2.3.4"));
	assert_false(contains("127.0.0.0/8", "::127.0.0.1")); /* not of the mapped form */
	assert_false(contains("127.0.0.0/8", "::fffe:127.0.0.1"));
	assert_false(contains("::/0", "::ffff:127.0.0.1"));
}

static void addresses_of_other_lengths_are_nowhere(void **state)
{
	(void)state;
	struct network n;
	assert_int_equal(text_to_network("0.0.0.0/0", &n), 0);
	for (size_t length = 0; length < 16; length++)
		assert_int_equal(network_contains(&n, bytes_make("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", length)),
		                 length == 4);
}

static void internal_names_are_nobodys(void **state)
{
	static const char *const internal[] = {
		"", "host", "a.local", "printer.LAN", "a.b.internal", "x.home.arpa", "a.example",
		"a.localhost", "xyz.onion", "*.corp"};
	static const char *const public[] = {
		"example.com", "a.b.example.org", "local.example.net", "alocal.com", "arpa.net",
		"a.homexarpa.org", "notlocal.museum"};
	(void)state;
	for (size_t i = 0; i < sizeof internal / sizeof *internal; i++)
		assert_true(text_is_internal_name(bytes_text(internal[i])));
	for (size_t i = 0; i < sizeof public / sizeof *public; i++)
		assert_false(text_is_internal_name(bytes_text(public[i])));
	assert_true(text_is_internal_name(BYTES_NONE));
	assert_false(text_is_internal_name(bytes_text("a.xlocal")));
}

static void controls_are_found(void **state)
{
	(void)state;
	assert_false(text_has_control(""));
	assert_false(text_has_control("plain, J\xc3\xb6rg \xc2\xa0 ~"));
	assert_true(text_has_control("a\nb"));
	assert_true(text_has_control("\x1b[2J"));
	assert_true(text_has_control("\x7f"));
	assert_true(text_has_control("a\xc2\x9b"));
}

static void mapped_addresses_are_ipv4(void **state)
{
	uint8_t octets[16];
	(void)state;
	struct bytes address = bytes_make(octets, text_to_address("::ffff:192.0.2.1", octets));
	assert_int_equal(address.length, 16);
	address = address_unmapped(address);
	assert_true(bytes_equal(address, bytes_make("\xc0\0\2\1", 4)));
	assert_true(bytes_equal(address_unmapped(address), address));
	address = bytes_make(octets, text_to_address("::fffe:192.0.2.1", octets));
	assert_int_equal(address_unmapped(address).length, 16);
	assert_int_equal(address_unmapped(BYTES_NONE).length, 0);
}

static void zones_of_peers_are_passed_over(void **state)
{
	uint8_t plain[16], octets[16];
	(void)state;
	assert_int_equal(text_to_address("fe80::1", plain), 16);
	assert_int_equal(text_to_address("fe80::1%eth0", octets), 0);
	assert_int_equal(text_to_peer("fe80::1%eth0", octets), 16);
	assert_memory_equal(octets, plain, 16);
	assert_int_equal(text_to_peer("fe80::1", octets), 16);
	assert_int_equal(text_to_peer("192.0.2.1", octets), 4);
	assert_int_equal(text_to_peer("192.0.2.1%eth0", octets), 0);
	assert_int_equal(text_to_peer("%eth0", octets), 0);
	assert_int_equal(text_to_peer("", octets), 0);
	assert_int_equal(text_to_peer("0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", octets), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_lengths),
		cmocka_unit_test(texts_in_utf8),
		cmocka_unit_test(formatted_texts_are_cut_between_characters),
		cmocka_unit_test(printable_is_ascii_without_controls),
		cmocka_unit_test(controls_are_found),
		cmocka_unit_test(case_is_ascii),
		cmocka_unit_test(dns_names),
		cmocka_unit_test(wildcards_stand_alone_and_first),
		cmocka_unit_test(dns_names_have_a_limit),
		cmocka_unit_test(unsigned_numbers),
		cmocka_unit_test(addresses_both_ways),
		cmocka_unit_test(networks_are_read),
		cmocka_unit_test(networks_contain_addresses),
		cmocka_unit_test(mapped_addresses_do_not_slip_through),
		cmocka_unit_test(addresses_of_other_lengths_are_nowhere),
		cmocka_unit_test(internal_names_are_nobodys),
		cmocka_unit_test(mapped_addresses_are_ipv4),
		cmocka_unit_test(zones_of_peers_are_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
