#!/bin/bash
# CRLs as those who rely on them see them: complete, in shards and with deltas, of certificates that are
# revoked, held and released; when they are published; and that neither a kill nor a damaged file leaves
# one that is wrong or older than the one before.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

authority_extra=', urls: {base: "http://crl.example/pki", freshest: true},
    crl: {interval: 12h, validity: 1d, delta: 1h, shards: 2, immediate: [key-compromise]}'
make_ca
start_webroot
start_signetd
ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }
crls=$work/state/public/crl
issuing=$work/state/public/ca/issuing.pem

# A CRL of the root, which is not Signet's to publish, for those who check the whole chain.
cat >"$work/root.cnf" <<END
[ca]
default_ca = d
[d]
database = $work/root.index
crlnumber = $work/root.number
default_md = sha256
default_crl_days = 30
END
: >"$work/root.index"
echo 01 >"$work/root.number"
openssl ca -batch -config "$work/root.cnf" -gencrl -cert "$root" -keyfile "$work/state/root.key" \
	-out "$work/root.crl" 2>"$work/err" || fail "no CRL of the root: $(cat "$work/err")"

# pem FILE...: the CRLs in PEM, with the root's
pem() {
	cat "$work/root.crl"
	for f in "$@"; do
		openssl crl -inform DER -in "$crls/$f"
	done
}

# check NAME VERDICT FILE...: what openssl says of the certificate by these CRLs: "good", or a part of its
# message. $deltas: -use_deltas.
check() {
	local name=$1 verdict=$2 out status=0
	shift 2
	pem "$@" >"$work/crls.pem"
	# shellcheck disable=SC2086
	out=$(openssl verify -crl_check_all ${deltas-} -CRLfile "$work/crls.pem" -CAfile "$root" \
		-untrusted "$issuing" "$(cert "$name")" 2>&1) || status=$?
	if [ "$verdict" = good ]; then
		[ "$status" -eq 0 ] || fail "$name by $*: $out"
	else
		[ "$status" -ne 0 ] && grep -q "$verdict" <<<"$out" || fail "$name by $*: not $verdict: $out"
	fi
}

cert() { echo "$work/uacme-a/$1.example/cert.pem"; }
serial() { openssl x509 -in "$(cert "$1")" -noout -serial | cut -d= -f2 | tr A-F a-f; }
shard() {
	openssl x509 -in "$(cert "$1")" -noout -ext crlDistributionPoints |
		sed -n 's|.*URI:http://crl.example/pki/crl/issuing-\([12]\)\.crl.*|\1|p'
}
number() { openssl crl -inform DER -in "$crls/$1" -noout -crlnumber | sed 's/.*=\(0x\)\{0,1\}//'; }
signed() { openssl crl -inform DER -in "$crls/$1" -CAfile "$issuing" -noout 2>&1 | finds 'verify OK'; }

# lists FILE NAME [REASON]
lists() {
	ctl crl show --serial "$(serial "$2")" "$crls/$1" 2>/dev/null | finds -- "${3-}"
}

# until_true COMMAND...
until_true() {
	for _ in $(seq 300); do
		! "$@" || return 0
		sleep 0.1
	done
	fail "never: $*"
}

note 'every scope has its CRLs at start'
for f in issuing.crl issuing.delta.crl issuing-1.crl issuing-1.delta.crl issuing-2.crl; do
	f=${f/-1.delta/.delta-1}
	until_true test -f "$crls/$f"
	signed "$f" || fail "$f: $(openssl crl -inform DER -in "$crls/$f" -CAfile "$issuing" -noout 2>&1)"
	openssl crl -inform DER -in "$crls/$f" -out "$work/one.pem"
	certtool --verify-crl --load-ca-certificate "$issuing" --infile "$work/one.pem" >"$work/out" 2>&1 ||
		fail "$f: certtool: $(cat "$work/out")"
done
until_true test -f "$crls/issuing.delta-2.crl"
openssl crl -inform DER -in "$crls/issuing-1.crl" -noout -text >"$work/out"
grep -A3 'Issuing Distribution Point: critical' "$work/out" | finds 'pki/crl/issuing-1.crl' ||
	fail "$(cat "$work/out")"
grep -q 'Freshest CRL' "$work/out" || fail 'no freshestCRL'
openssl pkcs7 -inform DER -in "$work/state/public/ca/issuing.p7c" -print_certs -noout | finds 'Root CA' ||
	fail 'issuing.p7c'

note 'certificates name the CRL of their shard'
uacme_client a -y -t EC new >"$work/out" 2>&1 || fail "$(cat "$work/out")"
for name in a b c d e f g h; do
	uacme_client a -t EC -h "$work/hook" issue "$name.example" >"$work/out" 2>&1 || fail "$(cat "$work/out")"
	[ -n "$(shard "$name")" ] || fail "$name: $(openssl x509 -in "$(cert "$name")" -noout -text)"
done
openssl x509 -in "$(cert a)" -noout -ext authorityInfoAccess,freshestCRL >"$work/out"
grep -q 'CA Issuers - URI:http://crl.example/pki/ca/issuing.cer' "$work/out" || fail "$(cat "$work/out")"
grep -q 'OCSP - URI:http://crl.example/pki/ocsp' "$work/out" || fail "$(cat "$work/out")"
grep -q "pki/crl/issuing.delta-$(shard a).crl" "$work/out" || fail "$(cat "$work/out")"
check a good issuing.crl
check a good "issuing-$(shard a).crl"

note 'a revocation that may wait is in the next delta CRL, and in the complete one after it'
first=$(number issuing.crl)
ctl cert revoke --reason superseded --date 2026-01-02 "$(cert a)" || fail 'revoke'
ctl --json crl publish issuing --delta >"$work/out" || fail 'publish --delta'
python3 - "$work/out" <<'END' || fail "$(cat "$work/out")"
import json, sys
rows = json.load(open(sys.argv[1]))
assert len(rows) == 3 and all(r["kind"] == "delta" and r["base"] < r["number"] for r in rows), rows
assert rows[0]["entries"] == 1 and rows[1]["entries"] + rows[2]["entries"] == 1, rows
END
[ "$(number issuing.crl)" = "$first" ] || fail 'the complete CRL is another one'
signed issuing.delta.crl || fail 'the delta is not signed'
check a good issuing.crl issuing.delta.crl
deltas=-use_deltas check a 'certificate revoked' issuing.crl issuing.delta.crl
deltas=-use_deltas check b good issuing.crl issuing.delta.crl
s=$(shard a)
deltas=-use_deltas check a 'certificate revoked' "issuing-$s.crl" "issuing.delta-$s.crl"
check a good "issuing-$s.crl"
ctl crl publish issuing >"$work/out" || fail 'publish'
check a 'certificate revoked' issuing.crl
check a 'certificate revoked' "issuing-$s.crl"
# the other shard has nothing to say of it
check a 'CRL' "issuing-$((3 - s)).crl"
lists issuing.crl a 'superseded  invalid since 2026-01-02' || fail "$(ctl crl show issuing)"
openssl crl -inform DER -in "$crls/issuing.crl" -noout -text >"$work/out"
grep -A1 'Invalidity Date' "$work/out" | finds 'Jan  2 00:00:00 2026' || fail "$(cat "$work/out")"

note 'a hold is lifted by the delta CRL'
ctl cert hold "$(serial b)" || fail 'hold'
ctl crl publish >"$work/out" || fail 'publish'
lists issuing.crl b certificate-hold || fail "$(ctl crl show issuing)"
check b 'certificate revoked' issuing.crl
ctl cert release "$(serial b)" || fail 'release'
ctl crl publish --delta >"$work/out" || fail 'publish --delta'
lists issuing.delta.crl b remove-from-crl || fail "$(ctl crl show issuing.delta)"
deltas=-use_deltas check b good issuing.crl issuing.delta.crl
check b 'certificate revoked' issuing.crl
ctl crl publish >"$work/out" || fail 'publish'
check b good issuing.crl
! lists issuing.delta.crl b || fail 'the release is still told'

note 'another reason and date take the place of the first'
ctl cert revoke --reason affiliation-changed "$(cert a)" || fail 'correct'
ctl crl publish >"$work/out" || fail 'publish'
lists issuing.crl a affiliation-changed || fail "$(ctl crl show issuing)"

note 'a key that is compromised does not wait'
ctl cert revoke --reason key-compromise "$(cert c)" || fail 'revoke'
until_true lists issuing.crl c key-compromise
until_true lists "issuing-$(shard c).crl" c key-compromise
check c 'certificate revoked' issuing.crl

note 'the list, and what is shown'
ctl crl list >"$work/out" || fail 'list'
[ "$(grep -c '^issuing ' "$work/out")" -eq 6 ] || fail "$(cat "$work/out")"
ctl --json crl show issuing >"$work/out" || fail 'show'
python3 - "$work/out" "$(serial c)" <<'END' || fail "$(cat "$work/out")"
import json, sys
crl = json.load(open(sys.argv[1]))
assert {e["serial"]: e["reason"] for e in crl["entries"]}[sys.argv[2]] == "key-compromise", crl
assert crl["number"] > 1700000000 and crl["issuer"].startswith("CN="), crl
END
status=0
ctl crl show --serial 01 issuing 2>/dev/null || status=$?
[ "$status" -eq 3 ] || fail "status $status for what is not there"
status=0
ctl crl publish nobody 2>/dev/null || status=$?
[ "$status" -eq 3 ] || fail "status $status for an authority that is none"

note 'the exit module has the same files'
until_true cmp -s "$crls/issuing.crl" "$work/state/published/crl/issuing.crl"
until_true cmp -s "$crls/issuing-2.crl" "$work/state/published/crl/issuing-2.crl"
until_true cmp -s "$crls/issuing.delta.crl" "$work/state/published/crl/issuing-delta.crl"

note 'a file that is missing or damaged is made again when the engine starts'
before=$(number issuing.crl)
stop_signetd
printf x | dd of="$crls/issuing.crl" bs=1 seek=100 conv=notrunc 2>/dev/null
rm "$crls/issuing-1.crl"
: >"$crls/.new-abcdef"
start_signetd
until_true signed issuing.crl
until_true test -f "$crls/issuing-1.crl"
[ ! -e "$crls/.new-abcdef" ] || fail 'what was not finished is still there'
[ "$((16#$(number issuing.crl)))" -gt "$((16#$before))" ] || fail 'the number has not grown'
check c 'certificate revoked' issuing.crl

note 'kills while certificates are revoked and CRLs published: none is wrong, and none goes back'
cat >"$work/watch.py" <<'END'
"""watch.py FILE CERTIFICATE: reads the file until standard input ends; what is wrong with it, or how many
there were."""
import select, subprocess, sys
last = seen = 0
while not select.select([sys.stdin], [], [], 0)[0]:
    der = open(sys.argv[1], "rb").read()
    p = subprocess.run(["openssl", "crl", "-inform", "DER", "-noout", "-crlnumber", "-CAfile", sys.argv[2]],
                       input=der, capture_output=True)
    text = (p.stdout + p.stderr).decode()
    if p.returncode or "verify OK" not in text:
        sys.exit("a file that is none: " + text)
    number = int(text.split("crlNumber=")[1].split()[0], 16)
    if number < last:
        sys.exit("%d after %d" % (number, last))
    seen += number > last
    last = number
print(seen)
END
mkfifo "$work/end"
python3 "$work/watch.py" "$crls/issuing.crl" "$issuing" <"$work/end" >"$work/seen" 2>"$work/wrong" &
watcher=$!
exec 3>"$work/end"
RANDOM=${SIGNET_KILL_SEED:-$$}
for round in $(seq "${SIGNET_KILL_ROUNDS:-12}"); do
	wait_for_signetd
	(
		ctl cert hold "$(serial d)" && ctl crl publish && ctl cert release "$(serial d)"
		ctl crl publish issuing
		ctl crl publish issuing
	) >/dev/null 2>&1 &
	worker=$!
	sleep "0.$((RANDOM % 5))$((RANDOM % 10))"
	victim=$(role_pid engine)
	[ -z "$victim" ] || kill -9 "$victim" 2>/dev/null || true
	wait "$worker" || true
done
wait_for_signetd
exec 3>&-
wait "$watcher" || fail "$(cat "$work/wrong")"
[ "$(cat "$work/seen")" -ge 5 ] || fail "only $(cat "$work/seen") CRLs were seen"
ctl cert revoke "$(cert e)" || fail 'revoke'
ctl crl publish >"$work/out" || fail 'publish'
check e 'certificate revoked' issuing.crl
check f good issuing.crl
[ -z "$(find "$crls" -name '.new-*')" ] || fail 'something was not finished'

note 'after a change of urls.base the shards are those of old and of new certificates'
before=$(number "issuing-$(shard a).crl")
sed -i 's#base: "http://crl.example/pki"#base: "http://pki.example/moved"#' "$work/signet.yaml"
kill -HUP "$daemon"
renewed() { [ "$(number "issuing-$(shard a).crl")" != "$before" ] && signed "issuing-$(shard a).crl"; }
until_true renewed
uacme_client a -t EC -h "$work/hook" issue moved.example >"$work/out" 2>&1 || fail "$(cat "$work/out")"
openssl x509 -in "$(cert moved)" -noout -ext crlDistributionPoints >"$work/out"
moved=$(sed -n 's|.*URI:http://pki.example/moved/crl/issuing-\([12]\)\.crl.*|\1|p' "$work/out")
[ -n "$moved" ] || fail "$(cat "$work/out")"
check a 'certificate revoked' "issuing-$(shard a).crl"
check f good "issuing-$(shard f).crl"
check moved good "issuing-$moved.crl"
ctl cert revoke --reason key-compromise "$(cert moved)" || fail 'revoke'
until_true lists "issuing-$moved.crl" moved key-compromise
check moved 'certificate revoked' "issuing-$moved.crl"
check moved 'CRL' "issuing-$((3 - moved)).crl"

note 'an authority that is revoked issues no more, and its CRL has all that it has issued'
status=0
ctl ca revoke issuing --reason cessation-of-operation 2>/dev/null || status=$?
[ "$status" -eq 2 ] || fail "status $status without --yes"
ctl --json ca revoke issuing --reason cessation-of-operation --yes >"$work/out" || fail 'ca revoke'
grep -q '"state": *"finished"' "$work/out" || fail "$(cat "$work/out")"
for name in b d f g h; do
	until_true lists issuing.crl "$name" cessation-of-operation
done
check f 'certificate revoked' issuing.crl
lists issuing.crl a affiliation-changed || fail 'what was revoked before is not as it was'
id=$(ctl --json cert show "$(cert f)" | python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])')
ctl --json audit show --request "$id" --action revoked >"$work/out" || fail 'audit show'
grep -q 'revoked, cessation-of-operation' "$work/out" || fail "no record of $id: $(cat "$work/out")"

note 'the reason can be corrected, with a record'
ctl ca revoke issuing --reason ca-compromise --yes >"$work/out" || fail 'ca revoke'
for name in b d f g h; do
	until_true lists issuing.crl "$name" ca-compromise
done
lists issuing.crl a affiliation-changed || fail 'what was revoked before is not as it was'
ctl --json audit show --action authority-revocation-corrected | finds 'revoked, ca-compromise' ||
	fail 'no record of the correction'
! uacme_client a -t EC -h "$work/hook" issue late.example >"$work/out" 2>&1 || fail 'it still issues'
grep -q "the key of the authority 'issuing' is revoked" "$work/signetd.log" || fail 'nothing says why'
check_database
stop_signetd
