#include "signetd/supervisor.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "signetd/child.h"
#include "signetd/launch.h"
#include "signetd/notify.h"
#include "signetd/pulse.h"
#include "signetd/state.h"

#define SECOND 1000000
#define START_LIMIT (90 * SECOND)      /* to say ready */
#define STOP_LIMIT (15 * SECOND)       /* from SIGTERM to SIGKILL, each role, by default */

#define LEAVE_AFTER (10 * SECOND)      /* the adviser, which the old configuration may still ask */
#define LEAVE_LIMIT (90 * SECOND)      /* more than a rule that it runs may take */

/* In the order in which they are stopped: nothing comes in any more, then nothing goes out, the
 * engine has answered everybody, and nobody asks the adviser. The checker is a process that only
 * judges a configuration. */
enum { CHECKER, GATEWAY, PUBLISHER, ENGINE, ADVISER, CHILDREN };
static const char *const child_names[CHILDREN] = {"check", "gateway", "publisher", "engine",
                                                  "adviser"};

enum phase { CHECK_FIRST, START_ADVISER, START_ENGINE, START_OTHERS, SERVE, STOP };

struct supervisor {
	const struct supervisor_options *options;
	struct settings *first;       /* of the start: the identities refer to it */
	struct settings *settings;    /* in force */
	struct settings *next;        /* loaded, being checked for a reload */
	struct identity identities[CHILDREN];
	struct child children[CHILDREN];
	enum phase phase;
	bool check_again;             /* a SIGHUP came during a check */
	bool wants_adviser;           /* by the settings in force */
	int signals;
	struct pulse pulse;           /* for systemd's watchdog */
	int64_t kill_at;              /* STOP: when the one being stopped is killed; 0: not asked yet */
	enum exit_status status;
	char failure[CHILD_LINE + 64]; /* the one line */
};

static bool serves_low_port(const struct settings *settings)
{
	for (size_t i = 0; i < settings->listener_count; i++)
		if (settings->listeners[i].port < 1024)
			return true;
	return settings->metrics.port && settings->metrics.port < 1024;
}

static int look_up_users(struct supervisor *s, struct error *err)
{
	const struct settings *settings = s->first;
	int result;
	if ((result = privilege_look_up(&s->identities[CHECKER], NULL, err)) ||
	    (result = privilege_look_up(&s->identities[ENGINE], settings->user_engine, err)) ||
	    (result = privilege_look_up(&s->identities[ADVISER], settings->user_adviser, err)) ||
	    (result = privilege_look_up(&s->identities[GATEWAY], settings->user_gateway, err)))
		return result;
	return privilege_look_up(&s->identities[PUBLISHER], settings->user_publisher, err);
}

static void begin_stop(struct supervisor *s, enum exit_status status)
{
	if (s->phase == STOP)
		return;
	s->phase = STOP;
	s->status = status;
	s->kill_at = 0;
	notify_send("STOPPING=1");
	for (int i = 0; i < CHILDREN; i++)
		if (s->children[i].state == WAITING)
			s->children[i].state = ABSENT;
}

/* The first failure before all roles serve ends the start and is the one line. */
static void fail_start(struct supervisor *s, enum exit_status status, const char *who,
                       const char *why)
{
	if (s->phase == STOP)
		return;
	if (!s->failure[0])
		snprintf(s->failure, sizeof s->failure, "%s%s%s", who, *who ? ": " : "", why);
	begin_stop(s, status);
}

static void start(struct supervisor *s, int which)
{
	struct child *child = &s->children[which];
	struct error err = {0};
	const char **hidden = launch_secret_variables(s->settings, child_names[which]);
	const struct launch launch = {
		.program = s->options->program,
		.role = child_names[which],
		.config = s->settings->path,
		.identity = &s->identities[which],
		.restarts = child->restarts,
		.low_ports = which == GATEWAY && serves_low_port(s->settings),
		.hidden = hidden,
	};
	child->started = clock_monotonic_us();
	child->length = 0;
	child->state = STARTING;
	child->due = child->started + START_LIMIT;
	int result = hidden ? launch_role(&child->pid, &child->pipe, &launch, &err)
	                    : error_nomem(&err);
	free(hidden);
	if (!result)
		return;
	child->pid = 0;
	child_plan_restart(child);
	if (s->phase < SERVE)
		fail_start(s, EXIT_CANNOT_SERVE, child_names[which], err.message);
	else
		log_error(LOG_ERROR, "role-not-started", &err, "name", child_names[which], NULL);
}

static void begin_check(struct supervisor *s)
{
	struct error err = {0};
	if (s->phase != SERVE)
		return; /* what is being started has read the newest file */
	if (s->children[CHECKER].pid) {
		s->check_again = true;
		return;
	}
	notify_reloading();
	if (settings_load(&s->next, s->settings->path, &err)) {
		log_error(LOG_ERROR, "configuration-refused", &err, NULL);
		notify_send("READY=1");
		return;
	}
	start(s, CHECKER);
}

static bool differ(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) != 0 : a != b;
}

static bool users_differ(const struct settings *a, const struct settings *b)
{
	return differ(a->user_engine, b->user_engine) ||
	       differ(a->user_gateway, b->user_gateway) ||
	       differ(a->user_publisher, b->user_publisher) ||
	       differ(a->user_adviser, b->user_adviser);
}

/* The new settings want the adviser, or do not: it comes or goes. One that goes is asked for a while
 * by requests that the engine judges by its old configuration. */
static void adjust_adviser(struct supervisor *s)
{
	struct child *child = &s->children[ADVISER];
	int64_t now = clock_monotonic_us();
	if (s->wants_adviser && child->state == ABSENT) {
		start(s, ADVISER);
	} else if (s->wants_adviser && child->state == LEAVING && !child->asked) {
		child->state = child_said_ready(child) ? SERVING : STARTING;
		child->due = now + START_LIMIT;
	} else if (!s->wants_adviser && child->pid && child->state != LEAVING) {
		child->state = LEAVING;
		child->asked = false;
		child->due = now + (s->options->leave_after ? s->options->leave_after : LEAVE_AFTER);
	} else if (!s->wants_adviser && !child->pid) {
		child->state = ABSENT;
	}
}

/* Makes the checked settings the ones in force and has the roles load them. */
static void take_next(struct supervisor *s, bool wants_adviser)
{
	if (strcmp(s->next->state, s->settings->state) != 0) {
		log_event(LOG_ERROR, "configuration-refused", "message",
		          "state: a reload cannot move the state directory", NULL);
		return;
	}
	if (users_differ(s->first, s->next))
		log_event(LOG_WARNING, "users-kept", "message",
		          "a change of users: takes effect at the next start", NULL);
	if (s->settings != s->first)
		settings_free(s->settings);
	s->settings = s->next;
	s->next = NULL;
	log_setup("signetd", s->settings->log_level, s->settings->log_json);
	log_event(LOG_INFO, "reload", NULL);
	s->wants_adviser = wants_adviser;
	adjust_adviser(s);
	for (int i = GATEWAY; i < CHILDREN; i++)
		if (s->children[i].pid && s->children[i].state != LEAVING)
			kill(s->children[i].pid, SIGHUP);
}

static void finish_check(struct supervisor *s, bool good, bool wants_adviser)
{
	struct child *checker = &s->children[CHECKER];
	checker->state = ABSENT;
	if (s->phase == CHECK_FIRST) {
		if (!good) {
			fail_start(s, EXIT_CONFIGURATION, "", checker->line);
			return;
		}
		s->wants_adviser = wants_adviser;
		s->phase = wants_adviser ? START_ADVISER : START_ENGINE;
		start(s, wants_adviser ? ADVISER : ENGINE);
		return;
	}
	if (s->phase != SERVE)
		return;
	if (good)
		take_next(s, wants_adviser);
	else
		log_event(LOG_ERROR, "configuration-refused", "message", checker->line, NULL);
	settings_free(s->next);
	s->next = NULL;
	notify_send("READY=1");
	if (s->check_again) {
		s->check_again = false;
		begin_check(s);
	}
}

static void became_ready(struct supervisor *s, int which)
{
	struct child *child = &s->children[which];
	char pid[16];
	if (which == CHECKER)
		return; /* its end says so */
	if (child->state != LEAVING)
		child->state = SERVING;
	snprintf(pid, sizeof pid, "%ld", (long)child->pid);
	log_event(LOG_INFO, "role-started", "name", child_names[which], "process", pid, NULL);
	if (s->phase == START_ADVISER && which == ADVISER) {
		s->phase = START_ENGINE;
		start(s, ENGINE);
	} else if (s->phase == START_ENGINE && which == ENGINE) {
		s->phase = START_OTHERS;
		start(s, GATEWAY);
		start(s, PUBLISHER);
	} else if (s->phase == START_OTHERS && s->children[GATEWAY].state == SERVING &&
	           s->children[PUBLISHER].state == SERVING) {
		s->phase = SERVE;
		notify_send("READY=1\nSTATUS=All roles serve");
		if (s->options->started)
			s->options->started(s->options->arg, EXIT_STOPPED, NULL);
	}
}

static void read_pipe(struct supervisor *s, int which)
{
	struct child *child = &s->children[which];
	while (child->pipe >= 0 && child_read(child))
		;
	if (child->pipe < 0 && child_said_ready(child))
		became_ready(s, which);
}

static void plan_restart(struct child *child, const char *name, const char *why)
{
	char delay[32];
	snprintf(delay, sizeof delay, "%" PRId64 "ms", child_plan_restart(child) / 1000);
	log_event(LOG_ERROR, "role-died", "name", name, "why", why, "restart-in", delay, NULL);
}

static void child_ended(struct supervisor *s, int which, int status)
{
	struct child *child = &s->children[which];
	while (child->pipe >= 0 && child_read(child))
		;
	child_hang_up(child);
	child->pid = 0;
	bool ready = child_said_ready(child);
	const char *why = child_describe_end(child, status);
	if (which == CHECKER) {
		int code = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_CANNOT_SERVE;
		finish_check(s, ready && (code == EXIT_STOPPED || code == EXIT_WANTS_ADVISER),
		             code == EXIT_WANTS_ADVISER);
		return;
	}
	bool unwanted = which == ADVISER && !s->wants_adviser;
	bool replaced = child->state == LEAVING && child->asked && !unwanted;
	child->state = ABSENT;
	if (s->phase == STOP)
		s->kill_at = 0; /* on to the next one */
	else if (s->phase < SERVE)
		fail_start(s, EXIT_CANNOT_SERVE, child_names[which], why);
	else if (unwanted)
		log_event(LOG_INFO, "role-stopped", "name", child_names[which], NULL);
	else if (replaced)
		start(s, which); /* wanted again while it was stopping */
	else
		plan_restart(child, child_names[which], why);
}

static void reap(struct supervisor *s)
{
	int status;
	pid_t pid;
	/* any child: as process 1 of a container we are heir to others' */
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < CHILDREN; i++)
			if (s->children[i].pid == pid)
				child_ended(s, i, status);
}

static void take_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;
	while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGCHLD)
			reap(s);
		else if (info.ssi_signo == SIGHUP)
			begin_check(s);
		else
			begin_stop(s, EXIT_STOPPED);
	}
}

/* All that are wanted are there and have said that they serve. */
static bool all_serve(const struct supervisor *s)
{
	for (int i = GATEWAY; i < CHILDREN; i++)
		if (s->children[i].state != SERVING && (i != ADVISER || s->wants_adviser))
			return false;
	return true;
}

/* A role that is away or an engine that does not answer keeps the watchdog from its ping; a stop has
 * limits of its own. */
static void keep_pulse(struct supervisor *s, int64_t *next)
{
	int64_t now = clock_monotonic_us();
	if (!pulse_is_due(&s->pulse, now, next))
		return;
	if (s->phase == STOP)
		notify_send("WATCHDOG=1");
	else if (s->phase == SERVE && all_serve(s))
		pulse_ask(&s->pulse, s->settings->state);
	/* a role that is just being started again is no reason to miss a whole turn */
	if (s->phase != STOP && s->pulse.fd < 0)
		pulse_retry(&s->pulse, now, next);
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a && a < b ? a : b;
}

/* One that nobody wants any more. */
static void send_away(struct child *child, int64_t now)
{
	kill(child->pid, child->asked ? SIGKILL : SIGTERM);
	child->asked = true;
	child->due = now + LEAVE_LIMIT;
}

/* Starts what is due, kills what is late. Returns when to look again. */
static int64_t keep_time(struct supervisor *s)
{
	int64_t now = clock_monotonic_us(), next = now + 3600 * (int64_t)SECOND;
	for (int i = 0; i < CHILDREN; i++) {
		struct child *child = &s->children[i];
		if (child->state == WAITING && child->due <= now && s->phase != STOP)
			start(s, i);
		if (child->state == STARTING && child->pid && child->due <= now) {
			kill(child->pid, SIGKILL);
			child->due = now + START_LIMIT;
			child->length = (size_t)snprintf(child->line, sizeof child->line,
			                                 "was not ready after %d s",
			                                 START_LIMIT / SECOND);
		}
		if (child->state == LEAVING && child->due <= now && s->phase != STOP)
			send_away(child, now);
		if (child->state == WAITING || child->state == STARTING || child->state == LEAVING)
			next = sooner(child->due, next);
	}
	return next;
}

/* Asks the next role to stop, or kills the one that does not. Returns whether one is left. */
static bool keep_stopping(struct supervisor *s, int64_t *next)
{
	const int64_t stop_limit = s->options->stop_limit ? s->options->stop_limit : STOP_LIMIT;
	int64_t now = clock_monotonic_us();
	for (int i = 0; i < CHILDREN; i++) {
		struct child *child = &s->children[i];
		if (!child->pid)
			continue;
		if (!s->kill_at) {
			kill(child->pid, SIGTERM);
			s->kill_at = now + stop_limit;
		} else if (now >= s->kill_at) {
			log_event(LOG_WARNING, "role-killed", "name", child_names[i], NULL);
			kill(child->pid, SIGKILL);
			s->kill_at = now + stop_limit;
		}
		*next = sooner(s->kill_at, *next);
		return true;
	}
	return false;
}

static void wait_for_events(struct supervisor *s, int64_t until)
{
	struct pollfd polled[2 + CHILDREN] = {{s->signals, POLLIN, 0}};
	for (int i = 0; i < CHILDREN; i++)
		polled[1 + i] = (struct pollfd){s->children[i].pipe, POLLIN, 0};
	polled[1 + CHILDREN] = (struct pollfd){s->pulse.fd, POLLIN, 0};
	int64_t wait = (until - clock_monotonic_us() + 999) / 1000;
	if (poll(polled, 2 + CHILDREN, wait < 0 ? 0 : (int)wait) <= 0)
		return;
	for (int i = 0; i < CHILDREN; i++)
		if (polled[1 + i].revents && s->children[i].pipe >= 0)
			read_pipe(s, i);
	if (polled[1 + CHILDREN].revents && pulse_read(&s->pulse))
		notify_send("WATCHDOG=1");
	if (polled[0].revents)
		take_signals(s);
}

static int open_signals(struct supervisor *s, struct error *err)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	/* a shell may have us ignore SIGCHLD: children would then vanish before we reap them */
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR || signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    sigprocmask(SIG_BLOCK, &set, NULL))
		return error_errno(err, "signals");
	s->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return s->signals < 0 ? error_errno(err, "signals") : 0;
}

static void serve(struct supervisor *s)
{
	s->phase = CHECK_FIRST;
	start(s, CHECKER);
	for (;;) {
		int64_t next = keep_time(s);
		keep_pulse(s, &next);
		if (s->phase == STOP && !keep_stopping(s, &next))
			return;
		wait_for_events(s, next);
	}
}

enum exit_status supervisor_run(struct settings *settings,
                                const struct supervisor_options *options)
{
	struct supervisor s = {
		.options = options, .first = settings, .settings = settings, .signals = -1};
	const struct state_owners owners = {&s.identities[ENGINE], &s.identities[GATEWAY],
	                                    &s.identities[PUBLISHER], &s.identities[ADVISER]};
	_cleanup_fd_ int lock = -1;
	struct error err = {0};
	for (int i = 0; i < CHILDREN; i++)
		s.children[i].pipe = -1;
	log_setup("signetd", settings->log_level, settings->log_json);
	pulse_begin(&s.pulse, notify_watchdog_interval());
	int result = look_up_users(&s, &err);
	if (!result)
		result = state_prepare(settings->state, &owners, &err);
	if (!result)
		result = state_lock(&lock, settings->state, &err);
	if (!result)
		result = open_signals(&s, &err);
	if (result) {
		snprintf(s.failure, sizeof s.failure, "%s", err.message);
		s.status = result == SIGNET_E_CONFIG ? EXIT_CONFIGURATION : EXIT_CANNOT_SERVE;
	} else {
		serve(&s);
	}
	if (s.failure[0] && options->started)
		options->started(options->arg, s.status, s.failure);
	pulse_end(&s.pulse);
	file_close(&s.signals);
	settings_free(s.next);
	if (s.settings != s.first)
		settings_free(s.settings);
	settings_free(s.first);
	return s.status;
}
