#!/bin/bash
# kill -9 of each role at random points during 200 issuances by several clients at once: every
# certificate that a client received is in the database and in the file exit's directory, the
# database opens clean, and the daemon recovers by itself.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

clients=8
each=$((${SIGNET_KILL_ISSUANCES:-200} / clients))
make_ca
start_webroot
start_signetd
RANDOM=${SIGNET_KILL_SEED:-$$}
note "seed ${SIGNET_KILL_SEED:-$$}"

# client NUMBER: obtains its certificates one after the other, each tried until it is there.
client() {
	until uacme_client "$1" -y -t EC new >"$work/client-$1.log" 2>&1; do
		[ "$SECONDS" -lt 300 ] || return 1
		sleep 0.2
	done
	for n in $(seq "$each"); do
		name=c$1-$n.example
		until uacme_client "$1" -t EC -h "$work/hook" issue "$name" >"$work/client-$1.log" 2>&1; do
			[ "$SECONDS" -lt 300 ] || return 1
			sleep 0.2
		done
	done
}

workers=
for c in $(seq "$clients"); do
	client "$c" &
	workers="$workers $!"
done

kills=0
running() {
	for w in $workers; do
		! kill -0 "$w" 2>/dev/null || return 0
	done
	return 1
}
roles=(engine gateway publisher)
while running; do
	sleep "$((RANDOM % 2)).$((RANDOM % 10))"
	role=${roles[RANDOM % 3]}
	victim=$(role_pid "$role")
	if [ -n "$victim" ] && kill -9 "$victim" 2>/dev/null; then
		kills=$((kills + 1))
	fi
done
for w in $workers; do
	wait "$w" || fail "a client gave up: $(tail -n 3 "$work"/client-*.log)"
done
[ "$kills" -ge 10 ] || fail "only $kills kills"
kill -0 "$daemon" || fail 'the supervisor died'
wait_for_signetd

received=$(find "$work"/uacme-*/ -path '*.example/cert.pem' | sort)
count=$(printf '%s\n' "$received" | wc -l)
note "$count certificates received, $kills roles killed"
[ "$count" -eq $((clients * each)) ] || fail "$count certificates"

note 'all of them are in the database after a restart'
stop_signetd
start_signetd
"$signetctl" --config "$work/signet.yaml" --json cert list --limit 100000 >"$work/list.json" ||
	fail 'cert list'
for file in $received; do
	serial=$(openssl x509 -in "$file" -noout -serial | sed 's/^serial=//' | tr A-F a-f)
	grep -qi "\"$serial\"" "$work/list.json" || fail "$file ($serial) is not in the database"
	echo "$serial"
done >"$work/serials"

note 'and in the directory of the file exit'
missing=1
for n in $(seq 100); do
	missing=0
	while read -r serial; do
		[ -f "$work/state/published/$serial.pem" ] || missing=$((missing + 1))
	done <"$work/serials"
	[ "$missing" -gt 0 ] || break
	sleep 0.2
done
[ "$missing" -eq 0 ] || fail "$missing certificates are not published"
for file in $received; do
	serial=$(openssl x509 -in "$file" -noout -serial | sed 's/^serial=//' | tr A-F a-f)
	[ "$(openssl x509 -in "$file" -outform DER | sha256sum)" = \
		"$(openssl x509 -in "$work/state/published/$serial.pem" -outform DER | sha256sum)" ] ||
		fail "$serial: published another certificate"
done
stop_signetd
