/*
 * The exit module `file`: certificates, authorities' certificates and CRLs as
 * files below a directory.
 *
 * A file appears whole under its name (written beside it, then renamed). There
 * is no sync per file: flush syncs the file system once for all events before
 * the publisher forgets them, so that after a power loss those whose files
 * may have suffered are published again. The directory is not made: where it
 * is missing (a file system that is not mounted, perhaps) events are tried
 * again. Directories below it are made.
 *
 * Events may come again, and late: an older certificate or CRL never takes a
 * newer one's place, an authority's file holds its present certificate, and
 * only a file that holds the revoked certificate is removed or renamed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "exit/file_config.h"
#include "exit/file_tree.h"

#define REVOKED_SUFFIX ".revoked"

struct exit_file {
	struct signet_client *client;
	struct file_config config;
	struct file_tree tree;
	struct arena *arena; /* of the event at work */
};

static void file_free(void *instance)
{
	struct exit_file *file = instance;
	file_tree_clear(&file->tree);
	file_config_clear(&file->config);
	arena_free(file->arena);
	free(file);
}

static int file_configure(void **instance, const struct signet_exit_host *host,
                          const struct conf_node *node, struct error *err)
{
	struct exit_file *file = calloc(1, sizeof *file);
	if (!file)
		return error_nomem(err);
	file->client = host->client;
	file->arena = arena_new(LIMIT_REQUEST_ARENA);
	int result = file->arena ? 0 : error_nomem(err);
	if (result == 0)
		result = file_config_read(&file->config, host, node, err);
	if (result == 0)
		result = file_tree_init(&file->tree, file->config.directory, host->name,
		                        file->config.mode, err);
	if (result) {
		file_free(file);
		return result;
	}
	*instance = file;
	return 0;
}

/* One event on its way into files. */
struct publishing {
	struct exit_file *file;
	const struct signet_event *event;
	const struct file_output *output;
	bool chosen;         /* who asked for the certificate may have chosen the path */
	bool unique;         /* no other certificate has the same path */
	struct bytes *issuers;
	size_t issuer_count;
	const char *changed; /* path of the first file that was written or removed; NULL: none */
	struct error *err;
};

static const char *extension_of(const struct publishing *p, enum file_format format)
{
	static const char *const names[] = {
		[FILE_PEM] = "pem", [FILE_DER] = "der", [FILE_PEM_CHAIN] = "chain.pem"};
	if (p->event->kind == SIGNET_EVENT_CRL_PUBLISHED)
		return format == FILE_DER ? "crl" : "crl.pem";
	return names[format];
}

static bool has_chain(const struct publishing *p, enum file_format format)
{
	return format == FILE_PEM_CHAIN || (format == FILE_PEM && p->file->config.chain);
}

static bool wants_chain(const struct publishing *p)
{
	for (enum file_format format = 0; format < FILE_FORMATS; format++)
		if ((p->output->formats >> format & 1) && has_chain(p, format))
			return true;
	return false;
}

static int note_change(struct publishing *p, const char *path)
{
	if (p->changed)
		return 0;
	p->changed = arena_printf(p->file->arena, "%s/%s", p->file->tree.directory, path);
	return p->changed ? 0 : error_nomem(p->err);
}

/* What is done to the file of one format. */
typedef int (*file_action)(struct publishing *p, const char *path, enum file_format format);

static int for_each_format(struct publishing *p, file_action action)
{
	char path[FILE_PATH_MAX + 1];
	int result = 0;
	for (enum file_format format = 0; format < FILE_FORMATS && result == 0; format++) {
		if (!(p->output->formats >> format & 1))
			continue;
		result = file_name_make(path, p->output->pattern, p->event,
		                        extension_of(p, format), p->err);
		if (result == 0)
			result = action(p, path, format);
	}
	return result;
}

/* A name that somebody asked for must not lead to the files of authorities. */
static int check_place(const struct publishing *p, const char *path)
{
	const struct file_config *c = &p->file->config;
	if (!file_name_fits(c->authority.pattern, path) && !file_name_fits(c->crl.pattern, path) &&
	    !file_name_fits(c->delta.pattern, path))
		return 0;
	return error_set(p->err, SIGNET_E_INVALID, "%s is the name of an authority's file", path);
}

/* Whether what is there is of a later time. */
static int is_newer_there(struct publishing *p, const char *path, enum file_format format,
                          file_time_reader *time_of, struct bytes event, bool *newer)
{
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(LIMIT_CRL_FILE);
	int64_t then, now;
	*newer = false;
	int result = file_tree_read(&p->file->tree, path, &content, p->err);
	if (result == SIGNET_E_NOT_FOUND || result == SIGNET_E_TOO_BIG)
		return 0;
	if (result == 0)
		*newer = time_of(buffer_bytes(&content), format, &then) == 0 &&
		         time_of(event, FILE_DER, &now) == 0 && then > now;
	return result;
}

static int write_certificate(struct publishing *p, const char *path, enum file_format format)
{
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(LIMIT_PEM_FILE);
	bool chain = has_chain(p, format), newer = false;
	int result = p->chosen ? check_place(p, path) : 0;
	if (result == 0 && !p->unique)
		result = is_newer_there(p, path, format, file_certificate_time,
		                        p->event->certificate, &newer);
	if (result || newer)
		return result;
	if (file_put_certificate(&content, chain ? FILE_PEM_CHAIN : format, p->event->certificate,
	                         p->issuers, p->issuer_count))
		return error_set(p->err, content.error, "the file cannot be made");
	result = file_tree_write(&p->file->tree, path, buffer_bytes(&content), p->err);
	return result ? result : note_change(p, path);
}

/* What is at a path, by what this event is about. */
enum presence { NOTHING, THIS_ONE, ANOTHER };

static int look(struct publishing *p, const char *path, enum file_format format,
                enum presence *found)
{
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(LIMIT_PEM_FILE);
	int result = file_tree_read(&p->file->tree, path, &content, p->err);
	*found = result == SIGNET_E_NOT_FOUND ? NOTHING : ANOTHER;
	if (result == 0 && file_is_certificate(buffer_bytes(&content), format,
	                                       p->event->certificate))
		*found = THIS_ONE;
	/* neither was published here */
	return result == SIGNET_E_NOT_FOUND || result == SIGNET_E_TOO_BIG ? 0 : result;
}

static int withdraw_certificate(struct publishing *p, const char *path, enum file_format format)
{
	enum presence found;
	int result = look(p, path, format, &found);
	if (result || found == ANOTHER)
		return result;
	if (found == THIS_ONE)
		result = p->file->config.on_revoke == FILE_RENAME
			? file_tree_rename(&p->file->tree, path, REVOKED_SUFFIX, p->err)
			: file_tree_remove(&p->file->tree, path, p->err);
	/* gone already, perhaps, but the hook has failed since */
	return result ? result : note_change(p, path);
}

/* A hold was released. */
static int forget_withdrawn(struct publishing *p, const char *path, enum file_format format)
{
	char withdrawn[FILE_PATH_MAX + sizeof REVOKED_SUFFIX];
	enum presence found;
	snprintf(withdrawn, sizeof withdrawn, "%s" REVOKED_SUFFIX, path);
	int result = look(p, withdrawn, format, &found);
	return result || found != THIS_ONE ? result
	                                   : file_tree_remove(&p->file->tree, withdrawn, p->err);
}

static int publish_certificate(struct publishing *p)
{
	struct signet_outcome outcome;
	p->output = &p->file->config.certificate;
	p->chosen = file_name_is_chosen(p->output->pattern);
	p->unique = file_name_has(p->output->pattern, "serial") ||
	            file_name_has(p->output->pattern, "certificate-id") ||
	            file_name_has(p->output->pattern, "request-id");
	if (wants_chain(p)) {
		int result = signet_retrieve(p->file->client, p->file->arena,
		                             p->event->request_id, &outcome, p->err);
		if (result)
			return result;
		p->issuers = outcome.chain;
		p->issuer_count = outcome.chain_count;
	}
	return for_each_format(p, write_certificate);
}

static int withdraw(struct publishing *p)
{
	p->output = &p->file->config.certificate;
	return for_each_format(p, withdraw_certificate);
}

/* The event says what has happened, its state what has become of it since. */
static int publish_state(struct publishing *p)
{
	enum signet_certificate_state state = p->event->state;
	bool revoked = state == SIGNET_REVOKED || state == SIGNET_HELD ||
	               (!state && p->event->kind == SIGNET_EVENT_REVOKED);
	bool keep = p->file->config.on_revoke == FILE_KEEP;
	if (!keep && revoked)
		return withdraw(p);
	if (p->event->kind == SIGNET_EVENT_ISSUED)
		return publish_certificate(p);
	if (keep)
		return 0;
	int result = publish_certificate(p);
	if (result == 0 && p->file->config.on_revoke == FILE_RENAME)
		result = for_each_format(p, forget_withdrawn);
	return result;
}

/* What the engine now has of the authority: its certificate, then its issuers. */
static int publish_authority(struct publishing *p)
{
	struct bytes *chain = NULL;
	size_t count = 0;
	p->output = &p->file->config.authority;
	p->unique = true; /* the engine says which is the present one */
	int result = signet_get_chain(p->file->client, p->file->arena, p->event->authority, &chain,
	                              &count, p->err);
	if (result && result != SIGNET_E_NOT_FOUND)
		return result;
	bool present = result == 0 && count && bytes_equal(chain[0], p->event->certificate);
	/* it has another one by now, whose event has come or will come */
	if (result == 0 && !present && !file_name_has(p->output->pattern, "serial"))
		return 0;
	if (present) {
		p->issuers = chain + 1;
		p->issuer_count = count - 1;
	}
	return for_each_format(p, write_certificate);
}

static int write_crl(struct publishing *p, const char *path, enum file_format format)
{
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(LIMIT_CRL_FILE);
	bool newer;
	int result = is_newer_there(p, path, format, file_crl_time, p->event->crl, &newer);
	if (result || newer)
		return result;
	if (file_put_crl(&content, format, p->event->crl))
		return error_set(p->err, content.error, "the file cannot be made");
	result = file_tree_write(&p->file->tree, path, buffer_bytes(&content), p->err);
	return result ? result : note_change(p, path);
}

static int publish_crl(struct publishing *p)
{
	int64_t time;
	p->output = p->event->delta ? &p->file->config.delta : &p->file->config.crl;
	/* a file for each authority is that of its complete CRL */
	if ((p->event->crl_shard || p->event->crl_earlier) && !file_name_has(p->output->pattern, "crl"))
		return 0;
	if (file_crl_time(p->event->crl, FILE_DER, &time))
		return error_set(p->err, SIGNET_E_INVALID, "the event's CRL does not parse");
	return for_each_format(p, write_crl);
}

static bool is_wanted(const struct file_config *config, const struct signet_event *event)
{
	for (size_t i = 0; i < config->authority_count; i++)
		if (strcmp(config->authorities[i], event->authority) == 0)
			return true;
	return config->authority_count == 0;
}

static int publish(struct publishing *p)
{
	if (p->event->kind == SIGNET_EVENT_CRL_PUBLISHED)
		return publish_crl(p);
	if (!p->event->certificate.length)
		return error_set(p->err, SIGNET_E_INVALID, "the event has no certificate");
	return p->event->kind == SIGNET_EVENT_CA_CERTIFICATE ? publish_authority(p)
	                                                     : publish_state(p);
}

static enum signet_exit_result file_notify(void *instance, const struct signet_event *event,
                                           struct error *err)
{
	struct exit_file *file = instance;
	struct publishing p = {.file = file, .event = event, .err = err};
	if (!is_wanted(&file->config, event))
		return SIGNET_EXIT_DONE;
	arena_clear(file->arena);
	int result = publish(&p);
	if (result == SIGNET_E_INVALID || result == SIGNET_E_NOT_FOUND || result == SIGNET_E_TOO_BIG)
		return SIGNET_EXIT_GIVE_UP;
	if (result == 0 && p.changed &&
	    file_hook_run(&file->config.hook, file->arena, event, p.changed, err))
		return SIGNET_EXIT_RETRY;
	return result ? SIGNET_EXIT_RETRY : SIGNET_EXIT_DONE;
}

static int file_flush(void *instance, struct error *err)
{
	struct exit_file *file = instance;
	return file_tree_flush(&file->tree, err);
}

const struct signet_exit exit_file = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_EXIT, "file",
	           "certificates and CRLs as files of a directory", file_keys},
	.events = SIGNET_EVENT_BIT(SIGNET_EVENT_ISSUED) | SIGNET_EVENT_BIT(SIGNET_EVENT_REVOKED) |
	          SIGNET_EVENT_BIT(SIGNET_EVENT_UNREVOKED) |
	          SIGNET_EVENT_BIT(SIGNET_EVENT_CA_CERTIFICATE) |
	          SIGNET_EVENT_BIT(SIGNET_EVENT_CRL_PUBLISHED),
	.configure = file_configure,
	.notify = file_notify,
	.flush = file_flush,
	.close = file_free,
};
