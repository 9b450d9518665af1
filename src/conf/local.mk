noinst_LIBRARIES += src/conf/libconf.a
conf_headers = src/conf/conf.h src/conf/instance.h src/conf/node.h src/conf/settings.h
src_conf_libconf_a_SOURCES = $(conf_headers) src/conf/conf.c src/conf/include.c src/conf/instance.c \
	src/conf/parse.c src/conf/settings.c src/conf/user.c src/conf/value.c
