/*
 * Settings whose policy uses the rule of apart_module.c.
 */
#ifndef SIGNET_TESTS_ADVISER_APART_H
#define SIGNET_TESTS_ADVISER_APART_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conf/settings.h"

/* The document: the state directory, and the entries of `policy`. The caller's to free. */
static inline char *apart_text(const char *state, const char *policy)
{
	const char *top = getenv("builddir");
	char *text = NULL;
	assert_true(asprintf(&text, "state: %s\nmodules: %s/tests/unit/adviser/modules\n"
	                            "groups: {ops: [alice]}\npolicy:\n%s", state, top ? top : ".",
	                     policy) > 0);
	return text;
}

static inline struct settings *apart_settings(const char *state, const char *policy)
{
	struct settings *settings;
	struct error err = {0};
	char *text = apart_text(state, policy);
	if (settings_parse(&settings, "test.yaml", bytes_text(text), &err))
		fail_msg("%s", err.message);
	free(text);
	return settings;
}

#endif
