#include "engine/roles.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define USER_MEMORY 16384
/* (uid_t)-1 is no user (chown(2)). */
#define UID_MAX (UINT32_MAX - 1)

static int find_user(const struct conf_node *node, const char *name, uid_t *out,
                     struct error *err)
{
	char memory[USER_MEMORY];
	struct passwd entry, *found = NULL;
	uint64_t number;
	if (strncmp(name, "uid:", 4) == 0) {
		if (text_to_uint(name + 4, UID_MAX, &number))
			return conf_error(node, err, "'%s' is no user id", name);
		*out = (uid_t)number;
		return 0;
	}
	int code = getpwnam_r(name, &entry, memory, sizeof memory, &found);
	if (!found)
		return conf_error(node, err, "there is no user '%s'%s%s", name, code ? ": " : "",
		                  code ? strerror(code) : "");
	*out = found->pw_uid;
	return 0;
}

static int add(struct roles *roles, const struct conf_node *node, const char *name, uid_t uid,
               enum roles_duty duty, struct error *err)
{
	struct roles_user *user = roles->users;
	while (user < roles->users + roles->count && user->uid != uid)
		user++;
	if (user == roles->users + roles->count)
		roles->count++;
	if (roles->separate && (user->duties & ~(unsigned)duty))
		return conf_error(node, err, "'%s' has another role already: `separate` gives "
		                  "everybody one at most", name);
	user->uid = uid;
	user->duties |= duty;
	return 0;
}

/* Whom a role can be given to. */
struct candidates {
	const struct roles_process *processes;
	size_t process_count;
	bool separate;
};

static int check_user(const struct candidates *candidates, const struct conf_node *node,
                      const char *name, uid_t uid, struct error *err)
{
	for (size_t i = 0; i < candidates->process_count; i++) {
		const struct roles_process *process = &candidates->processes[i];
		if (process->uid == uid && (candidates->separate || !process->is_engine))
			return conf_error(node, err, "'%s' is the user that the %s runs as: whoever "
			                  "takes that over would decide for himself", name,
			                  process->name);
	}
	return 0;
}

/* The users of one role; room for them is there. */
static int read_role(struct roles *roles, const struct candidates *candidates,
                     const struct conf_node *node, enum roles_duty duty, struct error *err)
{
	const char **names;
	size_t count;
	int result = conf_text_list(node, &names, &count, err);
	if (result)
		return result;
	for (size_t i = 0; result == 0 && i < count; i++) {
		uid_t uid;
		result = find_user(node, names[i], &uid, err);
		if (result == 0)
			result = check_user(candidates, node, names[i], uid, err);
		if (result == 0)
			result = add(roles, node, names[i], uid, duty, err);
	}
	free(names);
	return result;
}

static const struct {
	const char *key;
	enum roles_duty duty;
} lists[] = {{"officer", ROLES_OFFICER},
             {"administrator", ROLES_ADMINISTRATOR},
             {"auditor", ROLES_AUDITOR},
             {"operator", ROLES_OPERATOR}};
#define LIST_COUNT (sizeof lists / sizeof *lists)

/* How many users the lists can name. */
static size_t count_users(const struct conf_node *node)
{
	size_t count = 0;
	for (size_t i = 0; i < LIST_COUNT; i++) {
		const struct conf_node *list = conf_find(node, lists[i].key);
		/* a single user need not be a list */
		count += list && conf_kind(list) == CONF_LIST ? conf_count(list) : 1;
	}
	return count;
}

int roles_load(struct roles *out, struct arena *arena, const struct conf_node *node,
               const struct roles_process *processes, size_t process_count, struct error *err)
{
	static const char *const known[] = {"officer", "administrator", "auditor", "operator",
	                                    "separate", NULL};
	struct roles made = {0};
	if (node && (conf_check_keys(node, known, err) ||
	             conf_get_boolean(node, "separate", false, &made.separate, err)))
		return SIGNET_E_CONFIG;
	const struct candidates candidates = {processes, process_count, made.separate};
	made.users = arena_array(arena, count_users(node), sizeof *made.users);
	if (!made.users)
		return error_nomem(err);
	for (size_t i = 0; i < LIST_COUNT; i++) {
		const struct conf_node *list = conf_find(node, lists[i].key);
		if (list && read_role(&made, &candidates, list, lists[i].duty, err))
			return SIGNET_E_CONFIG;
	}
	if (made.separate && made.count == 0)
		return conf_error(conf_find(node, "separate"), err,
		                  "nobody could administer: no list names anybody");
	*out = made;
	return 0;
}

unsigned roles_of(const struct roles *roles, uid_t uid)
{
	for (size_t i = 0; i < roles->count; i++)
		if (roles->users[i].uid == uid)
			return roles->users[i].duties;
	return 0;
}
