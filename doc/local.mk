EXTRA_DIST += doc/examples/policy/name-length.c doc/examples/exit/journal.c \
	doc/examples/intermediaries/raw.c
dist_doc_DATA += doc/architecture.md doc/writing-a-module.md
dist_man_MANS += doc/signetctl.1 doc/signet-profile.5 doc/signet.yaml.5 doc/signetd.8
dist_man_MANS += doc/signet-metrics.7
dist_man_MANS += doc/signetctl-init.1
dist_man_MANS += doc/signetctl-ca.1
dist_man_MANS += doc/signetctl-request.1
dist_man_MANS += doc/signetctl-cert.1
dist_man_MANS += doc/signetctl-ocsp.1
dist_man_MANS += doc/signetctl-crl.1
dist_man_MANS += doc/signetctl-exit.1
dist_man_MANS += doc/signetctl-audit.1
dist_man_MANS += doc/signetctl-db.1
dist_man_MANS += doc/signetctl-policy.1
dist_man_MANS += doc/signetctl-config.1
dist_man_MANS += doc/signetctl-monitor.1 doc/signetctl-status.1
dist_man_MANS += doc/signetctl-completion.1

# The page of each rule and exit module stands beside it, as NAME.man; these two are made of them.
man_MANS = doc/signet-policy.7 doc/signet-exit.7
policy_pages = $(POLICY_MODULES:%=policy/%.man)
exit_pages = $(EXIT_MODULES:%=exit/%.man)
policy_frame = doc/signet-policy.head.man doc/signet-policy.tail.man
exit_frame = doc/signet-exit.head.man doc/signet-exit.tail.man
EXTRA_DIST += $(policy_pages) $(exit_pages) $(policy_frame) $(exit_frame)
CLEANFILES += $(man_MANS)
doc/signet-policy.7: $(policy_frame) $(policy_pages)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && cd $(srcdir) && cat doc/signet-policy.head.man $(policy_pages) \
		doc/signet-policy.tail.man >$(abs_builddir)/$@
doc/signet-exit.7: $(exit_frame) $(exit_pages)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && cd $(srcdir) && cat doc/signet-exit.head.man $(exit_pages) \
		doc/signet-exit.tail.man >$(abs_builddir)/$@

# The modules of doc/writing-a-module.md, built as an outsider would build them; a test loads them.
EXAMPLE_MODULES = lib/policy/name-length.so lib/exit/journal.so lib/intermediaries/raw.so
lib/%.so: doc/examples/%.c $(api_headers)
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(CC) -shared -fPIC -Wall -Wextra $(CPPFLAGS) \
		-I$(top_srcdir)/src $(CFLAGS) -D_GNU_SOURCE -std=gnu11 -o $@ $<
if TESTS_ENABLED
check_DATA = $(EXAMPLE_MODULES)
endif
CLEANFILES += $(EXAMPLE_MODULES)
