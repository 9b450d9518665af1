/*
 * The exit module `mail`: tells people over SMTP what has happened.
 *
 *   url        smtp://host[:port] or smtps://host[:port] of the relay
 *   start-tls  true (default with smtp://): only with TLS; false: plain
 *   ca         PEM file of the roots that the relay's certificate is checked against
 *   user, password    for the relay; password as in api/secret.h. Never without TLS but to a loopback
 *              address
 *   timeout    of one mail; default 30s
 *   from       a mailbox
 *   to         list of mailboxes; "{email}" and "{requester}" stand for the event's, and are left out
 *              where it has none
 *   attach     true: the certificate is attached; false (default)
 *   messages   map of kinds of event to {subject, body, to, attach}: texts with places
 *              (exit/mail_template.h) in place of the built-in ones
 *
 * All recipients get the mail or none: what the relay refuses for good for one of them goes to the dead
 * letters. A mail that is sent again has the same Message-ID.
 */
#include <stdio.h>
#include <stdlib.h>

#include "api/exit.h"
#include "api/secret.h"
#include "api/trust.h"
#include "asn1/general_name.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "exit/mail_send.h"
#include "exit/mail_template.h"

#define RECIPIENTS_MAX 32
#define KINDS 16
#define TIMEOUT_DEFAULT 30

struct message {
	const char *subject, *body;
	const char **to; /* freed with free() */
	size_t to_count;
	bool attach;
};

struct exit_mail {
	struct mail_relay relay;
	char *ca;
	struct buffer password;
	const char *from;
	const char *name;             /* of the instance */
	struct message messages[KINDS]; /* by kind of event */
	struct arena *arena;          /* of the event at work */
};

static const struct {
	enum signet_event_kind kind;
	const char *subject, *body;
} defaults[] = {
	{SIGNET_EVENT_ISSUED, "Certificate issued: {name}",
	 "A certificate was issued.\n\n"
	 "Subject:      {subject}\nNames:        {names}\nSerial:       {serial}\n"
	 "Valid:        {not-before} to {not-after}\nProfile:      {profile}\n"
	 "Authority:    {authority}\nRequester:    {requester}\nRequest:      {request-id}\n"},
	{SIGNET_EVENT_PENDING, "Certificate request {request-id} waits for a decision: {name}",
	 "A request for a certificate waits for an officer.\n\n"
	 "Request:      {request-id}\nSubject:      {subject}\nNames:        {names}\n"
	 "Profile:      {profile}\nAuthority:    {authority}\nRequester:    {requester}\n"
	 "Reason:       {message}\n\n"
	 "To look at it:   signetctl request show {request-id}\n"
	 "To decide:       signetctl request approve {request-id}\n"
	 "                 signetctl request deny {request-id}\n"},
	{SIGNET_EVENT_DENIED, "Certificate request {request-id} was denied: {name}",
	 "A request for a certificate was denied.\n\n"
	 "Request:      {request-id}\nSubject:      {subject}\nNames:        {names}\n"
	 "Profile:      {profile}\nRequester:    {requester}\nReason:       {message}\n"},
	{SIGNET_EVENT_EXPIRING, "Certificate ends in {days} days: {name}",
	 "A certificate ends soon. Unless it is renewed, what uses it will stop to work.\n\n"
	 "Ends:         {not-after}\nSubject:      {subject}\nNames:        {names}\n"
	 "Serial:       {serial}\nProfile:      {profile}\nAuthority:    {authority}\n"
	 "Requester:    {requester}\n"},
	{SIGNET_EVENT_REVOKED, "Certificate revoked: {name}",
	 "A certificate was revoked.\n\n"
	 "Subject:      {subject}\nNames:        {names}\nSerial:       {serial}\n"
	 "Profile:      {profile}\nAuthority:    {authority}\nReason:       {message}\n"},
	{SIGNET_EVENT_UNREVOKED, "Certificate released: {name}",
	 "A certificate that was held is valid again.\n\n"
	 "Subject:      {subject}\nNames:        {names}\nSerial:       {serial}\n"
	 "Authority:    {authority}\n"},
};

/* What may stand in an envelope and a header: the address itself and nothing around it. */
static bool is_mailbox(const char *text)
{
	struct general_name name = {GN_EMAIL, bytes_text(text)};
	const char *at = strchr(text, '@');
	return at && !strchr(at + 1, '@') && !text[strcspn(text, " <>()[]\\,;:\"")] &&
	       general_name_check(&name, NULL) == 0;
}

static bool is_place(const char *recipient)
{
	return strcmp(recipient, "{email}") == 0 || strcmp(recipient, "{requester}") == 0;
}

static int check_recipient(const struct conf_node *node, const char *text, struct error *err)
{
	if (is_place(text) || is_mailbox(text))
		return 0;
	return conf_error(node, err, "'%.100s' is no mailbox, {email} or {requester}", text);
}

static int read_recipients(struct message *message, const struct conf_node *node,
                           struct error *err)
{
	if (!node)
		return 0;
	free(message->to);
	message->to = NULL;
	message->to_count = 0;
	if (conf_text_list(node, &message->to, &message->to_count, err))
		return SIGNET_E_CONFIG;
	if (message->to_count > RECIPIENTS_MAX)
		return conf_error(node, err, "more than %d recipients", RECIPIENTS_MAX);
	for (size_t i = 0; i < message->to_count; i++)
		if (check_recipient(node, message->to[i], err))
			return SIGNET_E_CONFIG;
	return 0;
}

static int read_text(const char **out, const struct conf_node *map, const char *key,
                     struct error *err)
{
	const struct conf_node *node = conf_find(map, key);
	struct error why = {0};
	if (!node)
		return 0;
	if (conf_text(node, out, err))
		return SIGNET_E_CONFIG;
	return mail_template_check(*out, &why) ? conf_error(node, err, "%s", why.message) : 0;
}

/* A header's text: what ended its line would begin another header. */
static int read_subject(struct message *message, const struct conf_node *map, struct error *err)
{
	int result = read_text(&message->subject, map, "subject", err);
	if (result == 0 && (text_has_control(message->subject) ||
	                    strstr(message->subject, "{certificate}")))
		result = conf_error(conf_find(map, "subject"), err,
		                    "is of one line, without {certificate}");
	return result;
}

static int read_message(struct exit_mail *mail, const struct conf_node *node, struct error *err)
{
	static const char *const known[] = {"subject", "body", "to", "attach", NULL};
	enum signet_event_kind kind = signet_event_from_name(conf_key(node));
	struct message *message = &mail->messages[kind < KINDS ? kind : 0];
	if (kind == 0 || !message->subject)
		return conf_error(node, err, "there is no mail for this kind of event");
	if (conf_check_keys(node, known, err) ||
	    read_subject(message, node, err) ||
	    read_text(&message->body, node, "body", err) ||
	    conf_get_boolean(node, "attach", message->attach, &message->attach, err))
		return SIGNET_E_CONFIG;
	return read_recipients(message, conf_find(node, "to"), err);
}

/* The built-in messages to `to`, then what `messages` says otherwise. */
static int read_messages(struct exit_mail *mail, const struct conf_node *map, struct error *err)
{
	const struct conf_node *messages = conf_find(map, "messages"), *to = conf_find(map, "to");
	bool attach;
	if (conf_get_boolean(map, "attach", false, &attach, err))
		return SIGNET_E_CONFIG;
	if (messages && conf_expect(messages, CONF_MAP, err))
		return SIGNET_E_CONFIG;
	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
		struct message *message = &mail->messages[defaults[i].kind];
		message->subject = defaults[i].subject;
		message->body = defaults[i].body;
		message->attach = attach;
		if (read_recipients(message, to, err))
			return SIGNET_E_CONFIG;
	}
	for (size_t i = 0; i < conf_count(messages ? messages : map) && messages; i++)
		if (read_message(mail, conf_item(messages, i), err))
			return SIGNET_E_CONFIG;
	bool any = to != NULL;
	for (size_t i = 0; i < KINDS; i++)
		any = any || mail->messages[i].to_count;
	return any ? 0 : conf_error(map, err, "the key 'to' is missing");
}

/* The relay's host is one that no network lies before. */
static bool is_local(const char *url)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]"};
	const char *host = strstr(url, "://");
	for (size_t i = 0; host && i < sizeof hosts / sizeof *hosts; i++) {
		size_t length = strlen(hosts[i]);
		if (strncmp(host + 3, hosts[i], length) == 0 &&
		    (host[3 + length] == ':' || host[3 + length] == '/' || !host[3 + length]))
			return true;
	}
	return false;
}

static int read_login(struct exit_mail *mail, const char *directory, const struct conf_node *map,
                      struct error *err)
{
	const struct conf_node *password = conf_find(map, "password");
	if (!password != !conf_find(map, "user"))
		return conf_error(map, err, "'user' and 'password' go together");
	if (!password)
		return 0;
	int result = conf_get_text(map, "user", NULL, &mail->relay.user, err);
	if (result == 0)
		result = secret_read(&mail->password, password, directory, err);
	mail->relay.password = (const char *)mail->password.data;
	return result;
}

static int read_roots(struct exit_mail *mail, const char *directory, const struct conf_node *map,
                      struct error *err)
{
	const struct conf_node *node = conf_find(map, "ca");
	const char *name;
	if (!node)
		return 0;
	if (conf_text(node, &name, err))
		return SIGNET_E_CONFIG;
	mail->relay.ca = mail->ca = file_below(directory, name);
	return mail->ca ? trust_check(mail->ca, node, err) : error_nomem(err);
}

/* What of the keys does not go with the others. */
static int check_relay(const struct mail_relay *relay, bool plain, const struct conf_node *map,
                       struct error *err)
{
	if (relay->timeout <= 0 || relay->timeout > 600)
		return conf_error(conf_find(map, "timeout"), err, "must be 1s to 10m");
	if (!plain && conf_find(map, "start-tls") && relay->start_tls)
		return conf_error(conf_find(map, "start-tls"), err, "smtps:// is TLS from the start");
	if (relay->ca && plain && !relay->start_tls)
		return conf_error(conf_find(map, "ca"), err, "is for TLS, which 'start-tls: false' forgoes");
	if (relay->user && plain && !relay->start_tls && !is_local(relay->url))
		return conf_error(conf_find(map, "password"), err,
		                  "would be sent in the clear: needs start-tls or smtps://");
	return 0;
}

static int read_relay(struct exit_mail *mail, const struct signet_exit_host *host,
                      const struct conf_node *map, struct error *err)
{
	struct mail_relay *relay = &mail->relay;
	const struct conf_node *url = conf_find(map, "url");
	if (!url)
		return conf_error(map, err, "the key 'url' is missing");
	if (conf_text(url, &relay->url, err))
		return SIGNET_E_CONFIG;
	bool plain = strncmp(relay->url, "smtp://", 7) == 0;
	if ((!plain && strncmp(relay->url, "smtps://", 8) != 0) ||
	    !text_is_printable(bytes_text(relay->url)) || strpbrk(relay->url, "@ ?#"))
		return conf_error(url, err, "is no smtp:// or smtps:// address");
	int result = conf_get_boolean(map, "start-tls", plain, &relay->start_tls, err);
	if (result == 0)
		result = conf_get_duration(map, "timeout", TIMEOUT_DEFAULT, &relay->timeout, err);
	if (result == 0)
		result = read_roots(mail, host->state_directory, map, err);
	if (result == 0)
		result = read_login(mail, host->state_directory, map, err);
	return result ? result : check_relay(relay, plain, map, err);
}

static int read_mail(struct exit_mail *mail, const struct signet_exit_host *host,
                     const struct conf_node *map, struct error *err)
{
	const struct conf_node *from = conf_find(map, "from");
	if (!from)
		return conf_error(map, err, "the key 'from' is missing");
	if (conf_text(from, &mail->from, err))
		return SIGNET_E_CONFIG;
	if (!is_mailbox(mail->from))
		return conf_error(from, err, "'%.100s' is no mailbox", mail->from);
	int result = read_relay(mail, host, map, err);
	return result ? result : read_messages(mail, map, err);
}

static void mail_free(void *instance)
{
	struct exit_mail *mail = instance;
	mail_close(&mail->relay);
	for (size_t i = 0; i < KINDS; i++)
		free(mail->messages[i].to);
	buffer_wipe(&mail->password);
	free(mail->ca);
	arena_free(mail->arena);
	free(mail);
}

static int mail_configure(void **instance, const struct signet_exit_host *host,
                          const struct conf_node *node, struct error *err)
{
	struct exit_mail *mail = calloc(1, sizeof *mail);
	if (!mail)
		return error_nomem(err);
	mail->password = (struct buffer)BUFFER_MAX(PASSPHRASE_MAX);
	mail->name = host->name;
	mail->arena = arena_new(LIMIT_REQUEST_ARENA);
	int result = mail->arena ? read_mail(mail, host, node, err) : error_nomem(err);
	if (result) {
		mail_free(mail);
		return result;
	}
	*instance = mail;
	return 0;
}

/* The text, filled, in the arena; NULL when it cannot be. */
static const char *fill(struct exit_mail *mail, const char *text,
                        const struct signet_event *event, bool *missing)
{
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(LIMIT_PEM_FILE);
	if (mail_template_fill(&out, text, event, missing))
		return NULL;
	return arena_text(mail->arena, buffer_bytes(&out));
}

/* How many recipients the event has; -1 without memory. */
static int find_recipients(struct exit_mail *mail, const struct message *message,
                           const struct signet_event *event, const char *to[RECIPIENTS_MAX])
{
	int count = 0;
	for (size_t i = 0; i < message->to_count; i++) {
		bool missing = false;
		/* a mailbox may have braces of its own (RFC 5321 section 4.1.2) */
		const char *mailbox = is_place(message->to[i])
			? fill(mail, message->to[i], event, &missing) : message->to[i];
		if (!mailbox)
			return -1;
		if (!missing && is_mailbox(mailbox))
			to[count++] = mailbox;
	}
	return count;
}

static enum signet_exit_result mail_notify(void *instance, const struct signet_event *event,
                                           struct error *err)
{
	struct exit_mail *mail = instance;
	const char *to[RECIPIENTS_MAX];
	if ((size_t)event->kind >= KINDS || !mail->messages[event->kind].subject)
		return SIGNET_EXIT_DONE;
	const struct message *message = &mail->messages[event->kind];
	arena_clear(mail->arena);
	int count = find_recipients(mail, message, event, to);
	if (count == 0)
		return SIGNET_EXIT_DONE;
	struct mail letter = {
		.from = mail->from,
		.to = to,
		.to_count = (size_t)count,
		.subject = fill(mail, message->subject, event, NULL),
		.body = fill(mail, message->body, event, NULL),
		.id = arena_printf(mail->arena, "signet.%s.%llu.%lld%s", mail->name,
		                   (unsigned long long)event->sequence, (long long)event->time,
		                   strchr(mail->from, '@')),
		.time = event->time,
	};
	if (message->attach && event->certificate.length)
		letter.attachment = fill(mail, "{certificate}", event, NULL);
	if (count < 0 || !letter.subject || !letter.body || !letter.id) {
		error_nomem(err);
		return SIGNET_EXIT_RETRY;
	}
	return mail_send(&mail->relay, &letter, err);
}

static const char *const mail_keys[] = {"url", "start-tls", "ca", "user", "password", "timeout",
                                        "from", "to", "attach", "messages", NULL};

extern const struct signet_exit exit_mail;
const struct signet_exit exit_mail = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_EXIT, "mail",
	           "tells people over SMTP what has happened", mail_keys},
	.events = SIGNET_EVENT_BIT(SIGNET_EVENT_ISSUED) | SIGNET_EVENT_BIT(SIGNET_EVENT_PENDING) |
	          SIGNET_EVENT_BIT(SIGNET_EVENT_DENIED) | SIGNET_EVENT_BIT(SIGNET_EVENT_REVOKED) |
	          SIGNET_EVENT_BIT(SIGNET_EVENT_UNREVOKED) | SIGNET_EVENT_BIT(SIGNET_EVENT_EXPIRING),
	.configure = mail_configure,
	.notify = mail_notify,
	.close = mail_free,
};
