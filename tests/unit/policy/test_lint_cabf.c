#include "lint_case.h"

#include "api/draft.h"
#include "asn1/oid.h"
#include "base/clock.h"

#define DAY 86400
#define DNS(text) {LINT_NAME(GN_DNS, text)}
#define IP(octets) {LINT_NAME(GN_IP, octets)}
#define ONION "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd"

/* 256 octets with the highest bit set, and two. */
#define MODULUS_2048                                                                              \
	"c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"                        \
	"c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"                        \
	"c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"                        \
	"c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"                        \
	"c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"                        \
	"c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"                        \
	"c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"                        \
	"c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"

static void days_398(struct rule_test *t)
{
	lint_case_valid(t, 398, 0);
}

static void days_398_and_a_second(struct rule_test *t)
{
	lint_case_valid(t, 398, 1);
}

static void days_201(struct rule_test *t)
{
	lint_case_valid(t, 201, 0);
}

static void days_201_in_2025(struct rule_test *t)
{
	clock_freeze(LINT_CASE_NOW - 365 * (int64_t)DAY);
	lint_case_valid(t, 201, 0);
}

static void days_101(struct rule_test *t)
{
	lint_case_valid(t, 101, 0);
}

static void days_101_in_2027(struct rule_test *t)
{
	clock_freeze(LINT_CASE_NOW + 365 * (int64_t)DAY);
	lint_case_valid(t, 101, 0);
}

static void days_48(struct rule_test *t)
{
	lint_case_valid(t, 48, 0);
}

static void days_48_in_2029(struct rule_test *t)
{
	clock_freeze(LINT_CASE_NOW + 3 * 365 * (int64_t)DAY);
	lint_case_valid(t, 48, 0);
}

static void for_mail_and_long(struct rule_test *t)
{
	lint_case_set(t, OID_EXT_KEY_USAGE, false, "300a06082b06010505070304");
	lint_case_valid(t, 800, 0);
}

static void begin_at(struct rule_test *t, int64_t seconds)
{
	signet_draft_set_validity(t->draft, clock_now() + seconds, clock_now() + 10 * DAY);
}

static void three_days_ago(struct rule_test *t)
{
	begin_at(t, -3 * DAY);
}

static void in_three_days(struct rule_test *t)
{
	begin_at(t, 3 * DAY);
}

static void two_days_ago(struct rule_test *t)
{
	begin_at(t, -2 * DAY);
}

static void ed25519(struct rule_test *t)
{
	lint_case_key(t, KEY_ED25519);
}

static void p521(struct rule_test *t)
{
	lint_case_key(t, KEY_P521);
}

static void rsa_2049(struct rule_test *t)
{
	lint_case_rsa(t, "01" MODULUS_2048, "010001");
}

static void rsa_2048(struct rule_test *t)
{
	lint_case_rsa(t, MODULUS_2048, "010001");
}

static void rsa_exponent_3(struct rule_test *t)
{
	lint_case_rsa(t, MODULUS_2048, "03");
}

static const struct lint_case cases[] = {
	{"cabf-validity-398d", "valid for more than 398 days", .change = days_398_and_a_second},
	{"cabf-validity-398d", NULL, .change = days_398},
	{"cabf-validity-398d", NULL, .change = for_mail_and_long},
	{"cabf-validity-200d", "valid for more than 200 days", .change = days_201},
	{"cabf-validity-200d", NULL, .change = days_201_in_2025},
	{"cabf-validity-100d", "valid for more than 100 days", .change = days_101_in_2027},
	{"cabf-validity-100d", NULL, .change = days_101},
	{"cabf-validity-47d", "valid for more than 47 days", .change = days_48_in_2029},
	{"cabf-validity-47d", NULL, .change = days_48},

	{"cabf-not-before-48h", "notBefore is more than 48 hours from now",
	 .change = three_days_ago},
	{"cabf-not-before-48h", "", .change = in_three_days},
	{"cabf-not-before-48h", NULL, .change = two_days_ago},

	{"cabf-key-algorithm", "Ed25519 keys are not among RSA and ECDSA", .change = ed25519},
	{"cabf-key-algorithm", NULL, .change = p521},
	{"cabf-rsa-multiple-of-8", "an RSA modulus of 2049 bits", .change = rsa_2049},
	{"cabf-rsa-multiple-of-8", NULL, .change = rsa_2048},
	{"cabf-rsa-exponent", "an RSA exponent below 65537", .change = rsa_exponent_3},
	{"cabf-rsa-exponent", NULL, .change = rsa_2048},

	{"cabf-san-present", "no dns and no ip among the alternative names",
	 .names = {LINT_NAME(GN_EMAIL, "a@example.com")}},
	{"cabf-san-present", NULL, .names = IP("\1\1\1\1")},
	{"cabf-san-kinds", "an alternative name of the kind email",
	 .names = {LINT_NAME(GN_DNS, "example.com"), LINT_NAME(GN_EMAIL, "a@example.com")}},
	{"cabf-san-kinds", "an alternative name of the kind uri",
	 .names = {LINT_NAME(GN_URI, "https://example.com/")}},

	{"cabf-no-internal-names", "dns \"host\" is an internal name", .names = DNS("host")},
	{"cabf-no-internal-names", "", .names = DNS("a.local")},
	{"cabf-no-internal-names", "dns \"*.a.INTERNAL\" is an internal name",
	 .names = DNS("*.a.INTERNAL")},
	{"cabf-no-internal-names", NULL, .names = DNS(ONION ".onion")},

	{"cabf-no-reserved-ip", "10.1.2.3 is a reserved address", .names = IP("\12\1\2\3")},
	{"cabf-no-reserved-ip", "127.0.0.1 is a reserved address", .names = IP("\177\0\0\1")},
	{"cabf-no-reserved-ip", "172.31.0.1 is a reserved address", .names = IP("\254\37\0\1")},
	{"cabf-no-reserved-ip", "203.0.113.9 is a reserved address", .names = IP("\313\0\161\11")},
	{"cabf-no-reserved-ip", "255.255.255.255 is a reserved address",
	 .names = IP("\377\377\377\377")},
	{"cabf-no-reserved-ip", "::1 is a reserved address",
	 .names = IP("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1")},
	{"cabf-no-reserved-ip", "2001:db8::1 is a reserved address",
	 .names = IP("\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1")},
	{"cabf-no-reserved-ip", "fd00::1 is a reserved address",
	 .names = IP("\375\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1")},
	/* an IPv4 address, but as IPv6 */
	{"cabf-no-reserved-ip", "::ffff:1.1.1.1 is a reserved address",
	 .names = IP("\0\0\0\0\0\0\0\0\0\0\377\377\1\1\1\1")},
	{"cabf-no-reserved-ip", NULL, .names = IP("\254\40\0\1")}, /* 172.32.0.1 */
	{"cabf-no-reserved-ip", NULL, .names = IP("\46\6\107\0\107\0\0\0\0\0\0\0\0\0\21\21")},

	{"cabf-no-reverse-zone", "dns \"1.2.0.192.in-addr.arpa\" ends in a zone of addresses",
	 .names = DNS("1.2.0.192.in-addr.arpa")},
	{"cabf-no-reverse-zone", "", .names = DNS("8.b.d.0.1.0.0.2.IP6.ARPA")},
	{"cabf-no-reverse-zone", NULL, .names = DNS("e164.arpa")},

	{"cabf-underscore", "dns \"a_b.example.com\" has an underscore",
	 .names = DNS("a_b.example.com")},
	{"cabf-underscore", NULL, .names = DNS("")},
	{"cabf-reserved-label", "dns \"ab--c.example.com\" has a label of a reserved form",
	 .names = DNS("ab--c.example.com")},
	{"cabf-reserved-label", "", .names = DNS("www.xx--c.com")},
	{"cabf-reserved-label", NULL, .names = DNS("xn--bcher-kva.a--b.example")},

	{"cabf-wildcard-registry", "dns \"*.com\" stands for a whole top-level domain",
	 .names = DNS("*.com")},
	{"cabf-wildcard-registry", NULL, .subject = NULL},

	{"cabf-onion-v3", "dns \"expyuzz4wqqyqhjn.onion\" is no onion name of version 3",
	 .names = DNS("expyuzz4wqqyqhjn.onion")},
	{"cabf-onion-v3", "", .names = DNS("1" ONION ".onion")},
	{"cabf-onion-v3", "", .names = DNS(".onion")},
	{"cabf-onion-v3", NULL, .names = DNS("www." ONION ".onion")},
};

static void each_check_finds_its_drafts(void **state)
{
	(void)state;
	lint_cases(cases, sizeof cases / sizeof *cases, lint_cabf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_check_finds_its_drafts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
