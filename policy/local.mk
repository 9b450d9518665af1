noinst_LIBRARIES += policy/libpolicy.a
policy_libpolicy_a_SOURCES = policy/keys.c policy/names.c policy/validity.c
