/*
 * Instances of the exit module `file` that publish below the directory of a
 * fake engine, and what is found there.
 */
#ifndef TESTS_EXIT_PUBLISHED_H
#define TESTS_EXIT_PUBLISHED_H

#include "../api/fake_engine.h"

#include <sys/types.h>

#include "api/exit.h"

extern const struct signet_exit exit_file;

#define PEM(base64) "-----BEGIN CERTIFICATE-----\n" base64 "\n-----END CERTIFICATE-----\n"
#define LEAF_PEM PEM("bGVhZg==")

/* A configuration with the authorities "issuing" and "b". */
int published_configure(const struct fake_engine *engine, const char *text, void **instance,
                        struct error *err);
/* The same, which must not fail. */
void *published_open(const struct fake_engine *engine, const char *text);
/* Makes the directory "published". */
void published_make(const struct fake_engine *engine, char path[128]);
/* After fake_engine_setup. */
int published_teardown(void **state);

/* "leaf" was issued. */
struct signet_event published_event(void);
void published_expect(const char *directory, const char *name, const char *content, mode_t mode);
size_t published_count(const char *directory);

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_engine_setup, published_teardown)

#endif
