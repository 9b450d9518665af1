/*
 * The exit module `syslog`: a log message for each event, in CEF or JSON, to
 * the local daemon or a receiver in the network.
 *
 *   target: unix:/dev/log      or udp://HOST:PORT, tcp://HOST:PORT
 *   format: cef                or json
 *   protocol: rfc5424          or rfc3164
 *   facility: authpriv
 *
 * Over TCP an event is done when the receiver's system has acknowledged its
 * message; datagrams are sent and may be lost.
 */
#include <stdlib.h>
#include <unistd.h>

#include "api/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "exit/syslog_cef.h"
#include "exit/syslog_message.h"
#include "exit/syslog_target.h"

#define TIMEOUT_MAX 600
#define SIZE_LEAST 480   /* that every receiver takes (RFC 5424 section 6.1) */
#define SIZE_MOST 65000
#define SIZE_DEFAULT 8192
#define TEXT_LONGEST 4096 /* of one value, at first */
#define TEXT_SHORTEST 16

struct exit_syslog {
	struct syslog_target *target;
	struct syslog_header header;
	bool json;
	size_t size;
	struct arena *arena; /* of the event at work */
};

static void syslog_free(void *instance)
{
	struct exit_syslog *syslog = instance;
	syslog_target_free(syslog->target);
	arena_free(syslog->arena);
	free(syslog);
}

static int read_target(struct exit_syslog *syslog, const struct conf_node *node, struct error *err)
{
	struct syslog_address address;
	struct error why = {0};
	const char *text;
	int64_t timeout;
	int result = conf_get_text(node, "target", "unix:/dev/log", &text, err);
	if (result == 0 && syslog_address_read(&address, text, &why))
		result = conf_error(conf_find(node, "target"), err, "%s", why.message);
	if (result == 0)
		result = conf_get_duration(node, "timeout", 10, &timeout, err);
	if (result == 0 && (timeout < 1 || timeout > TIMEOUT_MAX))
		result = conf_error(conf_find(node, "timeout"), err, "must be from 1s to 10m");
	if (result)
		return result;
	syslog->header.form = address.transport == SYSLOG_UNIX ? SYSLOG_LOCAL : SYSLOG_RFC5424;
	return syslog_target_new(&syslog->target, &address, timeout * 1000000, err);
}

static int read_format(struct exit_syslog *syslog, const struct conf_node *node, struct error *err)
{
	static const char *const formats[] = {"cef", "json", NULL};
	static const char *const protocols[] = {"rfc5424", "rfc3164", NULL};
	const struct conf_node *format = conf_find(node, "format");
	const struct conf_node *protocol = conf_find(node, "protocol");
	uint64_t size;
	int place = 0;
	if (format && conf_choice(format, formats, &place, err))
		return SIGNET_E_CONFIG;
	syslog->json = place == 1;
	if (protocol && conf_choice(protocol, protocols, &place, err))
		return SIGNET_E_CONFIG;
	if (protocol)
		syslog->header.form = place == 0 ? SYSLOG_RFC5424 : SYSLOG_RFC3164;
	int result = conf_get_size(node, "max-size", SIZE_DEFAULT, &size, err);
	if (result == 0 && (size < SIZE_LEAST || size > SIZE_MOST))
		result = conf_error(conf_find(node, "max-size"), err, "must be from %d to %d", SIZE_LEAST,
		                    SIZE_MOST);
	syslog->size = result ? 0 : (size_t)size;
	return result;
}

static bool is_token(const char *text, size_t longest)
{
	size_t length = strlen(text);
	return length > 0 && length <= longest && text_is_printable(bytes_text(text)) &&
	       !strpbrk(text, " [:");
}

static int read_header(struct exit_syslog *syslog, const struct conf_node *node, struct error *err)
{
	const char *facility;
	struct syslog_header *header = &syslog->header;
	header->pid = (unsigned)getpid();
	syslog_hostname(header->hostname);
	int result = conf_get_text(node, "facility", "authpriv", &facility, err);
	if (result)
		return result;
	int number = syslog_facility(facility);
	if (number < 0)
		return conf_error(conf_find(node, "facility"), err, "'%s' is no facility", facility);
	header->facility = (unsigned)number;
	result = conf_get_text(node, "app-name", "signet", &header->app, err);
	if (result == 0 && !is_token(header->app, SYSLOG_APP_MAX))
		result = conf_error(conf_find(node, "app-name"), err,
		                    "must be 1 to %d printable characters without blanks, '[' and ':'",
		                    SYSLOG_APP_MAX);
	return result;
}

static int syslog_configure(void **instance, const struct signet_exit_host *host,
                            const struct conf_node *node, struct error *err)
{
	(void)host;
	struct exit_syslog *syslog = calloc(1, sizeof *syslog);
	if (!syslog)
		return error_nomem(err);
	syslog->arena = arena_new(LIMIT_REQUEST_ARENA);
	int result = syslog->arena ? 0 : error_nomem(err);
	if (result == 0)
		result = read_target(syslog, node, err);
	if (result == 0)
		result = read_format(syslog, node, err);
	if (result == 0)
		result = read_header(syslog, node, err);
	if (result) {
		syslog_free(syslog);
		return result;
	}
	*instance = syslog;
	return 0;
}

static int put_message(const struct exit_syslog *syslog, struct buffer *out,
                       const struct signet_event *event)
{
	struct syslog_header header = syslog->header;
	const char *id = signet_event_name(event->kind);
	header.severity = syslog_severity(event->kind);
	int result = syslog_put_header(out, &header, event->time, id ? id : "-");
	if (result)
		return result;
	return syslog->json ? json_put_event(out, event) : cef_put_event(out, event);
}

/* The whole event, else with shorter and shorter texts until the message fits. */
static int make_message(struct exit_syslog *syslog, struct buffer *out,
                        const struct signet_event *event, struct error *err)
{
	for (size_t longest = TEXT_LONGEST; longest >= TEXT_SHORTEST; longest /= 2) {
		arena_clear(syslog->arena);
		buffer_clear(out);
		const struct signet_event *copy = syslog_shorten(syslog->arena, event, longest);
		int result = copy ? put_message(syslog, out, copy) : SIGNET_E_NOMEM;
		if (result == SIGNET_E_NOMEM)
			return error_nomem(err);
		if (result == 0)
			return 0;
	}
	return error_set(err, SIGNET_E_TOO_BIG, "no message of %zu octets can say this",
	                 syslog->size);
}

static enum signet_exit_result syslog_notify(void *instance, const struct signet_event *event,
                                             struct error *err)
{
	struct exit_syslog *syslog = instance;
	_cleanup_buffer_ struct buffer message = BUFFER_MAX(syslog->size);
	int result = make_message(syslog, &message, event, err);
	if (result == 0)
		result = syslog_target_send(syslog->target, buffer_bytes(&message), err);
	if (result == SIGNET_E_TOO_BIG)
		return SIGNET_EXIT_GIVE_UP;
	return result ? SIGNET_EXIT_RETRY : SIGNET_EXIT_DONE;
}

static int syslog_flush(void *instance, struct error *err)
{
	struct exit_syslog *syslog = instance;
	return syslog_target_flush(syslog->target, err);
}

static const char *const syslog_keys[] = {"target", "format", "protocol", "facility", "app-name",
                                          "max-size", "timeout", NULL};

extern const struct signet_exit exit_syslog;
const struct signet_exit exit_syslog = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_EXIT, "syslog",
	           "writes events to a log, in CEF or JSON", syslog_keys},
	.events = SIGNET_EVENTS_ALL,
	.configure = syslog_configure,
	.notify = syslog_notify,
	.flush = syslog_flush,
	.close = syslog_free,
};
