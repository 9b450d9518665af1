# Benchmarks: built by `make check`, run by hand.
check_PROGRAMS += tests/bench/bench_limits
check_PROGRAMS += tests/bench/bench_store
check_PROGRAMS += tests/bench/bench_engine
tests_bench_bench_engine_SOURCES = tests/bench/bench_engine.c $(engine_fixture)
