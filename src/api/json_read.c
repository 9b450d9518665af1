#include "api/json_private.h"

#include <stdio.h>

#include "base/text.h"

static void release(json_t **json)
{
	json_decref(*json);
}
#define _cleanup_json_ __attribute__((cleanup(release)))

/* Whether the match of brackets is right is the parser's affair. */
bool json_is_shallow(struct bytes text)
{
	unsigned depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < text.length; i++) {
		uint8_t c = text.data[i];
		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\')
			i++;
		else if (!quoted && (c == '{' || c == '[') && ++depth > JSON_DEPTH_MAX)
			return false;
		else if (!quoted && (c == '}' || c == ']') && depth)
			depth--;
	}
	return true;
}

static int parse(json_t **out, struct bytes text, struct error *err)
{
	json_error_t problem;
	if (!json_is_shallow(text))
		return error_set(err, SIGNET_E_INVALID, "the answer is nested too deeply");
	*out = json_loadb((const char *)text.data, text.length, JSON_REJECT_DUPLICATES, &problem);
	if (*out)
		return 0;
	if (json_error_code(&problem) == json_error_out_of_memory)
		return error_nomem(err);
	error_set(err, SIGNET_E_INVALID, "the answer is not valid JSON");
	return error_detail(err, "line %d: %s", problem.line, problem.text);
}

int judgement_check_object(json_t *json, const char *what, const char *const *known,
                        struct error *err)
{
	const char *key;
	json_t *value;
	if (!json_is_object(json))
		return error_set(err, SIGNET_E_INVALID, "%s is not an object", what);
	json_object_foreach(json, key, value) {
		size_t i = 0;
		while (known[i] && strcmp(known[i], key) != 0)
			i++;
		if (!known[i])
			return error_set(err, SIGNET_E_INVALID, "%s has an unknown member \"%.64s\"",
			                 what, key);
	}
	return 0;
}

int judgement_get_text(const json_t *object, const char *key, const char **out, struct error *err)
{
	const json_t *value = json_object_get(object, key);
	if (value && !json_is_string(value))
		return error_set(err, SIGNET_E_INVALID, "\"%s\" is not a string", key);
	*out = json_string_value(value);
	return 0;
}

int judgement_get_list(const json_t *object, const char *key, size_t most, const json_t **out,
                    struct error *err)
{
	const json_t *value = json_object_get(object, key);
	if (value && !json_is_array(value))
		return error_set(err, SIGNET_E_INVALID, "\"%s\" is not a list", key);
	if (json_array_size(value) > most)
		return error_set(err, SIGNET_E_INVALID, "\"%s\" has more than %zu entries", key,
		                 most);
	*out = value;
	return 0;
}

/* ---- the decision ---- */

static int read_decision(struct judgement *j, const json_t *object, struct error *err)
{
	static const enum signet_decision all[] = {SIGNET_PASS, SIGNET_HOLD, SIGNET_DENY};
	const char *text = NULL;
	if (judgement_get_text(object, "decision", &text, err))
		return SIGNET_E_INVALID;
	for (size_t i = 0; text && i < sizeof all / sizeof *all; i++)
		if (strcmp(signet_decision_name(all[i]), text) == 0) {
			j->decision = all[i];
			return 0;
		}
	return error_set(err, SIGNET_E_INVALID, "\"decision\" is none of pass, hold, deny");
}

static int read_reason(struct judgement *j, const json_t *object, struct error *err)
{
	static const enum signet_reason all[] = {SIGNET_REASON_KEY, SIGNET_REASON_NAME,
	                                         SIGNET_REASON_VALIDITY, SIGNET_REASON_REQUEST,
	                                         SIGNET_REASON_POLICY, SIGNET_REASON_LIMIT};
	const char *text = NULL;
	if (judgement_get_text(object, "reason", &text, err))
		return SIGNET_E_INVALID;
	j->reason = j->decision == SIGNET_DENY ? SIGNET_REASON_POLICY : SIGNET_REASON_NONE;
	if (!text)
		return 0;
	if (j->decision != SIGNET_DENY)
		return error_set(err, SIGNET_E_INVALID, "\"reason\" is for \"deny\" alone");
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(signet_reason_name(all[i]), text) == 0) {
			j->reason = all[i];
			return 0;
		}
	return error_set(err, SIGNET_E_INVALID,
	                 "\"reason\" is none of key, name, validity, request, policy, limit");
}

static int read_message(struct judgement *j, const json_t *object, struct error *err)
{
	const char *text = NULL;
	if (judgement_get_text(object, "message", &text, err))
		return SIGNET_E_INVALID;
	if (text && (strlen(text) >= SIGNET_VERDICT_TEXT || text_has_control(text)))
		return error_set(err, SIGNET_E_INVALID,
		                 "\"message\" is longer than %d octets or has a control character",
		                 SIGNET_VERDICT_TEXT - 1);
	j->message = text ? text : j->decision == SIGNET_DENY ? "denied by policy" : "";
	return 0;
}

static int read_approvals(struct judgement *j, const json_t *object, struct error *err)
{
	const json_t *value = json_object_get(object, "approvals");
	if (!value)
		return 0;
	if (j->decision != SIGNET_HOLD || !json_is_integer(value) ||
	    json_integer_value(value) < 1 || json_integer_value(value) > LIMIT_APPROVALS)
		return error_set(err, SIGNET_E_INVALID,
		                 "\"approvals\" is for \"hold\" alone, a number from 1 to %d",
		                 LIMIT_APPROVALS);
	j->approvals = (unsigned)json_integer_value(value);
	return 0;
}

static int read_judgement(struct judgement *j, struct signet_draft *draft, json_t *json,
                          struct error *err)
{
	static const char *const known[] = {"decision", "reason", "message", "approvals",
	                                    "changes", NULL};
	if (judgement_check_object(json, "the answer", known, err) || read_decision(j, json, err) ||
	    read_reason(j, json, err) || read_message(j, json, err) ||
	    read_approvals(j, json, err))
		return SIGNET_E_INVALID;
	return judgement_read_changes(j, draft, json_object_get(json, "changes"), err);
}

int json_read_judgement(struct bytes text, struct signet_draft *draft,
                        struct signet_verdict *verdict, struct error *err)
{
	_cleanup_json_ json_t *json = NULL;
	struct judgement *j = arena_alloc(signet_draft_arena(draft), sizeof *j);
	if (!j)
		return error_nomem(err);
	int result = parse(&json, text, err);
	if (result == 0)
		result = read_judgement(j, draft, json, err);
	if (result)
		return result;
	if (judgement_apply(j, draft))
		return error_nomem(err);
	*verdict = (struct signet_verdict){
		.decision = j->decision, .reason = j->reason, .approvals = j->approvals};
	snprintf(verdict->message, sizeof verdict->message, "%s", j->message);
	return 0;
}
