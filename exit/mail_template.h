/*
 * Texts of mails with places for what an event brings: "{name} ends on
 * {not-after}". For the exit module `mail` alone.
 *
 *   {event} {time} {authority} {profile} {requester} {serial} {subject} {message}
 *   {request-id} {certificate-id} {not-before} {not-after}
 *   {days}         whole days from the event to the certificate's end
 *   {name}         the first alternative name, without its kind; else the subject
 *   {names}        all of them, divided by ", "
 *   {email}        the first mailbox among them
 *   {certificate}  PEM
 *
 * "{{" and "}}" are braces. Control characters in values become "?".
 */
#ifndef SIGNET_EXIT_MAIL_TEMPLATE_H
#define SIGNET_EXIT_MAIL_TEMPLATE_H

#include "api/exit.h"
#include "base/buffer.h"

/* SIGNET_E_INVALID says what is wrong with the text. */
int mail_template_check(const char *text, struct error *err);

/* Appends the filled text; what the event does not bring is "-". *missing (may be NULL): whether
 * there was such a place. SIGNET_E_NOMEM, SIGNET_E_TOO_BIG of the buffer. */
int mail_template_fill(struct buffer *out, const char *text, const struct signet_event *event,
                       bool *missing);

#endif
