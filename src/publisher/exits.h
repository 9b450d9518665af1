/*
 * The exit instances of a configuration, with the engine's client that they
 * share.
 */
#ifndef SIGNET_PUBLISHER_EXITS_H
#define SIGNET_PUBLISHER_EXITS_H

#include "api/exit.h"
#include "conf/settings.h"

struct exit_instance {
	const char *name;
	const struct signet_exit *module;
	void *instance;     /* the module's own */
	uint64_t kinds;     /* wanted events, by SIGNET_EVENT_BIT */
	const char **profiles; /* whose certificates' events it gets; NULL: all */
	size_t profile_count;
	unsigned tries;     /* after so many an event is a dead letter; 0: without end */
	struct signet_exit_host host;
};

struct exits {
	struct signet_client *reader;   /* reads events; cancelled first at a stop */
	struct signet_client *client;   /* advances cursors, and serves the modules */
	struct exit_instance *items;
	size_t count;
};

/* Finds and configures the modules. The settings outlive the result. Connects to nothing. */
int exits_load(struct exits **out, const struct settings *settings, struct error *err);
/* Closes the instances. Accepts NULL. */
void exits_free(struct exits *exits);

/* Not what belongs to a profile that is not among the instance's; an authority's events belong to
 * none. */
bool exits_wants(const struct exit_instance *item, const struct signet_event *event);

#endif
