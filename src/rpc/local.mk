noinst_LIBRARIES += src/rpc/librpc.a
src_rpc_librpc_a_SOURCES = src/rpc/rpc.h
nodist_src_rpc_librpc_a_SOURCES = src/rpc/ca.pb-c.c src/rpc/ca.pb-c.h
BUILT_SOURCES += src/rpc/ca.pb-c.c src/rpc/ca.pb-c.h
CLEANFILES += src/rpc/ca.pb-c.c src/rpc/ca.pb-c.h
EXTRA_DIST += src/rpc/ca.proto
