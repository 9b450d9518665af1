#include "crl_world.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "asn1/extension.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "engine/crl_record.h"
#include "engine/records.pb-c.h"

#define HOUR 3600
#define DAY (24 * HOUR)

static int setup(void **state)
{
	static struct crl_world w;
	crl_world_make(&w, "{interval: 1d, delta: 1h}");
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	crl_world_end(*state);
	return 0;
}

static void all_is_published_at_first(void **state)
{
	struct crl_world *w = *state;
	crl_world_round(w);
	uint64_t number = crl_world_number(w, "issuing.crl");
	assert_int_equal(crl_world_number(w, "issuing.delta.crl"), number);
	/* and not again */
	crl_world_round(w);
	assert_int_equal(crl_world_number(w, "issuing.crl"), number);
	assert_int_equal(crl_world_number(w, "issuing.delta.crl"), number);
}

static void each_comes_at_its_time(void **state)
{
	struct crl_world *w = *state;
	crl_world_round(w);
	uint64_t number = crl_world_number(w, "issuing.crl");
	crl_world_later(w, HOUR - 1);
	assert_int_equal(crl_world_round(w), 1);
	assert_int_equal(crl_world_number(w, "issuing.delta.crl"), number);
	crl_world_later(w, 1);
	crl_world_round(w);
	assert_int_equal(crl_world_number(w, "issuing.crl"), number);
	uint64_t delta = crl_world_number(w, "issuing.delta.crl");
	assert_true(delta > number);
	crl_world_later(w, DAY - HOUR);
	crl_world_round(w);
	assert_true(crl_world_number(w, "issuing.crl") > delta);
	assert_int_equal(crl_world_number(w, "issuing.delta.crl"), crl_world_number(w, "issuing.crl"));
}

static void some_revocations_do_not_wait(void **state)
{
	struct crl_world *w = *state;
	struct bytes a = crl_world_issue(w), b = crl_world_issue(w);
	crl_world_round(w);
	crl_world_later(w, 10);
	crl_world_revoke(w, a, SUPERSEDED);
	crl_world_round(w);
	assert_int_equal(crl_world_reason(w, "issuing.crl", a), -1);
	crl_world_revoke(w, b, KEY_COMPROMISE);
	crl_world_round(w);
	assert_int_equal(crl_world_reason(w, "issuing.crl", a), SUPERSEDED);
	assert_int_equal(crl_world_reason(w, "issuing.crl", b), KEY_COMPROMISE);
	uint64_t number = crl_world_number(w, "issuing.crl");
	crl_world_round(w);
	assert_int_equal(crl_world_number(w, "issuing.crl"), number);
}

static void a_correction_takes_no_urgency_away(void **state)
{
	struct crl_world *w = *state;
	struct bytes serial = crl_world_issue(w);
	crl_world_round(w);
	crl_world_later(w, 10);
	crl_world_revoke(w, serial, KEY_COMPROMISE);
	crl_world_revoke(w, serial, SUPERSEDED);
	crl_world_round(w);
	assert_int_equal(crl_world_reason(w, "issuing.crl", serial), SUPERSEDED);
}

static void what_may_not_wait_outlives_the_process(void **state)
{
	struct crl_world *w = *state;
	struct bytes serial = crl_world_issue(w);
	crl_world_round(w);
	crl_world_later(w, 10);
	crl_world_revoke(w, serial, KEY_COMPROMISE);
	crl_world_restart(w, "{interval: 1d, delta: 1h}");
	crl_world_round(w);
	assert_int_equal(crl_world_reason(w, "issuing.crl", serial), KEY_COMPROMISE);
}

static void remove_file(struct crl_world *w, const char *name)
{
	char path[FIXTURE_PATH];
	fixture_path(&w->f, name, path);
	assert_int_equal(unlink(path), 0);
}

static void a_missing_file_is_made_again(void **state)
{
	struct crl_world *w = *state;
	crl_world_round(w);
	uint64_t number = crl_world_number(w, "issuing.crl");
	remove_file(w, "public/crl/issuing.delta.crl");
	crl_world_later(w, 10);
	crl_world_round(w);
	assert_true(crl_world_number(w, "issuing.delta.crl") > number);
	assert_int_equal(crl_world_number(w, "issuing.crl"), number);
	remove_file(w, "public/crl/issuing.crl");
	crl_world_round(w);
	assert_true(crl_world_number(w, "issuing.crl") > number);
}

static void damage(struct crl_world *w, const char *name, off_t at)
{
	char path[FIXTURE_PATH];
	fixture_path(&w->f, name, path);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "\x55", 1, at), 1);
	close(fd);
}

static void a_damaged_file_is_found_at_the_start(void **state)
{
	struct crl_world *w = *state;
	crl_world_round(w);
	uint64_t number = crl_world_number(w, "issuing.crl");
	damage(w, "public/crl/issuing.crl", 60);
	crl_world_restart(w, "{interval: 1d, delta: 1h}");
	crl_world_round(w);
	assert_true(crl_world_number(w, "issuing.crl") > number);
}

static void a_stale_crl_is_replaced_at_the_start(void **state)
{
	struct crl_world *w = *state;
	crl_world_round(w);
	crl_world_later(w, 30 * DAY);
	crl_world_restart(w, "{interval: 1d, delta: 1h}");
	crl_world_round(w);
	struct crl crl = crl_world_open(w, "issuing.crl", NULL);
	assert_int_equal(crl.this_update, w->now);
	crl_close(&crl);
}

static void a_clock_that_was_ahead_is_mended(void **state)
{
	struct crl_world *w = *state;
	crl_world_round(w);
	uint64_t number = crl_world_number(w, "issuing.crl");
	crl_world_later(w, -10 * DAY);
	crl_world_round(w);
	struct crl crl = crl_world_open(w, "issuing.crl", NULL);
	assert_int_equal(crl.this_update, w->now);
	assert_true(crl.number > number);
	crl_close(&crl);
}

static void the_configuration_decides(void **state)
{
	struct crl_world *w = *state;
	crl_world_round(w);
	assert_true(crl_world_has(w, "issuing.delta.crl"));
	uint64_t number = crl_world_number(w, "issuing.crl");
	/* without deltas nothing names them any more, and an old one says nothing */
	crl_world_restart(w, "{interval: 1d}");
	crl_world_round(w);
	assert_false(crl_world_has(w, "issuing.delta.crl"));
	struct crl crl = crl_world_open(w, "issuing.crl", NULL);
	assert_true(crl.number > number);
	assert_int_equal(crl.freshest_count, 0);
	number = crl.number;
	crl_close(&crl);
	crl_world_later(w, 2 * DAY);
	crl_world_restart(w, "none");
	crl_world_round(w);
	assert_int_equal(crl_world_number(w, "issuing.crl"), number);
}

static void certificates_are_spread_over_shards(void **state)
{
	struct crl_world *w = *state;
	struct bytes serials[8];
	unsigned found = 0;
	crl_world_restart(w, "{interval: 1d, shards: 2}");
	for (unsigned i = 0; i < 8; i++) {
		serials[i] = crl_world_issue(w);
		crl_world_revoke(w, serials[i], SUPERSEDED);
	}
	crl_world_round(w);
	for (unsigned i = 0; i < 8; i++) {
		unsigned shard = 1 + serials[i].data[serials[i].length - 1] % 2;
		char name[32], not[32];
		snprintf(name, sizeof name, "issuing-%u.crl", shard);
		snprintf(not, sizeof not, "issuing-%u.crl", 3 - shard);
		assert_int_equal(crl_world_reason(w, name, serials[i]), SUPERSEDED);
		assert_int_equal(crl_world_reason(w, not, serials[i]), -1);
		assert_int_equal(crl_world_reason(w, "issuing.crl", serials[i]), SUPERSEDED);
		found++;
	}
	assert_int_equal(found, 8);
	struct crl crl = crl_world_open(w, "issuing-1.crl", NULL);
	assert_true(crl.point.uri_count == 1 && bytes_is_text(crl.point.uris[0], "http://crl.example/crl/issuing-1.crl"));
	crl_close(&crl);
	/* certificates that name them live on */
	crl_world_later(w, DAY);
	uint64_t number = crl_world_number(w, "issuing-2.crl");
	crl_world_restart(w, "{interval: 1d}");
	crl_world_round(w);
	assert_true(crl_world_number(w, "issuing-2.crl") > number);
}

/* The names of a file's issuingDistributionPoint, "a b". */
static void expect_points(struct crl_world *w, const char *file, const char *expected)
{
	struct buffer text = BUFFER_MAX(4096);
	struct crl crl = crl_world_open(w, file, NULL);
	for (size_t i = 0; i < crl.point.uri_count; i++)
		buffer_printf(&text, "%s%.*s", i ? " " : "", (int)crl.point.uris[i].length,
		              (const char *)crl.point.uris[i].data);
	crl_close(&crl);
	assert_string_equal(text.length ? buffer_text(&text) : "", expected);
	buffer_free(&text);
}

static void shards_keep_the_names_that_certificates_have(void **state)
{
	struct crl_world *w = *state;
	crl_world_restart(w, "{interval: 1d, delta: 1h, shards: 2}");
	crl_world_round(w);
	expect_points(w, "issuing-1.crl", "http://crl.example/crl/issuing-1.crl");
	expect_points(w, "issuing.crl", "");
	uint64_t number = crl_world_number(w, "issuing-1.crl");
	w->base = "http://new.example/pki";
	crl_world_restart(w, "{interval: 1d, delta: 1h, shards: 2}");
	crl_world_round(w);
	assert_true(crl_world_number(w, "issuing-1.crl") > number);
	static const char *const files[] = {"issuing-1.crl", "issuing.delta-1.crl"};
	for (size_t i = 0; i < 2; i++)
		expect_points(w, files[i], "http://new.example/pki/crl/issuing-1.crl "
		                           "http://crl.example/crl/issuing-1.crl");
	/* and not over and over again */
	number = crl_world_number(w, "issuing-1.crl");
	crl_world_round(w);
	assert_int_equal(crl_world_number(w, "issuing-1.crl"), number);
	/* back again, and without shards for new certificates */
	w->base = "http://crl.example";
	crl_world_restart(w, "{interval: 1d, shards: 2}");
	crl_world_round(w);
	expect_points(w, "issuing-2.crl", "http://crl.example/crl/issuing-2.crl "
	                                  "http://new.example/pki/crl/issuing-2.crl");
	w->base = "http://third.example";
	crl_world_restart(w, "{interval: 1d}");
	crl_world_later(w, DAY);
	crl_world_round(w);
	expect_points(w, "issuing-2.crl", "http://crl.example/crl/issuing-2.crl "
	                                  "http://new.example/pki/crl/issuing-2.crl");
	expect_points(w, "issuing.crl", "");
}

static void earlier_keys_go_on(void **state)
{
	struct crl_world *w = *state;
	struct bytes old = crl_world_issue(w);
	struct fixture *f = &w->f;
	crl_world_round(w);
	fixture_shut(f);
	/* the key of now becomes an earlier one */
	struct bytes chain[] = {f->issuing, f->root};
	fixture_write_pem(f, "issuing.1.pem", chain, 2);
	fixture_write_key(f, "issuing.1.key", f->issuing_key, NULL);
	const struct fixture_authority next = {
		.subject = "CN=Test Issuing", .issuer = "CN=Test Root", .key = f->key,
		.issuer_key = f->root_key, .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN, .ca = true,
		.path_length = 0, .not_before = w->now - DAY, .not_after = w->now + 365 * (int64_t)DAY};
	chain[0] = fixture_certificate(f->arena, &next);
	fixture_write_pem(f, "issuing.pem", chain, 2);
	fixture_write_key(f, "issuing.key", f->key, NULL);
	fixture_open(f);
	crl_world_later(w, 10);
	crl_world_revoke(w, old, KEY_COMPROMISE);
	crl_world_round(w);
	assert_int_equal(crl_world_reason(w, "issuing.crl", old), KEY_COMPROMISE);
	struct crl crl = crl_world_open(w, "issuing.k2.crl", f->key);
	assert_int_equal(crl.entries.length, 0);
	crl_close(&crl);
}

static void a_failure_is_tried_again_with_pauses(void **state)
{
	struct crl_world *w = *state;
	char path[FIXTURE_PATH], aside[FIXTURE_PATH];
	int64_t wait = 0, before = 0;
	fixture_path(&w->f, "public/crl", path);
	fixture_path(&w->f, "public/aside", aside);
	assert_int_equal(rename(path, aside), 0);
	for (unsigned i = 0; i < 12; i++) {
		assert_int_equal(crl_keeper_round(w->f.engine->crls, &wait), SIGNET_E_IO);
		assert_true(wait > before || wait == 300);
		before = wait;
	}
	assert_int_equal(wait, 300);
	assert_true(crl_keeper_failures(w->f.engine->crls) > 0);
	assert_false(crl_keeper_is_busy(w->f.engine->crls));
	assert_int_equal(rename(aside, path), 0);
	crl_world_round(w);
	assert_int_equal(crl_keeper_failures(w->f.engine->crls), 0);
	crl_world_number(w, "issuing.crl");
}

static int note(void *arg, unsigned shard, const struct Signet__Db__Crl *crl)
{
	buffer_printf(arg, "%u:%s ", shard, crl->file);
	return 0;
}

static void expect_by_hand(struct crl_world *w, const char *authority, bool delta, int code,
                           const char *expected)
{
	struct buffer text = BUFFER_MAX(4096);
	struct configuration *c = configuration_take(w->f.engine->holder);
	struct error err = {0};
	assert_int_equal(crl_keeper_publish(w->f.engine->crls, c, authority, delta, "uid 1000", note,
	                                    &text, &err), code);
	configuration_release(w->f.engine->holder, c);
	buffer_append_text(&text, "");
	assert_string_equal(text.length ? buffer_text(&text) : "", expected);
	buffer_free(&text);
}

static int visit(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	(void)sequence;
	if (entry->action == AUDIT_CRL_PUBLISHED)
		buffer_printf(arg, "%s %s: %s, then %s\n", entry->actor, entry->detail, entry->before,
		              entry->after);
	return 0;
}

static void people_publish_what_they_ask_for(void **state)
{
	struct crl_world *w = *state;
	struct buffer trail = BUFFER_MAX(4096);
	expect_by_hand(w, "issuing", false, 0, "0:issuing.crl 0:issuing.delta.crl ");
	uint64_t number = crl_world_number(w, "issuing.crl");
	expect_by_hand(w, "", true, 0, "0:issuing.delta.crl ");
	assert_int_equal(crl_world_number(w, "issuing.crl"), number);
	expect_by_hand(w, "nobody", false, SIGNET_E_NOT_FOUND, "");
	assert_int_equal(audit_read(database_store(w->f.engine->database), 1, visit, &trail, NULL), 0);
	assert_non_null(strstr(buffer_text(&trail), "uid 1000 issuing.crl: none, then number "));
	assert_non_null(strstr(buffer_text(&trail), "uid 1000 issuing.delta.crl: none, then number "));
	assert_non_null(strstr(buffer_text(&trail), "uid 1000 issuing.delta.crl: number "));
	buffer_free(&trail);
	crl_world_restart(w, "{interval: 1d}");
	expect_by_hand(w, "issuing", true, SIGNET_E_NOT_FOUND, "");
	crl_world_restart(w, "none");
	expect_by_hand(w, "issuing", false, SIGNET_E_NOT_FOUND, "");
}

static void what_the_clock_publishes_is_on_record_too(void **state)
{
	struct crl_world *w = *state;
	struct buffer trail = BUFFER_MAX(4096), expected = BUFFER_MAX(4096);
	crl_world_round(w);
	unsigned long long first = crl_world_number(w, "issuing.crl");
	crl_world_revoke(w, crl_world_issue(w), SUPERSEDED);
	crl_world_later(w, HOUR);
	crl_world_round(w);
	unsigned long long second = crl_world_number(w, "issuing.delta.crl");
	buffer_printf(&expected, "engine issuing.crl: none, then number %llu, 0 entries\n"
	              "engine issuing.delta.crl: none, then number %llu, 0 entries\n"
	              "engine issuing.delta.crl: number %llu, 0 entries, then number %llu, 1 entries\n",
	              first, first, first, second);
	assert_int_equal(audit_read(database_store(w->f.engine->database), 1, visit, &trail, NULL), 0);
	assert_string_equal(buffer_text(&trail), buffer_text(&expected));
	buffer_free(&trail);
	buffer_free(&expected);
}

static int visit_withdrawn(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	(void)sequence;
	if (entry->action == AUDIT_CRL_WITHDRAWN)
		buffer_printf(arg, "%s %s: %s, then %s\n", entry->actor, entry->detail, entry->before,
		              entry->after);
	return 0;
}

static void delta_that_is_configured_no_more_goes_with_a_record(void **state)
{
	struct crl_world *w = *state;
	struct buffer trail = BUFFER_MAX(4096), expected = BUFFER_MAX(4096);
	crl_world_round(w);
	buffer_printf(&expected, "engine issuing.delta.crl: number %llu, then none\n",
	              (unsigned long long)crl_world_number(w, "issuing.delta.crl"));
	crl_world_restart(w, "{interval: 1d}");
	crl_world_round(w);
	crl_world_round(w);
	assert_false(crl_world_has(w, "issuing.delta.crl"));
	assert_int_equal(audit_read(database_store(w->f.engine->database), 1, visit_withdrawn, &trail,
	                            NULL), 0);
	assert_string_equal(buffer_text(&trail), buffer_text(&expected));
	buffer_free(&trail);
	buffer_free(&expected);
}

/* A kill in between may have left one without the other. */
static void half_of_a_delta_goes_as_well(void **state)
{
	struct crl_world *w = *state;
	struct buffer trail = BUFFER_MAX(4096);
	char path[FIXTURE_PATH];
	crl_world_round(w);
	uint64_t number = crl_world_number(w, "issuing.delta.crl");
	crl_world_restart(w, "{interval: 1d}");
	fixture_path(&w->f, "public/crl/issuing.delta.crl", path);
	assert_int_equal(unlink(path), 0);
	crl_world_round(w);
	assert_int_equal(audit_read(database_store(w->f.engine->database), 1, visit_withdrawn, &trail,
	                            NULL), 0);
	char *said = arena_printf(w->f.arena, "engine issuing.delta.crl: number %llu, then none\n",
	                          (unsigned long long)number);
	assert_string_equal(buffer_text(&trail), said);
	/* the row is gone: a file alone goes, and nothing more is said of it */
	fixture_write(&w->f, "public/crl/issuing.delta.crl", "left behind");
	crl_world_restart(w, "{interval: 1d}");
	crl_world_round(w);
	assert_false(crl_world_has(w, "issuing.delta.crl"));
	buffer_clear(&trail);
	assert_int_equal(audit_read(database_store(w->f.engine->database), 1, visit_withdrawn, &trail,
	                            NULL), 0);
	assert_string_equal(buffer_text(&trail), said);
	buffer_free(&trail);
}

static bool appears(struct crl_world *w, struct bytes serial)
{
	for (unsigned i = 0; i < 1500; i++) {
		if (crl_world_has(w, "issuing.crl") && crl_world_reason(w, "issuing.crl", serial) >= 0)
			return true;
		usleep(20000);
	}
	return false;
}

static void the_thread_does_it_by_itself(void **state)
{
	struct crl_world *w = *state;
	struct bytes serial = crl_world_issue(w);
	assert_int_equal(crl_keeper_start(w->f.engine->crls, NULL), 0);
	crl_world_revoke(w, serial, KEY_COMPROMISE);
	assert_true(appears(w, serial));
	crl_keeper_stop(w->f.engine->crls);
	crl_keeper_stop(w->f.engine->crls);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_is_published_at_first),
		TEST(each_comes_at_its_time),
		TEST(some_revocations_do_not_wait),
		TEST(a_correction_takes_no_urgency_away),
		TEST(what_may_not_wait_outlives_the_process),
		TEST(a_missing_file_is_made_again),
		TEST(a_damaged_file_is_found_at_the_start),
		TEST(a_stale_crl_is_replaced_at_the_start),
		TEST(a_clock_that_was_ahead_is_mended),
		TEST(the_configuration_decides),
		TEST(shards_keep_the_names_that_certificates_have),
		TEST(certificates_are_spread_over_shards),
		TEST(earlier_keys_go_on),
		TEST(a_failure_is_tried_again_with_pauses),
		TEST(people_publish_what_they_ask_for),
		TEST(what_the_clock_publishes_is_on_record_too),
		TEST(delta_that_is_configured_no_more_goes_with_a_record),
		TEST(half_of_a_delta_goes_as_well),
		TEST(the_thread_does_it_by_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
