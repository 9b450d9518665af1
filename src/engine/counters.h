/*
 * The keys of TABLE_COUNTERS. Who keeps a number or a place of its own there
 * names it here, so that the check (check_counters.c) knows it.
 */
#ifndef SIGNET_ENGINE_COUNTERS_H
#define SIGNET_ENGINE_COUNTERS_H

#define COUNTER_REVOCATIONS "revocations"  /* number: their generation */
#define COUNTER_PROBE "probe"              /* time: that the database can be written to */
#define COUNTER_TALLY_SWEEP "tally-sweep"  /* key of TABLE_TALLIES, or nothing */
#define COUNTER_STORED "stored"            /* number of certificates that there ever were */
/* and, followed by more: */
#define COUNTER_ISSUED "issued:"           /* authority -> number */
#define COUNTER_AUTHORITY "authority:"     /* authority -> what its certificate was: notices.c */
#define COUNTER_CROSS "cross:"             /* authority -> SHA-256 of each of its cross certificates */
#define COUNTER_EXPIRING "expiring:"       /* seconds (8) -> key of TABLE_EXPIRY */
#define COUNTER_LETTERS "letters:"         /* consumer -> number of its dead letters, */
#define COUNTER_RETRYING "retrying:"       /* and of those that it is to try again */

/* What is remembered of an authority: SHA-256 of its certificate, and which key that is for. */
#define COUNTER_AUTHORITY_SIZE 40

#endif
