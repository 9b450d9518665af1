sbin_PROGRAMS += src/signetd/signetd
src_signetd_signetd_SOURCES = src/signetd/main.c
src_signetd_signetd_LDFLAGS = $(AM_LDFLAGS) -rdynamic
src_signetd_signetd_LDADD = $(SDK_LIBS) $(SIGNET_LIBS) $(SYSTEM_LIBS)
