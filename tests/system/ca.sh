#!/bin/bash
# Other certificates and keys for the authorities of a running daemon: by an issuer elsewhere and by our own,
# for the same key and for a new one; that what was issued before and after verifies for those who rely on it,
# and that bad input changes nothing.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

authority_extra=', urls: {base: "http://crl.example/pki"}, crl: {interval: 12h, validity: 1d}'
make_ca
printf '  - ocsp: {}\n' >>"$work/signet.yaml"
start_webroot
start_signetd
ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }
state=$work/state
cert() { echo "$work/uacme-a/$1.example/cert.pem"; }
issue() { uacme_client a -t EC -h "$work/hook" issue "$1.example" >"$work/out" 2>&1 || fail "$1: $(cat "$work/out")"; }
files() { (cd "$state" && sha256sum ./*.pem ./*.key); }

# refused STATUS TEXT COMMAND...: it ends so, says that, and no file is another one
refused() {
	local wanted=$1 text=$2 status=0 before
	shift 2
	before=$(files)
	ctl "$@" >"$work/out" 2>"$work/err" || status=$?
	[ "$status" -eq "$wanted" ] || fail "$*: status $status: $(cat "$work/err")"
	grep -q -- "$text" "$work/err" || fail "$*: no word of '$text': $(cat "$work/err")"
	[ "$(files)" = "$before" ] || fail "$*: files have changed"
}

# until_true COMMAND...
until_true() {
	for _ in $(seq 300); do
		! "$@" || return 0
		sleep 0.1
	done
	fail "never: $*"
}

cat >"$work/ca.ext" <<END
basicConstraints=critical,CA:TRUE,pathlen:0
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
END
# sign CSR OUT DAYS [OPENSSL-OPTIONS]: what an outside issuer does
sign() {
	local csr=$1 out=$2 days=$3
	shift 3
	openssl x509 -req -in "$csr" -CA "$root" -CAkey "$state/root.key" -days "$days" -extfile "$work/ca.ext" \
		-out "$out" "$@" 2>"$work/err" || fail "$(cat "$work/err")"
}

# A CRL of the root, which is not Signet's to publish.
printf '[ca]\ndefault_ca = d\n[d]\ndatabase = %s\ncrlnumber = %s\ndefault_md = sha256\ndefault_crl_days = 30\n' \
	"$work/root.index" "$work/root.number" >"$work/root.cnf"
: >"$work/root.index"
echo 01 >"$work/root.number"
openssl ca -batch -config "$work/root.cnf" -gencrl -cert "$root" -keyfile "$state/root.key" \
	-out "$work/root.crl" 2>"$work/err" || fail "no CRL of the root: $(cat "$work/err")"

# relied_on CERTIFICATE PUBLIC-NAME: it verifies with the CRL and by OCSP of that key
relied_on() {
	local chain=$state/public/ca/$2.pem
	until_true test -f "$state/public/crl/$2.crl"
	{
		cat "$work/root.crl"
		openssl crl -inform DER -in "$state/public/crl/$2.crl"
	} >"$work/crls.pem"
	openssl verify -x509_strict -crl_check_all -CRLfile "$work/crls.pem" -CAfile "$root" -untrusted "$chain" \
		"$1" >"$work/out" 2>&1 || fail "$1 by $2: $(cat "$work/out")"
	openssl ocsp -issuer "$chain" -cert "$1" -url "http://127.0.0.1:$http/ocsp" -CAfile "$root" \
		-verify_other "$chain" >"$work/out" 2>&1 || fail "OCSP: $(cat "$work/out")"
	grep -q "^$1: good" "$work/out" || fail "OCSP: $(cat "$work/out")"
}
audited() { ctl --json audit show --action "$1" | grep -c '"detail": "issuing"'; }

note 'a certificate of before'
uacme_client a -y -t EC new >"$work/out" 2>&1 || fail "$(cat "$work/out")"
issue a
relied_on "$(cert a)" issuing

note 'an outside issuer: the same key'
ctl ca csr issuing --output "$work/same.csr" 2>/dev/null || fail 'ca csr'
openssl req -in "$work/same.csr" -noout -verify -text >"$work/out" 2>&1 || fail "$(cat "$work/out")"
grep -q 'CA:TRUE, pathlen:0' "$work/out" || fail "$(cat "$work/out")"
! grep -q 'Key Identifier\|crl.example' "$work/out" || fail "$(cat "$work/out")"
sign "$work/same.csr" "$work/same.pem" 4000
ctl ca install issuing "$work/same.pem" --reload >"$work/out" || fail 'ca install'
ctl ca chain issuing | openssl x509 | cmp -s - "$work/same.pem" || fail 'the engine has another one'
[ "$(find "$state" -name 'issuing.old-*.pem' | wc -l)" -eq 1 ] || fail 'the one before is not kept'
until_true audited authority-renewed >"$work/out"
relied_on "$(cert a)" issuing
issue b
relied_on "$(cert b)" issuing

note 'an outside issuer: a new key, in DER'
ctl ca csr issuing --new-key --key-type p-384 --output "$work/new.csr" 2>/dev/null || fail 'ca csr --new-key'
key=$(sha256sum <"$state/issuing.new.key")
ctl ca csr issuing --new-key >"$work/again.csr" 2>/dev/null || fail 'ca csr --new-key, again'
[ "$key" = "$(sha256sum <"$state/issuing.new.key")" ] || fail 'another key the second time'
[ "$(stat -c %a "$state/issuing.new.key")" = 600 ] || fail 'mode of the key'
refused 1 'another type' ca csr issuing --new-key --key-type p-256
issue c
sign "$work/again.csr" "$work/new.der" 4000 -outform DER
ctl ca install issuing "$work/new.der" --reload >"$work/out" || fail 'ca install'
[ ! -e "$state/issuing.new.key" ] || fail 'the new key is still to come'
until_true audited authority-rolled-over >"$work/out"
issue d
openssl x509 -in "$(cert d)" -noout -ext crlDistributionPoints | finds 'crl/issuing.k2.crl' || fail 'CDP'
for name in a b c; do
	relied_on "$(cert "$name")" issuing
done
relied_on "$(cert d)" issuing.k2

note 'our own root: the same key, and as long as the root lives'
ctl ca renew issuing --days 20000 --reload >"$work/out" 2>"$work/err" || fail "ca renew: $(cat "$work/err")"
grep -q "ends with its issuer's" "$work/err" || fail "$(cat "$work/err")"
end() { openssl x509 -in "$1" -noout -enddate; }
[ "$(end "$state/issuing.pem")" = "$(end "$root")" ] || fail 'it does not end with the root'
relied_on "$(cert d)" issuing.k2

note 'rolled over while certificates are issued: none fails'
uacme_client b -y -t EC new >"$work/out" 2>&1 || fail "$(cat "$work/out")"
mkdir "$work/going"
(
	n=0
	while [ ! -e "$work/going/end" ]; do
		n=$((n + 1))
		uacme_client b -t EC -h "$work/hook" issue "n$n.example" >"$work/going/out" 2>&1 || {
			cp "$work/going/out" "$work/going/failed"
			break
		}
		echo "$n" >"$work/going/count"
	done
) &
worker=$!
has_issued() { [ -e "$work/going/failed" ] || [ "$(cat "$work/going/count" 2>/dev/null || echo 0)" -ge "$1" ]; }
until_true has_issued 1
ctl -q ca roll-over issuing --reload >"$work/out" || fail 'ca roll-over'
until_true has_issued "$(($(cat "$work/going/count") + 2))"
ctl -q ca renew issuing --new-key --key-type p-256 --reload >"$work/out" || fail 'ca renew --new-key'
until_true has_issued "$(($(cat "$work/going/count") + 2))"
: >"$work/going/end"
wait "$worker"
[ ! -e "$work/going/failed" ] || fail "a request failed: $(cat "$work/going/failed")"
keys=
for n in $(seq "$(cat "$work/going/count")"); do
	file=$work/uacme-b/n$n.example/cert.pem
	key=$(openssl x509 -in "$file" -noout -ext crlDistributionPoints | sed -n 's|.*pki/crl/\(.*\)\.crl|\1|p')
	relied_on "$file" "$key"
	keys="$keys $key"
done
case $keys in
*issuing.k2*issuing.k4*) ;;
*) fail "certificates are of the keys$keys" ;;
esac
for name in a b c; do
	relied_on "$(cert "$name")" issuing
done
relied_on "$(cert d)" issuing.k2

note 'kills: the engine would start after each, and the command comes to its end'
RANDOM=${SIGNET_KILL_SEED:-$$}
for round in $(seq "${SIGNET_KILL_ROUNDS:-12}"); do
	command='renew issuing'
	[ $((round % 3)) -ne 0 ] || command='roll-over issuing'
	# shellcheck disable=SC2086
	(timeout -s KILL "0.0$((RANDOM % 30 + 1))" "$signetctl" --config "$work/signet.yaml" ca $command \
		>"$work/out" 2>&1 || true) 2>/dev/null
	"$signetd" --config "$work/signet.yaml" --check-config >"$work/out" 2>"$work/err" || fail "$command: $(cat "$work/err")"
done
ctl -q ca renew issuing --reload >"$work/out" || fail 'ca renew after kills'
[ -z "$(find "$state" -name '*.new.pem*' -o -name '*.unfinished-*')" ] || fail "$(ls "$state")"
relied_on "$(cert a)" issuing
relied_on "$(cert d)" issuing.k2

note 'an encrypted root wants its passphrase'
cp "$state/root.key" "$work/root.plain"
echo 'correct horse' >"$work/pass"
echo 'battery staple' >"$work/wrong"
openssl pkcs8 -topk8 -in "$work/root.plain" -out "$state/root.key" -passout "file:$work/pass"
refused 5 'passphrase' ca renew issuing
refused 5 'passphrase' ca renew issuing --passphrase-file "$work/wrong"
ctl ca renew issuing --passphrase-file "$work/pass" >"$work/out" 2>&1 || fail "$(cat "$work/out")"
mv "$state/root.key" "$work/elsewhere.key"
refused 1 'root.key is not there' ca renew issuing
refused 1 'belong together' ca renew issuing --issuer-key "$work/elsewhere.key"
ctl ca renew issuing --issuer-certificate "$root" --issuer-key "$work/elsewhere.key" \
	--passphrase-file "$work/pass" --reload >"$work/out" 2>&1 || fail "$(cat "$work/out")"
cp "$work/root.plain" "$state/root.key"
refused 1 '--force' ca renew issuing --days 10
refused 2 'number of days' ca renew issuing --days 0
refused 2 'new-key' ca renew issuing --key-type p-256

note 'bad input changes nothing'
refused 3 "no authority 'nobody'" ca csr nobody
refused 3 'no such file' ca install issuing "$work/missing.pem"
refused 1 'no certificate is for' ca install issuing "$work/same.pem"
refused 1 'present certificate' ca install issuing "$state/issuing.pem"
ctl ca csr issuing --output "$work/bad.csr" 2>/dev/null || fail 'ca csr'
sign "$work/bad.csr" "$work/bad.pem" 10
refused 1 '--force' ca install issuing "$work/bad.pem"
echo 'basicConstraints=CA:FALSE' >"$work/leaf.ext"
openssl x509 -req -in "$work/bad.csr" -CA "$root" -CAkey "$state/root.key" -days 5000 -extfile "$work/leaf.ext" \
	-out "$work/bad.pem" 2>/dev/null
refused 1 'none of a CA' ca install issuing "$work/bad.pem"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/other.key" -subj '/CN=Other' \
	-addext basicConstraints=critical,CA:TRUE -days 5000 -out "$work/other.pem" 2>/dev/null
openssl x509 -req -in "$work/bad.csr" -CA "$work/other.pem" -CAkey "$work/other.key" -days 4900 \
	-extfile "$work/ca.ext" -out "$work/bad.pem" 2>/dev/null
refused 1 '--issuer-certificate' ca install issuing "$work/bad.pem"
cat "$work/other.pem" >>"$work/bad.pem"
refused 1 '--issuer-certificate' ca install issuing "$work/bad.pem"
openssl req -in "$work/bad.csr" -noout -pubkey >"$work/bad.pub"
openssl x509 -new -force_pubkey "$work/bad.pub" -subj /CN=Renamed -CA "$root" -CAkey "$state/root.key" -days 5000 \
	-extfile "$work/ca.ext" -out "$work/bad.pem" 2>"$work/err" || fail "$(cat "$work/err")"
refused 1 'never changes' ca install issuing "$work/bad.pem"
head -c 20 /dev/urandom >"$work/bad.pem"
refused 1 'CERTIFICATE' ca install issuing "$work/bad.pem"
refused 2 'wants' ca install issuing
refused 2 'new-key' ca csr issuing --key-type p-256

note 'no daemon, no signal'
stop_signetd
status=0
ctl ca csr issuing --output "$work/same.csr" 2>/dev/null || fail 'ca csr without a daemon'
sign "$work/same.csr" "$work/same.pem" 8000
ctl ca install issuing "$work/same.pem" --reload >"$work/out" 2>"$work/err" || status=$?
[ "$status" -eq 4 ] || fail "status $status without a daemon: $(cat "$work/err")"
grep -q 'no signetd runs' "$work/err" || fail "$(cat "$work/err")"
start_signetd
issue e
current=$(openssl x509 -in "$(cert e)" -noout -ext crlDistributionPoints | sed -n 's|.*pki/crl/\(.*\)\.crl|\1|p')
relied_on "$(cert e)" "$current"
relied_on "$(cert a)" issuing
stop_signetd
