# Fuzz targets. To add one: write tests/fuzz/fuzz_NAME.c (see fuzz.h), put seeds into
# tests/fuzz/corpus/NAME/, perhaps a dictionary into tests/fuzz/dictionary/NAME, and add a line.
# In ordinary builds each is a program of `make check` that runs its corpus (driver.c); with
# --enable-fuzzing (CC=clang) it is linked with libFuzzer, for tests/fuzz/run.
FUZZ_TARGETS =
FUZZ_TARGETS += tests/fuzz/fuzz_certificate tests/fuzz/fuzz_der tests/fuzz/fuzz_extension \
	tests/fuzz/fuzz_name tests/fuzz/fuzz_name_constraints
FUZZ_TARGETS += tests/fuzz/fuzz_advice tests/fuzz/fuzz_judgement
FUZZ_TARGETS += tests/fuzz/fuzz_conf
FUZZ_TARGETS += tests/fuzz/fuzz_crl tests/fuzz/fuzz_csr
FUZZ_TARGETS += tests/fuzz/fuzz_encoding
FUZZ_TARGETS += tests/fuzz/fuzz_expiry tests/fuzz/fuzz_ocsp_path
FUZZ_TARGETS += tests/fuzz/fuzz_jws
FUZZ_TARGETS += tests/fuzz/fuzz_ocsp tests/fuzz/fuzz_profile
FUZZ_TARGETS += tests/fuzz/fuzz_published
FUZZ_TARGETS += tests/fuzz/fuzz_ldap
FUZZ_TARGETS += tests/fuzz/fuzz_rpc
FUZZ_TARGETS += tests/fuzz/fuzz_route
FUZZ_TARGETS += tests/fuzz/fuzz_rules
FUZZ_TARGETS += tests/fuzz/fuzz_spki
FUZZ_TARGETS += tests/fuzz/fuzz_when
FUZZ_TARGETS += tests/fuzz/fuzz_template

check_PROGRAMS += $(FUZZ_TARGETS)
if FUZZING
FUZZ_DRIVER =
FUZZ_MAIN = -fsanitize=fuzzer
else
TESTS += $(FUZZ_TARGETS)
FUZZ_DRIVER = tests/fuzz/libdriver.a
FUZZ_MAIN = $(FUZZ_DRIVER)
check_LIBRARIES += tests/fuzz/libdriver.a
tests_fuzz_libdriver_a_SOURCES = tests/fuzz/driver.c
endif

# For these programs only (GNU make): their main comes from the driver or from libFuzzer.
tests/fuzz/fuzz_%: LDADD = $(FUZZ_MAIN) $(SIGNET_LIBS) $(SYSTEM_LIBS)
$(FUZZ_TARGETS): $(FUZZ_DRIVER)

noinst_HEADERS += tests/fuzz/fuzz.h tests/fuzz/judged.h
dist_noinst_SCRIPTS += tests/fuzz/run
EXTRA_DIST += tests/fuzz/driver.c tests/fuzz/corpus tests/fuzz/dictionary

# All targets, built and not run.
fuzzers: $(FUZZ_TARGETS)
.PHONY: fuzzers
