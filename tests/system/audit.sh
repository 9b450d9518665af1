#!/bin/bash
# The audit trail: what is done leaves a record that says who and from where, the chain is whole, and what
# somebody changes in the database, or brings back from the past, shows. With root, the roles of users.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

make_ca
printf 'audit: {head-interval: 1s}\n' >>"$work/signet.yaml"
start_signetd
ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }
database=$work/state/engine/data.mdb
[ -f "$database" ] || database=$(find "$work/state/engine" -name '*.mdb' ! -name '*lock*' | head -1)

note 'what is done stands in the trail'
certbot_client certonly --standalone --http-01-address 127.0.0.1 --http-01-port "$validation" \
	--agree-tos --register-unsafely-without-email --cert-name one.example -d one.example \
	>"$work/certbot.out" 2>&1 || fail "certbot: $(cat "$work/certbot.out")"
certificate=$work/certbot/live/one.example/cert.pem
stop_signetd
cp "$database" "$work/earlier"
start_signetd
ctl cert hold "$certificate" --comment 'found in the attic' || fail 'hold'
ctl --json audit show --action held >"$work/out" || fail 'audit show'
python3 - "$work/out" "$(id -u)" <<'EOF' || fail "held: $(cat "$work/out")"
import json, sys
rows = json.load(open(sys.argv[1]))
assert len(rows) == 1
row = rows[0]
assert row["actor"] == "uid " + sys.argv[2] and row["from"].startswith("admin.sock pid ")
assert row["before"] == "valid" and row["after"].startswith("held, certificate-hold")
assert "found in the attic" in row["detail"]
EOF
ctl --json audit show --actor acme --action issued | finds '"from": "127.0.0.1' ||
	fail "no address: $(ctl --json audit show --actor acme)"
openssl req -new -newkey rsa:2048 -nodes -keyout "$work/by-hand.key" -subj / \
	-addext subjectAltName=DNS:by-hand.example -out "$work/by-hand.csr" 2>/dev/null
ctl request submit "$work/by-hand.csr" --profile tls-server >/dev/null || fail 'request submit'
ctl --json audit show --actor "uid $(id -u)" --action issued | finds '"from": "admin.sock pid ' ||
	fail "not from where: $(ctl --json audit show --action issued)"
ctl audit show >"$work/out" || fail 'audit show'
python3 - "$work/out" <<'EOF' || fail "the columns do not line up: $(cat "$work/out")"
import re, sys
head, *rows = open(sys.argv[1]).read().splitlines()
time, action = head.index("TIME"), head.index("ACTION")
assert len(rows) > 3
for row in rows:
    assert re.match(r"\d{4}-", row[time:]) and row[action - 1] == " " and row[action] != " ", row
EOF
if ctl audit show --action nonsense 2>/dev/null; then fail 'an action that is none'; fi

note 'it is whole, and fits the heads that were logged'
ctl cert release "$certificate" || fail 'release'
stop_signetd
start_signetd
ctl audit verify --head "$work/signetd.log" >"$work/out" || fail "verify: $(cat "$work/out")"
grep -q 'whole' "$work/out" || fail "verify: $(cat "$work/out")"
openssl pkey -pubin -in "$work/state/public/audit.pub" -noout || fail 'no public key'

note 'a head that somebody made up is not believed'
sed 's/\(event=audit-head sequence=\)[0-9]*/\199/' "$work/signetd.log" >"$work/forged.log"
status=0
ctl audit verify --head "$work/forged.log" >"$work/out" 2>"$work/err" || status=$?
[ "$status" -eq 1 ] && grep -q 'signature of head' "$work/err" || fail "$status: $(cat "$work/err")"

note 'a record that is changed is named'
stop_signetd
python3 - "$database" <<'EOF' || fail 'the record is not in the database'
import sys
data = open(sys.argv[1], "rb").read()
assert b"found in the attic" in data
open(sys.argv[1], "r+b").write(data.replace(b"found in the attic", b"found in the cellr"))
EOF
start_signetd
status=0
ctl audit verify >"$work/out" 2>"$work/err" || status=$?
[ "$status" -eq 1 ] || fail "status $status for a changed record: $(cat "$work/out")"
held=$(ctl --json audit show --action held | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["sequence"])')
grep -q "record $held was changed" "$work/err" || fail "$(cat "$work/err")"
(ctl --json audit verify 2>/dev/null || true) | python3 -c '
import json, sys
assert json.load(sys.stdin)["records"] == int(sys.argv[1]) - 1' "$held" || fail 'the number of whole records is another one'

note 'a trail of the past is not the one that was signed'
stop_signetd
cp "$work/earlier" "$database"
start_signetd
ctl audit verify >/dev/null || fail 'by itself it is whole'
status=0
ctl audit verify --head "$work/signetd.log" >"$work/out" 2>"$work/err" || status=$?
[ "$status" -eq 1 ] && grep -Eq 'written anew|cut off' "$work/err" || fail "$status: $(cat "$work/err")"

note 'heads that were signed before a backup are good after it was brought back'
stop_signetd
lines=$(wc -l <"$work/signetd.log")
start_signetd
tail -n "+$((lines + 1))" "$work/signetd.log" >"$work/heads.log"
ctl db backup "$work/plain" >/dev/null || fail 'backup'
ctl db backup --with-keys "$work/backup" >/dev/null || fail 'backup with keys'
[ ! -e "$work/plain/audit.key" ] || fail 'there is a key in a backup without keys'
cmp "$work/plain/audit.pub" "$work/state/public/audit.pub" || fail 'the key of the heads is not in the backup'
stop_signetd
mv "$work/state" "$work/state.old"
ctl db restore "$work/backup" >/dev/null || fail 'restore'
cp "$work/state.old/root.pem" "$work/state/"
mkdir "$work/state/published"
start_signetd
ctl audit verify --head "$work/heads.log" >"$work/out" || fail "verify: $(cat "$work/out")"
[ "$(ctl --json audit show --action audit-key-made)" = '[]' ] || fail 'another key was made'

note 'when their key is lost, that is on record, and they are good for who has kept its public half'
stop_signetd
rm "$work/state/engine/audit.key"
lines=$(wc -l <"$work/signetd.log")
start_signetd
tail -n "+$((lines + 1))" "$work/signetd.log" >>"$work/heads.log"
grep -q 'level=warning .*event=audit-key-made' "$work/heads.log" || fail 'no warning of another key'
ctl --json audit show --action audit-key-made | finds '"actor": "engine"' || fail 'no record of another key'
status=0
ctl audit verify --head "$work/heads.log" >"$work/out" 2>"$work/err" || status=$?
[ "$status" -eq 1 ] && grep -q 'signature of head' "$work/err" || fail "$status: $(cat "$work/err")"
ctl audit verify --head "$work/heads.log" --key "$work/backup/audit.pub" --key "$work/state/public/audit.pub" \
	>"$work/out" || fail "verify: $(cat "$work/out")"

if [ "$(id -u)" -ne 0 ]; then
	note 'SKIP of the roles: only root can be other users'
	stop_signetd
	exit 0
fi
note 'auditors read, and do nothing else'
stop_signetd
echo 'roles: {auditor: [daemon], operator: [games], officer: [bin]}' >>"$work/signet.yaml"
start_signetd
chmod 755 "$work"
cp "$signetctl" "$work/signetctl"
as() {
	local user=$1
	shift
	setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups "$work/signetctl" \
		--socket "$work/state/run/admin.sock" "$@"
}
as daemon audit show >/dev/null || fail 'an auditor may not read'
as daemon audit verify >/dev/null || fail 'an auditor may not verify'
as games status >/dev/null || fail 'an operator may not look'
for user in games bin; do
	status=0
	as "$user" audit show >/dev/null 2>&1 || status=$?
	[ "$status" -eq 5 ] || fail "status $status: $user reads the trail"
done
status=0
as daemon cert revoke 1 2>/dev/null || status=$?
[ "$status" -eq 5 ] || fail "status $status: an auditor revokes"
grep -q "event=refused.*call=revoke.*actor=\"uid $(id -u daemon)\" from=\"admin.sock pid " "$work/signetd.log" ||
	fail 'the log does not say who was refused what'
stop_signetd
