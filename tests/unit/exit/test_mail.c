/* The module against a real SMTP server, tests/system/smtp_sink.py. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "api/exit.h"
#include "base/file.h"
#include "tests/unit/tree.h"

extern const struct signet_exit exit_mail;

struct sink {
	char directory[64];
	pid_t pid;
	int port;
	struct conf *conf;
	void *instance;
};

static void write_text(const struct sink *sink, const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", sink->directory, name);
	assert_int_equal(file_write(path, bytes_text(text), 0600, FILE_REPLACE, NULL), 0);
}

static void make_certificate(const char *certificate, const char *key)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		execlp("openssl", "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
		       "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-addext",
		       "subjectAltName=DNS:localhost", "-days", "2", "-keyout", key, "-out",
		       certificate, NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* tls: with a certificate for localhost, made here. */
static void start_sink(struct sink *sink, bool tls)
{
	char script[512], certificate[128] = "", key[128] = "";
	int ends[2];
	snprintf(script, sizeof script, "%s/tests/system/smtp_sink.py", getenv("srcdir"));
	if (tls) {
		snprintf(certificate, sizeof certificate, "%s/tls.pem", sink->directory);
		snprintf(key, sizeof key, "%s/tls.key", sink->directory);
		make_certificate(certificate, key);
	}
	assert_int_equal(pipe(ends), 0);
	sink->pid = fork();
	if (sink->pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execlp("python3", "python3", script, sink->directory, tls ? certificate : NULL, key,
		       NULL);
		_exit(127);
	}
	close(ends[1]);
	FILE *out = fdopen(ends[0], "r");
	assert_int_equal(fscanf(out, "%d", &sink->port), 1);
	fclose(out);
}

static int setup(void **state)
{
	struct sink *sink = calloc(1, sizeof *sink);
	snprintf(sink->directory, sizeof sink->directory, "/tmp/signet-mail-XXXXXX");
	assert_non_null(mkdtemp(sink->directory));
	*state = sink;
	return 0;
}

static int teardown(void **state)
{
	struct sink *sink = *state;
	if (sink->pid) {
		kill(sink->pid, SIGTERM);
		waitpid(sink->pid, NULL, 0);
	}
	if (sink->instance)
		exit_mail.close(sink->instance);
	conf_free(sink->conf);
	int result = tree_remove(sink->directory);
	free(sink);
	return result;
}

/* text: what stands behind the url. */
static int configure(struct sink *sink, const char *host, const char *text, struct error *err)
{
	char whole[1024];
	const struct signet_exit_host surroundings = {"mail", sink->directory, NULL, NULL};
	snprintf(whole, sizeof whole, "url: smtp://%s:%d\nfrom: ca@example.com\n%s", host,
	         sink->port, text);
	assert_int_equal(conf_parse(&sink->conf, "t.yaml", bytes_text(whole), NULL), 0);
	return exit_mail.configure(&sink->instance, &surroundings, conf_root(sink->conf), err);
}

static struct signet_event make_event(void)
{
	static const char *names[] = {"dns:b\xc3\xbc\x63her.example", "email:eve@example.com"};
	return (struct signet_event){
		.sequence = 5, .kind = SIGNET_EVENT_ISSUED, .time = 1700000000, .request_id = 17,
		.certificate_id = 17, .serial = bytes_text("AB"), .certificate = bytes_text("leaf"),
		.subject = "CN=x", .names = names, .name_count = 2, .authority = "issuing",
		.profile = "tls-server", .requester = "alice", .message = "",
		.not_before = 1690000000, .not_after = 1800000000};
}

static enum signet_exit_result notify(struct sink *sink, struct error *err)
{
	struct signet_event event = make_event();
	return exit_mail.notify(sink->instance, &event, err);
}

/* The mail of this number contains the text. */
static void expect_mail(const struct sink *sink, int number, const char *text)
{
	char path[128];
	_cleanup_buffer_ struct buffer mail = BUFFER_MAX(100000);
	snprintf(path, sizeof path, "%s/%d.eml", sink->directory, number);
	assert_int_equal(file_read(&mail, path, NULL), 0);
	if (!strstr(buffer_text(&mail), text))
		fail_msg("no '%s' in:\n%s", text, buffer_text(&mail));
}

static void a_mail_arrives(void **state)
{
	struct sink *sink = *state;
	struct error err = {0};
	start_sink(sink, false);
	assert_int_equal(configure(sink, "127.0.0.1",
	                           "start-tls: false\nattach: true\n"
	                           "to: [ops@example.com, '{email}', '{requester}']\n", &err), 0);
	assert_int_equal(notify(sink, &err), SIGNET_EXIT_DONE);
	expect_mail(sink, 1, "X-Envelope-From: <ca@example.com>");
	expect_mail(sink, 1, "X-Envelope-To: <ops@example.com>\r\nX-Envelope-To: <eve@example.com>\r\n"
	                     "Content-Type: ");
	expect_mail(sink, 1, "Subject: =?UTF-8?B?Q2VydGlmaWNhdGUgaXNzdWVkOiBiw7xjaGVyLmV4YW1wbGU=?=");
	expect_mail(sink, 1, "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n");
	expect_mail(sink, 1, "Message-ID: <signet.mail.5.1700000000@example.com>\r\n");
	expect_mail(sink, 1, "Serial:       4142\r\n");
	expect_mail(sink, 1, "-----BEGIN CERTIFICATE-----\r\nbGVhZg==\r\n-----END CERTIFICATE-----");
	/* the connection serves the next one, too */
	assert_int_equal(notify(sink, &err), SIGNET_EXIT_DONE);
	expect_mail(sink, 2, "X-Tls: False");
}

static void texts_and_recipients_may_be_given_per_event(void **state)
{
	struct sink *sink = *state;
	struct error err = {0};
	start_sink(sink, false);
	assert_int_equal(configure(sink, "127.0.0.1",
	                           "start-tls: false\nto: [ops@example.com]\nmessages:\n"
	                           "  issued: {to: [a@b.example], subject: 'S {serial}',"
	                           " body: \".\\n.. {names}\"}\n", &err), 0);
	assert_int_equal(notify(sink, &err), SIGNET_EXIT_DONE);
	expect_mail(sink, 1, "X-Envelope-To: <a@b.example>\r\nContent-Type: ");
	expect_mail(sink, 1, "Subject: S 4142\r\n");
	expect_mail(sink, 1, "\r\n\r\n.\r\n.. dns:b=C3=BCcher.example, email:eve@example.com");
}

static void nobody_to_write_to_is_done(void **state)
{
	struct sink *sink = *state;
	struct error err = {0};
	sink->port = 9;
	assert_int_equal(configure(sink, "127.0.0.1", "to: ['{requester}']\n", &err), 0);
	assert_int_equal(notify(sink, &err), SIGNET_EXIT_DONE);
}

static void what_the_relay_says_is_heeded(void **state)
{
	struct sink *sink = *state;
	struct error err = {0};
	start_sink(sink, false);
	assert_int_equal(configure(sink, "127.0.0.1", "start-tls: false\nto: [a@b.example]\n", &err),
	                 0);
	write_text(sink, "script", "RCPT 451 later\nRCPT 550 never\n. 452 full");
	assert_int_equal(notify(sink, &err), SIGNET_EXIT_RETRY);
	assert_int_equal(notify(sink, &err), SIGNET_EXIT_GIVE_UP);
	assert_non_null(strstr(err.message, "550"));
	assert_int_equal(notify(sink, &err), SIGNET_EXIT_RETRY);
	write_text(sink, "script", "MAIL 552 no");
	assert_int_equal(notify(sink, &err), SIGNET_EXIT_GIVE_UP);
	assert_int_equal(notify(sink, &err), SIGNET_EXIT_DONE);
	expect_mail(sink, 1, "Serial");
}

static void only_what_is_said_of_the_mail_is_final(void **state)
{
	static const struct {
		const char *script;
		enum signet_exit_result result;
	} cases[] = {
		{"MAIL 530 5.7.0 Must issue a STARTTLS command first", SIGNET_EXIT_RETRY},
		{"MAIL 530 5.7.0 Authentication required", SIGNET_EXIT_RETRY},
		{"MAIL 534 5.7.9 mechanism too weak", SIGNET_EXIT_RETRY},
		{"MAIL 535 5.7.8 no", SIGNET_EXIT_RETRY},
		{"MAIL 538 5.7.11 encryption required", SIGNET_EXIT_RETRY},
		{"MAIL 454 4.7.0 try later", SIGNET_EXIT_RETRY},
		{"MAIL 503 5.5.1 order", SIGNET_EXIT_RETRY},
		{"RCPT 521 5.3.2 no mail here", SIGNET_EXIT_RETRY},
		{"GREETING 554 no service", SIGNET_EXIT_RETRY},
		{"EHLO 550 not you\nHELO 550 not you", SIGNET_EXIT_RETRY},
		{"RCPT 550 5.1.1 nobody", SIGNET_EXIT_GIVE_UP},
		{"RCPT 551 5.1.6 moved", SIGNET_EXIT_GIVE_UP},
		{"RCPT 553 5.1.3 no name", SIGNET_EXIT_GIVE_UP},
		{". 552 5.3.4 too big", SIGNET_EXIT_GIVE_UP},
		{". 554 5.6.0 spam", SIGNET_EXIT_GIVE_UP},
		{"RCPT 556 5.1.10 takes no mail", SIGNET_EXIT_GIVE_UP},
	};
	struct sink *sink = *state;
	struct error err = {0};
	start_sink(sink, false);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		/* each with a connection of its own */
		assert_int_equal(configure(sink, "127.0.0.1",
		                           "start-tls: false\nto: [a@b.example]\n", &err), 0);
		write_text(sink, "script", cases[i].script);
		if (notify(sink, &err) != cases[i].result)
			fail_msg("%s: %s", cases[i].script, err.message);
		assert_int_equal(notify(sink, &err), SIGNET_EXIT_DONE);
		exit_mail.close(sink->instance);
		sink->instance = NULL;
		conf_free(sink->conf);
		sink->conf = NULL;
	}
}

static void braces_of_an_address_are_no_place(void **state)
{
	struct sink *sink = *state;
	struct error err = {0};
	start_sink(sink, false);
	assert_int_equal(configure(sink, "127.0.0.1",
	                           "start-tls: false\nto: ['a{b@example.com', 'a}b@example.com']\n",
	                           &err), 0);
	assert_int_equal(notify(sink, &err), SIGNET_EXIT_DONE);
	expect_mail(sink, 1, "X-Envelope-To: <a{b@example.com>\r\nX-Envelope-To: <a}b@example.com>\r\n");
}

static void a_relay_that_is_away_is_tried_again(void **state)
{
	struct sink *sink = *state;
	struct error err = {0};
	sink->port = 9;
	assert_int_equal(configure(sink, "127.0.0.1", "start-tls: false\nto: [a@b.example]\n", &err),
	                 0);
	assert_int_equal(notify(sink, &err), SIGNET_EXIT_RETRY);
}

static void mail_goes_with_tls_and_a_password(void **state)
{
	struct sink *sink = *state;
	struct error err = {0};
	start_sink(sink, true);
	write_text(sink, "password", "right\n");
	assert_int_equal(configure(sink, "localhost",
	                           "ca: tls.pem\nuser: signet\npassword: {file: password}\n"
	                           "to: [a@b.example]\n", &err), 0);
	if (notify(sink, &err) != SIGNET_EXIT_DONE)
		fail_msg("%s", err.message);
	expect_mail(sink, 1, "X-Tls: True\r\nX-User: signet");
}

static void a_wrong_password_is_tried_again(void **state)
{
	struct sink *sink = *state;
	struct error err = {0};
	start_sink(sink, true);
	write_text(sink, "password", "wrong\n");
	assert_int_equal(configure(sink, "localhost",
	                           "ca: tls.pem\nuser: signet\npassword: {file: password}\n"
	                           "to: [a@b.example]\n", &err), 0);
	assert_int_equal(notify(sink, &err), SIGNET_EXIT_RETRY);
}

/* No TLS offered, or not by whom we trust: nothing is sent. */
static void tls_is_demanded(void **state)
{
	struct sink *sink = *state;
	struct error err = {0};
	start_sink(sink, false);
	assert_int_equal(configure(sink, "localhost", "to: [a@b.example]\n", &err), 0);
	assert_int_equal(notify(sink, &err), SIGNET_EXIT_RETRY);
	write_text(sink, "script", "");
	assert_int_equal(teardown(state), 0);
	setup(state);
	sink = *state;
	start_sink(sink, true);
	assert_int_equal(configure(sink, "localhost", "to: [a@b.example]\n", &err), 0);
	assert_int_equal(notify(sink, &err), SIGNET_EXIT_RETRY);
	char path[128];
	snprintf(path, sizeof path, "%s/1.eml", sink->directory);
	assert_int_equal(access(path, F_OK), -1);
}

static void mistakes_are_named_with_their_line(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"from: a@b.c\nto: [x@y.z]\n", "t.yaml:1: the key 'url' is missing"},
		{"url: http://h\nfrom: a@b.c\nto: [x@y.z]\n",
		 "t.yaml:1: url: is no smtp:// or smtps:// address"},
		{"url: smtp://u:p@h\nfrom: a@b.c\nto: [x@y.z]\n",
		 "t.yaml:1: url: is no smtp:// or smtps:// address"},
		{"url: smtp://h\nto: [x@y.z]\n", "t.yaml:1: the key 'from' is missing"},
		{"url: smtp://h\nfrom: nobody\nto: [x@y.z]\n", "t.yaml:2: from: 'nobody' is no mailbox"},
		{"url: smtp://h\nfrom: a@b.c\n", "t.yaml:1: the key 'to' is missing"},
		{"url: smtp://h\nfrom: a@b.c\nto: ['<x@y.z>']\n",
		 "t.yaml:3: to: '<x@y.z>' is no mailbox, {email} or {requester}"},
		{"url: smtp://h\nfrom: a@b.c\nto: [x@y.z]\nuser: u\n",
		 "t.yaml:1: 'user' and 'password' go together"},
		{"url: smtp://h\nfrom: a@b.c\nto: [x@y.z]\nmessages: {startup: {}}\n",
		 "t.yaml:4: messages.startup: there is no mail for this kind of event"},
		{"url: smtp://h\nfrom: a@b.c\nto: [x@y.z]\nmessages: {issued: {subject: '{x}'}}\n",
		 "t.yaml:4: messages.issued.subject: there is no {x}"},
		{"url: smtp://h\nfrom: a@b.c\nto: [x@y.z]\n"
		 "messages: {issued: {subject: \"a\\nBcc: eve@example.com\"}}\n",
		 "t.yaml:4: messages.issued.subject: is of one line, without {certificate}"},
		{"url: smtp://h\nfrom: a@b.c\nto: [x@y.z]\nmessages: {issued: {subject: '{certificate}'}}\n",
		 "t.yaml:4: messages.issued.subject: is of one line, without {certificate}"},
		{"url: smtps://h\nstart-tls: true\nfrom: a@b.c\nto: [x@y.z]\n",
		 "t.yaml:2: start-tls: smtps:// is TLS from the start"},
		{"url: smtp://h\nfrom: a@b.c\nto: [x@y.z]\ntimeout: 1h\n",
		 "t.yaml:4: timeout: must be 1s to 10m"},
		{"url: smtp://h\nfrom: a@b.c\nto: [x@y.z]\nuser: u\npassword: {}\n",
		 "t.yaml:5: password: one of file, environment, credential is wanted"},
		{"url: smtp://h\nstart-tls: false\nfrom: a@b.c\nto: [x@y.z]\nuser: u\n"
		 "password: {environment: MAIL_TEST}\n",
		 "t.yaml:6: password: would be sent in the clear: needs start-tls or smtps://"},
		{"url: smtps://h\nfrom: a@b.c\nto: [x@y.z]\nca: none.pem\n",
		 "/none.pem: no such file"},
		{"url: smtps://h\nfrom: a@b.c\nto: [x@y.z]\nca: empty.pem\n",
		 "/empty.pem: holds no certificates in PEM"},
		{"url: smtps://h\nfrom: a@b.c\nto: [x@y.z]\nca: key.pem\n",
		 "/key.pem: holds a PRIVATE KEY"},
		{"url: smtp://h\nstart-tls: false\nfrom: a@b.c\nto: [x@y.z]\nca: roots.pem\n",
		 "t.yaml:5: ca: is for TLS, which 'start-tls: false' forgoes"},
	};
	struct sink *sink = *state;
	const struct signet_exit_host host = {"mail", sink->directory, NULL, NULL};
	setenv("MAIL_TEST", "secret", 1);
	write_text(sink, "empty.pem", "");
	write_text(sink, "key.pem", "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n");
	write_text(sink, "roots.pem", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct conf *conf;
		struct error err = {0};
		void *instance;
		assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text(cases[i].text), NULL), 0);
		assert_int_equal(exit_mail.configure(&instance, &host, conf_root(conf), &err),
		                 SIGNET_E_CONFIG);
		if (!strstr(err.message, cases[i].message))
			fail_msg("%s: %s", cases[i].message, err.message);
		conf_free(conf);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_mail_arrives),
		TEST(texts_and_recipients_may_be_given_per_event),
		TEST(nobody_to_write_to_is_done),
		TEST(what_the_relay_says_is_heeded),
		TEST(only_what_is_said_of_the_mail_is_final),
		TEST(braces_of_an_address_are_no_place),
		TEST(a_relay_that_is_away_is_tried_again),
		TEST(mail_goes_with_tls_and_a_password),
		TEST(a_wrong_password_is_tried_again),
		TEST(tls_is_demanded),
		TEST(mistakes_are_named_with_their_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
