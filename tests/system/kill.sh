#!/bin/bash
# kill -9 of each role at random points during 200 issuances by several clients at once: every
# certificate that a client received is in the database and in the file exit's directory, the
# database opens clean, and the daemon recovers by itself. A rule that runs apart judges each of them, so
# that advisers are killed while they judge, too: what they were asked is denied, never issued unjudged.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

clients=8
each=$((${SIGNET_KILL_ISSUANCES:-200} / clients))
# says what it has passed
cat >"$work/judge" <<'END'
#!/bin/sh
name=$(grep -o 'dns:c[0-9]*-[0-9]*\.example' | head -n 1)
echo "$name" >>"$1"
echo '{"decision": "pass"}'
END
chmod 755 "$work" "$work/judge"
: >"$work/judged"
chmod 666 "$work/judged"
policy="$policy_default
  - exec: {command: [$work/judge, $work/judged]}"
make_ca
start_webroot
start_signetd
RANDOM=${SIGNET_KILL_SEED:-$$}
note "seed ${SIGNET_KILL_SEED:-$$}"

# client NUMBER: obtains its certificates one after the other, each tried until it is there.
client() {
	until uacme_client "$1" -y -t EC new >"$work/client-$1.log" 2>&1; do
		[ "$SECONDS" -lt 900 ] || return 1
		sleep 0.2
	done
	local n name
	for n in $(seq "$each"); do
		name=c$1-$n.example
		until uacme_client "$1" -t EC -h "$work/hook" issue "$name" >"$work/client-$1.log" 2>&1; do
			[ "$SECONDS" -lt 900 ] || return 1
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
roles=(engine gateway publisher adviser)
while running; do
	# at any point of what the clients do, but only when all is up again: else nothing gets done
	sleep "$((RANDOM % 3)).$((RANDOM % 10))"
	# each at least once
	role=${roles[kills < 4 ? kills : RANDOM % 4]}
	victim=$(role_pid "$role")
	if [ -n "$victim" ] && kill -9 "$victim" 2>/dev/null; then
		kills=$((kills + 1))
		wait_for_signetd
	fi
done
for w in $workers; do
	wait "$w" || fail "a client gave up: $(tail -n 3 "$work"/client-*.log)"
done
[ "$kills" -ge 10 ] || fail "only $kills kills"
kill -0 "$daemon" || fail 'the supervisor died'
wait_for_signetd

count=$(find "$work"/uacme-*/ -path '*.example/cert.pem' | wc -l)
note "$count certificates received, $kills roles killed"
[ "$count" -eq $((clients * each)) ] || fail "$count certificates"
for c in $(seq "$clients"); do
	for n in $(seq "$each"); do
		grep -qx "dns:c$c-$n.example" "$work/judged" || fail "c$c-$n.example was not judged"
	done
done

note 'all of them are in the directory of the file exit and, after a restart, in the database'
stop_signetd
start_signetd
"$signetctl" --config "$work/signet.yaml" --json cert list --limit 100000 >"$work/list.json" ||
	fail 'cert list'
cat >"$work/compare.py" <<'END'
"""compare.py WORK: prints what a client holds and the CA does not; nothing when all is well."""
import glob, json, os, ssl, sys
work = sys.argv[1]
def first(path):
    text = open(path).read()
    end = "-----END CERTIFICATE-----"
    return ssl.PEM_cert_to_DER_cert(text[:text.index(end) + len(end)] + "\n")
published = {first(p): os.path.basename(p)[:-4] for p in glob.glob(work + "/state/published/*.pem")}
listed = {row["serial"] for row in json.load(open(work + "/list.json"))}
for path in glob.glob(work + "/uacme-*/*.example/cert.pem"):
    serial = published.get(first(path))
    if serial is None:
        print(path, "is not published")
    elif serial not in listed:
        print(path, serial, "is not in the database")
END
for _ in $(seq 100); do
	python3 "$work/compare.py" "$work" >"$work/lost" || fail 'compare.py'
	[ -s "$work/lost" ] || break
	sleep 0.2
done
[ ! -s "$work/lost" ] || fail "lost: $(cat "$work/lost")"

note 'what the clients hold verifies'
for c in $(seq "$clients"); do
	check_certificate "$work/uacme-$c/c$c-1.example/cert.pem" "$work/uacme-$c/private/c$c-1.example/key.pem" \
		"c$c-1.example"
done
stop_signetd
