sbin_PROGRAMS += src/signetd/signetd
src_signetd_signetd_SOURCES = src/signetd/main.c
