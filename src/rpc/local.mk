noinst_LIBRARIES += src/rpc/librpc.a
src_rpc_librpc_a_SOURCES = src/rpc/rpc.h src/rpc/address.c src/rpc/address.h src/rpc/client.c \
	src/rpc/descriptor.c src/rpc/descriptor.h src/rpc/message.c src/rpc/message.h src/rpc/server.c
nodist_src_rpc_librpc_a_SOURCES = src/rpc/ca.pb-c.c src/rpc/ca.pb-c.h
BUILT_SOURCES += src/rpc/ca.pb-c.c src/rpc/ca.pb-c.h
CLEANFILES += src/rpc/ca.pb-c.c src/rpc/ca.pb-c.h
EXTRA_DIST += src/rpc/ca.proto
