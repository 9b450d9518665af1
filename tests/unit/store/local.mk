STORE_FIXTURE = tests/unit/store/fixture.c tests/unit/store/fixture.h
UNIT_TESTS += tests/unit/store/test_key tests/unit/store/test_lmdb tests/unit/store/test_lmdb_txn \
	tests/unit/store/test_lmdb_cursor tests/unit/store/test_lmdb_reader \
	tests/unit/store/test_lmdb_writer tests/unit/store/test_lmdb_copy tests/unit/store/test_lmdb_disk tests/unit/store/test_lmdb_env
tests_unit_store_test_lmdb_SOURCES = tests/unit/store/test_lmdb.c $(STORE_FIXTURE)
tests_unit_store_test_lmdb_copy_SOURCES = tests/unit/store/test_lmdb_copy.c $(STORE_FIXTURE)
tests_unit_store_test_lmdb_txn_SOURCES = tests/unit/store/test_lmdb_txn.c $(STORE_FIXTURE)
tests_unit_store_test_lmdb_cursor_SOURCES = tests/unit/store/test_lmdb_cursor.c $(STORE_FIXTURE)
tests_unit_store_test_lmdb_reader_SOURCES = tests/unit/store/test_lmdb_reader.c $(STORE_FIXTURE)
tests_unit_store_test_lmdb_writer_SOURCES = tests/unit/store/test_lmdb_writer.c $(STORE_FIXTURE)
tests_unit_store_test_lmdb_env_SOURCES = tests/unit/store/test_lmdb_env.c $(STORE_FIXTURE)
tests_unit_store_test_lmdb_disk_SOURCES = tests/unit/store/test_lmdb_disk.c $(STORE_FIXTURE)
