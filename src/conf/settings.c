#include "conf/settings.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "conf/instance.h"

static const char *const top_keys[] = {
	"include", "state", "hostname", "modules", "users", "log", "listen", "tls", "authorities",
	"profiles", "policy", "exit", "intermediaries", "groups", "roles", "audit", "pending", "retention", "expiring", "metrics", NULL};

static char *join(const char *directory, size_t length, const char *name)
{
	if (name[0] == '/' || length == 0)
		return strdup(name);
	size_t name_size = strlen(name) + 1;
	bool slash = directory[length - 1] != '/';
	char *path = malloc(length + slash + name_size);
	if (!path)
		return NULL;
	memcpy(path, directory, length);
	if (slash)
		path[length] = '/';
	memcpy(path + length + slash, name, name_size);
	return path;
}

/* A file name that is absolute or starts from where the configuration file lies. */
static char *beside_file(const struct settings *settings, const char *name)
{
	const char *slash = strrchr(settings->path, '/');
	return join(settings->path, slash ? (size_t)(slash - settings->path) + 1 : 0, name);
}

static int read_required(const struct conf_node *map, const char *key, const char **out,
                         struct error *err)
{
	const struct conf_node *node = conf_find(map, key);
	if (!node)
		return conf_error(map, err, "the key '%s' is missing", key);
	if (conf_text(node, out, err))
		return SIGNET_E_CONFIG;
	return **out ? 0 : conf_error(node, err, "is empty");
}

/* As read_required, but NULL when the key is missing. */
static int read_optional(const struct conf_node *map, const char *key, const char **out,
                         struct error *err)
{
	return conf_find(map, key) ? read_required(map, key, out, err) : 0;
}

static int read_directories(struct settings *s, const struct conf_node *root, struct error *err)
{
	const char *state = NULL, *modules = NULL;
	if (read_required(root, "state", &state, err) ||
	    read_optional(root, "modules", &modules, err))
		return SIGNET_E_CONFIG;
	const char *installed = secure_getenv("SIGNET_LIBDIR");
	s->state = beside_file(s, state);
	if (modules)
		s->modules = beside_file(s, modules);
	else
		s->modules = strdup(installed && *installed ? installed : SIGNET_LIBDIR);
	return s->state && s->modules ? 0 : error_nomem(err);
}

static int read_hostname(struct settings *s, const struct conf_node *root, struct error *err)
{
	uint8_t address[16];
	s->hostname = "localhost";
	if (read_optional(root, "hostname", &s->hostname, err))
		return SIGNET_E_CONFIG;
	if (text_is_dns_name(s->hostname, false) || text_to_address(s->hostname, address) == 4)
		return 0;
	return conf_error(conf_find(root, "hostname"), err, "not a host name or an IPv4 address");
}

static int read_users(struct settings *s, const struct conf_node *users, struct error *err)
{
	static const char *const known[] = {"engine", "gateway", "publisher", "adviser", NULL};
	if (!users)
		return 0;
	if (conf_check_keys(users, known, err) ||
	    read_optional(users, "engine", &s->user_engine, err) ||
	    read_optional(users, "gateway", &s->user_gateway, err) ||
	    read_optional(users, "publisher", &s->user_publisher, err) ||
	    read_optional(users, "adviser", &s->user_adviser, err))
		return SIGNET_E_CONFIG;
	return 0;
}

static int read_log(struct settings *s, const struct conf_node *log, struct error *err)
{
	static const char *const known[] = {"level", "format", NULL};
	static const char *const levels[] = {
		[LOG_ERROR] = "error", [LOG_WARNING] = "warning", [LOG_INFO] = "info",
		[LOG_DEBUG] = "debug", [LOG_DEBUG + 1] = NULL};
	static const char *const formats[] = {"text", "json", NULL};
	int level = LOG_INFO, format = 0;
	if (log && conf_check_keys(log, known, err))
		return SIGNET_E_CONFIG;
	const struct conf_node *node = conf_find(log, "level");
	if (node && conf_choice(node, levels, &level, err))
		return SIGNET_E_CONFIG;
	node = conf_find(log, "format");
	if (node && conf_choice(node, formats, &format, err))
		return SIGNET_E_CONFIG;
	s->log_level = (enum log_level)level;
	s->log_json = format == 1;
	return 0;
}

static int check_address(const struct conf_node *node, const char *text, struct error *err)
{
	uint8_t address[16];
	size_t length = text_to_address(text, address);
	if (length == 16 || text[0] == '[')
		return conf_error(node, err, "IPv6 is not available: the CivetWeb of Debian 12 is "
		                  "built without it; name an IPv4 address");
	return length == 4 ? 0 : conf_error(node, err, "not a numeric IPv4 address");
}

static int read_listener(struct listener *l, const struct conf_node *entry, struct error *err)
{
	static const char *const known[] = {"address", "port", "tls", NULL};
	int64_t port;
	if (conf_check_keys(entry, known, err) || read_required(entry, "address", &l->address, err) ||
	    check_address(conf_find(entry, "address"), l->address, err))
		return SIGNET_E_CONFIG;
	if (!conf_find(entry, "port"))
		return conf_error(entry, err, "the key 'port' is missing");
	if (conf_integer(conf_find(entry, "port"), 1, 65535, &port, err) ||
	    conf_get_boolean(entry, "tls", false, &l->tls, err))
		return SIGNET_E_CONFIG;
	l->port = (unsigned)port;
	return 0;
}

static int read_listeners(struct settings *s, const struct conf_node *list, struct error *err)
{
	if (!list)
		return 0;
	if (conf_expect(list, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	size_t count = conf_count(list);
	if (count > LIMIT_LISTENERS)
		return conf_error(list, err, "more than %d listeners", LIMIT_LISTENERS);
	s->listeners = calloc(count + 1, sizeof *s->listeners);
	if (!s->listeners)
		return error_nomem(err);
	for (; s->listener_count < count; s->listener_count++) {
		struct listener *l = &s->listeners[s->listener_count];
		const struct conf_node *entry = conf_item(list, s->listener_count);
		if (read_listener(l, entry, err))
			return SIGNET_E_CONFIG;
		for (const struct listener *other = s->listeners; other < l; other++)
			if (other->port == l->port && strcmp(other->address, l->address) == 0)
				return conf_error(entry, err, "%s:%u is listened on twice",
				                  l->address, l->port);
	}
	return 0;
}

/* Of its own, so that it can be closed to the world. */
static int read_metrics(struct settings *s, const struct conf_node *map, struct error *err)
{
	static const char *const known[] = {"address", "port", NULL};
	const char *address = "127.0.0.1";
	int64_t port = 9402;
	if (!map)
		return 0;
	if (conf_check_keys(map, known, err) || read_optional(map, "address", &address, err))
		return SIGNET_E_CONFIG;
	if (conf_find(map, "address") &&
	    check_address(conf_find(map, "address"), address, err))
		return SIGNET_E_CONFIG;
	if (conf_find(map, "port") && conf_integer(conf_find(map, "port"), 1, 65535, &port, err))
		return SIGNET_E_CONFIG;
	for (size_t i = 0; i < s->listener_count; i++)
		if (s->listeners[i].port == (unsigned)port)
			return conf_error(map, err, "port %u is one of listen:", (unsigned)port);
	s->metrics = (struct listener){address, (unsigned)port, false};
	return 0;
}

static int read_tls(struct settings *s, const struct conf_node *tls, struct error *err)
{
	static const char *const known[] = {"certificate", "key", NULL};
	const char *text;
	if (!tls)
		return 0;
	if (conf_check_keys(tls, known, err) || read_required(tls, "certificate", &text, err) ||
	    read_required(tls, "key", &text, err))
		return SIGNET_E_CONFIG;
	s->tls = tls;
	return 0;
}

static int read_map(const struct conf_node **out, const struct conf_node *node, struct error *err)
{
	if (node && conf_expect(node, CONF_MAP, err))
		return SIGNET_E_CONFIG;
	*out = node;
	return 0;
}

static int read_globals(struct settings *s, const struct conf_node *root, struct error *err)
{
	int result = conf_check_keys(root, top_keys, err);
	if (result == 0)
		result = read_directories(s, root, err);
	if (result == 0)
		result = read_hostname(s, root, err);
	if (result == 0)
		result = read_users(s, conf_find(root, "users"), err);
	if (result == 0)
		result = read_log(s, conf_find(root, "log"), err);
	if (result == 0)
		result = read_listeners(s, conf_find(root, "listen"), err);
	if (result == 0)
		result = read_metrics(s, conf_find(root, "metrics"), err);
	if (result == 0)
		result = read_tls(s, conf_find(root, "tls"), err);
	return result;
}

static int read_sections(struct settings *s, const struct conf_node *root, struct error *err)
{
	int result = read_map(&s->authorities, conf_find(root, "authorities"), err);
	if (result == 0)
		result = read_map(&s->profiles, conf_find(root, "profiles"), err);
	if (result == 0)
		result = read_map(&s->groups, conf_find(root, "groups"), err);
	if (result == 0)
		result = read_map(&s->roles, conf_find(root, "roles"), err);
	if (result == 0)
		result = read_map(&s->audit, conf_find(root, "audit"), err);
	if (result == 0)
		result = read_map(&s->pending, conf_find(root, "pending"), err);
	if (result == 0)
		result = read_map(&s->retention, conf_find(root, "retention"), err);
	s->expiring = conf_find(root, "expiring");
	if (result == 0)
		result = instance_list_read(&s->policy, &s->policy_count,
		                            conf_find(root, "policy"), false, err);
	if (result == 0)
		result = instance_list_read(&s->exits, &s->exit_count, conf_find(root, "exit"),
		                            false, err);
	if (result == 0)
		result = instance_list_read(&s->intermediaries, &s->intermediary_count,
		                            conf_find(root, "intermediaries"), true, err);
	return result;
}

/* Takes conf over, after a failure, too. */
static int make_settings(struct settings **out, const char *path, struct conf *conf,
                         struct error *err)
{
	struct settings *s = calloc(1, sizeof *s);
	if (!s) {
		conf_free(conf);
		return error_nomem(err);
	}
	s->conf = conf;
	s->path = strdup(path);
	int result = s->path ? conf_include(conf, err) : error_nomem(err);
	if (result == 0)
		result = read_globals(s, conf_root(conf), err);
	if (result == 0)
		result = read_sections(s, conf_root(conf), err);
	if (result) {
		settings_free(s);
		return result;
	}
	*out = s;
	return 0;
}

int settings_load(struct settings **out, const char *path, struct error *err)
{
	struct conf *conf;
	int result = conf_load(&conf, path, err);
	return result ? result : make_settings(out, path, conf, err);
}

int settings_parse(struct settings **out, const char *path, struct bytes text, struct error *err)
{
	struct conf *conf;
	int result = conf_parse(&conf, path, text, err);
	return result ? result : make_settings(out, path, conf, err);
}

void settings_free(struct settings *settings)
{
	if (!settings)
		return;
	instance_list_free(settings->policy, settings->policy_count);
	instance_list_free(settings->exits, settings->exit_count);
	instance_list_free(settings->intermediaries, settings->intermediary_count);
	free(settings->listeners);
	free(settings->modules);
	free(settings->state);
	free(settings->path);
	conf_free(settings->conf);
	free(settings);
}

char *settings_path(const struct settings *settings, const char *name)
{
	return join(settings->state, strlen(settings->state), name);
}
