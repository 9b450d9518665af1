#include "exit/file_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

const char *const file_keys[] = {
	"directory", "file-name", "ca-name", "crl-name", "delta-name", "format", "ca-format",
	"crl-format", "chain", "mode", "on-revoke", "authorities", "hook", "hook-timeout", NULL};

static int read_mode(mode_t *out, const struct conf_node *node, struct error *err)
{
	const char *text;
	int result = conf_get_text(node, "mode", "0644", &text, err);
	if (result)
		return result;
	char *end;
	errno = 0;
	unsigned long mode = strtoul(text, &end, 8);
	if (errno || *end || end == text || text[0] != '0' || mode > 0777 || !(mode & 0400))
		return conf_error(conf_find(node, "mode"), err,
		                  "not a file mode such as \"0644\" that lets its owner read");
	*out = (mode_t)mode;
	return 0;
}

/* One format or a list of them. */
static int read_formats(unsigned *out, const struct conf_node *node, const char *key,
                        const char *const *names, unsigned missing, struct error *err)
{
	const struct conf_node *value = conf_find(node, key);
	bool list = value && conf_kind(value) == CONF_LIST;
	size_t count = list ? conf_count(value) : 1;
	*out = value ? 0 : missing;
	if (list && count == 0)
		return conf_error(value, err, "is empty");
	for (size_t i = 0; value && i < count; i++) {
		int place;
		if (conf_choice(list ? conf_item(value, i) : value, names, &place, err))
			return SIGNET_E_CONFIG;
		if (*out >> place & 1)
			return conf_error(value, err, "'%s' stands here twice", names[place]);
		*out |= 1u << place;
	}
	return 0;
}

static int read_all_formats(struct file_config *config, const struct conf_node *node,
                            struct error *err)
{
	static const char *const formats[] = {
		[FILE_PEM] = "pem", [FILE_DER] = "der", [FILE_PEM_CHAIN] = "pem-chain", NULL};
	static const char *const crl_formats[] = {[FILE_PEM] = "pem", [FILE_DER] = "der", NULL};
	int result = read_formats(&config->certificate.formats, node, "format", formats,
	                          1u << FILE_PEM, err);
	if (result == 0)
		result = read_formats(&config->authority.formats, node, "ca-format", formats,
		                      config->certificate.formats, err);
	/* what is served by HTTP is DER (RFC 5280 section 4.2.1.13) */
	if (result == 0)
		result = read_formats(&config->crl.formats, node, "crl-format", crl_formats,
		                      1u << FILE_DER, err);
	config->delta.formats = config->crl.formats;
	if (result == 0)
		result = conf_get_boolean(node, "chain", false, &config->chain, err);
	if (result == 0 && config->chain && !(config->certificate.formats >> FILE_PEM & 1))
		result = conf_error(conf_find(node, "chain"), err,
		                    "only a file in the format 'pem' has room for a chain");
	return result;
}

static int read_pattern(struct file_output *out, const struct conf_node *node, const char *key,
                        const char *missing, enum file_kind kind, struct error *err)
{
	struct error why = {0};
	int result = conf_get_text(node, key, missing, &out->pattern, err);
	if (result == 0 && file_name_check(out->pattern, kind, &why))
		result = conf_error(conf_find(node, key), err, "%s", why.message);
	if (result == 0 && (out->formats & (out->formats - 1)) && !file_name_has(out->pattern, "ext"))
		result = conf_error(conf_find(node, key), err,
		                    "with several formats the pattern needs {ext}");
	return result;
}

/* Two authorities must not write to one file. */
static int check_authority(const struct file_config *config, const char *pattern,
                           const struct conf_node *node, const char *key, struct error *err)
{
	if (config->authority_count == 1 || file_name_has(pattern, "authority") ||
	    file_name_has(pattern, "serial") || file_name_has(pattern, "crl"))
		return 0;
	return conf_error(conf_find(node, key), err,
	                  "needs {authority}, unless 'authorities' names a single one");
}

static int check_meeting(const struct file_config *config, const char *pattern,
                         const struct conf_node *node, const char *key, struct error *err)
{
	const struct conf_node *name = conf_find(node, "file-name");
	if (!file_name_may_meet(config->certificate.pattern, pattern))
		return 0;
	return conf_error(name ? name : node, err,
	                  "a certificate could overwrite what '%s' (%s) names: put them into another "
	                  "directory", key, pattern);
}

static int read_patterns(struct file_config *config, const struct conf_node *node,
                         struct error *err)
{
	const struct {
		struct file_output *output;
		const char *key, *missing;
		enum file_kind kind;
	} all[] = {
		{&config->authority, "ca-name", "ca/{authority}.{ext}", FILE_AUTHORITY},
		{&config->crl, "crl-name", "crl/{crl}.{ext}", FILE_CRL},
		{&config->delta, "delta-name", "crl/{crl}-delta.{ext}", FILE_CRL},
	};
	int result = read_pattern(&config->certificate, node, "file-name", "{serial}.{ext}",
	                          FILE_CERTIFICATE, err);
	for (size_t i = 0; i < sizeof all / sizeof *all && result == 0; i++) {
		struct file_output *output = all[i].output;
		result = read_pattern(output, node, all[i].key, all[i].missing, all[i].kind, err);
		if (result == 0)
			result = check_authority(config, output->pattern, node, all[i].key, err);
		if (result == 0)
			result = check_meeting(config, output->pattern, node, all[i].key, err);
		for (size_t k = 0; k < i && result == 0; k++)
			if (strcmp(output->pattern, all[k].output->pattern) == 0)
				result = conf_error(node, err, "'%s' and '%s' are the same",
				                    all[k].key, all[i].key);
	}
	return result;
}

static int read_directory(struct file_config *config, const struct signet_exit_host *host,
                          const struct conf_node *node, struct error *err)
{
	const struct conf_node *value = conf_find(node, "directory");
	const char *name;
	if (!value)
		return conf_error(node, err, "the key 'directory' is missing");
	if (conf_text(value, &name, err))
		return SIGNET_E_CONFIG;
	if (!*name)
		return conf_error(value, err, "is empty");
	int n = *name == '/' ? asprintf(&config->directory, "%s", name)
	                     : asprintf(&config->directory, "%s/%s", host->state_directory, name);
	if (n >= 0)
		return 0;
	config->directory = NULL;
	return error_nomem(err);
}

static int read_on_revoke(struct file_config *config, const struct conf_node *node,
                          struct error *err)
{
	static const char *const names[] = {
		[FILE_KEEP] = "keep", [FILE_REMOVE] = "remove", [FILE_RENAME] = "rename", NULL};
	const struct conf_node *value = conf_find(node, "on-revoke");
	int place = FILE_KEEP;
	if (value && conf_choice(value, names, &place, err))
		return SIGNET_E_CONFIG;
	config->on_revoke = (enum file_on_revoke)place;
	return 0;
}

static int read_authorities(struct file_config *config, const struct signet_exit_host *host,
                            const struct conf_node *node, struct error *err)
{
	const struct conf_node *list = conf_find(node, "authorities");
	if (!list)
		return 0;
	int result = conf_text_list(list, &config->authorities, &config->authority_count, err);
	if (result == 0 && config->authority_count == 0)
		result = conf_error(list, err, "is empty");
	for (size_t i = 0; i < config->authority_count && result == 0; i++)
		result = signet_exit_check_authority(host, config->authorities[i],
		                                     conf_count(list) ? conf_item(list, i) : list, err);
	return result;
}

int file_config_read(struct file_config *config, const struct signet_exit_host *host,
                     const struct conf_node *node, struct error *err)
{
	int result = read_directory(config, host, node, err);
	if (result == 0)
		result = read_authorities(config, host, node, err);
	if (result == 0)
		result = read_all_formats(config, node, err);
	if (result == 0)
		result = read_patterns(config, node, err);
	if (result == 0)
		result = read_mode(&config->mode, node, err);
	if (result == 0)
		result = read_on_revoke(config, node, err);
	return result ? result : file_hook_read(&config->hook, node, err);
}

void file_config_clear(struct file_config *config)
{
	free(config->directory);
	free(config->authorities);
	file_hook_clear(&config->hook);
}
