/*
 * A progress bar on standard error, for work that takes long: only on a
 * terminal, and only where nobody asked for quiet.
 */
#ifndef SIGNET_SIGNETCTL_PROGRESS_H
#define SIGNET_SIGNETCTL_PROGRESS_H

#include <stdbool.h>

#include "base/buffer.h"

enum progress_unit {
	PROGRESS_COUNT,
	PROGRESS_OCTETS,
};

struct progress {
	const char *what;     /* "import" */
	enum progress_unit unit;
	uint64_t total;       /* 0: not known */
	uint64_t done;
	int64_t started, drawn; /* clock_monotonic_us */
	bool shown;           /* on a terminal */
};

/* quiet: nothing is shown. */
void progress_begin(struct progress *progress, const char *what, enum progress_unit unit,
                    uint64_t total, bool quiet);
/* Draws it anew at most ten times in a second. */
void progress_set(struct progress *progress, uint64_t done);
/* Takes it away again. Called before anything else is said on standard error. */
void progress_end(struct progress *progress);

/* What stands on a line of so many characters, now. */
int progress_line(struct buffer *out, const struct progress *progress, int64_t now_us,
                  size_t width);

#endif
