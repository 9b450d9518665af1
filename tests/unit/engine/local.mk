engine_fixture = tests/unit/engine/fixture.c tests/unit/engine/fixture.h
UNIT_TESTS += tests/unit/engine/test_advice tests/unit/engine/test_advice_take
UNIT_TESTS += tests/unit/engine/test_audit \
	tests/unit/engine/test_authority \
	tests/unit/engine/test_authority_bounds \
	tests/unit/engine/test_chain \
	tests/unit/engine/test_configuration \
	tests/unit/engine/test_consumers \
	tests/unit/engine/test_database \
	tests/unit/engine/test_decision \
	tests/unit/engine/test_edit \
	tests/unit/engine/test_engine \
	tests/unit/engine/test_events \
	tests/unit/engine/test_flights \
	tests/unit/engine/test_history \
	tests/unit/engine/test_index \
	tests/unit/engine/test_issue \
	tests/unit/engine/test_letters \
	tests/unit/engine/test_outline \
	tests/unit/engine/test_profile \
	tests/unit/engine/test_record \
	tests/unit/engine/test_request \
	tests/unit/engine/test_roles \
	tests/unit/engine/test_service \
	tests/unit/engine/test_submission \
	tests/unit/engine/test_view \
	tests/unit/engine/test_work
tests_unit_engine_test_audit_SOURCES = tests/unit/engine/test_audit.c $(engine_fixture)
tests_unit_engine_test_authority_SOURCES = tests/unit/engine/test_authority.c $(engine_fixture)
UNIT_TESTS += tests/unit/engine/test_authority_cross
tests_unit_engine_test_authority_cross_SOURCES = tests/unit/engine/test_authority_cross.c $(engine_fixture)
tests_unit_engine_test_authority_bounds_SOURCES = tests/unit/engine/test_authority_bounds.c $(engine_fixture)
tests_unit_engine_test_chain_SOURCES = tests/unit/engine/test_chain.c $(engine_fixture)
tests_unit_engine_test_configuration_SOURCES = tests/unit/engine/test_configuration.c $(engine_fixture)
tests_unit_engine_test_consumers_SOURCES = tests/unit/engine/test_consumers.c $(engine_fixture)
tests_unit_engine_test_database_SOURCES = tests/unit/engine/test_database.c $(engine_fixture)
decision_world = tests/unit/engine/decision_world.c tests/unit/engine/decision_world.h $(engine_fixture)
tests_unit_engine_test_decision_SOURCES = tests/unit/engine/test_decision.c $(decision_world)
tests_unit_engine_test_decision_approval_SOURCES = tests/unit/engine/test_decision_approval.c $(decision_world)
tests_unit_engine_test_decision_edit_SOURCES = tests/unit/engine/test_decision_edit.c $(decision_world)
tests_unit_engine_test_edit_SOURCES = tests/unit/engine/test_edit.c $(engine_fixture)
tests_unit_engine_test_engine_SOURCES = tests/unit/engine/test_engine.c $(engine_fixture)
tests_unit_engine_test_events_SOURCES = tests/unit/engine/test_events.c $(engine_fixture)
tests_unit_engine_test_flights_SOURCES = tests/unit/engine/test_flights.c $(engine_fixture)
tests_unit_engine_test_history_SOURCES = tests/unit/engine/test_history.c $(engine_fixture)
tests_unit_engine_test_index_SOURCES = tests/unit/engine/test_index.c $(engine_fixture)
tests_unit_engine_test_issue_SOURCES = tests/unit/engine/test_issue.c $(engine_fixture)
tests_unit_engine_test_letters_SOURCES = tests/unit/engine/test_letters.c $(engine_fixture)
tests_unit_engine_test_outline_SOURCES = tests/unit/engine/test_outline.c $(engine_fixture)
tests_unit_engine_test_record_SOURCES = tests/unit/engine/test_record.c $(engine_fixture)
tests_unit_engine_test_request_SOURCES = tests/unit/engine/test_request.c $(engine_fixture)
tests_unit_engine_test_roles_SOURCES = tests/unit/engine/test_roles.c $(engine_fixture)
service_world = tests/unit/engine/service_world.c tests/unit/engine/service_world.h $(engine_fixture)
tests_unit_engine_test_service_SOURCES = tests/unit/engine/test_service.c $(service_world)
tests_unit_engine_test_service_roles_SOURCES = tests/unit/engine/test_service_roles.c $(service_world)
tests_unit_engine_test_submission_SOURCES = tests/unit/engine/test_submission.c $(engine_fixture)
tests_unit_engine_test_view_SOURCES = tests/unit/engine/test_view.c tests/unit/engine/import_world.c \
	tests/unit/engine/import_world.h $(engine_fixture)
tests_unit_engine_test_work_SOURCES = tests/unit/engine/test_work.c $(engine_fixture)
# The tests of the files of a profile.
profile_fixture = tests/unit/engine/profile_world.c tests/unit/engine/profile_world.h $(engine_fixture)
UNIT_TESTS += tests/unit/engine/test_profile_constraints tests/unit/engine/test_profile_draft tests/unit/engine/test_profile_extensions \
	tests/unit/engine/test_profile_names tests/unit/engine/test_profile_names_draft tests/unit/engine/test_profile_others \
	tests/unit/engine/test_profile_requested tests/unit/engine/test_profile_subject tests/unit/engine/test_profile_urls \
	tests/unit/engine/test_profile_usages tests/unit/engine/test_urls
tests_unit_engine_test_profile_SOURCES = tests/unit/engine/test_profile.c $(profile_fixture)
tests_unit_engine_test_profile_constraints_SOURCES = tests/unit/engine/test_profile_constraints.c $(profile_fixture)
tests_unit_engine_test_profile_draft_SOURCES = tests/unit/engine/test_profile_draft.c $(profile_fixture)
tests_unit_engine_test_profile_extensions_SOURCES = tests/unit/engine/test_profile_extensions.c $(profile_fixture)
tests_unit_engine_test_profile_names_SOURCES = tests/unit/engine/test_profile_names.c $(profile_fixture)
tests_unit_engine_test_profile_names_draft_SOURCES = tests/unit/engine/test_profile_names_draft.c $(profile_fixture)
tests_unit_engine_test_profile_others_SOURCES = tests/unit/engine/test_profile_others.c $(profile_fixture)
tests_unit_engine_test_profile_requested_SOURCES = tests/unit/engine/test_profile_requested.c $(profile_fixture)
tests_unit_engine_test_profile_subject_SOURCES = tests/unit/engine/test_profile_subject.c $(profile_fixture)
tests_unit_engine_test_profile_urls_SOURCES = tests/unit/engine/test_profile_urls.c $(profile_fixture)
tests_unit_engine_test_profile_usages_SOURCES = tests/unit/engine/test_profile_usages.c $(profile_fixture)
tests_unit_engine_test_urls_SOURCES = tests/unit/engine/test_urls.c $(profile_fixture)
UNIT_TESTS += tests/unit/engine/test_revocation
tests_unit_engine_test_revocation_SOURCES = tests/unit/engine/test_revocation.c $(engine_fixture)
UNIT_TESTS += tests/unit/engine/test_expiry tests/unit/engine/test_housekeeping \
	tests/unit/engine/test_notices tests/unit/engine/test_schedule
tests_unit_engine_test_expiry_SOURCES = tests/unit/engine/test_expiry.c $(engine_fixture)
tests_unit_engine_test_housekeeping_SOURCES = tests/unit/engine/test_housekeeping.c $(engine_fixture)
UNIT_TESTS += tests/unit/engine/test_ocsp tests/unit/engine/test_ocsp_settings \
	tests/unit/engine/test_recent tests/unit/engine/test_service_ocsp
tests_unit_engine_test_service_ocsp_SOURCES = tests/unit/engine/test_service_ocsp.c $(engine_fixture)
ocsp_world = tests/unit/engine/ocsp_world.c tests/unit/engine/ocsp_world.h $(engine_fixture)
tests_unit_engine_test_ocsp_SOURCES = tests/unit/engine/test_ocsp.c $(ocsp_world)
tests_unit_engine_test_ocsp_responders_SOURCES = tests/unit/engine/test_ocsp_responders.c $(ocsp_world)
tests_unit_engine_test_ocsp_lost_key_SOURCES = tests/unit/engine/test_ocsp_lost_key.c $(ocsp_world)
tests_unit_engine_test_notices_SOURCES = tests/unit/engine/test_notices.c $(engine_fixture)
tests_unit_engine_test_schedule_SOURCES = tests/unit/engine/test_schedule.c $(engine_fixture)
UNIT_TESTS += tests/unit/engine/test_alike tests/unit/engine/test_tally
tests_unit_engine_test_alike_SOURCES = tests/unit/engine/test_alike.c $(engine_fixture)
tests_unit_engine_test_tally_SOURCES = tests/unit/engine/test_tally.c $(engine_fixture)
UNIT_TESTS += tests/unit/engine/test_repository tests/unit/engine/test_revoked
tests_unit_engine_test_repository_SOURCES = tests/unit/engine/test_repository.c $(engine_fixture)
tests_unit_engine_test_revoked_SOURCES = tests/unit/engine/test_revoked.c $(engine_fixture)
UNIT_TESTS += tests/unit/engine/test_scan tests/unit/engine/test_search
tests_unit_engine_test_search_SOURCES = tests/unit/engine/test_search.c $(engine_fixture)
UNIT_TESTS += tests/unit/engine/test_check tests/unit/engine/test_prune
tests_unit_engine_test_check_SOURCES = tests/unit/engine/test_check.c $(engine_fixture)
tests_unit_engine_test_prune_SOURCES = tests/unit/engine/test_prune.c $(engine_fixture)
UNIT_TESTS += tests/unit/engine/test_backup tests/unit/engine/test_retention
tests_unit_engine_test_backup_SOURCES = tests/unit/engine/test_backup.c $(engine_fixture)
UNIT_TESTS += tests/unit/engine/test_census tests/unit/engine/test_measures tests/unit/engine/test_rates
UNIT_TESTS += tests/unit/engine/test_load tests/unit/engine/test_report tests/unit/engine/test_service_load
tests_unit_engine_test_service_load_SOURCES = tests/unit/engine/test_service_load.c $(engine_fixture)
tests_unit_engine_test_census_SOURCES = tests/unit/engine/test_census.c $(engine_fixture)
tests_unit_engine_test_measures_SOURCES = tests/unit/engine/test_measures.c $(engine_fixture)
crl_fixture = tests/unit/engine/crl_world.c tests/unit/engine/crl_world.h $(engine_fixture)
UNIT_TESTS += tests/unit/engine/test_service_records
tests_unit_engine_test_service_records_SOURCES = tests/unit/engine/test_service_records.c \
	tests/unit/engine/import_world.c tests/unit/engine/import_world.h $(crl_fixture)
UNIT_TESTS += tests/unit/engine/test_crl_status
tests_unit_engine_test_crl_status_SOURCES = tests/unit/engine/test_crl_status.c $(crl_fixture)
UNIT_TESTS += tests/unit/engine/test_crl_keeper tests/unit/engine/test_crl_policy \
	tests/unit/engine/test_crl_publish tests/unit/engine/test_crl_record \
	tests/unit/engine/test_crl_trouble
tests_unit_engine_test_crl_keeper_SOURCES = tests/unit/engine/test_crl_keeper.c $(crl_fixture)
tests_unit_engine_test_crl_publish_SOURCES = tests/unit/engine/test_crl_publish.c $(crl_fixture)
tests_unit_engine_test_crl_record_SOURCES = tests/unit/engine/test_crl_record.c $(engine_fixture)
UNIT_TESTS += tests/unit/engine/test_revoke_key
tests_unit_engine_test_revoke_key_SOURCES = tests/unit/engine/test_revoke_key.c $(crl_fixture)
UNIT_TESTS += tests/unit/engine/test_approval tests/unit/engine/test_audit_signer tests/unit/engine/test_renewal
tests_unit_engine_test_audit_signer_SOURCES = tests/unit/engine/test_audit_signer.c $(engine_fixture)
tests_unit_engine_test_renewal_SOURCES = tests/unit/engine/test_renewal.c $(engine_fixture)
UNIT_TESTS += tests/unit/engine/test_adopt tests/unit/engine/test_import
tests_unit_engine_test_adopt_SOURCES = tests/unit/engine/test_adopt.c $(engine_fixture)
tests_unit_engine_test_import_SOURCES = tests/unit/engine/test_import.c \
	tests/unit/engine/import_world.c tests/unit/engine/import_world.h $(engine_fixture)
UNIT_TESTS += tests/unit/engine/test_import_crl
tests_unit_engine_test_import_crl_SOURCES = tests/unit/engine/test_import_crl.c \
	tests/unit/engine/import_world.c tests/unit/engine/import_world.h $(engine_fixture)
UNIT_TESTS += tests/unit/engine/test_ocsp_responders tests/unit/engine/test_ocsp_lost_key
UNIT_TESTS += tests/unit/engine/test_decision_approval tests/unit/engine/test_decision_edit
UNIT_TESTS += tests/unit/engine/test_service_roles
