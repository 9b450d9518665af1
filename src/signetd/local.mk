# Everything but main, so that tests can call it.
noinst_LIBRARIES += src/signetd/libsignetd.a
src_signetd_libsignetd_a_SOURCES = src/signetd/child.h src/signetd/child.c \
	src/signetd/launch.h src/signetd/launch.c \
	src/signetd/notify.h src/signetd/notify.c src/signetd/pulse.h src/signetd/pulse.c src/signetd/privilege.h src/signetd/privilege.c \
	src/signetd/state.h src/signetd/state.c src/signetd/supervisor.h src/signetd/supervisor.c

sbin_PROGRAMS += src/signetd/signetd
src_signetd_signetd_SOURCES = src/signetd/main.c
src_signetd_signetd_LDFLAGS = $(AM_LDFLAGS) -rdynamic
src_signetd_signetd_LDADD = $(SDK_LIBS) $(SIGNET_LIBS) $(SYSTEM_LIBS)
