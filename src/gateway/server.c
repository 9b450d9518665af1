#include "gateway/server.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "gateway/server_private.h"

#define THREADS 192                   /* a slow client holds one */
#define REQUEST_LIMIT_US INT64_C(10000000)
#define KEEP_ALIVE_MS "5000"
#define STOP_LIMIT_US INT64_C(10000000)
#define LISTENERS_MAX 64
#define STACK_MARGIN 4096             /* below a frame, for the calls that it makes */

bool server_is_stopping(struct server *server)
{
	return atomic_load(&server->stopping);
}

static void begin_work(struct server *server)
{
	atomic_fetch_add(&server->active, 1);
}

/* Who stops says so before it looks at the number: one of the two sees the other. */
static void end_work(struct server *server)
{
	if (atomic_fetch_sub(&server->active, 1) != 1 || !server_is_stopping(server))
		return;
	pthread_mutex_lock(&server->lock);
	pthread_cond_broadcast(&server->idle);
	pthread_mutex_unlock(&server->lock);
}

/* ---- what CivetWeb calls ---- */

static struct worker *worker_of(const struct mg_connection *connection)
{
	return mg_get_thread_pointer(connection);
}

static char *stack_end(void)
{
	pthread_attr_t attributes;
	void *end = NULL;
	size_t size;
	if (pthread_getattr_np(pthread_self(), &attributes))
		return NULL;
	if (pthread_attr_getstack(&attributes, &end, &size))
		end = NULL;
	pthread_attr_destroy(&attributes);
	return end;
}

/* A request has gone some 30 KiB deep, in each of hundreds of threads that now wait for long: what
 * lies below this frame goes back to the kernel. */
static void release_stack(const struct mg_connection *connection)
{
	struct worker *worker = worker_of(connection);
	const long page = sysconf(_SC_PAGESIZE);
	if (!worker || !worker->stack || page <= 0)
		return;
	uintptr_t here = (uintptr_t)__builtin_frame_address(0) - STACK_MARGIN;
	here -= here % (uintptr_t)page;
	if (here > (uintptr_t)worker->stack)
		madvise(worker->stack, here - (uintptr_t)worker->stack, MADV_DONTNEED);
}

static void *begin_thread(const struct mg_context *context, int type)
{
	struct server *server = mg_get_user_data(context);
	struct worker *worker = calloc(1, sizeof *worker);
	if (!worker)
		return NULL;
	worker->server = server;
	worker->arena = arena_new(LIMIT_REQUEST_ARENA);
	if (!worker->arena) {
		free(worker);
		return NULL;
	}
	worker->stack = type == 1 ? stack_end() : NULL;
	watch_enter(server->watch, &worker->slot);
	return worker;
}

static void end_thread(const struct mg_context *context, int type, void *pointer)
{
	struct worker *worker = pointer;
	(void)context, (void)type;
	if (!worker)
		return;
	watch_leave(worker->server->watch, &worker->slot);
	arena_free(worker->arena);
	free(worker);
}

static int begin_request(struct mg_connection *connection)
{
	struct worker *worker = worker_of(connection);
	if (!worker) { /* there was no memory for it */
		mg_disable_connection_keep_alive(connection);
		return 503;
	}
	struct server *server = worker->server;
	begin_work(server);
	watch_set_busy(&worker->slot, true);
	worker->answered = false;
	int status = exchange_serve(worker, connection);
	watch_set_busy(&worker->slot, false);
	end_work(server);
	return status;
}

static bool is_known_method(const char *method)
{
	static const char *const known[] = {"GET",  "HEAD",    "POST", "PUT",
	                                    "DELETE", "OPTIONS", "CONNECT", "PATCH"};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i], method) == 0)
			return true;
	return false;
}

/* CivetWeb refuses a request itself: the same form as our own refusals. */
static int refuse_request(struct mg_connection *connection, int status, const char *message)
{
	struct worker *worker = worker_of(connection);
	const struct mg_request_info *info = mg_get_request_info(connection);
	(void)message;
	if (!worker || !info)
		return 1;
	if (status == 400 && info->request_method && info->http_version &&
	    !is_known_method(info->request_method))
		exchange_refuse(worker, connection, 405, "This method is not known.");
	else
		exchange_refuse(worker, connection, status, "The request is malformed, too long "
		                                            "or came too slowly.");
	return 0;
}

/* "*" and addresses of other servers reach no callback: CivetWeb closes without an answer. */
static void close_connection(const struct mg_connection *connection)
{
	struct worker *worker = worker_of(connection);
	const struct mg_request_info *info = mg_get_request_info(connection);
	if (worker && info && info->request_uri && !info->local_uri_raw && !worker->answered)
		exchange_refuse(worker, (struct mg_connection *)(uintptr_t)connection, 400,
		                "The target of the request is not one of this server's.");
	if (worker)
		worker->answered = false;
	if (worker && worker->connected)
		meter_connection(worker->server->options.meter, -1);
	if (worker)
		worker->connected = false;
	tls_forget_connection();
}

static int open_connection(const struct mg_connection *connection, void **data)
{
	struct worker *worker = worker_of(connection);
	(void)data;
	if (worker) {
		worker->connected = true;
		meter_connection(worker->server->options.meter, 1);
	}
	return 0;
}

/* CivetWeb tells nobody else. */
static bool is_handshake_failure(const char *message)
{
	return strncmp(message, "sslize error", 12) == 0 ||
	       strncmp(message, "SSL syscall error", 17) == 0;
}

static int log_message(const struct mg_connection *connection, const char *message)
{
	/* without a connection it is about the server itself; the rest is what clients do */
	if (connection) {
		struct worker *worker = worker_of(connection);
		if (worker && is_handshake_failure(message))
			meter_handshake_failure(worker->server->options.meter);
		log_event(LOG_DEBUG, "http", "message", message, NULL);
		return 1;
	}
	log_event(LOG_DEBUG, "http-server", "message", message, NULL);
	return 1;
}

static int give_tls_context(void **context, void *user_data)
{
	struct server *server = user_data;
	if (!server->options.tls)
		return -1;
	*context = tls_context(server->options.tls);
	return 1;
}

/* ---- starting ---- */

/* CivetWeb says no more than that it failed: tries each address for a message that names it. */
static int check_listener(const struct listener *listener, struct error *err)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	const int on = 1;
	address.sin_port = htons((uint16_t)listener->port);
	if (inet_pton(AF_INET, listener->address, &address.sin_addr) != 1)
		return error_set(err, SIGNET_E_CONFIG, "listen: %s is no IPv4 address",
		                 listener->address);
	_cleanup_fd_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
	    bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 1))
		return error_errno(err, "cannot listen at %s:%u", listener->address,
		                   listener->port);
	return 0;
}

static int check_listeners(const struct server_options *options, bool *tls, struct error *err)
{
	if (options->listener_count == 0 || options->listener_count > LISTENERS_MAX)
		return error_set(err, SIGNET_E_CONFIG, "listen: 1 to %d listeners", LISTENERS_MAX);
	for (size_t i = 0; i < options->listener_count; i++) {
		int result = check_listener(&options->listeners[i], err);
		if (result)
			return result;
		*tls |= options->listeners[i].tls;
	}
	if (*tls && !options->tls)
		return error_set(err, SIGNET_E_INTERNAL, "a TLS listener without TLS");
	return 0;
}

static int load_library(bool tls, struct error *err)
{
	int result = tls ? tls_load_libraries(err) : 0;
	if (result)
		return result;
	unsigned wanted = tls ? MG_FEATURES_SSL : 0;
	if ((mg_init_library(wanted) & wanted) != wanted)
		return error_set(err, SIGNET_E_UNSUPPORTED, "this CivetWeb has no TLS");
	return 0;
}

static int run_civetweb(struct server *server, const char *ports, struct error *err)
{
	char threads[16], timeout[32], head[16], text[256] = "";
	snprintf(threads, sizeof threads, "%u", server->options.threads);
	snprintf(timeout, sizeof timeout, "%" PRId64, server->options.request_limit / 1000);
	snprintf(head, sizeof head, "%d", HEADERS_MAX);
	const char *options[] = {
		"listening_ports", ports,
		"num_threads", threads,
		"request_timeout_ms", timeout,
		"enable_keep_alive", "yes",
		"keep_alive_timeout_ms", KEEP_ALIVE_MS,
		"max_request_size", head,
		"tcp_nodelay", "1",
		"connection_queue", "128",
		"listen_backlog", "1024",
		"decode_url", "no",
		"enable_auth_domain_check", "no",
		NULL,
	};
	const struct mg_callbacks callbacks = {
		.begin_request = begin_request,
		.init_connection = open_connection,
		.log_message = log_message,
		.external_ssl_ctx = give_tls_context,
		.connection_close = close_connection,
		.connection_closed = release_stack,
		.http_error = refuse_request,
		.init_thread = begin_thread,
		.exit_thread = end_thread,
	};
	struct mg_init_data init = {&callbacks, server, options};
	struct mg_error_data why = {0, text, sizeof text};
	server->context = mg_start2(&init, &why);
	if (server->context)
		return 0;
	error_set(err, SIGNET_E_IO, "the HTTP server does not start");
	return error_detail(err, "%s", text);
}

static int make_ports(const struct server_options *options, struct buffer *out)
{
	for (size_t i = 0; i < options->listener_count; i++)
		buffer_printf(out, "%s%s:%u%s", i ? "," : "", options->listeners[i].address,
		              options->listeners[i].port, options->listeners[i].tls ? "s" : "");
	return buffer_text(out) ? 0 : out->error;
}

static int copy_listeners(struct server *server, const struct server_options *options)
{
	size_t count = options->listener_count;
	server->listeners = calloc(count, sizeof *server->listeners);
	server->names = calloc(count, sizeof *server->names);
	if (!server->listeners || !server->names)
		return SIGNET_E_NOMEM;
	memcpy(server->listeners, options->listeners, count * sizeof *server->listeners);
	for (size_t i = 0; i < count; i++)
		snprintf(server->names[i], sizeof server->names[i], "%s:%u",
		         options->listeners[i].address, options->listeners[i].port);
	return 0;
}

static void server_free(struct server *server)
{
	watch_free(server->watch);
	pthread_cond_destroy(&server->idle);
	pthread_mutex_destroy(&server->lock);
	free(server->names);
	free(server->listeners);
	free(server);
}

int server_start(struct server **out, const struct server_options *options, struct error *err)
{
	_cleanup_buffer_ struct buffer ports = BUFFER_MAX(4096);
	bool tls = false;
	int result = check_listeners(options, &tls, err);
	if (result || (result = load_library(tls, err)))
		return result;
	struct server *server = calloc(1, sizeof *server);
	if (!server)
		return error_nomem(err);
	pthread_mutex_init(&server->lock, NULL);
	clock_condition_init(&server->idle);
	server->options = *options;
	if (!server->options.threads)
		server->options.threads = THREADS;
	if (!server->options.request_limit)
		server->options.request_limit = REQUEST_LIMIT_US;
	if (copy_listeners(server, options) || make_ports(options, &ports))
		result = error_nomem(err);
	else
		result = watch_new(&server->watch, err);
	if (!result)
		result = run_civetweb(server, buffer_text(&ports), err);
	if (result)
		server_free(server);
	else
		*out = server;
	return result;
}

void server_load(const struct server *server, unsigned *threads, unsigned *busy)
{
	*threads = server->options.threads;
	*busy = atomic_load(&server->active);
}

/* ---- stopping ---- */

static bool is_listener(const struct server *server, int fd)
{
	struct sockaddr_in address;
	socklen_t length = sizeof address, size = sizeof(int);
	int listening = 0;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) || !listening ||
	    getsockname(fd, (struct sockaddr *)&address, &length) ||
	    length != sizeof address || address.sin_family != AF_INET)
		return false;
	for (size_t i = 0; i < server->options.listener_count; i++)
		if (server->listeners[i].port == ntohs(address.sin_port))
			return true;
	return false;
}

/* CivetWeb closes its listeners only when it ends every connection, too. They are ours to find
 * among our files: what takes their place never has a connection to accept. */
static void close_listeners(const struct server *server)
{
	_cleanup_fd_ int nothing = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	DIR *files = opendir("/proc/self/fd");
	for (struct dirent *entry; files && nothing >= 0 && (entry = readdir(files));) {
		int fd = (int)strtol(entry->d_name, NULL, 10);
		if (entry->d_name[0] == '.' || !is_listener(server, fd))
			continue;
		shutdown(fd, SHUT_RDWR);
		dup3(nothing, fd, O_CLOEXEC);
	}
	if (files)
		closedir(files);
}

static void wait_for_requests(struct server *server)
{
	int64_t end = clock_monotonic_us() + STOP_LIMIT_US;
	atomic_store(&server->stopping, true);
	pthread_mutex_lock(&server->lock);
	while (atomic_load(&server->active) && !clock_wait(&server->idle, &server->lock, end))
		;
	pthread_mutex_unlock(&server->lock);
}

void server_stop(struct server *server)
{
	if (!server)
		return;
	close_listeners(server);
	wait_for_requests(server);
	watch_hurry(server->watch);
	mg_stop(server->context);
	mg_exit_library();
	server_free(server);
}
