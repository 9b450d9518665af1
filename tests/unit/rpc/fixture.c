#include "fixture.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "rpc/address.h"
#include "rpc/descriptor.h"

#define PATIENCE_MS 30000

int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	assert_non_null(f);
	pthread_mutex_init(&f->lock, NULL);
	snprintf(f->directory, sizeof f->directory, "/tmp/signet-rpc.XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->path, sizeof f->path, "%s/socket", f->directory);
	*state = f;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;
	fixture_stop(f);
	unlink(f->path);
	rmdir(f->directory);
	pthread_mutex_destroy(&f->lock);
	free(f);
	return 0;
}

static bool admit(void *context, const struct rpc_peer *peer)
{
	struct fixture *f = context;
	(void)peer;
	f->asked++;
	return !f->refuse;
}

static void answer_chain(struct fixture *f, struct arena *arena, const char *name,
                         struct rpc_file *file, Signet__Rpc__Reply *reply)
{
	reply->message = arena_strdup(arena, name);
	if (file) {
		f->files++;
		reply->code = write(file->fd, name, strlen(name)) < 0 ? SIGNET_E_IO : 0;
	}
	if (file && strcmp(name, "wait for the end") == 0)
		while (!rpc_is_abandoned(file))
			poll(NULL, 0, 1);
	if (strcmp(name, "wait") == 0) {
		f->waiting++;
		while (!f->go_on)
			poll(NULL, 0, 1);
		f->waiting--;
	}
	if (strcmp(name, "big") == 0) {
		Signet__Rpc__Chain *chain = arena_alloc(arena, sizeof *chain);
		signet__rpc__chain__init(chain);
		chain->n_certificates = 2;
		chain->certificates = arena_array(arena, 2, sizeof *chain->certificates);
		for (int i = 0; i < 2; i++)
			chain->certificates[i] = (ProtobufCBinaryData){
				LIMIT_MESSAGE / 2, arena_alloc(arena, LIMIT_MESSAGE / 2)};
		reply->chain = chain;
		reply->body_case = SIGNET__RPC__REPLY__BODY_CHAIN;
		reply->configuration = 7;
	}
}

static void handle(void *context, const struct rpc_peer *peer, struct arena *arena,
                   const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	struct fixture *f = context;
	pthread_mutex_lock(&f->lock);
	f->peer = *peer;
	pthread_mutex_unlock(&f->lock);
	f->stopping = rpc_server_is_stopping(f->server);
	f->calls++;
	if (call->call_case == SIGNET__RPC__CALL__CALL_GET_CHAIN) {
		answer_chain(f, arena, call->get_chain->name, peer->file, reply);
		f->ended++;
	} else if (call->call_case == SIGNET__RPC__CALL__CALL_SUBMIT) {
		Signet__Rpc__Outcome *outcome = arena_alloc(arena, sizeof *outcome);
		signet__rpc__outcome__init(outcome);
		outcome->certificate = call->submit->csr;
		reply->outcome = outcome;
		reply->body_case = SIGNET__RPC__REPLY__BODY_OUTCOME;
	} else {
		reply->code = SIGNET_E_UNSUPPORTED;
	}
}

void fixture_start(struct fixture *f)
{
	struct error err = {0};
	if (rpc_server_start(&f->server, f->path, 0666, admit, handle, f, &err))
		fail_msg("%s", err.message);
}

void fixture_start_with_files(struct fixture *f)
{
	struct error err = {0};
	if (rpc_server_start_with_files(&f->server, f->path, 0666, admit, handle, f, &err))
		fail_msg("%s", err.message);
}

void fixture_stop(struct fixture *f)
{
	f->go_on = true;
	rpc_server_stop(f->server);
	f->server = NULL;
}

int fixture_connect(const struct fixture *f)
{
	struct sockaddr_un address;
	assert_int_equal(rpc_address(&address, f->path, NULL), 0);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static void make_call(Signet__Rpc__Call *call, Signet__Rpc__Name *argument, const char *name)
{
	signet__rpc__call__init(call);
	signet__rpc__name__init(argument);
	argument->name = (char *)name;
	call->call_case = SIGNET__RPC__CALL__CALL_GET_CHAIN;
	call->get_chain = argument;
}

void fixture_send(int fd, const char *name)
{
	fixture_send_with_file(fd, name, -1);
}

void fixture_send_with_file(int fd, const char *name, int file)
{
	Signet__Rpc__Call call;
	Signet__Rpc__Name argument;
	make_call(&call, &argument, name);
	static _Thread_local uint8_t datagram[RPC_DATAGRAM];
	size_t length;
	assert_int_equal(rpc_pack(datagram, &call.base, &length), 0);
	assert_int_equal(descriptor_send(fd, datagram, length, MSG_NOSIGNAL, file), length);
}

size_t fixture_receive(int fd, uint8_t datagram[RPC_DATAGRAM])
{
	struct pollfd ready = {fd, POLLIN, 0};
	assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
	ssize_t n = recv(fd, datagram, RPC_DATAGRAM, 0);
	return n < 0 ? 0 : (size_t)n;
}

int fixture_call(struct rpc_pool *pool, struct arena *arena, const char *name, bool repeatable,
                 int64_t timeout_us, struct Signet__Rpc__Reply **reply, struct error *err)
{
	Signet__Rpc__Call call;
	Signet__Rpc__Name argument;
	make_call(&call, &argument, name);
	return rpc_call(pool, arena, &call, repeatable, timeout_us, reply, err);
}

int fixture_call_with_file(struct rpc_pool *pool, struct arena *arena, const char *name, int file,
                           int64_t timeout_us, struct Signet__Rpc__Reply **reply,
                           struct error *err)
{
	Signet__Rpc__Call call;
	Signet__Rpc__Name argument;
	make_call(&call, &argument, name);
	return rpc_call_with_file(pool, arena, &call, file, timeout_us, reply, err);
}

void fixture_await(_Atomic int *value, int least)
{
	for (int i = 0; i < PATIENCE_MS && *value < least; i++)
		poll(NULL, 0, 1);
	assert_true(*value >= least);
}
