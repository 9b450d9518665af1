# The policy rules that are built in: a file each.
POLICY_MODULES = keys names subject validity
