#include "tests/unit/asn1/hex.h"

#include "asn1/name.h"
#include "asn1/name_constraints.h"
#include "base/text.h"

enum { NEITHER, BOTH, EXCLUDED_ONLY }; /* the sides on which the name belongs to the subtree */

struct sample {
	const char *base, *name;
	int sides;
};

static struct bytes address(const char *text)
{
	uint8_t octets[16];
	struct bytes out = BYTES_NONE;
	size_t length = text_to_address(text, octets);
	assert_int_not_equal(length, 0);
	assert_int_equal(arena_bytes(arena, bytes_make(octets, length), &out), 0);
	return out;
}

/* "ADDRESS/MASK", the mask as an address */
static struct bytes network(const char *text)
{
	const char *slash = strchr(text, '/');
	char *first = arena_text(arena, bytes_make(text, (size_t)(slash - text)));
	struct bytes a = address(first), b = address(slash + 1), out = BYTES_NONE;
	struct buffer both = BUFFER_MAX(32);
	assert_int_equal(a.length, b.length);
	buffer_append_bytes(&both, a);
	buffer_append_bytes(&both, b);
	assert_int_equal(arena_bytes(arena, buffer_bytes(&both), &out), 0);
	buffer_free(&both);
	return out;
}

static struct bytes value(enum general_name_kind kind, const char *text, bool is_base)
{
	struct bytes der = BYTES_NONE;
	if (kind == GN_IP)
		return is_base ? network(text) : address(text);
	if (kind != GN_DIRECTORY)
		return bytes_text(text);
	assert_int_equal(name_from_text(arena, text, &der, NULL), 0);
	return der;
}

static void judge(enum general_name_kind kind, const struct sample *samples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct general_name base = {kind, exact(value(kind, samples[i].base, true))};
		const struct general_name name = {kind, exact(value(kind, samples[i].name, false))};
		bool permitted = subtree_contains(&base, &name, SUBTREE_PERMITTED);
		bool excluded = subtree_contains(&base, &name, SUBTREE_EXCLUDED);
		if (permitted != (samples[i].sides == BOTH) ||
		    excluded != (samples[i].sides != NEITHER))
			fail_msg("\"%s\" under \"%s\": permitted %d, excluded %d", samples[i].name,
			         samples[i].base, permitted, excluded);
		exact_free(base.value);
		exact_free(name.value);
	}
}
#define JUDGE(kind, samples) judge(kind, samples, sizeof samples / sizeof *samples)

static void dns_names_end_at_labels(void **state)
{
	(void)state;
	static const struct sample samples[] = {
		{"example.com", "example.com", BOTH},
		{"example.com", "EXAMPLE.Com", BOTH},
		{"Example.COM", "a.b.example.com", BOTH},
		{"example.com", "badexample.com", NEITHER},
		{"example.com", "example.com.evil.org", NEITHER},
		{"example.com", "com", NEITHER},
		{"a.example.com", "example.com", NEITHER},
		{"", "anything.org", BOTH},
		{"com", "example.com", BOTH},
		/* a dot before the base: not the domain itself, or that too */
		{".example.com", "a.example.com", BOTH},
		{".example.com", "example.com", EXCLUDED_ONLY},
		{".example.com", "badexample.com", NEITHER},
	};
	JUDGE(GN_DNS, samples);
}

static void wildcards_stand_for_one_label(void **state)
{
	(void)state;
	static const struct sample samples[] = {
		{"example.com", "*.example.com", BOTH},
		{"example.com", "*.a.example.com", BOTH},
		{".example.com", "*.example.com", BOTH},
		{"", "*.example.com", BOTH},
		/* a part of what it stands for */
		{"a.example.com", "*.example.com", EXCLUDED_ONLY},
		{".a.example.com", "*.example.com", EXCLUDED_ONLY},
		{"A.Example.com", "*.EXAMPLE.com", EXCLUDED_ONLY},
		{"b.a.example.com", "*.example.com", NEITHER},
		{"a.example.org", "*.example.com", NEITHER},
		{"aexample.com", "*.example.com", NEITHER},
		{"example.com", "*.com", EXCLUDED_ONLY},
		{"com", "*.com", BOTH},
	};
	JUDGE(GN_DNS, samples);
}

static void mailboxes_fit_mailbox_host_and_domain(void **state)
{
	(void)state;
	static const struct sample samples[] = {
		{"joe@example.com", "joe@example.com", BOTH},
		{"joe@example.com", "joe@EXAMPLE.com", BOTH},
		{"joe@example.com", "Joe@example.com", EXCLUDED_ONLY},
		{"joe@example.com", "xjoe@example.com", NEITHER},
		{"joe@example.com", "joe@a.example.com", NEITHER},
		{"example.com", "joe@example.com", BOTH},
		{"example.com", "joe@Example.Com", BOTH},
		{"example.com", "joe@a.example.com", NEITHER},
		{"example.com", "joe@badexample.com", NEITHER},
		{"example.com", "example.com@evil.org", NEITHER},
		{".example.com", "joe@a.example.com", BOTH},
		{".example.com", "joe@b.a.EXAMPLE.com", BOTH},
		{".example.com", "joe@example.com", NEITHER},
		{".example.com", "joe@badexample.com", NEITHER},
		{".example.com", "a.example.com@evil.org", NEITHER},
		{"", "joe@example.com", EXCLUDED_ONLY},
		{"example.com", "no-mailbox", EXCLUDED_ONLY},
	};
	JUDGE(GN_EMAIL, samples);
}

static void uris_are_judged_by_their_host(void **state)
{
	(void)state;
	static const struct sample samples[] = {
		{"example.com", "http://example.com/", BOTH},
		{"example.com", "http://EXAMPLE.com:8080?x", BOTH},
		{"example.com", "ldap://joe:pw@example.com#x", BOTH},
		{"example.com", "http://a.example.com/", NEITHER},
		{"example.com", "http://example.com@evil.org/", NEITHER},
		{"example.com", "http://evil.org/http://example.com", NEITHER},
		{"example.com", "http://evil.org?@example.com", NEITHER},
		{"example.com", "http://evil.org#@example.com", NEITHER},
		{".example.com", "http://a.example.com/", BOTH},
		{".example.com", "http://b.a.example.com", BOTH},
		{".example.com", "http://example.com/", NEITHER},
		{".example.com", "http://badexample.com/", NEITHER},
		{"", "http://example.com/", EXCLUDED_ONLY},
		/* no host that could be compared */
		{"example.com", "urn:example.com", EXCLUDED_ONLY},
		{"example.com", "mailto:joe@example.com", EXCLUDED_ONLY},
	};
	JUDGE(GN_URI, samples);
}

static void hosts_of_uris_are_read_strictly(void **state)
{
	(void)state;
	static const char *const none[] = {
		"", "http", "http:", "http:/", "http://", "http:///a", "http:a.b", "//a.b",
		"http://192.0.2.1/", "http://[2001:db8::1]/", "http://[a.b]/", "http://:80/",
		"http://a.b:x/", "http://a.b:80:80/", "http://x@y@a.b/", "http://a%2eb/",
		"http://a.b\\@c.d/", "http://a..b/", "http://a.b./", "http://*.a.b/", "http://a_b.c/",
	};
	struct bytes host;
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		struct bytes uri = exact(bytes_text(none[i]));
		if (uri_host(uri, &host))
			fail_msg("%s has a host", none[i]);
		exact_free(uri);
	}
	assert_true(uri_host(bytes_text("http://a.b:/x"), &host));
	assert_true(bytes_is_text(host, "a.b"));
	assert_true(uri_host(bytes_text("a+b.c-d://u:p@h"), &host));
	assert_true(bytes_is_text(host, "h"));
}

static void addresses_are_judged_by_mask(void **state)
{
	(void)state;
	static const struct sample samples[] = {
		{"10.0.0.0/255.0.0.0", "10.255.0.1", BOTH},
		{"10.0.0.0/255.0.0.0", "11.0.0.0", NEITHER},
		{"10.0.0.7/255.0.0.0", "10.1.1.1", BOTH}, /* bits behind the mask */
		{"10.0.0.0/255.255.255.255", "10.0.0.0", BOTH},
		{"10.0.0.0/255.255.255.255", "10.0.0.1", NEITHER},
		{"192.168.16.0/255.255.240.0", "192.168.31.255", BOTH},
		{"192.168.16.0/255.255.240.0", "192.168.32.0", NEITHER},
		{"0.0.0.0/0.0.0.0", "203.0.113.9", BOTH},
		{"0.0.0.0/0.0.0.0", "2001:db8::1", NEITHER},
		{"::/::", "203.0.113.9", NEITHER},
		{"::/::", "2001:db8::1", BOTH},
		{"2001:db8::/ffff:ffff::", "2001:db8:ffff::1", BOTH},
		{"2001:db8::/ffff:ffff::", "2001:db9::1", NEITHER},
		/* the same host in both families */
		{"::ffff:10.0.0.0/ffff:ffff:ffff:ffff:ffff:ffff:ff00:0", "10.1.2.3", EXCLUDED_ONLY},
		{"::ffff:10.0.0.0/ffff:ffff:ffff:ffff:ffff:ffff:ff00:0", "11.1.2.3", NEITHER},
		{"::ffff:0:0/ffff:ffff:ffff:ffff:ffff::", "10.1.2.3", NEITHER},
	};
	JUDGE(GN_IP, samples);
	assert_true(bytes_equal(ip_mapped(address("::ffff:10.0.0.1")), address("10.0.0.1")));
	assert_int_equal(ip_mapped(address("::10.0.0.1")).length, 0);
	assert_int_equal(ip_mapped(address("10.0.0.1")).length, 0);
}

static void directories_are_judged_by_their_first_rdns(void **state)
{
	(void)state;
	static const struct sample samples[] = {
		{"O=Example,C=DE", "CN=a,O=Example,C=DE", BOTH},
		{"O=Example,C=DE", "CN=a,O=example,C=de", BOTH},
		{"O=Example,C=DE", "O=Example", NEITHER},
		{"O=M\xc3\xbcller", "CN=a,O=M\xc3\x9cLLER", EXCLUDED_ONLY},
		{"", "CN=a", BOTH},
	};
	JUDGE(GN_DIRECTORY, samples);
}

static void kinds_that_cannot_be_applied_exclude(void **state)
{
	(void)state;
	const struct general_name other = {GN_OTHER, hex("06032a0304 a002 0500")};
	const struct general_name id = {GN_REGISTERED_ID, hex("2a0304")};
	assert_false(subtree_contains(&other, &other, SUBTREE_PERMITTED));
	assert_true(subtree_contains(&other, &other, SUBTREE_EXCLUDED));
	assert_false(subtree_contains(&id, &id, SUBTREE_PERMITTED));
	assert_true(subtree_contains(&id, &id, SUBTREE_EXCLUDED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dns_names_end_at_labels),
		cmocka_unit_test(wildcards_stand_for_one_label),
		cmocka_unit_test(mailboxes_fit_mailbox_host_and_domain),
		cmocka_unit_test(uris_are_judged_by_their_host),
		cmocka_unit_test(hosts_of_uris_are_read_strictly),
		cmocka_unit_test(addresses_are_judged_by_mask),
		cmocka_unit_test(directories_are_judged_by_their_first_rdns),
		cmocka_unit_test(kinds_that_cannot_be_applied_exclude),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
