noinst_LIBRARIES += src/base/libbase.a
base_headers = src/base/arena.h src/base/buffer.h src/base/bytes.h src/base/clock.h \
	src/base/encoding.h src/base/error.h src/base/file.h src/base/idn.h src/base/limits.h \
	src/base/log.h src/base/passphrase.h src/base/pool.h src/base/process.h src/base/role.h \
	src/base/text.h src/base/unicode.h
src_base_libbase_a_SOURCES = $(base_headers) src/base/arena.c src/base/buffer.c src/base/clock.c \
	src/base/encoding.c src/base/error.c src/base/file.c src/base/idn.c src/base/log.c \
	src/base/passphrase.c src/base/pool.c src/base/keeper.c src/base/keeper.h src/base/process.c src/base/role.c src/base/text.c \
	src/base/unicode.c
src_base_libbase_a_SOURCES += src/base/combine.c src/base/combine.h
src_base_libbase_a_SOURCES += src/base/metrics.c src/base/metrics.h
