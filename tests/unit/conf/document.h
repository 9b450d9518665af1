/* Documents for the tests of this folder. */
#ifndef SIGNET_TESTS_CONF_DOCUMENT_H
#define SIGNET_TESTS_CONF_DOCUMENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf/conf.h"

static inline struct conf *parse(const char *text)
{
	struct error err = {0};
	struct conf *conf = NULL;
	if (conf_parse(&conf, "t.yaml", bytes_text(text), &err))
		fail_msg("refused: %s", err.message);
	return conf;
}

static inline void assert_refused_bytes(struct bytes text, const char *message)
{
	struct error err = {0};
	struct conf *conf = NULL;
	assert_int_equal(conf_parse(&conf, "t.yaml", text, &err), SIGNET_E_CONFIG);
	assert_int_equal(err.code, SIGNET_E_CONFIG);
	assert_string_equal(err.message, message);
	assert_null(conf);
}

static inline void assert_refused(const char *text, const char *message)
{
	assert_refused_bytes(bytes_text(text), message);
}

#endif
