#!/bin/bash
# Started as root with users of its own for each role: nothing keeps a privilege, each owns what is
# its own, and only root and the engine's user may administer.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

if [ "$(id -u)" -ne 0 ]; then
	note 'SKIP: only root can start the roles as other users'
	exit 77
fi
chmod 755 "$work"
config_extra='users: {engine: bin, gateway: nobody, publisher: daemon}'
make_ca
chown daemon "$work/state/published"
start_webroot
start_signetd
for pair in engine:bin gateway:nobody publisher:daemon; do
	pid=$(role_pid "${pair%:*}")
	[ -n "$pid" ] || fail "no ${pair%:*}"
	uid=$(id -u "${pair#*:}") gid=$(id -g "${pair#*:}")
	[ "$(awk '/^Uid:/ {print $2, $3, $4, $5}' "/proc/$pid/status")" = "$uid $uid $uid $uid" ] || fail "$pair: uid"
	[ "$(awk '/^Gid:/ {print $2, $3, $4, $5}' "/proc/$pid/status")" = "$gid $gid $gid $gid" ] || fail "$pair: gid"
	! grep -E '^Cap(Inh|Prm|Eff|Amb):' "/proc/$pid/status" | grep -v 0000000000000000 || fail "$pair: capabilities"
	grep -q '^NoNewPrivs:.*1' "/proc/$pid/status" || fail "$pair: may gain privileges"
done
for role in engine publisher; do
	[ "$(stat -c %U "/proc/$(role_pid "$role")/mem")" = root ] || fail "$role: open to programs of its user"
done
[ "$(stat -c '%U %a' "$work/state/issuing.key")" = 'bin 600' ] || fail 'the key belongs to somebody else'
[ "$(stat -c '%U %a' "$work/state/engine")" = 'bin 700' ] || fail 'the database is open to others'
[ "$(stat -c '%U %a' "$work/state/gateway")" = 'nobody 700' ] || fail "the gateway's store is open to others"

uacme_client a -y -t EC new
uacme_client a -t EC -h "$work/hook" issue one.example
check_certificate "$work/uacme-a/one.example/cert.pem" "$work/uacme-a/private/one.example/key.pem" one.example

note 'a new key of the authority is the engine user'"'"'s, too'
"$signetctl" --quiet --config "$work/signet.yaml" ca roll-over issuing --reload >"$work/out" || fail 'ca roll-over'
for key in issuing.key issuing.1.key; do
	[ "$(stat -c '%U %a' "$work/state/$key")" = 'bin 600' ] || fail "$key belongs to somebody else"
done
uacme_client a -t EC -h "$work/hook" issue two.example
check_certificate "$work/uacme-a/two.example/cert.pem" "$work/uacme-a/private/two.example/key.pem" two.example

note 'who may administer'
cp "$signetctl" "$work/signetctl"
chmod 755 "$work/signetctl"
as() { setpriv --reuid "$1" --regid "$(id -g "$1")" --clear-groups "$work/signetctl" --socket "$work/state/run/admin.sock" status; }
"$signetctl" --config "$work/signet.yaml" status >/dev/null || fail 'root may not'
as bin >/dev/null || fail "the engine's user may not"
for user in nobody daemon; do
	status=0
	as "$user" >"$work/out" 2>&1 || status=$?
	[ "$status" -eq 5 ] || fail "$user: status $status: $(cat "$work/out")"
done
stop_signetd
