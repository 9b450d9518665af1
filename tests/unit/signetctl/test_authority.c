#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "asn1/name.h"
#include "base/clock.h"
#include "signetctl/authority.h"

#define NOW 1790000000
#define DAY 86400

struct fixture {
	struct arena *arena;
	struct key *root_key, *key;
	struct authority_plan root_plan, plan;
	struct buffer root_der, der;
	struct certificate root;
};

static int setup(void **state)
{
	static struct fixture f;
	struct error err;
	memset(&f, 0, sizeof f);
	clock_freeze(NOW);
	f.arena = arena_new(1 << 20);
	f.root_der = f.der = BUFFER_MAX(LIMIT_CERTIFICATE);
	f.root_plan = (struct authority_plan){BYTES_NONE, NOW, NOW + 100 * DAY, PATH_LENGTH_NONE};
	f.plan = (struct authority_plan){BYTES_NONE, NOW, NOW + 50 * DAY, 0};
	if (!f.arena || key_generate(&f.root_key, KEY_P256, 0, &err) ||
	    key_generate(&f.key, KEY_P256, 0, &err) ||
	    name_from_text(f.arena, "CN=Root,O=Example", &f.root_plan.subject, &err) ||
	    name_from_text(f.arena, "CN=Sub,O=Example", &f.plan.subject, &err) ||
	    authority_certificate(&f.root_der, &f.root_plan, f.root_key, NULL, NULL, &err) ||
	    certificate_parse(&f.root, f.arena, buffer_bytes(&f.root_der), &err))
		return -1;
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	certificate_clear(&f->root);
	key_free(f->root_key);
	key_free(f->key);
	buffer_free(&f->root_der);
	buffer_free(&f->der);
	arena_free(f->arena);
	clock_freeze(0);
	return 0;
}

static void a_pair_of_authorities_verifies(void **state)
{
	struct fixture *f = *state;
	struct error err;
	assert_int_equal(authority_certificate(&f->der, &f->plan, f->key, &f->root, f->root_key, &err), 0);
	struct bytes chain[] = {buffer_bytes(&f->der), buffer_bytes(&f->root_der)};
	assert_int_equal(authority_check_chain(f->arena, chain, 2, f->key, NOW, &err), 0);
	struct certificate sub;
	assert_int_equal(certificate_parse(&sub, f->arena, chain[0], &err), 0);
	int path_length = 7;
	assert_true(certificate_is_ca(&sub, &path_length));
	assert_int_equal(path_length, 0);
	assert_int_equal(certificate_key_usage(&sub), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	assert_true(bytes_equal(sub.issuer, f->root.subject));
	certificate_clear(&sub);
}

static void the_certificate_of_another_key_is_refused(void **state)
{
	struct fixture *f = *state;
	struct error err;
	struct bytes chain[] = {buffer_bytes(&f->root_der)};
	assert_int_equal(authority_check_chain(f->arena, chain, 1, f->key, NOW, &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "key"));
}

static void a_chain_that_has_expired_is_refused(void **state)
{
	struct fixture *f = *state;
	struct error err;
	struct bytes chain[] = {buffer_bytes(&f->root_der)};
	assert_int_equal(authority_check_chain(f->arena, chain, 1, f->root_key, NOW, &err), 0);
	assert_int_not_equal(authority_check_chain(f->arena, chain, 1, f->root_key, NOW + 101 * DAY, &err),
	                     0);
}

static void a_chain_with_a_foreign_issuer_is_refused(void **state)
{
	struct fixture *f = *state;
	struct error err;
	_cleanup_buffer_ struct buffer other = BUFFER_MAX(LIMIT_CERTIFICATE);
	assert_int_equal(authority_certificate(&f->der, &f->plan, f->key, &f->root, f->root_key, &err), 0);
	assert_int_equal(authority_certificate(&other, &f->root_plan, f->key, NULL, NULL, &err), 0);
	struct bytes chain[] = {buffer_bytes(&f->der), buffer_bytes(&other)};
	assert_int_not_equal(authority_check_chain(f->arena, chain, 2, f->key, NOW, &err), 0);
}

static void an_issuer_that_allows_no_authority_below_is_refused(void **state)
{
	struct fixture *f = *state;
	struct error err;
	_cleanup_buffer_ struct buffer root = BUFFER_MAX(LIMIT_CERTIFICATE);
	f->root_plan.path_length = 0;
	assert_int_equal(authority_certificate(&root, &f->root_plan, f->root_key, NULL, NULL, &err), 0);
	assert_int_equal(authority_certificate(&f->der, &f->plan, f->key, &f->root, f->root_key, &err), 0);
	struct bytes chain[] = {buffer_bytes(&f->der), buffer_bytes(&root)};
	assert_int_equal(authority_check_chain(f->arena, chain, 2, f->key, NOW, &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "path length"));
	/* a root may be one by itself */
	assert_int_equal(authority_check_chain(f->arena, chain + 1, 1, f->root_key, NOW, &err), 0);
}

static void a_request_for_an_outside_root_proves_possession(void **state)
{
	struct fixture *f = *state;
	struct error err;
	struct csr csr;
	assert_int_equal(authority_request(&f->der, f->plan.subject, f->key, &err), 0);
	assert_int_equal(csr_parse(&csr, f->arena, buffer_bytes(&f->der), &err), 0);
	assert_int_equal(csr_verify_possession(&csr, &err), 0);
	assert_true(pubkey_equal(csr.key, key_public(f->key)));
	csr_clear(&csr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_pair_of_authorities_verifies, setup, teardown),
		cmocka_unit_test_setup_teardown(the_certificate_of_another_key_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_chain_that_has_expired_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_chain_with_a_foreign_issuer_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(an_issuer_that_allows_no_authority_below_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_request_for_an_outside_root_proves_possession, setup,
		                                teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
