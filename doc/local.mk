EXTRA_DIST += doc/examples/policy/name-length.c doc/examples/exit/journal.c \
	doc/examples/intermediaries/raw.c
dist_doc_DATA += doc/architecture.md doc/writing-a-module.md
dist_man_MANS += doc/signetctl.1 doc/signet.yaml.5 doc/signetd.8

# The modules of doc/writing-a-module.md, built as an outsider would build them; a test loads them.
EXAMPLE_MODULES = lib/policy/name-length.so lib/exit/journal.so lib/intermediaries/raw.so
lib/%.so: doc/examples/%.c $(api_headers)
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(CC) -shared -fPIC -Wall -Wextra $(CPPFLAGS) \
		-I$(top_srcdir)/src $(CFLAGS) -D_GNU_SOURCE -std=gnu11 -o $@ $<
if TESTS_ENABLED
check_DATA = $(EXAMPLE_MODULES)
endif
CLEANFILES += $(EXAMPLE_MODULES)
