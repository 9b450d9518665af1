#!/bin/bash
# The daemon's own life: roles that die come back, SIGHUP swaps the configuration or keeps the old
# one, SIGTERM leaves nothing behind, a missing directory and a full disk lose nothing, the same
# state serves again after a restart.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

make_ca
start_webroot
start_signetd
uacme_client a -y -t EC new
ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }

note 'each role comes back after kill -9'
for role in engine gateway publisher; do
	old=$(role_pid "$role")
	[ -n "$old" ] || fail "no $role"
	kill -9 "$old"
	for _ in $(seq 100); do
		new=$(role_pid "$role")
		[ -z "$new" ] || [ "$new" = "$old" ] || break
		sleep 0.1
	done
	[ -n "$new" ] && [ "$new" != "$old" ] || fail "$role did not come back"
	wait_for_signetd
done
uacme_client a -t EC -h "$work/hook" issue one.example
check_certificate "$work/uacme-a/one.example/cert.pem" "$work/uacme-a/private/one.example/key.pem" one.example

note 'SIGHUP takes a new policy'
sed -i 's/"\*\.example"/"*.example", "*.test"/' "$work/signet.yaml"
kill -HUP "$daemon"
for _ in $(seq 50); do
	! uacme_client a -t EC -h "$work/hook" issue two.test >"$work/out" 2>&1 || break
	sleep 0.2
done
check_certificate "$work/uacme-a/two.test/cert.pem" "$work/uacme-a/private/two.test/key.pem" two.test

note 'SIGHUP with a broken file keeps the old configuration'
cp "$work/signet.yaml" "$work/good.yaml"
echo 'polcy: []' >>"$work/signet.yaml"
lines=$(wc -l <"$work/signetd.log")
kill -HUP "$daemon"
for _ in $(seq 50); do
	! tail -n "+$((lines + 1))" "$work/signetd.log" | finds polcy || break
	sleep 0.1
done
tail -n "+$((lines + 1))" "$work/signetd.log" | finds 'polcy' || fail 'the log does not name the wrong key'
uacme_client a -t EC -h "$work/hook" issue three.test || fail 'the old configuration is gone'
cp "$work/good.yaml" "$work/signet.yaml"

note 'a directory that is missing or refuses holds the queue'
for _ in $(seq 50); do
	[ "$(published)" -lt 3 ] || break
	sleep 0.1
done
mv "$work/state/published" "$work/state/elsewhere"
uacme_client a -t EC -h "$work/hook" issue four.example
serial=$(openssl x509 -in "$work/uacme-a/four.example/cert.pem" -noout -serial | sed 's/serial=//' | tr A-F a-f)
sleep 1
ctl status | grep -E 'file: [1-9][0-9]* waiting' || fail "nothing waits: $(ctl status)"
mv "$work/state/elsewhere" "$work/state/published"
for _ in $(seq 200); do
	[ ! -f "$work/state/published/$serial.pem" ] || break
	sleep 0.2
done
[ -f "$work/state/published/$serial.pem" ] || fail 'the certificate was not published afterwards'

note 'SIGTERM leaves no process and no lock'
children=$(cat "/proc/$daemon/task/$daemon/children")
stop_signetd
for p in $children; do
	[ ! -d "/proc/$p" ] || fail "process $p is left"
done
start_signetd
ctl cert show "$serial" | finds four.example || fail 'the certificate is gone after a restart'
uacme_client a -t EC -h "$work/hook" issue five.example
check_certificate "$work/uacme-a/five.example/cert.pem" "$work/uacme-a/private/five.example/key.pem" five.example
stop_signetd

note 'a full disk gives an error, loses nothing, and is recovered from'
if [ "$(id -u)" -eq 0 ]; then
	mkdir "$work/small"
	mount -t tmpfs -o size=8m tmpfs "$work/small" || fail 'cannot mount a small tmpfs'
	trap 'status=$?; umount -l "$work/small" 2>/dev/null || true; finish $status' EXIT
	cp -a "$work/state" "$work/small/state"
	sed -i "s#^state:.*#state: $work/small/state#" "$work/signet.yaml"
	start_signetd
	head -c 16m /dev/zero >"$work/small/fill" 2>/dev/null || true
	# what the databases have free inside is used up first; then the client is told so, or, where
	# only the engine has no room, its order waits
	for n in $(seq 60); do
		client_limit=15 uacme_client a -t EC -h "$work/hook" issue "full$n.example" >"$work/out" 2>&1 ||
			break
	done
	[ "$n" -lt 60 ] || fail 'issued 60 times on a full disk'
	note "the issuance number $n was refused"
	grep -q 'code=full' "$work/signetd.log" || fail 'the log does not say that the disk is full'
	kill -0 "$daemon" || fail 'the daemon died'
	ctl cert show "$serial" >/dev/null || fail 'the database does not answer'
	rm "$work/small/fill"
	uacme_client a -t EC -h "$work/hook" issue six.example || fail 'no recovery after there is room again'
	check_certificate "$work/uacme-a/six.example/cert.pem" "$work/uacme-a/private/six.example/key.pem" six.example
	stop_signetd
	umount -l "$work/small"
else
	note 'SKIP of the full disk: only root can mount a small file system'
fi
