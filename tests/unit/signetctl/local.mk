UNIT_TESTS += tests/unit/signetctl/test_authority
tests_unit_signetctl_test_authority_SOURCES = tests/unit/signetctl/test_authority.c \
	src/signetctl/authority.c src/signetctl/authority_chain.c
UNIT_TESTS += tests/unit/signetctl/test_print
tests_unit_signetctl_test_print_SOURCES = tests/unit/signetctl/test_print.c \
	tests/unit/signetctl/capture.h src/signetctl/print.c src/signetctl/print_private.h
UNIT_TESTS += tests/unit/signetctl/test_print_table
tests_unit_signetctl_test_print_table_SOURCES = tests/unit/signetctl/test_print_table.c \
	tests/unit/signetctl/capture.h src/signetctl/print.c src/signetctl/print_table.c
UNIT_TESTS += tests/unit/signetctl/test_progress
tests_unit_signetctl_test_progress_SOURCES = tests/unit/signetctl/test_progress.c \
	src/signetctl/progress.c
UNIT_TESTS += tests/unit/signetctl/test_describe
tests_unit_signetctl_test_describe_SOURCES = tests/unit/signetctl/test_describe.c \
	src/signetctl/describe.c
UNIT_TESTS += tests/unit/signetctl/test_request_read
tests_unit_signetctl_test_request_read_SOURCES = tests/unit/signetctl/test_request_read.c \
	src/signetctl/request_read.c
UNIT_TESTS += tests/unit/signetctl/test_cert_find
tests_unit_signetctl_test_cert_find_SOURCES = tests/unit/signetctl/test_cert_find.c \
	src/signetctl/cert_find.c $(fake_engine)
UNIT_TESTS += tests/unit/signetctl/test_cert_import_files
tests_unit_signetctl_test_cert_import_files_SOURCES = tests/unit/signetctl/test_cert_import_files.c \
	src/signetctl/cert_import_files.c
UNIT_TESTS += tests/unit/signetctl/test_cert_import_crl
tests_unit_signetctl_test_cert_import_crl_SOURCES = tests/unit/signetctl/test_cert_import_crl.c \
	src/signetctl/cert_import_crl.c $(fake_engine)
UNIT_TESTS += tests/unit/signetctl/test_manifest
tests_unit_signetctl_test_manifest_SOURCES = tests/unit/signetctl/test_manifest.c \
	src/signetctl/manifest.c
UNIT_TESTS += tests/unit/signetctl/test_overview
tests_unit_signetctl_test_overview_SOURCES = tests/unit/signetctl/test_overview.c \
	src/signetctl/overview.c
UNIT_TESTS += tests/unit/signetctl/test_processes
tests_unit_signetctl_test_processes_SOURCES = tests/unit/signetctl/test_processes.c \
	src/signetctl/processes.c
UNIT_TESTS += tests/unit/signetctl/test_ca_files
tests_unit_signetctl_test_ca_files_SOURCES = tests/unit/signetctl/test_ca_files.c \
	src/signetctl/ca_authority.c src/signetctl/key_type.c src/signetctl/ca_files.c $(engine_fixture)
UNIT_TESTS += tests/unit/signetctl/test_authority_reissue
tests_unit_signetctl_test_authority_reissue_SOURCES = tests/unit/signetctl/test_authority_reissue.c \
	src/signetctl/authority.c src/signetctl/authority_chain.c src/signetctl/authority_reissue.c
UNIT_TESTS += tests/unit/signetctl/test_ca_authority
tests_unit_signetctl_test_ca_authority_SOURCES = tests/unit/signetctl/test_ca_authority.c \
	src/signetctl/ca_authority.c src/signetctl/key_type.c src/signetctl/ca_files.c $(engine_fixture)
UNIT_TESTS += tests/unit/signetctl/test_ca_chain
tests_unit_signetctl_test_ca_chain_SOURCES = tests/unit/signetctl/test_ca_chain.c \
	src/signetctl/authority.c src/signetctl/authority_chain.c src/signetctl/ca_authority.c src/signetctl/key_type.c src/signetctl/ca_chain.c \
	src/signetctl/ca_files.c $(engine_fixture)
UNIT_TESTS += tests/unit/signetctl/test_ca_issuer
tests_unit_signetctl_test_ca_issuer_SOURCES = tests/unit/signetctl/test_ca_issuer.c \
	src/signetctl/ca_authority.c src/signetctl/key_type.c src/signetctl/ca_files.c src/signetctl/ca_issuer.c $(engine_fixture)
UNIT_TESTS += tests/unit/signetctl/test_reload
tests_unit_signetctl_test_reload_SOURCES = tests/unit/signetctl/test_reload.c src/signetctl/reload.c
UNIT_TESTS += tests/unit/signetctl/test_ca_crossing
tests_unit_signetctl_test_ca_crossing_SOURCES = tests/unit/signetctl/test_ca_crossing.c \
	src/signetctl/authority.c src/signetctl/authority_chain.c src/signetctl/authority_reissue.c src/signetctl/ca_authority.c src/signetctl/key_type.c \
	src/signetctl/ca_chain.c src/signetctl/ca_crossing.c src/signetctl/ca_files.c \
	src/signetctl/ca_issuer.c $(engine_fixture)
UNIT_TESTS += tests/unit/signetctl/test_apart
tests_unit_signetctl_test_apart_SOURCES = tests/unit/signetctl/test_apart.c \
	src/signetctl/apart.c
UNIT_TESTS += tests/unit/signetctl/test_audit_heads
tests_unit_signetctl_test_audit_heads_SOURCES = tests/unit/signetctl/test_audit_heads.c \
	src/signetctl/audit_heads.c $(engine_fixture)
UNIT_TESTS += tests/unit/signetctl/test_monitor
tests_unit_signetctl_test_monitor_SOURCES = tests/unit/signetctl/test_monitor.c \
	tests/unit/signetctl/capture.h src/signetctl/monitor.c src/signetctl/overview.c \
	src/signetctl/processes.c src/signetctl/roles.c src/signetctl/print.c src/signetctl/print_table.c $(fake_engine)
UNIT_TESTS += tests/unit/signetctl/test_roles
tests_unit_signetctl_test_roles_SOURCES = tests/unit/signetctl/test_roles.c \
	tests/unit/signetctl/capture.h src/signetctl/overview.c src/signetctl/processes.c \
	src/signetctl/roles.c src/signetctl/print.c src/signetctl/print_table.c
ca_command = tests/unit/signetctl/command_frame.c tests/unit/signetctl/command_frame.h \
	tests/unit/signetctl/capture.h src/signetctl/authority.c src/signetctl/authority_chain.c \
	src/signetctl/authority_reissue.c src/signetctl/ca_authority.c src/signetctl/ca_chain.c \
	src/signetctl/ca_files.c src/signetctl/ca_issuer.c src/signetctl/key_type.c \
	src/signetctl/print.c src/signetctl/print_table.c $(engine_fixture)
UNIT_TESTS += tests/unit/signetctl/test_ca_install tests/unit/signetctl/test_ca_csr \
	tests/unit/signetctl/test_ca_renew tests/unit/signetctl/test_ca_cross
tests_unit_signetctl_test_ca_install_SOURCES = tests/unit/signetctl/test_ca_install.c \
	src/signetctl/ca_install.c $(ca_command)
tests_unit_signetctl_test_ca_csr_SOURCES = tests/unit/signetctl/test_ca_csr.c src/signetctl/ca_csr.c \
	$(ca_command)
tests_unit_signetctl_test_ca_renew_SOURCES = tests/unit/signetctl/test_ca_renew.c \
	src/signetctl/ca_install.c src/signetctl/ca_renew.c $(ca_command)
tests_unit_signetctl_test_ca_cross_SOURCES = tests/unit/signetctl/test_ca_cross.c \
	src/signetctl/ca_cross.c src/signetctl/ca_crossing.c $(ca_command)
placeholder = src/signetctl/key_type.c src/signetctl/placeholder.c src/signetctl/reason.c
UNIT_TESTS += tests/unit/signetctl/test_completion_values tests/unit/signetctl/test_placeholder
tests_unit_signetctl_test_completion_values_SOURCES = tests/unit/signetctl/test_completion_values.c \
	tests/unit/signetctl/capture.h src/signetctl/completion_values.c $(placeholder) $(fake_engine)
tests_unit_signetctl_test_placeholder_SOURCES = tests/unit/signetctl/test_placeholder.c $(placeholder)
