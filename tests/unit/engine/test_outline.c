#include "fixture.h"

#include "asn1/name.h"
#include "base/clock.h"
#include "engine/outcome.h"
#include "engine/outline.h"
#include "pki/certificate.h"

static int setup(void **state)
{
	static struct fixture f;
	fixture_make(&f, "");
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	fixture_end(*state);
	return 0;
}

static void it_agrees_with_the_full_parser(void **state)
{
	struct fixture *f = *state;
	struct outline outline;
	struct certificate certificate;
	assert_int_equal(outline_read(&outline, f->arena, f->issuing), 0);
	assert_int_equal(certificate_parse(&certificate, f->arena, f->issuing, NULL), 0);
	assert_true(bytes_equal(outline.serial, certificate.serial));
	assert_true(bytes_equal(outline.subject, certificate.subject));
	assert_int_equal(outline.not_before, certificate.not_before);
	assert_int_equal(outline.not_after, certificate.not_after);
	assert_int_equal(outline.extension_count, certificate.extension_count);
	assert_int_equal(outline.name_count, 0);
	certificate_clear(&certificate);
}

/* As others issue them: nothing behind the key. */
static void there_may_be_no_extensions(void **state)
{
	struct fixture *f = *state;
	struct buffer der = BUFFER_MAX(LIMIT_CERTIFICATE);
	struct outline outline;
	struct certificate_template template = {
		.serial = bytes_text("1"), .not_before = 1700000000, .not_after = 1800000000,
		.spki = pubkey_spki(key_public(f->key))};
	assert_int_equal(name_from_text(f->arena, "CN=a", &template.subject, NULL), 0);
	template.issuer = template.subject;
	assert_int_equal(certificate_build(&der, &template, f->key, NULL), 0);
	assert_int_equal(outline_read(&outline, f->arena, buffer_bytes(&der)), 0);
	assert_int_equal(outline.extension_count, 0);
	assert_int_equal(outline.not_after, template.not_after);
	buffer_free(&der);
}

static void what_is_cut_is_corrupt(void **state)
{
	struct fixture *f = *state;
	struct outline outline;
	struct bytes serial;
	/* behind the extensions come signature octets that an outline does not look at */
	for (size_t length = 0; length < f->issuing.length; length++) {
		struct bytes cut = bytes_make(f->issuing.data, length);
		assert_int_equal(outline_read(&outline, f->arena, cut), SIGNET_E_CORRUPT);
		assert_int_equal(outcome_serial(cut, &serial), SIGNET_E_INVALID);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_agrees_with_the_full_parser),
		TEST(there_may_be_no_extensions),
		TEST(what_is_cut_is_corrupt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
