UNIT_TESTS += tests/unit/adviser/test_adviser tests/unit/adviser/test_judge \
	tests/unit/adviser/test_rules
noinst_HEADERS += tests/unit/adviser/apart.h tests/unit/adviser/question.h

# These load this rule.
adviser_module = tests/unit/adviser/modules/policy/apart.so
EXTRA_DIST += tests/unit/adviser/apart_module.c
CLEANFILES += $(adviser_module)
$(adviser_module): tests/unit/adviser/apart_module.c $(api_headers)
	$(api_module_build) -o $@ $(srcdir)/tests/unit/adviser/apart_module.c
tests_unit_adviser_test_adviser_LDFLAGS = $(AM_LDFLAGS) -rdynamic
tests_unit_adviser_test_adviser_LDADD = $(SDK_LIBS) $(LDADD)
EXTRA_tests_unit_adviser_test_adviser_DEPENDENCIES = $(adviser_module)
tests_unit_adviser_test_judge_LDFLAGS = $(AM_LDFLAGS) -rdynamic
tests_unit_adviser_test_judge_LDADD = $(SDK_LIBS) $(LDADD)
EXTRA_tests_unit_adviser_test_judge_DEPENDENCIES = $(adviser_module)
tests_unit_adviser_test_rules_LDFLAGS = $(AM_LDFLAGS) -rdynamic
tests_unit_adviser_test_rules_LDADD = $(SDK_LIBS) $(LDADD)
EXTRA_tests_unit_adviser_test_rules_DEPENDENCIES = $(adviser_module)
