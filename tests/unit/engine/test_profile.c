#include "profile_world.h"

static void defaults_are_those_of_a_server(void **state)
{
	struct world *w = *state;
	world_use(w, "{}");
	assert_string_equal(w->profile.name, "p");
	assert_int_equal(w->profile.validity, 90 * DAY);
	assert_int_equal(w->profile.validity_most, 90 * DAY);
	assert_int_equal(w->profile.validity_least, 0);
	assert_true(w->profile.wishes);
	assert_int_equal(w->profile.backdate, 60);
	world_passes(w, CSR(w, "CN=ignored,O=ignored", "dns:a.example.com"));
	assert_string_equal(world_subject(w), "CN=a.example.com");
	assert_int_equal(signet_draft_subject_origin(w->draft), SIGNET_ORIGIN_PROFILE);
	assert_int_equal(signet_draft_alt_names_origin(w->draft), SIGNET_ORIGIN_REQUEST);
	assert_int_equal(signet_draft_not_before(w->draft), NOW - 60);
	assert_int_equal(signet_draft_not_after(w->draft), NOW - 60 + 90 * DAY - 1);
	assert_string_equal(world_shown(w, OID_KEY_USAGE), "digital-signature");
	assert_string_equal(world_shown(w, OID_BASIC_CONSTRAINTS), "not a ca");
	size_t count;
	signet_draft_extensions(w->draft, &count);
	assert_int_equal(count, 2);
}

static void a_profile_without_a_value_is_one_of_defaults(void **state)
{
	struct world *w = *state;
	world_use(w, "");
	assert_int_equal(w->profile.validity, 90 * DAY);
}

static void bounds_of_the_validity_follow_from_each_other(void **state)
{
	struct world *w = *state;
	world_use(w, "{validity: {max: 100d}}");
	assert_int_equal(w->profile.validity, 100 * DAY);
	assert_int_equal(w->profile.validity_most, 100 * DAY);
	world_use(w, "{validity: {default: 10d}}");
	assert_int_equal(w->profile.validity_most, 10 * DAY);
	world_use(w, "{validity: {default: 200d}}");
	assert_int_equal(w->profile.validity_most, 200 * DAY);
	world_use(w, "{validity: {default: 10d, max: 100d, min: 1d, from-request: false}}");
	assert_int_equal(w->profile.validity, 10 * DAY);
	assert_int_equal(w->profile.validity_most, 100 * DAY);
	assert_int_equal(w->profile.validity_least, DAY);
	assert_false(w->profile.wishes);
	world_use(w, "{validity: {}}");
	assert_int_equal(w->profile.validity, 90 * DAY);
}

static void mistakes_in_the_validity_are_named(void **state)
{
	struct world *w = *state;
	world_refuses(w, "{validity: 0}", "p.validity: must be longer than 0");
	world_refuses(w, "{validity: 90}", "p.validity: '90' is not a duration");
	world_refuses(w, "{validity: [90d]}", "p.validity: must be a single value");
	world_refuses(w, "{validity: {default: 0}}", "p.validity: must be longer than 0");
	world_refuses(w, "{validity: {maximum: 1d}}", "p.validity.maximum: unknown key");
	world_refuses(w, "{validity: {default: 2d, max: 1d}}", "p.validity: 'default' is longer");
	world_refuses(w, "{validity: {default: 2d, min: 3d}}", "p.validity: 'min' is longer");
	world_refuses(w, "{validity: {from-request: maybe}}", "p.validity.from-request: 'maybe'");
	world_refuses(w, "{validity: 1m, backdate: 1m}", "p.backdate: 'backdate' must be shorter");
	world_refuses(w, "{validity: 30s}", "p.validity: 'backdate' must be shorter");
	world_refuses(w, "{backdate: 1}", "p.backdate: '1' is not a duration");
}

static void unknown_keys_are_named(void **state)
{
	struct world *w = *state;
	world_refuses(w, "{valid: 1d}", "p.valid: unknown key 'valid'");
	world_refuses(w, "{ms-sit: x}", "did you mean 'ms-sid'");
	world_refuses(w, "[a]", "p: must be a map");
}

static void one_of_several_authorities_is_chosen(void **state)
{
	struct world *w = *state;
	struct conf *conf;
	struct error err = {0};
	struct authority two[] = {w->authority, w->authority};
	two[1].name = "second";
	world_refuses(w, "{authority: other}", "p.authority: there is no authority 'other'");
	world_refuses(w, "{authority: [issuing]}", "p.authority: must be a single value");
	assert_int_equal(conf_parse(&conf, "test.yaml",
	                            bytes_text("p: {authority: second}\nq: {}\n"), &err), 0);
	assert_int_equal(profile_load(&w->profile, w->f.arena, conf_find(conf_root(conf), "p"), two, 2,
	                              &err), 0);
	assert_ptr_equal(w->profile.authority, &two[1]);
	assert_int_equal(profile_load(&w->profile, w->f.arena, conf_find(conf_root(conf), "q"), two, 2,
	                              &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message,
	                    "test.yaml:2: q: the key 'authority' is missing, and there are 2 of them");
	conf_free(conf);
}

static void a_certificate_has_room_for_so_many_extensions(void **state)
{
	struct world *w = *state;
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(4096);
	/* beside basicConstraints */
	buffer_append_text(&text, "{extensions: [");
	for (int i = 0; i < LIMIT_EXTENSIONS - 7 - 1; i++)
		buffer_printf(&text, "{oid: 1.2.3.%d, hex: 0500},", i);
	size_t length = text.length;
	buffer_append_text(&text, "]}");
	world_use(w, buffer_text(&text));
	text.length = length;
	buffer_append_text(&text, "{oid: 1.2.4, hex: 0500}]}");
	world_refuses(w, buffer_text(&text), "p.extensions: more extensions than a certificate has");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(defaults_are_those_of_a_server),
		WORLD_TEST(a_profile_without_a_value_is_one_of_defaults),
		WORLD_TEST(bounds_of_the_validity_follow_from_each_other),
		WORLD_TEST(mistakes_in_the_validity_are_named),
		WORLD_TEST(unknown_keys_are_named),
		WORLD_TEST(one_of_several_authorities_is_chosen),
		WORLD_TEST(a_certificate_has_room_for_so_many_extensions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
