#!/bin/bash
# OCSP with the clients that others use: openssl ocsp, ocsptool and curl, over plain HTTP. Both hashes,
# nonces, several certificates, GET as it comes; what is revoked, held and released at once; conditional
# requests; what is no business of ours; and the time in which the engine is away.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

config_extra='  - raw: {path: /raw, profile: tls-server}
  - repository: {}
  - ocsp: {}'
make_ca
start_signetd
base=http://127.0.0.1:$http
ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }
cat "$work/state/issuing.pem" >"$work/chain.pem"
openssl x509 -in "$work/state/issuing.pem" -out "$work/issuer.pem"

# issue NAME: a certificate $work/NAME.pem
issue() {
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" \
		-subj "/CN=$1.example" -addext "subjectAltName=DNS:$1.example" -outform DER -out "$work/csr" 2>/dev/null
	curl -sf --cacert "$root" -o "$work/$1.pem" -H 'Content-Type: application/pkcs10' \
		--data-binary "@$work/csr" "https://localhost:$https/raw" || fail "no certificate for $1"
}
for name in a b c; do issue "$name"; done

# ocsp [OPENSSL-ARGS...]: the answer is verified; what it says is in $work/says
ocsp() {
	local hash=
	if [ "$1" = -sha256 ]; then
		hash=$1
		shift
	fi
	# shellcheck disable=SC2086
	openssl ocsp $hash -issuer "$work/issuer.pem" -CAfile "$root" -verify_other "$work/issuer.pem" \
		-url "${url_ocsp:-$base/ocsp}" "$@" >"$work/says" 2>&1 || true
}
# says NAME STATE: about a certificate, of an answer that verifies
says() {
	grep -q 'Response verify OK' "$work/says" || fail "$1: not verified: $(cat "$work/says")"
	grep -q "^$work/$1.pem: $2\$" "$work/says" || fail "$1 is not $2: $(cat "$work/says")"
}
# becomes NAME STATE: at once, but for the moment in which the gateway hears of it
becomes() {
	for _ in $(seq 50); do
		ocsp -cert "$work/$1.pem" -no_nonce
		! grep -q "^$work/$1.pem: $2\$" "$work/says" || return 0
		sleep 0.1
	done
	fail "$1 does not become $2: $(cat "$work/says")"
}

note 'good, by both hashes, with and without a nonce'
ocsp -cert "$work/a.pem"
says a good
! grep -q 'no nonce' "$work/says" || fail 'the nonce was not echoed'
ocsp -cert "$work/a.pem" -no_nonce
says a good
ocsp -sha256 -cert "$work/a.pem"
says a good
ocsp -cert "$work/a.pem" -cert "$work/b.pem" -cert "$work/c.pem" -no_nonce
for name in a b c; do says "$name" good; done
ocsp -cert "$work/a.pem" -serial 0x1234567890abcdef1234
says a good
grep -q '^0x1234567890abcdef1234: unknown$' "$work/says" || fail "an unknown serial: $(cat "$work/says")"
url_ocsp=$base/ocsp/issuing ocsp -cert "$work/a.pem"
says a good

note 'who signs, and that it is no secret from administrators'
ctl --json ocsp status >"$work/status" || fail 'ocsp status'
python3 - "$work/status" <<'END' || fail "ocsp status: $(cat "$work/status")"
import json, sys
rows = json.load(open(sys.argv[1]))
assert len(rows) == 1 and rows[0]["key"] == "issuing" and rows[0]["signer"] == "delegated"
assert rows[0]["algorithm"] == "P-256" and rows[0]["answers"] >= 4 and not rows[0]["trouble"]
assert rows[0]["renewal"] < rows[0]["notAfter"]
END
serial=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[0]["serial"])' "$work/status")
ctl cert show "$serial" | finds 'OCSP responder' || fail 'the responder is no certificate of ours'

note 'ocsptool'
for nonce in --nonce --no-nonce; do
	ocsptool --ask="$base/ocsp" $nonce --load-cert "$work/b.pem" --load-issuer "$work/issuer.pem" \
		--load-trust "$work/issuer.pem" >"$work/says" 2>&1 || fail "ocsptool: $(cat "$work/says")"
	grep -q 'Certificate Status: good' "$work/says" || fail "ocsptool: $(cat "$work/says")"
	grep -qi 'verif.*success' "$work/says" || fail "ocsptool: $(cat "$work/says")"
done

# question NAME [OPENSSL-ARGS...]: the request, and its base64 as it stands in paths
question() {
	openssl ocsp -issuer "$work/issuer.pem" -cert "$work/$1.pem" -reqout "$work/$1.req" "${@:2}" >/dev/null
	base64=$(base64 -w0 "$work/$1.req")
}
# get PATH [CURL-ARGS...]: the status; head and body are in $work
get() {
	local path=$1
	shift
	: >"$work/body"
	curl -s --max-time 30 --path-as-is -D "$work/head" -o "$work/body" -w '%{http_code}' "$@" "$base$path"
}
# wanted STATUS PATH [CURL-ARGS...]
wanted() {
	local status
	status=$(get "${@:2}") || fail "$2: no answer"
	[ "$status" = "$1" ] || fail "$2: $status in place of $1"
}
header() { sed -n "s/^$1: \\(.*\\)\\r\$/\\1/ip" "$work/head"; }
# body_says NAME STATE
body_says() {
	openssl ocsp -respin "$work/body" -issuer "$work/issuer.pem" -cert "$work/$1.pem" -CAfile "$root" \
		-verify_other "$work/issuer.pem" -no_nonce >"$work/says" 2>&1 || true
	says "$1" "$2"
}
octets() { od -An -v -tx1 "$work/body" | tr -d ' \n'; }
encode() { sed 's/%/%25/g; s/+/%2B/g; s,/,%2F,g; s/=/%3D/g' <<<"$1"; }

note 'GET, as it stands, encoded, below an authority, with a slash too many'
for name in a b c; do
	question "$name" -no_nonce
	for path in "$base64" "$(encode "$base64")" "issuing/$base64" "issuing/$(encode "$base64")" "/$base64"; do
		wanted 200 "/ocsp/$path"
		[ "$(header Content-Type)" = application/ocsp-response ] || fail "type $(header Content-Type)"
		body_says "$name" good
	done
done

note 'what caches need, and conditional requests'
question a -no_nonce
wanted 200 "/ocsp/$base64"
tag=$(header ETag) modified=$(header Last-Modified)
grep -qE '^max-age=[0-9]+, public, no-transform, must-revalidate$' <<<"$(header Cache-Control)" ||
	fail "Cache-Control $(header Cache-Control)"
[ "$tag" = "\"$(sha1sum <"$work/body" | cut -d' ' -f1)\"" ] || fail "ETag $tag"
next=$(openssl ocsp -respin "$work/body" -resp_text -noverify 2>/dev/null | sed -n 's/.*Next Update: //p')
[ "$(date -d "$next" +%s)" = "$(date -d "$(header Expires)" +%s)" ] || fail "Expires $(header Expires), $next"
cp "$work/body" "$work/kept"
wanted 200 "/ocsp/$(encode "$base64")"
cmp -s "$work/body" "$work/kept" || fail 'it was signed again'
wanted 200 /ocsp -H 'Content-Type: application/ocsp-request' --data-binary "@$work/a.req"
cmp -s "$work/body" "$work/kept" || fail 'it was signed again for a POST'
[ "$(header Cache-Control)" = no-store ] || fail "Cache-Control of a POST: $(header Cache-Control)"
wanted 304 "/ocsp/$base64" -H "If-None-Match: $tag"
[ ! -s "$work/body" ] || fail '304 with a body'
wanted 304 "/ocsp/$base64" -H "If-Modified-Since: $modified"
wanted 200 "/ocsp/$base64" -I
[ "$(header Content-Length)" = "$(stat -c %s "$work/kept")" ] || fail 'HEAD without length'
question b -nonce
wanted 200 "/ocsp/$(encode "$base64")"
[ "$(header Cache-Control)" = no-store ] || fail 'an answer with a nonce may be kept'
[ -z "$(header ETag)$(header Expires)" ] || fail 'an answer with a nonce has validators'

note 'revoked, held, released: seen at once'
serial() { openssl x509 -in "$work/$1.pem" -noout -serial | sed 's/serial=//'; }
question a -no_nonce
ctl cert revoke "$(serial a)" --reason key-compromise >/dev/null || fail 'cert revoke'
becomes a revoked
grep -q 'Reason: keyCompromise' "$work/says" || fail "no reason: $(cat "$work/says")"
wanted 200 "/ocsp/$base64" -H "If-None-Match: $tag"
body_says a revoked
ocsp -sha256 -cert "$work/a.pem"
says a revoked
ctl cert hold "$(serial b)" >/dev/null || fail 'cert hold'
becomes b revoked
grep -q 'Reason: certificateHold' "$work/says" || fail "no reason: $(cat "$work/says")"
ctl cert release "$(serial b)" >/dev/null || fail 'cert release'
becomes b good
ocsp -cert "$work/a.pem" -cert "$work/b.pem" -no_nonce
says a revoked
says b good

note 'what is no business of ours'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=Elsewhere -keyout "$work/else.key" \
	-out "$work/else.pem" 2>/dev/null
openssl ocsp -issuer "$work/else.pem" -cert "$work/a.pem" -url "$base/ocsp" -noverify >"$work/says" 2>&1 || true
grep -q 'unauthorized (6)' "$work/says" || fail "a foreign issuer: $(cat "$work/says")"
wanted 200 "/ocsp/nobody/$base64"
[ "$(octets)" = 30030a0106 ] || fail "an unknown authority: $(octets)"
malformed=30030a0101
for target in AAAA MAA= '%zz' "issuing/${base64%????}" "${base64}AAAA" a/b/c; do
	wanted 200 "/ocsp/$target"
	[ "$(octets)" = $malformed ] || fail "$target: $(octets)"
	[ "$(header Cache-Control)" = no-store ] || fail 'a refusal may be kept'
done
wanted 200 /ocsp -H 'Content-Type: application/ocsp-request' --data-binary 'no request'
[ "$(octets)" = $malformed ] || fail "POST: $(octets)"
wanted 415 /ocsp --data-binary "@$work/a.req"
head -c 20000 /dev/zero >"$work/zeros"
wanted 413 /ocsp -H 'Content-Type: application/ocsp-request' --data-binary "@$work/zeros"
wanted 405 /ocsp
[ "$(header Allow)" = POST ] || fail "Allow $(header Allow)"

note 'while the engine is away, what was signed holds; the rest is for later'
question c -no_nonce
wanted 200 "/ocsp/$base64"
kill -STOP "$daemon"
kill -KILL "$(role_pid engine)"
# comes_with CACHE-CONTROL PATH: an answer, before long with that
comes_with() {
	for _ in $(seq 100); do
		wanted 200 "$2"
		case $(header Cache-Control) in $1*) return 0 ;; esac
		sleep 0.1
	done
	fail "Cache-Control $(header Cache-Control) in place of $1"
}
comes_with no-store "/ocsp/$base64"
body_says c good
[ -z "$(header ETag)$(header Expires)" ] || fail 'without the engine: an answer with validators'
question c -nonce
wanted 200 "/ocsp/$(encode "$base64")"
[ "$(octets)" = 30030a0103 ] || fail "without the engine: $(octets)"
kill -CONT "$daemon"
becomes a revoked
becomes c good
question c -no_nonce
comes_with max-age= "/ocsp/$base64"
body_says c good
ctl cert revoke "$(serial c)" >/dev/null || fail 'cert revoke'
becomes c revoked

note 'an authority whose key is revoked still answers for what it has issued, also after a restart'
issue d
ocsp -cert "$work/d.pem" -no_nonce
says d good
ctl ca revoke issuing --reason ca-compromise --yes >/dev/null || fail 'ca revoke'
# all_revoked: of each the state, with and without nonce
all_revoked() {
	becomes d revoked
	for nonce in -nonce -no_nonce; do
		ocsp -cert "$work/a.pem" -cert "$work/b.pem" -cert "$work/d.pem" $nonce
		for name in a b d; do says "$name" revoked; done
	done
	grep -q 'Reason: cACompromise' "$work/says" || fail "no reason: $(cat "$work/says")"
	grep -q 'Reason: keyCompromise' "$work/says" || fail "another reason: $(cat "$work/says")"
}
all_revoked
ctl ocsp status | finds authority || fail "who signs: $(ctl ocsp status)"
kill -HUP "$daemon"
all_revoked
stop_signetd
start_signetd
all_revoked
! grep -q ocsp-responder-failed "$work/signetd.log" || fail 'a responder failed'
check_database
stop_signetd
