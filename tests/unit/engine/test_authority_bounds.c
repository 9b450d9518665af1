#include "fixture.h"

#include "tests/unit/openssl.h"

#include "api/draft.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/clock.h"
#include "base/file.h"
#include "engine/issue.h"

#define DAY 86400
#define NAMES_MAX 4

struct world {
	struct fixture f;
	struct authority authority;
	struct signet_draft *draft;
	struct issued issued;
	struct error err;
};

static int setup(void **state)
{
	static struct world w;
	w = (struct world){0};
	fixture_make(&w.f, "");
	assert_int_equal(settings_load(&w.f.settings, w.f.config, NULL), 0);
	fixture_write_key(&w.f, "root.key", w.f.root_key, NULL);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	authority_clear(&w->authority);
	fixture_end(&w->f);
	return 0;
}

static const char *path(const struct world *w, const char *name)
{
	char full[FIXTURE_PATH];
	fixture_path(&w->f, name, full);
	return arena_strdup(arena, full);
}

static void openssl(const char *const *argv, struct buffer *out)
{
	if (openssl_run(argv, BYTES_NONE, out) != 0)
		fail_msg("%s %s failed", argv[0], argv[1]);
}

static void write_openssl_config(struct world *w, const char *more)
{
	fixture_write(&w->f, "openssl.cnf", arena_printf(arena,
		"[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=unused\n[ca]\n"
		"keyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
		"authorityKeyIdentifier=keyid\nbasicConstraints=critical,CA:true%s\n", more));
}

/* root.pem and a chain of two, issuing.pem; each certificate with the rest of its basicConstraints and
 * more lines of openssl's configuration. */
static void make_chain(struct world *w, const char *root, int root_days, const char *issuing,
                       int issuing_days)
{
	struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	const char *config = path(w, "openssl.cnf"), *request = path(w, "issuing.csr");
	write_openssl_config(w, root);
	openssl((const char *[]){"openssl", "req", "-x509", "-new", "-config", config, "-extensions",
	                         "ca", "-key", path(w, "root.key"), "-subj", "/CN=Test Root",
	                         "-days", arena_printf(arena, "%d", root_days), "-out",
	                         path(w, "root.pem"), NULL}, &pem);
	write_openssl_config(w, issuing);
	openssl((const char *[]){"openssl", "req", "-new", "-config", config, "-key",
	                         path(w, "issuing.key"), "-subj", "/C=DE/O=Example/CN=Test Issuing",
	                         "-out", request, NULL}, &pem);
	openssl((const char *[]){"openssl", "x509", "-req", "-in", request, "-CA", path(w, "root.pem"),
	                         "-CAkey", path(w, "root.key"), "-CAcreateserial", "-days",
	                         arena_printf(arena, "%d", issuing_days), "-extfile", config,
	                         "-extensions", "ca", NULL}, &pem);
	assert_int_equal(file_read(&pem, path(w, "root.pem"), NULL), 0);
	fixture_write(&w->f, "issuing.pem", buffer_text(&pem));
	buffer_free(&pem);
}

static int load(struct world *w)
{
	authority_clear(&w->authority);
	w->err = (struct error){0};
	return authority_load(&w->authority, w->f.arena, w->f.settings,
	                      conf_item(w->f.settings->authorities, 0), clock_now(), &w->err);
}

static void load_chain(struct world *w, const char *root, const char *issuing)
{
	make_chain(w, root, 100, issuing, 100);
	if (load(w))
		fail_msg("%s (%s)", w->err.message, w->err.detail);
}

static void load_fails(struct world *w, const char *part)
{
	assert_int_equal(load(w), SIGNET_E_CONFIG);
	if (!strstr(w->err.message, part))
		fail_msg("'%s' does not say '%s'", w->err.message, part);
}

static void set_basic_constraints(struct world *w, bool ca, int path_length)
{
	struct buffer value = BUFFER_MAX(256), usage = BUFFER_MAX(256);
	basic_constraints_encode(&value, ca, path_length);
	key_usage_encode(&usage, ca ? KU_KEY_CERT_SIGN | KU_CRL_SIGN : KU_DIGITAL_SIGNATURE);
	const struct extension list[] = {{OID_BASIC_CONSTRAINTS, true, buffer_bytes(&value)},
	                                 {OID_KEY_USAGE, true, buffer_bytes(&usage)}};
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(signet_draft_set_extension(w->draft, &list[i]), 0);
	buffer_free(&value);
	buffer_free(&usage);
}

static void draft(struct world *w, const char *subject, const char *const *texts)
{
	struct general_name names[NAMES_MAX];
	size_t count = 0;
	struct bytes name = BYTES_NONE;
	w->draft = signet_draft_new(w->f.arena);
	for (; count < NAMES_MAX && texts[count]; count++)
		assert_int_equal(general_name_from_text(w->f.arena, texts[count], &names[count],
		                                        NULL), 0);
	assert_int_equal(name_from_text(w->f.arena, subject, &name, NULL), 0);
	assert_int_equal(signet_draft_set_subject(w->draft, name), 0);
	assert_int_equal(signet_draft_set_alt_names(w->draft, names, count), 0);
	assert_int_equal(signet_draft_set_validity(w->draft, clock_now() - 60, clock_now() + DAY), 0);
	set_basic_constraints(w, false, PATH_LENGTH_NONE);
}

static int issue_under(struct world *w, const struct authority *authority)
{
	const struct profile profile = {.authority = authority};
	w->err = (struct error){0};
	return issue_certificate(&w->issued, w->f.arena, &profile, key_public(w->f.key), w->draft,
	                         clock_now(), &w->err);
}

static int issue(struct world *w)
{
	return issue_under(w, &w->authority);
}

/* The same without any bounds: what a verifier must refuse. */
static void issue_unbound(struct world *w)
{
	struct authority unbound = w->authority;
	unbound.bounds = (struct authority_bounds){.not_after = INT64_MAX,
	                                           .path_length = PATH_LENGTH_NONE};
	if (issue_under(w, &unbound))
		fail_msg("%s", w->err.message);
}

static bool verifies(struct world *w, const char *file)
{
	struct buffer text = BUFFER_MAX(65536);
	int status = openssl_run((const char *[]){
		"openssl", "verify", "-x509_strict", "-CAfile", path(w, "root.pem"), "-untrusted",
		path(w, "untrusted.pem"), path(w, file), NULL}, BYTES_NONE, &text);
	buffer_free(&text);
	assert_in_range(status, 0, 2);
	return status == 0;
}

static bool issued_verifies(struct world *w)
{
	fixture_write_pem(&w->f, "issued.pem", &w->issued.certificate, 1);
	fixture_write_pem(&w->f, "untrusted.pem", w->authority.chain, 1);
	return verifies(w, "issued.pem");
}

/* Issues a certificate below what was just issued, as its holder would, and verifies it. */
static bool certificate_below_verifies(struct world *w)
{
	struct fixture_authority leaf = {
		.subject = "CN=leaf", .issuer = "CN=Sub", .key = w->f.root_key, .issuer_key = w->f.key,
		.key_usage = KU_DIGITAL_SIGNATURE, .path_length = PATH_LENGTH_NONE,
		.not_before = clock_now() - 60, .not_after = clock_now() + DAY};
	struct bytes der = fixture_certificate(w->f.arena, &leaf);
	struct bytes untrusted[] = {w->issued.certificate, w->authority.chain[0]};
	fixture_write_pem(&w->f, "leaf.pem", &der, 1);
	fixture_write_pem(&w->f, "untrusted.pem", untrusted, 2);
	return verifies(w, "leaf.pem");
}

#define NAMES(...) ((const char *const[NAMES_MAX]){__VA_ARGS__})
#define NONE NAMES(NULL)

static const char constraints[] =
	"\nnameConstraints=critical,permitted;DNS:example.com,permitted;email:example.com,"
	"permitted;email:.example.org,permitted;IP:10.0.0.0/255.0.0.0,permitted;IP:2001:db8::/ffff:ffff::,"
	"permitted;URI:.example.com,permitted;dirName:base,excluded;DNS:vip.example.com,"
	"excluded;IP:10.9.0.0/255.255.0.0\n[base]\nC=DE\nO=Example\n";

static void what_is_permitted_is_issued_and_verifies(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *subject, *names[NAMES_MAX];
	} samples[] = {
		{"CN=a,O=Example,C=DE", {"dns:a.example.com", "dns:*.www.example.com"}},
		{"", {"dns:EXAMPLE.com"}},
		{"CN=www.example.com,O=EXAMPLE,C=DE", {"ip:10.1.2.3", "ip:2001:db8::1"}},
		{"", {"email:joe@example.com", "email:joe@a.example.org"}},
		{"emailAddress=joe@example.com,O=Example,C=DE", {NULL}},
		{"", {"uri:http://a.example.com/x", "directory:CN=x,O=Example,C=DE"}},
		{"", {"registered-id:1.2.3", "other:1.2.3.4:0500"}},
	};
	load_chain(w, "", constraints);
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		draft(w, samples[i].subject, samples[i].names);
		if (issue(w))
			fail_msg("%s %s: %s", samples[i].subject, samples[i].names[0], w->err.message);
		if (!issued_verifies(w))
			fail_msg("%s %s does not verify", samples[i].subject, samples[i].names[0]);
	}
}

static void what_is_not_is_refused_as_verifiers_do(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *subject, *names[NAMES_MAX];
	} samples[] = {
		{"", {"dns:evil.org"}}, {"", {"dns:badexample.com"}}, {"", {"dns:*.com"}},
		{"", {"dns:a.example.com", "dns:b.evil.org"}},
		{"", {"dns:vip.example.com"}}, {"", {"dns:a.vip.example.com"}},
		{"", {"ip:11.0.0.1"}}, {"", {"ip:10.9.1.1"}}, {"", {"ip:2001:db9::1"}},
		{"", {"ip:::ffff:10.1.2.3"}},
		{"", {"email:joe@a.example.com"}}, {"", {"email:joe@example.org"}},
		{"", {"uri:http://example.com/"}}, {"", {"uri:http://evil.org/"}},
		{"", {"uri:http://10.1.2.3/"}}, {"", {"directory:CN=x,O=Other,C=DE"}},
		{"CN=a,O=Other,C=DE", {"dns:a.example.com"}}, {"CN=a,C=DE", {"dns:a.example.com"}},
		{"CN=www.evil.org,O=Example,C=DE", {NULL}},
		{"emailAddress=joe@evil.org,O=Example,C=DE", {NULL}},
	};
	load_chain(w, "", constraints);
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		draft(w, samples[i].subject, samples[i].names);
		if (issue(w) != SIGNET_E_INVALID)
			fail_msg("%s %s is issued", samples[i].subject, samples[i].names[0]);
		assert_int_equal(w->err.code, SIGNET_E_INVALID);
		assert_non_null(strstr(w->err.message, "name constraints"));
		issue_unbound(w);
		if (issued_verifies(w))
			fail_msg("%s %s verifies", samples[i].subject, samples[i].names[0]);
	}
}

/* What some verifiers take, and others do not. */
static void doubtful_names_are_refused(void **state)
{
	struct world *w = *state;
	static const char *const samples[][NAMES_MAX] = {
		{"dns:*.example.com"}, /* vip is one of them */
		{"other:1.3.6.1.5.5.7.8.9:0c0361406a"},
	};
	load_chain(w, "", constraints);
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		draft(w, "", samples[i]);
		assert_int_equal(issue(w), SIGNET_E_INVALID);
	}
	draft(w, "CN=www.evil.org,O=Example,C=DE", NAMES("dns:a.example.com"));
	assert_int_equal(issue(w), SIGNET_E_INVALID);
}

static void every_certificate_of_the_chain_constrains(void **state)
{
	struct world *w = *state;
	load_chain(w, "\nnameConstraints=critical,permitted;DNS:example.com,permitted;DNS:example.org",
	           "\nnameConstraints=permitted;DNS:a.example.com,permitted;DNS:example.net");
	assert_int_equal(w->authority.bounds.constraint_count, 2);
	draft(w, "", NAMES("dns:www.a.example.com"));
	assert_int_equal(issue(w), 0);
	assert_true(issued_verifies(w));
	static const char *const bad[] = {"dns:www.example.org", "dns:b.example.com",
	                                  "dns:www.example.net"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		draft(w, "", NAMES(bad[i]));
		assert_int_equal(issue(w), SIGNET_E_INVALID);
		issue_unbound(w);
		assert_false(issued_verifies(w));
	}
}

static void constraints_that_cannot_be_applied_fail_closed(void **state)
{
	struct world *w = *state;
	load_chain(w, "", "\nnameConstraints=critical,excluded;RID:1.2.3");
	draft(w, "", NAMES("dns:a.example.com"));
	assert_int_equal(issue(w), 0);
	assert_true(issued_verifies(w));
	draft(w, "", NAMES("registered-id:1.2.3.4"));
	assert_int_equal(issue(w), SIGNET_E_INVALID);
	issue_unbound(w);
	assert_false(issued_verifies(w));
	/* minimum 1: nobody knows what that means */
	make_chain(w, "", 100, "\n2.5.29.30=critical,DER:300aa00830068201618001" "01", 100);
	load_fails(w, "issuing.pem: certificate 0 has name constraints that cannot be read");
}

static void an_authority_outside_of_its_issuers_constraints_is_refused(void **state)
{
	struct world *w = *state;
	make_chain(w, "\nnameConstraints=critical,permitted;dirName:base\n[base]\nO=Other", 100, "",
	           100);
	load_fails(w, "issuing.pem: ");
}

static void the_first_end_of_the_chain_is_the_last(void **state)
{
	struct world *w = *state;
	make_chain(w, "", 10, "", 100);
	assert_int_equal(load(w), 0);
	assert_in_range(w->authority.bounds.not_after, clock_now() + 9 * DAY, clock_now() + 10 * DAY);
	draft(w, "", NAMES("dns:a.example.com"));
	assert_int_equal(signet_draft_set_validity(w->draft, clock_now() - 60,
	                                           clock_now() + 50 * DAY), 0);
	assert_int_equal(issue(w), 0);
	assert_int_equal(w->issued.not_after, w->authority.bounds.not_after);
	assert_true(issued_verifies(w));
	make_chain(w, "", 100, "", 10);
	assert_int_equal(load(w), 0);
	assert_int_equal(w->authority.bounds.not_after, w->authority.certificate.not_after);
}

static void path_lengths_of_the_whole_chain_count(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *root, *issuing;
		int left; /* of CAs below the authority */
	} samples[] = {
		{"", "", PATH_LENGTH_NONE}, {"", ",pathlen:0", 0}, {"", ",pathlen:2", 2},
		{",pathlen:1", "", 0}, {",pathlen:3", "", 2}, {",pathlen:3", ",pathlen:1", 1},
		{",pathlen:2", ",pathlen:5", 1},
	};
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		int left = samples[i].left;
		load_chain(w, samples[i].root, samples[i].issuing);
		assert_int_equal(w->authority.bounds.path_length, left);
		for (int length = PATH_LENGTH_NONE; length < 4; length++) {
			bool fits = left == PATH_LENGTH_NONE ||
			            (length != PATH_LENGTH_NONE && length < left);
			draft(w, "CN=Sub", NONE);
			set_basic_constraints(w, true, length);
			assert_int_equal(issue(w), fits ? 0 : SIGNET_E_INVALID);
			if (!fits)
				assert_non_null(strstr(w->err.message, "authority 'issuing'"));
		}
		draft(w, "CN=a", NONE);
		assert_int_equal(issue(w), 0);
	}
}

static void a_ca_below_works_only_where_it_is_issued(void **state)
{
	struct world *w = *state;
	load_chain(w, ",pathlen:2", "");
	draft(w, "CN=Sub", NONE);
	set_basic_constraints(w, true, 0);
	assert_int_equal(issue(w), 0);
	assert_true(issued_verifies(w));
	assert_true(certificate_below_verifies(w));
	load_chain(w, ",pathlen:1", "");
	assert_int_equal(issue(w), SIGNET_E_INVALID);
	issue_unbound(w);
	assert_false(certificate_below_verifies(w));
}

static void self_issued_certificates_take_no_path_length(void **state)
{
	struct world *w = *state;
	int64_t now = clock_now();
	struct fixture_authority root = {
		.subject = "CN=Test Root", .issuer = "CN=Test Root", .key = w->f.root_key,
		.issuer_key = w->f.root_key, .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN, .ca = true,
		.path_length = 1, .not_before = now - DAY, .not_after = now + DAY};
	/* the same name with a new key, as when a root changes its key */
	struct fixture_authority rolled = root;
	rolled.key = w->f.issuing_key;
	rolled.path_length = PATH_LENGTH_NONE;
	struct bytes chain[] = {fixture_certificate(w->f.arena, &rolled),
	                        fixture_certificate(w->f.arena, &root)};
	fixture_write_pem(&w->f, "issuing.pem", chain, 2);
	if (load(w))
		fail_msg("%s (%s)", w->err.message, w->err.detail);
	assert_int_equal(w->authority.bounds.path_length, 1);
}

static void a_chain_that_breaks_its_own_path_length_is_refused(void **state)
{
	struct world *w = *state;
	make_chain(w, ",pathlen:0", 100, "", 100);
	load_fails(w, "issuing.pem: ");
}

static void without_its_root_a_chain_has_its_own_bounds(void **state)
{
	struct world *w = *state;
	make_chain(w, ",pathlen:1", 10, ",pathlen:3", 100);
	assert_int_equal(load(w), 0);
	assert_int_equal(w->authority.bounds.path_length, 0);
	fixture_write_pem(&w->f, "issuing.pem", w->authority.chain, 1);
	assert_int_equal(load(w), 0);
	assert_int_equal(w->authority.bounds.path_length, 3);
	assert_int_equal(w->authority.bounds.not_after, w->authority.certificate.not_after);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_permitted_is_issued_and_verifies),
		TEST(what_is_not_is_refused_as_verifiers_do),
		TEST(doubtful_names_are_refused),
		TEST(every_certificate_of_the_chain_constrains),
		TEST(constraints_that_cannot_be_applied_fail_closed),
		TEST(an_authority_outside_of_its_issuers_constraints_is_refused),
		TEST(the_first_end_of_the_chain_is_the_last),
		TEST(path_lengths_of_the_whole_chain_count),
		TEST(a_ca_below_works_only_where_it_is_issued),
		TEST(self_issued_certificates_take_no_path_length),
		TEST(a_chain_that_breaks_its_own_path_length_is_refused),
		TEST(without_its_root_a_chain_has_its_own_bounds),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
