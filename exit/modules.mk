# The exit modules that are built in: a file each.
EXIT_MODULES = exec file ldap mail syslog webhook
