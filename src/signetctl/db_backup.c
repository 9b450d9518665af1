/* signetctl db backup: a directory that has its name only when it is whole. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/maintenance.h"
#include "base/clock.h"
#include "base/file.h"
#include "config.h"
#include "signetctl/db.h"
#include "signetctl/print.h"
#include "signetctl/progress.h"
#include "store/store.h"

#define LOOK_EVERY_US 100000
#define KEYS "keys"
#define HOST_MAX 256
#define AUDIT_RECORD_MAX 65536

const struct command_option db_backup_options[] = {
	{"with-keys", NULL, "with the authorities' certificates and keys, as they lie in the state directory"},
	{NULL, NULL, NULL},
};

struct backup {
	struct command_context *context;
	const char *path;     /* its name when it is whole */
	const char *partial;  /* and until then */
	char host[HOST_MAX];
	struct manifest manifest;
	bool failed;          /* the gateway's state should have been in it */
	uint64_t octets;
};

/* The engine's part, from another thread, so that this one can show how far it is. */
struct request {
	struct signet_client *client;
	int fd;
	uint64_t octets;
	int result;
	struct error err;
	atomic_bool done;
};

static volatile sig_atomic_t interrupted;

static void note_signal(int number)
{
	(void)number;
	interrupted = 1;
}

void db_catch_signals(void)
{
	struct sigaction action = {.sa_handler = note_signal};
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

bool db_is_interrupted(void)
{
	return interrupted;
}

static int was_interrupted(struct error *err)
{
	return error_set(err, SIGNET_E_STATE, "interrupted; nothing was left behind");
}

static void *run_request(void *arg)
{
	struct request *request = arg;
	request->result = signet_backup(request->client, request->fd, &request->octets,
	                                &request->err);
	atomic_store(&request->done, true);
	return NULL;
}

/* About what it will come to. */
static uint64_t expected_octets(struct command_context *context)
{
	struct signet_database_stats stats;
	if (signet_database_stats(context->client, context->arena, &stats, NULL) ||
	    stats.free_pages > stats.pages)
		return 0;
	return (stats.pages - stats.free_pages) * stats.page_size;
}

static void watch(struct request *request, struct progress *progress)
{
	bool cancelled = false;
	while (!atomic_load(&request->done)) {
		struct stat info;
		if (fstat(request->fd, &info) == 0)
			progress_set(progress, (uint64_t)info.st_size);
		if (interrupted && !cancelled) {
			signet_client_cancel(request->client);
			cancelled = true;
		}
		usleep(LOOK_EVERY_US);
	}
}

static int copy_engine(struct backup *backup, int fd, struct error *err)
{
	struct command_context *context = backup->context;
	struct request request = {.client = context->client, .fd = fd};
	struct progress progress;
	pthread_t thread;
	progress_begin(&progress, "backup", PROGRESS_OCTETS, expected_octets(context),
	               context->quiet);
	if (pthread_create(&thread, NULL, run_request, &request))
		return error_nomem(err);
	watch(&request, &progress);
	pthread_join(thread, NULL);
	progress_end(&progress);
	if (interrupted)
		return was_interrupted(err);
	if (request.result && err)
		*err = request.err;
	return request.result;
}

/* A file of the backup that is not there yet. */
static int make_file(const struct backup *backup, const char *name, int *fd, struct error *err)
{
	char *path = file_below(backup->partial, name);
	*fd = path ? open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
	int result = !path ? error_nomem(err) : *fd < 0 ? error_errno(err, "%s", path) : 0;
	free(path);
	return result;
}

/* Makes what was written durable, and puts it down in the manifest. */
static int finish_file(struct backup *backup, const char *name, int fd, struct error *err)
{
	if (fsync(fd))
		return error_errno(err, "%s", name);
	return manifest_add(&backup->manifest, name, fd, err);
}

/* What the copy holds is read from the copy: so it is known that it can be. */
static int inspect_engine(struct backup *backup, struct error *err)
{
	struct manifest *manifest = &backup->manifest;
	struct arena *arena = backup->context->arena;
	struct store_inspection *found = arena_alloc(arena, sizeof *found);
	_cleanup_buffer_ struct buffer last = BUFFER_MAX(AUDIT_RECORD_MAX);
	char *path = file_below(backup->partial, "engine.mdb");
	int result = path && found ? store_inspect(found, &last, path, "audit", err)
	                           : error_nomem(err);
	free(path);
	if (result)
		return result;
	manifest->schema = found->schema;
	manifest->audit = found->last;
	for (size_t i = 0; i < found->table_count && i < MANIFEST_TABLES_MAX; i++) {
		struct manifest_table *table = &manifest->tables[manifest->table_count++];
		table->name = arena_strdup(arena, found->tables[i].name);
		table->entries = found->tables[i].entries;
		if (!table->name)
			return error_nomem(err);
	}
	return hash_compute(HASH_SHA256, buffer_bytes(&last), manifest->audit_sha256)
		? error_set(err, SIGNET_E_CRYPTO, "SHA-256 failed") : 0;
}

static int add_engine(struct backup *backup, struct error *err)
{
	_cleanup_fd_ int fd = -1;
	int result = make_file(backup, "engine.mdb", &fd, err);
	if (result == 0)
		result = copy_engine(backup, fd, err);
	if (result == 0)
		result = finish_file(backup, "engine.mdb", fd, err);
	return result ? result : inspect_engine(backup, err);
}

static int leave_out_gateway(struct backup *backup, const char *reason, struct error *err)
{
	char *path = file_below(backup->partial, "gateway.mdb");
	backup->manifest.without_gateway = arena_strdup(backup->context->arena, reason);
	int result = !path || !backup->manifest.without_gateway ? error_nomem(err)
	             : unlink(path) ? error_errno(err, "%s", path) : 0;
	free(path);
	return result;
}

/* The gateway's state is a help, not the backup: clients lose their orders without it, and no
 * certificate. So nothing that is wrong with it may keep us from a backup. */
static int add_gateway(struct backup *backup, struct error *err)
{
	_cleanup_fd_ int fd = -1;
	struct error reason;
	int result = make_file(backup, "gateway.mdb", &fd, err);
	if (result)
		return result;
	result = db_gateway_copy(backup->context, fd, &backup->failed, &reason);
	if (interrupted)
		return was_interrupted(err);
	return result ? leave_out_gateway(backup, reason.message, err)
	              : finish_file(backup, "gateway.mdb", fd, err);
}

static int add_key_file(struct backup *backup, const char *name, struct error *err)
{
	struct arena *arena = backup->context->arena;
	const char *as = arena_printf(arena, KEYS "/%s", name);
	char *from = settings_path(backup->context->settings, name);
	_cleanup_secret_ struct buffer content = BUFFER_MAX(LIMIT_PEM_FILE);
	_cleanup_fd_ int fd = -1;
	buffer_reserve(&content, LIMIT_PEM_FILE);
	int result = as && from ? file_read(&content, from, err) : error_nomem(err);
	free(from);
	if (result == 0)
		result = make_file(backup, as, &fd, err);
	if (result == 0 && file_write_all(fd, buffer_bytes(&content)))
		result = error_errno(err, "%s", as);
	return result ? result : finish_file(backup, as, fd, err);
}

/* Of the key that signs the heads of the audit trail, one half: without it those that were signed so far
 * cannot be told from others once the database was brought back. */
static int add_audit_key(struct backup *backup, const char *folder, const char *name,
                         struct error *err)
{
	_cleanup_fd_ int fd = -1;
	int result = make_file(backup, name, &fd, err);
	if (result == 0)
		result = db_copy_file(backup->context, folder, name, fd, err);
	return result ? result : finish_file(backup, name, fd, err);
}

static int add_keys(struct backup *backup, struct error *err)
{
	const char **names;
	size_t count;
	char *directory = file_below(backup->partial, KEYS);
	int result = !directory ? error_nomem(err)
	             : mkdir(directory, 0700) ? error_errno(err, "%s", directory) : 0;
	free(directory);
	if (result == 0)
		result = db_authority_files(backup->context, &names, &count, err);
	for (size_t i = 0; result == 0 && i < count; i++)
		result = add_key_file(backup, names[i], err);
	return result ? result : add_audit_key(backup, DB_ENGINE, DB_AUDIT_KEY, err);
}

static int sync_directory(const char *path, struct error *err)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) ? error_errno(err, "%s", path) : 0;
}

/* No directory of that name may be there, nor come meanwhile. */
static int give_name(const struct backup *backup, struct error *err)
{
	char *copy = strdup(backup->path), *slash = copy ? strrchr(copy, '/') : NULL;
	if (!copy)
		return error_nomem(err);
	int rc = renameat2(AT_FDCWD, backup->partial, AT_FDCWD, backup->path, RENAME_NOREPLACE);
	/* rename replaces an empty directory at most */
	if (rc && (errno == EINVAL || errno == ENOSYS))
		rc = rename(backup->partial, backup->path);
	int result = rc ? error_errno(err, "%s", backup->path) : 0;
	if (slash == copy)
		copy[1] = '\0';
	else if (slash)
		*slash = '\0';
	if (result == 0)
		result = sync_directory(slash ? copy : ".", err);
	free(copy);
	return result;
}

/* What was made so far; a directory that others have put something into stays. */
static void remove_partial(const struct backup *backup)
{
	static const char *const names[] = {MANIFEST_NAME, "engine.mdb", "gateway.mdb",
	                                    DB_AUDIT_PUBLIC, DB_AUDIT_KEY};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path = file_below(backup->partial, names[i]);
		if (path)
			unlink(path);
		free(path);
	}
	for (size_t i = 0; i < backup->manifest.file_count; i++) {
		char *path = file_below(backup->partial, backup->manifest.files[i].name);
		if (path)
			unlink(path);
		free(path);
	}
	char *keys = file_below(backup->partial, KEYS);
	if (keys)
		rmdir(keys);
	free(keys);
	rmdir(backup->partial);
}

static int fill(struct backup *backup, bool with_keys, struct error *err)
{
	struct manifest *manifest = &backup->manifest;
	manifest->version = PACKAGE_VERSION;
	manifest->time = clock_now();
	if (gethostname(backup->host, sizeof backup->host - 1))
		return error_errno(err, "gethostname");
	manifest->host = backup->host;
	int result = add_engine(backup, err);
	if (result == 0)
		result = add_gateway(backup, err);
	if (result == 0)
		result = add_audit_key(backup, DB_PUBLIC, DB_AUDIT_PUBLIC, err);
	if (result == 0 && with_keys)
		result = add_keys(backup, err);
	if (result == 0 && interrupted)
		result = was_interrupted(err);
	if (result == 0)
		result = manifest_write(manifest, backup->partial, err);
	if (result == 0)
		result = sync_directory(backup->partial, err);
	return result ? result : give_name(backup, err);
}

static int make_partial(struct backup *backup, struct error *err)
{
	struct stat info;
	if (lstat(backup->path, &info) == 0)
		return error_set(err, SIGNET_E_EXISTS, "%s: exists already", backup->path);
	char *name = arena_printf(backup->context->arena, "%s.partial.XXXXXX", backup->path);
	if (!name)
		return error_nomem(err);
	if (!mkdtemp(name))
		return error_errno(err, "%s", name);
	backup->partial = name;
	return 0;
}

static int print_result(const struct backup *backup)
{
	struct command_context *context = backup->context;
	struct arena *arena = context->arena;
	uint64_t octets = 0;
	for (size_t i = 0; i < backup->manifest.file_count; i++)
		octets += backup->manifest.files[i].octets;
	const char *without = backup->manifest.without_gateway;
	if (without && (backup->failed || !context->quiet))
		fprintf(stderr, "signetctl: the gateway's state is not in the backup: %s\n", without);
	const struct print_field fields[] = {
		{"Backup", "path", PRINT_TEXT, backup->path},
		{"Octets", "octets", PRINT_NUMBER, print_number(arena, octets)},
		{"Files", "files", PRINT_NUMBER, print_number(arena, backup->manifest.file_count)},
		{"Audit record", "audit", PRINT_NUMBER, print_number(arena, backup->manifest.audit)},
		{"Gateway's state", "gateway", PRINT_TEXT, without ? "left out" : "included"},
	};
	bool printed = print_fields(context->format, fields, sizeof fields / sizeof *fields) == 0;
	return printed && !backup->failed ? COMMAND_OK : COMMAND_FAILED;
}

int db_backup(struct command_context *context, const struct command_value *values, int argc,
              char **argv)
{
	(void)argc;
	struct error err = {0};
	struct backup *backup = arena_alloc(context->arena, sizeof *backup);
	if (!backup)
		return COMMAND_FAILED;
	memset(backup, 0, sizeof *backup);
	backup->context = context;
	backup->path = argv[0];
	size_t length = strlen(argv[0]);
	while (length > 1 && argv[0][length - 1] == '/')
		argv[0][--length] = '\0';
	int status = command_settings(context);
	if (status == COMMAND_OK)
		status = command_client(context);
	if (status)
		return status;
	umask(077);
	db_catch_signals();
	if (make_partial(backup, &err))
		return command_error(&err);
	if (fill(backup, values[0].value, &err)) {
		remove_partial(backup);
		return command_error(&err);
	}
	return print_result(backup);
}
