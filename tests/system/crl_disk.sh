#!/bin/bash
# A full disk below public/: the CRLs that are there stay and are served, the log says so once, and when
# there is room again what was revoked meanwhile is on the next ones without anybody's doing.
if [ -z "${SIGNET_OWN_MOUNTS-}" ]; then
	map=
	[ "$(id -u)" -eq 0 ] || map=-r
	# shellcheck disable=SC2086
	SIGNET_OWN_MOUNTS=1 exec unshare --mount $map bash "$0" "$@"
fi
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

authority_extra=', urls: {base: "http://ca.example/pki"},
    crl: {interval: 12h, validity: 1d, delta: 1h, shards: 2, immediate: [key-compromise]}'
config_extra='  - repository: {}'
make_ca
mkdir "$work/state/public"
mount -t tmpfs -o size=8m tmpfs "$work/state/public" || fail 'cannot mount a small tmpfs'
trap 'status=$?; umount -l "$work/state/public" 2>/dev/null || true; finish $status' EXIT
ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }
crls=$work/state/public/crl
start_signetd
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/request.key" -subj / \
	-addext 'subjectAltName=DNS:a.example' -outform DER -out "$work/request.der" 2>"$work/err" ||
	fail "openssl req: $(cat "$work/err")"
[ "$("$builddir/tests/system/fill" "$work/state/run/request.sock" "$work/request.der" 1)" -eq 1 ] ||
	fail 'not issued'
serial=$(ctl --json cert list --name a.example |
	python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["serial"])') || fail 'cert list'

# until_true SECONDS COMMAND...
until_true() {
	local tries=$(($1 * 10))
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || fail "in vain: $*"
		sleep 0.1
	done
}
served() { curl -sf "http://127.0.0.1:$http/crl/$1" -o "$work/served"; }
lists() {
	served "$1" && openssl crl -inform DER -in "$work/served" -noout -text -CAfile "$work/state/issuing.pem" \
		>"$work/text" 2>&1 && grep -q 'verify OK' "$work/text" && grep -qi "Serial Number: $serial" "$work/text"
}
logged() { grep -c "event=$1" "$work/signetd.log" || true; }
recovered() { [ "$(logged crl-recovered)" -eq 1 ]; }
failed() { [ "$(logged crl-failed)" -ge 1 ]; }
files='issuing.crl issuing-1.crl issuing-2.crl issuing.delta.crl issuing.delta-1.crl issuing.delta-2.crl'
for file in $files; do
	until_true 10 served "$file"
done
mkdir "$work/before"
cp "$crls"/*.crl "$work/before/"

note 'the disk is full'
head -c 16m /dev/zero >"$work/state/public/filler" 2>/dev/null || true
ctl cert revoke "$serial" --reason key-compromise >/dev/null || fail 'not revoked'
until_true 10 failed
status=0
ctl crl publish >"$work/out" 2>&1 || status=$?
[ "$status" -ne 0 ] || fail 'published on a full disk'
grep -qi 'no space left' "$work/out" || fail "it does not say why: $(cat "$work/out")"
# it is tried after 1, 2 and 4 seconds
sleep 8
[ "$(logged crl-failed)" -eq 1 ] || fail "the log says it $(logged crl-failed) times"
grep 'event=crl-failed' "$work/signetd.log" | finds 'authority=issuing .*code=full' ||
	fail "the log says: $(grep crl-failed "$work/signetd.log")"
for file in $files; do
	served "$file" || fail "$file is not served"
	cmp -s "$work/served" "$work/before/$file" || fail "$file is another one"
done
[ -z "$(find "$crls" -name '.new-*')" ] || fail 'unfinished files lie about'

note 'there is room again'
rm "$work/state/public/filler"
until_true 40 lists issuing.crl
until_true 5 recovered
[ "$(logged crl-failed)" -eq 1 ] || fail 'it failed once more'
check_database
stop_signetd
