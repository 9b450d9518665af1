/* What policy would say. */
#include "engine/request.h"
#include "engine/service.h"
#include "engine/view.h"
#include "rpc/ca.pb-c.h"

int service_test_policy(const struct service_call *c)
{
	struct signet_submission submission;
	struct issue_plan plan;
	struct stored stored;
	Signet__Rpc__Request *out = arena_alloc(c->arena, sizeof *out);
	if (!out)
		return error_nomem(c->err);
	int result = service_read_submission(c, c->call->test_policy, &submission);
	if (result == 0)
		result = request_test(c->engine, c->configuration, c->arena, &submission, &stored,
		                      &plan, c->err);
	if (result)
		return result;
	result = view_request(c->arena, &stored, true, out);
	if (result == 0 && plan.count)
		result = view_plan(c->arena, &plan, out);
	if (result)
		return error_set(c->err, result, "the judgement cannot be shown");
	service_reply_request(c, out);
	return 0;
}
