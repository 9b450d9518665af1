/*
 * Readiness for systemd (sd_notify(3)), without its library.
 */
#ifndef SIGNET_SIGNETD_NOTIFY_H
#define SIGNET_SIGNETD_NOTIFY_H

#include <stdint.h>

/* Sends the lines ("READY=1\nSTATUS=...") to $NOTIFY_SOCKET. Nothing happens where there is none
 * or where it does not answer. */
void notify_send(const char *lines);
/* How often "WATCHDOG=1" is to be sent, in microseconds: half of $WATCHDOG_USEC, if that is meant for
 * this process ($WATCHDOG_PID); else 0. */
int64_t notify_watchdog_interval(void);
/* "RELOADING=1" with the time that systemd wants beside it. */
void notify_reloading(void);

#endif
