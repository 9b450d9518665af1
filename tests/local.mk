# Every test finds its data and programs by these.
AM_TESTS_ENVIRONMENT = srcdir='$(abs_top_srcdir)' builddir='$(abs_top_builddir)' \
	SIGNET_LIBDIR='$(abs_top_builddir)/lib'; export srcdir builddir SIGNET_LIBDIR;

# whatever their file modes are
TEST_EXTENSIONS = .sh
SH_LOG_COMPILER = bash

EXTRA_DIST += tests/check_layers.sh tests/check_docs.sh tests/check_completion.sh tests/check_manpages.sh tests/valgrind.supp tests/zsh_completion.py
TESTS += tests/check_layers.sh tests/check_docs.sh tests/check_completion.sh tests/check_manpages.sh

# A web server for those that speak to one.
dist_noinst_SCRIPTS += tests/web_server.py
web_server = tests/unit/web_server.c tests/unit/web_server.h

# Each unit test is one program named after the source file that it tests.
include tests/unit/base/local.mk
include tests/unit/conf/local.mk
include tests/unit/asn1/local.mk
include tests/unit/crypto/local.mk
include tests/unit/pki/local.mk
include tests/unit/store/local.mk
include tests/unit/rpc/local.mk
include tests/unit/api/local.mk
include tests/unit/engine/local.mk
include tests/unit/gateway/local.mk
include tests/unit/publisher/local.mk
include tests/unit/acme/local.mk
include tests/unit/repository/local.mk
include tests/unit/ocsp/local.mk
include tests/unit/policy/local.mk
include tests/unit/exit/local.mk
include tests/unit/signetctl/local.mk
include tests/unit/signetd/local.mk
include tests/unit/adviser/local.mk

# the slow ones first: they wait more than they work
include tests/system/local.mk

check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)

include tests/data/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk

# The unit tests under valgrind, as many at a time as there are processors.
# But those that need pidfd_open(2), which valgrind 3.19 does not know.
VALGRIND_TESTS = $(filter-out tests/unit/signetctl/test_reload,$(UNIT_TESTS))
check-valgrind: $(VALGRIND_TESTS)
	$(AM_TESTS_ENVIRONMENT) printf '%s\n' $(VALGRIND_TESTS) | xargs -P $$(nproc) -I{} \
		sh -c 'valgrind -q --suppressions=$(srcdir)/tests/valgrind.supp --error-exitcode=99 \
			--leak-check=full --errors-for-leak-kinds=definite --child-silent-after-fork=yes {} >{}.valgrind.log 2>&1 || \
			{ cat {}.valgrind.log; echo "FAIL: {}"; exit 1; }'
	@echo "valgrind: $(words $(VALGRIND_TESTS)) unit tests are clean"
.PHONY: check-valgrind
CLEANFILES += $(UNIT_TESTS:=.valgrind.log)
