/* A whole engine process behind its sockets, asked through api/client.h. */
#include "fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/exit.h"
#include "api/policy.h"
#include "base/log.h"
#include "base/role.h"
#include "base/text.h"
#include "engine/engine.h"

static char program[4096]; /* this one; under valgrind, /proc/self/exe itself is valgrind */

/* Those of the first start: startup and ca-certificate. */
#define START_EVENTS 2

struct process {
	struct fixture f;
	pid_t pid;
	struct signet_client *client, *admin;
};

/* What this program does when it is called as an engine: a fresh process, for a fork of one with
 * threads may find locks that nobody will open. */
static int run_engine(const char *config, const char *ready_fd)
{
	struct settings *settings;
	uint64_t fd;
	struct error err = {0};
	log_setup("engine", LOG_ERROR, false);
	if (text_to_uint(ready_fd, 1024, &fd) || settings_load(&settings, config, &err))
		return 2;
	int status = engine_run(settings, (int)fd);
	settings_free(settings);
	return status;
}

/* What the engine said on its pipe: ROLE_READY or a reason. */
static void start(struct process *p, char *said, size_t size)
{
	int fds[2];
	char number[16];
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	snprintf(number, sizeof number, "%d", fds[1]);
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0) {
		fcntl(fds[1], F_SETFD, 0);
		execl(program, "engine", p->f.config, number, (char *)NULL);
		_exit(2);
	}
	close(fds[1]);
	size_t length = 0;
	for (ssize_t n; (n = read(fds[0], said + length, size - 1 - length)) > 0;)
		length += (size_t)n;
	said[length] = '\0';
	close(fds[0]);
}

static int finish(struct process *p, int number)
{
	int status = 0;
	if (number)
		kill(p->pid, number);
	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	p->pid = 0;
	return status;
}

static void connect_clients(struct process *p)
{
	char path[FIXTURE_PATH];
	fixture_path(&p->f, "run/request.sock", path);
	assert_int_equal(signet_client_open(&p->client, path, NULL), 0);
	fixture_path(&p->f, "run/admin.sock", path);
	assert_int_equal(signet_client_open(&p->admin, path, NULL), 0);
}

static int setup(void **state)
{
	static struct process p;
	char said[1024];
	p = (struct process){0};
	fixture_make(&p.f, fixture_sections);
	start(&p, said, sizeof said);
	assert_string_equal(said, ROLE_READY);
	connect_clients(&p);
	*state = &p;
	return 0;
}

static int teardown(void **state)
{
	struct process *p = *state;
	signet_client_close(p->client);
	signet_client_close(p->admin);
	if (p->pid)
		finish(p, SIGTERM);
	fixture_end(&p->f);
	return 0;
}

static void submit(struct process *p, const char *name, const char *key,
                   struct signet_outcome *out)
{
	struct error err = {0};
	struct signet_submission s = fixture_submission(
		fixture_csr(p->f.arena, p->f.key, "", name, NULL), key);
	struct signet_attribute attribute = {"device-type", "printer"};
	s.attributes = &attribute;
	s.attribute_count = 1;
	if (signet_submit(p->client, p->f.arena, &s, out, &err))
		fail_msg("%s", err.message);
}

static void a_submission_is_issued_and_found_again(void **state)
{
	struct process *p = *state;
	struct signet_outcome out, again;
	struct signet_certificate c;
	submit(p, "dns:www.example.com", "order-1", &out);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	assert_int_equal(out.chain_count, 1);
	assert_true(bytes_equal(out.chain[0], p->f.issuing));
	assert_int_equal(signet_retrieve(p->client, p->f.arena, out.request_id, &again, NULL), 0);
	assert_true(bytes_equal(out.certificate, again.certificate));
	assert_int_equal(signet_get_certificate_by_serial(p->client, p->f.arena, out.serial, &c,
	                                                  NULL), 0);
	assert_true(bytes_equal(out.certificate, c.certificate));
	assert_int_equal(c.state, SIGNET_VALID);
	assert_string_equal(c.subject, "CN=www.example.com");
	assert_int_equal(c.name_count, 1);
	assert_string_equal(c.names[0], "dns:www.example.com");
	assert_string_equal(c.requester, "account 1");
	assert_int_equal(signet_get_certificate_by_request(p->client, p->f.arena, out.request_id, &c,
	                                                   NULL), 0);
	assert_int_equal(signet_get_certificate_by_id(p->client, p->f.arena, out.certificate_id, &c,
	                                              NULL), 0);
	assert_int_equal(signet_get_certificate_by_id(p->client, p->f.arena, 77, &c, NULL),
	                 SIGNET_E_NOT_FOUND);
}

static void the_configuration_is_listed(void **state)
{
	struct process *p = *state;
	struct signet_authority *authorities;
	struct signet_profile *profiles;
	struct signet_outcome out;
	struct bytes *chain;
	size_t count;
	submit(p, "dns:www.example.com", "order-1", &out);
	assert_int_equal(signet_list_authorities(p->client, p->f.arena, &authorities, &count, NULL), 0);
	assert_int_equal(count, 1);
	assert_string_equal(authorities[0].name, "issuing");
	assert_string_equal(authorities[0].subject, "CN=Test Issuing");
	assert_string_equal(authorities[0].key, "P-256");
	assert_int_equal(authorities[0].issued, 1);
	assert_int_equal(signet_list_profiles(p->client, p->f.arena, &profiles, &count, NULL), 0);
	assert_int_equal(count, 2);
	assert_string_equal(profiles[0].name, "tls-server");
	assert_int_equal(profiles[0].validity, 90 * 86400);
	assert_int_equal(signet_get_chain(p->client, p->f.arena, "issuing", &chain, &count, NULL), 0);
	assert_int_equal(count, 2);
	assert_true(bytes_equal(chain[1], p->f.root));
	assert_int_equal(signet_get_chain(p->client, p->f.arena, "other", &chain, &count, NULL),
	                 SIGNET_E_NOT_FOUND);
}

static void administrators_see_what_happened(void **state)
{
	struct process *p = *state;
	struct signet_outcome out, denied;
	struct signet_request_info *requests, info;
	struct signet_certificate *certificates;
	struct signet_status status;
	size_t count;
	bool more;
	submit(p, "dns:www.example.com", "order-1", &out);
	submit(p, "dns:www.example.org", "order-2", &denied);
	assert_int_equal(signet_list_requests(p->admin, p->f.arena, 0, 10, 0, &requests, &count, &more,
	                                      NULL), 0);
	assert_int_equal(count, 2);
	assert_false(more);
	assert_int_equal(requests[0].id, denied.request_id);
	assert_int_equal(requests[0].state, SIGNET_REQUEST_DENIED);
	assert_string_equal(requests[1].names[0], "dns:www.example.com");
	assert_true(bytes_equal(requests[1].serial, out.serial));
	assert_int_equal(signet_show_request(p->admin, p->f.arena, out.request_id, &info, NULL), 0);
	assert_int_equal(info.trace_count, 3);
	assert_string_equal(info.trace[1].rule, "names");
	assert_int_equal(info.attribute_count, 1);
	assert_string_equal(info.attributes[0].value, "printer");
	assert_string_equal(info.key, "P-256");
	assert_int_equal(info.extension_count, 8);
	bool seen = false;
	for (size_t i = 0; i < info.extension_count; i++) {
		if (strcmp(info.extensions[i].name, "subjectAltName") == 0) {
			seen = true;
			assert_int_equal(info.extensions[i].origin, SIGNET_ORIGIN_REQUEST);
		} else if (strcmp(info.extensions[i].name, "keyUsage") == 0) {
			assert_int_equal(info.extensions[i].origin, SIGNET_ORIGIN_PROFILE);
		} else if (strcmp(info.extensions[i].name, "authorityKeyIdentifier") == 0) {
			assert_int_equal(info.extensions[i].origin, SIGNET_ORIGIN_ENGINE);
		}
	}
	assert_true(seen);
	assert_int_equal(signet_show_request(p->admin, p->f.arena, denied.request_id, &info, NULL), 0);
	assert_int_equal(info.trace_count, 2);
	assert_int_equal(info.trace[1].decision, SIGNET_DENY);
	assert_int_equal(signet_list_certificates(p->admin, p->f.arena, 0, 10, "WWW.example.com",
	                                          &certificates, &count, &more, NULL), 0);
	assert_int_equal(count, 1);
	assert_int_equal(signet_list_certificates(p->admin, p->f.arena, 0, 10, "example.com",
	                                          &certificates, &count, &more, NULL), 0);
	assert_int_equal(count, 0);
	assert_int_equal(signet_get_status(p->admin, p->f.arena, &status, NULL), 0);
	assert_int_equal(status.pid, p->pid);
	assert_int_equal(status.requests, 2);
	assert_int_equal(status.certificates, 1);
	assert_int_equal(status.events, START_EVENTS + 2);
}

static void events_come_in_order_and_once_advanced_not_again(void **state)
{
	struct process *p = *state;
	struct signet_outcome out;
	struct signet_event *events;
	size_t count;
	uint64_t last, all = SIGNET_EVENT_BIT(SIGNET_EVENT_ISSUED) | SIGNET_EVENT_BIT(SIGNET_EVENT_DENIED);
	const struct signet_events_query file = {.consumer = "file", .kinds = all, .limit = 10};
	submit(p, "dns:a.example.com", "order-1", &out);
	submit(p, "dns:a.example.org", "order-2", &out);
	submit(p, "dns:c.example.com", "order-3", &out);
	assert_int_equal(signet_read_events(p->client, p->f.arena, &file, &events, &count, &last,
	                                    NULL), 0);
	assert_int_equal(count, 3);
	assert_int_equal(last, START_EVENTS + 3);
	assert_int_equal(events[1].kind, SIGNET_EVENT_DENIED);
	assert_string_equal(events[1].names[0], "dns:a.example.org");
	assert_true(bytes_equal(events[2].certificate, out.certificate));
	assert_string_equal(events[2].profile, "tls-server");
	assert_int_equal(signet_advance_events(p->client, "file", START_EVENTS + 2, NULL), 0);
	assert_int_equal(signet_read_events(p->client, p->f.arena, &file, &events, &count, &last,
	                                    NULL), 0);
	assert_int_equal(count, 1);
	assert_int_equal(events[0].sequence, START_EVENTS + 3);
	/* another consumer has a cursor of its own, and kinds that are not wanted are passed by */
	const struct signet_events_query ldap = {
		.consumer = "ldap", .kinds = SIGNET_EVENT_BIT(SIGNET_EVENT_DENIED), .limit = 10};
	assert_int_equal(signet_read_events(p->client, p->f.arena, &ldap, &events, &count, &last,
	                                    NULL), 0);
	assert_int_equal(count, 1);
	assert_int_equal(last, START_EVENTS + 3);
	assert_int_equal(signet_advance_events(p->client, "file", START_EVENTS + 4, NULL),
	                 SIGNET_E_INVALID);
}

static void expect_kinds(struct process *p, const char *expected)
{
	struct signet_event *events;
	struct buffer text = BUFFER_MAX(4096);
	size_t count;
	uint64_t last;
	const struct signet_events_query query = {.consumer = "all", .kinds = UINT64_MAX, .limit = 50};
	assert_int_equal(signet_read_events(p->client, p->f.arena, &query, &events, &count, &last,
	                                    NULL), 0);
	for (size_t i = 0; i < count; i++)
		buffer_printf(&text, "%s ", signet_event_name(events[i].kind));
	assert_string_equal(buffer_text(&text), expected);
	buffer_free(&text);
}

static void starts_and_stops_are_events(void **state)
{
	struct process *p = *state;
	char said[1024];
	expect_kinds(p, "startup ca-certificate ");
	assert_true(WIFEXITED(finish(p, SIGTERM)));
	start(p, said, sizeof said);
	assert_string_equal(said, ROLE_READY);
	expect_kinds(p, "startup ca-certificate shutdown startup ");
}

static void requests_outlive_kill_9(void **state)
{
	struct process *p = *state;
	struct signet_outcome out, again;
	char said[1024];
	submit(p, "dns:www.example.com", "order-1", &out);
	assert_true(WIFSIGNALED(finish(p, SIGKILL)));
	start(p, said, sizeof said);
	assert_string_equal(said, ROLE_READY);
	assert_int_equal(signet_retrieve(p->client, p->f.arena, out.request_id, &again, NULL), 0);
	assert_true(bytes_equal(out.certificate, again.certificate));
	assert_true(WIFEXITED(finish(p, SIGTERM)));
}

#define CALLERS 8
#define ROUNDS 12
#define KILLS 3

struct caller {
	pthread_t thread;
	struct process *p;
	struct arena *arena;
	struct bytes csr;
	unsigned number;
	struct signet_outcome got[ROUNDS];
	int error;
};

/* As an intermediary does: the same key again until there is an outcome. */
static int submit_until_answered(struct caller *c, unsigned round)
{
	char key[32];
	int result;
	snprintf(key, sizeof key, "%u-%u", c->number, round);
	struct signet_submission s = fixture_submission(c->csr, key);
	do
		result = signet_submit(c->p->client, c->arena, &s, &c->got[round], NULL);
	while (result == SIGNET_E_UNAVAILABLE || result == SIGNET_E_TIMEOUT);
	return result;
}

static void *submit_all(void *arg)
{
	struct caller *c = arg;
	for (unsigned i = 0; i < ROUNDS && c->error == 0; i++)
		c->error = submit_until_answered(c, i);
	return NULL;
}

static void check_caller(struct process *p, const struct caller *c)
{
	struct signet_certificate found;
	assert_int_equal(c->error, 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		assert_int_equal(c->got[i].disposition, SIGNET_ISSUED);
		assert_int_equal(signet_get_certificate_by_serial(p->client, p->f.arena,
		                                                  c->got[i].serial, &found, NULL), 0);
		assert_true(bytes_equal(found.certificate, c->got[i].certificate));
	}
}

static void kill_9_under_load_loses_and_doubles_nothing(void **state)
{
	struct process *p = *state;
	static struct caller callers[CALLERS];
	struct signet_status status;
	char said[1024];
	struct bytes csr = fixture_csr(p->f.arena, p->f.key, "", "dns:a.example.com", NULL);
	for (unsigned i = 0; i < CALLERS; i++) {
		callers[i] = (struct caller){.p = p, .number = i, .csr = csr,
		                             .arena = arena_new(16u << 20)};
		assert_int_equal(pthread_create(&callers[i].thread, NULL, submit_all, &callers[i]), 0);
	}
	for (unsigned i = 0; i < KILLS; i++) {
		/* in the middle of the work, wherever that is */
		poll(NULL, 0, 5);
		finish(p, SIGKILL);
		start(p, said, sizeof said);
		assert_string_equal(said, ROLE_READY);
	}
	for (unsigned i = 0; i < CALLERS; i++) {
		pthread_join(callers[i].thread, NULL);
		check_caller(p, &callers[i]);
		arena_free(callers[i].arena);
	}
	assert_int_equal(signet_get_status(p->admin, p->f.arena, &status, NULL), 0);
	assert_int_equal(status.certificates, CALLERS * ROUNDS);
	assert_int_equal(status.requests, CALLERS * ROUNDS);
	/* beside those of the first start each start is one */
	assert_int_equal(status.events, CALLERS * ROUNDS + START_EVENTS + KILLS);
}

#define WAITING 40

struct officer {
	pthread_t thread;
	struct process *p;
	struct arena *arena;
	uint64_t ids[WAITING];
	int error;
};

/* As an officer does: looks what came of it when the connection broke. */
static int approve_until_done(struct officer *o, uint64_t id)
{
	struct signet_request_info info;
	struct signet_outcome out;
	do {
		int result = signet_approve_request(o->p->admin, o->arena, id, "", &out, NULL);
		if (result && result != SIGNET_E_UNAVAILABLE && result != SIGNET_E_TIMEOUT)
			return result;
		result = signet_show_request(o->p->admin, o->arena, id, &info, NULL);
		if (result)
			return result;
	} while (info.state == SIGNET_REQUEST_PENDING);
	return info.state == SIGNET_REQUEST_ISSUED && info.approver_count == 1 ? 0 : SIGNET_E_INTERNAL;
}

static void *approve_all(void *arg)
{
	struct officer *o = arg;
	for (unsigned i = 0; i < WAITING && o->error == 0; i++)
		o->error = approve_until_done(o, o->ids[i]);
	return NULL;
}

static void submit_waiting(struct process *p, struct officer *o)
{
	char key[16];
	for (unsigned i = 0; i < WAITING; i++) {
		struct signet_outcome out;
		snprintf(key, sizeof key, "%u", i);
		submit(p, "dns:a.example.com", key, &out);
		assert_int_equal(out.disposition, SIGNET_PENDING);
		o->ids[i] = out.request_id;
	}
}

static void approvals_under_kill_9_issue_each_once(void **state)
{
	struct process *p = *state;
	struct officer officer = {.p = p, .arena = arena_new(64u << 20)};
	struct signet_status status;
	char said[1024], sections[4096];
	finish(p, SIGTERM);
	snprintf(sections, sizeof sections, "%s  - approval: {}\n", fixture_sections);
	fixture_configure(&p->f, sections);
	start(p, said, sizeof said);
	assert_string_equal(said, ROLE_READY);
	submit_waiting(p, &officer);
	assert_int_equal(pthread_create(&officer.thread, NULL, approve_all, &officer), 0);
	for (unsigned i = 0; i < KILLS; i++) {
		/* in the middle of the work, wherever that is */
		poll(NULL, 0, 5);
		finish(p, SIGKILL);
		start(p, said, sizeof said);
		assert_string_equal(said, ROLE_READY);
	}
	pthread_join(officer.thread, NULL);
	arena_free(officer.arena);
	assert_int_equal(officer.error, 0);
	assert_int_equal(signet_get_status(p->admin, p->f.arena, &status, NULL), 0);
	assert_int_equal(status.requests, WAITING);
	assert_int_equal(status.certificates, WAITING);
	assert_int_equal(status.pending, 0);
}

static void an_unusable_key_is_one_clear_line(void **state)
{
	struct process p = {0};
	char said[1024];
	(void)state;
	fixture_make(&p.f, fixture_sections);
	fixture_write_key(&p.f, "issuing.key", p.f.root_key, NULL);
	start(&p, said, sizeof said);
	assert_non_null(strstr(said, "signet.yaml:"));
	assert_non_null(strstr(said, "authorities.issuing.certificate: issuing.pem: the key of the "
	                       "configuration is not the certificate's"));
	int status = finish(&p, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	fixture_end(&p.f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	if (argc == 3)
		return run_engine(argv[1], argv[2]);
	if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
		return 1;
	const struct CMUnitTest tests[] = {
		TEST(a_submission_is_issued_and_found_again),
		TEST(the_configuration_is_listed),
		TEST(administrators_see_what_happened),
		TEST(events_come_in_order_and_once_advanced_not_again),
		TEST(starts_and_stops_are_events),
		TEST(requests_outlive_kill_9),
		TEST(kill_9_under_load_loses_and_doubles_nothing),
		TEST(approvals_under_kill_9_issue_each_once),
		cmocka_unit_test(an_unusable_key_is_one_clear_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
