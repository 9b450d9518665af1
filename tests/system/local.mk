# Each starts the real daemon in a directory of its own, on free ports. TESTS_ENVIRONMENT gives them
# srcdir and builddir.
SYSTEM_TESTS = \
	tests/system/kill.sh \
	tests/system/advice.sh \
	tests/system/audit.sh \
	tests/system/backup.sh \
	tests/system/backup_kill.sh \
	tests/system/backup_hostile.sh \
	tests/system/ca.sh \
	tests/system/ca_cross.sh \
	tests/system/crl.sh \
	tests/system/crl_disk.sh \
	tests/system/crl_stale.sh \
	tests/system/ldap.sh \
	tests/system/pending.sh \
	tests/system/uacme.sh \
	tests/system/chain.sh \
	tests/system/exits.sh \
	tests/system/certbot.sh \
	tests/system/isolation.sh \
	tests/system/modules.sh \
	tests/system/init.sh \
	tests/system/ocsp.sh \
	tests/system/search.sh tests/system/signetctl.sh \
	tests/system/import.sh \
	tests/system/repository.sh \
	tests/system/profiles.sh \
	tests/system/notify.sh \
	tests/system/resilience.sh \
	tests/system/draft_rules.sh \
	tests/system/install.sh \
	tests/system/users.sh \
	tests/system/tls_libraries.sh \
	tests/system/metrics.sh \
	tests/system/watchdog.sh \
	tests/system/daemon.sh
EXTRA_DIST += tests/system/lib.sh tests/system/slapd.sh tests/system/smtp_sink.py $(SYSTEM_TESTS)
TESTS += $(SYSTEM_TESTS)
# What they need besides.
check_PROGRAMS += tests/system/fill
