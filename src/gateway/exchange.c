/* One request and its answer. */
#include <stdlib.h>
#include <unistd.h>

#include "api/http_cache.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "gateway/framing.h"
#include "gateway/path.h"
#include "gateway/server_private.h"

#define DRAIN_OCTETS 262144 /* of a refused body that are read so that the answer is not lost */
#define DRAIN_US 2000000
#define HEAD_MAX 16384      /* octets of an answer's head */
#define HEAD_USUAL 1000     /* that most heads are shorter than */
#define JOIN_MAX 16384      /* a body up to this size goes out in one piece with its head */
#define FILE_PIECE 16384    /* octets of a file that are in memory at once */

struct exchange {
	struct worker *worker;
	struct mg_connection *connection;
	const struct mg_request_info *info;
	struct http_request request;
	struct http_response response;
	struct framing framing;
	const char *path_fault;      /* why the path cannot be decoded; NULL: it is in the request */
	bool keep_alive;
	bool unread;                 /* octets of the body may still come */
	bool framed;                 /* it is known where the body ends */
	char name[METRIC_LABEL_SIZE]; /* of the intermediary, for meter.h */
};

static void refuse(struct exchange *x, int status, const char *detail)
{
	x->response.header_count = 0;
	signet_http_problem(&x->request, &x->response, status, NULL, detail);
}

/* ---- the request ---- */

static size_t head_size(const struct mg_request_info *info)
{
	size_t size = strlen(info->request_uri) + strlen(info->request_method) +
	              (info->query_string ? strlen(info->query_string) : 0);
	for (int i = 0; i < info->num_headers; i++)
		size += strlen(info->http_headers[i].name) + strlen(info->http_headers[i].value) +
		        4;
	return size;
}

static int copy_headers(struct exchange *x)
{
	size_t count = (size_t)x->info->num_headers;
	struct http_header *headers = arena_array(x->request.arena, count, sizeof *headers);
	if (!headers)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < count; i++)
		headers[i] = (struct http_header){x->info->http_headers[i].name,
		                                  x->info->http_headers[i].value};
	x->request.headers = headers;
	x->request.header_count = count;
	return 0;
}

static size_t find_listener(const struct exchange *x)
{
	const struct server *server = x->worker->server;
	for (size_t i = 0; i < server->options.listener_count; i++)
		if ((int)server->listeners[i].port == x->info->server_port)
			return i;
	return 0;
}

/* "https://" and the host; NULL without memory. */
static const char *make_base(struct arena *arena, bool tls, const char *host)
{
	const char *scheme = tls ? "https://" : "http://";
	size_t before = strlen(scheme), length = strlen(host);
	char *base = arena_alloc(arena, before + length + 1);
	if (base) {
		memcpy(base, scheme, before);
		memcpy(base + before, host, length);
	}
	return base;
}

static int describe_connection(struct exchange *x)
{
	struct http_request *request = &x->request;
	const struct server *server = x->worker->server;
	size_t which = find_listener(x);
	const struct listener *listener = &server->listeners[which];
	request->listener = server->names[which];
	request->peer = x->info->remote_addr;
	request->tls = x->info->is_ssl;
	const char *host = x->framing.host;
	/* 0.0.0.0 is where we listen, not where anybody can reach us */
	if (!host)
		host = strcmp(listener->address, "0.0.0.0") == 0
		               ? arena_printf(request->arena, "%s:%u", server->options.hostname,
		                              listener->port)
		               : request->listener;
	request->base = host ? make_base(request->arena, request->tls, host) : NULL;
	if (!request->base)
		return SIGNET_E_NOMEM;
	return request->tls ? tls_connection_facts(request->arena, &request->client_certificate,
	                                           &request->channel_binding)
	                    : 0;
}

/* A path that cannot be decoded may still be one that its route wants as it came. */
static bool read_path(struct exchange *x)
{
	const char *why = NULL;
	const char *path = path_decode(x->request.arena, x->info->local_uri_raw, &why);
	if (path)
		x->request.path = path;
	else if (*why)
		x->path_fault = why;
	else
		refuse(x, 503, "No memory for this request.");
	return path || *why;
}

/* Fills everything but parameters and body. false when the answer is a refusal. */
static bool read_head(struct exchange *x)
{
	const char *why = NULL;
	if (x->info->num_headers >= LIMIT_HTTP_HEADERS || head_size(x->info) > HEADERS_LIMIT) {
		refuse(x, 431, "There are too many headers, or they are too long.");
		return false;
	}
	if (copy_headers(x))
		return refuse(x, 503, "No memory for this request."), false;
	if (!framing_is_complete(x->request.headers, x->request.header_count)) {
		refuse(x, 400, "A header line is malformed.");
		return false;
	}
	int status = framing_check(&x->framing, x->info->http_version, x->request.headers,
	                           x->request.header_count, &why);
	if (status)
		return refuse(x, status, why), false;
	x->framed = true;
	x->keep_alive = x->framing.keep_alive && !x->framing.chunked;
	x->unread = x->framing.chunked || x->framing.length > 0;
	x->request.head = strcmp(x->info->request_method, "HEAD") == 0;
	x->request.method = x->request.head ? "GET" : x->info->request_method;
	x->request.query = x->info->query_string ? x->info->query_string : "";
	if (!read_path(x))
		return false;
	if (describe_connection(x))
		return refuse(x, 503, "No memory for this request."), false;
	return true;
}

/* Reads as much as there is room for; less when the body ends before. *broken: it did not end as it
 * should, or came too slowly. */
static size_t read_some(struct exchange *x, uint8_t *data, size_t room, int64_t limit_us,
                        bool *broken)
{
	struct worker *worker = x->worker;
	size_t got = 0;
	int n = 1;
	int64_t end = clock_monotonic_us() + limit_us;
	watch_begin(worker->server->watch, &worker->slot, limit_us);
	while (got < room && n > 0 && clock_monotonic_us() < end) {
		n = mg_read(x->connection, data + got, room - got);
		got += n > 0 ? (size_t)n : 0;
	}
	watch_end(worker->server->watch, &worker->slot);
	/* only a chunked body may end before the room does, and says so with 0 */
	*broken = got < room && !(x->framing.chunked && n == 0);
	return got;
}

/* The body whole, or a refusal. most: what the route takes. */
static bool read_body(struct exchange *x, size_t most)
{
	if (!x->unread)
		return true;
	if (x->framing.length > most || (x->framing.chunked && most == 0)) {
		refuse(x, 413, most ? "The body is too large." : "No body is taken here.");
		return false;
	}
	if (x->framing.expects_continue &&
	    mg_write(x->connection, "HTTP/1.1 100 Continue\r\n\r\n", 25) != 25)
		return refuse(x, 400, "The connection broke."), false;
	/* of a chunked body one octet more shows that it is too large */
	size_t room = x->framing.chunked ? most + 1 : (size_t)x->framing.length;
	uint8_t *data = arena_alloc(x->request.arena, room);
	if (!data)
		return refuse(x, 503, "No memory for this request."), false;
	bool broken;
	size_t got =
		read_some(x, data, room, x->worker->server->options.request_limit, &broken);
	if (broken || got > most) {
		refuse(x, broken ? 400 : 413,
		       broken ? "The body is not complete." : "The body is too large.");
		return false;
	}
	x->unread = x->framing.chunked;
	x->request.body = bytes_make(data, got);
	return true;
}

static void serve_route(struct exchange *x, const struct router_match *match)
{
	x->request.parameters = match->parameters;
	x->request.parameter_count = match->parameter_count;
	if (match->raw)
		x->request.path = x->info->local_uri_raw;
	if (read_body(x, match->route->body_max))
		match->route->handler(match->instance, &x->request, &x->response);
}

static void answer(struct exchange *x, const struct router *router)
{
	struct router_match match;
	const char *method = x->request.head ? "HEAD" : x->request.method;
	const char *path = x->path_fault ? NULL : x->request.path;
	const char *raw = path_is_visible(x->info->local_uri_raw) ? x->info->local_uri_raw : NULL;
	if (router_find(router, x->request.arena, method, path, raw, &match)) {
		refuse(x, 503, "No memory for this request.");
		return;
	}
	if (match.name && !memccpy(x->name, match.name, '\0', sizeof x->name))
		x->name[sizeof x->name - 1] = '\0';
	if (match.route) {
		serve_route(x, &match);
	} else if (match.allow) {
		refuse(x, 405, "The resource does not take this method.");
		signet_http_add(&x->request, &x->response, "Allow", match.allow);
	} else if (x->path_fault) {
		refuse(x, 400, x->path_fault);
	} else {
		refuse(x, 404, "There is nothing at this path.");
	}
}

/* ---- the answer ---- */

static bool has_header(const struct http_response *response, const char *name)
{
	for (size_t i = 0; i < response->header_count; i++)
		if (text_equal_nocase(response->headers[i].name, name))
			return true;
	return false;
}

static uint64_t body_length(const struct http_response *response)
{
	return response->file.is_set ? response->file.length : response->body.length;
}

static void put_header(struct buffer *head, const char *name, const char *value)
{
	buffer_append_text(head, name);
	buffer_append(head, ": ", 2);
	buffer_append_text(head, value);
	buffer_append(head, "\r\n", 2);
}

static void put_number(struct buffer *head, uint64_t number)
{
	uint8_t digits[20], *end = digits + sizeof digits, *at = end;
	do
		*--at = (uint8_t)('0' + number % 10);
	while (number /= 10);
	buffer_append(head, at, (size_t)(end - at));
}

static void put_head(struct exchange *x, struct buffer *head, bool has_body)
{
	const struct http_response *response = &x->response;
	char date[HTTP_DATE_SIZE];
	buffer_append_text(head, "HTTP/1.1 ");
	put_number(head, (uint64_t)response->status);
	buffer_append_octet(head, ' ');
	buffer_append_text(head, mg_get_response_code_text(NULL, response->status));
	buffer_append_text(head, "\r\n");
	put_header(head, "Date", signet_http_date(clock_now(), date));
	for (size_t i = 0; i < response->header_count; i++)
		put_header(head, response->headers[i].name, response->headers[i].value);
	if (!has_header(response, "Cache-Control"))
		put_header(head, "Cache-Control", "no-store");
	if (has_body) {
		buffer_append_text(head, "Content-Length: ");
		put_number(head, body_length(response));
		buffer_append_text(head, "\r\n");
	}
	put_header(head, "Connection", x->keep_alive ? "keep-alive" : "close");
	buffer_append_text(head, "\r\n");
}

static bool write_all(struct mg_connection *connection, struct bytes octets)
{
	return octets.length == 0 ||
	       mg_write(connection, octets.data, octets.length) == (int)octets.length;
}

/* What there is of the file at this place, at most size octets; 0: nothing. */
static size_t read_piece(const struct http_file *file, uint64_t at, uint8_t *out, size_t size)
{
	uint64_t left = file->length - at;
	ssize_t n = pread(file->fd, out, left < size ? left : size, (off_t)at);
	return n > 0 ? (size_t)n : 0;
}

/* false when the client is gone, or the file is shorter than was said: all that can be done about it
 * is to end the connection before the length is reached. head: goes out with the beginning. */
static bool write_file(struct mg_connection *connection, const struct http_file *file,
                       struct bytes head)
{
	uint8_t piece[HEAD_MAX + FILE_PIECE];
	size_t used = head.length, n = 0;
	memcpy(piece, head.data, used);
	for (uint64_t at = 0; at < file->length; at += n) {
		n = read_piece(file, at, piece + used, FILE_PIECE);
		if (n == 0 || !write_all(connection, bytes_make(piece, used + n)))
			return false;
		used = 0;
	}
	return used == 0 || write_all(connection, head);
}

/* What the handler has made, or what is said when it made nothing that can be sent. */
static void settle_answer(struct exchange *x)
{
	struct http_response *response = &x->response;
	if (response->body.error || response->status < 200 || response->status > 599)
		refuse(x, 500, "The request could not be served.");
	/* the refusal has no memory either */
	if (response->body.error) {
		signet_http_free(response);
		response->header_count = 0;
		response->status = 500;
	}
}

/* The head with as much of the body as goes with it, and the rest. */
static bool write_answer(struct exchange *x, bool has_body)
{
	const struct http_response *response = &x->response;
	bool sends_body = has_body && !x->request.head;
	struct bytes body = sends_body ? buffer_bytes(&response->body) : BYTES_NONE;
	bool joined = body.length <= JOIN_MAX;
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(HEAD_MAX + JOIN_MAX);
	buffer_reserve(&out, HEAD_USUAL + (joined ? body.length : 0));
	put_head(x, &out, has_body);
	if (out.error || out.length > HEAD_MAX)
		return false;
	if (sends_body && response->file.is_set)
		return write_file(x->connection, &response->file, buffer_bytes(&out));
	if (joined)
		buffer_append_bytes(&out, body);
	return !out.error && write_all(x->connection, buffer_bytes(&out)) &&
	       (joined || write_all(x->connection, body));
}

static void send_answer(struct exchange *x)
{
	const struct http_response *response = &x->response;
	settle_answer(x);
	x->keep_alive = x->keep_alive && !x->unread && !server_is_stopping(x->worker->server);
	if (!x->keep_alive)
		mg_disable_connection_keep_alive(x->connection);
	if (!write_answer(x, response->status != 204 && response->status != 304))
		mg_disable_connection_keep_alive(x->connection);
	x->worker->answered = true;
}

/* A close with octets unread makes the kernel send a reset, which may overtake the answer. */
static void drain(struct exchange *x)
{
	uint8_t octets[4096];
	int64_t end = clock_monotonic_us() + DRAIN_US;
	size_t drained = 0, got;
	bool broken;
	do {
		int64_t left = end - clock_monotonic_us();
		got = left > 0 ? read_some(x, octets, sizeof octets, left, &broken) : 0;
		drained += got;
	} while (got == sizeof octets && drained < DRAIN_OCTETS);
}

static void exchange_begin(struct exchange *x, struct worker *worker,
                           struct mg_connection *connection)
{
	arena_clear(worker->arena);
	*x = (struct exchange){
		.worker = worker,
		.connection = connection,
		.info = mg_get_request_info(connection),
		.request = {.arena = worker->arena, .method = "GET", .path = "", .query = "",
	                    .base = "", .peer = "", .listener = ""},
		.response = {.body = BUFFER_MAX(LIMIT_HTTP_RESPONSE)},
	};
}

int exchange_serve(struct worker *worker, struct mg_connection *connection)
{
	struct exchange x;
	const struct server_options *options = &worker->server->options;
	void *lease = NULL;
	int64_t began = clock_monotonic_us();
	exchange_begin(&x, worker, connection);
	x.unread = true; /* unless its framing says otherwise */
	if (read_head(&x)) {
		const struct router *router = options->acquire(options->arg, &lease);
		if (router)
			answer(&x, router);
		else
			refuse(&x, 503, "The server is loading its configuration.");
		if (router)
			options->release(options->arg, lease);
	}
	send_answer(&x);
	meter_answer(options->meter, x.name, x.response.status, clock_monotonic_us() - began);
	if (x.unread && x.framed && !x.framing.expects_continue)
		drain(&x);
	signet_http_free(&x.response);
	return x.response.status;
}

void exchange_refuse(struct worker *worker, struct mg_connection *connection, int status,
                     const char *detail)
{
	struct exchange x;
	exchange_begin(&x, worker, connection);
	refuse(&x, status, detail);
	send_answer(&x);
	meter_answer(worker->server->options.meter, "", status, 0);
	signet_http_free(&x.response);
}
