UNIT_TESTS += tests/unit/publisher/test_exits tests/unit/publisher/test_publisher \
	tests/unit/publisher/test_worker
publisher_queue = tests/unit/publisher/queue.c tests/unit/publisher/queue.h $(fake_engine)
tests_unit_publisher_test_publisher_SOURCES = tests/unit/publisher/test_publisher.c \
	$(publisher_queue)
tests_unit_publisher_test_worker_SOURCES = tests/unit/publisher/test_worker.c $(publisher_queue)
UNIT_TESTS += tests/unit/publisher/test_published
