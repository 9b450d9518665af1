/* An exit module: one line for each event at the end of a file.
 *
 *   exit:
 *     - journal: {path: /var/log/signet/journal, events: [issued, denied]}
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/exit.h"
#include "base/encoding.h"

#define LINE_SIZE 4096

struct journal {
	char *path;
};

static void close_journal(void *instance)
{
	struct journal *journal = instance;
	free(journal->path);
	free(journal);
}

static int configure(void **out, const struct signet_exit_host *host, const struct conf_node *node,
                     struct error *err)
{
	const char *path;
	int result = conf_get_text(node, "path", "journal", &path, err);
	if (result)
		return result;
	struct journal *journal = calloc(1, sizeof *journal);
	if (!journal)
		return error_nomem(err);
	int n = path[0] == '/' ? asprintf(&journal->path, "%s", path)
	                       : asprintf(&journal->path, "%s/%s", host->state_directory, path);
	if (n < 0) {
		free(journal);
		return error_nomem(err);
	}
	*out = journal;
	return 0;
}

/* Called again with the same event after a crash: readers of the journal know an event by its
 * sequence number. */
static enum signet_exit_result notify(void *instance, const struct signet_event *event,
                                      struct error *err)
{
	struct journal *journal = instance;
	_cleanup_buffer_ struct buffer serial = BUFFER_MAX(64);
	char line[LINE_SIZE];
	hex_encode(&serial, event->serial);
	const char *hex = buffer_text(&serial);
	int n = snprintf(line, sizeof line, "%" PRIu64 " %s request=%" PRIu64 " serial=%s %s\n",
	                 event->sequence, signet_event_name(event->kind), event->request_id,
	                 hex ? hex : "", event->subject);
	int fd = open(journal->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (n < 0 || fd < 0 || write(fd, line, (size_t)n) != n || fdatasync(fd)) {
		error_errno(err, "%s", journal->path);
		if (fd >= 0)
			close(fd);
		return SIGNET_EXIT_RETRY;
	}
	close(fd);
	return SIGNET_EXIT_DONE;
}

static const char *const keys[] = {"path", NULL};

const struct signet_exit signet_module = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_EXIT, "journal",
	           "writes a line for each event to a file", keys},
	.events = SIGNET_EVENT_BIT(SIGNET_EVENT_ISSUED) | SIGNET_EVENT_BIT(SIGNET_EVENT_DENIED),
	.configure = configure,
	.notify = notify,
	.close = close_journal,
};
