#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "asn1/oid.h"
#include "base/clock.h"
#include "base/limits.h"
#include "crypto/x509.h"
#include "signetctl/authority.h"

#define NOW 1790000000
#define DAY 86400
#define OLD_CRL "http://old.example/root.crl"
#define NEW_CRL "http://crl.example/pki/crl/root.crl"
#define NEW_CER "http://crl.example/pki/ca/root.cer"
#define NEW_OCSP "http://new.example/ocsp"

/* An issuer and an authority below it, whose key identifier is not made as ours are, and which has an extension
 * that nobody knows. */
struct fixture {
	struct arena *arena;
	struct key *root_key, *key, *next;
	struct certificate root, like;
};

static const uint8_t own_id[] = {1, 2, 3, 4, 5, 6, 7, 8};
static const uint8_t unknown_oid[] = {0x2a, 0x03, 0x04};
static const uint8_t unknown_value[] = {0x05, 0x00};

static struct bytes keep(struct fixture *f, const struct buffer *buffer)
{
	struct bytes copy = BYTES_NONE;
	assert_int_equal(arena_bytes(f->arena, buffer_bytes(buffer), &copy), 0);
	return copy;
}

static void make_root(struct fixture *f)
{
	struct error err;
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CERTIFICATE);
	struct authority_plan plan = {BYTES_NONE, NOW, NOW + 100 * DAY, PATH_LENGTH_NONE};
	assert_int_equal(name_from_text(f->arena, "CN=Root", &plan.subject, &err), 0);
	assert_int_equal(authority_certificate(&der, &plan, f->root_key, NULL, NULL, &err), 0);
	assert_int_equal(certificate_parse(&f->root, f->arena, keep(f, &der), &err), 0);
}

static void make_like(struct fixture *f)
{
	static const char *const urls[] = {OLD_CRL};
	struct buffer values[5];
	for (size_t i = 0; i < 5; i++)
		values[i] = BUFFER_MAX(LIMIT_CERTIFICATE);
	struct bytes id = BYTES_NONE, subject;
	uint8_t root_id[20], serial[SERIAL_SIZE];
	struct error err;
	pubkey_id(key_public(f->root_key), root_id);
	id = BYTES_OF(root_id);
	basic_constraints_encode(&values[0], true, 3);
	key_usage_encode(&values[1], KU_KEY_CERT_SIGN | KU_CRL_SIGN | KU_DIGITAL_SIGNATURE);
	subject_key_id_encode(&values[2], BYTES_OF(own_id));
	authority_key_id_encode(&values[3], id);
	crl_distribution_encode(&values[4], urls, 1);
	const struct extension extensions[] = {
		{OID_BASIC_CONSTRAINTS, true, buffer_bytes(&values[0])},
		{OID_KEY_USAGE, true, buffer_bytes(&values[1])},
		{OID_SUBJECT_KEY_ID, false, buffer_bytes(&values[2])},
		{OID_AUTHORITY_KEY_ID, false, buffer_bytes(&values[3])},
		{OID_CRL_DISTRIBUTION, false, buffer_bytes(&values[4])},
		{BYTES_OF(unknown_oid), false, BYTES_OF(unknown_value)},
	};
	assert_int_equal(name_from_text(f->arena, "CN=Sub,O=Example", &subject, &err), 0);
	assert_int_equal(serial_make(serial), 0);
	const struct certificate_template template = {
		.serial = BYTES_OF(serial), .issuer = f->root.subject, .subject = subject,
		.not_before = NOW, .not_after = NOW + 50 * DAY, .spki = pubkey_spki(key_public(f->key)),
		.extensions = extensions, .extension_count = 6};
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CERTIFICATE);
	assert_int_equal(certificate_build(&der, &template, f->root_key, &err), 0);
	assert_int_equal(certificate_parse(&f->like, f->arena, keep(f, &der), &err), 0);
	for (size_t i = 0; i < 5; i++)
		buffer_free(&values[i]);
}

static int setup(void **state)
{
	static struct fixture f;
	struct error err;
	memset(&f, 0, sizeof f);
	clock_freeze(NOW);
	f.arena = arena_new(1 << 20);
	if (!f.arena || key_generate(&f.root_key, KEY_P256, 0, &err) ||
	    key_generate(&f.key, KEY_P256, 0, &err) || key_generate(&f.next, KEY_P384, 0, &err))
		return -1;
	make_root(&f);
	make_like(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	certificate_clear(&f->root);
	certificate_clear(&f->like);
	key_free(f->root_key);
	key_free(f->key);
	key_free(f->next);
	arena_free(f->arena);
	clock_freeze(0);
	return 0;
}

static struct authority_terms terms_of(const struct fixture *f, const struct key *key)
{
	return (struct authority_terms){.like = &f->like, .key = key_public(key), .not_before = NOW,
	                                .not_after = NOW + 80 * DAY, .issuer = &f->root,
	                                .issuer_key = f->root_key};
}

static struct certificate reissue(struct fixture *f, const struct authority_terms *terms)
{
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CERTIFICATE);
	struct certificate made;
	struct error err;
	if (authority_reissue(&der, f->arena, terms, &err) ||
	    certificate_parse(&made, f->arena, keep(f, &der), &err))
		fail_msg("%s", err.message);
	return made;
}

static bool has_id(const struct certificate *c, struct bytes wanted)
{
	const struct extension *e = certificate_extension(c, OID_SUBJECT_KEY_ID);
	struct bytes id;
	assert_non_null(e);
	assert_int_equal(subject_key_id_decode(e->value, &id), 0);
	return bytes_equal(id, wanted);
}

static void another_certificate_says_what_the_first_said(void **state)
{
	struct fixture *f = *state;
	struct authority_terms terms = terms_of(f, f->key);
	struct certificate made = reissue(f, &terms);
	struct bytes chain[] = {made.der, f->root.der};
	struct error err;
	int path_length;
	assert_int_equal(x509_verify_chain(chain, 2, NOW, &err), 0);
	assert_true(certificate_is_ca(&made, &path_length));
	assert_int_equal(path_length, 3);
	assert_int_equal(certificate_key_usage(&made), KU_KEY_CERT_SIGN | KU_CRL_SIGN | KU_DIGITAL_SIGNATURE);
	assert_true(bytes_equal(made.subject, f->like.subject));
	assert_false(bytes_equal(made.serial, f->like.serial));
	assert_int_equal(made.not_after, NOW + 80 * DAY);
	assert_non_null(certificate_extension(&made, BYTES_OF(unknown_oid)));
	assert_null(certificate_extension(&made, OID_CRL_DISTRIBUTION));
	assert_true(has_id(&made, BYTES_OF(own_id)));
	certificate_clear(&made);
}

static void a_new_key_has_an_identifier_of_its_own(void **state)
{
	struct fixture *f = *state;
	struct authority_terms terms = terms_of(f, f->next);
	struct certificate made = reissue(f, &terms);
	uint8_t id[20];
	pubkey_id(key_public(f->next), id);
	assert_true(has_id(&made, BYTES_OF(id)));
	assert_true(pubkey_equal(made.key, key_public(f->next)));
	certificate_clear(&made);
}

static void the_identifier_of_the_issuer_is_what_its_certificate_says(void **state)
{
	struct fixture *f = *state;
	struct authority_terms terms = terms_of(f, f->next);
	struct bytes id;
	terms.issuer = &f->like;
	terms.issuer_key = f->key;
	struct certificate made = reissue(f, &terms);
	const struct extension *e = certificate_extension(&made, OID_AUTHORITY_KEY_ID);
	assert_non_null(e);
	assert_int_equal(authority_key_id_decode(e->value, &id), 0);
	assert_true(bytes_equal(id, BYTES_OF(own_id)));
	certificate_clear(&made);
}

static void urls_are_the_issuers(void **state)
{
	struct fixture *f = *state;
	struct authority_terms terms = terms_of(f, f->key);
	struct bytes *uris;
	struct access_description *items;
	size_t count;
	terms.urls.crl = NEW_CRL;
	terms.urls.certificate = NEW_CER;
	terms.urls.ocsp = NEW_OCSP;
	struct certificate made = reissue(f, &terms);
	const struct extension *crl = certificate_extension(&made, OID_CRL_DISTRIBUTION);
	const struct extension *access = certificate_extension(&made, OID_AUTHORITY_INFO);
	assert_true(crl && access);
	assert_int_equal(crl_distribution_decode(f->arena, crl->value, &uris, &count), 0);
	assert_int_equal(count, 1);
	assert_true(bytes_is_text(uris[0], NEW_CRL));
	assert_int_equal(authority_info_decode(f->arena, access->value, &items, &count), 0);
	assert_int_equal(count, 2);
	assert_true(bytes_is_text(items[0].uri, NEW_OCSP));
	assert_true(bytes_equal(items[0].method, OID_AD_OCSP));
	assert_true(bytes_is_text(items[1].uri, NEW_CER));
	assert_true(bytes_equal(items[1].method, OID_AD_CA_ISSUERS));
	certificate_clear(&made);
}

static void urls_stay_where_the_issuer_does(void **state)
{
	struct fixture *f = *state;
	struct authority_terms terms = terms_of(f, f->key);
	terms.keep_urls = true;
	struct certificate made = reissue(f, &terms);
	const struct extension *before = certificate_extension(&f->like, OID_CRL_DISTRIBUTION);
	const struct extension *after = certificate_extension(&made, OID_CRL_DISTRIBUTION);
	assert_true(before && after);
	assert_true(bytes_equal(before->value, after->value));
	certificate_clear(&made);
}

static void of_a_foreign_certificate_only_what_is_known_is_taken(void **state)
{
	struct fixture *f = *state;
	struct authority_terms terms = terms_of(f, f->key);
	int path_length;
	terms.foreign = true;
	struct certificate made = reissue(f, &terms);
	assert_null(certificate_extension(&made, BYTES_OF(unknown_oid)));
	assert_null(certificate_extension(&made, OID_CRL_DISTRIBUTION));
	assert_true(certificate_is_ca(&made, &path_length));
	assert_int_equal(path_length, 3);
	certificate_clear(&made);
}

static void a_root_signs_itself(void **state)
{
	struct fixture *f = *state;
	struct authority_terms terms = terms_of(f, f->next);
	struct error err;
	terms.like = &f->root;
	terms.issuer = NULL;
	terms.issuer_key = f->next;
	struct certificate made = reissue(f, &terms);
	assert_true(bytes_equal(made.subject, f->root.subject));
	assert_true(bytes_equal(made.issuer, f->root.subject));
	assert_int_equal(certificate_verify(&made, key_public(f->next), &err), 0);
	certificate_clear(&made);
}

static void times_that_are_out_of_order_are_refused(void **state)
{
	struct fixture *f = *state;
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CERTIFICATE);
	struct authority_terms terms = terms_of(f, f->key);
	struct error err;
	terms.not_after = terms.not_before - 1;
	assert_int_equal(authority_reissue(&der, f->arena, &terms, &err), SIGNET_E_INVALID);
	assert_int_equal(der.length, 0);
}

static void a_request_asks_for_the_same_without_what_is_the_issuers(void **state)
{
	struct fixture *f = *state;
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CSR);
	struct csr csr;
	struct error err;
	assert_int_equal(authority_rerequest(&der, f->arena, &f->like, f->next, &err), 0);
	assert_int_equal(csr_parse(&csr, f->arena, buffer_bytes(&der), &err), 0);
	assert_int_equal(csr_verify_possession(&csr, &err), 0);
	assert_true(pubkey_equal(csr.key, key_public(f->next)));
	assert_true(bytes_equal(csr.subject, f->like.subject));
	assert_int_equal(csr.extension_count, 3);
	assert_true(bytes_equal(csr.extensions[0].oid, OID_BASIC_CONSTRAINTS));
	assert_true(bytes_equal(csr.extensions[1].oid, OID_KEY_USAGE));
	assert_true(bytes_equal(csr.extensions[2].oid, BYTES_OF(unknown_oid)));
	csr_clear(&csr);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(another_certificate_says_what_the_first_said),
		TEST(a_new_key_has_an_identifier_of_its_own),
		TEST(the_identifier_of_the_issuer_is_what_its_certificate_says),
		TEST(urls_are_the_issuers),
		TEST(urls_stay_where_the_issuer_does),
		TEST(of_a_foreign_certificate_only_what_is_known_is_taken),
		TEST(a_root_signs_itself),
		TEST(times_that_are_out_of_order_are_refused),
		TEST(a_request_asks_for_the_same_without_what_is_the_issuers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
