# Benchmarks: built by `make check`, run by hand.
check_PROGRAMS += tests/bench/bench_limits
check_PROGRAMS += tests/bench/bench_store
check_PROGRAMS += tests/bench/bench_engine
engine_load = tests/bench/engine_load.c tests/bench/engine_load.h $(engine_fixture)
tests_bench_bench_engine_SOURCES = tests/bench/bench_engine.c $(engine_load)
check_PROGRAMS += tests/bench/bench_backup
tests_bench_bench_backup_SOURCES = tests/bench/bench_backup.c $(engine_load)
check_PROGRAMS += tests/bench/bench_crl
tests_bench_bench_crl_SOURCES = tests/bench/bench_crl.c $(engine_fixture)
check_PROGRAMS += tests/bench/bench_search
tests_bench_bench_search_SOURCES = tests/bench/bench_search.c $(engine_fixture)
check_PROGRAMS += tests/bench/bench_chain
tests_bench_bench_chain_SOURCES = tests/bench/bench_chain.c $(engine_load)
tests_bench_bench_chain_LDADD = $(LDADD) -lm
check_PROGRAMS += tests/bench/bench_acme
tests_bench_bench_acme_SOURCES = tests/bench/bench_acme.c tests/bench/acme_client.c \
	tests/bench/acme_client.h tests/bench/daemon.c tests/bench/daemon.h $(acme_jose) \
	$(acme_responder)
check_PROGRAMS += tests/bench/bench_ocsp
tests_bench_bench_ocsp_SOURCES = tests/bench/bench_ocsp.c tests/bench/bare_server.c \
	tests/bench/bare_server.h tests/bench/daemon.c tests/bench/daemon.h tests/bench/wrk.c \
	tests/bench/wrk.h
dist_noinst_SCRIPTS += tests/bench/run
BENCHMARKS = tests/bench/bench_limits tests/bench/bench_store tests/bench/bench_engine tests/bench/bench_search \
	tests/bench/bench_backup tests/bench/bench_chain tests/bench/bench_crl tests/bench/bench_acme \
	tests/bench/bench_ocsp
BENCH_FLAGS =
bench: $(BENCHMARKS) src/signetd/signetd $(tls_PROGRAMS)
	SIGNET_LIBDIR='$(abs_top_builddir)/lib' $(srcdir)/tests/bench/run $(BENCH_FLAGS)
.PHONY: bench
