UNIT_TESTS += tests/unit/api/test_client tests/unit/api/test_client_admin \
	tests/unit/api/test_client_config tests/unit/api/test_client_decide \
	tests/unit/api/test_client_events \
	tests/unit/api/test_client_request tests/unit/api/test_draft tests/unit/api/test_http \
	tests/unit/api/test_http_cache \
	tests/unit/api/test_json tests/unit/api/test_json_changes tests/unit/api/test_json_read \
	tests/unit/api/test_module tests/unit/api/test_names tests/unit/api/test_policy \
	tests/unit/api/test_program \
	tests/unit/api/test_template
UNIT_TESTS += tests/unit/api/test_client_letters
UNIT_TESTS += tests/unit/api/test_condition tests/unit/api/test_groups \
	tests/unit/api/test_rule tests/unit/api/test_week
UNIT_TESTS += tests/unit/api/test_advised tests/unit/api/test_draft_message
tests_unit_api_test_advised_SOURCES = tests/unit/api/test_advised.c $(policy_rule)
UNIT_TESTS += tests/unit/api/test_https tests/unit/api/test_https_target \
	tests/unit/api/test_secret tests/unit/api/test_trust
tests_unit_api_test_https_SOURCES = tests/unit/api/test_https.c $(web_server)
fake_engine = tests/unit/api/fake_engine.c tests/unit/api/fake_engine.h
tests_unit_api_test_client_SOURCES = tests/unit/api/test_client.c $(fake_engine)
tests_unit_api_test_client_admin_SOURCES = tests/unit/api/test_client_admin.c $(fake_engine)
tests_unit_api_test_client_config_SOURCES = tests/unit/api/test_client_config.c $(fake_engine)
UNIT_TESTS += tests/unit/api/test_client_ocsp tests/unit/api/test_client_policy
tests_unit_api_test_client_ocsp_SOURCES = tests/unit/api/test_client_ocsp.c $(fake_engine)
tests_unit_api_test_client_policy_SOURCES = tests/unit/api/test_client_policy.c $(fake_engine)
UNIT_TESTS += tests/unit/api/test_client_import
tests_unit_api_test_client_import_SOURCES = tests/unit/api/test_client_import.c $(fake_engine)
tests_unit_api_test_client_decide_SOURCES = tests/unit/api/test_client_decide.c $(fake_engine)
tests_unit_api_test_client_events_SOURCES = tests/unit/api/test_client_events.c $(fake_engine)
tests_unit_api_test_client_letters_SOURCES = tests/unit/api/test_client_letters.c $(fake_engine)
tests_unit_api_test_client_request_SOURCES = tests/unit/api/test_client_request.c $(fake_engine)

# test_module loads these: a good one, and one for each fault.
api_modules = tests/unit/api/modules/kind.so tests/unit/api/modules/sample.so \
	tests/unit/api/modules/symbol.so tests/unit/api/modules/version.so
EXTRA_DIST += tests/unit/api/sample_module.c
CLEANFILES += $(api_modules)
api_module_build = $(AM_V_CC)$(MKDIR_P) $(@D) && $(CC) $(DEFS) $(DEFAULT_INCLUDES) $(INCLUDES) \
	$(AM_CPPFLAGS) $(CPPFLAGS) $(AM_CFLAGS) $(CFLAGS) -fPIC -shared
api_module_source = $(srcdir)/tests/unit/api/sample_module.c
tests/unit/api/modules/sample.so: tests/unit/api/sample_module.c $(api_headers)
	$(api_module_build) -o $@ $(api_module_source)
tests/unit/api/modules/version.so: tests/unit/api/sample_module.c $(api_headers)
	$(api_module_build) -DSAMPLE_VERSION=999 -o $@ $(api_module_source)
tests/unit/api/modules/kind.so: tests/unit/api/sample_module.c $(api_headers)
	$(api_module_build) -DSAMPLE_KIND=SIGNET_MODULE_EXIT -o $@ $(api_module_source)
tests/unit/api/modules/symbol.so: tests/unit/api/sample_module.c $(api_headers)
	$(api_module_build) -DSAMPLE_SYMBOL=another -o $@ $(api_module_source)
tests_unit_api_test_module_LDFLAGS = $(AM_LDFLAGS) -rdynamic
tests_unit_api_test_module_LDADD = $(SDK_LIBS) $(LDADD)
EXTRA_tests_unit_api_test_module_DEPENDENCIES = $(api_modules)
UNIT_TESTS += tests/unit/api/test_client_audit tests/unit/api/test_client_metrics
tests_unit_api_test_client_audit_SOURCES = tests/unit/api/test_client_audit.c $(fake_engine)
tests_unit_api_test_client_metrics_SOURCES = tests/unit/api/test_client_metrics.c $(fake_engine)
UNIT_TESTS += tests/unit/api/test_audit_action
tests_unit_api_test_audit_action_SOURCES = tests/unit/api/test_audit_action.c
