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

static void add(struct roles *roles, uid_t uid, enum roles_duty duty)
{
	struct roles_user *user = roles->users;
	while (user < roles->users + roles->count && user->uid != uid)
		user++;
	if (user == roles->users + roles->count)
		roles->count++;
	user->uid = uid;
	user->duties |= duty;
}

/* Whom a role can be given to. */
struct candidates {
	const struct roles_process *processes;
	size_t process_count;
};

static int check_user(const struct candidates *candidates, const struct conf_node *node,
                      const char *name, uid_t uid, struct error *err)
{
	for (size_t i = 0; i < candidates->process_count; i++)
		if (candidates->processes[i].uid == uid)
			return conf_error(node, err, "'%s' is the user that the %s runs as: whoever "
			                  "takes that over would decide for himself", name,
			                  candidates->processes[i].name);
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
			add(roles, uid, duty);
	}
	free(names);
	return result;
}

int roles_load(struct roles *out, struct arena *arena, const struct conf_node *node,
               const struct roles_process *processes, size_t process_count, struct error *err)
{
	const struct candidates candidates = {processes, process_count};
	static const char *const known[] = {"officer", "administrator", NULL};
	static const enum roles_duty duties[] = {ROLES_OFFICER, ROLES_ADMINISTRATOR};
	struct roles made = {0};
	size_t room = 0;
	if (node && conf_check_keys(node, known, err))
		return SIGNET_E_CONFIG;
	for (size_t i = 0; known[i]; i++) {
		const struct conf_node *list = conf_find(node, known[i]);
		/* a single user need not be a list */
		room += list && conf_kind(list) == CONF_LIST ? conf_count(list) : 1;
	}
	made.users = arena_array(arena, room, sizeof *made.users);
	if (!made.users)
		return error_nomem(err);
	for (size_t i = 0; known[i]; i++) {
		const struct conf_node *list = conf_find(node, known[i]);
		if (list && read_role(&made, &candidates, list, duties[i], err))
			return SIGNET_E_CONFIG;
	}
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
