sysusersdir = $(prefix)/lib/sysusers.d
tmpfilesdir = $(prefix)/lib/tmpfiles.d
exampledir = $(docdir)/examples
systemdsystemunit_DATA = conf/signetd.service
sysusers_DATA = conf/signet.conf
tmpfiles_DATA = conf/tmpfiles/signet.conf
dist_example_DATA = conf/minimal.yaml conf/signet.yaml
# The ready profiles lie where a configuration can include them.
profiledir = $(pkgdatadir)/profiles
dist_profile_DATA = conf/profiles/code-signing.yaml conf/profiles/device.yaml \
	conf/profiles/ocsp-responder.yaml conf/profiles/s-mime.yaml conf/profiles/sub-ca.yaml \
	conf/profiles/tls-client.yaml conf/profiles/tls-server-client.yaml \
	conf/profiles/tls-server.yaml
EXTRA_DIST += conf/demo conf/signetd.service.in conf/signet.sysusers conf/signet.tmpfiles
CLEANFILES += conf/signetd.service conf/signet.conf conf/tmpfiles/signet.conf

conf/signetd.service: conf/signetd.service.in
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) 's|@sbindir@|$(sbindir)|' $< >$@
conf/signet.conf: conf/signet.sysusers
	$(AM_V_GEN)$(MKDIR_P) $(@D) && cp $< $@
conf/tmpfiles/signet.conf: conf/signet.tmpfiles
	$(AM_V_GEN)$(MKDIR_P) $(@D) && cp $< $@
