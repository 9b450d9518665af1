# The exit modules that are built in: a file each.
EXIT_MODULES = file mail
