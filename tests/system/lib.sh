# What the system tests share: a directory of its own for each, a CA in it, the real daemon on free
# ports, and a clean end. A test sources it first:
#
#   . "$srcdir/tests/system/lib.sh"
#
# srcdir is the source tree, builddir the build tree (set by make; guessed when run by hand).

set -eu
set -o pipefail 2>/dev/null || true
srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
builddir=$(cd "${builddir:-.}" && pwd)
signetd=$builddir/src/signetd/signetd
signetctl=$builddir/src/signetctl/signetctl
export SIGNET_LIBDIR="$builddir/lib"
export PYTHONDONTWRITEBYTECODE=1

work=$(mktemp -d "${TMPDIR:-/tmp}/signet-test.XXXXXX")
pids=
daemon=

note() { printf '# %s\n' "$*"; }
# finds GREP-ARGUMENTS: grep -q for the end of a pipe. It reads all: who writes there still after the first
# match would die of the closed pipe, and fail the pipeline.
finds() {
	local count
	count=$(grep -c "$@")
}
fail() {
	printf 'FAIL: %s\n' "$*" >&2
	[ ! -f "$work/signetd.log" ] || tail -n 40 "$work/signetd.log" >&2
	exit 1
}

# finish [STATUS]
finish() {
	status=${1:-$?}
	trap - EXIT INT TERM
	for p in $pids $daemon; do
		kill "$p" 2>/dev/null || true
	done
	for p in $pids $daemon; do
		wait "$p" 2>/dev/null || true
	done
	if [ "$status" -ne 0 ] && [ -n "${SIGNET_TEST_KEEP-}" ]; then
		note "kept: $work"
	else
		rm -rf "$work"
	fi
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Free TCP ports on loopback, as many as asked for, all different. They come from below the
# kernel's ephemeral range, so that no outgoing connection takes one before it is used.
free_ports() {
	python3 - "$1" <<'END'
import os, random, socket, sys
n, held = int(sys.argv[1]), []
while len(held) < n:
    s = socket.socket()
    try:
        s.bind(("127.0.0.1", random.randrange(10000, 32000)))
        held.append(s)
    except OSError:
        s.close()
print(*[s.getsockname()[1] for s in held])
END
}

policy_default='  - keys: {rsa-min: 2048, curves: [P-256, P-384], ed25519: true}
  - names: {dns: ["*.example"]}
  - validity: {max: 397d}'

# make_ca [INIT-OPTIONS]: configuration and keys in $work. $profile_extra, $policy and
# $acme_extra may be set before; http, https and validation are the ports.
make_ca() {
	# shellcheck disable=SC2046
	set -- "$@" -- $(free_ports 3)
	init_options=
	while [ "$1" != -- ]; do
		init_options="$init_options $1"
		shift
	done
	http=$2 https=$3 validation=$4
	cat >"$work/signet.yaml" <<END
state: state
hostname: localhost
log: {level: ${log_level:-info}}
listen:
  - {address: 127.0.0.1, port: $http}
  - {address: 127.0.0.1, port: $https, tls: true}
authorities:
  issuing: {certificate: issuing.pem, key: issuing.key${authority_extra-}}
profiles:
  tls-server:
    validity: 90d
    subject: {common-name: first-dns}
    names: [dns]
    key-usage: [digital-signature]
    extended-key-usage: [server-auth]
policy:
${policy:-$policy_default}
exit:
  - file: {directory: published, file-name: "{serial}.pem", format: pem}
intermediaries:
  - acme:
      path: /acme
      profile: tls-server
      challenges: [http-01]
      validation: {http-port: $validation, redirect-ports: [$validation], resolve: {"*": 127.0.0.1}}
${config_extra-}
END
	# shellcheck disable=SC2086
	"$signetctl" --config "$work/signet.yaml" init --organization 'Signet Test' $init_options \
		>"$work/init.out" || fail 'signetctl init'
	mkdir -p "$work/state/published"
	root=$work/state/root.pem
	url=https://localhost:$https/acme/directory
}

# Starts the daemon and waits until it serves.
start_signetd() {
	"$signetd" --config "$work/signet.yaml" --foreground >>"$work/signetd.log" 2>&1 &
	daemon=$!
	wait_for_signetd
}

wait_for_signetd() {
	local tries=0
	until curl -sf --max-time 5 --cacert "$root" "$url" >"$work/directory.json"; do
		kill -0 "$daemon" 2>/dev/null || fail 'signetd ended'
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || fail 'signetd does not serve'
		sleep 0.1
	done
}

stop_signetd() {
	kill "$daemon"
	wait "$daemon" || fail "signetd ended with status $? after SIGTERM"
	daemon=
}

# What the daemon has written is whole, as its own check finds.
check_database() {
	"$signetctl" --config "$work/signet.yaml" db check >"$work/check.out" 2>&1 ||
		fail "the database is not sound: $(cat "$work/check.out")"
	grep -q ' 0 problems' "$work/check.out" || fail 'the check does not say what it found'
}

# role_pid engine|gateway|publisher|adviser: the process of that role of our daemon, "" if there is none.
role_pid() {
	for p in $(cat "/proc/$daemon/task/$daemon/children" 2>/dev/null); do
		if tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null | finds -- "--role $1 "; then
			echo "$p"
			return
		fi
	done
}

# How many certificates the file exit has published, those of authorities not counted.
published() { find "$work/state/published" -maxdepth 1 -name '*.pem' | wc -l; }

# A web server for http-01 challenges: puts files of $work/webroot on the validation port.
start_webroot() {
	mkdir -p "$work/webroot/.well-known/acme-challenge"
	python3 -m http.server -b 127.0.0.1 -d "$work/webroot" "$validation" >/dev/null 2>&1 &
	pids="$pids $!"
	cat >"$work/hook" <<END
#!/bin/sh
file="$work/webroot/.well-known/acme-challenge/\$4"
case "\$1 \$2" in
'begin http-01') umask 022; printf '%s' "\$5" >"\$file" ;;
begin*) exit 1 ;;
*) rm -f "\$file" ;;
esac
END
	chmod +x "$work/hook"
}

# Runs a command that trusts our root in place of the system's, in a mount namespace of its own.
trusting() {
	local map=
	[ "$(id -u)" -eq 0 ] || map=-r
	# shellcheck disable=SC2086,SC2016
	unshare --mount $map sh -c \
		'mount --bind "$0" /etc/ssl/certs/ca-certificates.crt && exec "$@"' "$root" "$@"
}

# uacme_client NAME ARGS...: uacme with an account and keys of its own; ended after $client_limit
# seconds when that is set.
uacme_client() {
	local account=$work/uacme-$1
	shift
	mkdir -p "$account"
	trusting ${client_limit:+timeout "$client_limit"} uacme -a "$url" -c "$account" "$@"
}

# certbot_client ARGS...
certbot_client() {
	REQUESTS_CA_BUNDLE=$root certbot "$@" --server "$url" --non-interactive \
		--config-dir "$work/certbot" --work-dir "$work/certbot-work" \
		--logs-dir "$work/certbot-logs"
}

# check_certificate CHAIN-FILE KEY-FILE NAME...: the chain verifies to our root, the certificate
# has exactly these names, and the key is its own.
check_certificate() {
	local file=$1 key=$2 wanted found
	shift 2
	openssl verify -x509_strict -purpose sslserver -CAfile "$root" -untrusted "$file" "$file" \
		>/dev/null || fail "$file: the chain does not verify"
	certtool --verify --load-ca-certificate "$root" --infile "$file" >"$work/certtool.out" 2>&1 ||
		fail "$file: certtool does not verify it: $(cat "$work/certtool.out")"
	wanted=$(printf 'DNS:%s\n' "$@" | sort)
	found=$(openssl x509 -in "$file" -noout -ext subjectAltName | tr -d ' ' | tr ',' '\n' |
		grep '^DNS:' | sort)
	[ "$wanted" = "$found" ] || fail "$file: names are $found"
	[ "$(openssl x509 -in "$file" -noout -pubkey)" = "$(openssl pkey -in "$key" -pubout)" ] ||
		fail "$file: another key"
}
