/*
 * The reader of judgements in its parts. Private to src/api.
 */
#ifndef SIGNET_API_JSON_PRIVATE_H
#define SIGNET_API_JSON_PRIVATE_H

#include <jansson.h>

#include "api/json.h"
#include "base/limits.h"

/* What was read, before anything of it is applied. */
struct judgement {
	enum signet_decision decision;
	enum signet_reason reason;
	unsigned approvals;
	const char *message;
	bool has_subject, has_names;
	struct bytes subject;
	int64_t not_before, not_after;
	struct general_name names[LIMIT_SAN_COUNT];
	size_t name_count;
	struct extension extensions[LIMIT_EXTENSIONS];
	size_t extension_count;
	struct bytes removed[LIMIT_EXTENSIONS];
	size_t removed_count;
};

/* An object with members of these names (ended by NULL) alone. */
int judgement_check_object(json_t *json, const char *what, const char *const *known,
                      struct error *err);
/* The string under the key, which is the object's; *out is NULL when there is none. */
int judgement_get_text(const json_t *object, const char *key, const char **out, struct error *err);
/* A list of at most so many; *out is NULL when there is none. */
int judgement_get_list(const json_t *object, const char *key, size_t most, const json_t **out,
                  struct error *err);

/* Reads the member "changes" (NULL: there is none) and looks whether the draft has room for them.
 * What is read is in the draft's arena; the draft itself is not touched. */
int judgement_read_changes(struct judgement *j, struct signet_draft *draft, json_t *changes,
                           struct error *err);
/* Only memory can run out: everything else has been looked at. */
int judgement_apply(const struct judgement *j, struct signet_draft *draft);

#endif
