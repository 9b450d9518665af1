#!/bin/bash
# Debian's certbot --standalone against the real daemon: ECDSA and RSA keys, one and several names,
# renewal.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

make_ca
start_signetd
obtain() {
	certbot_client certonly --standalone --http-01-address 127.0.0.1 --http-01-port "$validation" \
		--agree-tos --register-unsafely-without-email "$@" >"$work/certbot.out" 2>&1 ||
		fail "certbot: $(cat "$work/certbot.out")"
}
live() { echo "$work/certbot/live/$1/$2"; }

note 'an ECDSA key and one name'
obtain --cert-name one --key-type ecdsa -d one.example
check_certificate "$(live one fullchain.pem)" "$(live one privkey.pem)" one.example

note 'an RSA key and several names'
obtain --cert-name two --key-type rsa --rsa-key-size 2048 -d two.example -d www.two.example -d a.b.two.example
check_certificate "$(live two fullchain.pem)" "$(live two privkey.pem)" two.example www.two.example a.b.two.example

note 'renewal'
before=$(openssl x509 -in "$(live one cert.pem)" -noout -serial)
certbot_client renew --force-renewal --no-random-sleep-on-renew >"$work/certbot.out" 2>&1 ||
	fail "certbot renew: $(cat "$work/certbot.out")"
check_certificate "$(live one fullchain.pem)" "$(live one privkey.pem)" one.example
check_certificate "$(live two fullchain.pem)" "$(live two privkey.pem)" two.example www.two.example a.b.two.example
[ "$before" != "$(openssl x509 -in "$(live one cert.pem)" -noout -serial)" ] || fail 'nothing was renewed'

note 'a name that policy does not allow is refused'
if certbot_client certonly --standalone --http-01-address 127.0.0.1 --http-01-port "$validation" \
	--agree-tos --register-unsafely-without-email -d www.elsewhere.test >"$work/certbot.out" 2>&1; then
	fail 'www.elsewhere.test was issued'
fi
stop_signetd
