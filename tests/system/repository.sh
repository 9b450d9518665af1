#!/bin/bash
# The repository over plain HTTP: the files of the authorities, types, conditional requests, no way
# to other files, large files within little memory, and all of it while the engine is away.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

config_extra='  - repository: {max-age: 10m}'
make_ca
start_signetd
base=http://127.0.0.1:$http
public=$work/state/public

# get PATH [CURL-ARGS...]: the status; head and body are in $work
get() {
	local path=$1
	shift
	: >"$work/body"
	curl -s --max-time 30 --path-as-is -D "$work/head" -o "$work/body" -w '%{http_code}' "$@" "$base$path"
}
header() { sed -n "s/^$1: \\(.*\\)\\r\$/\\1/ip" "$work/head"; }
# wanted STATUS PATH [CURL-ARGS...]
wanted() {
	local status
	status=$(get "${@:2}") || fail "$2: no answer"
	[ "$status" = "$1" ] || fail "$2: $status in place of $1"
}

note 'the files of an authority'
wanted 200 /ca/issuing.cer
[ "$(header Content-Type)" = application/pkix-cert ] || fail "type $(header Content-Type)"
openssl x509 -inform DER -in "$work/body" -outform PEM -out "$work/issuing.pem" || fail 'no certificate'
openssl verify -x509_strict -CAfile "$root" "$work/issuing.pem" >/dev/null || fail 'it does not verify'
wanted 200 /ca/issuing.pem
[ "$(header Content-Type)" = application/x-pem-file ] || fail "type $(header Content-Type)"
openssl crl2pkcs7 -nocrl -certfile "$work/body" | openssl pkcs7 -print_certs -noout | grep -c subject >"$work/count"
wanted 200 /ca/issuing.p7c
[ "$(header Content-Type)" = 'application/pkcs7-mime; smime-type=certs-only' ] || fail "type $(header Content-Type)"
[ "$(openssl pkcs7 -inform DER -in "$work/body" -print_certs -noout | grep -c subject)" = "$(cat "$work/count")" ] ||
	fail 'not the same certificates in both'
cmp -s "$work/body" "$public/ca/issuing.p7c" || fail 'not the file'
[ "$(header Cache-Control)" = 'max-age=600, public, no-transform, must-revalidate' ] ||
	fail "Cache-Control $(header Cache-Control)"

note 'conditional requests'
tag=$(header ETag) modified=$(header Last-Modified)
wanted 304 /ca/issuing.p7c -H "If-None-Match: $tag"
[ ! -s "$work/body" ] || fail '304 with a body'
[ "$(header ETag)" = "$tag" ] || fail '304 without its tag'
wanted 304 /ca/issuing.p7c -H "If-None-Match: \"other\", W/$tag"
wanted 304 /ca/issuing.p7c -H "If-Modified-Since: $modified"
wanted 200 /ca/issuing.p7c -H 'If-None-Match: "other"' -H "If-Modified-Since: $modified"
wanted 200 /ca/issuing.p7c -H 'If-Modified-Since: Thu, 01 Jan 2015 00:00:00 GMT'
# curl's own way to say it
curl -sf --etag-save "$work/tag" -o "$work/first" "$base/ca/issuing.cer" || fail 'etag-save'
[ "$(curl -sf --etag-compare "$work/tag" -o /dev/null -w '%{http_code}' "$base/ca/issuing.cer")" = 304 ] || fail 'etag-compare'
[ "$(curl -sf -z "$public/ca/issuing.cer" -o /dev/null -w '%{http_code}' "$base/ca/issuing.cer")" = 304 ] || fail 'time-cond'
wanted 200 /ca/issuing.cer -I
[ "$(header Content-Length)" = "$(stat -c %s "$public/ca/issuing.cer")" ] || fail 'HEAD without length'

note 'no way to other files'
ln -s ../../issuing.key "$public/ca/link.pem"
mkdir -p "$public/crl" "$public/ca/directory.pem"
for path in /ca/link.pem /ca/directory.pem /ca/issuing.key /ca/../issuing.key /ca/..%2fissuing.pem /ca/.. /ca /ca/ \
	/crl/issuing.pem /crl/none.crl /engine/store /public/ca/issuing.cer //ca/issuing.cer /ca//issuing.cer /ca/issuing.cer/; do
	status=$(get "$path")
	case $status in
	400 | 404) ;;
	*) fail "$path: $status" ;;
	esac
done
wanted 405 /ca/issuing.cer -X POST -d x
[ "$(header Allow)" = 'GET, HEAD' ] || fail "Allow $(header Allow)"

note 'a large file within little memory'
gateway=$(role_pid gateway)
head -c 60000000 /dev/urandom >"$public/crl/.new-large"
mv "$public/crl/.new-large" "$public/crl/large.crl"
for _ in 1 2 3 4; do
	curl -sf --max-time 60 "$base/crl/large.crl" | cmp - "$public/crl/large.crl" >>"$work/compared" 2>&1 &
	readers="${readers-} $!"
done
for reader in $readers; do
	wait "$reader" || fail "the large file arrived otherwise: $(cat "$work/compared")"
done
peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$gateway/status")
# under sanitizers memory says nothing
if ! grep -q asan "/proc/$gateway/maps"; then
	[ "$peak" -lt 40000 ] || fail "the gateway took $peak kB"
fi

note 'while the engine is away'
kill -STOP "$daemon"
kill -KILL "$(role_pid engine)"
wanted 200 /ca/issuing.cer
cmp -s "$work/body" "$public/ca/issuing.cer" || fail 'not the file'
kill -CONT "$daemon"
stop_signetd
