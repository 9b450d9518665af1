#!/bin/bash
# signetd as its man page describes it: exit status and one line for everything that keeps it from
# serving, the life of a daemon, a second one on the same state, users of its own for the roles, and a
# change of the host name that reaches TLS without a restart.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

make_ca
config=$work/signet.yaml
cp "$config" "$work/good.yaml"

# refused STATUS TEXT ARGS...: signetd ends with that status and one line that has the text.
refused() {
	local status=0 wanted=$1 text=$2
	shift 2
	"$signetd" "$@" >"$work/out" 2>"$work/err" || status=$?
	[ "$status" -eq "$wanted" ] || fail "status $status for: $* ($(cat "$work/err"))"
	grep -v '^time=' "$work/err" >"$work/line" || true
	[ "$(wc -l <"$work/line")" -eq 1 ] || fail "not one line: $(cat "$work/err")"
	grep -q "^signetd: .*$text" "$work/line" || fail "no $text in: $(cat "$work/line")"
}

note 'options'
"$signetd" --version | finds -E '^signetd [0-9]+\.[0-9]+\.[0-9]+$' || fail 'version'
"$signetd" --help | finds -- --check-config || fail 'help'
status=0
"$signetd" --nonsense 2>"$work/err" || status=$?
[ "$status" -eq 2 ] && grep -q '^usage:' "$work/err" || fail 'usage'
"$signetd" --config "$config" --check-config | finds ': good$' || fail 'the check of a good configuration'
[ ! -e "$work/state/engine" ] || fail 'a check has made something'

note 'what keeps it from serving'
refused 3 'no such file' --config "$work/none.yaml" --foreground
echo 'polcy: []' >>"$config"
refused 3 'signet.yaml:[0-9]*: .*polcy' --config "$config" --foreground
refused 3 'signet.yaml:[0-9]*: .*polcy' --config "$config" --check-config
sed 's/acme:$/acne:/' "$work/good.yaml" >"$config"
refused 3 'signet.yaml:[0-9]*: .*acne' --config "$config" --foreground
cp "$work/good.yaml" "$config"
mv "$work/state/issuing.key" "$work/key"
refused 3 'issuing.key: no such file' --config "$config" --foreground
refused 3 'issuing.key: no such file' --config "$config"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/state/issuing.key" 2>/dev/null
refused 3 'issuing' --config "$config" --check-config
mv "$work/key" "$work/state/issuing.key"
python3 -c 'import socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(600)' "$http" &
squatter=$!
pids="$pids $squatter"
until (exec 3<>"/dev/tcp/127.0.0.1/$http") 2>/dev/null; do sleep 0.1; done
refused 1 "127.0.0.1:$http: Address already in use" --config "$config" --foreground
refused 1 "127.0.0.1:$http: Address already in use" --config "$config"
kill "$squatter"
wait "$squatter" 2>/dev/null || true

note 'a daemon'
"$signetd" --config "$config" || fail 'it does not become a daemon'
curl -sf --cacert "$root" "$url" >/dev/null || fail 'it does not serve when its starter ends'
process=$(cat "$work/state/signetd.lock")
[ "$(readlink "/proc/$process/fd/2")" = "$work/state/signetd.log" ] || fail 'the log is elsewhere'
grep -q 'role-started' "$work/state/signetd.log" || fail 'the log is empty'
[ "$(ps -o tty= -p "$process" | tr -d ' ')" = '?' ] || fail 'it has a terminal'
refused 1 "another signetd (process $process) uses it" --config "$config" --foreground
refused 1 "another signetd (process $process) uses it" --config "$config"
children=$(cat "/proc/$process/task/$process/children")
[ "$(echo "$children" | wc -w)" -eq 3 ] || fail "children: $children"
kill "$process"
for _ in $(seq 300); do
	[ -d "/proc/$process" ] || break
	sleep 0.1
done
for p in $process $children; do
	[ ! -d "/proc/$p" ] || fail "process $p is left"
done

note 'a new host name reaches TLS by a reload'
start_signetd
names() {
	openssl s_client -connect "127.0.0.1:$https" </dev/null 2>/dev/null |
		openssl x509 -noout -ext subjectAltName
}
names | finds 'DNS:localhost,' || fail "names: $(names)"
sed -i 's/^hostname:.*/hostname: other.example/' "$config"
kill -HUP "$daemon"
for _ in $(seq 100); do
	! names | finds 'DNS:other.example,' || break
	sleep 0.1
done
names | finds 'DNS:other.example,' || fail "names: $(names)"
cp "$work/good.yaml" "$config"
stop_signetd

note 'the certificate survives a restart'
start_signetd
before=$(openssl x509 -in "$work/state/gateway/tls.pem" -noout -serial)
stop_signetd
start_signetd
[ "$before" = "$(openssl x509 -in "$work/state/gateway/tls.pem" -noout -serial)" ] ||
	fail 'a new certificate although the old one was good'

note 'requests that are none'
for text in 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n' 'BREW /acme/directory HTTP/1.1\r\nHost: a\r\n\r\n' \
	'GET /acme/%2e%2e/x HTTP/1.1\r\nHost: a\r\n\r\n' 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n' \
	'POST /acme/new-order HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'; do
	exec 3<>"/dev/tcp/127.0.0.1/$http"
	# shellcheck disable=SC2059
	printf "$text" >"$work/ask"
	# at once, and the daemon may have closed before all of it is read
	cat "$work/ask" >&3 2>/dev/null || true
	timeout 20 cat <&3 >"$work/answer" || fail "no end after: $text"
	exec 3>&-
	grep -q '^HTTP/1.1 4[0-9][0-9] ' "$work/answer" || fail "$text: $(cat "$work/answer")"
	grep -q 'application/problem+json' "$work/answer" || fail "no problem document: $text"
done
curl -sf --cacert "$root" "$url" >/dev/null || fail 'it does not serve any more'
stop_signetd

note 'users of their own'
if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$work"
	cp -a "$signetd" "$SIGNET_LIBDIR" "$work/"
	signetd=$work/signetd SIGNET_LIBDIR=$work/lib
	echo 'users: {engine: daemon, gateway: nobody, publisher: games}' >>"$config"
	chown -R daemon: "$work/state/issuing.key" "$work/state/engine"
	chown -R nobody: "$work/state/gateway"
	chown -R games: "$work/state/publisher"
	start_signetd
	for pair in engine:daemon gateway:nobody publisher:games; do
		role=${pair%:*} user=${pair#*:}
		process=$(role_pid "$role")
		[ "$(ps -o user= -p "$process" | tr -d ' ')" = "$user" ] || fail "$role is not $user"
		grep -q '^CapEff:[[:space:]]*0*$' "/proc/$process/status" || fail "$role has capabilities"
		grep -q '^CapBnd:[[:space:]]*0*$' "/proc/$process/status" || fail "$role may get capabilities"
		[ "$(stat -c %U "$work/state/$role")" = "$user" ] || fail "the folder of $role"
	done
	stop_signetd
else
	note 'SKIP of the users: only root can become others'
fi
