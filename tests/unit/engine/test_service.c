#include "tests/unit/engine/service_world.h"

#include <stdio.h>

#include "engine/request.h"

static void request_socket_admits_the_roles(void **state)
{
	struct service_world *w = *state;
	assert_true(service_admits(&w->request, &w->root));
	assert_true(service_admits(&w->request, &w->own));
	assert_true(service_admits(&w->request, &w->gateway));
	assert_true(service_admits(&w->request, &w->publisher));
	assert_false(service_admits(&w->request, &w->stranger));
}

static void admin_socket_admits_root_and_itself(void **state)
{
	struct service_world *w = *state;
	assert_true(service_admits(&w->admin, &w->root));
	assert_true(service_admits(&w->admin, &w->own));
	assert_false(service_admits(&w->admin, &w->gateway));
	assert_false(service_admits(&w->admin, &w->publisher));
	assert_false(service_admits(&w->admin, &w->stranger));
}

static void only_the_gateway_submits(void **state)
{
	struct service_world *w = *state;
	assert_int_equal(service_world_submit_as(w, &w->publisher), SIGNET_E_PERMISSION);
	assert_int_equal(service_world_submit_as(w, &w->gateway), 0);
}

static void only_the_publisher_moves_cursors(void **state)
{
	struct service_world *w = *state;
	Signet__Rpc__EventsAdvance advance = SIGNET__RPC__EVENTS_ADVANCE__INIT;
	Signet__Rpc__EventsRead read = SIGNET__RPC__EVENTS_READ__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	advance.consumer = read.consumer = (char *)"file";
	call.call_case = SIGNET__RPC__CALL__CALL_EVENTS_ADVANCE;
	call.events_advance = &advance;
	assert_int_equal(service_world_handle(w, &w->request, &w->gateway, &call), SIGNET_E_PERMISSION);
	assert_int_equal(service_world_handle(w, &w->request, &w->publisher, &call), 0);
	call.call_case = SIGNET__RPC__CALL__CALL_EVENTS_READ;
	call.events_read = &read;
	assert_int_equal(service_world_handle(w, &w->request, &w->gateway, &call), SIGNET_E_PERMISSION);
	assert_int_equal(service_world_handle(w, &w->request, &w->publisher, &call), 0);
}

static void only_the_publisher_writes_letters(void **state)
{
	struct service_world *w = *state;
	Signet__Rpc__EventsBury bury = SIGNET__RPC__EVENTS_BURY__INIT;
	Signet__Rpc__LettersRead read = SIGNET__RPC__LETTERS_READ__INIT;
	Signet__Rpc__EventsAdvance settle = SIGNET__RPC__EVENTS_ADVANCE__INIT;
	Signet__Rpc__Call calls[3];
	bury.consumer = read.consumer = settle.consumer = (char *)"file";
	bury.sequence = settle.sequence = 1;
	for (int i = 0; i < 3; i++)
		signet__rpc__call__init(&calls[i]);
	calls[0].call_case = SIGNET__RPC__CALL__CALL_EVENTS_BURY;
	calls[0].events_bury = &bury;
	calls[1].call_case = SIGNET__RPC__CALL__CALL_LETTERS_READ;
	calls[1].letters_read = &read;
	calls[2].call_case = SIGNET__RPC__CALL__CALL_LETTER_SETTLE;
	calls[2].letter_settle = &settle;
	service_world_submit(w);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(service_world_handle(w, &w->request, &w->gateway, &calls[i]),
		                 SIGNET_E_PERMISSION);
		/* the last one: nobody has sent it back */
		assert_int_equal(service_world_handle(w, &w->request, &w->publisher, &calls[i]),
		                 i == 2 ? SIGNET_E_STATE : 0);
	}
}

static void only_administrators_move_letters(void **state)
{
	struct service_world *w = *state;
	Signet__Rpc__EventsBury bury = SIGNET__RPC__EVENTS_BURY__INIT;
	Signet__Rpc__EventsAdvance which = SIGNET__RPC__EVENTS_ADVANCE__INIT;
	Signet__Rpc__ListLetters list = SIGNET__RPC__LIST_LETTERS__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT, calls[3];
	which.consumer = bury.consumer = (char *)"file";
	bury.sequence = 1;
	call.call_case = SIGNET__RPC__CALL__CALL_EVENTS_BURY;
	call.events_bury = &bury;
	for (int i = 0; i < 3; i++)
		signet__rpc__call__init(&calls[i]);
	calls[0].call_case = SIGNET__RPC__CALL__CALL_LIST_LETTERS;
	calls[0].list_letters = &list;
	calls[1].call_case = SIGNET__RPC__CALL__CALL_RETRY_LETTERS;
	calls[1].retry_letters = &which;
	calls[2].call_case = SIGNET__RPC__CALL__CALL_DROP_LETTERS;
	calls[2].drop_letters = &which;
	service_world_submit(w);
	assert_int_equal(service_world_handle(w, &w->request, &w->publisher, &call), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(service_world_handle(w, &w->request, &w->publisher, &calls[i]),
		                 SIGNET_E_PERMISSION);
		assert_int_equal(service_world_handle(w, &w->request, &w->root, &calls[i]), SIGNET_E_PERMISSION);
		assert_int_equal(service_world_handle(w, &w->admin, &w->root, &calls[i]), 0);
	}
	assert_int_equal(service_world_handle(w, &w->admin, &w->root, &calls[2]), SIGNET_E_NOT_FOUND);
}

static void only_an_exit_of_the_past_is_forgotten(void **state)
{
	struct service_world *w = *state;
	char sections[4096];
	Signet__Rpc__EventsAdvance place = SIGNET__RPC__EVENTS_ADVANCE__INIT;
	Signet__Rpc__Name name = SIGNET__RPC__NAME__INIT;
	Signet__Rpc__Call advance = SIGNET__RPC__CALL__INIT, call = SIGNET__RPC__CALL__INIT;
	snprintf(sections, sizeof sections, "%s%sexit:\n  - file: {name: new, directory: x}\n", USERS,
	         fixture_sections);
	fixture_shut(&w->f);
	fixture_configure(&w->f, sections);
	fixture_open(&w->f);
	w->request.engine = w->admin.engine = w->f.engine;
	service_world_submit(w);
	place.sequence = 1;
	advance.call_case = SIGNET__RPC__CALL__CALL_EVENTS_ADVANCE;
	advance.events_advance = &place;
	call.call_case = SIGNET__RPC__CALL__CALL_FORGET_EXIT;
	call.forget_exit = &name;
	place.consumer = name.name = (char *)"new";
	assert_int_equal(service_world_handle(w, &w->request, &w->publisher, &advance), 0);
	assert_int_equal(service_world_handle(w, &w->admin, &w->root, &call), SIGNET_E_STATE);
	place.consumer = name.name = (char *)"old";
	assert_int_equal(service_world_handle(w, &w->request, &w->publisher, &advance), 0);
	assert_int_equal(service_world_handle(w, &w->request, &w->publisher, &call), SIGNET_E_PERMISSION);
	assert_int_equal(service_world_handle(w, &w->admin, &w->stranger, &call), SIGNET_E_PERMISSION);
	assert_int_equal(service_world_handle(w, &w->admin, &w->root, &call), 0);
	assert_int_equal(service_world_handle(w, &w->admin, &w->root, &call), SIGNET_E_NOT_FOUND);
}

static void publisher_fetches_what_belongs_to_an_event(void **state)
{
	struct service_world *w = *state;
	Signet__Rpc__RequestId id = SIGNET__RPC__REQUEST_ID__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	id.id = 1;
	call.call_case = SIGNET__RPC__CALL__CALL_RETRIEVE;
	call.retrieve = &id;
	service_world_submit(w);
	assert_int_equal(service_world_handle(w, &w->request, &w->publisher, &call), 0);
}

static void status_of_many_consumers_in_trouble_fits_a_message(void **state)
{
	struct service_world *w = *state;
	Signet__Rpc__EventsRead read = SIGNET__RPC__EVENTS_READ__INIT;
	Signet__Rpc__Empty empty = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	Signet__Rpc__Reply reply = SIGNET__RPC__REPLY__INIT;
	char name[LIMIT_CONSUMER + 1], trouble[LIMIT_CONSUMER_SAYS + 1];
	memset(trouble, 'x', sizeof trouble - 1);
	trouble[sizeof trouble - 1] = '\0';
	read.trouble = trouble;
	read.tries = UINT32_MAX;
	for (int i = 0; i < LIMIT_CONSUMERS; i++) {
		snprintf(name, sizeof name, "%0*d", LIMIT_CONSUMER, i);
		read.consumer = name;
		call.call_case = SIGNET__RPC__CALL__CALL_EVENTS_READ;
		call.events_read = &read;
		assert_int_equal(service_world_handle(w, &w->request, &w->publisher, &call), 0);
	}
	call.call_case = SIGNET__RPC__CALL__CALL_STATUS;
	call.status = &empty;
	service_handle(&w->admin, &w->root, w->f.arena, &call, &reply);
	assert_int_equal(reply.status->n_consumers, LIMIT_CONSUMERS);
	assert_int_equal(strlen(reply.status->consumers[0]->trouble), LIMIT_CONSUMER_SAYS);
	assert_in_range(signet__rpc__reply__get_packed_size(&reply), 1, LIMIT_MESSAGE);
}

static void administration_is_not_on_the_request_socket(void **state)
{
	struct service_world *w = *state;
	Signet__Rpc__Empty empty = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_STATUS;
	call.status = &empty;
	assert_int_equal(service_world_handle(w, &w->request, &w->root, &call), SIGNET_E_PERMISSION);
	assert_int_equal(service_world_handle(w, &w->request, &w->gateway, &call), SIGNET_E_PERMISSION);
	assert_int_equal(service_world_handle(w, &w->admin, &w->root, &call), 0);
}

static void everybody_admitted_reads_the_configuration(void **state)
{
	struct service_world *w = *state;
	Signet__Rpc__Empty empty = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_LIST_PROFILES;
	call.list_profiles = &empty;
	assert_int_equal(service_world_handle(w, &w->request, &w->gateway, &call), 0);
	assert_int_equal(service_world_handle(w, &w->request, &w->publisher, &call), 0);
}

static void calls_of_a_later_protocol_are_unsupported(void **state)
{
	struct service_world *w = *state;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	assert_int_equal(service_world_handle(w, &w->admin, &w->root, &call), SIGNET_E_UNSUPPORTED);
	call.call_case = (Signet__Rpc__Call__CallCase)9999;
	assert_int_equal(service_world_handle(w, &w->admin, &w->root, &call), SIGNET_E_UNSUPPORTED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, service_world_setup, service_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(request_socket_admits_the_roles),
		TEST(admin_socket_admits_root_and_itself),
		TEST(only_the_gateway_submits),
		TEST(only_the_publisher_moves_cursors),
		TEST(only_the_publisher_writes_letters),
		TEST(only_administrators_move_letters),
		TEST(only_an_exit_of_the_past_is_forgotten),
		TEST(publisher_fetches_what_belongs_to_an_event),
		TEST(status_of_many_consumers_in_trouble_fits_a_message),
		TEST(administration_is_not_on_the_request_socket),
		TEST(everybody_admitted_reads_the_configuration),
		TEST(calls_of_a_later_protocol_are_unsupported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
