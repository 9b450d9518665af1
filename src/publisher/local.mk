noinst_LIBRARIES += src/publisher/libpublisher.a
src_publisher_libpublisher_a_SOURCES = src/publisher/delivery.c src/publisher/exits.c \
	src/publisher/exits.h src/publisher/publisher.c src/publisher/publisher.h \
	src/publisher/published.c src/publisher/published.h src/publisher/retry.c src/publisher/worker.c src/publisher/worker.h \
	src/publisher/worker_private.h
