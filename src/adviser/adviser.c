#include "adviser/adviser.h"

#include <stdlib.h>
#include <unistd.h>

#include "adviser/judge.h"
#include "base/log.h"
#include "base/role.h"
#include "rpc/ca.pb-c.h"
#include "rpc/rpc.h"

struct adviser {
	struct rules_holder *holder;
	struct rpc_server *server;
	uid_t engine; /* its user */
};

int adviser_check(const struct settings *settings, bool *wanted, struct error *err)
{
	struct rules *rules;
	int result = rules_load(&rules, settings, NULL, err);
	if (result)
		return result;
	*wanted = rules_count(rules) > 0;
	rules_free(rules);
	return 0;
}

static bool admit(void *context, const struct rpc_peer *peer)
{
	const struct adviser *adviser = context;
	return peer->uid == 0 || peer->uid == geteuid() || peer->uid == adviser->engine;
}

static void handle(void *context, const struct rpc_peer *peer, struct arena *arena,
                   const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	struct adviser *adviser = context;
	struct error err = {0};
	Signet__Rpc__Judgement *judgement;
	(void)peer;
	int result = call->call_case == SIGNET__RPC__CALL__CALL_JUDGE
		? judge(adviser->holder, arena, call->judge, &judgement, &err)
		: error_set(&err, SIGNET_E_UNSUPPORTED, "the adviser does not know the call");
	if (result == 0) {
		reply->body_case = SIGNET__RPC__REPLY__BODY_JUDGEMENT;
		reply->judgement = judgement;
		return;
	}
	reply->code = result;
	reply->message = arena_strdup(arena, err.message);
	if (!reply->message)
		reply->message = (char *)(uintptr_t)protobuf_c_empty_string;
}

/* Who is at the other end is looked at in any case. */
static int open_socket(struct adviser *adviser, const struct settings *settings, struct error *err)
{
	char *path = settings_path(settings, ADVICE_SOCKET);
	if (!path)
		return error_nomem(err);
	int result = rpc_server_start(&adviser->server, path, 0666, admit, handle, adviser, err);
	free(path);
	return result;
}

static int start(struct adviser *adviser, const struct settings *settings, struct error *err)
{
	struct rules *rules;
	int result = settings_find_user(settings, settings->user_engine, &adviser->engine, err);
	if (result || (result = rules_load(&rules, settings, NULL, err)))
		return result;
	if ((result = rules_holder_new(&adviser->holder, rules, err))) {
		rules_free(rules);
		return result;
	}
	return open_socket(adviser, settings, err);
}

/* On an error the old rules stand: the engine, which has read the new text, gets no answer. */
static int reload(struct adviser *adviser, const char *path, struct error *err)
{
	struct settings *settings;
	struct rules *next;
	int result = settings_load(&settings, path, err);
	if (result || (result = rules_load(&next, settings, settings, err)))
		return result;
	rules_swap(adviser->holder, next);
	return 0;
}

int adviser_run(const struct settings *settings, int ready_fd)
{
	struct adviser adviser = {0};
	struct error err = {0};
	/* undumpable: it reads the secrets of web hooks, and programs of its user run beside it */
	int result = role_begin(true, &err);
	if (result == 0)
		result = start(&adviser, settings, &err);
	if (result) {
		role_failed(ready_fd, &err);
		rules_holder_free(adviser.holder);
		return EXIT_FAILURE;
	}
	log_event(LOG_INFO, "ready", NULL);
	role_ready(ready_fd);
	while (role_wait() == ROLE_RELOAD) {
		if (reload(&adviser, settings->path, &err))
			log_error(LOG_ERROR, "reload-failed", &err, NULL);
		else
			log_event(LOG_INFO, "reloaded", NULL);
	}
	log_event(LOG_INFO, "stopping", NULL);
	rpc_server_stop(adviser.server);
	rules_holder_free(adviser.holder);
	return EXIT_SUCCESS;
}
