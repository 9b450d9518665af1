/* What policy would say. */
#include "api/client_call.h"

int signet_test_policy(struct signet_client *client, struct arena *arena,
                       const struct signet_submission *s, struct signet_request_info *out,
                       struct error *err)
{
	struct client_submission submission;
	int result = client_fill_submission(&submission, s, err);
	if (result)
		return result;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_TEST_POLICY;
	call.test_policy = &submission.message;
	Signet__Rpc__Reply *reply;
	result = client_call(client, arena, &call, CLIENT_SUBMIT_TIMEOUT_US,
	                     SIGNET__RPC__REPLY__BODY_REQUEST, &reply, err);
	return result ? result : client_read_request(arena, out, reply->request, err);
}
