bin_PROGRAMS += src/signetctl/signetctl
src_signetctl_signetctl_SOURCES = src/signetctl/authority.c src/signetctl/authority.h \
	src/signetctl/ca.c src/signetctl/cert.c src/signetctl/command.h src/signetctl/config.c \
	src/signetctl/exit.c src/signetctl/init.c src/signetctl/main.c src/signetctl/page.c src/signetctl/page.h \
	src/signetctl/print.c src/signetctl/print.h src/signetctl/request.c src/signetctl/status.c
src_signetctl_signetctl_SOURCES += src/signetctl/cert.h src/signetctl/cert_find.c \
	src/signetctl/cert_revoke.c src/signetctl/describe.c src/signetctl/describe.h \
	src/signetctl/policy.c \
	src/signetctl/request.h src/signetctl/request_decide.c src/signetctl/request_read.c
src_signetctl_signetctl_LDADD = $(SIGNET_LIBS) $(SYSTEM_LIBS)
