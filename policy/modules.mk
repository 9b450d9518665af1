# The policy rules that are built in: a file each.
POLICY_MODULES = extensions keys lint names subject validity
