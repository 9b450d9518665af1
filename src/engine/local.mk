noinst_LIBRARIES += src/engine/libengine.a
engine_headers = src/engine/audit.h src/engine/authority.h src/engine/authority_private.h \
	src/engine/chain.h src/engine/configuration.h src/engine/core.h \
	src/engine/database.h src/engine/engine.h src/engine/events.h src/engine/flights.h \
	src/engine/index.h src/engine/issue.h src/engine/outcome.h src/engine/outline.h src/engine/profile.h \
	src/engine/record.h src/engine/request.h src/engine/service.h src/engine/submission.h \
	src/engine/view.h src/engine/work.h
src_engine_libengine_a_SOURCES = $(engine_headers) src/engine/audit.c src/engine/authority.c src/engine/authority_bounds.c \
	src/engine/authority_extensions.c src/engine/chain.c src/engine/configuration.c \
	src/engine/core.c src/engine/database.c src/engine/database_read.c src/engine/engine.c \
	src/engine/events.c src/engine/flights.c src/engine/history.c src/engine/history.h src/engine/index.c src/engine/issue.c \
	src/engine/outcome.c src/engine/outline.c src/engine/profile.c \
	src/engine/profile_draft.c src/engine/profile_gateway.c src/engine/record.c \
	src/engine/request.c src/engine/service.c src/engine/service_admin.c \
	src/engine/service_config.c src/engine/service_events.c src/engine/service_request.c \
	src/engine/submission.c src/engine/view.c src/engine/work.c
src_engine_libengine_a_SOURCES += src/engine/alike.c src/engine/alike.h src/engine/tally.c \
	src/engine/tally.h
src_engine_libengine_a_SOURCES += src/engine/consumers.c src/engine/consumers.h \
	src/engine/letters.c src/engine/letters.h src/engine/service_letters.c
src_engine_libengine_a_SOURCES += src/engine/expiry.c src/engine/expiry.h \
	src/engine/housekeeping.c src/engine/housekeeping.h src/engine/notices.c src/engine/renewal.c src/engine/renewal.h \
	src/engine/notices.h src/engine/schedule.c src/engine/schedule.h
src_engine_libengine_a_SOURCES += src/engine/approval.c src/engine/approval.h
src_engine_libengine_a_SOURCES += src/engine/decision.c src/engine/decision.h src/engine/edit.c \
	src/engine/edit.h src/engine/revocation.c src/engine/revocation.h src/engine/roles.c \
	src/engine/roles.h src/engine/service_decide.c \
	src/engine/service_policy.c
src_engine_libengine_a_SOURCES += src/engine/audit_signer.c src/engine/audit_signer.h src/engine/service_audit.c src/engine/repository.c src/engine/repository.h \
	src/engine/revoked.c src/engine/revoked.h
src_engine_libengine_a_SOURCES += src/engine/census.c src/engine/census.h src/engine/measures.c src/engine/measures.h \
	src/engine/load.c src/engine/load.h src/engine/rates.c src/engine/rates.h \
	src/engine/report.c src/engine/report.h src/engine/service_load.c src/engine/service_metrics.c
src_engine_libengine_a_SOURCES += src/engine/advice.c src/engine/advice.h src/engine/advice_take.c
src_engine_libengine_a_SOURCES += src/engine/backup.c src/engine/backup.h \
	src/engine/database_stats.c src/engine/database_stats.h src/engine/service_database.c
src_engine_libengine_a_SOURCES += src/engine/ocsp.c src/engine/ocsp.h src/engine/ocsp_answer.c \
	src/engine/ocsp_settings.c src/engine/ocsp_settings.h src/engine/profile_responder.c \
	src/engine/recent.c src/engine/recent.h src/engine/responder.c src/engine/responder.h \
	src/engine/service_ocsp.c
src_engine_libengine_a_SOURCES += src/engine/check.c src/engine/check.h src/engine/check_private.h \
	src/engine/check_records.c src/engine/check_counters.c src/engine/counters.h src/engine/prune.c src/engine/prune.h \
	src/engine/retention.c src/engine/retention.h
src_engine_libengine_a_SOURCES += src/engine/adopt.c src/engine/adopt.h src/engine/import.c src/engine/import.h src/engine/import_crl.c \
	src/engine/import_private.h src/engine/import_read.c src/engine/service_import.c
nodist_src_engine_libengine_a_SOURCES = src/engine/records.pb-c.c src/engine/records.pb-c.h
BUILT_SOURCES += src/engine/records.pb-c.c src/engine/records.pb-c.h
CLEANFILES += src/engine/records.pb-c.c src/engine/records.pb-c.h
EXTRA_DIST += src/engine/records.proto
src_engine_libengine_a_SOURCES += src/engine/profile_private.h src/engine/profile_constraints.c \
	src/engine/profile_extensions.c src/engine/profile_names.c \
	src/engine/profile_names_draft.c src/engine/profile_others.c \
	src/engine/profile_requested.c src/engine/profile_subject.c src/engine/profile_urls.c \
	src/engine/profile_usages.c src/engine/urls.c src/engine/urls.h
src_engine_libengine_a_SOURCES += src/engine/scan.c src/engine/scan.h src/engine/search.c \
	src/engine/search.h src/engine/search_match.c src/engine/search_name.c \
	src/engine/search_plan.c src/engine/search_probe.c src/engine/search_sorted.c src/engine/search_private.h src/engine/search_requests.c \
	src/engine/search_walk.c src/engine/search_walk.h src/engine/service_search.c
src_engine_libengine_a_SOURCES += src/engine/authority_cross.c src/engine/authority_urls.c src/engine/crl_policy.c \
	src/engine/crl_policy.h
src_engine_libengine_a_SOURCES += src/engine/crl_trouble.c src/engine/crl_trouble.h src/engine/crl_due.c src/engine/crl_due.h \
	src/engine/crl_keeper.c src/engine/crl_keeper.h src/engine/crl_publish.c \
	src/engine/crl_publish.h src/engine/crl_record.c src/engine/crl_record.h \
	src/engine/crl_source.c src/engine/crl_source.h src/engine/crl_status.c \
	src/engine/crl_status.h src/engine/crl_sweep.c \
	src/engine/service_crl.c
src_engine_libengine_a_SOURCES += src/engine/revoke_key.c src/engine/revoke_key.h
