/* Dead letters: for the publisher, and for administrators. */
#include "api/client_call.h"

#include "base/limits.h"

/* A call without an answer but that it is done. */
static int call_simply(struct signet_client *client, const Signet__Rpc__Call *call,
                       struct error *err)
{
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	if (!arena)
		return error_nomem(err);
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, call, CLIENT_TIMEOUT_US, CLIENT_NO_BODY, &reply,
	                         err);
	arena_free(arena);
	return result;
}

int signet_bury_event(struct signet_client *client, const char *consumer, uint64_t sequence,
                      unsigned tries, const char *reason, struct error *err)
{
	Signet__Rpc__EventsBury bury = SIGNET__RPC__EVENTS_BURY__INIT;
	bury.consumer = client_text(consumer);
	bury.sequence = sequence;
	bury.tries = tries;
	bury.reason = client_text(reason);
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_EVENTS_BURY;
	call.events_bury = &bury;
	return call_simply(client, &call, err);
}

int signet_read_letters(struct signet_client *client, struct arena *arena, const char *consumer,
                        unsigned limit, struct signet_event **out, size_t *count,
                        struct error *err)
{
	Signet__Rpc__LettersRead read = SIGNET__RPC__LETTERS_READ__INIT;
	read.consumer = client_text(consumer);
	read.limit = limit;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_LETTERS_READ;
	call.letters_read = &read;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, CLIENT_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_EVENTS, &reply, err);
	return result ? result : client_read_events(arena, reply->events, out, count, err);
}

int signet_settle_letter(struct signet_client *client, const char *consumer, uint64_t sequence,
                         struct error *err)
{
	Signet__Rpc__EventsAdvance settle = SIGNET__RPC__EVENTS_ADVANCE__INIT;
	settle.consumer = client_text(consumer);
	settle.sequence = sequence;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_LETTER_SETTLE;
	call.letter_settle = &settle;
	return call_simply(client, &call, err);
}

int signet_list_letters(struct signet_client *client, struct arena *arena, const char *consumer,
                        const char *after_consumer, uint64_t after, unsigned limit,
                        struct signet_letter **out, size_t *count, bool *more,
                        struct error *err)
{
	Signet__Rpc__ListLetters query = SIGNET__RPC__LIST_LETTERS__INIT;
	query.consumer = client_text(consumer);
	query.after_consumer = client_text(after_consumer);
	query.after = after;
	query.limit = limit;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_LIST_LETTERS;
	call.list_letters = &query;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, CLIENT_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_LETTERS, &reply, err);
	if (result)
		return result;
	const Signet__Rpc__Letters *list = reply->letters;
	struct signet_letter *array = arena_array(arena, list->n_items, sizeof *array);
	if (!array)
		return error_nomem(err);
	for (size_t i = 0; i < list->n_items; i++) {
		const Signet__Rpc__Letter *letter = list->items[i];
		array[i] = (struct signet_letter){
			letter->consumer, letter->sequence, letter->kind, letter->request_id,
			letter->subject, letter->time, letter->tries, letter->reason,
			letter->retrying};
	}
	*out = array;
	*count = list->n_items;
	*more = list->more;
	return 0;
}

static int move(struct signet_client *client, Signet__Rpc__Call *call, uint64_t *moved,
                struct error *err)
{
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	if (!arena)
		return error_nomem(err);
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, call, CLIENT_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_NUMBER, &reply, err);
	if (result == 0)
		*moved = reply->number->number;
	arena_free(arena);
	return result;
}

int signet_retry_letters(struct signet_client *client, const char *consumer, uint64_t sequence,
                         uint64_t *moved, struct error *err)
{
	Signet__Rpc__EventsAdvance which = SIGNET__RPC__EVENTS_ADVANCE__INIT;
	which.consumer = client_text(consumer);
	which.sequence = sequence;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_RETRY_LETTERS;
	call.retry_letters = &which;
	return move(client, &call, moved, err);
}

int signet_drop_letters(struct signet_client *client, const char *consumer, uint64_t sequence,
                        uint64_t *moved, struct error *err)
{
	Signet__Rpc__EventsAdvance which = SIGNET__RPC__EVENTS_ADVANCE__INIT;
	which.consumer = client_text(consumer);
	which.sequence = sequence;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_DROP_LETTERS;
	call.drop_letters = &which;
	return move(client, &call, moved, err);
}

int signet_forget_exit(struct signet_client *client, const char *consumer,
                       struct signet_forgotten *out, struct error *err)
{
	Signet__Rpc__Name name = SIGNET__RPC__NAME__INIT;
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	if (!arena)
		return error_nomem(err);
	name.name = client_text(consumer);
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_FORGET_EXIT;
	call.forget_exit = &name;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, CLIENT_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_FORGOTTEN, &reply, err);
	if (result == 0)
		*out = (struct signet_forgotten){reply->forgotten->waiting, reply->forgotten->letters};
	arena_free(arena);
	return result;
}
