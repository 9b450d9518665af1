/*
 * One mail over SMTP (RFC 5321), by libcurl. For the exit module `mail`
 * alone.
 */
#ifndef SIGNET_EXIT_MAIL_SEND_H
#define SIGNET_EXIT_MAIL_SEND_H

#include "api/exit.h"

/* The relay, and how to speak to it; the strings are the caller's. */
struct mail_relay {
	const char *url;      /* smtp://host[:port] or smtps:// */
	bool start_tls;       /* demanded; with smtp:// only */
	const char *ca;       /* PEM file; NULL: the system's */
	const char *user;     /* NULL: no authentication */
	const char *password;
	int64_t timeout;      /* seconds, for all of it */
	void *handle;         /* of libcurl, kept for the next mail; NULL before the first */
};

struct mail {
	const char *from;
	const char *const *to;
	size_t to_count;
	const char *subject;  /* UTF-8, no control characters */
	const char *body;     /* UTF-8 */
	const char *attachment; /* PEM of a certificate; NULL for none */
	const char *id;       /* of Message-ID: the same for the same mail */
	int64_t time;
};

/* DONE when the relay has taken it for everybody; GIVE_UP when it says that it never will (550 to 556);
 * RETRY for all else, such as a login that it misses or refuses, which an administrator can mend. */
enum signet_exit_result mail_send(struct mail_relay *relay, const struct mail *mail,
                                  struct error *err);
/* Ends the connection. */
void mail_close(struct mail_relay *relay);

#endif
