#include "intermediaries/acme/json_private.h"

#include "api/json.h"

int json_read_object(json_t **out, struct bytes text, const char *what, struct error *err)
{
	if (!json_is_shallow(text))
		return error_set(err, SIGNET_E_INVALID, "%s is nested too deeply", what);
	json_error_t problem;
	json_t *json = json_loadb((const char *)text.data, text.length, JSON_REJECT_DUPLICATES,
	                          &problem);
	if (!json) {
		if (json_error_code(&problem) == json_error_out_of_memory)
			return error_nomem(err);
		/* jansson's text may quote the input; that is the sender's own */
		error_set(err, SIGNET_E_INVALID, "%s is not valid JSON", what);
		return error_detail(err, "%s", problem.text);
	}
	if (!json_is_object(json)) {
		json_decref(json);
		return error_set(err, SIGNET_E_INVALID, "%s is not a JSON object", what);
	}
	*out = json;
	return 0;
}

int json_get_text(const json_t *object, const char *key, struct arena *arena, const char **out,
                  struct error *err)
{
	const json_t *value = json_object_get(object, key);
	const char *text = NULL;
	if (value && !json_is_string(value))
		return error_set(err, SIGNET_E_INVALID, "\"%s\" is not a string", key);
	if (value && !(text = arena_strdup(arena, json_string_value(value))))
		return error_nomem(err);
	*out = text;
	return 0;
}

static int append(const char *text, size_t length, void *out)
{
	return buffer_append(out, text, length);
}

int json_write(struct buffer *out, json_t *json)
{
	if (!json)
		return SIGNET_E_NOMEM;
	int failed = json_dump_callback(json, append, out, JSON_COMPACT);
	json_decref(json);
	return failed ? out->error ? out->error : SIGNET_E_NOMEM : 0;
}
