#!/bin/bash
# The rules that change and judge the draft (subject, extensions, lint) in the real daemon: what a
# client gets is what they made of it, and their trace says so.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

policy='  - keys: {}
  - names: {dns: ["*.example"], common-name: any}
  - extensions: {force: {must-staple: true}, key-usage: [digital-signature], extended-key-usage: [server-auth]}
  - subject: {allow: [CN, O, C], strip: true, rewrite: {CN: "{value|lower}"}, fill: {O: "Example, Ltd"}}
  - lint: {rfc5280: deny, cabf: note, severity: {cabf-key-algorithm: hold}}'
make_ca
start_webroot
start_signetd

note 'a client gets what the rules made of the draft'
uacme_client a -y -t EC new admin@example.org
uacme_client a -t EC -h "$work/hook" issue WWW.one.example
certificate=$work/uacme-a/WWW.one.example/cert.pem
openssl verify -x509_strict -CAfile "$root" -untrusted "$certificate" "$certificate" >/dev/null ||
	fail 'the chain does not verify'
subject=$(openssl x509 -in "$certificate" -noout -subject -nameopt RFC2253)
[ "$subject" = 'subject=O=Example\, Ltd,CN=www.one.example' ] || fail "the subject is $subject"
openssl x509 -in "$certificate" -noout -ext tlsfeature | finds status_request ||
	fail 'no must-staple'

note 'the trace tells what each did and noted'
id=$("$signetctl" --config "$work/signet.yaml" request list | awk '/tls-server/ { print $1; exit }')
"$signetctl" --config "$work/signet.yaml" request show "$id" >"$work/show" || fail 'request show'
grep -q 'extensions.*pass.*extension tlsFeature' "$work/show" || fail "extensions: $(cat "$work/show")"
grep -q 'subject.*pass.*subject' "$work/show" || fail "subject: $(cat "$work/show")"
grep -q 'lint.*pass.*note: cabf-no-internal-names' "$work/show" || fail "lint: $(cat "$work/show")"

# judged NAME SUBJECT ALGORITHM: what policy says of a request with this subject and key
judged() {
	# shellcheck disable=SC2086
	openssl req -new -newkey ${3:-ec -pkeyopt ec_paramgen_curve:P-256} -nodes -keyout "$work/key" \
		-subj "$2" -addext 'subjectAltName=DNS:two.example' -utf8 -out "$work/csr" 2>/dev/null
	"$signetctl" --config "$work/signet.yaml" policy test "$work/csr" --profile tls-server \
		--intermediary acme >"$work/$1" || true
}

note 'a hold and a deny of lint'
judged held / ed25519
grep -q 'lint.*hold.*cabf-key-algorithm: Ed25519' "$work/held" || fail "held: $(cat "$work/held")"
stop_signetd

sed -i 's/subject: {common-name: first-dns}/subject: request/' "$work/signet.yaml"
start_signetd
# Cyrillic in a Latin word, which the rule names does not judge
judged denied "/CN=two.example/O=Ex$(printf '\320\260')mple/OU=gone"
grep -q 'lint.*deny.*unicode-mixed-script-subject: O ' "$work/denied" || fail "denied: $(cat "$work/denied")"
judged passed '/CN=TWO.example/OU=gone/O=Mine/C=DE'
grep -q 'lint.*pass' "$work/passed" || fail "passed: $(cat "$work/passed")"
grep -q 'C=DE,O=Mine,CN=two.example' "$work/passed" || fail "passed: $(cat "$work/passed")"
stop_signetd
