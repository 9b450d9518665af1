# Whole folders: make dist copies what is in them.
EXTRA_DIST += tests/data/make-data tests/data/good tests/data/hostile
