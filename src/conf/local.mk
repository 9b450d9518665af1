noinst_LIBRARIES += src/conf/libconf.a
conf_headers = src/conf/conf.h src/conf/settings.h
src_conf_libconf_a_SOURCES = $(conf_headers)
