#!/bin/bash
# A CRL that has really ended, since none could be written after it: clients refuse it, all who are asked say
# that it is stale, and when the daemon starts where one can be written there is another one at once.
if [ -z "${SIGNET_OWN_MOUNTS-}" ]; then
	map=
	[ "$(id -u)" -eq 0 ] || map=-r
	# shellcheck disable=SC2086
	SIGNET_OWN_MOUNTS=1 exec unshare --mount $map bash "$0" "$@"
fi
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

watched=$(free_ports 1)
# the shortest there is
authority_extra=', urls: {base: "http://ca.example/pki"}, crl: {interval: 60s, validity: 61s}'
config_extra="  - repository: {}
metrics: {port: $watched}"
make_ca
mkdir "$work/state/public"
mount -t tmpfs -o size=8m tmpfs "$work/state/public" || fail 'cannot mount a small tmpfs'
trap 'status=$?; umount -l "$work/state/public" 2>/dev/null || true; finish $status' EXIT
ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }

# until_true COMMAND...: within half of the interval, so that it is not the next CRL's time that brings it
until_true() {
	local tries=300
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || fail "in vain: $*"
		sleep 0.1
	done
}
fetch() { curl -sf -D "$work/head" "http://127.0.0.1:$http/crl/issuing.crl" -o "$work/served"; }
# read_crl FIELD: of the served CRL, as the tool shows it
read_crl() { ctl --json crl show "$work/served" | python3 -c "import json,sys; print(json.load(sys.stdin)['$1'])"; }
stale_by_status() { ctl --json status | python3 -c 'import json,sys; print(json.load(sys.stdin)["staleCrls"])'; }
stale_by_metrics() {
	curl -sf "http://127.0.0.1:$watched/metrics" |
		sed -n 's/^signet_crl_stale{authority="issuing",scope="complete"} //p'
}
# verdict: what openssl says of a certificate by the served CRL
verdict() {
	openssl crl -inform DER -in "$work/served" -out "$work/crl.pem" || fail 'no CRL'
	openssl verify -crl_check -CRLfile "$work/crl.pem" -CAfile "$root" \
		-untrusted "$work/state/issuing.pem" "$work/cert.pem" 2>&1 || true
}

start_signetd
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/request.key" -subj / \
	-addext 'subjectAltName=DNS:a.example' -outform DER -out "$work/request.der" 2>"$work/err" ||
	fail "openssl req: $(cat "$work/err")"
[ "$("$builddir/tests/system/fill" "$work/state/run/request.sock" "$work/request.der" 1)" -eq 1 ] ||
	fail 'not issued'
id=$(ctl --json cert list --name a.example |
	python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["id"])') || fail 'cert list'
ctl cert show "$id" --pem >"$work/cert.pem" || fail 'cert show'

note 'a CRL, and from then on none can be written'
until_true fetch
# one that is new, so that its minute is enough for all that is to be seen of it
ctl crl publish >/dev/null || fail 'crl publish'
read_only() { mount -o remount,ro "$work/state/public" 2>"$work/err"; }
until_true read_only
fetch || fail 'the CRL is not served'
cp "$work/served" "$work/first"
number=$(read_crl number) ends=$(date -d "$(read_crl nextUpdate)" +%s)
verdict | finds ': OK$' || fail "while it holds: $(verdict)"

note 'it ends'
while [ "$(date +%s)" -le "$ends" ]; do sleep 0.5; done
[ "$(stale_by_status)" -eq 1 ] || fail "status: $(stale_by_status) are stale"
ctl status >"$work/status" || fail status
grep -q 'Stale CRLs' "$work/status" || fail "status does not show it: $(cat "$work/status")"
[ "$(stale_by_metrics)" = 1 ] || fail "metrics: $(stale_by_metrics) are stale"
until_true grep -q 'event=crl-failed .*authority=issuing' "$work/signetd.log"
fetch || fail 'it is not served any more'
cmp -s "$work/first" "$work/served" || fail 'it is another one'
grep -qi '^Cache-Control:.*max-age=0\b\|^Cache-Control: no-' "$work/head" || fail "caches keep it: $(cat "$work/head")"
verdict | finds 'CRL has expired' || fail "when it has ended: $(verdict)"

note 'the daemon starts where one can be written'
stop_signetd
mount -o remount,rw "$work/state/public" || fail 'cannot remount'
start_signetd
another() { fetch && [ "$(read_crl number)" != "$number" ]; }
until_true another
[ "$(read_crl number)" -gt "$number" ] || fail "number $(read_crl number) after $number"
[ "$(date -d "$(read_crl thisUpdate)" +%s)" -ge "$ends" ] || fail 'it is older than the end of the one before'
verdict | finds ': OK$' || fail "the new one: $(verdict)"
none_stale() { [ "$(stale_by_status)" -eq 0 ] && [ "$(stale_by_metrics)" = 0 ]; }
until_true none_stale
check_database
stop_signetd
