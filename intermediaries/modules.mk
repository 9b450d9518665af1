# The intermediaries that are built in: a folder each, with a file of its name in it.
INTERMEDIARY_MODULES = acme ocsp repository
