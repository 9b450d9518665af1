#!/bin/bash
# signetctl init: key types, encrypted keys, an outside root, and that nothing is ever overwritten;
# signetd's one clear line when something cannot be used.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

fresh() {
	rm -rf "$work/state" "$work/signet.yaml"
	make_ca "$@"
}
ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }
check_config() { "$signetd" --config "$work/signet.yaml" --check-config 2>"$work/err"; }
# refused TEXT: the configuration is refused with one line that says so
refused() {
	! check_config || fail "accepted: $1"
	grep -qiE "$1" "$work/err" || fail "no word of '$1': $(cat "$work/err")"
	[ "$(wc -l <"$work/err")" -eq 1 ] || fail "not one line: $(cat "$work/err")"
}

for type in p-256 p-384 ed25519 rsa-2048 rsa-3072 rsa-4096; do
	note "$type"
	fresh --key-type "$type"
	check_config || fail "$type: $(cat "$work/err")"
	openssl verify -x509_strict -CAfile "$work/state/root.pem" "$work/state/issuing.pem" >/dev/null ||
		fail "$type: the chain does not verify"
	certtool --verify-chain --infile "$work/state/issuing.pem" >/dev/null || fail "$type: certtool"
	[ "$(stat -c %a "$work/state/issuing.key")" = 600 ] || fail "$type: mode of the key"
done

note 'nothing is overwritten'
before=$(cat "$work"/state/*.pem "$work"/state/*.key | sha256sum)
if ctl init 2>"$work/err"; then fail 'init ran twice'; fi
grep -q 'exists already' "$work/err" || fail "$(cat "$work/err")"
rm "$work/state/root.key"
if ctl init 2>"$work/err"; then fail 'init ran over a root without key'; fi
[ ! -e "$work/state/root.key" ] || fail 'init made a new root.key'
[ -n "$before" ]

note 'an encrypted key opens with its passphrase only'
echo 'correct horse' >"$work/pass"
authority_extra=', passphrase: {file: '$work/pass'}'
fresh --passphrase-file "$work/pass"
grep -q 'BEGIN ENCRYPTED PRIVATE KEY' "$work/state/issuing.key" || fail 'not encrypted'
openssl pkey -in "$work/state/issuing.key" -passin "file:$work/pass" -noout || fail 'openssl cannot read it'
check_config || fail "$(cat "$work/err")"
start_signetd
stop_signetd
echo 'battery staple' >"$work/pass"
refused 'passphrase'
if "$signetd" --config "$work/signet.yaml" --foreground 2>"$work/err"; then fail 'it started'; fi
grep -qi passphrase "$work/err" || fail "start: $(cat "$work/err")"
rm "$work/pass"
refused 'pass'

note 'a passphrase from the environment and from a systemd credential'
authority_extra=', passphrase: {environment: SIGNET_PASS}'
export SIGNET_PASS=hush
fresh --passphrase-environment SIGNET_PASS
check_config || fail "$(cat "$work/err")"
unset SIGNET_PASS
refused 'SIGNET_PASS'
authority_extra=', passphrase: {credential: ca}'
mkdir -p "$work/credentials"
echo 'from systemd' >"$work/credentials/ca"
export CREDENTIALS_DIRECTORY=$work/credentials
fresh --passphrase-credential ca
check_config || fail "$(cat "$work/err")"
unset CREDENTIALS_DIRECTORY authority_extra

note 'an outside root'
fresh
mkdir "$work/outside"
mv "$work"/state/root.* "$work/outside/"
rm "$work"/state/issuing.*
ctl init --csr --issuing-name 'CN=Sub CA,O=Über Org' >"$work/out"
openssl req -in "$work/state/issuing.csr" -noout -verify 2>/dev/null || fail 'the CSR does not verify'
printf 'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' >"$work/ext"
openssl x509 -req -in "$work/state/issuing.csr" -CA "$work/outside/root.pem" -CAkey "$work/outside/root.key" \
	-days 100 -extfile "$work/ext" -out "$work/answer.pem" 2>/dev/null
openssl x509 -in "$work/outside/root.pem" >>"$work/answer.pem"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/other.key" -subj /CN=x \
	-addext basicConstraints=critical,CA:TRUE -out "$work/other.pem" 2>/dev/null
if ctl init --install "$work/other.pem" 2>"$work/err"; then fail 'the certificate of another key was installed'; fi
openssl req -x509 -key "$work/outside/root.key" -subj '/CN=Short' -addext basicConstraints=critical,CA:TRUE,pathlen:0 \
	-addext keyUsage=critical,keyCertSign,cRLSign -out "$work/short.pem" 2>/dev/null
openssl x509 -req -in "$work/state/issuing.csr" -CA "$work/short.pem" -CAkey "$work/outside/root.key" \
	-days 20 -extfile "$work/ext" -out "$work/below.pem" 2>/dev/null
openssl x509 -in "$work/short.pem" >>"$work/below.pem"
if ctl init --install "$work/below.pem" 2>"$work/err"; then fail 'a CA that may not be below its root was installed'; fi
grep -q 'path length' "$work/err" || fail "$(cat "$work/err")"
[ ! -e "$work/state/issuing.pem" ] || fail 'something was installed'
ctl init --install "$work/answer.pem" >"$work/out" || fail 'the answer was refused'
root=$work/outside/root.pem
start_signetd
ctl ca show | finds 'Über Org' || fail 'ca show'
[ "$(ctl ca chain | grep -c BEGIN)" -eq 2 ] || fail 'ca chain'
stop_signetd

note 'a key of another certificate, a certificate that is no CA, a missing file'
fresh
cp "$work/state/root.key" "$work/state/issuing.key"
refused 'key'
fresh
openssl req -x509 -key "$work/state/issuing.key" -subj /CN=x -addext basicConstraints=critical,CA:FALSE \
	-out "$work/state/issuing.pem" 2>/dev/null
refused 'CA'
rm "$work/state/issuing.pem"
refused 'issuing.pem'

note 'ports: taken, and asked for twice'
fresh
python3 -c "
import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', $http)); s.listen(); print('held', flush=True); time.sleep(60)" >"$work/held" &
pids="$pids $!"
for _ in $(seq 50); do
	! grep -q held "$work/held" || break
	sleep 0.1
done
if "$signetd" --config "$work/signet.yaml" --foreground 2>"$work/err"; then fail 'it started on a taken port'; fi
grep -q "$http" "$work/err" || fail "the port is not named: $(cat "$work/err")"
sed -i "s/port: $https/port: $http/" "$work/signet.yaml"
refused "signet.yaml:[0-9]+: .*"

note 'a second daemon on the same state'
fresh
start_signetd
if "$signetd" --config "$work/signet.yaml" --foreground 2>"$work/err"; then fail 'two daemons'; fi
[ -s "$work/err" ] || fail 'no message'
kill -0 "$daemon" || fail 'the first daemon died'
stop_signetd

note 'wrong usage'
for words in '' 'frob' 'cert' 'cert frob' 'cert show' 'cert list --frob' 'request show x' 'init --csr --install x'; do
	status=0
	# shellcheck disable=SC2086
	ctl $words >/dev/null 2>"$work/err" || status=$?
	[ "$status" -eq 2 ] || fail "signetctl $words: status $status"
	[ -s "$work/err" ] || fail "signetctl $words: no message"
done
status=0
ctl status >/dev/null 2>"$work/err" || status=$?
[ "$status" -eq 4 ] || fail "without an engine: status $status: $(cat "$work/err")"
