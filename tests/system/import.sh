#!/bin/bash
# A CA moves to Signet: what openssl has issued with its key before is imported, with its CRL, and from then
# on found, revoked and told of as if it had been issued here. What is damaged, foreign or nobody's business
# is refused, a line each. And certificates are found by everything that names them.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

authority_extra=', urls: {base: "http://crl.example/pki"}, crl: {interval: 12h, validity: 1d, shards: 2}'
config_extra='  - repository: {}
  - ocsp: {}'
make_ca
ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }
openssl x509 -in "$work/state/issuing.pem" -out "$work/issuer.pem"

note 'the CA as it was'
cat >"$work/old.cnf" <<END
[ca]
default_ca = d
[d]
dir = $work/old
database = $work/old/index.txt
new_certs_dir = $work/old/newcerts
serial = $work/old/serial
crlnumber = $work/old/crlnumber
certificate = $work/issuer.pem
private_key = $work/state/issuing.key
default_md = sha256
default_days = 90
default_crl_days = 30
policy = p
unique_subject = no
copy_extensions = copy
x509_extensions = leaf
crl_extensions = list
[p]
commonName = supplied
[leaf]
basicConstraints = CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[sharded]
basicConstraints = CA:FALSE
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:http://crl.example/pki/crl/issuing-2.crl
[list]
authorityKeyIdentifier = keyid
END
mkdir -p "$work/old/newcerts"
: >"$work/old/index.txt"
echo 1000 >"$work/old/serial"
echo 07 >"$work/old/crlnumber"
openssl ecparam -name prime256v1 -genkey -noout -out "$work/leaf.key"
# old NAME [CA-OPTIONS]: a certificate of the CA as it was, $work/NAME.pem
old() {
	local name=$1
	shift
	openssl req -new -key "$work/leaf.key" -subj "/CN=$name.example" -addext "subjectAltName=DNS:$name.example" \
		-out "$work/csr"
	openssl ca -batch -notext -config "$work/old.cnf" -in "$work/csr" -out "$work/$name.pem" "$@" \
		2>"$work/err" || fail "openssl ca: $(cat "$work/err")"
}
for i in $(seq 1 48); do
	old "c$i"
done
old c49 -extensions sharded
old c50 -startdate 20200101000000Z -enddate 20210101000000Z
for i in 1:keyCompromise 2:superseded 49:cessationOfOperation; do
	openssl ca -config "$work/old.cnf" -revoke "$work/c${i%:*}.pem" -crl_reason "${i#*:}" 2>/dev/null
done
openssl ca -config "$work/old.cnf" -revoke "$work/c3.pem" -crl_hold holdInstructionReject 2>/dev/null
openssl ca -config "$work/old.cnf" -revoke "$work/c4.pem" -crl_compromise 20260102030405Z 2>/dev/null
openssl ca -config "$work/old.cnf" -gencrl -out "$work/old.crl" 2>"$work/err" || fail "$(cat "$work/err")"
for i in $(seq 1 50); do
	openssl x509 -in "$work/c$i.pem" -text
done >"$work/all.pem"
serial() { openssl x509 -in "$work/$1.pem" -noout -serial | cut -d= -f2 | tr A-F a-f; }

# A line for each certificate of a CRL: serial number, date, reason and what else it says.
entries() {
	openssl crl -inform "$1" -in "$2" -noout -text |
		awk '/Signature Algorithm/ {list = 0} /Revoked Certificates/ {list = 1; next}
			!list || /Hold Instruction/ {next} /Serial Number/ {printf "\n"} {$1 = $1; printf "%s ", $0}' |
		sort | grep Serial
}
ocsp() {
	for _ in $(seq 50); do
		openssl ocsp -issuer "$work/issuer.pem" -CAfile "$root" -verify_other "$work/issuer.pem" -no_nonce \
			-url "http://127.0.0.1:$http/ocsp" -cert "$work/$1.pem" >"$work/says" 2>&1 || true
		grep -q 'Response verify OK' "$work/says" || fail "$1: not verified: $(cat "$work/says")"
		! grep -q "^$work/$1.pem: $2\$" "$work/says" || return 0
		sleep 0.1
	done
	fail "$1 is not $2: $(cat "$work/says")"
}
# says EXPECTED STATUS ARGUMENTS: the summary of an import, and its exit status
says() {
	local expected=$1 status=$2 got=0
	shift 2
	ctl cert import "$@" >"$work/out" 2>"$work/err" || got=$?
	[ "$got" -eq "$status" ] && [ "$(cat "$work/out")" = "$expected" ] ||
		fail "cert import $*: $got, '$(cat "$work/out")', $(cat "$work/err")"
}

note 'importing'
start_signetd
ocsp c5 unknown
says '50 would be imported, 0 here already, 5 revoked, 0 refused' 0 --check --revoked-by "$work/old.crl" "$work/all.pem"
[ -z "$(ctl --csv cert list --columns id --name '*.example' | tail -n +2)" ] || fail 'the check has imported'
says '50 imported, 0 here already, 5 revoked, 0 refused' 0 --authority issuing --revoked-by "$work/old.crl" "$work/all.pem"
says '0 imported, 50 here already, 0 revoked, 0 refused' 0 --revoked-by "$work/old.crl" "$work/all.pem"
says '0 imported, 50 here already, 0 refused' 0 "$work/old/newcerts"
[ "$(ctl --csv cert list --name '*.example' --limit all --columns id | tail -n +2 | wc -l)" -eq 50 ] || fail 'not all are found'
[ "$(ctl --csv cert list --issued-before 2021-01-01 --columns names,state,notAfter | tail -n +2)" = \
	'dns:c50.example,expired,2021-01-01T00:00:00Z' ] || fail 'it is not found by when it was issued'
id=$(ctl --csv cert list --name c7.example --columns id | tail -n +2)
ctl request show "$id" >"$work/out" || fail 'request show'
for line in 'imported by uid' 'c7.example' 'P-256' 'issued'; do
	grep -q "$line" "$work/out" || fail "request show: no $line: $(cat "$work/out")"
done
! grep -q BEGIN "$work/out" || fail "request show: a csr: $(cat "$work/out")"
ctl request list --intermediary signetctl --limit all | grep -c issued | finds -x 50 || fail 'request list'
ctl cert show --pem "$id" | cmp - "$work/c7.pem" || fail 'another certificate'

note 'what CRLs and OCSP say'
[ "$(entries DER "$work/state/public/crl/issuing.crl")" = "$(entries PEM "$work/old.crl")" ] ||
	fail "the CRL says $(entries DER "$work/state/public/crl/issuing.crl"), not $(entries PEM "$work/old.crl")"
[ "$(entries DER "$work/state/public/crl/issuing-2.crl" | wc -l)" -eq 1 ] || fail 'the shard does not list its own'
[ -z "$(entries DER "$work/state/public/crl/issuing-1.crl")" ] || fail 'the other shard lists any'
for i in 5 6 48; do
	ocsp "c$i" good
done
for i in 1 2 3 4 49; do
	ocsp "c$i" revoked
done

note 'revoking'
ctl cert revoke "0x$(serial c5)" --reason superseded || fail 'revoke by serial'
ctl cert revoke "$id" || fail 'revoke by id'
ctl cert revoke "$work/c9.pem" || fail 'revoke by file'
print=$(openssl x509 -in "$work/c11.pem" -noout -fingerprint -sha256 | cut -d= -f2)
ctl cert revoke "$print" || fail 'revoke by fingerprint'
[ "$(ctl --json cert show "$(tr -d : <<<"$print" | tr A-F a-f)" | python3 -c 'import json, sys; print(json.load(sys.stdin)["state"])')" = revoked ] ||
	fail 'show by fingerprint'
ctl cert export "$print" | cmp - "$work/c11.pem" || fail 'export by fingerprint'
print=$(openssl x509 -in "$work/c12.pem" -noout -fingerprint -sha256 | cut -d= -f2)
ctl cert hold "$print" || fail 'hold by fingerprint'
ctl cert release "$print" || fail 'release by fingerprint'
ctl cert revoke "$(openssl x509 -in "$work/c12.pem" -noout -fingerprint -sha1 | cut -d= -f2)" 2>"$work/err" &&
	fail 'revoke by SHA-1'
grep -q 'must be that of SHA-256' "$work/err" || fail "SHA-1: $(cat "$work/err")"
ctl cert revoke "${print%??}00" 2>/dev/null && fail 'revoke by a fingerprint of nothing'
ctl cert release "$work/c3.pem" || fail release
for i in 5 7 9 11; do
	ocsp "c$i" revoked
done
ocsp c3 good
ctl crl publish >/dev/null || fail 'crl publish'
entries DER "$work/state/public/crl/issuing.crl" >"$work/says"
[ "$(wc -l <"$work/says")" -eq 8 ] || fail "the CRL says $(cat "$work/says")"
for i in 1 2 4 5 7 9 11 49; do
	grep -qi "Serial Number: $(serial "c$i") " "$work/says" || fail "c$i is not on the CRL: $(cat "$work/says")"
done
openssl crl -inform DER -in "$work/state/public/crl/issuing.crl" -out "$work/new.crl"
openssl verify -crl_check -partial_chain -trusted "$work/issuer.pem" -CRLfile "$work/new.crl" "$work/c5.pem" >"$work/says" 2>&1 &&
	fail 'openssl verify takes c5'
grep -q 'certificate revoked' "$work/says" || fail "openssl verify: $(cat "$work/says")"
openssl verify -crl_check -partial_chain -trusted "$work/issuer.pem" -CRLfile "$work/new.crl" "$work/c6.pem" >/dev/null ||
	fail 'openssl verify does not take c6'

note 'what the CA did until it was switched off'
old c51
openssl ca -config "$work/old.cnf" -revoke "$work/c10.pem" -crl_reason keyCompromise 2>/dev/null
openssl ca -config "$work/old.cnf" -gencrl -out "$work/newer.crl" 2>/dev/null
says '1 imported, 50 here already, 1 revoked, 0 refused' 0 --revoked-by "$work/newer.crl" "$work/all.pem" "$work/c51.pem"
ocsp c10 revoked
ocsp c3 good
entries DER "$work/state/public/crl/issuing.crl" | finds -i "Serial Number: $(serial c10) " || fail 'c10 is not on the CRL'

note 'what is refused'
mkdir "$work/mixed" "$work/empty"
old c52
old c53 -startdate 20200101000000Z -enddate 20210101000000Z
cp "$work/c52.pem" "$work/mixed/a.crt"
openssl x509 -in "$work/c53.pem" -outform DER -out "$work/mixed/b.cer"
{
	openssl pkey -in "$work/leaf.key"
	cat "$work/c51.pem"
	sed '5s/./!/' "$work/c48.pem"
	cat "$work/issuer.pem"
} >"$work/mixed/c.pem"
openssl x509 -in "$work/c52.pem" -outform DER | head -c 300 >"$work/mixed/d.der"
openssl x509 -in "$work/c48.pem" -outform DER | python3 -c 'import sys; d = bytearray(sys.stdin.buffer.read()); d[-1] ^= 1; sys.stdout.buffer.write(d)' >"$work/mixed/e.der"
openssl req -new -x509 -key "$work/leaf.key" -subj /CN=foreign.example -out "$work/mixed/f.pem"
openssl req -new -x509 -key "$work/leaf.key" -subj "$(openssl x509 -in "$work/issuer.pem" -noout -subject -nameopt compat | sed 's/^subject=//; s/, /\//g; s/ = /=/g; s|^|/|; s|^//|/|')" \
	-out "$work/mixed/g.pem"
cp "$root" "$work/mixed/h.pem"
echo nothing >"$work/mixed/i.pem"
echo nothing >"$work/mixed/other.txt"
openssl req -new -key "$work/leaf.key" -subj /CN=c52.example -out "$work/csr"
openssl x509 -req -in "$work/csr" -CA "$work/issuer.pem" -CAkey "$work/state/issuing.key" -set_serial "0x$(serial c52)" \
	-extfile <(echo basicConstraints=CA:FALSE) -out "$work/mixed/j.pem" 2>/dev/null
says '1 imported, 1 here already, 1 have ended, 10 refused' 1 --unexpired "$work/mixed" "$work/empty"
while IFS='|' read -r place why; do
	grep -q "^signetctl: $work/$place: .*$why" "$work/err" || fail "no line of $place, $why: $(cat "$work/err")"
done <<'END'
mixed/c.pem: certificate 2|broken block of PEM
mixed/c.pem: certificate 3|no authority here is its issuer
mixed/d.der|no certificate in it
mixed/e.der|no key of its issuer has signed it
mixed/f.pem|no authority here is its issuer: CN=foreign.example
mixed/g.pem|no key of its issuer has signed it
mixed/h.pem|no authority here is its issuer
mixed/i.pem|no certificate in it
mixed/j.pem|another certificate of this issuer and serial number is here already
empty|no file in it ends in .pem
END
says '1 imported, 0 here already, 0 refused' 0 "$work/mixed/b.cer"
says '0 imported, 1 here already, 0 refused' 0 --publish "$work/c51.pem"
ctl --json cert import "$work/c51.pem" "$work/mixed/e.der" >"$work/out" && fail 'no status of a refusal'
python3 - "$work/out" <<'END' || fail "cert import --json: $(cat "$work/out")"
import json, sys
r = json.load(open(sys.argv[1]))
assert (r["imported"], r["skipped"], r["refused"]) == (0, 1, 1) and "no key of its issuer" in r["refusals"][0]
END
ctl cert import --authority nobody "$work/c51.pem" 2>/dev/null && fail 'there is no such authority'
openssl ca -config "$work/old.cnf" -gencrl -keyfile "$work/leaf.key" -cert "$work/mixed/f.pem" -out "$work/foreign.crl" 2>/dev/null
ctl cert import --revoked-by "$work/foreign.crl" "$work/c51.pem" >/dev/null 2>"$work/err" && fail 'a foreign CRL'
grep -q 'no authority here is the issuer of the CRL' "$work/err" || fail "a foreign CRL: $(cat "$work/err")"
ctl cert import --revoked-by "$work/state/public/crl/issuing-2.crl" "$work/c49.pem" >/dev/null || fail 'the CRL of a shard'

note 'on record, and sound'
for file in "$work/state/published"/*.pem; do
	! openssl x509 -in "$file" -noout -subject | finds 'c[0-9]*\.example' || fail "$file was published"
done
before=$(published)
old c54
says '1 imported, 0 here already, 0 refused' 0 --publish "$work/c54.pem"
for _ in $(seq 50); do
	[ "$(published)" -eq "$before" ] || break
	sleep 0.1
done
cmp "$work/c54.pem" "$work/state/published/$(serial c54).pem" || fail 'it was not published'
ctl audit show --limit 100 >"$work/out" || fail 'audit show'
for action in imported import-crl import-revoked; do
	grep -q "$action" "$work/out" || fail "no $action on record: $(cat "$work/out")"
done
ctl audit verify >/dev/null || fail 'audit verify'
ctl db check >"$work/out" || fail "db check: $(cat "$work/out")"
stop_signetd
