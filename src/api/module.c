#include "api/module.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const folders[] = {
	[SIGNET_MODULE_INTERMEDIARY] = "intermediaries",
	[SIGNET_MODULE_POLICY] = "policy",
	[SIGNET_MODULE_EXIT] = "exit",
};

static const char *const intermediary_keys[] = {"name", "profile", "profiles", "path", NULL};
static const char *const policy_keys[] = {"name", "when", NULL};
static const char *const exit_keys[] = {"name", "events", "profiles", "tries", NULL};

static const char *const *const common_keys[] = {
	[SIGNET_MODULE_INTERMEDIARY] = intermediary_keys,
	[SIGNET_MODULE_POLICY] = policy_keys,
	[SIGNET_MODULE_EXIT] = exit_keys,
};

/* In the loaded object's own memory: nothing of it is used before the version is known. */
static int check_descriptor(const struct signet_module *module, enum signet_module_kind kind,
                            const char *name, const char *path, struct error *err)
{
	if (module->api_version != SIGNET_API_VERSION)
		return error_set(err, SIGNET_E_VERSION,
		                 "%s: made for version %u of the module interface, this is version %u",
		                 path, module->api_version, SIGNET_API_VERSION);
	if (module->kind != kind)
		return error_set(err, SIGNET_E_INVALID, "%s: not a module of the kind '%s'", path,
		                 folders[kind]);
	if (!module->name || strcmp(module->name, name) != 0)
		return error_set(err, SIGNET_E_INVALID, "%s: the module calls itself '%s'", path,
		                 module->name ? module->name : "");
	return 0;
}

static int load(const struct signet_module **out, enum signet_module_kind kind, const char *name,
                const char *directory, struct error *err)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof path, "%s/%s/%s.so", directory, folders[kind], name);
	if (n < 0 || (size_t)n >= sizeof path)
		return error_set(err, SIGNET_E_INVALID, "%s: path too long", directory);
	if (access(path, F_OK))
		return error_set(err, SIGNET_E_NOT_FOUND,
		                 "no module '%s': it is not built in, and there is no %s", name, path);
	void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!object) {
		/* dlerror's text names the symbol that is missing: the module's maker needs it */
		const char *why = dlerror();
		return error_set(err, SIGNET_E_INVALID, "cannot load a module: %s", why ? why : path);
	}
	const struct signet_module *module = dlsym(object, "signet_module");
	int result = module ? check_descriptor(module, kind, name, path, err)
	                    : error_set(err, SIGNET_E_INVALID,
	                                "%s: does not export 'signet_module'", path);
	if (result) {
		dlclose(object);
		return result;
	}
	*out = module;
	return 0;
}

static bool is_module_name(const char *name)
{
	return *name && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

int signet_module_find(const struct signet_module **out, enum signet_module_kind kind,
                       const char *name, const struct signet_module *const *builtin,
                       const char *directory, struct error *err)
{
	/* the name becomes part of a path: no caller's omission may lead out of the directory */
	if (!is_module_name(name))
		return error_set(err, SIGNET_E_INVALID, "'%s' is no name of a module", name);
	for (; builtin && *builtin; builtin++) {
		if (strcmp((*builtin)->name, name) == 0) {
			*out = *builtin;
			return 0;
		}
	}
	return load(out, kind, name, directory, err);
}

int signet_module_check_keys(const struct signet_module *module, const struct conf_node *node,
                             struct error *err)
{
	size_t own = 0, common = 0;
	const char *const *const base = common_keys[module->kind];
	while (module->keys && module->keys[own])
		own++;
	while (base[common])
		common++;
	const char **known = calloc(own + common + 1, sizeof *known);
	if (!known)
		return error_nomem(err);
	memcpy(known, base, common * sizeof *known);
	if (own)
		memcpy(known + common, module->keys, own * sizeof *known);
	int result = conf_check_keys(node, known, err);
	free(known);
	return result;
}
