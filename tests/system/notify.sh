#!/bin/bash
# The exit modules webhook, mail and exec of the real daemon, with a real web server and a real SMTP
# server: every event arrives at each, signed and over TLS, also when the other side fails for a while.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

mkdir "$work/web" "$work/mail"
head -c 32 /dev/urandom | base64 >"$work/web/secret"

# the web server ends when its standard input does
mkfifo "$work/web.in"
python3 "$srcdir/tests/web_server.py" "$work/web" <"$work/web.in" >"$work/web.out" 2>&1 &
pids="$pids $!"
exec 8>"$work/web.in"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
	-addext subjectAltName=DNS:localhost -days 2 -keyout "$work/mail.key" -out "$work/mail.pem" \
	2>/dev/null
printf 'right\n' >"$work/mail.password"
python3 "$srcdir/tests/system/smtp_sink.py" "$work/mail" "$work/mail.pem" "$work/mail.key" \
	>"$work/mail.out" 8>&- &
pids="$pids $!"
for n in $(seq 100); do
	grep -q ready "$work/web.out" && [ -s "$work/mail.out" ] && break
	sleep 0.1
done
web_port=$(awk '$1 == "https" {print $2}' "$work/web.out")
mail_port=$(cat "$work/mail.out")
[ -n "$web_port" ] && [ -n "$mail_port" ] || fail "the other side does not serve: $(cat "$work/web.out")"

cat >"$work/exits.yaml" <<END
exit:
  - webhook: {url: "https://127.0.0.1:$web_port/verify", ca: $work/web/ca.pem, secret: {file: $work/web/secret}}
  - mail:
      url: smtp://localhost:$mail_port
      ca: $work/mail.pem
      user: signet
      password: {file: $work/mail.password}
      from: ca@example.org
      to: [ops@example.org]
      events: [issued, denied]
  - exec: {command: [/bin/sh, -c, 'cat >>"\$OUT"'], environment: {OUT: $work/exec.json}}
END
config_extra='include: [exits.yaml]'
make_ca
start_webroot
start_signetd 8>&-
uacme_client a -y -t EC new admin@example.org

# wait_for COUNT COMMAND...: until the command prints that number
wait_for() {
	local wanted=$1 found=
	shift
	for n in $(seq 300); do
		found=$("$@" 2>/dev/null || true)
		[ "$found" != "$wanted" ] || return 0
		sleep 0.1
	done
	fail "$*: $found instead of $wanted"
}
# how many names (not the gateway's own) were told as issued: FILE, whether its lines hold a request
count_names() {
	python3 -c '
import json, sys
names = set()
for line in open(sys.argv[1]):
    event = json.loads(line)
    event = json.loads(event["body"]) if sys.argv[2] == "request" else event
    if event["event"] == "issued":
        names.update(n for n in event["names"] if n.endswith(".example"))
print(len(names))' "$1" "$2"
}
hooked() { count_names "$work/web/requests" request; }
executed() { count_names "$work/exec.json" event; }
mailed() { grep -l '^Subject: Certificate issued: .*\.example' "$work"/mail/*.eml | wc -l; }
waiting() { "$signetctl" --config "$work/signet.yaml" exit status "$1" | awk -v name="$1" '$1 == name {print $3}'; }
letters() { "$signetctl" --config "$work/signet.yaml" --json exit letters "$1" | grep -c '"sequence"' || true; }

note 'an issued certificate is told everywhere'
uacme_client a -t EC -h "$work/hook" issue one.example
wait_for 1 hooked
wait_for 1 executed
wait_for 1 mailed
serial=$(openssl x509 -in "$work/uacme-a/one.example/cert.pem" -noout -serial | cut -d= -f2 | tr A-F a-f)
grep -q "$serial" "$work/web/requests" || fail 'the webhook got another serial number'
mail=$(grep -l 'Certificate issued: one.example' "$work"/mail/*.eml)
grep -q "Serial: *$serial" "$mail" || fail "the mail has another serial number: $(cat "$mail")"
grep -q '^X-Tls: True' "$mail" || fail 'the mail came in the clear'
grep -q '^X-User: signet' "$mail" || fail 'the mail came without a login'
python3 -c '
import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
pems = [e["certificate"]["pem"] for e in events if "dns:one.example" in e["names"] and e["event"] == "issued"]
sys.exit(len(pems) < 1 or not open(sys.argv[2]).read().startswith(pems[0]))' \
	"$work/exec.json" "$work/uacme-a/one.example/cert.pem" || fail 'the program got another certificate'

note 'the web server has found every signature good'
wait_for 0 waiting webhook

note 'what is refused for good becomes a dead letter, and may be sent again'
printf 'RCPT 550 never\n' >"$work/mail/script"
uacme_client a -t EC -h "$work/hook" issue two.example
wait_for 1 letters mail
wait_for 2 hooked
[ "$(mailed)" = 1 ] || fail 'the refused mail was taken'
"$signetctl" --config "$work/signet.yaml" exit retry mail --all >"$work/retried"
wait_for 0 letters mail
wait_for 2 mailed

note 'a relay that cannot for a while gets everything'
printf 'MAIL 451 later\nMAIL 451 later\nDATA 452 full\n' >"$work/mail/script"
uacme_client a -t EC -h "$work/hook" issue three.example
wait_for 3 mailed

note 'a web server that refuses for a while, over a restart, gets everything'
printf 'another secret of more than enough octets\n' >"$work/web/other"
mv "$work/web/secret" "$work/web/kept"
mv "$work/web/other" "$work/web/secret"
uacme_client a -t EC -h "$work/hook" issue four.example
wait_for 4 executed
[ "$(waiting webhook)" -gt 0 ] || fail 'a wrong signature was taken'
mv "$work/web/kept" "$work/web/secret"
stop_signetd
start_signetd 8>&-
wait_for 0 waiting webhook
wait_for 4 hooked
wait_for 4 mailed
exec 8>&-
stop_signetd
