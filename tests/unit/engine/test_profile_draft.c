#include "profile_world.h"

static void wishes_narrow_the_validity_only(void **state)
{
	struct world *w = *state;
	struct bytes csr = CSR(w, "", "dns:a.example.com");
	world_use(w, "{validity: 10d, backdate: 1m}");
	assert_int_equal(world_draft_wish(w, csr, NOW + DAY, NOW + 2 * DAY), SIGNET_PASS);
	assert_int_equal(signet_draft_not_before(w->draft), NOW + DAY);
	assert_int_equal(signet_draft_not_after(w->draft), NOW + 2 * DAY);
	assert_int_equal(world_draft_wish(w, csr, NOW - DAY, NOW + 100 * DAY), SIGNET_PASS);
	assert_int_equal(signet_draft_not_before(w->draft), NOW - 60);
	assert_int_equal(signet_draft_not_after(w->draft), NOW - 60 + 10 * DAY - 1);
	assert_int_equal(world_draft_wish(w, csr, NOW + 11 * DAY, 0), SIGNET_DENY);
	assert_int_equal(w->verdict.reason, SIGNET_REASON_VALIDITY);
	assert_int_equal(world_draft_wish(w, csr, 0, NOW - 1), SIGNET_DENY);
	assert_int_equal(world_draft_wish(w, csr, NOW + 2 * DAY, NOW + DAY), SIGNET_DENY);
}

static void wishes_widen_it_up_to_the_most(void **state)
{
	struct world *w = *state;
	struct bytes csr = CSR(w, "", "dns:a.example.com");
	world_use(w, "{validity: {default: 10d, max: 30d, min: 1d}, backdate: 1m}");
	world_passes(w, csr);
	assert_int_equal(signet_draft_not_after(w->draft), NOW - 60 + 10 * DAY - 1);
	assert_int_equal(world_draft_wish(w, csr, 0, NOW + 20 * DAY), SIGNET_PASS);
	assert_int_equal(signet_draft_not_after(w->draft), NOW + 20 * DAY);
	assert_int_equal(world_draft_wish(w, csr, 0, NOW + 100 * DAY), SIGNET_PASS);
	assert_int_equal(signet_draft_not_after(w->draft), NOW - 60 + 30 * DAY - 1);
	assert_int_equal(world_draft_wish(w, csr, 0, INT64_MAX), SIGNET_PASS);
	assert_int_equal(signet_draft_not_after(w->draft), NOW - 60 + 30 * DAY - 1);
	assert_int_equal(world_draft_wish(w, csr, INT64_MAX, INT64_MAX), SIGNET_DENY);
	/* a later beginning does not move the end */
	assert_int_equal(world_draft_wish(w, csr, NOW + 25 * DAY, NOW + 100 * DAY), SIGNET_PASS);
	assert_int_equal(signet_draft_not_after(w->draft), NOW - 60 + 30 * DAY - 1);
}

static void less_than_the_least_is_denied(void **state)
{
	struct world *w = *state;
	struct bytes csr = CSR(w, "", "dns:a.example.com");
	world_use(w, "{validity: {default: 10d, min: 2d}, backdate: 1m}");
	assert_int_equal(world_draft_wish(w, csr, 0, NOW - 60 + 2 * DAY - 1), SIGNET_PASS);
	assert_int_equal(world_draft_wish(w, csr, 0, NOW - 60 + 2 * DAY - 2), SIGNET_DENY);
	assert_int_equal(w->verdict.reason, SIGNET_REASON_VALIDITY);
	assert_string_equal(w->verdict.message,
	                    "the validity would be shorter than the profile 'p' wants");
	w->authority.bounds.not_after = NOW + DAY;
	world_denies(w, csr, SIGNET_REASON_VALIDITY, "shorter than the profile");
}

static void wishes_may_be_left_aside(void **state)
{
	struct world *w = *state;
	world_use(w, "{validity: {default: 10d, max: 30d, from-request: false}, backdate: 1m}");
	assert_int_equal(world_draft_wish(w, CSR(w, "", "dns:a.example.com"), NOW + DAY, NOW + 2 * DAY),
	                 SIGNET_PASS);
	assert_int_equal(signet_draft_not_before(w->draft), NOW - 60);
	assert_int_equal(signet_draft_not_after(w->draft), NOW - 60 + 10 * DAY - 1);
}

static void the_issuer_is_not_outlived(void **state)
{
	struct world *w = *state;
	world_use(w, "{validity: 90d}");
	w->authority.bounds.not_after = NOW + 30 * DAY;
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_int_equal(signet_draft_not_after(w->draft), NOW + 30 * DAY);
	w->authority.certificate.not_before = NOW - 10;
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_int_equal(signet_draft_not_before(w->draft), NOW - 10);
}

static void a_deny_leaves_its_reason_and_a_draft(void **state)
{
	struct world *w = *state;
	world_use(w, "{names: [ip]}");
	world_denies(w, CSR(w, "", "dns:a.example.com"), SIGNET_REASON_NAME, "takes no names");
	assert_non_null(w->draft);
}

/* What a simple profile drafts has not grown with what profiles can say. */
static void a_simple_profile_sets_what_it_says(void **state)
{
	struct world *w = *state;
	world_use(w, "{validity: 90d, subject: {common-name: first-dns}, names: [dns], key-usage: "
	             "[digital-signature], extended-key-usage: [server-auth]}");
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	size_t count;
	const struct signet_draft_extension *list = signet_draft_extensions(w->draft, &count);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(list[i].origin, SIGNET_ORIGIN_PROFILE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(wishes_narrow_the_validity_only),
		WORLD_TEST(wishes_widen_it_up_to_the_most),
		WORLD_TEST(less_than_the_least_is_denied),
		WORLD_TEST(wishes_may_be_left_aside),
		WORLD_TEST(the_issuer_is_not_outlived),
		WORLD_TEST(a_deny_leaves_its_reason_and_a_draft),
		WORLD_TEST(a_simple_profile_sets_what_it_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
