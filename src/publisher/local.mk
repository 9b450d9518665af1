noinst_LIBRARIES += src/publisher/libpublisher.a
src_publisher_libpublisher_a_SOURCES = src/publisher/exits.c src/publisher/exits.h \
	src/publisher/publisher.c src/publisher/publisher.h src/publisher/worker.c \
	src/publisher/worker.h
