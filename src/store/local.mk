noinst_LIBRARIES += src/store/libstore.a
src_store_libstore_a_SOURCES = src/store/store.h src/store/lmdb_private.h src/store/key.c \
	src/store/lmdb.c src/store/lmdb_env.c src/store/lmdb_check.c src/store/lmdb_copy.c src/store/lmdb_file.c \
	src/store/lmdb_txn.c \
	src/store/lmdb_cursor.c src/store/lmdb_reader.c src/store/lmdb_writer.c
