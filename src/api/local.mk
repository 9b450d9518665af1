include src/api/sdk.mk
noinst_LIBRARIES += src/api/libapi.a
api_headers = src/api/client.h src/api/draft.h src/api/exit.h src/api/http.h \
	src/api/intermediary.h src/api/module.h src/api/policy.h src/api/state.h \
	src/api/template.h
api_headers += src/api/http_cache.h src/api/https.h src/api/json.h src/api/secret.h
src_api_libapi_a_SOURCES = $(api_headers) src/api/client.c src/api/client_admin.c \
	src/api/client_call.h src/api/client_config.c src/api/client_events.c \
	src/api/client_letters.c src/api/client_search.c src/api/client_request.c src/api/draft.c src/api/exit.c src/api/http.c \
	src/api/module.c src/api/names.c src/api/policy.c src/api/template.c
src_api_libapi_a_SOURCES += src/api/client_crl.c
src_api_libapi_a_SOURCES += src/api/client_decide.c src/api/client_ocsp.c src/api/client_policy.c
src_api_libapi_a_SOURCES += src/api/https.c src/api/https_private.h src/api/https_target.c \
	src/api/secret.c src/api/trust.c src/api/trust.h
src_api_libapi_a_SOURCES += src/api/json.c src/api/json_changes.c src/api/json_private.h \
	src/api/json_read.c
src_api_libapi_a_SOURCES += src/api/http_cache.c
src_api_libapi_a_SOURCES += src/api/advised.c src/api/advised.h src/api/program.c src/api/program.h
# for the roles, not installed
src_api_libapi_a_SOURCES += src/api/client_metrics.c src/api/metrics.h
src_api_libapi_a_SOURCES += src/api/client_maintenance.c src/api/maintenance.h
src_api_libapi_a_SOURCES += src/api/client_import.c src/api/import.h
src_api_libapi_a_SOURCES += src/api/audit_action.c src/api/audit_action.h src/api/audit_chain.c src/api/audit_chain.h \
	src/api/audit_head.c src/api/audit_head.h src/api/client_audit.c src/api/client_audit.h
src_api_libapi_a_SOURCES += src/api/draft_message.c src/api/draft_message.h
src_api_libapi_a_SOURCES += src/api/condition.c src/api/condition.h src/api/groups.c \
	src/api/groups.h src/api/rule.c src/api/rule.h src/api/week.c src/api/week.h

# The tables of built-in modules. To add a module is to add its name to the list in its folder.
include intermediaries/modules.mk
include policy/modules.mk
include exit/modules.mk
builtin_tables = intermediaries/builtin.c policy/builtin.c exit/builtin.c
noinst_LIBRARIES += src/api/libbuiltin.a
src_api_libbuiltin_a_SOURCES =
nodist_src_api_libbuiltin_a_SOURCES = $(builtin_tables)
EXTRA_DIST += src/api/make_builtin.sh
CLEANFILES += $(builtin_tables)

make_builtin = $(AM_V_GEN)$(MKDIR_P) $(@D) && $(SHELL) $(srcdir)/src/api/make_builtin.sh
intermediaries/builtin.c: intermediaries/modules.mk src/api/make_builtin.sh
	$(make_builtin) intermediary signet_builtin_intermediaries intermediary \
		$(INTERMEDIARY_MODULES) > $@-t && mv -f $@-t $@
policy/builtin.c: policy/modules.mk src/api/make_builtin.sh
	$(make_builtin) policy signet_builtin_policies policy $(POLICY_MODULES) > $@-t && mv -f $@-t $@
exit/builtin.c: exit/modules.mk src/api/make_builtin.sh
	$(make_builtin) exit signet_builtin_exits exit $(EXIT_MODULES) > $@-t && mv -f $@-t $@
