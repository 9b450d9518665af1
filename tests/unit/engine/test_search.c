#include "fixture.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "engine/decision.h"
#include "engine/records.pb-c.h"
#include "engine/revocation.h"
#include "engine/search.h"

#define DAY INT64_C(86400)
#define COUNT 12
#define KEY_COMPROMISE 1
#define HOLD 6
#define REMOVE 8
#define ROUNDS 1000

/* COUNT certificates, a day after each other, of three requesters; the last is of another key. */
struct world {
	struct fixture f;
	struct bytes serials[COUNT + 1]; /* by id */
	uint8_t key[32], other_key[32];
	struct key *other;
	int64_t start;
	uint64_t next;
};

static struct signet_outcome submit(struct world *w, const struct key *key, const char *name,
                                    const char *second, const char *requester)
{
	char number[16];
	struct signet_outcome out;
	struct error err = {0};
	snprintf(number, sizeof number, "%u", (unsigned)++w->next);
	struct signet_submission s = fixture_submission(
		fixture_csr(w->f.arena, key, "", name, second, NULL), number);
	s.requester = requester;
	if (fixture_submit(&w->f, &s, &out, &err))
		fail_msg("%s", err.message);
	return out;
}

static int setup(void **state)
{
	static struct world w;
	fixture_make(&w.f, fixture_sections);
	fixture_open(&w.f);
	w.start = clock_now();
	w.next = 0;
	assert_int_equal(key_generate(&w.other, KEY_P256, 0, NULL), 0);
	pubkey_fingerprint(key_public(w.f.key), w.key);
	pubkey_fingerprint(key_public(w.other), w.other_key);
	for (unsigned i = 1; i <= COUNT; i++) {
		char name[64], requester[32];
		clock_freeze(w.start + i * DAY);
		snprintf(name, sizeof name, "dns:host-%02u.example.com", i);
		snprintf(requester, sizeof requester, "account/%u", i % 3);
		struct signet_outcome out = submit(&w, i == COUNT ? w.other : w.f.key, name,
		                                   i == 5 ? "dns:host-55.example.com" : NULL, requester);
		assert_int_equal(out.disposition, SIGNET_ISSUED);
		assert_int_equal(out.certificate_id, i);
		w.serials[i] = out.serial;
	}
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	clock_freeze(0);
	key_free(w->other);
	fixture_end(&w->f);
	return 0;
}

static void revoke(struct world *w, uint64_t id, unsigned reason)
{
	struct revocation revocation = {w->serials[id], reason, 0, "", "uid 1000"};
	assert_int_equal(revocation_order(w->f.engine, w->f.arena, &revocation, NULL), 0);
}

/* The ids in their order, in pages of so many: "3 2 1". */
static const char *ids(struct world *w, struct signet_certificate_query query, unsigned limit)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(4096);
	struct search_page page = {.place = BYTES_NONE};
	query.limit = limit;
	for (unsigned pages = 0;; pages++) {
		struct error err = {0};
		query.place = page.place;
		if (search_certificates(w->f.engine->database, w->f.arena, &query, clock_now(), &page,
		                        &err))
			fail_msg("%s", err.message);
		assert_true(page.count <= limit);
		for (size_t i = 0; i < page.count; i++)
			buffer_printf(&text, "%s%u", text.length ? " " : "", (unsigned)page.rows[i].id);
		if (page.place.length == 0)
			break;
		assert_true(pages < 100);
	}
	return arena_text(w->f.arena, buffer_bytes(&text));
}

static void check(struct world *w, struct signet_certificate_query query, const char *expected)
{
	for (unsigned limit = 1; limit <= COUNT + 1; limit += 3)
		assert_string_equal(ids(w, query, limit), expected);
}

#define QUERY(...) ((struct signet_certificate_query){__VA_ARGS__})

static void all_come_once_the_newest_first(void **state)
{
	struct world *w = *state;
	check(w, QUERY(.limit = 0), "12 11 10 9 8 7 6 5 4 3 2 1");
	check(w, QUERY(.reverse = true), "1 2 3 4 5 6 7 8 9 10 11 12");
	check(w, QUERY(.before = 4), "3 2 1");
	check(w, QUERY(.sort = SIGNET_SORT_ISSUED, .authority = "issuing", .before = 3), "2 1");
	check(w, QUERY(.authority = "another"), "");
}

static void names_are_whole_or_patterns(void **state)
{
	struct world *w = *state;
	check(w, QUERY(.name = "HOST-03.example.com"), "3");
	check(w, QUERY(.name = "host-03.example"), "");
	check(w, QUERY(.name = "host-1*"), "10 11 12");
	check(w, QUERY(.name = "host-1*", .sort = SIGNET_SORT_ISSUED), "12 11 10");
	check(w, QUERY(.name = "host-1*", .reverse = true), "12 11 10");
	check(w, QUERY(.name = "*2.example.com"), "2 12");
	check(w, QUERY(.name = "host-0*.com", .before = 3), "1 2");
	/* two names of one certificate are one certificate */
	check(w, QUERY(.name = "*5.example.com"), "5");
	check(w, QUERY(.name = "host-5*"), "5");
	check(w, QUERY(.name = "host-12.example.com*.com"), "");
	struct search_page page;
	struct error err;
	struct signet_certificate_query two = QUERY(.name = "*host*");
	assert_int_equal(search_certificates(w->f.engine->database, w->f.arena, &two, 0, &page, &err),
	                 SIGNET_E_INVALID);
	assert_string_equal(err.message, "a name has at most one '*'");
}

static void requesters_profiles_and_keys_are_found(void **state)
{
	struct world *w = *state;
	check(w, QUERY(.requester = "account/1"), "10 7 4 1");
	check(w, QUERY(.requester = "account/1", .reverse = true), "1 4 7 10");
	check(w, QUERY(.requester = "account/1", .profile = "closed"), "");
	check(w, QUERY(.requester = "account"), "");
	check(w, QUERY(.profile = "tls-server", .before = 3), "2 1");
	check(w, QUERY(.profile = "tls"), "");
	check(w, QUERY(.key = w->other_key), "12");
	check(w, QUERY(.key = w->key, .requester = "account/0"), "9 6 3");
	check(w, QUERY(.key = w->other_key, .sort = SIGNET_SORT_EXPIRES), "12");
}

static void serial_numbers_are_found_by_their_beginning(void **state)
{
	struct world *w = *state;
	char *hex = hex_text(w->f.arena, w->serials[4]);
	check(w, QUERY(.serial = hex), "4");
	check(w, QUERY(.serial = arena_printf(w->f.arena, "00%.2s:%s", hex, hex + 2)), "4");
	/* half an octet is open */
	hex[13] = '\0';
	check(w, QUERY(.serial = hex), "4");
	check(w, QUERY(.serial = hex, .sort = SIGNET_SORT_ISSUED), "4");
	hex[1] = '\0';
	assert_int_equal(strlen(ids(w, QUERY(.serial = hex), 5)), strlen("1 2 3 4 5 6 7 8 9 10 11 12"));
	struct search_page page;
	struct signet_certificate_query wrong = QUERY(.serial = "xyz");
	assert_int_equal(search_certificates(w->f.engine->database, w->f.arena, &wrong, 0, &page, NULL),
	                 SIGNET_E_INVALID);
}

static void windows_of_time_are_cut(void **state)
{
	struct world *w = *state;
	int64_t s = w->start, noon = s + DAY / 2;
	check(w, QUERY(.issued_after = s + 5 * DAY), "12 11 10 9 8 7 6 5");
	check(w, QUERY(.issued_after = s + 5 * DAY, .issued_before = s + 8 * DAY), "7 6 5");
	check(w, QUERY(.issued_after = s + 5 * DAY, .issued_before = s + 8 * DAY,
	               .requester = "account/0"), "6");
	check(w, QUERY(.issued_before = s + 3 * DAY, .reverse = true), "1 2");
	check(w, QUERY(.issued_after = s + 90 * DAY), "");
	/* they are valid for 90 days */
	check(w, QUERY(.expires_before = noon + 92 * DAY), "1 2");
	check(w, QUERY(.expires_after = noon + 100 * DAY), "11 12");
	check(w, QUERY(.expires_after = noon + 91 * DAY, .expires_before = noon + 95 * DAY,
	               .profile = "tls-server"), "2 3 4 5");
	check(w, QUERY(.sort = SIGNET_SORT_EXPIRES, .requester = "account/1"), "1 4 7 10");
	check(w, QUERY(.sort = SIGNET_SORT_EXPIRES, .reverse = true, .name = "host-1*"), "12 11 10");
}

static void states_are_told_apart(void **state)
{
	struct world *w = *state;
	revoke(w, 7, KEY_COMPROMISE);
	revoke(w, 3, KEY_COMPROMISE);
	revoke(w, 9, HOLD);
	revoke(w, 5, HOLD);
	revoke(w, 4, HOLD);
	revoke(w, 4, REMOVE);
	check(w, QUERY(.state = SIGNET_REVOKED), "3 7");
	check(w, QUERY(.state = SIGNET_REVOKED, .sort = SIGNET_SORT_ISSUED), "7 3");
	check(w, QUERY(.state = SIGNET_REVOKED, .requester = "account/0"), "3");
	check(w, QUERY(.state = SIGNET_HELD), "5 9");
	check(w, QUERY(.sort = SIGNET_SORT_REVOKED), "5 9 3 7");
	check(w, QUERY(.sort = SIGNET_SORT_REVOKED, .reverse = true), "7 3 9 5");
	check(w, QUERY(.state = SIGNET_VALID), "12 11 10 8 6 4 2 1");
	clock_freeze(w->start + 98 * DAY);
	check(w, QUERY(.state = SIGNET_EXPIRED), "8 6 4 2 1");
	check(w, QUERY(.state = SIGNET_EXPIRED, .requester = "account/1"), "4 1");
	check(w, QUERY(.state = SIGNET_VALID), "12 11 10");
	check(w, QUERY(.state = SIGNET_REVOKED), "3 7");
}

/* Another index finds them, and the order is the same. */
static void few_are_sorted(void **state)
{
	struct world *w = *state;
	int64_t s = w->start, noon = s + DAY / 2;
	_cleanup_buffer_ struct buffer hex = BUFFER_MAX(64);
	hex_encode(&hex, w->serials[4]);
	revoke(w, 7, KEY_COMPROMISE);
	revoke(w, 3, KEY_COMPROMISE);
	revoke(w, 10, HOLD);
	revoke(w, 4, HOLD);
	check(w, QUERY(.sort = SIGNET_SORT_EXPIRES, .key = w->key), "1 2 3 4 5 6 7 8 9 10 11");
	check(w, QUERY(.sort = SIGNET_SORT_EXPIRES, .key = w->key, .reverse = true),
	      "11 10 9 8 7 6 5 4 3 2 1");
	check(w, QUERY(.sort = SIGNET_SORT_EXPIRES, .name = "host-55.example.com"), "5");
	check(w, QUERY(.sort = SIGNET_SORT_EXPIRES, .name = "none.example.com"), "");
	check(w, QUERY(.sort = SIGNET_SORT_EXPIRES, .serial = buffer_text(&hex)), "4");
	check(w, QUERY(.sort = SIGNET_SORT_EXPIRES, .name = "host*", .requester = "account/2"), "2 5 8 11");
	check(w, QUERY(.sort = SIGNET_SORT_EXPIRES, .issued_after = s + 5 * DAY,
	               .issued_before = s + 8 * DAY), "5 6 7");
	check(w, QUERY(.sort = SIGNET_SORT_EXPIRES, .state = SIGNET_REVOKED), "3 7");
	check(w, QUERY(.sort = SIGNET_SORT_EXPIRES, .requester = "account/1", .state = SIGNET_HELD), "4 10");
	check(w, QUERY(.sort = SIGNET_SORT_REVOKED, .requester = "account/1"), "4 10 7");
	check(w, QUERY(.sort = SIGNET_SORT_REVOKED, .requester = "account/1", .reverse = true), "7 10 4");
	check(w, QUERY(.sort = SIGNET_SORT_REVOKED, .name = "host-0*"), "4 3 7");
	check(w, QUERY(.sort = SIGNET_SORT_REVOKED, .name = "host-10.example.com"), "10");
	check(w, QUERY(.sort = SIGNET_SORT_REVOKED, .name = "host-11.example.com"), "");
	check(w, QUERY(.sort = SIGNET_SORT_REVOKED, .expires_after = noon + 92 * DAY,
	               .expires_before = noon + 97 * DAY), "4 3 7");
	clock_freeze(s + 98 * DAY);
	check(w, QUERY(.sort = SIGNET_SORT_EXPIRES, .state = SIGNET_EXPIRED, .requester = "account/2"),
	      "8 5 2");
}

/* How many records the first page of so many rows costs. */
static size_t cost(struct world *w, struct signet_certificate_query query, unsigned limit)
{
	struct search_page page;
	struct error err = {0};
	query.limit = limit;
	if (search_certificates(w->f.engine->database, w->f.arena, &query, clock_now(), &page, &err))
		fail_msg("%s", err.message);
	return page.looked;
}

static void what_there_is_not_is_not_looked_for(void **state)
{
	struct world *w = *state;
	static const enum signet_sort sorts[] = {
		SIGNET_SORT_ANY, SIGNET_SORT_ISSUED, SIGNET_SORT_EXPIRES, SIGNET_SORT_REVOKED};
	static const uint8_t key[32] = {1};
	revoke(w, 3, KEY_COMPROMISE);
	revoke(w, 7, KEY_COMPROMISE);
	for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++) {
		assert_int_equal(cost(w, QUERY(.sort = sorts[i], .authority = "another"), 100), 0);
		assert_int_equal(cost(w, QUERY(.sort = sorts[i], .profile = "closed"), 100), 0);
		assert_int_equal(cost(w, QUERY(.sort = sorts[i], .requester = "nobody"), 100), 0);
		assert_int_equal(cost(w, QUERY(.sort = sorts[i], .key = key), 100), 0);
		assert_int_equal(cost(w, QUERY(.sort = sorts[i], .serial = "0f"), 100), 0);
		assert_int_equal(cost(w, QUERY(.sort = sorts[i], .name = "none.example.com"), 100), 0);
		assert_int_equal(cost(w, QUERY(.sort = sorts[i], .name = "none*"), 100), 0);
		assert_int_equal(cost(w, QUERY(.sort = sorts[i], .profile = "tls-server",
		                               .expires_before = w->start), 100), 0);
		assert_int_equal(cost(w, QUERY(.sort = sorts[i], .authority = "issuing", .name = "host*",
		                               .issued_after = w->start + 90 * DAY), 100), 0);
	}
	assert_int_equal(cost(w, QUERY(.state = SIGNET_EXPIRED, .sort = SIGNET_SORT_ISSUED), 100), 0);
	clock_freeze(w->start + 200 * DAY);
	assert_int_equal(cost(w, QUERY(.state = SIGNET_VALID), 100), 0);
	assert_int_equal(cost(w, QUERY(.state = SIGNET_VALID, .sort = SIGNET_SORT_EXPIRES), 100), 0);
}

static void of_several_indexes_the_one_of_the_fewest_is_walked(void **state)
{
	struct world *w = *state;
	int64_t s = w->start, noon = s + DAY / 2;
	char *hex = hex_text(w->f.arena, w->serials[4]), *any = arena_printf(w->f.arena, "%.2s", hex);
	/* by what is said first there are all, by the other few: and in the order of the first */
	struct signet_certificate_query queries[] = {
		QUERY(.serial = any, .requester = "account/1"),
		QUERY(.name = "host*", .requester = "account/1"),
		QUERY(.key = w->key, .requester = "account/1"),
		QUERY(.authority = "issuing", .requester = "account/1", .sort = SIGNET_SORT_EXPIRES),
		QUERY(.requester = "account/1", .sort = SIGNET_SORT_ISSUED, .serial = any, .reverse = true),
	};
	static const char *const found[] = {"1 4 7 10", "1 4 7 10", "10 7 4 1", "1 4 7 10", "1 4 7 10"};
	for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
		assert_int_equal(cost(w, queries[i], 100), 4);
		check(w, queries[i], found[i]);
	}
	assert_int_equal(cost(w, QUERY(.profile = "tls-server", .serial = hex, .sort = SIGNET_SORT_ISSUED), 9), 1);
	assert_int_equal(cost(w, QUERY(.requester = "account/1", .expires_before = noon + 91 * DAY), 9), 1);
	assert_int_equal(cost(w, QUERY(.sort = SIGNET_SORT_ISSUED, .name = "host-1*"), 9), 3);
	revoke(w, 7, KEY_COMPROMISE);
	revoke(w, 5, HOLD);
	revoke(w, 9, HOLD);
	revoke(w, 9, REMOVE);
	assert_int_equal(cost(w, QUERY(.sort = SIGNET_SORT_ISSUED, .state = SIGNET_REVOKED), 9), 1);
	check(w, QUERY(.sort = SIGNET_SORT_ISSUED, .state = SIGNET_REVOKED), "7");
	assert_int_equal(cost(w, QUERY(.key = w->key, .state = SIGNET_HELD), 9), 2);
	check(w, QUERY(.key = w->key, .state = SIGNET_HELD), "5");
	revoke(w, 5, KEY_COMPROMISE);
	check(w, QUERY(.sort = SIGNET_SORT_ISSUED, .state = SIGNET_REVOKED), "7 5");
	check(w, QUERY(.sort = SIGNET_SORT_ISSUED, .state = SIGNET_HELD), "");
	check(w, QUERY(.name = "*5.example.com", .requester = "account/1"), "");
	check(w, QUERY(.name = "*5.example.com", .requester = "account/2"), "5");
	assert_int_equal(cost(w, QUERY(.name = "*.com", .issued_after = s + 5 * DAY,
	                               .issued_before = s + 8 * DAY), 9), 3);
	check(w, QUERY(.name = "*.com", .issued_after = s + 5 * DAY, .issued_before = s + 8 * DAY,
	               .reverse = true), "7 6 5");
	/* both names of one certificate are the pattern, and it comes once */
	check(w, QUERY(.sort = SIGNET_SORT_ISSUED, .name = "host-*", .requester = "account/2",
	               .expires_before = noon + 97 * DAY), "5 2");
	check(w, QUERY(.sort = SIGNET_SORT_EXPIRES, .name = "host-5*"), "5");
	check(w, QUERY(.sort = SIGNET_SORT_EXPIRES, .name = "host-*", .issued_after = s + 4 * DAY,
	               .issued_before = s + 7 * DAY), "4 5 6");
}

/* What is sorted and what is walked go on from each other's places. */
static void sorted_pages_have_the_places_of_the_walk(void **state)
{
	struct world *w = *state;
	struct search_page page;
	struct error err = {0};
	static const enum signet_sort sorts[] = {SIGNET_SORT_EXPIRES, SIGNET_SORT_REVOKED};
	static const uint64_t first[] = {1, 7}, second[] = {2, 2}, third[] = {4, 4};
	/* the last first: 7 2 4, and more of them than account/1 has certificates */
	revoke(w, 3, KEY_COMPROMISE);
	revoke(w, 5, KEY_COMPROMISE);
	revoke(w, 4, KEY_COMPROMISE);
	revoke(w, 2, KEY_COMPROMISE);
	revoke(w, 7, KEY_COMPROMISE);
	for (size_t i = 0; i < 2; i++) {
		struct signet_certificate_query few = QUERY(.sort = sorts[i], .requester = "account/1",
		                                            .limit = 1), all = QUERY(.sort = sorts[i], .limit = 1);
		if (search_certificates(w->f.engine->database, w->f.arena, &few, 0, &page, &err))
			fail_msg("%s", err.message);
		assert_int_equal(page.rows[0].id, first[i]);
		all.place = page.place;
		if (search_certificates(w->f.engine->database, w->f.arena, &all, 0, &page, &err))
			fail_msg("%s", err.message);
		assert_int_equal(page.rows[0].id, second[i]);
		few.place = page.place;
		if (search_certificates(w->f.engine->database, w->f.arena, &few, 0, &page, &err))
			fail_msg("%s", err.message);
		assert_int_equal(page.rows[0].id, third[i]);
		/* the walk has come to this page, and says that it is not to be tried otherwise */
		uint8_t marked[64];
		assert_in_range(few.place.length, 1, sizeof marked);
		memcpy(marked, few.place.data, few.place.length);
		marked[0] |= 0x80;
		few.place = bytes_make(marked, few.place.length);
		if (search_certificates(w->f.engine->database, w->f.arena, &few, 0, &page, &err))
			fail_msg("%s", err.message);
		assert_int_equal(page.rows[0].id, third[i]);
		assert_int_equal(page.place.length ? page.place.data[0] & 0x80 : 0, i == 0 ? 0x80 : 0);
	}
}

static int hold(const void *rule, const struct signet_request *request, struct signet_draft *draft,
                struct signet_verdict *verdict)
{
	(void)rule, (void)draft;
	verdict->approvals = 1;
	return request->approver_count ? 0 : signet_hold(verdict, "look at it");
}

static void approve(struct world *w, uint64_t id)
{
	struct signet_outcome out;
	struct error err = {0};
	struct decision decision = {.id = id, .reason = "", .actor = "uid 1000"};
	struct configuration *configuration = configuration_take(w->f.engine->holder);
	if (decision_approve(w->f.engine, configuration, w->f.arena, &decision, &out, &err))
		fail_msg("%s", err.message);
	configuration_release(w->f.engine->holder, configuration);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
}

static void what_is_approved_late_is_issued_late(void **state)
{
	struct world *w = *state;
	fixture_use_rule(&w->f, hold);
	struct signet_outcome out = submit(w, w->f.key, "dns:late.example.com", NULL, "account/1");
	assert_int_equal(out.disposition, SIGNET_PENDING);
	clock_freeze(w->start + 20 * DAY);
	approve(w, out.request_id);
	check(w, QUERY(.issued_after = w->start + 20 * DAY), "13");
	check(w, QUERY(.issued_after = w->start + 12 * DAY), "13 12");
	check(w, QUERY(.issued_after = w->start + 12 * DAY, .issued_before = w->start + 20 * DAY), "12");
	check(w, QUERY(.issued_after = w->start + 13 * DAY, .requester = "account/1"), "13");
	check(w, QUERY(.requester = "account/1"), "13 10 7 4 1");
	check(w, QUERY(.issued_after = w->start + 9 * DAY, .name = "late.example.com"), "13");
	/* beside one that was issued when it was asked for; also where another index finds them */
	approve(w, submit(w, w->other, "dns:prompt.example.com", NULL, "account/1").request_id);
	for (unsigned reverse = 0; reverse < 2; reverse++) {
		struct signet_certificate_query query = QUERY(
			.issued_after = w->start + 13 * DAY, .sort = SIGNET_SORT_ISSUED, .reverse = reverse);
		const char *expected = reverse ? "13 14" : "14 13";
		check(w, query, expected);
		query.requester = "account/1";
		check(w, query, expected);
		query.serial = arena_printf(w->f.arena, "%.2s", hex_text(w->f.arena, w->serials[4]));
		query.expires_after = w->start + 105 * DAY;
		assert_int_equal(cost(w, query, 100), 2);
		check(w, query, expected);
		query.key = w->other_key;
		check(w, query, "14");
	}
}

static void a_page_of_another_list_is_refused(void **state)
{
	struct world *w = *state;
	struct search_page page;
	struct signet_certificate_query query = QUERY(.limit = 2);
	struct signet_certificate_query other = QUERY(.sort = SIGNET_SORT_EXPIRES, .limit = 2);
	assert_int_equal(search_certificates(w->f.engine->database, w->f.arena, &query, 0, &page, NULL),
	                 0);
	other.place = page.place;
	assert_int_equal(search_certificates(w->f.engine->database, w->f.arena, &other, 0, &page, NULL),
	                 SIGNET_E_INVALID);
	other.place = bytes_make("\x08\x05", 2);
	assert_int_equal(search_certificates(w->f.engine->database, w->f.arena, &other, 0, &page, NULL),
	                 SIGNET_E_INVALID);
	query = QUERY(.sort = (enum signet_sort)9);
	assert_int_equal(search_certificates(w->f.engine->database, w->f.arena, &query, 0, &page, NULL),
	                 SIGNET_E_INVALID);
}

static void each_row_says_where_it_would_begin_a_page(void **state)
{
	struct world *w = *state;
	struct search_page page, rest;
	struct signet_certificate_query query = QUERY(.limit = 5);
	assert_int_equal(search_certificates(w->f.engine->database, w->f.arena, &query, 0, &page, NULL),
	                 0);
	assert_int_equal(page.count, 5);
	query.place = page.resume[3];
	assert_int_equal(search_certificates(w->f.engine->database, w->f.arena, &query, 0, &rest, NULL),
	                 0);
	assert_int_equal(rest.rows[0].id, page.rows[3].id);
}

static const char *requests(struct world *w, struct signet_request_query query)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(4096);
	struct search_page page = {.place = BYTES_NONE};
	query.limit = 2;
	do {
		query.place = page.place;
		assert_int_equal(search_requests(w->f.engine->database, w->f.arena, &query, &page, NULL),
		                 0);
		for (size_t i = 0; i < page.count; i++)
			buffer_printf(&text, "%s%u", text.length ? " " : "", (unsigned)page.rows[i].id);
	} while (page.place.length);
	return arena_text(w->f.arena, buffer_bytes(&text));
}

static void requests_are_found_alike(void **state)
{
	struct world *w = *state;
	submit(w, w->f.key, "dns:a.example.org", NULL, "account/1");
	submit(w, w->f.key, "dns:b.example.org", NULL, "account/2");
#define REQUESTS(...) requests(w, (struct signet_request_query){__VA_ARGS__})
	assert_string_equal(REQUESTS(.limit = 0), "14 13 12 11 10 9 8 7 6 5 4 3 2 1");
	assert_string_equal(REQUESTS(.state = SIGNET_REQUEST_DENIED), "14 13");
	assert_string_equal(REQUESTS(.state = SIGNET_REQUEST_DENIED, .reverse = true), "13 14");
	assert_string_equal(REQUESTS(.state = SIGNET_REQUEST_PENDING), "");
	assert_string_equal(REQUESTS(.requester = "account/1", .before = 8), "7 4 1");
	assert_string_equal(REQUESTS(.name = "host-03.example.com"), "3");
	assert_string_equal(REQUESTS(.name = "*.example.org"), "14 13");
	assert_string_equal(REQUESTS(.name = "host-1*"), "12 11 10");
	assert_string_equal(REQUESTS(.intermediary = "acme", .profile = "tls-server", .before = 3), "2 1");
	assert_string_equal(REQUESTS(.intermediary = "est"), "");
	assert_string_equal(REQUESTS(.submitted_after = w->start + 4 * DAY,
	                             .submitted_before = w->start + 6 * DAY), "5 4");
}

/* ---- any of them together ---- */

/* The ids that a query finds, as bits. */
static uint32_t found_by(struct world *w, struct signet_certificate_query query)
{
	struct search_page page;
	uint32_t bits = 0;
	query.limit = 100;
	assert_int_equal(search_certificates(w->f.engine->database, w->f.arena, &query, clock_now(), &page, NULL), 0);
	for (size_t i = 0; i < page.count; i++)
		bits |= UINT32_C(1) << page.rows[i].id;
	return bits;
}

/* One more criterion, by chance or none; *bits: those of which it is so. */
static void narrow(struct world *w, struct signet_certificate_query *q, unsigned which, unsigned chance,
                   const char *any, uint32_t *bits)
{
	static const char *const names[] = {"host-0*", "host-*", "*5.example.com", "host-07.example.com"};
	static const char *const requesters[] = {"account/0", "account/1", "nobody"};
	static const enum signet_certificate_state states[] = {SIGNET_VALID, SIGNET_REVOKED, SIGNET_HELD, SIGNET_EXPIRED};
	struct signet_certificate_query alone = {.limit = 0};
	int64_t end = w->start + (90 + 2 + chance % 9) * DAY + DAY / 2;
	switch (which) {
	case 0: alone.name = q->name = names[chance % 4]; break;
	case 1: alone.requester = q->requester = requesters[chance % 3]; break;
	case 2: alone.state = q->state = states[chance % 4]; break;
	case 3: alone.expires_after = q->expires_after = end; break;
	case 4: alone.expires_before = q->expires_before = end; break;
	case 5: alone.issued_after = q->issued_after = end - 91 * DAY; break;
	case 6: alone.issued_before = q->issued_before = end - 89 * DAY; break;
	case 7: alone.key = q->key = chance % 4 ? w->key : w->other_key; break;
	case 8: alone.serial = q->serial = any; break;
	case 9: alone.authority = q->authority = "issuing"; break;
	case 10: alone.profile = q->profile = "tls-server"; break;
	default: alone.before = q->before = 4 + chance % 9; break;
	}
	*bits &= found_by(w, alone);
}

static void what_is_said_together_is_what_is_said_of_each(void **state)
{
	struct world *w = *state;
	char *any = arena_printf(w->f.arena, "%.2s", hex_text(w->f.arena, w->serials[4]));
	uint64_t seed = 4711;
	revoke(w, 7, KEY_COMPROMISE);
	revoke(w, 3, KEY_COMPROMISE);
	revoke(w, 10, HOLD);
	revoke(w, 4, HOLD);
	revoke(w, 5, HOLD);
	revoke(w, 5, REMOVE);
	clock_freeze(w->start + 95 * DAY);
	struct arena *own = w->f.arena;
	w->f.arena = arena_new(1 << 24);
	for (unsigned i = 0; i < ROUNDS; i++) {
		arena_clear(w->f.arena);
		struct signet_certificate_query q = {.limit = 0};
		uint32_t bits = UINT32_MAX;
		for (unsigned k = 0; k < 3; k++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
			/* each once */
			narrow(w, &q, ((unsigned)(seed >> 33) % 4) * 3 + k, (unsigned)(seed >> 45), any, &bits);
		}
		q.sort = (enum signet_sort)(seed >> 60 & 3);
		q.reverse = seed >> 59 & 1;
		if (q.sort == SIGNET_SORT_REVOKED)
			bits &= found_by(w, QUERY(.sort = SIGNET_SORT_REVOKED));
		const char *whole = ids(w, q, 100);
		if (found_by(w, q) != bits)
			fail_msg("round %u: %#x, not %#x", i, (unsigned)found_by(w, q), (unsigned)bits);
		for (unsigned limit = 1; limit < 6; limit += 2)
			assert_string_equal(ids(w, q, limit), whole);
	}
	arena_free(w->f.arena);
	w->f.arena = own;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(all_come_once_the_newest_first),
		TEST(names_are_whole_or_patterns),
		TEST(requesters_profiles_and_keys_are_found),
		TEST(serial_numbers_are_found_by_their_beginning),
		TEST(windows_of_time_are_cut),
		TEST(states_are_told_apart),
		TEST(few_are_sorted),
		TEST(what_there_is_not_is_not_looked_for),
		TEST(of_several_indexes_the_one_of_the_fewest_is_walked),
		TEST(sorted_pages_have_the_places_of_the_walk),
		TEST(what_is_approved_late_is_issued_late),
		TEST(a_page_of_another_list_is_refused),
		TEST(each_row_says_where_it_would_begin_a_page),
		TEST(requests_are_found_alike),
		TEST(what_is_said_together_is_what_is_said_of_each),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
