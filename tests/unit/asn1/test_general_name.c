#include "tests/unit/asn1/hex.h"

#include "asn1/general_name.h"

static struct error err;

static int parse(struct bytes der, struct general_name **names, size_t *count)
{
	struct bytes sample = exact(der);
	memset(&err, 0, sizeof err);
	int result = general_names_parse(arena, sample, names, count, &err);
	if (result) {
		assert_int_equal(err.code, result);
		assert_true(err.message[0] != '\0');
	}
	/* the values point into the sample: let them point into the original */
	for (size_t i = 0; result == 0 && i < *count; i++)
		(*names)[i].value.data = der.data + ((*names)[i].value.data - sample.data);
	exact_free(sample);
	return result;
}

static int check(enum general_name_kind kind, struct bytes value)
{
	struct bytes sample = exact(value);
	const struct general_name name = {kind, sample};
	memset(&err, 0, sizeof err);
	int result = general_name_check(&name, &err);
	assert_int_equal(result, err.code);
	exact_free(sample);
	return result;
}

static int check_text(enum general_name_kind kind, const char *text)
{
	return check(kind, bytes_text(text));
}

static void every_kind_is_read(void **state)
{
	(void)state;
	static const enum general_name_kind kinds[] = {
		GN_DNS, GN_IP, GN_IP, GN_EMAIL, GN_URI, GN_OTHER, GN_DIRECTORY, GN_REGISTERED_ID,
		GN_X400, GN_EDI,
	};
	struct buffer out = BUFFER_MAX(1000);
	struct der_writer w = der_write(&out);
	der_begin(&w, DER_SEQUENCE);
	der_put_raw(&w, hex("820b 6578616d706c652e636f6d 8704 c0000201"));
	der_put_raw(&w, hex("8710 20010db8000000000000000000000001 8105 6140622e63"));
	der_put_raw(&w, hex("860a 687474703a2f2f612f62"));
	der_put_raw(&w, hex("a012 060a2b060104018237140203 a004 0c026162"));
	der_put_raw(&w, hex("a410 300e 310c 300a 0603550403 0c03616263"));
	der_put_raw(&w, hex("8803 2a0304 a306 3004 0c026162 a508 8106 616263646566"));
	der_end(&w);
	assert_int_equal(der_writer_finish(&w), 0);
	struct general_name *names;
	size_t count;
	assert_int_equal(parse(buffer_bytes(&out), &names, &count), 0);
	assert_int_equal(count, sizeof kinds / sizeof *kinds);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(names[i].kind, kinds[i]);
	assert_true(bytes_is_text(names[0].value, "example.com"));
	assert_bytes(names[1].value, "c0000201");
	assert_bytes(names[5].value, "060a2b060104018237140203 a004 0c026162");
	assert_bytes(names[6].value, "300e 310c 300a 0603550403 0c03616263");
	struct buffer again = BUFFER_MAX(1000);
	w = der_write(&again);
	general_names_put(&w, names, count);
	assert_int_equal(der_writer_finish(&w), 0);
	assert_true(bytes_equal(buffer_bytes(&again), buffer_bytes(&out)));

	struct bytes whole = buffer_bytes(&out);
	for (size_t n = 0; n < whole.length; n++)
		assert_int_equal(parse(bytes_make(whole.data, n), &names, &count),
		                 SIGNET_E_BAD_NAME);
	buffer_free(&out);
	buffer_free(&again);
}

static void broken_lists_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"3000",                    /* no name */
		"",                        /* nothing */
		"3007 8205 612e622e63 00", /* behind it */
		"3107 8205 612e622e63",    /* a SET */
		"3003 8901 61",            /* [9] */
		"3003 0c01 61",            /* not a context tag */
		"3007 a205 612e622e63",    /* constructed dNSName */
		"3007 4205 612e622e63",    /* application tag */
		"3006 8204 612e6200",      /* NUL */
		"3002 8200",               /* empty */
		"3007 8705 c000020100",    /* IPv4 of five octets */
		"300a 8708 c0000200ffffff00", /* with a mask, as in name constraints */
		"3080 8205 612e622e63 0000",
	};
	struct general_name *names;
	size_t count;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(parse(hex(bad[i]), &names, &count), SIGNET_E_BAD_NAME);
}

static int parse_many(size_t n)
{
	struct buffer out = BUFFER_MAX(1 << 20);
	struct der_writer w = der_write(&out);
	der_begin(&w, DER_SEQUENCE);
	for (size_t i = 0; i < n; i++)
		der_put(&w, DER_CONTEXT(GN_DNS), bytes_text("example.com"));
	der_end(&w);
	assert_int_equal(der_writer_finish(&w), 0);
	struct general_name *names;
	size_t count;
	int result = parse(buffer_bytes(&out), &names, &count);
	if (result == 0)
		assert_int_equal(count, n);
	buffer_free(&out);
	return result;
}

static void the_count_is_limited(void **state)
{
	(void)state;
	assert_int_equal(parse_many(LIMIT_SAN_COUNT), 0);
	assert_int_equal(parse_many(LIMIT_SAN_COUNT + 1), SIGNET_E_BAD_NAME);
	assert_int_equal(parse_many(10000), SIGNET_E_BAD_NAME);
}

static void dns_names_are_host_names(void **state)
{
	(void)state;
	static const char *const good[] = {"example.com", "a", "*.example.com", "EXAMPLE.com",
	                                   "xn--bcher-kva.example", "1.example", "a-b.c"};
	static const char *const bad[] = {
		"", ".", "example.com.", ".example.com", "a..b", "-a.b", "a-.b", "a_b.c", "a b.c",
		"*", "a.*.b", "*a.b", "**.a", "10.0.0.1", "b\xc3\xbc" "cher.example",
		"\xd0\xb0pple.com", "example.com\n", "a,b", "a/b",
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_int_equal(check_text(GN_DNS, good[i]), 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(check_text(GN_DNS, bad[i]), SIGNET_E_BAD_NAME);
	assert_int_equal(check(GN_DNS, bytes_make("example.com\0.evil.com", 21)), SIGNET_E_BAD_NAME);
	char longest[LIMIT_DNS_NAME + 2];
	memset(longest, 'a', sizeof longest);
	for (size_t i = 63; i < LIMIT_DNS_NAME; i += 64)
		longest[i] = '.';
	longest[LIMIT_DNS_NAME] = '\0';
	assert_int_equal(check_text(GN_DNS, longest), 0);
	longest[LIMIT_DNS_NAME] = 'a';
	longest[LIMIT_DNS_NAME + 1] = '\0';
	assert_int_equal(check_text(GN_DNS, longest), SIGNET_E_BAD_NAME);
}

static void emails_are_mailboxes(void **state)
{
	(void)state;
	static const char *const good[] = {"a@b.c", "first.last+tag@example.com", "x@localhost"};
	static const char *const bad[] = {"", "a", "@b.c", "a@", "a b@c.d", "a@b_c", "a@b..c",
	                                  "a@[192.0.2.1]", "a@b.c\r\nBcc: x@y.z", "\xc3\xbc@b.c",
	                                  "a@*.b.c"};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_int_equal(check_text(GN_EMAIL, good[i]), 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(check_text(GN_EMAIL, bad[i]), SIGNET_E_BAD_NAME);
}

static void uris_are_absolute(void **state)
{
	(void)state;
	static const char *const good[] = {"http://a/b?c=d#e", "urn:uuid:1", "spiffe://a/b",
	                                   "ldap://h/cn=a%20b?x", "sip:a@b"};
	static const char *const bad[] = {"", "http", "//a/b", "/a", ":a", "1a:b", "http:", "a b:c",
	                                  "http://a b", "http://a/%", "http://a/%2", "http://a/%gg",
	                                  "http://a/<b>", "http://a/\x7f", "http://\xc3\xbc/"};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_int_equal(check_text(GN_URI, good[i]), 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(check_text(GN_URI, bad[i]), SIGNET_E_BAD_NAME);
	char uri[LIMIT_URI + 2] = "a:";
	memset(uri + 2, 'x', LIMIT_URI - 2);
	assert_int_equal(check_text(GN_URI, uri), 0);
	uri[LIMIT_URI] = 'x';
	assert_int_equal(check_text(GN_URI, uri), SIGNET_E_BAD_NAME);
}

static void addresses_have_4_or_16_octets(void **state)
{
	(void)state;
	static const uint8_t octets[33] = {0};
	for (size_t n = 0; n <= sizeof octets; n++)
		assert_int_equal(check(GN_IP, bytes_make(octets, n)),
		                 n == 4 || n == 16 ? 0 : SIGNET_E_BAD_NAME);
}

static void other_names_are_an_oid_and_a_value(void **state)
{
	(void)state;
	assert_int_equal(check(GN_OTHER, hex("06032a0304 a003 020101")), 0);
	static const char *const bad[] = {
		"", "06032a0304", "06032a0304 020101", "06032a0304 a000", "06032a0304 a003 0201",
		"06032a0304 a006 020101 020102", "06032a0304 a003 020101 00", "0600 a003 020101",
		"06032a0304 a002 3001", "06032a0304 a003 010101",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(check(GN_OTHER, hex(bad[i])), SIGNET_E_BAD_NAME);
}

static void other_kinds_are_checked_too(void **state)
{
	(void)state;
	assert_int_equal(check(GN_REGISTERED_ID, hex("2a0304")), 0);
	assert_int_equal(check(GN_REGISTERED_ID, hex("2a8001")), SIGNET_E_BAD_NAME);
	assert_int_equal(check(GN_REGISTERED_ID, BYTES_NONE), SIGNET_E_BAD_NAME);
	assert_int_equal(check(GN_DIRECTORY, hex("3000")), 0);
	assert_int_equal(check(GN_DIRECTORY, hex("3100")), SIGNET_E_BAD_NAME);
	assert_int_equal(check(GN_X400, hex("3000")), 0);
	assert_int_equal(check(GN_X400, hex("3001")), SIGNET_E_BAD_NAME);
	assert_int_equal(check(GN_EDI, BYTES_NONE), SIGNET_E_BAD_NAME);
	assert_int_equal(check((enum general_name_kind)9, hex("3000")), SIGNET_E_BAD_NAME);
}

static void one_name_is_read_unchecked(void **state)
{
	(void)state;
	struct der der = der_open(hex("8200 8904 00000000"));
	struct general_name name;
	assert_int_equal(general_name_read(&der, &name, &err), 0);
	assert_int_equal(name.kind, GN_DNS);
	assert_int_equal(name.value.length, 0);
	/* no kind has this tag: it stays there */
	assert_int_equal(general_name_read(&der, &name, &err), SIGNET_E_BAD_NAME);
	assert_int_equal(der_peek(&der), 0x89);
}

static void messages_show_printable_names_only(void **state)
{
	(void)state;
	check_text(GN_DNS, "a_b.c");
	assert_non_null(strstr(err.message, "\"a_b.c\""));
	check_text(GN_DNS, "a\x1b[31mb");
	assert_null(strchr(err.message, 0x1b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_read),
		cmocka_unit_test(broken_lists_are_refused),
		cmocka_unit_test(the_count_is_limited),
		cmocka_unit_test(dns_names_are_host_names),
		cmocka_unit_test(emails_are_mailboxes),
		cmocka_unit_test(uris_are_absolute),
		cmocka_unit_test(addresses_have_4_or_16_octets),
		cmocka_unit_test(other_names_are_an_oid_and_a_value),
		cmocka_unit_test(other_kinds_are_checked_too),
		cmocka_unit_test(one_name_is_read_unchecked),
		cmocka_unit_test(messages_show_printable_names_only),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
