#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "intermediaries/ocsp/answers.h"

#define NOW INT64_C(1795438140)
#define DAY 86400
#define MOST 4

static struct answers *answers;

static int setup(void **state)
{
	(void)state;
	struct error err;
	clock_freeze(NOW);
	return answers_new(&answers, MOST, &err);
}

static int teardown(void **state)
{
	(void)state;
	answers_free(answers);
	clock_freeze(0);
	return 0;
}

static const uint8_t *key_of(const char *name)
{
	static uint8_t key[ANSWERS_KEY];
	const struct bytes part = bytes_text(name);
	assert_int_equal(answers_key(answers, "", &part, 1, key), 0);
	return key;
}

/* An answer about the serial "1NAME", and one that all have. */
static struct answer *make(const char *name, int64_t this_update, int64_t next_update)
{
	char serial[32];
	snprintf(serial, sizeof serial, "1%s", name);
	const struct bytes serials[] = {bytes_text(serial), bytes_text("common")};
	struct answer *answer = answer_new(&(struct answer){
		.response = bytes_text(name), .request = bytes_text(name), .authority = "",
		.serials = serials, .serial_count = 2, .this_update = this_update,
		.next_update = next_update});
	assert_non_null(answer);
	return answer;
}

static void put_between(const char *name, int64_t this_update, int64_t next_update)
{
	struct answer *answer = make(name, this_update, next_update);
	answers_put(answers, key_of(name), answer, answers_epoch(answers));
	answer_release(answer);
}

static void put(const char *name)
{
	put_between(name, NOW, NOW + DAY);
}

static enum answers_state find(const char *name)
{
	struct answer *answer = NULL;
	enum answers_state state = answers_find(answers, key_of(name), &answer);
	assert_int_equal(answer != NULL, state != ANSWERS_NONE);
	if (answer)
		assert_true(bytes_is_text(answer->response, name));
	answer_release(answer);
	return state;
}

static void answers_are_found_under_what_was_asked(void **state)
{
	(void)state;
	uint8_t first[ANSWERS_KEY], second[ANSWERS_KEY];
	const struct bytes ids[] = {bytes_text("a"), bytes_text("b")};
	assert_int_equal(find("a"), ANSWERS_NONE);
	put("a");
	assert_int_equal(find("a"), ANSWERS_READY);
	assert_int_equal(find("b"), ANSWERS_NONE);
	assert_int_equal(answers_key(answers, "", ids, 2, first), 0);
	assert_int_equal(answers_key(answers, "issuing", ids, 2, second), 0);
	assert_memory_not_equal(first, second, sizeof first);
	assert_memory_not_equal(first, key_of("a"), sizeof first);
	/* a newer one takes its place */
	put("a");
	assert_int_equal(answers_count(answers), 1);
}

static void the_one_that_is_not_used_makes_room(void **state)
{
	(void)state;
	put("a");
	put("b");
	put("c");
	put("d");
	assert_int_equal(find("a"), ANSWERS_READY);
	put("e");
	assert_int_equal(answers_count(answers), MOST);
	assert_int_equal(find("b"), ANSWERS_NONE);
	assert_int_equal(find("a"), ANSWERS_READY);
	assert_int_equal(find("e"), ANSWERS_READY);
	/* there may be many of them */
	for (int i = 0; i < 1000; i++) {
		char name[16];
		snprintf(name, sizeof name, "n%d", i);
		put(name);
		assert_int_equal(find(name), ANSWERS_READY);
	}
	assert_int_equal(answers_count(answers), MOST);
}

static void an_answer_is_due_once_shortly_before_its_end(void **state)
{
	(void)state;
	put("a");
	clock_freeze(NOW + DAY * 7 / 8 - 1);
	assert_int_equal(find("a"), ANSWERS_READY);
	clock_freeze(NOW + DAY * 7 / 8);
	assert_int_equal(find("a"), ANSWERS_DUE);
	assert_int_equal(find("a"), ANSWERS_READY);
	answers_not_renewed(answers, key_of("a"));
	assert_int_equal(find("a"), ANSWERS_READY);
	clock_freeze(NOW + DAY * 7 / 8 + ANSWERS_RETRY);
	assert_int_equal(find("a"), ANSWERS_DUE);
	put_between("a", clock_now(), clock_now() + DAY);
	clock_freeze(NOW + DAY + 60);
	assert_int_equal(find("a"), ANSWERS_READY);
	answers_not_renewed(answers, key_of("a"));
	assert_int_equal(find("a"), ANSWERS_READY);
}

static void no_answer_is_given_past_its_end(void **state)
{
	(void)state;
	put("a");
	clock_freeze(NOW + DAY - 1);
	assert_int_not_equal(find("a"), ANSWERS_NONE);
	clock_freeze(NOW + DAY);
	assert_int_equal(find("a"), ANSWERS_NONE);
	assert_int_equal(answers_count(answers), 0);
	put_between("b", NOW, NOW + DAY);
	assert_int_equal(answers_count(answers), 0);
}

static unsigned noted;

static void note(void *arg, struct answer *answer, const uint8_t *key)
{
	assert_ptr_equal(arg, &noted);
	assert_memory_equal(key, key_of((const char[]){(char)answer->request.data[0], '\0'}),
	                    ANSWERS_KEY);
	noted++;
	answer_release(answer);
}

static void what_is_revoked_is_forgotten(void **state)
{
	(void)state;
	const struct bytes some[] = {bytes_text("1c"), bytes_text("9"), bytes_text("1a")};
	const struct bytes common = bytes_text("common");
	put("a");
	put("b");
	put("c");
	noted = 0;
	assert_int_equal(answers_forget(answers, some, 3, note, &noted), 0);
	assert_int_equal(noted, 2);
	assert_int_equal(find("a"), ANSWERS_NONE);
	assert_int_equal(find("b"), ANSWERS_READY);
	assert_int_equal(find("c"), ANSWERS_NONE);
	put("c");
	assert_int_equal(answers_forget(answers, &common, 1, note, &noted), 0);
	assert_int_equal(noted, 4);
	assert_int_equal(answers_count(answers), 0);
	assert_int_equal(answers_forget(answers, NULL, 0, note, &noted), 0);
}

static void an_answer_that_a_revocation_overtook_is_not_kept(void **state)
{
	(void)state;
	const struct bytes other = bytes_text("other");
	struct answer *answer = make("a", NOW, NOW + DAY);
	uint64_t epoch = answers_epoch(answers);
	assert_int_equal(answers_forget(answers, &other, 1, note, &noted), 0);
	answers_put(answers, key_of("a"), answer, epoch);
	assert_int_equal(find("a"), ANSWERS_NONE);
	epoch = answers_epoch(answers);
	answers_doubt(answers);
	answers_put(answers, key_of("a"), answer, epoch);
	assert_int_equal(find("a"), ANSWERS_NONE);
	answers_put(answers, key_of("a"), answer, answers_epoch(answers));
	assert_int_equal(find("a"), ANSWERS_READY);
	answer_release(answer);
}

static void a_doubtful_answer_stays_until_there_is_another(void **state)
{
	(void)state;
	put("a");
	put("b");
	assert_int_equal(answers_count_doubtful(answers), 0);
	answers_doubt(answers);
	assert_int_equal(find("a"), ANSWERS_DOUBTFUL);
	assert_int_equal(find("a"), ANSWERS_DOUBTFUL);
	assert_int_equal(answers_count_doubtful(answers), 2);
	put("a");
	assert_int_equal(find("a"), ANSWERS_READY);
	assert_int_equal(answers_count_doubtful(answers), 1);
	answers_doubt(answers);
	answers_doubt(answers);
	assert_int_equal(answers_count_doubtful(answers), 2);
	clock_freeze(NOW + DAY);
	assert_int_equal(find("a"), ANSWERS_NONE);
	assert_int_equal(answers_count_doubtful(answers), 1);
}

static void large_answers_are_not_kept(void **state)
{
	(void)state;
	static const uint8_t zeros[ANSWERS_SIZE_MAX];
	struct answer *answer = answer_new(&(struct answer){
		.response = BYTES_OF(zeros), .authority = "", .next_update = NOW + DAY});
	answers_put(answers, key_of("a"), answer, answers_epoch(answers));
	answer_release(answer);
	assert_int_equal(find("a"), ANSWERS_NONE);
}

static void none_are_kept_when_none_are_wanted(void **state)
{
	(void)state;
	struct error err;
	answers_free(answers);
	assert_int_equal(answers_new(&answers, 0, &err), 0);
	put("a");
	assert_int_equal(find("a"), ANSWERS_NONE);
	assert_int_equal(answers_count(answers), 0);
}

static void drop(void *arg, struct answer *answer, const uint8_t *key)
{
	(void)arg, (void)key;
	answer_release(answer);
}

static void *work(void *arg)
{
	uint8_t key[ANSWERS_KEY];
	unsigned seed = *(unsigned *)arg;
	for (int i = 0; i < 3000; i++) {
		char name[] = {(char)('a' + rand_r(&seed) % 8), '\0'};
		const struct bytes part = bytes_text(name);
		struct answer *answer = NULL;
		answers_key(answers, "", &part, 1, key);
		uint64_t epoch = answers_epoch(answers);
		if (answers_find(answers, key, &answer) == ANSWERS_NONE) {
			answer = make(name, NOW, NOW + DAY);
			answers_put(answers, key, answer, epoch);
		}
		char serial[] = {'1', name[0], '\0'};
		const struct bytes revoked = bytes_text(serial);
		if (i % 7 == 0)
			answers_forget(answers, &revoked, 1, drop, NULL);
		assert_true(bytes_is_text(answer->response, name));
		answer_release(answer);
	}
	return NULL;
}

static void many_use_them_at_once(void **state)
{
	(void)state;
	pthread_t threads[4];
	unsigned seeds[4] = {1, 2, 3, 4};
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &seeds[i]), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_true(answers_count(answers) <= MOST);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_are_found_under_what_was_asked),
		TEST(the_one_that_is_not_used_makes_room),
		TEST(an_answer_is_due_once_shortly_before_its_end),
		TEST(no_answer_is_given_past_its_end),
		TEST(what_is_revoked_is_forgotten),
		TEST(an_answer_that_a_revocation_overtook_is_not_kept),
		TEST(a_doubtful_answer_stays_until_there_is_another),
		TEST(large_answers_are_not_kept),
		TEST(none_are_kept_when_none_are_wanted),
		TEST(many_use_them_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
