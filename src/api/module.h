/*
 * What every module of Signet begins with. A module is one const descriptor:
 * struct signet_intermediary, struct signet_policy or struct signet_exit,
 * each with a struct signet_module as its first member.
 *
 * A built-in module is a file in its folder and a name in that folder's
 * modules.mk. One that is not built in is a shared object
 * MODULES/{intermediaries,policy,exit}/NAME.so that exports its descriptor
 * under the name `signet_module`; it is loaded when the configuration names
 * it.
 */
#ifndef SIGNET_API_MODULE_H
#define SIGNET_API_MODULE_H

#include "base/error.h"
#include "conf/conf.h"

/* Grows when a descriptor or a structure that it is handed changes its shape. */
#define SIGNET_API_VERSION 4

enum signet_module_kind {
	SIGNET_MODULE_INTERMEDIARY = 1,
	SIGNET_MODULE_POLICY,
	SIGNET_MODULE_EXIT,
};

struct signet_module {
	unsigned api_version;         /* SIGNET_API_VERSION */
	enum signet_module_kind kind;
	const char *name;             /* as in the configuration */
	const char *summary;          /* one line */
	/* The configuration keys that it takes beside the common ones, ended by NULL. Others are
	 * refused before configure is called. */
	const char *const *keys;
};

/* Finds a module by its name: in the table of the built-in ones (ended by NULL), else in
 * DIRECTORY/KIND/NAME.so. A loaded module stays until the process ends. The name has been checked
 * to be [a-z0-9-] only. SIGNET_E_NOT_FOUND, SIGNET_E_VERSION, SIGNET_E_INVALID. */
int signet_module_find(const struct signet_module **out, enum signet_module_kind kind,
                       const char *name, const struct signet_module *const *builtin,
                       const char *directory, struct error *err);

/* Refuses keys of an instance's map that are neither the module's nor common to its kind
 * (name; intermediaries: profile, profiles, path; policy: when; exit: events, tries). */
int signet_module_check_keys(const struct signet_module *module, const struct conf_node *node,
                             struct error *err);

/* The tables of built-in modules, generated from the modules.mk of each folder. */
extern const struct signet_module *const signet_builtin_intermediaries[];
extern const struct signet_module *const signet_builtin_policies[];
extern const struct signet_module *const signet_builtin_exits[];

#endif
