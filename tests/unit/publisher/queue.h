/*
 * An engine that holds events, and an exit module that a test scripts.
 */
#ifndef TESTS_PUBLISHER_QUEUE_H
#define TESTS_PUBLISHER_QUEUE_H

#include "../api/fake_engine.h"

#include <stdatomic.h>

#include "publisher/exits.h"

#define QUEUE_LETTERS 64

struct queue {
	struct fake_engine *engine;
	_Atomic unsigned events;       /* sequences 1 to this one exist */
	_Atomic unsigned unwanted;     /* every so many-th is of another kind; 0: none */
	_Atomic unsigned cursor;
	_Atomic int advances;
	_Atomic int reads;
	_Atomic bool refuse;           /* answers no call */
	_Atomic unsigned too_big;      /* reads of more than so many events fail; 0: none */
	_Atomic bool full;             /* of dead letters */
	_Atomic unsigned buried[QUEUE_LETTERS]; /* by sequence: how often ... */
	_Atomic unsigned tries[QUEUE_LETTERS];  /* ... and with how many tries in all */
	_Atomic bool retrying[QUEUE_LETTERS];
	_Atomic unsigned settled;      /* letters */
	_Atomic unsigned said_tries;   /* of the head of the queue, and whether there is trouble: as the */
	_Atomic bool trouble;          /* last read said */
	_Atomic unsigned said_published, said_failed, said_given_up;
};

/* Serves the queue to the engine's clients. */
void queue_open(struct queue *queue, struct fake_engine *engine);

/* What the module has seen and how it behaves. */
struct script {
	_Atomic unsigned seen[4096];   /* sequences in the order of notify */
	_Atomic unsigned count;
	_Atomic unsigned flushed;      /* value of count at the last flush */
	_Atomic int flushes;
	_Atomic unsigned retry_at;     /* this sequence is to be retried ... */
	_Atomic int retries;           /* ... so many times */
	_Atomic unsigned give_up_at;
	_Atomic bool mute;             /* gives no reasons */
	_Atomic unsigned hang_at;      /* hangs while it is set */
	_Atomic int hanging;
	_Atomic int fail_flushes;      /* the next so many flushes fail */
};
extern const struct signet_exit script_module;

/* An instance of the script with the engine's clients; cleared by exits_close. */
struct exits *exits_open(const struct fake_engine *engine, struct script *scripts, size_t count);
void exits_close(struct exits *exits);

/* Waits until the condition holds; fails the test after a long time. */
#define AWAIT(condition)                                                                          \
	do {                                                                                      \
		for (int i_ = 0; i_ < 30000 && !(condition); i_++)                                \
			queue_pause();                                                            \
		assert_true(condition);                                                           \
	} while (0)
void queue_pause(void);

#endif
