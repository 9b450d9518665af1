dist_man_MANS += doc/signetctl.1
