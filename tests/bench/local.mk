# Benchmarks: built by `make check`, run by hand.
check_PROGRAMS += tests/bench/bench_limits
check_PROGRAMS += tests/bench/bench_store
check_PROGRAMS += tests/bench/bench_engine
tests_bench_bench_engine_SOURCES = tests/bench/bench_engine.c $(engine_fixture)
check_PROGRAMS += tests/bench/bench_acme
tests_bench_bench_acme_SOURCES = tests/bench/bench_acme.c tests/bench/acme_client.c \
	tests/bench/acme_client.h tests/bench/daemon.c tests/bench/daemon.h $(acme_jose) \
	$(acme_responder)
