noinst_LIBRARIES += policy/libpolicy.a
policy_libpolicy_a_SOURCES = \
	policy/extensions.c policy/extensions.h policy/extensions_read.c \
	policy/keys.c \
	policy/names.c policy/names_match.c policy/names_match.h policy/names_read.c \
	policy/subject.c policy/subject.h policy/subject_read.c \
	policy/validity.c
