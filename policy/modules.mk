# The policy rules that are built in: a file each.
POLICY_MODULES = \
	approval \
	duplicate \
	extensions \
	keys \
	lint \
	names \
	quota \
	requester \
	subject \
	validity
