#!/bin/bash
# Modules that are not built in: the three examples of doc/writing-a-module.md are loaded, and do
# what they say.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

policy='  - keys: {rsa-min: 2048, curves: [P-256]}
  - names: {dns: ["*.example"]}
  - name-length: {max: 20}
  - validity: {max: 397d}'
config_extra='  - raw: {path: /raw, profile: tls-server}'
make_ca
sed -i 's/^exit:$/exit:\n  - journal: {path: journal, events: [issued, denied]}/' "$work/signet.yaml"
start_signetd

# request NAME: a key and a PKCS#10 for that name, posted to the example's intermediary
request() {
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" \
		-subj "/CN=$1" -addext "subjectAltName=DNS:$1" -outform DER -out "$work/$1.csr" 2>/dev/null
	curl -s --cacert "$root" -o "$work/$1.pem" -w '%{http_code}' \
		-H 'Content-Type: application/pkcs10' --data-binary "@$work/$1.csr" "https://localhost:$https/raw"
}

note 'the intermediary gives a certificate'
[ "$(request short.example)" = 200 ] || fail "raw: $(cat "$work/short.example.pem")"
check_certificate "$work/short.example.pem" "$work/short.example.key" short.example

note 'and the same one again for the same request'
curl -s --cacert "$root" -o "$work/again.pem" -H 'Content-Type: application/pkcs10' \
	--data-binary "@$work/short.example.csr" "https://localhost:$https/raw"
cmp "$work/short.example.pem" "$work/again.pem" || fail 'another certificate for the same request'

note 'the rule denies'
[ "$(request a-name-that-is-too-long.example)" = 403 ] || fail 'the long name was not denied'
grep -q '20 are allowed' "$work/a-name-that-is-too-long.example.pem" || fail 'not by the rule'

note 'the exit module writes'
for _ in $(seq 50); do
	[ "$(grep -c . "$work/state/journal" 2>/dev/null || true)" != 2 ] || break
	sleep 0.1
done
serial=$(openssl x509 -in "$work/short.example.pem" -noout -serial | sed 's/serial=//' | tr A-F a-f)
grep -q " issued .*serial=$serial" "$work/state/journal" || fail 'no issued line in the journal'
grep -q ' denied ' "$work/state/journal" || fail 'no denied line in the journal'
stop_signetd

note 'an unknown module, and an unknown key of one, are named with file and line'
sed -i 's/name-length: {max: 20}/name-length: {max: 20, most: 3}/' "$work/signet.yaml"
if "$signetd" --config "$work/signet.yaml" --check-config 2>"$work/err"; then fail 'a wrong key passed'; fi
grep -qE 'signet.yaml:[0-9]+: .*most' "$work/err" || fail "message: $(cat "$work/err")"
sed -i 's/name-length: {max: 20, most: 3}/name-width: {max: 20}/' "$work/signet.yaml"
if "$signetd" --config "$work/signet.yaml" --check-config 2>"$work/err"; then fail 'an unknown module passed'; fi
grep -q 'name-width' "$work/err" || fail "message: $(cat "$work/err")"
