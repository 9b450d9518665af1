UNIT_TESTS += tests/unit/signetd/test_notify
UNIT_TESTS += tests/unit/signetd/test_state
UNIT_TESTS += tests/unit/signetd/test_supervisor
