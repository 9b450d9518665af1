#include "signetctl/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"

#define SECOND_US 1000000
#define PAUSE_US 100000
#define WIDTH_DEFAULT 80
#define LINE_MAX_OCTETS 1024
#define BAR_LEAST 10
#define ETA_MAX 360000 /* seconds: what is longer is not worth saying */

void progress_begin(struct progress *progress, const char *what, enum progress_unit unit,
                    uint64_t total, bool quiet)
{
	*progress = (struct progress){
		.what = what, .unit = unit, .total = total, .started = clock_monotonic_us(),
		.shown = !quiet && isatty(STDERR_FILENO)};
}

static void put_amount(struct buffer *out, double amount, enum progress_unit unit)
{
	static const char *const units[] = {"", " KiB", " MiB", " GiB", " TiB"};
	size_t at = 0;
	for (; unit == PROGRESS_OCTETS && amount >= 1024 && at + 1 < sizeof units / sizeof *units; at++)
		amount /= 1024;
	buffer_printf(out, at ? "%.1f%s" : "%.0f%s", amount, units[at]);
}

static void put_rest(struct buffer *out, const struct progress *p, double seconds)
{
	double rate = seconds > 0 ? (double)p->done / seconds : 0;
	if (rate <= 0)
		return;
	buffer_append_text(out, "  ");
	put_amount(out, rate, p->unit);
	buffer_append_text(out, "/s");
	double left = p->total > p->done ? (double)(p->total - p->done) / rate : 0;
	if (left >= 1 && left < ETA_MAX)
		buffer_printf(out, "  %d:%02d left", (int)left / 60, (int)left % 60);
}

static void put_bar(struct buffer *out, double part, size_t width)
{
	size_t full = (size_t)(part * (double)width);
	buffer_append_text(out, "  [");
	for (size_t i = 0; i < width; i++)
		buffer_append_octet(out, i < full ? '#' : ' ');
	buffer_append_text(out, "]");
}

int progress_line(struct buffer *out, const struct progress *p, int64_t now_us, size_t width)
{
	_cleanup_buffer_ struct buffer behind = BUFFER_MAX(LINE_MAX_OCTETS);
	size_t before = out->length;
	double part = p->total ? (double)p->done / (double)p->total : 0;
	part = part > 1 ? 1 : part;
	buffer_append_text(&behind, "  ");
	put_amount(&behind, (double)p->done, p->unit);
	if (p->total) {
		buffer_append_text(&behind, " of ");
		put_amount(&behind, (double)p->total, p->unit);
	}
	put_rest(&behind, p, (double)(now_us - p->started) / SECOND_US);
	buffer_append_text(out, p->what);
	if (p->total)
		buffer_printf(out, " %3d%%", (int)(part * 100));
	size_t used = out->length - before + behind.length + strlen("  []");
	if (p->total && used + BAR_LEAST <= width)
		put_bar(out, part, width - used);
	buffer_append_bytes(out, buffer_bytes(&behind));
	return out->error;
}

static void draw(struct progress *p, int64_t now)
{
	struct winsize size;
	_cleanup_buffer_ struct buffer line = BUFFER_MAX(LINE_MAX_OCTETS);
	size_t width = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col
	                                                                           : WIDTH_DEFAULT;
	p->drawn = now;
	width = width < LINE_MAX_OCTETS / 2 ? width : LINE_MAX_OCTETS / 2;
	if (progress_line(&line, p, now, width - 1) == 0)
		fprintf(stderr, "\r%s\x1b[K", buffer_text(&line));
}

void progress_set(struct progress *p, uint64_t done)
{
	int64_t now = clock_monotonic_us();
	p->done = done;
	if (p->shown && now - p->drawn >= PAUSE_US)
		draw(p, now);
}

void progress_end(struct progress *p)
{
	if (p->shown && p->drawn)
		fputs("\r\x1b[K", stderr);
	p->shown = false;
}
