/* signetctl completion values: names that change, for the shells. Says nothing but names: what cannot be
 * asked, or not by this user, has none. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/file.h"
#include "rpc/address.h"
#include "signetctl/completion.h"

#define WAIT_US 2000000 /* for the engine, while somebody waits at a prompt */
#define NAMES_MAX 10000

struct names {
	struct command_context *context;
	const char **list;
	size_t count;
};

/* One that cannot be typed is none. */
static void add(struct names *names, const char *name)
{
	const char *copy = names->count < NAMES_MAX ? arena_strdup(names->context->arena, name) : NULL;
	bool typed = *name != '\0';
	for (const char *p = name; *p; p++)
		typed &= (unsigned char)*p >= ' ' && *p != 0x7f;
	if (copy && typed)
		names->list[names->count++] = copy;
}

/* ---- the configuration ---- */

static void add_keys(struct names *names, const struct conf_node *section)
{
	for (size_t i = 0; section && i < conf_count(section); i++)
		add(names, conf_key(conf_item(section, i)));
}

static void add_instances(struct names *names, const struct instance *instances, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add(names, instances[i].name);
}

static void add_configured(struct names *names, const char *kind, const struct settings *settings)
{
	if (strcmp(kind, "profiles") == 0)
		add_keys(names, settings->profiles);
	else if (strcmp(kind, "authorities") == 0)
		add_keys(names, settings->authorities);
	else if (strcmp(kind, "exits") == 0)
		add_instances(names, settings->exits, settings->exit_count);
	else if (strcmp(kind, "intermediaries") == 0)
		add_instances(names, settings->intermediaries, settings->intermediary_count);
}

/* ---- the engine ---- */

static void add_profiles(struct names *names)
{
	struct signet_profile *list;
	size_t count;
	if (signet_list_profiles(names->context->client, names->context->arena, &list, &count, NULL))
		return;
	for (size_t i = 0; i < count; i++)
		add(names, list[i].name);
}

static void add_authorities(struct names *names)
{
	struct signet_authority *list;
	size_t count;
	if (signet_list_authorities(names->context->client, names->context->arena, &list, &count, NULL))
		return;
	for (size_t i = 0; i < count; i++)
		add(names, list[i].name);
}

/* Those that are configured no more, too. */
static void add_exits(struct names *names)
{
	struct signet_status status;
	if (signet_get_status(names->context->client, names->context->arena, &status, NULL))
		return;
	for (size_t i = 0; i < status.consumer_count; i++)
		add(names, status.consumers[i].name);
}

/* A client would wait for an engine that is being started. */
static bool is_listening(const char *path)
{
	struct sockaddr_un address;
	if (rpc_address(&address, path, NULL))
		return false;
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
}

/* Ends the calls of an engine that takes its time. */
struct patience {
	struct signet_client *client;
	pthread_mutex_t lock;    /* guards done */
	pthread_cond_t changed;
	bool done;
};

static void *lose_patience(void *arg)
{
	struct patience *p = arg;
	int64_t deadline = clock_monotonic_us() + WAIT_US;
	pthread_mutex_lock(&p->lock);
	while (!p->done && clock_wait(&p->changed, &p->lock, deadline) == 0)
		;
	if (!p->done)
		signet_client_cancel(p->client);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void add_served(struct names *names, const char *kind, const char *socket_path)
{
	struct patience patience = {.lock = PTHREAD_MUTEX_INITIALIZER};
	pthread_t thread;
	if (!is_listening(socket_path) ||
	    signet_client_open(&names->context->client, socket_path, NULL))
		return;
	patience.client = names->context->client;
	clock_condition_init(&patience.changed);
	if (pthread_create(&thread, NULL, lose_patience, &patience) == 0) {
		if (strcmp(kind, "profiles") == 0)
			add_profiles(names);
		else if (strcmp(kind, "authorities") == 0)
			add_authorities(names);
		else if (strcmp(kind, "exits") == 0)
			add_exits(names);
		pthread_mutex_lock(&patience.lock);
		patience.done = true;
		pthread_cond_signal(&patience.changed);
		pthread_mutex_unlock(&patience.lock);
		pthread_join(thread, NULL);
	}
	pthread_cond_destroy(&patience.changed);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_kind(const char *kind)
{
	const char *known;
	for (size_t i = 0; (known = placeholder_kind(i)); i++)
		if (strcmp(known, kind) == 0)
			return true;
	return false;
}

int completion_values(struct command_context *context, const struct command_value *values, int argc,
                      char **argv)
{
	struct names names = {.context = context};
	struct error err;
	char *path = NULL;
	(void)values, (void)argc;
	if (!is_kind(argv[0])) {
		placeholder_refuse(&err, "completion values", "KIND");
		return command_usage("%s", err.message);
	}
	names.list = arena_array(context->arena, NAMES_MAX, sizeof *names.list);
	if (!names.list)
		return COMMAND_FAILED;
	if (settings_load(&context->settings, context->config, &err) == 0) {
		add_configured(&names, argv[0], context->settings);
		path = settings_path(context->settings, "run/admin.sock");
	}
	if (context->socket || path)
		add_served(&names, argv[0], context->socket ? context->socket : path);
	free(path);
	qsort(names.list, names.count, sizeof *names.list, compare);
	for (size_t i = 0; i < names.count; i++)
		if (i == 0 || strcmp(names.list[i - 1], names.list[i]) != 0)
			puts(names.list[i]);
	return fflush(stdout) ? COMMAND_FAILED : COMMAND_OK;
}
