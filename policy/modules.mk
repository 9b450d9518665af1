# The policy rules that are built in: a file each.
POLICY_MODULES = \
	approval \
	duplicate \
	exec \
	extensions \
	keys \
	lint \
	names \
	quota \
	requester \
	subject \
	validity \
	webhook
