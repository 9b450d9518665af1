#include "tests/unit/data.h"

#include "asn1/der.h"
#include "base/clock.h"
#include "crypto/x509.h"

static int64_t seconds(const char *text)
{
	int64_t at;
	assert_int_equal(clock_parse(text, &at), 0);
	return at;
}

static struct bytes certificate(const char *name)
{
	return data_read(arena_printf(arena, "%s.der", name));
}

/* What a certificate says, read by our own reader. */
static struct x509_expected fields_of(struct bytes der)
{
	struct x509_expected out;
	struct der outer = der_open(der), inside, tbs, validity;
	assert_int_equal(der_enter(&outer, DER_SEQUENCE, &inside), 0);
	assert_int_equal(der_enter(&inside, DER_SEQUENCE, &tbs), 0);
	assert_int_equal(der_expect(&tbs, DER_CONTEXT_CONSTRUCTED(0), NULL), 0);
	assert_int_equal(der_integer(&tbs, &out.serial), 0);
	assert_int_equal(der_whole(&tbs, DER_SEQUENCE, &out.issuer), 0);
	assert_int_equal(der_whole(&tbs, DER_SEQUENCE, &out.issuer), 0);
	assert_int_equal(der_enter(&tbs, DER_SEQUENCE, &validity), 0);
	assert_int_equal(der_time(&validity, &out.not_before), 0);
	assert_int_equal(der_time(&validity, &out.not_after), 0);
	assert_int_equal(der_whole(&tbs, DER_SEQUENCE, &out.subject), 0);
	assert_int_equal(der_whole(&tbs, DER_SEQUENCE, &out.spki), 0);
	return out;
}

static void both_readers_agree(void **state)
{
	(void)state;
	static const char *const names[] = {
		"good/chain/root", "good/chain/issuing", "good/chain/leaf", "good/chain/forever",
		"good/chain/root-rsa", "good/chain/root-ed25519", "good/chain/constrained",
		"good/chain/constrained-issuing",
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct bytes der = exact(certificate(names[i]));
		struct x509_expected expected = fields_of(der);
		struct error err = {0};
		if (x509_agrees(der, &expected, &err))
			fail_msg("%s: %s (%s)", names[i], err.message, err.detail);
		exact_free(der);
	}
	assert_int_equal(data_count("good/chain"), sizeof names / sizeof *names);
}

static void disagrees(const struct x509_expected *expected, const char *field)
{
	struct error err = {0};
	assert_int_equal(x509_agrees(certificate("good/chain/leaf"), expected, &err),
	                 SIGNET_E_INTERNAL);
	assert_string_equal(err.message,
	                    arena_printf(arena, "GnuTLS reads another %s in the certificate", field));
}

static void the_first_field_that_differs_is_named(void **state)
{
	(void)state;
	struct x509_expected good = fields_of(certificate("good/chain/leaf")), bad;
	struct x509_expected other = fields_of(certificate("good/chain/root-rsa"));
	bad = good;
	bad.serial = hex("1268");
	disagrees(&bad, "serialNumber");
	bad = good;
	bad.issuer = good.subject;
	disagrees(&bad, "issuer");
	bad = good;
	bad.subject = good.issuer;
	disagrees(&bad, "subject");
	bad.subject = BYTES_NONE;
	disagrees(&bad, "subject");
	bad = good;
	bad.not_before++;
	disagrees(&bad, "notBefore");
	bad = good;
	bad.not_after--;
	disagrees(&bad, "notAfter");
	bad.not_after = seconds("9999-12-31T23:59:59Z");
	disagrees(&bad, "notAfter");
	bad = good;
	bad.spki = other.spki;
	disagrees(&bad, "subjectPublicKeyInfo");
	bad.spki = bytes_make(good.spki.data, good.spki.length - 1);
	disagrees(&bad, "subjectPublicKeyInfo");
}

static void what_gnutls_does_not_read_disagrees(void **state)
{
	(void)state;
	struct x509_expected good = fields_of(certificate("good/chain/leaf"));
	struct bytes truncated = certificate("hostile/chain/truncated");
	assert_int_equal(x509_agrees(truncated, &good, NULL), SIGNET_E_INTERNAL);
	assert_int_equal(x509_agrees(BYTES_NONE, &good, NULL), SIGNET_E_INTERNAL);
}

#define IN_SUMMER "2026-07-01T00:00:00Z"

/* names: divided by blanks, leaf first. */
static int verify(const char *names, const char *at, struct error *err)
{
	struct bytes chain[LIMIT_CHAIN + 1];
	size_t count = 0;
	char *rest = arena_strdup(arena, names);
	for (char *name; (name = strsep(&rest, " "));)
		chain[count++] = certificate(name);
	return x509_verify_chain(chain, count, seconds(at), err);
}

static void good_chains_verify(void **state)
{
	(void)state;
	static const char *const chains[] = {
		"good/chain/leaf good/chain/issuing good/chain/root",
		"good/chain/forever good/chain/issuing good/chain/root",
		"good/chain/issuing good/chain/root",
		"good/chain/root",
		"good/chain/root-rsa",
		"good/chain/root-ed25519",
		/* the last one is trusted as it stands */
		"good/chain/leaf good/chain/issuing",
		"good/chain/issuing",
		/* name constraints are not looked at, least of all against the name of a CA */
		"good/chain/constrained-issuing good/chain/constrained",
	};
	for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
		struct error err = {0};
		if (verify(chains[i], IN_SUMMER, &err))
			fail_msg("%s: %s (%s)", chains[i], err.message, err.detail);
	}
}

static void broken_chains_do_not_verify(void **state)
{
	(void)state;
	static const struct {
		const char *chain, *says;
	} cases[] = {
		{"good/chain/leaf good/chain/root",
		 "certificate 0 does not name the next one as its issuer"},
		{"good/chain/root good/chain/issuing good/chain/leaf",
		 "certificate 0 does not name the next one as its issuer"},
		{"good/chain/leaf hostile/chain/other-issuing good/chain/root",
		 "certificate 0 does not name the next one as its issuer"},
		{"hostile/chain/leaf-of-not-ca hostile/chain/not-ca good/chain/root",
		 "certificate 1 issues and is no CA (basicConstraints)"},
		{"hostile/chain/leaf-of-not-ca hostile/chain/not-ca",
		 "certificate 1 issues and is no CA (basicConstraints)"},
		{"hostile/chain/leaf-of-no-cert-sign hostile/chain/no-cert-sign good/chain/root",
		 "certificate 1 issues without keyCertSign (keyUsage)"},
		{"hostile/chain/leaf-of-too-deep hostile/chain/too-deep good/chain/issuing "
		 "good/chain/root", "certificate 2 does not allow so many CAs below it (path length)"},
		{"hostile/chain/constrained-forged good/chain/constrained",
		 "certificate 0 is not signed by the next one"},
		{"hostile/chain/leaf-forged good/chain/issuing good/chain/root",
		 "certificate 0 is not signed by the next one"},
		{"hostile/chain/leaf-sha1 good/chain/issuing good/chain/root",
		 "certificate 0 is signed with an algorithm that is not safe"},
		{"good/chain/leaf good/chain/issuing hostile/chain/root-forged",
		 "the chain does not verify"},
		{"hostile/chain/root-forged", "the chain does not verify"},
		{"hostile/chain/truncated", "GnuTLS does not read the certificate"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = {0};
		int code = verify(cases[i].chain, IN_SUMMER, &err);
		if (code != SIGNET_E_INVALID || strcmp(err.message, cases[i].says) != 0)
			fail_msg("%s: %s: %s (%s)", cases[i].chain, error_name(code), err.message,
			         err.detail);
	}
}

static void validity_is_of_the_time_that_is_asked_for(void **state)
{
	(void)state;
	static const char chain[] = "good/chain/leaf good/chain/issuing good/chain/root";
	struct error err = {0};
	assert_int_equal(verify(chain, "2026-06-01T00:00:00Z", NULL), 0);
	assert_int_equal(verify(chain, "2026-09-01T00:00:00Z", NULL), 0);
	assert_int_equal(verify(chain, "2026-05-31T23:59:59Z", &err), SIGNET_E_INVALID);
	assert_string_equal(err.message, "certificate 0 is not valid yet");
	assert_int_equal(verify(chain, "2026-09-01T00:00:01Z", &err), SIGNET_E_INVALID);
	assert_string_equal(err.message, "certificate 0 has expired");
	assert_int_equal(verify("good/chain/forever good/chain/issuing good/chain/root",
	                        "2036-01-01T00:00:01Z", &err), SIGNET_E_INVALID);
	assert_string_equal(err.message, "certificate 1 has expired");
	assert_int_equal(verify("good/chain/root", "2046-01-01T00:00:01Z", &err), SIGNET_E_INVALID);
	assert_string_equal(err.message, "certificate 0 has expired");
	/* far from the machine's own clock */
	assert_int_equal(verify("good/chain/issuing good/chain/root", "2035-12-31T23:59:59Z", NULL),
	                 0);
}

static void the_length_of_a_chain_is_bounded(void **state)
{
	(void)state;
	struct bytes chain[LIMIT_CHAIN + 1];
	for (size_t i = 0; i <= LIMIT_CHAIN; i++)
		chain[i] = certificate("good/chain/root");
	assert_int_equal(x509_verify_chain(chain, LIMIT_CHAIN + 1, seconds(IN_SUMMER), NULL),
	                 SIGNET_E_INVALID);
	assert_int_equal(x509_verify_chain(chain, 0, seconds(IN_SUMMER), NULL), SIGNET_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_readers_agree),
		cmocka_unit_test(the_first_field_that_differs_is_named),
		cmocka_unit_test(what_gnutls_does_not_read_disagrees),
		cmocka_unit_test(good_chains_verify),
		cmocka_unit_test(broken_chains_do_not_verify),
		cmocka_unit_test(validity_is_of_the_time_that_is_asked_for),
		cmocka_unit_test(the_length_of_a_chain_is_bounded),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
