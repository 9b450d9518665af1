/*
 * Certificates and their events, for the tests of the exit module `ldap`.
 */
#ifndef TESTS_EXIT_CERTIFICATES_H
#define TESTS_EXIT_CERTIFICATES_H

#include "directory.h"
#include "tests/unit/pki/sample.h"

#include "base/clock.h"

#define NOW INT64_C(1768000000) /* 2026-01-09 */
#define DAY INT64_C(86400)

#define USER_CERTIFICATE "userCertificate;binary"

#define OUR_NAME "CN=Issuing CA,O=Example"

/* DER in the arena, valid from so many days from now to so many. */
static inline struct bytes make_certificate(const char *issuer, const char *subject, int from,
                                            int to)
{
	static uint8_t serial[SERIAL_SIZE] = {0x41};
	struct buffer der = BUFFER_MAX(LIMIT_CERTIFICATE);
	struct sample sample;
	struct error err = {0};
	sample_make(&sample, "p-256");
	serial[SERIAL_SIZE - 1]++;
	sample.template.serial = BYTES_OF(serial);
	sample.template.issuer = sample_name(issuer);
	sample.template.subject = sample_name(subject);
	sample.template.not_before = NOW + from * DAY;
	sample.template.not_after = NOW + to * DAY;
	if (certificate_build(&der, &sample.template, sample.ca, &err))
		fail_msg("%s %s", err.message, err.detail);
	struct bytes kept = sample_keep(&der, 0);
	sample_free(&sample);
	return kept;
}

/* One that is valid now, for this common name. */
static inline struct bytes make_leaf(const char *common_name)
{
	char subject[256];
	snprintf(subject, sizeof subject, "CN=%s", common_name);
	return make_certificate(OUR_NAME, subject, -1, 90);
}

/* Its event, with this mailbox as the only name. */
static inline struct signet_event make_event(enum signet_event_kind kind,
                                             enum signet_certificate_state state,
                                             struct bytes certificate, const char *email)
{
	static const char *names[16];
	static char texts[16][256];
	static unsigned turn;
	turn = (turn + 1) % 16;
	snprintf(texts[turn], sizeof texts[turn], "email:%s", email);
	names[turn] = texts[turn];
	return (struct signet_event){
		.sequence = 5, .kind = kind, .request_id = 17, .certificate_id = 17,
		.authority = "issuing", .profile = "device", .requester = "alice",
		.serial = bytes_text("AB"), .certificate = certificate, .subject = "",
		.names = &names[turn], .name_count = 1, .state = state,
	};
}

#define ISSUED(certificate, email) make_event(SIGNET_EVENT_ISSUED, SIGNET_VALID, certificate, email)
#define REVOKED(certificate, email)                                                               \
	make_event(SIGNET_EVENT_REVOKED, SIGNET_REVOKED, certificate, email)

static inline int certificates_setup(void **state)
{
	clock_freeze(NOW);
	return arena_setup(state) || server_setup(state) ? -1 : 0;
}

static inline int certificates_teardown(void **state)
{
	return server_teardown(state) || arena_teardown(state) ? -1 : 0;
}

/* After each test. */
static inline int clean_up(void **state)
{
	(void)state;
	instances_close();
	server_clear();
	return 0;
}

#define TEST(f) cmocka_unit_test_teardown(f, clean_up)

#define expect(instance, event, result)                                                            \
	do {                                                                                       \
		const struct signet_event event_ = (event);                                        \
		enum signet_exit_result result_ = notify(instance, &event_);                       \
		if (result_ != (result))                                                           \
			fail_msg("%s:%d: %d: %s (%s)", __FILE__, __LINE__, result_,                \
			         notified.message, notified.detail);                               \
	} while (0)

#endif
