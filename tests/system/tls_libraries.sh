#!/bin/bash
# The gateway's TLS works with the names libssl.so and libcrypto.so (libssl-dev is installed) and
# without them (it is not). The unit test runs in a mount namespace in which they are missing.
set -eu
test=$builddir/tests/unit/gateway/test_tls
library=$(ldd "$builddir/lib/tls/libssl.so" | sed -n 's/.*libssl\.so\.3 => \([^ ]*\).*/\1/p')
directory=$(dirname "$(readlink -f "$library")")
scratch=$(mktemp -d)
trap 'rmdir "$scratch"' EXIT

without_names() {
	mount -t tmpfs tmpfs "$scratch"
	mkdir "$scratch/upper" "$scratch/work"
	mount -t overlay overlay \
		-o "lowerdir=$directory,upperdir=$scratch/upper,workdir=$scratch/work" "$directory" || exit 77
	rm -f "$directory/libssl.so" "$directory/libcrypto.so"
	[ ! -e "$directory/libssl.so" ] && [ -e "$directory/libssl.so.3" ]
	exec "$test"
}
export -f without_names
export test directory scratch

status=0
unshare --mount --map-root-user true 2>/dev/null || {
	echo 'skipped: this machine lets nobody make a mount namespace'
	exit 77
}
unshare --mount --map-root-user bash -euc without_names || status=$?
[ $status -ne 77 ] || echo 'skipped: this machine lets nobody mount an overlay'
[ $status -eq 0 ] && echo "TLS works without the names in $directory"
exit $status
