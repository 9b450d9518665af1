/* What becomes of the files of certificates that are revoked. */
#include "published.h"

static enum signet_exit_result notify(void *instance, enum signet_event_kind kind,
                                      enum signet_certificate_state now, const char *certificate)
{
	struct signet_event event = published_event();
	event.kind = kind;
	event.state = now;
	event.certificate = bytes_text(certificate);
	return exit_file.notify(instance, &event, NULL);
}

static void revoked_certificate_is_removed_but_no_other(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	published_make(engine, directory);
	void *instance = published_open(engine, "directory: published\nformat: [pem, der]\n"
	                               "file-name: \"{name}.{ext}\"\non-revoke: remove\n");
	assert_int_equal(notify(instance, SIGNET_EVENT_ISSUED, SIGNET_VALID, "leaf"),
	                 SIGNET_EXIT_DONE);
	assert_int_equal(published_count(directory), 2);
	/* the older one of this name */
	assert_int_equal(notify(instance, SIGNET_EVENT_REVOKED, SIGNET_REVOKED, "other"),
	                 SIGNET_EXIT_DONE);
	assert_int_equal(published_count(directory), 2);
	assert_int_equal(notify(instance, SIGNET_EVENT_REVOKED, SIGNET_HELD, "leaf"),
	                 SIGNET_EXIT_DONE);
	assert_int_equal(published_count(directory), 0);
	/* again, and released */
	assert_int_equal(notify(instance, SIGNET_EVENT_REVOKED, SIGNET_HELD, "leaf"),
	                 SIGNET_EXIT_DONE);
	assert_int_equal(notify(instance, SIGNET_EVENT_UNREVOKED, SIGNET_VALID, "leaf"),
	                 SIGNET_EXIT_DONE);
	published_expect(directory, "example.com.pem", LEAF_PEM, 0644);
	/* an engine that does not say the state */
	assert_int_equal(notify(instance, SIGNET_EVENT_REVOKED, 0, "leaf"), SIGNET_EXIT_DONE);
	assert_int_equal(published_count(directory), 0);
	exit_file.close(instance);
}

static void what_was_revoked_meanwhile_is_not_published(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	published_make(engine, directory);
	void *instance = published_open(engine, "directory: published\non-revoke: remove\n");
	assert_int_equal(notify(instance, SIGNET_EVENT_ISSUED, SIGNET_REVOKED, "leaf"),
	                 SIGNET_EXIT_DONE);
	assert_int_equal(published_count(directory), 0);
	/* and what was released meanwhile stays */
	assert_int_equal(notify(instance, SIGNET_EVENT_ISSUED, SIGNET_VALID, "leaf"),
	                 SIGNET_EXIT_DONE);
	assert_int_equal(notify(instance, SIGNET_EVENT_REVOKED, SIGNET_VALID, "leaf"),
	                 SIGNET_EXIT_DONE);
	assert_int_equal(published_count(directory), 1);
	exit_file.close(instance);
}

static void revoked_certificate_is_renamed_and_back(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	published_make(engine, directory);
	void *instance = published_open(engine, "directory: published\non-revoke: rename\n");
	assert_int_equal(notify(instance, SIGNET_EVENT_ISSUED, SIGNET_VALID, "leaf"),
	                 SIGNET_EXIT_DONE);
	for (int i = 0; i < 2; i++)
		assert_int_equal(notify(instance, SIGNET_EVENT_REVOKED, SIGNET_HELD, "leaf"),
		                 SIGNET_EXIT_DONE);
	published_expect(directory, "4142.pem.revoked", LEAF_PEM, 0644);
	assert_int_equal(published_count(directory), 1);
	for (int i = 0; i < 2; i++)
		assert_int_equal(notify(instance, SIGNET_EVENT_UNREVOKED, SIGNET_VALID, "leaf"),
		                 SIGNET_EXIT_DONE);
	published_expect(directory, "4142.pem", LEAF_PEM, 0644);
	assert_int_equal(published_count(directory), 1);
	exit_file.close(instance);
}

static void revoked_certificate_stays_unless_told_otherwise(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	published_make(engine, directory);
	void *instance = published_open(engine, "directory: published\n");
	assert_int_equal(notify(instance, SIGNET_EVENT_REVOKED, SIGNET_REVOKED, "leaf"),
	                 SIGNET_EXIT_DONE);
	assert_int_equal(published_count(directory), 0);
	assert_int_equal(notify(instance, SIGNET_EVENT_ISSUED, SIGNET_REVOKED, "leaf"),
	                 SIGNET_EXIT_DONE);
	assert_int_equal(published_count(directory), 1);
	exit_file.close(instance);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(revoked_certificate_is_removed_but_no_other),
		TEST(what_was_revoked_meanwhile_is_not_published),
		TEST(revoked_certificate_is_renamed_and_back),
		TEST(revoked_certificate_stays_unless_told_otherwise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
