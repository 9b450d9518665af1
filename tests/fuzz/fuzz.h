/*
 * What a fuzz target is: a file fuzz_NAME.c with the function below, seeds in
 * corpus/NAME/, perhaps a dictionary/NAME. See local.mk for how one is
 * added and `run` for how they are run.
 */
#ifndef SIGNET_TESTS_FUZZ_H
#define SIGNET_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Takes any input, and returns 0. It aborts by FUZZ_CHECK when a promise of the code is broken. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

#define FUZZ_CHECK(condition)                                                                    \
	do {                                                                                     \
		if (!(condition)) {                                                              \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                 \
		}                                                                                \
	} while (0)

#endif
