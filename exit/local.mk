noinst_LIBRARIES += exit/libexit.a
exit_libexit_a_SOURCES = exit/file.c exit/file_name.c exit/file_name.h
