noinst_LIBRARIES += src/adviser/libadviser.a
src_adviser_libadviser_a_SOURCES = src/adviser/adviser.c src/adviser/adviser.h \
	src/adviser/judge.c src/adviser/judge.h src/adviser/rules.c src/adviser/rules.h
