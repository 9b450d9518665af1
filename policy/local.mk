noinst_LIBRARIES += policy/libpolicy.a
policy_libpolicy_a_SOURCES = \
	policy/approval.c \
	policy/duplicate.c \
	policy/exec.c \
	policy/extensions.c policy/extensions.h policy/extensions_read.c \
	policy/keys.c policy/keys_lists.c policy/keys_lists.h \
	policy/lint.c policy/lint.h policy/lint_cabf.c policy/lint_cabf_extensions.c \
	policy/lint_cabf_subject.c policy/lint_draft.c policy/lint_rfc5280.c \
	policy/lint_rfc5280_names.c policy/lint_unicode.c \
	policy/names.c policy/names_match.c policy/names_match.h policy/names_read.c \
	policy/names_uri.c \
	policy/quota.c \
	policy/requester.c \
	policy/subject.c policy/subject.h policy/subject_read.c \
	policy/validity.c \
	policy/webhook.c
