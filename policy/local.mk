noinst_LIBRARIES += policy/libpolicy.a
policy_libpolicy_a_SOURCES = policy/keys.c policy/names.c policy/subject.c policy/subject.h \
	policy/subject_read.c policy/validity.c
