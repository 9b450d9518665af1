/* A real engine beside the test, over the state directory of a fixture. */
#ifndef SIGNET_TESTS_ENGINE_PEER_H
#define SIGNET_TESTS_ENGINE_PEER_H

#include "tests/unit/engine/fixture.h"

/* Serves when it returns. Called while the test has one thread. */
void engine_peer_start(const struct fixture *f);
/* Idempotent. */
void engine_peer_stop(void);

#endif
