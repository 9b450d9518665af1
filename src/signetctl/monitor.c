/* signetctl monitor: what the engine does, again and again. */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "signetctl/command.h"
#include "signetctl/overview.h"
#include "signetctl/roles.h"

#define INTERVAL_DEFAULT 2
#define INTERVAL_MAX 3600
#define HOME_AND_CLEAR "\033[H\033[2J"

static const struct command_option monitor_options[] = {
	{"interval", "SECONDS", "time between two looks, 2 by default"},
	{"count", "N", "end after so many looks"},
	{NULL, NULL, NULL},
};

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

static const struct print_column own_columns[] = {
	{"TIME", "time", PRINT_TEXT},
	{"ISSUED", "certificates", PRINT_NUMBER},
	{"PER SECOND", "issuedPerSecond", PRINT_NUMBER},
	{"REQUESTS", "requests", PRINT_NUMBER},
	{"PER SECOND", "requestsPerSecond", PRINT_NUMBER},
	{"PENDING", "pending", PRINT_NUMBER},
	{"QUEUED", "queued", PRINT_NUMBER},
	{"DEAD", "dead", PRINT_NUMBER},
	{"STALE CRLS", "staleCrls", PRINT_NUMBER},
	{"DATABASE", "databaseUsed", PRINT_NUMBER},
};
#define OWN (sizeof own_columns / sizeof *own_columns)
#define COLUMNS (OWN + ROLES_GATEWAY_FIELDS + ROLES_FIELDS)

struct look {
	int64_t at; /* clock_monotonic_us; 0: none before */
	uint64_t certificates, requests;
};

static double rate(uint64_t now, uint64_t before, int64_t duration_us)
{
	return duration_us > 0 && now >= before ? (double)(now - before) * 1e6 / (double)duration_us : 0;
}

/* One character for each minute, the oldest first, as high as it was busy. */
static void put_sparkline(const struct signet_status *s)
{
	static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	uint32_t most = 1;
	for (size_t i = 0; i < s->minute_count; i++)
		most = s->issued[i] > most ? s->issued[i] : most;
	printf("Issued per minute  ");
	for (size_t i = s->minute_count; i-- > 0;)
		fputs(bars[(uint64_t)s->issued[i] * 7 / most], stdout);
	printf("  at most %" PRIu32 "\n", most);
}

static void put_line(const char *heading, const char *line)
{
	if (line)
		printf("%-19s%s\n", heading, line);
}

/* All CRLs, and the exits that have something to do. */
static void put_lists(struct arena *arena, const struct signet_status *s)
{
	const char *heading = "CRLs";
	for (size_t i = 0; i < s->crl_count; i++, heading = "")
		put_line(heading, overview_crl(arena, &s->crls[i], clock_now()));
	heading = "Exits";
	for (size_t i = 0; i < s->consumer_count; i++) {
		const struct signet_consumer_status *exit = &s->consumers[i];
		if (exit->waiting == 0 && exit->dead == 0 && !*exit->trouble)
			continue;
		put_line(heading, overview_exit(arena, exit, clock_now()));
		heading = "";
	}
}

/* What one look has seen. */
struct sight {
	double issued, requests; /* in a second */
	uint64_t waiting, dead;
	struct roles roles;
};

static int sum_up(struct arena *arena, const struct signet_status *s, const struct look *last,
                  struct sight *out)
{
	int64_t passed = last->at ? clock_monotonic_us() - last->at : 0;
	struct sight sight = {.issued = rate(s->certificates, last->certificates, passed),
	                      .requests = rate(s->requests, last->requests, passed)};
	for (size_t i = 0; i < s->consumer_count; i++) {
		sight.waiting += s->consumers[i].waiting;
		sight.dead += s->consumers[i].dead;
	}
	*out = sight;
	return roles_read(arena, s, &out->roles);
}

/* The same for programs. */
static int put_row(struct arena *arena, struct print_stream *stream, const struct signet_status *s,
                   const struct sight *sight)
{
	struct print_field gateway[ROLES_GATEWAY_FIELDS];
	const char *row[COLUMNS] = {
		print_time(arena, clock_now()), print_number(arena, s->certificates),
		print_number(arena, (uint64_t)(sight->issued + 0.5)), print_number(arena, s->requests),
		print_number(arena, (uint64_t)(sight->requests + 0.5)), print_number(arena, s->pending),
		print_number(arena, sight->waiting), print_number(arena, sight->dead),
		print_number(arena, s->stale_crls), print_number(arena, s->database_used)};
	roles_gateway(arena, s, gateway);
	for (size_t i = 0; i < ROLES_GATEWAY_FIELDS; i++)
		row[OWN + i] = gateway[i].value;
	roles_cells(arena, &sight->roles, row + OWN + ROLES_GATEWAY_FIELDS);
	return print_stream_rows(stream, row, 1);
}

static void show(struct arena *arena, const struct signet_status *s, const struct sight *sight,
                 bool terminal)
{
	char time[CLOCK_TEXT_SIZE];
	const char *used = print_size(arena, s->database_used);
	printf("%s  issued %" PRIu64 " (%.1f/s)  requests %" PRIu64 " (%.1f/s)  pending %" PRIu64
	       "  queued %" PRIu64 "  dead %" PRIu64 "  stale %" PRIu64 "  database %s\n",
	       clock_format(clock_now(), time), s->certificates, sight->issued, s->requests,
	       sight->requests, s->pending, sight->waiting, sight->dead, s->stale_crls,
	       used ? used : "-");
	if (!terminal)
		return;
	if (s->counted)
		printf("Certificates       valid %" PRIu64 "  held %" PRIu64 "  revoked %" PRIu64
		       "  expired %" PRIu64 "\nExpire             in 7 days %" PRIu64
		       "  in 30 days %" PRIu64 "\n", s->valid, s->held, s->revoked, s->expired,
		       s->expiring_week, s->expiring_month);
	put_lists(arena, s);
	putchar('\n');
	roles_print(arena, &sight->roles);
	putchar('\n');
	put_sparkline(s);
	printf("\nq ends\n");
}

/* An engine that is away for a while is no reason to end. */
static void look(struct command_context *context, struct print_stream *stream, struct look *last,
                 bool terminal)
{
	struct error err = {0};
	struct signet_status s;
	struct sight sight;
	arena_clear(context->arena);
	int result = signet_get_status(context->client, context->arena, &s, &err);
	if (result == 0 && (result = sum_up(context->arena, &s, last, &sight)))
		error_nomem(&err);
	if (terminal)
		fputs(HOME_AND_CLEAR, stdout);
	if (result) {
		fprintf(stream ? stderr : stdout, "signetctl: %s\n", err.message);
	} else {
		if (stream)
			put_row(context->arena, stream, &s, &sight);
		else
			show(context->arena, &s, &sight, terminal);
		*last = (struct look){clock_monotonic_us(), s.certificates, s.requests};
	}
	fflush(stdout);
}

/* Until the time is up; false: it is to end. */
static bool wait_for(int64_t seconds, bool keys)
{
	struct pollfd polled = {STDIN_FILENO, POLLIN, 0};
	int64_t end = clock_monotonic_us() + seconds * 1000000, left;
	while (!interrupted && (left = end - clock_monotonic_us()) > 0) {
		char key = 0;
		if (poll(&polled, keys ? 1 : 0, (int)(left / 1000 + 1)) <= 0)
			continue;
		if (read(STDIN_FILENO, &key, 1) != 1 || key == 'q')
			return false;
	}
	return !interrupted;
}

static void watch(struct command_context *context, struct print_stream *stream, int64_t interval,
                  uint64_t count, bool terminal)
{
	struct look last = {0};
	struct termios before, raw;
	const struct sigaction action = {.sa_handler = interrupt};
	bool keys = terminal && tcgetattr(STDIN_FILENO, &before) == 0;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (keys) {
		raw = before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		keys = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
	}
	for (uint64_t i = 0; count == 0 || i < count; i++) {
		if (i && !wait_for(interval, keys))
			break;
		look(context, stream, &last, terminal);
		if (ferror(stdout))
			break;
	}
	if (keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

static void make_columns(struct print_column out[COLUMNS])
{
	static const struct signet_status none;
	struct print_field gateway[ROLES_GATEWAY_FIELDS];
	roles_gateway(NULL, &none, gateway);
	for (size_t i = 0; i < OWN; i++)
		out[i] = own_columns[i];
	for (size_t i = 0; i < ROLES_GATEWAY_FIELDS; i++)
		out[OWN + i] = (struct print_column){gateway[i].label, gateway[i].key,
		                                     gateway[i].kind};
	roles_columns(out + OWN + ROLES_GATEWAY_FIELDS);
}

static int run_monitor(struct command_context *context, const struct command_value *values,
                       int argc, char **argv)
{
	(void)argc, (void)argv;
	uint64_t interval = INTERVAL_DEFAULT, count = 0;
	if (values[0].value &&
	    (text_to_uint(values[0].value, INTERVAL_MAX, &interval) || interval == 0))
		return command_usage("--interval: from 1 to %d seconds", INTERVAL_MAX);
	if (values[1].value && (text_to_uint(values[1].value, INT32_MAX, &count) || count == 0))
		return command_usage("--count: a whole number");
	int status = command_client(context);
	if (status)
		return status;
	if (context->format == PRINT_TABLE) {
		watch(context, NULL, (int64_t)interval, count,
		      isatty(STDOUT_FILENO) && isatty(STDIN_FILENO));
	} else {
		struct print_stream stream;
		struct print_column columns[COLUMNS];
		make_columns(columns);
		print_stream_begin(&stream, context->format, columns, COLUMNS);
		watch(context, &stream, (int64_t)interval, count, false);
		print_stream_end(&stream);
	}
	return ferror(stdout) ? COMMAND_FAILED : COMMAND_OK;
}

const struct command commands_monitor[] = {
	{"monitor", "", "", 0, 0, "watch what the engine does", monitor_options, run_monitor},
	{NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
