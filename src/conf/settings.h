/*
 * What every role reads of the configuration file in the same way: the
 * global keys, and the lists of module instances with what is common to them.
 * The sections themselves (authorities, profiles, a module's own keys) are
 * read by the role that owns them.
 */
#ifndef SIGNET_CONF_SETTINGS_H
#define SIGNET_CONF_SETTINGS_H

#include <sys/types.h>

#include "base/log.h"
#include "conf/conf.h"

struct listener {
	const char *address; /* numeric IPv4; IPv6 is refused: CivetWeb of Debian 12 has none */
	unsigned port;       /* 1 to 65535 */
	bool tls;
};

/* One entry of policy:, exit: or intermediaries:, such as "- acme: {...}". Kinds and names are
 * 1 to 32 of a-z, 0-9 and "-". The keys name, profile and profiles are read here and are to be
 * among the known ones of a module that checks its map. */
struct instance {
	const char *kind;             /* the module's name */
	const char *name;             /* key `name`, else the kind; unique within its section */
	const struct conf_node *node; /* the module's map */
	const char **profiles;        /* intermediaries: keys `profile` or `profiles`, NULL-ended; NULL
	                                 when there is neither */
	size_t profile_count;
};

struct settings {
	struct conf *conf;            /* owns all strings below but those of made paths */
	char *path;                   /* of the file */
	char *state;                  /* required; absolute, or relative to the file's directory */
	const char *hostname;         /* what clients call this host; "localhost" when missing */
	char *modules;                /* where modules that are not built in lie: `modules`, else
	                                 SIGNET_LIBDIR of the environment, else the installed place */
	const char *user_engine;      /* `users: {engine: , gateway: , publisher: , adviser: }`; NULL: as started */
	const char *user_gateway;
	const char *user_publisher;
	const char *user_adviser;
	enum log_level log_level;     /* `log: {level: info, format: text|json}` */
	bool log_json;
	struct listener *listeners;
	size_t listener_count;
	struct listener metrics;      /* `metrics: {address: , port: }`; port 0: none */
	const struct conf_node *tls;  /* `tls: {certificate: , key: }` for the listeners; NULL: own engine */
	const struct conf_node *authorities; /* maps and lists; NULL when the key is missing */
	const struct conf_node *profiles;
	const struct conf_node *groups;   /* name -> patterns of requesters */
	const struct conf_node *roles;    /* who may administer */
	const struct conf_node *audit;    /* `audit: {head-interval: 10m}` */
	const struct conf_node *pending;  /* `pending: {expires: 30d}` */
	const struct conf_node *retention; /* how long the database keeps what */
	const struct conf_node *expiring; /* times before notAfter at which an event is raised */
	struct instance *policy;
	size_t policy_count;
	struct instance *exits;
	size_t exit_count;
	struct instance *intermediaries;
	size_t intermediary_count;
};

/* Unknown top-level keys are errors. No files but the configuration's and those that it includes are
 * opened. */
int settings_load(struct settings **out, const char *path, struct error *err);
/* The same for a text that is in memory already and counts as the content of path. */
int settings_parse(struct settings **out, const char *path, struct bytes text, struct error *err);
void settings_free(struct settings *settings);

/* A file name of the configuration: absolute as it is, else below the state directory. The
 * result is the caller's to free; NULL without memory. */
char *settings_path(const struct settings *settings, const char *name);

/* The id of one of the users above, this process's own for NULL. SIGNET_E_CONFIG when there is no such
 * user. */
int settings_find_user(const struct settings *settings, const char *name, uid_t *out,
                       struct error *err);

#endif
