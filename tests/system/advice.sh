#!/bin/bash
# The rules exec and webhook in the real daemon: a program and a web server allow, deny, hold and change
# what is to be issued; what hangs, floods or crashes denies and holds nobody else up; the adviser that
# runs them comes and goes with them, and is started again when it is killed.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

chmod 755 "$work"
mkdir -m 777 "$work/out"
mkdir "$work/web"
head -c 32 /dev/urandom | base64 >"$work/web/secret"
echo '{"decision": "pass", "message": "the server has seen it"}' >"$work/web/answer"

# the web server ends when its standard input does
mkfifo "$work/web.in"
python3 "$srcdir/tests/web_server.py" "$work/web" <"$work/web.in" >"$work/web.out" 2>&1 &
pids="$pids $!"
exec 8>"$work/web.in"
for n in $(seq 100); do
	grep -q ready "$work/web.out" && break
	sleep 0.1
done
web_port=$(awk '$1 == "https" {print $2}' "$work/web.out")
[ -n "$web_port" ] || fail "the web server does not serve: $(cat "$work/web.out")"

# Judges by the first label of the name.
cat >"$work/judge" <<'END'
#!/usr/bin/env python3
import json, os, signal, sys, time
out = sys.argv[1]
question = json.load(sys.stdin)
names = question['draft']['names']
what = names[0].split(':')[1].split('.')[0]
starter = open(f'/proc/{os.getppid()}/stat').read().rsplit(')', 1)[1].split()[1]
with open(f'{out}/asked', 'a') as file:
    file.write(f'{what} {os.getuid()} {starter} {os.environ.get("PLACE")} '
               f'{question["request"]["protocol"]} {question["request"]["test"]}\n')
if what == 'deny':
    print(json.dumps({'decision': 'deny', 'reason': 'name', 'message': 'the program knows no such name'}))
elif what == 'hold':
    print(json.dumps({'decision': 'hold', 'message': 'ask the owner'}))
elif what == 'add':
    print(json.dumps({'decision': 'pass', 'changes': {
        'names': names + ['dns:www.' + names[0].split(':')[1]], 'notAfter': '2037-01-01T00:00:00Z',
        'extensions': [{'oid': '1.3.6.1.4.1.99999.1', 'value': '0c0568656c6c6f'}]}}))
elif what == 'far':
    print(json.dumps({'decision': 'pass', 'changes': {'names': ['dns:somebody.elsewhere']}}))
elif what == 'ca':
    print(json.dumps({'decision': 'pass', 'changes': {
        'extensions': [{'oid': '2.5.29.19', 'critical': True, 'value': '30030101ff'}]}}))
elif what == 'hang':
    with open(f'{out}/hangs', 'a') as file:
        file.write(f'{os.getpid()}\n')
    time.sleep(1000)
elif what == 'slow':
    open(f'{out}/slow-begun', 'a').close()
    while not os.path.exists(f'{out}/slow-go'):
        time.sleep(0.05)
    print('{"decision": "pass"}')
elif what == 'flood':
    while True:
        print('{"decision": "pass"}' * 1000)
elif what == 'crash':
    print('{"decision": "pass"}', flush=True)
    os.kill(os.getpid(), signal.SIGSEGV)
elif what == 'status':
    print('{"decision": "pass"}')
    sys.exit(1)
elif what == 'garbage':
    print('{"decision": "pass", "decision": "deny"}')
else:
    print('{"decision": "pass"}')
END
chmod 755 "$work/judge"

policy="  - keys: {}
  - exec: {name: ask, command: [$work/judge, $work/out], timeout: 15s, environment: {PLACE: here}}
  - webhook: {url: \"https://127.0.0.1:$web_port/signed/answer\", ca: $work/web/ca.pem, secret: {file: $work/web/secret}}
  - names: {dns: [\"*.example\"]}
  - validity: {max: 397d}"
acme_extra=
if [ "$(id -u)" -eq 0 ]; then
	config_extra='users: {engine: bin, gateway: nobody, publisher: daemon, adviser: games}'
	chown games "$work/web/secret"
	chmod 600 "$work/web/secret"
fi
make_ca
[ "$(id -u)" -ne 0 ] || chown daemon "$work/state/published"
sed -i "s/max: 397d/max: 397d, clamp: true/" "$work/signet.yaml"
start_webroot
start_signetd 8>&-
ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }
certificate_of() { echo "$work/uacme-a/$1/cert.pem"; }
uacme_client a -y -t EC new admin@example.org

# judged NAME [FILE]: what policy says of a request for NAME.example, without issuing
judged() {
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/key.${2:-$1}" \
		-subj / -addext "subjectAltName=DNS:$1.example" -out "$work/csr.${2:-$1}" 2>/dev/null
	ctl policy test "$work/csr.${2:-$1}" --profile tls-server --intermediary acme \
		>"$work/${2:-$1}.judged" || true
}
# expect NAME PATTERN
expect() {
	grep -qE "$2" "$work/$1.judged" || fail "$1: $(cat "$work/$1.judged")"
}
# wait_until COMMAND...
wait_until() {
	for n in $(seq 600); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	fail "never: $*"
}

note 'allowed by program and server, in a process of its own'
adviser=$(role_pid adviser) engine=$(role_pid engine)
[ -n "$adviser" ] && [ "$adviser" != "$engine" ] || fail 'there is no adviser'
uacme_client a -t EC -h "$work/hook" issue allow.example
openssl verify -x509_strict -CAfile "$root" -untrusted "$(certificate_of allow.example)" \
	"$(certificate_of allow.example)" >/dev/null || fail 'the chain does not verify'
ctl --json status | python3 -c 'import json, sys
s = json.load(sys.stdin)
assert s["adviserPid"] == int(sys.argv[1]) and s["adviserBusy"] == 0 and s["adviserRestarts"] == 0, s
' "$adviser" || fail 'the status of the adviser'
# between them is the keeper of the run
read -r what uid parent place protocol test <"$work/out/asked"
[ "$what $place $protocol $test" = 'allow here acme False' ] || fail "asked: $(cat "$work/out/asked")"
[ "$parent" = "$adviser" ] || fail "the program was started by $parent, not by the adviser $adviser"
if [ "$(id -u)" -eq 0 ]; then
	[ "$uid" = "$(id -u games)" ] || fail "the program ran as $uid"
	[ "$(awk '/^Uid:/ {print $2}' "/proc/$engine/status")" = "$(id -u bin)" ] || fail 'the engine is another'
	grep -q '^NoNewPrivs:.*1' "/proc/$adviser/status" || fail 'the adviser may gain privileges'
	! grep -E '^Cap(Inh|Prm|Eff|Amb):' "/proc/$adviser/status" | grep -v 0000000000000000 || fail 'capabilities'
	[ "$(stat -c '%U %a' "$work/state/adviser")" = 'games 711' ] || fail "the adviser's folder"
fi
id=$(ctl request list | awk '/tls-server/ {print $1; exit}')
ctl request show "$id" >"$work/show"
grep -q 'webhook.*pass.*the server has seen it' "$work/show" || fail "trace: $(cat "$work/show")"
[ "$(wc -l <"$work/web/requests")" -eq 1 ] || fail 'the server was not asked once'
python3 - "$work/web/requests" <<'END' || fail "the server was told: $(cat "$work/web/requests")"
import json, sys
body = json.loads(json.loads(open(sys.argv[1]).readline())['body'])
assert body['draft']['names'] == ['dns:allow.example'], body
assert body['request']['key']['algorithm'] == 'P-256', body
assert 'BEGIN CERTIFICATE REQUEST' in body['request']['pem'], body
END

note 'denied'
! uacme_client a -t EC -h "$work/hook" issue deny.example || fail 'issued all the same'
ctl request list | finds 'denied.*tls-server' || fail "no denial: $(ctl request list)"
id=$(ctl request list | awk '/denied/ {print $1; exit}')
ctl request show "$id" | finds 'ask: deny, the program knows no such name' || fail "$(ctl request show "$id")"

note 'changed: a name, an extension, and a validity that the next rule cuts'
uacme_client a -t EC -h "$work/hook" issue add.example
openssl x509 -in "$(certificate_of add.example)" -noout -text >"$work/add.text"
grep -q 'DNS:add.example, DNS:www.add.example' "$work/add.text" || fail "$(cat "$work/add.text")"
grep -q '1.3.6.1.4.1.99999.1' "$work/add.text" || fail "no extension: $(cat "$work/add.text")"
! openssl x509 -in "$(certificate_of add.example)" -noout -checkend $((400 * 86400)) >/dev/null ||
	fail 'valid for too long'
id=$(ctl request list | awk '/tls-server/ {print $1; exit}')
ctl request show "$id" >"$work/show"
grep -q 'ask.*pass.*validity, names, extension 1.3.6.1.4.1.99999.1' "$work/show" || fail "$(cat "$work/show")"

note 'what it may not change'
judged far
expect far 'names.*deny'
judged ca
expect ca 'ask: deny, a policy rule failed'

note 'held, approved, issued'
uacme_client a -t EC -h "$work/hook" issue hold.example >"$work/hold.out" 2>&1 &
client=$!
wait_until sh -c "'$signetctl' --config '$work/signet.yaml' request list | grep -q pending"
id=$(ctl request list | awk '/pending/ {print $1; exit}')
ctl request show "$id" | finds 'ask.*hold.*ask the owner' || fail "$(ctl request show "$id")"
ctl request approve "$id" >/dev/null || fail 'approve'
wait "$client" || fail "the client got nothing: $(cat "$work/hold.out")"
[ -s "$(certificate_of hold.example)" ] || fail 'no certificate'

note 'what hangs holds nobody else up'
for n in 1 2 3; do
	judged hang "hang$n" &
	hanging="${hanging-} $!"
done
wait_until test -s "$work/out/hangs"
uacme_client a -t EC -h "$work/hook" issue meanwhile.example
kill -0 "$(head -n 1 "$work/out/hangs")" 2>/dev/null || fail 'the others waited for what hangs'
# shellcheck disable=SC2086
wait $hanging
for n in 1 2 3; do
	expect "hang$n" 'ask: deny, a policy rule failed'
done
while read -r pid; do
	! kill -0 "$pid" 2>/dev/null || fail 'a program that hung is still there'
done <"$work/out/hangs"
grep -q 'rule-failed.*rule=ask.*code=timeout' "$work/signetd.log" || fail 'the log does not say why'

note 'floods, crashes, and answers that are none'
for what in flood crash status garbage; do
	judged $what
	expect $what 'ask: deny, a policy rule failed'
done
[ "$(role_pid adviser)" = "$adviser" ] || fail 'the adviser did not survive it'

note 'a signature that does not fit'
cp -p "$work/web/secret" "$work/secret"
head -c 32 /dev/urandom | base64 >"$work/web/secret"
judged unsigned
expect unsigned 'webhook: deny, a policy rule failed'
cat "$work/secret" >"$work/web/secret"
judged signed
expect signed 'webhook.*pass'

note 'the adviser is killed while it judges'
uacme_client a -t EC -h "$work/hook" issue slow.example >"$work/slow.out" 2>&1 &
client=$!
wait_until test -e "$work/out/slow-begun"
kill -9 "$adviser"
wait_until sh -c "! kill -0 $adviser"
touch "$work/out/slow-go"
wait "$client" || fail "the client got nothing: $(cat "$work/slow.out")"
[ -s "$(certificate_of slow.example)" ] || fail 'no certificate'
new=$(role_pid adviser)
[ -n "$new" ] && [ "$new" != "$adviser" ] || fail 'the adviser was not started again'
[ "$(role_pid engine)" = "$engine" ] || fail 'the engine did not survive it'

note 'a reload takes the rules away and brings them back'
cp "$work/signet.yaml" "$work/with.yaml"
grep -v -e '- exec:' -e '- webhook:' "$work/with.yaml" >"$work/signet.yaml"
kill -HUP "$daemon"
wait_until sh -c "! kill -0 $new"
judged deny
expect deny 'names.*pass'
! grep -q ask "$work/deny.judged" || fail "still asked: $(cat "$work/deny.judged")"
[ -z "$(role_pid adviser)" ] || fail 'the adviser is still there'
cp "$work/with.yaml" "$work/signet.yaml"
kill -HUP "$daemon"
asked() { judged deny && grep -q 'ask.*deny' "$work/deny.judged"; }
wait_until asked
[ -n "$(role_pid adviser)" ] || fail 'there is no adviser'

note 'a configuration that cannot be'
sed 's|/judge, |/no-judge, |' "$work/with.yaml" >"$work/wrong.yaml"
sed -i "s|^state: .*|state: $work/state|" "$work/wrong.yaml"
status=0
"$signetd" --config "$work/wrong.yaml" --check-config >"$work/check.out" 2>&1 || status=$?
[ "$status" -eq 3 ] && grep -q 'wrong.yaml:[0-9]*: policy.exec.command: .*no-judge: no such program' "$work/check.out" ||
	fail "check: $status $(cat "$work/check.out")"
adviser=$(role_pid adviser)
stop_signetd
! kill -0 "$adviser" 2>/dev/null || fail 'the adviser outlived its supervisor'
