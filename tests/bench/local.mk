# Benchmarks: built by `make check`, run by hand.
check_PROGRAMS += tests/bench/bench_limits
check_PROGRAMS += tests/bench/bench_store
