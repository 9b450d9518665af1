UNIT_TESTS += tests/unit/exit/test_exec tests/unit/exit/test_webhook
UNIT_TESTS += tests/unit/exit/test_file tests/unit/exit/test_file_config \
	tests/unit/exit/test_file_content tests/unit/exit/test_file_hook \
	tests/unit/exit/test_file_name tests/unit/exit/test_file_tree
UNIT_TESTS += tests/unit/exit/test_mail tests/unit/exit/test_mail_template
UNIT_TESTS += tests/unit/exit/test_file_newest tests/unit/exit/test_file_revoked
file_published = tests/unit/exit/published.c tests/unit/exit/published.h $(fake_engine)
tests_unit_exit_test_file_SOURCES = tests/unit/exit/test_file.c $(file_published)
tests_unit_exit_test_file_newest_SOURCES = tests/unit/exit/test_file_newest.c $(file_published)
tests_unit_exit_test_file_revoked_SOURCES = tests/unit/exit/test_file_revoked.c $(file_published)
tests_unit_exit_test_webhook_SOURCES = tests/unit/exit/test_webhook.c $(web_server)

UNIT_TESTS += tests/unit/exit/test_ldap tests/unit/exit/test_ldap_authority \
	tests/unit/exit/test_ldap_connection tests/unit/exit/test_ldap_create \
	tests/unit/exit/test_ldap_filter tests/unit/exit/test_ldap_operation \
	tests/unit/exit/test_ldap_place tests/unit/exit/test_ldap_publish \
	tests/unit/exit/test_ldap_socket tests/unit/exit/test_ldap_target \
	tests/unit/exit/test_ldap_template tests/unit/exit/test_ldap_trust \
	tests/unit/exit/test_ldap_value
directory_server = tests/unit/exit/directory.c tests/unit/exit/directory.h \
	tests/unit/exit/certificates.h
tests_unit_exit_test_ldap_SOURCES = tests/unit/exit/test_ldap.c $(directory_server)
tests_unit_exit_test_ldap_authority_SOURCES = tests/unit/exit/test_ldap_authority.c $(directory_server)
tests_unit_exit_test_ldap_connection_SOURCES = tests/unit/exit/test_ldap_connection.c $(directory_server)
tests_unit_exit_test_ldap_create_SOURCES = tests/unit/exit/test_ldap_create.c $(directory_server)
tests_unit_exit_test_ldap_operation_SOURCES = tests/unit/exit/test_ldap_operation.c $(directory_server)
tests_unit_exit_test_ldap_publish_SOURCES = tests/unit/exit/test_ldap_publish.c $(directory_server)
tests_unit_exit_test_ldap_target_SOURCES = tests/unit/exit/test_ldap_target.c $(directory_server)
tests_unit_exit_test_ldap_socket_SOURCES = tests/unit/exit/test_ldap_socket.c $(directory_server)
tests_unit_exit_test_ldap_trust_SOURCES = tests/unit/exit/test_ldap_trust.c $(directory_server)

UNIT_TESTS += tests/unit/exit/test_syslog tests/unit/exit/test_syslog_cef \
	tests/unit/exit/test_syslog_message tests/unit/exit/test_syslog_target
log_receiver = tests/unit/exit/receiver.c tests/unit/exit/receiver.h
tests_unit_exit_test_syslog_SOURCES = tests/unit/exit/test_syslog.c $(log_receiver)
tests_unit_exit_test_syslog_target_SOURCES = tests/unit/exit/test_syslog_target.c $(log_receiver)
