bin_PROGRAMS += src/signetctl/signetctl
src_signetctl_signetctl_SOURCES = src/signetctl/authority.c src/signetctl/authority.h \
	src/signetctl/ca.c src/signetctl/cert.c src/signetctl/command.h src/signetctl/config.c \
	src/signetctl/exit.c src/signetctl/init.c src/signetctl/main.c \
	src/signetctl/print.c src/signetctl/print.h src/signetctl/request.c src/signetctl/status.c
src_signetctl_signetctl_SOURCES += src/signetctl/cert.h src/signetctl/cert_find.c \
	src/signetctl/cert_revoke.c src/signetctl/describe.c src/signetctl/describe.h \
	src/signetctl/ocsp.c src/signetctl/policy.c \
	src/signetctl/request.h src/signetctl/request_decide.c src/signetctl/request_read.c
src_signetctl_signetctl_SOURCES += src/signetctl/completion.c src/signetctl/completion.h \
	src/signetctl/completion_bash.c src/signetctl/completion_values.c \
	src/signetctl/completion_zsh.c src/signetctl/key_type.c src/signetctl/key_type.h \
	src/signetctl/placeholder.c src/signetctl/placeholder.h src/signetctl/reason.c \
	src/signetctl/reason.h
src_signetctl_signetctl_SOURCES += src/signetctl/print_private.h \
	src/signetctl/print_table.c src/signetctl/progress.c src/signetctl/progress.h
src_signetctl_signetctl_SOURCES += src/signetctl/db.c src/signetctl/db.h \
	src/signetctl/db_backup.c src/signetctl/db_check.c src/signetctl/db_note.c src/signetctl/db_restore.c src/signetctl/manifest.c \
	src/signetctl/manifest.h
src_signetctl_signetctl_SOURCES += src/signetctl/cert_list.c src/signetctl/cert_query.c \
	src/signetctl/cert_query.h src/signetctl/listing.c src/signetctl/listing.h \
	src/signetctl/request_list.c src/signetctl/request_submit.c src/signetctl/cert_export.c
src_signetctl_signetctl_SOURCES += src/signetctl/audit.c src/signetctl/audit.h src/signetctl/audit_heads.c
src_signetctl_signetctl_SOURCES += src/signetctl/crl.c src/signetctl/crl.h src/signetctl/crl_show.c
src_signetctl_signetctl_SOURCES += src/signetctl/ca_revoke.c src/signetctl/ca_revoke.h
src_signetctl_signetctl_SOURCES += src/signetctl/authority_chain.c src/signetctl/authority_reissue.c src/signetctl/ca.h \
	src/signetctl/ca_authority.c src/signetctl/ca_authority.h src/signetctl/ca_chain.c \
	src/signetctl/ca_chain.h src/signetctl/ca_cross.c \
	src/signetctl/ca_crossing.c src/signetctl/ca_crossing.h src/signetctl/ca_csr.c src/signetctl/ca_files.c \
	src/signetctl/ca_files.h src/signetctl/ca_install.c \
	src/signetctl/ca_issuer.c src/signetctl/ca_issuer.h src/signetctl/ca_renew.c src/signetctl/reload.c \
	src/signetctl/reload.h
src_signetctl_signetctl_SOURCES += src/signetctl/apart.c src/signetctl/apart.h src/signetctl/db_apart.c
src_signetctl_signetctl_SOURCES += src/signetctl/cert_import.c src/signetctl/cert_import.h \
	src/signetctl/cert_import_crl.c src/signetctl/cert_import_files.c
src_signetctl_signetctl_LDADD = $(SIGNET_LIBS) $(SYSTEM_LIBS)

# The shells' completion is made of the commands' own tables.
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
bashcompletion_DATA = src/signetctl/bash/signetctl
zshcompletion_DATA = src/signetctl/zsh/_signetctl
CLEANFILES += $(bashcompletion_DATA) $(zshcompletion_DATA)
src/signetctl/bash/signetctl: src/signetctl/signetctl$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && src/signetctl/signetctl completion bash >$@
src/signetctl/zsh/_signetctl: src/signetctl/signetctl$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && src/signetctl/signetctl completion zsh >$@
src_signetctl_signetctl_SOURCES += src/signetctl/overview.c src/signetctl/overview.h
src_signetctl_signetctl_SOURCES += src/signetctl/processes.c src/signetctl/processes.h
src_signetctl_signetctl_SOURCES += src/signetctl/monitor.c src/signetctl/roles.c src/signetctl/roles.h
