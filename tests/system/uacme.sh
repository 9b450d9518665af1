#!/bin/bash
# uacme against the real daemon: EC and RSA keys, one and several names, renewal.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

make_ca
start_webroot
start_signetd
uacme_client a -y -t EC new admin@example.org

note 'an EC key and one name'
uacme_client a -t EC -h "$work/hook" issue one.example
check_certificate "$work/uacme-a/one.example/cert.pem" "$work/uacme-a/private/one.example/key.pem" one.example

note 'an RSA key and several names'
uacme_client a -t RSA -h "$work/hook" issue two.example www.two.example mail.two.example
check_certificate "$work/uacme-a/two.example/cert.pem" "$work/uacme-a/private/two.example/key.pem" \
	two.example www.two.example mail.two.example

note 'renewal gives another certificate of the same key'
before=$(openssl x509 -in "$work/uacme-a/one.example/cert.pem" -noout -serial)
uacme_client a -f -t EC -h "$work/hook" issue one.example
check_certificate "$work/uacme-a/one.example/cert.pem" "$work/uacme-a/private/one.example/key.pem" one.example
after=$(openssl x509 -in "$work/uacme-a/one.example/cert.pem" -noout -serial)
[ "$before" != "$after" ] || fail 'renewal gave the same certificate'

note 'a name that policy does not allow is refused'
if uacme_client a -t EC -h "$work/hook" issue www.elsewhere.test 2>"$work/refused"; then
	fail 'www.elsewhere.test was issued'
fi
grep -qiE 'rejectedIdentifier|unauthorized|badCSR' "$work/refused" || fail "no ACME problem: $(cat "$work/refused")"

note 'contact update and deactivation'
uacme_client a update other@example.org
uacme_client a deactivate
if uacme_client a -f -t EC -h "$work/hook" issue one.example 2>"$work/refused"; then
	fail 'a deactivated account got a certificate'
fi

note 'every certificate is published and in the database'
for n in $(seq 50); do
	[ "$(published)" -lt 3 ] || break
	sleep 0.1
done
[ "$(published)" -eq 4 ] ||
	[ "$(published)" -eq 3 ] || fail 'published files are missing'
serial=$(printf '%s' "${after#serial=}" | tr A-F a-f)
[ -f "$work/state/published/$serial.pem" ] || fail "published/$serial.pem is missing"
"$signetctl" --config "$work/signet.yaml" cert show "$serial" | finds one.example || fail 'cert show'
stop_signetd
