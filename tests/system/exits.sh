#!/bin/bash
# The exit queues with the real daemon: an event that fails too often is a dead letter and the queue
# goes on, letters are shown, sent back and dropped, a module that hangs holds up only itself, hooks are
# run, and log messages arrive over each kind of socket, also after the receiver was away.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }

# await SECONDS COMMAND...: until it succeeds
await() {
	local tries=$(($1 * 10))
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || fail "in vain: $*; $(ctl exit status)"
		sleep 0.1
	done
}

# field EXIT KEY: of `exit status`
field() {
	ctl --json exit status "$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)[0][sys.argv[1]])' "$2"
}
has() { [ "$(field "$1" "$2" 2>/dev/null)" = "$3" ]; }
letters() { ctl --json exit letters "$1" | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))'; }
has_letters() { [ "$(letters "$1")" = "$2" ]; }
# has_letter EXIT NAME KEY VALUE
has_letter() { [ "$(letter "$1" "$2" "$3")" = "$4" ]; }
fails() { [ "$(field "$1" tries)" -ge 1 ]; }
# letter EXIT NAME KEY: of the dead letter whose subject has this name
letter() {
	ctl --json exit letters "$1" | python3 -c '
import json, sys
print(*[l[sys.argv[2]] for l in json.load(sys.stdin) if sys.argv[1] in l["subject"]])' "$2" "$3"
}

cat >"$work/receiver.py" <<'END'
# receiver.py KIND ADDRESS FILE: writes each message that comes as a line
import os, socket, sys
kind, address, out = sys.argv[1], sys.argv[2], open(sys.argv[3], "a", buffering=1)
if kind == "unix":
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(address)
elif kind == "udp":
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", int(address)))
else:
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", int(address)))
    s.listen()
print("ready", file=out)
while kind != "tcp":
    print(s.recv(65536).decode(), file=out)
while True:
    stream = s.accept()[0].makefile("rb")
    while True:
        digits = b""
        while (c := stream.read(1)) not in (b"", b" "):
            digits += c
        if not digits:
            break
        print(stream.read(int(digits)).decode(), file=out)
END
# receiver KIND ADDRESS: sets $receiver
receiver() {
	python3 "$work/receiver.py" "$1" "$2" "$work/$1.log" &
	receiver=$!
	pids="$pids $receiver"
	await 10 grep -qs ready "$work/$1.log"
}

request() {
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" \
		-subj "/CN=$1" -addext "subjectAltName=DNS:$1" -outform DER -out "$work/$1.csr" 2>/dev/null
	code=$(curl -s --cacert "$root" -o "$work/$1.pem" -w '%{http_code}' \
		-H 'Content-Type: application/pkcs10' --data-binary "@$work/$1.csr" "https://localhost:$https/raw")
	[ "$code" = "${2:-200}" ] || fail "$1: $code, $(cat "$work/$1.pem")"
}
serial() { openssl x509 -in "$work/$1.pem" -noout -serial | sed 's/serial=//' | tr A-F a-f; }

config_extra='  - raw: {path: /raw, profile: tls-server}'
make_ca
# shellcheck disable=SC2046
set -- $(free_ports 2)
udp=$1 tcp=$2
cat >"$work/hook" <<END
#!/bin/sh
echo "\$*" >>$work/hook.log
test -e $work/well
END
chmod +x "$work/hook"
mkdir "$work/state/hooked" "$work/state/hanging" "$work/state/web"
python3 - "$work/signet.yaml" <<END
import sys
path = sys.argv[1]
text = open(path).read()
text = text.replace("exit:\n", """exit:
  - file: {name: hanging, directory: hanging, hook: [/bin/sleep, "600"], hook-timeout: 15m}
  - file: {name: web, directory: web, file-name: "certs/{name}.{ext}", format: [pem-chain, der], on-revoke: remove}
  - file: {name: hooked, directory: hooked, events: [issued], tries: 2, hook: [$work/hook, "{event}", "{path}"]}
  - syslog: {name: log-unix, target: "unix:$work/log.sock", facility: local0}
  - syslog: {name: log-udp, target: "udp://127.0.0.1:$udp", format: json}
  - syslog: {name: log-tcp, target: "tcp://127.0.0.1:$tcp", events: [issued, denied]}
""")
open(path, "w").write(text)
END
receiver unix "$work/log.sock"
receiver udp "$udp"
receiver tcp "$tcp"
tcp_receiver=$receiver
start_signetd

note 'an event that fails too often is a dead letter, and the queue goes on'
request a.example
request b.example
a=$(serial a.example) b=$(serial b.example)
await 150 has hooked waiting 0
await 60 has_letter hooked b.example tries 2
[ "$(letter hooked a.example reason)" = "the hook $work/hook ended with status 1" ] ||
	fail "reason: $(letter hooked a.example reason)"
[ "$(letter hooked a.example event)" = issued ] || fail 'which event?'
[ "$(grep -c "^issued $work/state/hooked/$a.pem$" "$work/hook.log")" = 2 ] || fail "hook: $(cat "$work/hook.log")"
dead=$(field hooked dead)
[ "$dead" = "$(letters hooked)" ] && [ "$dead" -ge 2 ] || fail "dead: $dead"
ctl status >"$work/out" || fail status
grep -q "hooked: 0 waiting, $dead dead" "$work/out" || fail "$(cat "$work/out")"

note 'a module that hangs holds up itself and nobody else'
await 60 test -f "$work/state/published/$b.pem"
[ "$(field hanging waiting)" -ge 2 ] || fail 'the hanging one goes on?'
[ "$(field hanging cursor)" = 0 ] || fail 'the hanging one has moved'

note 'files of several formats and of the authority, and none of what is revoked'
web=$work/state/web
await 10 test -f "$web/certs/b.example.der"
await 10 test -f "$web/ca/issuing.chain.pem"
openssl verify -x509_strict -CAfile "$root" -untrusted "$web/certs/b.example.chain.pem" \
	"$web/certs/b.example.chain.pem" >/dev/null || fail 'the published chain does not verify'
cmp "$web/ca/issuing.chain.pem" <("$signetctl" --config "$work/signet.yaml" ca chain) || fail 'another CA chain'
ctl cert revoke "$a" --reason superseded >/dev/null
gone() { [ ! -e "$web/certs/a.example.der" ] && [ ! -e "$web/certs/a.example.chain.pem" ]; }
await 10 gone
[ -f "$web/certs/b.example.der" ] || fail 'the wrong one is gone'

note 'log messages arrive over each socket'
await 60 grep -q "signet\[[0-9]*\]: CEF:0|Signet|Signet|.*|issued|.* cs2=$b " "$work/unix.log"
# local0 is 16, informational 6
grep -q '^<134>[A-Z]' "$work/unix.log" || fail "$(cat "$work/unix.log")"
await 60 grep -q "^<86>1 .* signet [0-9]* issued - CEF:0|.* cs2=$b " "$work/tcp.log"
await 60 grep -q "$b" "$work/udp.log"
python3 - "$work/udp.log" "$b" <<'END' || fail "$(cat "$work/udp.log")"
import json, sys
for line in open(sys.argv[1]):
    if sys.argv[2] in line:
        event = json.loads(line[line.index("{"):])
        assert event["event"] == "issued" and event["names"] == ["dns:b.example"]
        assert event["certificate"]["serial"] == sys.argv[2] and "pem" not in event["certificate"]
END

note 'a receiver that is away gets what has happened meanwhile, denials too'
kill "$tcp_receiver"
wait "$tcp_receiver" || true
: >"$work/tcp.log"
request c.example
request forbidden.invalid 403
await 60 fails log-tcp
field log-tcp trouble | finds 'port' || fail "trouble: $(field log-tcp trouble)"
receiver tcp "$tcp"
await 60 grep -q 'issued - CEF:0|.*CN\\=c.example' "$work/tcp.log"
await 60 grep -q 'denied - CEF:0|.*forbidden.invalid' "$work/tcp.log"
await 60 has log-tcp trouble None
has log-tcp dead 0 || fail 'something was given up'

note 'dead letters outlive a restart'
await 150 has_letters hooked "$((dead + 1))"
stop_signetd
start_signetd
has_letters hooked "$((dead + 1))" || fail "letters: $(ctl exit letters)"

note 'one is sent back: it fails once more, then it is published'
sequence=$(letter hooked a.example sequence)
ctl exit retry hooked "$sequence" | finds 1 || fail 'retry'
await 150 has_letter hooked a.example tries 3
: >"$work/well"
ctl exit retry hooked "$sequence" >/dev/null
await 150 has_letters hooked "$dead"
[ "$(letter hooked a.example sequence)" = '' ] || fail 'it is still there'
[ "$(grep -c "^issued $work/state/hooked/$a.pem$" "$work/hook.log")" = 4 ] || fail "hook: $(cat "$work/hook.log")"

note 'others are dropped, or sent back together'
ctl exit drop hooked "$(letter hooked c.example sequence)" >/dev/null
has_letters hooked "$((dead - 1))" || fail "$(ctl exit letters)"
ctl exit retry hooked --all >/dev/null
await 150 has_letters hooked 0
grep -q "^issued $work/state/hooked/$(serial c.example).pem$" "$work/hook.log" || fail 'c was never tried'
[ "$(grep -c "/$b.pem$" "$work/hook.log")" = 3 ] || fail "hook: $(cat "$work/hook.log")"

note 'what is not there is said'
status=0
ctl exit drop hooked --all 2>"$work/err" || status=$?
[ "$status" = 3 ] || fail "status $status"
grep -q "'hooked' has no dead letters" "$work/err" || fail "$(cat "$work/err")"
status=0
ctl exit retry hooked 1 2>"$work/err" || status=$?
[ "$status" = 3 ] || fail "status $status"
status=0
ctl exit status nobody 2>"$work/err" || status=$?
[ "$status" = 3 ] || fail "status $status"
status=0
ctl exit retry hooked 2>"$work/err" || status=$?
[ "$status" = 2 ] || fail "status $status"

note 'an exit that is configured is not forgotten, one of the past is, on record'
status=0
ctl exit forget hooked 2>"$work/err" || status=$?
[ "$status" = 1 ] || fail "status $status"
grep -q "the exit 'hooked' is configured" "$work/err" || fail "$(cat "$work/err")"
cursor=$(field hooked cursor)
stop_signetd
sed -i '/name: hooked/d' "$work/signet.yaml"
start_signetd
has hooked cursor "$cursor" || fail 'the place of one that is configured no more is lost'
# the engine is asked for a moment only, which a busy machine may take
completes() { ctl completion values exits | finds -x hooked; }
await 60 completes
ctl --json exit forget hooked >"$work/out" || fail 'forget'
! completes || fail 'it completes still'
status=0
ctl exit status hooked 2>/dev/null || status=$?
[ "$status" = 3 ] || fail "status $status: it is still known"
status=0
ctl exit forget hooked 2>/dev/null || status=$?
[ "$status" = 3 ] || fail "status $status: it was forgotten twice"
ctl --json audit show --action exit-forgotten >"$work/out"
python3 - "$work/out" "$cursor" "$(id -u)" <<'END2' || fail "$(cat "$work/out")"
import json, sys
(row,) = json.load(open(sys.argv[1]))
assert row["actor"] == "uid " + sys.argv[3] and row["from"].startswith("admin.sock pid "), row
assert row["before"] == "cursor %s, 0 dead letters" % sys.argv[2] and row["after"] == "unknown", row
assert row["detail"].startswith("exit hooked: "), row
END2
ctl --json audit show --action exit-gave-up | finds '"before": "retrying"' || fail 'no record of one that failed again'
ctl --json audit show --action exit-delivered | finds '"after": "published"' || fail 'no record of one that was delivered'
check_database
