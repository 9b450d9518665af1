noinst_LIBRARIES += exit/libexit.a
exit_libexit_a_SOURCES = \
	exit/exec.c \
	exit/file.c exit/file_config.c exit/file_config.h exit/file_content.c exit/file_content.h \
	exit/file_hook.c exit/file_hook.h exit/file_name.c exit/file_name.h exit/file_tree.c \
	exit/file_tree.h \
	exit/mail.c exit/mail_send.c exit/mail_send.h exit/mail_template.c exit/mail_template.h \
	exit/webhook.c
