UNIT_TESTS += tests/unit/signetd/test_child tests/unit/signetd/test_launch \
	tests/unit/signetd/test_notify tests/unit/signetd/test_privilege \
	tests/unit/signetd/test_state tests/unit/signetd/test_supervisor
UNIT_TESTS += tests/unit/signetd/test_pulse
