#!/bin/bash
# A root that is an authority of the configuration itself: it certifies the authority below it by what the
# configuration says of it, rolls its own key over, and cross certificates lead from its one key to the other,
# and to authorities of others, for those who trust only one of them.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

base='urls: {base: "http://crl.example/pki"}, crl: {interval: 12h, validity: 1d}'
authority_extra=", $base}
  top: {certificate: root.pem, key: root.key, $base}
  other: {certificate: other.pem, key: other.key, $base"
make_ca
state=$work/state
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$state/other.key" \
	-subj '/O=Elsewhere/CN=Other Root' -addext keyUsage=critical,keyCertSign,cRLSign -days 3000 \
	-out "$state/other.pem" 2>/dev/null
chmod 600 "$state/other.key"
sed -i 's/^    validity: 90d/&\n    authority: issuing/' "$work/signet.yaml"
printf '  - repository: {}\n  - ocsp: {}\n' >>"$work/signet.yaml"
cp "$root" "$work/first.pem"
# what our own clients trust: the first root, and the second when there is one
cp "$root" "$work/roots.pem"
root=$work/roots.pem
start_webroot
start_signetd
ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }
cert() { echo "$work/uacme-a/$1.example/cert.pem"; }
issue() { uacme_client a -t EC -h "$work/hook" issue "$1.example" >"$work/out" 2>&1 || fail "$1: $(cat "$work/out")"; }

# refused STATUS TEXT COMMAND...
refused() {
	local wanted=$1 text=$2 status=0
	shift 2
	ctl "$@" >"$work/out" 2>"$work/err" || status=$?
	[ "$status" -eq "$wanted" ] || fail "$*: status $status: $(cat "$work/err")"
	grep -q -- "$text" "$work/err" || fail "$*: no word of '$text': $(cat "$work/err")"
}

# until_true COMMAND...
until_true() {
	for _ in $(seq 300); do
		! "$@" || return 0
		sleep 0.1
	done
	fail "never: $*"
}

# bag NAME: what everybody is given of an authority, as PEM
bag() { curl -s "http://127.0.0.1:$http/ca/$1.p7c" | openssl pkcs7 -inform DER -print_certs; }
in_bag() { [ "$(bag "$1" | grep -c BEGIN)" -eq "$2" ]; }

# Self-signed certificates lead nowhere, and openssl does not turn back where it has taken one.
cat >"$work/steps.py" <<'END'
import sys
from cryptography import x509
ski, aki = x509.SubjectKeyIdentifier, x509.AuthorityKeyIdentifier
for block in sys.stdin.read().split("-----BEGIN CERTIFICATE-----")[1:]:
    pem = "-----BEGIN CERTIFICATE-----" + block.split("-----END")[0] + "-----END CERTIFICATE-----\n"
    c = x509.load_pem_x509_certificate(pem.encode())
    if c.subject != c.issuer or c.extensions.get_extension_for_class(ski).value.digest != \
            c.extensions.get_extension_for_class(aki).value.key_identifier:
        print(pem, end="")
END

# trusts ANCHOR CERTIFICATE [BAG...]: who trusts this alone finds a way to the certificate by what is served
trusts() {
	local anchor=$1 certificate=$2
	shift 2
	for name in "$@"; do bag "$name"; done | python3 "$work/steps.py" >"$work/untrusted.pem"
	openssl verify -x509_strict -CAfile "$anchor" -untrusted "$work/untrusted.pem" "$certificate" \
		>"$work/out" 2>&1
}

note 'the authority below gets a certificate by the root of the configuration'
uacme_client a -y -t EC new >"$work/out" 2>&1 || fail "$(cat "$work/out")"
issue a
ctl ca renew issuing --days 2000 --force --reload >"$work/out" 2>&1 || fail "$(cat "$work/out")"
openssl x509 -in "$state/issuing.pem" -noout -ext crlDistributionPoints,authorityInfoAccess >"$work/out"
grep -q 'crl.example/pki/crl/top.crl' "$work/out" || fail "$(cat "$work/out")"
grep -q 'CA Issuers - URI:http://crl.example/pki/ca/top.cer' "$work/out" || fail "$(cat "$work/out")"
refused 1 'no earlier key' ca cross-certificate top
refused 1 'no earlier key' ca cross-certificate issuing

note 'the root rolls over; the authority below follows'
ctl -q ca roll-over top --reload >"$work/out" 2>&1 || fail "$(cat "$work/out")"
cp "$state/root.pem" "$work/second.pem"
cat "$work/second.pem" >>"$root"
[ "$(openssl x509 -in "$work/second.pem" -noout -subject)" = "$(openssl x509 -in "$work/first.pem" -noout -subject)" ] ||
	fail 'another name'
openssl verify -x509_strict -CAfile "$work/second.pem" "$work/second.pem" >/dev/null || fail 'it does not verify itself'
issue b
ctl -q ca roll-over issuing --reload >"$work/out" 2>&1 || fail "$(cat "$work/out")"
openssl x509 -in "$state/issuing.pem" -noout -ext crlDistributionPoints | finds 'pki/crl/top.k2.crl' ||
	fail "$(openssl x509 -in "$state/issuing.pem" -noout -text)"
issue c
trusts "$work/first.pem" "$(cert a)" issuing || fail "a: $(cat "$work/out")"
trusts "$work/second.pem" "$(cert c)" issuing.k2 || fail "c: $(cat "$work/out")"
! trusts "$work/first.pem" "$(cert c)" issuing.k2 top.k2 || fail 'the first root has nothing to do with it yet'
! trusts "$work/second.pem" "$(cert a)" issuing top || fail 'nor the second one'

note 'cross certificates: who trusts one root comes to both'
ctl --json ca cross-certificate top --output "$work/cross.pem" --reload >"$work/rows" || fail 'ca cross-certificate'
python3 - "$work/rows" <<'END' || fail "$(cat "$work/rows")"
import json, sys
rows = json.load(open(sys.argv[1]))
assert len(rows) == 2 and all(r["subject"] == r["issuer"] for r in rows), rows
END
[ "$(grep -c BEGIN "$work/cross.pem")" -eq 2 ] || fail "$(cat "$work/cross.pem")"
until_true in_bag top.k2 3
until_true in_bag top 3
trusts "$work/first.pem" "$(cert c)" issuing.k2 top.k2 || fail "c: $(cat "$work/out")"
trusts "$work/second.pem" "$(cert a)" issuing top || fail "a: $(cat "$work/out")"
ctl --json audit show --action authority-cross-certified | finds '"detail": "top"' || fail 'not in the audit trail'
ctl -q ca cross-certificate top --reload >"$work/out" || fail 'ca cross-certificate, again'
[ "$(grep -c BEGIN "$state/root.cross.pem")" -eq 2 ] || fail 'they are there twice'

note 'another authority of ours, and one of others'
ctl -q ca cross-certificate other --authority issuing --path-length 0 --reload >"$work/out" || fail 'ca cross-certificate'
until_true in_bag issuing.k2 3
trusts "$state/other.pem" "$(cert c)" issuing.k2 || fail "c: $(cat "$work/out")"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/foreign.key" -subj '/CN=Foreign' \
	-addext keyUsage=critical,keyCertSign,cRLSign -days 300 -out "$work/foreign.pem" 2>/dev/null
for name in one.example two.elsewhere; do
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/leaf.key" -subj '/' \
		-out "$work/leaf.csr" 2>/dev/null
	printf 'subjectAltName=critical,DNS:%s\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\nbasicConstraints=CA:FALSE\n' \
		"$name" >"$work/leaf.ext"
	openssl x509 -req -in "$work/leaf.csr" -CA "$work/foreign.pem" -CAkey "$work/foreign.key" -days 30 \
		-extfile "$work/leaf.ext" -out "$work/$name.pem" 2>/dev/null
done
ctl -q ca cross-certificate top --certificate "$work/foreign.pem" --path-length 0 --permit dns:example --days 100 \
	--reload >"$work/out" || fail 'ca cross-certificate --certificate'
until_true in_bag top.k2 4
trusts "$work/second.pem" "$work/one.example.pem" top.k2 || fail "one.example: $(cat "$work/out")"
! trusts "$work/second.pem" "$work/two.elsewhere.pem" top.k2 || fail 'a name that is not permitted'
grep -q 'permitted subtree' "$work/out" || fail "$(cat "$work/out")"

note 'the engine issues as before, and shows its keys'
issue d
openssl verify -x509_strict -CAfile "$work/second.pem" -untrusted "$(cert d)" "$(cert d)" >"$work/out" 2>&1 ||
	fail "d, by what the client was given: $(cat "$work/out")"
ctl --json ca list >"$work/rows" || fail 'ca list'
python3 - "$work/rows" <<'END' || fail "$(cat "$work/rows")"
import json, sys
rows = json.load(open(sys.argv[1]))
keys = {(r["name"], r["ordinal"]): r for r in rows}
assert set(keys) == {("issuing", 1), ("issuing", 2), ("top", 1), ("top", 2), ("other", 1)}, keys
assert keys["top", 1]["state"] == "earlier" and keys["top", 2]["state"] == "current", keys
assert len({r["issuer"] for r in rows}) == 5 and all(len(r["issuer"]) == 16 for r in rows), rows
END
ctl --json ca show top >"$work/rows" || fail 'ca show'
python3 - "$work/rows" <<'END' || fail "$(cat "$work/rows")"
import json, sys
top = json.load(open(sys.argv[1]))
assert len(top["keys"]) == 2 and "earlier" in top["keys"][0] and "current" in top["keys"][1], top
assert top["crossCertificates"] == 3, top
END

note 'OCSP and CRLs tell of the CAs that our keys have certified, and these are revoked like others'
# ocsp ISSUER CERTIFICATE: what is said of it, by an answer that verifies
ocsp() {
	openssl ocsp -issuer "$1" -cert "$2" -CAfile "$1" -partial_chain -no_nonce -url "http://127.0.0.1:$http/ocsp" \
		>"$work/out" 2>&1 || true
	grep -q 'Response verify OK' "$work/out" || fail "OCSP of $2: $(cat "$work/out")"
	sed -n "s|^$2: ||p" "$work/out"
}
# the ones that cross: the keys of the root, and what its new key says of others
bag top.k2 | python3 "$work/steps.py" | csplit -s -z -f "$work/crossed-" -b '%02d.pem' - '/BEGIN/' '{*}'
[ "$(find "$work" -name 'crossed-*.pem' | wc -l)" -eq 3 ] || fail "$(bag top.k2)"
serial() { openssl x509 -in "$1" -noout -serial | sed 's/serial=//'; }
openssl x509 -in "$state/issuing.pem" -out "$work/present.pem"
openssl x509 -in "$work/present.pem" -noout -ext authorityInfoAccess | finds 'OCSP - URI:http://crl.example/pki/ocsp' ||
	fail "the authority's certificate: $(openssl x509 -in "$work/present.pem" -noout -text)"
# what a load finds comes into the database a moment after the load
is_good() { [ "$(ocsp "$1" "$2")" = good ]; }
until_true is_good "$work/second.pem" "$work/present.pem"
foreign=
for one in "$work"/crossed-*.pem; do
	issuer=$work/second.pem
	! openssl verify -partial_chain -trusted "$work/first.pem" "$one" >/dev/null 2>&1 || issuer=$work/first.pem
	until_true is_good "$issuer" "$one"
	! openssl x509 -in "$one" -noout -subject | finds Foreign || foreign=$one
done
[ -n "$foreign" ] || fail 'the certificate of the foreign CA is not served'
ctl --json cert show "$(serial "$foreign")" >"$work/out" || fail 'cert show'
grep -q '"authority": "top"' "$work/out" || fail "$(cat "$work/out")"
ctl cert revoke "$(serial "$foreign")" --reason cessation-of-operation >/dev/null || fail 'cert revoke'
is_revoked() { [ "$(ocsp "$work/second.pem" "$foreign")" = revoked ]; }
until_true is_revoked
ctl crl publish >/dev/null || fail 'crl publish'
curl -sf "http://127.0.0.1:$http/crl/top.k2.crl" | openssl crl -inform DER -noout -text |
	grep -q "Serial Number: $(serial "$foreign")" || fail 'the CRL does not tell'
# a load that finds them all writes nothing
before=$(ctl --json audit show --action imported | grep -c '"sequence"')
[ "$before" -ge 1 ] || fail 'nothing on record'
reloads=$(grep -c 'role=engine event=reloaded' "$work/signetd.log")
kill -HUP "$daemon"
reloaded() { [ "$(grep -c 'role=engine event=reloaded' "$work/signetd.log")" -gt "$reloads" ]; }
until_true reloaded
[ "$(ctl --json audit show --action imported | grep -c '"sequence"')" -eq "$before" ] || fail 'recorded twice'
is_revoked || fail "after a reload: $(cat "$work/out")"
check_database

ctl -q ca revoke issuing --key 1 --reason superseded --yes >"$work/out" || fail 'ca revoke'
ctl --json ca list | grep '"ordinal": 1' | grep '"name": "issuing"' | finds '"state": "revoked"' || fail "$(ctl ca list)"

note 'what cannot be certified'
before=$(cat "$state"/*.cross.pem | sha256sum)
refused 1 'is no root' ca cross-certificate issuing
refused 1 'path length' ca cross-certificate issuing --certificate "$work/foreign.pem"
refused 1 'name of' ca cross-certificate top --certificate "$work/first.pem"
refused 1 "is no CA" ca cross-certificate top --certificate "$(cert c)"
refused 3 'no such file' ca cross-certificate top --certificate "$work/missing.pem"
refused 3 "no authority 'nobody'" ca cross-certificate nobody
refused 3 "no authority 'nobody'" ca cross-certificate top --authority nobody
refused 2 'exclude each other' ca cross-certificate top --authority issuing --certificate "$work/foreign.pem"
refused 2 'other authorities' ca cross-certificate top --permit dns:example
refused 2 "dns" ca cross-certificate top --authority issuing --permit dns
[ "$(cat "$state"/*.cross.pem | sha256sum)" = "$before" ] || fail 'files have changed'
stop_signetd

note 'a file that is damaged is said when the configuration is checked'
echo 'no certificate' >"$state/root.cross.pem"
! "$signetd" --config "$work/signet.yaml" --check-config 2>"$work/err" || fail 'accepted'
grep -q 'root.cross.pem' "$work/err" || fail "$(cat "$work/err")"
