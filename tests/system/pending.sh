#!/bin/bash
# Requests that wait for a person, from a real ACME client to its certificate: approved (with the engine
# killed and the daemon restarted in between), denied, edited, by two officers, and forgotten. What
# policy would say, and what becomes of certificates afterwards: held, released, revoked.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

policy="$policy_default
  - approval: {message: an officer has to look at it}"
make_ca
start_signetd
ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }

# order NAME [ARGS...]: certbot in the background, until it has a certificate or an error.
order() {
	local name=$1
	shift
	certbot_client certonly --standalone --http-01-address 127.0.0.1 --http-01-port "$validation" \
		--agree-tos --register-unsafely-without-email --cert-name "$name" -d "$name" "$@" \
		>"$work/certbot.out" 2>&1 &
	client=$!
}

# waiting: the id of the request that waits, when there is one.
waiting() { ctl --json request list --state pending | python3 -c '
import json, sys
for row in json.load(sys.stdin):
    print(row["id"])'; }

# wait_for_request: until one waits; its id in $id.
wait_for_request() {
	for _ in $(seq 300); do
		id=$(waiting)
		[ -z "$id" ] || return 0
		sleep 0.1
	done
	fail "no request waits: $(cat "$work/certbot.out")"
}

field() { ctl --json request show "$1" | python3 -c '
import json, sys
print(json.load(sys.stdin).get(sys.argv[1], ""))' "$2"; }

# wait_for_state ID STATE
wait_for_state() {
	for _ in $(seq 300); do
		[ "$(field "$1" state)" != "$2" ] || return 0
		sleep 0.1
	done
	fail "request $1 is $(field "$1" state), not $2"
}

live() { echo "$work/certbot/live/$1/$2"; }

# Has the daemon take its changed configuration, and waits until the gateway, too, has it.
reload() {
	local before now
	before=$(grep -c 'role=gateway event=reloaded' "$work/signetd.log" || true)
	kill -HUP "$daemon"
	for _ in $(seq 300); do
		now=$(grep -c 'role=gateway event=reloaded' "$work/signetd.log" || true)
		[ "$now" -eq "$before" ] || return 0
		sleep 0.1
	done
	fail 'the configuration was not taken'
}

note 'a request waits, the engine dies, an officer approves, the client gets its certificate'
order one.example
wait_for_request
ctl request show "$id" >"$work/out"
grep -q '^State: *pending' "$work/out" || fail "show: $(cat "$work/out")"
grep -q 'an officer has to look at it' "$work/out" || fail 'no message'
grep -q 'keyUsage (critical), from profile: digital-signature' "$work/out" || fail "$(cat "$work/out")"
grep -q '^Drafted subject: *CN=one.example' "$work/out" || fail 'no drafted subject'
engine=$(role_pid engine)
kill -9 "$engine"
for _ in $(seq 100); do
	[ "$(role_pid engine)" = "$engine" ] || break
	sleep 0.1
done
for _ in $(seq 100); do
	! ctl status >/dev/null 2>&1 || break
	sleep 0.1
done
ctl request approve "$id" --reason 'ticket 4711' >"$work/out" || fail "approve: $(cat "$work/out")"
grep -q " issued " "$work/out" || fail "approve: $(cat "$work/out")"
wait "$client" || fail "certbot: $(cat "$work/certbot.out")"
check_certificate "$(live one.example fullchain.pem)" "$(live one.example privkey.pem)" one.example
first=$id
[ "$(field "$first" approvers)" = "['uid $(id -u)']" ] || fail "approvers: $(field "$first" approvers)"

note 'what is decided is decided'
if ctl request approve "$first" 2>"$work/err"; then fail 'approved twice'; fi
grep -q 'is not pending, it is issued' "$work/err" || fail "$(cat "$work/err")"
if ctl request deny "$first" 2>/dev/null; then fail 'denied what is issued'; fi
status=0
ctl request approve 4711 2>/dev/null || status=$?
[ "$status" -eq 3 ] || fail "status $status for a request that is none"

note 'a denied one is an error of the client, with the reason'
order two.example
wait_for_request
ctl request deny "$id" --reason 'not one of ours' >/dev/null || fail 'deny'
if wait "$client"; then fail 'a denied order gave a certificate'; fi
grep -q 'not one of ours' "$work/certbot.out" "$work/certbot-logs/letsencrypt.log" ||
	fail "the client does not hear why: $(cat "$work/certbot.out")"
[ "$(field "$id" state)" = denied ] || fail 'not denied'

note 'an edited one has what the officer gave it'
order three.example
wait_for_request
ctl request edit "$id" --attribute 'device-type=printer' \
	--extension 1.3.6.1.4.1.99999.7=0c05687a797865 --extension extKeyUsage=300a06082b06010505070301 \
	--reason 'wanted so' || fail 'edit'
ctl request show "$id" >"$work/out"
grep -q '1.3.6.1.4.1.99999.7, from admin' "$work/out" || fail "no extension: $(cat "$work/out")"
grep -q 'device-type: printer' "$work/out" || fail 'no attribute'
if ctl request edit "$id" --extension keyUsage:critical=0500 2>"$work/err"; then fail 'a broken extension'; fi
grep -q 'keyUsage' "$work/err" || fail "$(cat "$work/err")"
if ctl request edit "$id" --extension subjectKeyIdentifier=0400 2>/dev/null; then fail 'a key identifier'; fi
status=0
ctl request edit "$id" --extension nonsense 2>/dev/null || status=$?
[ "$status" -eq 2 ] || fail "status $status for wrong usage"
ctl request approve "$id" >/dev/null || fail 'approve'
wait "$client" || fail "certbot: $(cat "$work/certbot.out")"
check_certificate "$(live three.example fullchain.pem)" "$(live three.example privkey.pem)" three.example
openssl x509 -in "$(live three.example cert.pem)" -noout -text | finds '1.3.6.1.4.1.99999.7' ||
	fail 'the extension is not in the certificate'
ctl request show "$id" | finds '1.3.6.1.4.1.99999.7, from admin' || fail 'its origin is lost'

note 'it waits over a restart of everything'
order four.example
wait_for_request
# certbot itself, below the shell that waits for it: its lock would keep out the next one
certbot=$(cat "/proc/$client/task/$client/children")
# shellcheck disable=SC2086
kill $certbot
wait "$client" 2>/dev/null || true
stop_signetd
start_signetd
[ "$(waiting)" = "$id" ] || fail 'the request is gone'
ctl request approve "$id" >/dev/null || fail 'approve'
serial=$(field "$id" serial)
for _ in $(seq 100); do
	[ ! -f "$work/state/published/$serial.pem" ] || break
	sleep 0.1
done
openssl x509 -in "$work/state/published/$serial.pem" -noout -subject | finds four.example ||
	fail 'what was approved is not published'

note 'a request that nobody decides'
sed -i 's/^policy:/pending: {expires: 2s}\npolicy:/' "$work/signet.yaml"
reload
order five.example
if wait "$client"; then fail 'a forgotten order gave a certificate'; fi
ctl --json request list --limit 1 >"$work/out"
grep -q '"state": "denied"' "$work/out" || fail "not denied: $(cat "$work/out")"
id=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[0]["id"])' "$work/out")
[ "$(field "$id" message)" = 'nobody decided within 2 seconds' ] || fail "$(field "$id" message)"
sed -i '/^pending:/d' "$work/signet.yaml"
reload

note 'what policy would say'
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/key" -subj / \
	-addext 'subjectAltName=DNS:six.example' -out "$work/good.csr" 2>/dev/null
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/key" -subj / \
	-addext 'subjectAltName=DNS:six.elsewhere.test' -outform DER -out "$work/bad.csr" 2>/dev/null
before=$(ctl --json status | grep '"requests"')
ctl policy test "$work/good.csr" --profile tls-server --as alice >"$work/out" || fail 'policy test'
grep -q '^Would be: *pending' "$work/out" && grep -q 'approval: hold' "$work/out" || fail "$(cat "$work/out")"
status=0
ctl policy test "$work/bad.csr" --profile tls-server >"$work/out" || status=$?
[ "$status" -eq 5 ] || fail "status $status for a denied test"
grep -q 'names: deny' "$work/out" || fail "$(cat "$work/out")"
status=0
ctl policy test "$work/good.csr" --profile nothing 2>/dev/null || status=$?
[ "$status" -eq 3 ] || fail "status $status for no profile"
[ "$(ctl --json status | grep '"requests"')" = "$before" ] || fail 'a test was stored'

note 'held, released, revoked'
file=$(live one.example cert.pem)
state() { ctl --json cert show "$file" | python3 -c 'import json, sys; print(json.load(sys.stdin)["state"])'; }
ctl cert hold "$file" --comment 'lost and found' || fail 'hold'
[ "$(state)" = held ] || fail "held: $(state)"
ctl cert release "$file" || fail 'release'
[ "$(state)" = valid ] || fail "released: $(state)"
ctl cert release "$file" || fail 'to release twice is no error'
ctl cert revoke "$file" --reason key-compromise --date 2026-01-01 || fail 'revoke'
ctl cert revoke "$(field "$first" serial)" --reason key-compromise || fail 'to revoke twice is no error'
ctl cert revoke "$file" || fail 'to revoke without a reason what is revoked is no error'
ctl --json cert show "$file" | finds '"key-compromise"' || fail "another reason: $(ctl cert show "$file")"
if ctl cert hold "$file" 2>/dev/null; then fail 'held what is revoked'; fi
ctl cert show "$file" >"$work/out"
grep -q '^State: *revoked' "$work/out" && grep -q '^Reason: *key-compromise' "$work/out" &&
	grep -q '^Invalid since: *2026-01-01T00:00:00Z' "$work/out" || fail "$(cat "$work/out")"
status=0
ctl cert revoke "$root" 2>/dev/null || status=$?
[ "$status" -eq 3 ] || fail "status $status for a certificate that is not ours"

note 'two officers are two people'
sed -i 's/approval: {/approval: {officers: 2, /' "$work/signet.yaml"
if [ "$(id -u)" -ne 0 ]; then
	note 'SKIP of two officers: only root can be two users'
	stop_signetd
	exit 0
fi
echo 'roles: {officer: [daemon, nobody], administrator: [games]}' >>"$work/signet.yaml"
reload
chmod 755 "$work"
cp "$signetctl" "$work/signetctl"
as() {
	local user=$1
	shift
	setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups "$work/signetctl" \
		--socket "$work/state/run/admin.sock" "$@"
}
for _ in $(seq 100); do
	! as daemon status >/dev/null 2>&1 || break
	sleep 0.1
done
order seven.example
wait_for_request
as games request show "$id" >/dev/null || fail 'an administrator may not look'
status=0
as games request approve "$id" 2>/dev/null || status=$?
[ "$status" -eq 5 ] || fail "status $status: an administrator is no officer"
status=0
as bin request list >"$work/out" 2>&1 || status=$?
[ "$status" -eq 5 ] || fail "status $status for somebody without a role: $(cat "$work/out")"
as daemon request approve "$id" >"$work/out" || fail "daemon: $(cat "$work/out")"
grep -q ' pending ' "$work/out" || fail "one officer was enough: $(cat "$work/out")"
if as daemon request approve "$id" 2>"$work/err"; then fail 'one officer counts twice'; fi
grep -q 'has approved request' "$work/err" || fail "$(cat "$work/err")"
as nobody request approve "$id" >"$work/out" || fail "nobody: $(cat "$work/out")"
grep -q ' issued ' "$work/out" || fail "two officers are not enough: $(cat "$work/out")"
wait "$client" || fail "certbot: $(cat "$work/certbot.out")"
check_certificate "$(live seven.example fullchain.pem)" "$(live seven.example privkey.pem)" seven.example
status=0
as games cert revoke "$id" 2>/dev/null || status=$?
[ "$status" -eq 5 ] || fail "status $status: an administrator revokes"
as daemon cert revoke "$id" --reason superseded || fail 'an officer may not revoke'
check_database
stop_signetd
