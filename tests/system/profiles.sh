#!/bin/bash
# Every ready profile, included by a real configuration: requests get certificates that openssl and
# certtool take, with exactly the extensions that the profile promises; an authority of the profile
# sub-ca stands in a chain; and what is wrong with an included file is named.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

ready='tls-server tls-client tls-server-client device s-mime code-signing ocsp-responder sub-ca'
policy='  - keys: {rsa-min: 2048, curves: [P-256, P-384], ed25519: true}
  - validity: {max: 3660d}'
make_ca

# The inline profile makes room for the ready ones; the root signs, too.
python3 - "$work/signet.yaml" "$srcdir" $ready <<'END'
import re, sys
path, srcdir, names = sys.argv[1], sys.argv[2], sys.argv[3:]
text = open(path).read()
text = re.sub(r"(?m)^profiles:\n(  .*\n)+", "", text)
text = re.sub(r"(?m)^  issuing: .*\n", "  issuing: {certificate: issuing.pem, key: issuing.key, urls: "
    "{crl: ['http://ca.example/issuing.crl'], issuers: ['http://ca.example/issuing.cer'], "
    "ocsp: ['http://ca.example/ocsp']}}\n  root: {certificate: root.pem, key: root.key}\n", text)
files = [f"{srcdir}/conf/profiles/{n}.yaml" for n in names] + ["more/own.yaml"]
open(path, "w").write(text + "include:\n" + "".join(f"  - {f}\n" for f in files))
END
mkdir "$work/more"
cat >"$work/more/own.yaml" <<'END'
profiles:
  everything:
    authority: issuing
    validity: {default: 10d, max: 20d}
    subject: {C: DE, O: "Example, Ltd + Co", OU?: "{attribute.department}", CN: "{request.CN}"}
    names:
      from-request: {dns: 1}
      common-name: false
      add: ["dns:www.{san.dns}", "email:{request.CN}@corp.example", "upn:{request.CN}@corp.example",
            "ip:{address}", "uri:urn:example:{profile}"]
      required: [dns, email]
    key-usage: [digital-signature, key-agreement]
    extended-key-usage: [client-auth, smartcard-logon, 1.3.6.1.4.1.99999.3]
    policies: [{oid: 1.3.6.1.4.1.99999.1, cps: "http://ca.example/cps", notice: "For tests only"}]
    urls: {crl: "http://ca.example/own.crl", freshest-crl: "http://ca.example/delta.crl", ocsp: none}
    ocsp-no-check: true
    must-staple: true
    ms-template: {oid: 1.3.6.1.4.1.311.21.8.1, major: 100, minor: 3}
    ms-sid: S-1-5-21-1-2-3-500
    extensions:
      - {oid: 1.3.6.1.4.1.99999.8, hex: 0c0568656c6c6f}
      - oid: 1.3.6.1.4.1.99999.7
        asn1: {sequence: [{utf8: text}, {integer: 5}, {explicit: {tag: 0, value: {oid: 1.2}}}]}
    from-request: [key-usage, 1.3.6.1.4.1.99999.9]
  constrained:
    authority: root
    subject: {O: Example, CN: "{request.CN}"}
    names: {}
    basic-constraints: {ca: true, path-length: 0}
    key-usage: [key-cert-sign, crl-sign]
    name-constraints:
      permitted: ["dns:good.example", "email:.good.example", "directory:O=Good"]
      excluded: ["dns:bad.good.example", "ip:0.0.0.0/0", "ip:::/0"]
  strict:
    authority: root
    subject: {O: Example, CN: "{request.CN}"}
    names: {}
    basic-constraints: {ca: true, path-length: 0}
    key-usage: [key-cert-sign, crl-sign]
    policy-constraints: {require-explicit: 3}
    inhibit-any-policy: 2
END
{
	echo 'intermediaries:'
	for name in $ready everything constrained strict; do
		echo "  - raw: {name: $name, path: /$name, profile: $name}"
	done
} >>"$work/more/own.yaml"
"$signetctl" --config "$work/signet.yaml" config check >/dev/null || fail 'config check'
start_signetd

# key TYPE NAME: a key
key() {
	case $1 in
	rsa) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$work/$2.key" 2>/dev/null ;;
	ed25519) openssl genpkey -algorithm ED25519 -out "$work/$2.key" ;;
	*) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/$2.key" ;;
	esac
}

# request NAME SUBJECT [EXTENSION...]: a PKCS#10 of the key of that name
request() {
	local name=$1 subject=$2
	shift 2
	{
		printf '[req]\ndistinguished_name = dn\nstring_mask = utf8only\n'
		[ $# -eq 0 ] || printf 'req_extensions = ext\n'
		printf '[dn]\n[ext]\n'
		printf '%s\n' "$@"
	} >"$work/$name.cnf"
	openssl req -new -config "$work/$name.cnf" -key "$work/$name.key" -subj "$subject" -utf8 \
		-outform DER -out "$work/$name.csr" 2>"$work/err" || fail "$name: $(cat "$work/err")"
}

# submit NAME PROFILE: posts it and prints the status; the chain is in NAME.pem
submit() {
	curl -s --cacert "$root" -o "$work/$1.pem" -w '%{http_code}' \
		-H 'Content-Type: application/pkcs10' --data-binary "@$work/$1.csr" "https://localhost:$https/$2"
}

issue() {
	[ "$(submit "$1" "$2")" = 200 ] || fail "$2: $(cat "$work/$1.pem")"
}

# denied NAME PROFILE TEXT
denied() {
	[ "$(submit "$1" "$2")" = 403 ] || fail "$2: was not denied: $(cat "$work/$1.pem")"
	grep -qF "$3" "$work/$1.pem" || fail "$2: $(cat "$work/$1.pem")"
}

# purpose NAME PURPOSE...: the chain verifies for each of them
purpose() {
	local name=$1 p
	shift
	for p in "$@"; do
		openssl verify -x509_strict -purpose "$p" -CAfile "$root" -untrusted "$work/$name.pem" \
			"$work/$name.pem" >"$work/verify.out" 2>&1 ||
			fail "$name: not for $p: $(cat "$work/verify.out")"
	done
}

# expect NAME [unknown] <<TEXT: the subject and every extension as openssl shows them, key identifiers
# aside; certtool reads and verifies the chain (unknown: but for a critical extension that GnuTLS does
# not know), and the key is the request's
expect() {
	local pem=$work/$1.pem
	openssl x509 -in "$pem" -noout -text -nameopt RFC2253,utf8,-esc_msb -certopt \
		no_header,no_version,no_serial,no_signame,no_validity,no_issuer,no_pubkey,no_sigdump \
		>"$work/text" || fail "$1: openssl cannot read it"
	sed 's/^ *//; s/ *$//; /^$/d; s/^[0-9A-F][0-9A-F]\(:[0-9A-F][0-9A-F]\)\{19\}$/KEY/' "$work/text" >"$work/found"
	diff - "$work/found" >"$work/diff" || fail "$1: $(cat "$work/diff")"
	certtool -i --infile "$pem" >"$work/certtool.out" 2>&1 || fail "$1: certtool: $(cat "$work/certtool.out")"
	! grep -iE 'error|invalid|malformed|cannot|unable|warning' "$work/certtool.out" || fail "$1: certtool complains"
	certtool --verify --load-ca-certificate "$root" --infile "$pem" >"$work/certtool.out" 2>&1 ||
		[ "${2-}:$(grep -c 'unknown critical extension' "$work/certtool.out")" = unknown:2 ] ||
		fail "$1: certtool does not verify it: $(cat "$work/certtool.out")"
	[ "$(openssl x509 -in "$pem" -noout -pubkey)" = "$(openssl pkey -in "$work/$1.key" -pubout)" ] ||
		fail "$1: another key"
}

# days NAME: how long it holds
days() {
	local from until
	from=$(date -d "$(openssl x509 -in "$work/$1.pem" -noout -startdate | cut -d= -f2)" +%s)
	until=$(date -d "$(openssl x509 -in "$work/$1.pem" -noout -enddate | cut -d= -f2)" +%s)
	echo $(((until - from + 1) / 86400))
}

# reload: makes the daemon read its files again, and waits until engine and gateway have
reload() {
	reloads=$((${reloads-0} + 1))
	kill -HUP "$daemon"
	for _ in $(seq 100); do
		if [ "$(grep -c 'role=engine event=reloaded' "$work/signetd.log")" = $reloads ] &&
			[ "$(grep -c 'role=gateway event=reloaded' "$work/signetd.log")" = $reloads ]; then
			return 0
		fi
		sleep 0.1
	done
	fail 'no reload'
}

san='X509v3 Subject Alternative Name:'
key_ids='X509v3 Subject Key Identifier:
KEY
X509v3 Authority Key Identifier:
KEY'
addresses='X509v3 CRL Distribution Points:
Full Name:
URI:http://ca.example/issuing.crl
Authority Information Access:
OCSP - URI:http://ca.example/ocsp
CA Issuers - URI:http://ca.example/issuing.cer'

note 'tls-server, which takes must-staple of what the request asks for'
key rsa web
request web /CN=a.example 'subjectAltName = DNS:a.example, IP:192.0.2.1' \
	'basicConstraints = CA:TRUE' 'keyUsage = keyCertSign' 'tlsfeature = status_request'
issue web tls-server
purpose web sslserver
expect web <<END
Subject: CN=a.example
X509v3 extensions:
X509v3 Key Usage: critical
Digital Signature, Key Encipherment
X509v3 Extended Key Usage:
TLS Web Server Authentication
X509v3 Basic Constraints: critical
CA:FALSE
TLS Feature:
status_request
$san
DNS:a.example, IP Address:192.0.2.1
$key_ids
$addresses
END
[ "$(days web)" = 90 ] || fail "web: $(days web) days"
request web /O=Example
denied web tls-server 'wants an alternative name'

note 'tls-client'
key ed25519 client
request client '/O=Ignored/CN=Report Service' 'subjectAltName = URI:spiffe://corp.example/report, email:report@corp.example'
issue client tls-client
purpose client sslclient
expect client <<END
Subject: CN=Report Service
X509v3 extensions:
X509v3 Key Usage: critical
Digital Signature
X509v3 Extended Key Usage:
TLS Web Client Authentication
X509v3 Basic Constraints: critical
CA:FALSE
$san
URI:spiffe://corp.example/report, email:report@corp.example
$key_ids
$addresses
END
request client /O=Nameless
denied client tls-client '{request.CN}: the request brings none'
request client /CN=client 'subjectAltName = DNS:a.example'
denied client tls-client 'takes no names of the kind dns'

note 'tls-server-client, and one that wants to be a client only'
key ec node
request node /CN=node1.example 'subjectAltName = DNS:node1.example, URI:spiffe://corp.example/node1'
issue node tls-server-client
purpose node sslserver sslclient
expect node <<END
Subject: CN=node1.example
X509v3 extensions:
X509v3 Key Usage: critical
Digital Signature
X509v3 Extended Key Usage:
TLS Web Server Authentication, TLS Web Client Authentication
X509v3 Basic Constraints: critical
CA:FALSE
$san
DNS:node1.example, URI:spiffe://corp.example/node1
$key_ids
$addresses
END
request node /CN=node1.example 'subjectAltName = DNS:node1.example' 'extendedKeyUsage = clientAuth, codeSigning'
issue node tls-server-client
[ "$(openssl x509 -in "$work/node.pem" -noout -ext extendedKeyUsage | tail -n 1 | tr -d ' ')" = TLSWebClientAuthentication ] ||
	fail 'the usages of the request were not narrowed'
# where each extension comes from is kept
id=$(openssl x509 -in "$work/node.pem" -noout -serial | cut -d= -f2 | tr A-F a-f)
id=$("$signetctl" --config "$work/signet.yaml" --json cert list | python3 -c '
import json, sys
rows = json.load(sys.stdin)
rows = rows if isinstance(rows, list) else rows["certificates"]
print([r["id"] for r in rows if r["serial"] == sys.argv[1]][0])' "$id") || fail 'cert list'
"$signetctl" --config "$work/signet.yaml" request show "$id" >"$work/shown" || fail 'request show'
grep -qE 'extKeyUsage, from request: client-auth$' "$work/shown" || fail "origins: $(cat "$work/shown")"
grep -qE 'keyUsage \(critical\), from profile: digital-signature$' "$work/shown" || fail "origins: $(cat "$work/shown")"

note 'device'
key rsa phone
request phone /serialNumber=SN-0815/CN=phone7.example 'subjectAltName = IP:192.0.2.77'
issue phone device
purpose phone sslclient sslserver
expect phone <<END
Subject: CN=phone7.example,serialNumber=SN-0815
X509v3 extensions:
X509v3 Key Usage: critical
Digital Signature, Key Encipherment
X509v3 Extended Key Usage:
TLS Web Client Authentication, TLS Web Server Authentication, ipsec Internet Key Exchange, 1.3.6.1.5.5.7.3.14
X509v3 Basic Constraints: critical
CA:FALSE
$san
IP Address:192.0.2.77, DNS:phone7.example
$key_ids
$addresses
END

note 's-mime, for each kind of key what it can do'
for kind in rsa ec ed25519; do
	case $kind in
	rsa) usages='Digital Signature, Key Encipherment' for='smimesign smimeencrypt' ;;
	ec) usages='Digital Signature, Key Agreement' for=smimesign ;;
	ed25519) usages='Digital Signature' for=smimesign ;;
	esac
	key $kind mail
	request mail '/CN=Zoë Meier' 'subjectAltName = email:zoe@corp.example, email:z.meier@corp.example'
	issue mail s-mime
	# shellcheck disable=SC2086
	purpose mail $for
	expect mail <<END
Subject: CN=Zoë Meier
X509v3 extensions:
X509v3 Key Usage: critical
$usages
X509v3 Extended Key Usage:
E-mail Protection
X509v3 Basic Constraints: critical
CA:FALSE
$san
email:zoe@corp.example, email:z.meier@corp.example
$key_ids
$addresses
END
done
key rsa mail
request mail / 'subjectAltName = email:zoe@corp.example' 'keyUsage = keyEncipherment'
issue mail s-mime
purpose mail smimeencrypt
openssl x509 -in "$work/mail.pem" -noout -ext subjectAltName | finds critical ||
	fail 'without a subject the names are not critical'
printf 'hello\n' >"$work/plain"
openssl smime -encrypt -aes256 -in "$work/plain" -out "$work/letter" "$work/mail.pem"
openssl smime -decrypt -in "$work/letter" -recip "$work/mail.pem" -inkey "$work/mail.key" | tr -d '\r' |
	cmp - "$work/plain" || fail 'the letter cannot be read'
request mail '/CN=Zoë Meier'
denied mail s-mime 'wants a name of the kind email'

note 'code-signing'
key rsa code
request code /CN=Releases 'subjectAltName = DNS:ignored.example'
issue code code-signing
purpose code any
expect code <<END
Subject: CN=Releases
X509v3 extensions:
X509v3 Key Usage: critical
Digital Signature
X509v3 Extended Key Usage:
Code Signing
X509v3 Basic Constraints: critical
CA:FALSE
$key_ids
$addresses
END
printf 'program\n' >"$work/program"
openssl cms -sign -binary -in "$work/program" -signer "$work/code.pem" -inkey "$work/code.key" \
	-certfile "$work/state/issuing.pem" -outform DER -out "$work/program.p7s"
openssl cms -verify -binary -inform DER -in "$work/program.p7s" -content "$work/program" -purpose any \
	-CAfile "$root" -out /dev/null 2>"$work/err" || fail "code: $(cat "$work/err")"

note 'ocsp-responder, and an answer that it signs'
key ec ocsp
request ocsp /CN=Responder
issue ocsp ocsp-responder
purpose ocsp ocsphelper
expect ocsp <<END
Subject: CN=Responder
X509v3 extensions:
X509v3 Key Usage: critical
Digital Signature
X509v3 Extended Key Usage:
OCSP Signing
X509v3 Basic Constraints: critical
CA:FALSE
OCSP No Check:
Authority Information Access:
CA Issuers - URI:http://ca.example/issuing.cer
$key_ids
END
[ "$(days ocsp)" = 14 ] || fail "ocsp: $(days ocsp) days"
openssl x509 -in "$work/state/issuing.pem" -out "$work/issuing.pem"
serial=$(openssl x509 -in "$work/phone.pem" -noout -serial | cut -d= -f2)
printf 'V\t991231235959Z\t\t%s\tunknown\t/CN=phone7.example\n' "$serial" >"$work/index"
openssl ocsp -issuer "$work/issuing.pem" -cert "$work/phone.pem" -no_nonce -reqout "$work/ocsp.request" 2>/dev/null
openssl ocsp -index "$work/index" -CA "$work/issuing.pem" -rsigner "$work/ocsp.pem" -rkey "$work/ocsp.key" \
	-reqin "$work/ocsp.request" -respout "$work/ocsp.answer" -ndays 1 >/dev/null 2>&1 || fail 'ocsp: no answer'
openssl ocsp -respin "$work/ocsp.answer" -issuer "$work/issuing.pem" -cert "$work/phone.pem" -CAfile "$root" \
	-verify_other "$work/issuing.pem" >"$work/ocsp.out" 2>&1 || fail "ocsp: $(cat "$work/ocsp.out")"
grep -q 'Response verify OK' "$work/ocsp.out" || fail "ocsp: $(cat "$work/ocsp.out")"
grep -q 'phone.pem: good' "$work/ocsp.out" || fail "ocsp: $(cat "$work/ocsp.out")"

note 'sub-ca'
key ec sub
request sub '/C=DE/O=Branch/CN=Branch CA' 'basicConstraints = CA:TRUE, pathlen:9' \
	'nameConstraints = permitted;DNS:example'
issue sub sub-ca
purpose sub any crlsign
expect sub <<END
Subject: CN=Branch CA,O=Branch,C=DE
X509v3 extensions:
X509v3 Key Usage: critical
Certificate Sign, CRL Sign
X509v3 Basic Constraints: critical
CA:TRUE, pathlen:0
$key_ids
END
[ "$(days sub)" = 1825 ] || fail "sub: $(days sub) days"

note 'it is an authority of its own after a reload, and what it issues verifies'
cp "$work/sub.key" "$work/state/sub.key"
chmod 600 "$work/state/sub.key"
openssl x509 -in "$work/sub.pem" >"$work/state/sub.pem"
cat "$root" >>"$work/state/sub.pem"
cat >"$work/more/branch.yaml" <<'END'
authorities:
  branch: {certificate: sub.pem, key: sub.key}
profiles:
  branch-server: {authority: branch, names: [dns], key-usage: [digital-signature], extended-key-usage: [server-auth]}
intermediaries:
  - raw: {name: branch, path: /branch, profile: branch-server}
END
# in the file that is included: files include files
echo 'include: branch.yaml' >>"$work/more/own.yaml"
reload
key ec below
request below /CN=shop.branch.example 'subjectAltName = DNS:shop.branch.example'
issue below branch
check_certificate "$work/below.pem" "$work/below.key" shop.branch.example
[ "$(grep -c BEGIN "$work/below.pem")" = 2 ] || fail 'the chain of the branch is not two certificates'

note 'but it cannot stand over another authority, here and with others who verify'
sed -i 's/branch-server: {authority: branch,/branch-server: {authority: branch, subject: request, basic-constraints: {ca: true, path-length: 0},/; s/key-usage: \[digital-signature\]/key-usage: [key-cert-sign]/' "$work/more/branch.yaml"
if "$signetd" --config "$work/signet.yaml" --check-config 2>"$work/err"; then fail 'a path length was passed'; fi
grep -qF "$work/more/branch.yaml:4: profiles.branch-server.basic-constraints: the authority 'branch' may have no CA below it" \
	"$work/err" || fail "message: $(cat "$work/err")"
key ec deeper
printf 'basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign\nsubjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n' >"$work/deeper.ext"
request deeper /CN=Deeper
openssl x509 -req -inform DER -in "$work/deeper.csr" -CA "$work/sub.pem" -CAkey "$work/sub.key" -days 10 \
	-extfile "$work/deeper.ext" -out "$work/deeper.pem" 2>/dev/null
printf 'basicConstraints = critical, CA:FALSE\nsubjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n' >"$work/leaf.ext"
key ec leaf
request leaf /CN=leaf
openssl x509 -req -inform DER -in "$work/leaf.csr" -CA "$work/deeper.pem" -CAkey "$work/deeper.key" -days 10 \
	-extfile "$work/leaf.ext" -out "$work/leaf.pem" 2>/dev/null
cat "$work/sub.pem" "$work/deeper.pem" >"$work/path.pem"
if openssl verify -x509_strict -CAfile "$root" -untrusted "$work/path.pem" "$work/leaf.pem" >"$work/verify.out" 2>&1; then
	fail 'an authority below the path length verifies'
fi
grep -q 'path length constraint exceeded' "$work/verify.out" || fail "verify: $(cat "$work/verify.out")"

note 'an authority with name constraints'
key ec tight
request tight /CN=Tight
issue tight constrained
expect tight <<END
Subject: CN=Tight,O=Example
X509v3 extensions:
X509v3 Key Usage: critical
Certificate Sign, CRL Sign
X509v3 Basic Constraints: critical
CA:TRUE, pathlen:0
X509v3 Name Constraints: critical
Permitted:
DNS:good.example
email:.good.example
DirName:O = Good
Excluded:
DNS:bad.good.example
IP:0.0.0.0/0.0.0.0
IP:0:0:0:0:0:0:0:0/0:0:0:0:0:0:0:0
$key_ids
END
for name in a.good.example bad.good.example a.example; do
	key ec leaf
	request leaf /O=Good
	cp "$work/leaf.ext" "$work/named.ext"
	echo "subjectAltName = DNS:$name" >>"$work/named.ext"
	openssl x509 -req -inform DER -in "$work/leaf.csr" -CA "$work/tight.pem" -CAkey "$work/tight.key" -days 10 \
		-extfile "$work/named.ext" -out "$work/leaf.pem" 2>/dev/null
	verdict=good
	openssl verify -x509_strict -CAfile "$root" -untrusted "$work/tight.pem" "$work/leaf.pem" >"$work/verify.out" 2>&1 ||
		verdict=bad
	case $name:$verdict in
	a.good.example:good | bad.good.example:bad | a.example:bad) ;;
	*) fail "$name below the constraints is $verdict: $(cat "$work/verify.out")" ;;
	esac
done

note 'which the engine keeps to, too'
cp "$work/tight.key" "$work/state/tight.key"
chmod 600 "$work/state/tight.key"
openssl x509 -in "$work/tight.pem" >"$work/state/tight.pem"
cat "$root" >>"$work/state/tight.pem"
cat >"$work/more/branch.yaml" <<'END'
authorities:
  tight: {certificate: tight.pem, key: tight.key}
profiles:
  below-tight: {authority: tight, subject: {O: Good}, names: {from-request: [dns, ip]}, extended-key-usage: [server-auth]}
intermediaries:
  - raw: {name: below-tight, path: /below-tight, profile: below-tight}
END
reload
key ec leaf
request leaf / 'subjectAltName = DNS:a.good.example'
issue leaf below-tight
check_certificate "$work/leaf.pem" "$work/leaf.key" a.good.example
for name in DNS:bad.good.example DNS:a.example IP:192.0.2.1; do
	request leaf / "subjectAltName = DNS:a.good.example, $name"
	denied leaf below-tight 'name constraints'
done

note 'an authority for which policies are constrained'
key ec strict
request strict /CN=Strict
issue strict strict
expect strict unknown <<END
Subject: CN=Strict,O=Example
X509v3 extensions:
X509v3 Key Usage: critical
Certificate Sign, CRL Sign
X509v3 Basic Constraints: critical
CA:TRUE, pathlen:0
X509v3 Policy Constraints: critical
Require Explicit Policy:3
X509v3 Inhibit Any Policy: critical
2
$key_ids
END

note 'a profile that says everything'
key ec all
request all '/O=Evil, Inc/CN=zoe' 'subjectAltName = DNS:a.example' 'keyUsage = digitalSignature, keyEncipherment' \
	'1.3.6.1.4.1.99999.9 = ASN1:UTF8String:asked' '1.3.6.1.4.1.99999.10 = ASN1:UTF8String:in vain'
issue all everything
expect all <<END
Subject: CN=zoe,O=Example\\, Ltd \\+ Co,C=DE
X509v3 extensions:
X509v3 Key Usage: critical
Digital Signature
X509v3 Extended Key Usage:
TLS Web Client Authentication, Microsoft Smartcard Login, 1.3.6.1.4.1.99999.3
X509v3 Basic Constraints: critical
CA:FALSE
X509v3 Certificate Policies:
Policy: 1.3.6.1.4.1.99999.1
CPS: http://ca.example/cps
User Notice:
Explicit Text: For tests only
OCSP No Check:
TLS Feature:
status_request
1.3.6.1.4.1.311.21.7:
0..
+.....7.....d...
1.3.6.1.4.1.311.25.2:
0\$.".
+.....7.......S-1-5-21-1-2-3-500
X509v3 CRL Distribution Points:
Full Name:
URI:http://ca.example/own.crl
Authority Information Access:
CA Issuers - URI:http://ca.example/issuing.cer
X509v3 Freshest CRL:
Full Name:
URI:http://ca.example/delta.crl
1.3.6.1.4.1.99999.8:
..hello
1.3.6.1.4.1.99999.7:
0...text.......*
1.3.6.1.4.1.99999.9:
..asked
$san
DNS:a.example, DNS:www.a.example, email:zoe@corp.example, othername: UPN::zoe@corp.example, IP Address:127.0.0.1, URI:urn:example:everything
$key_ids
END
[ "$(days all)" = 10 ] || fail "all: $(days all) days"

note 'what is wrong with an included file is named, and a reload keeps the old one'
cp "$work/more/own.yaml" "$work/own.good"
printf 'authorities: {}\nprofiles:\n  below: {authority: root}\n' >"$work/more/branch.yaml"
# wrong LINE MESSAGE [SED]: with that change of the file
wrong() {
	sed "$3" "$work/own.good" >"$work/more/own.yaml"
	local status=0
	"$signetd" --config "$work/signet.yaml" --check-config 2>"$work/err" || status=$?
	[ "$status" -ne 0 ] || fail "passed: $3"
	grep -qF "$work/more/own.yaml:$1: $2" "$work/err" || fail "message: $(cat "$work/err")"
}
"$signetd" --config "$work/signet.yaml" --check-config >/dev/null || fail 'the good one is refused'
wrong 4 'profiles.everything.validity: ' 's/default: 10d/default: 30d/'
wrong 5 'profiles.everything.subject.C: ' 's/C: DE/C: Germany/'
wrong 9 'profiles.everything.names.add: ' 's/dns:www.{san.dns}/dns:www.{san.dsn}/'
wrong 13 "profiles.everything.extended-key-usage: 'smartcard'" 's/smartcard-logon/smartcard/'
wrong 21 'profiles.everything.extensions.hex: ' 's/0c0568656c6c6f/0c0668656c6c6f/'
wrong 23 'profiles.everything.extensions.asn1.sequence.integer: ' 's/integer: 5/integer: five/'
wrong 2 'profiles.tls-server: duplicate key, it stands at ' 's/^  everything:/  tls-server:/'
if "$signetctl" --config "$work/signet.yaml" config check 2>"$work/err"; then fail 'signetctl passes it'; fi
grep -qF "$work/more/own.yaml:2: profiles.tls-server: duplicate key" "$work/err" || fail "signetctl: $(cat "$work/err")"
refused=$(grep -c 'event=configuration-refused' "$work/signetd.log" || true)
kill -HUP "$daemon"
for _ in $(seq 100); do
	[ "$(grep -c 'event=configuration-refused' "$work/signetd.log" || true)" = "$refused" ] || break
	sleep 0.1
done
grep 'event=configuration-refused' "$work/signetd.log" | tail -n 1 | finds -F 'duplicate key' || fail 'the reload was not refused'
issue all everything
stop_signetd
