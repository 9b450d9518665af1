noinst_LIBRARIES += exit/libexit.a
exit_libexit_a_SOURCES = \
	exit/exec.c \
	exit/file.c exit/file_config.c exit/file_config.h exit/file_content.c exit/file_content.h \
	exit/file_hook.c exit/file_hook.h exit/file_name.c exit/file_name.h exit/file_tree.c \
	exit/file_tree.h \
	exit/ldap.c exit/ldap_authority.c exit/ldap_connection.c exit/ldap_create.c exit/ldap_filter.c \
	exit/ldap_filter.h exit/ldap_operation.c exit/ldap_place.c exit/ldap_place.h \
	exit/ldap_private.h exit/ldap_publish.c exit/ldap_socket.c exit/ldap_target.c \
	exit/ldap_template.c exit/ldap_template.h exit/ldap_trust.c exit/ldap_value.c \
	exit/ldap_value.h \
	exit/mail.c exit/mail_send.c exit/mail_send.h exit/mail_template.c exit/mail_template.h \
	exit/syslog.c exit/syslog_cef.c exit/syslog_cef.h exit/syslog_message.c \
	exit/syslog_message.h exit/syslog_target.c exit/syslog_target.h \
	exit/webhook.c
