noinst_LIBRARIES += src/publisher/libpublisher.a
src_publisher_libpublisher_a_SOURCES = src/publisher/publisher.h
