#!/bin/bash
# The shells' completion: what bash and zsh offer at some places of a command line; that every group,
# command and option of --help is offered; that the parsers take every word that is offered, and no
# other; that names with blanks and what a shell would run stay names.
set -eu
srcdir=${srcdir:-.} builddir=$(cd "${builddir:-.}" && pwd)
signetctl=$builddir/src/signetctl/signetctl
work=$(mktemp -d "${TMPDIR:-/tmp}/signet-test.XXXXXX")
trap 'rm -rf "$work"' EXIT
fail() {
	printf 'FAIL: %s\n' "$*" >&2
	exit 1
}

"$signetctl" completion bash >"$work/bash"
"$signetctl" completion zsh >"$work/zsh"
[ "$("$signetctl" completion fish >/dev/null 2>&1 || echo $?)" = 2 ] || fail 'there is no fish'
# shellcheck disable=SC1091
. "$work/bash"

# offered WORD...: what completes the last word, in one line
offered() {
	COMP_WORDS=(signetctl "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	_signetctl "$signetctl"
	printf '%s\n' "${COMPREPLY[@]}"
}
# is EXPECTED WORD...
is() {
	local expected=$1 got
	shift
	got=$(offered "$@" | xargs)
	[ "$got" = "$expected" ] || fail "after '$*': '$got', not '$expected'"
}

is cert ce
is 'status' st
is revoke cert rev
is revoke --config x.yaml --json cert rev
is 'bash zsh values' completion ''
is --csv --cs
is --reason request deny 17 --rea
touch "$work/one.pem"
is "$work/one.pem" cert revoke "$work/on"
is "$work/one.pem" --config "$work/on"
is all cert list --limit ''
is '' cert list --before ''

# words, whole and begun, behind "=" and in lists
is 'valid revoked held expired' cert list --state ''
is 'issued pending denied failed' request list --state ''
is 'revoked' cert list --sort r
is 'held' cert list --state = h
is '' cert list --state nonsense
is 'pem der chain' cert export --format ''
is 'id,serial id,state id,subject' cert list --columns id,s
is 'superseded' ca revoke --reason sup
is 'issued' audit show --action iss
is 'profiles authorities exits intermediaries' completion values ''
is '' ca install issuing "$work/none"
is "$work/one.pem" ca install issuing "$work/on"

# names, of a configuration whose daemon does not run
mkdir "$work/in"
cat >"$work/in/signet.yaml" <<'END'
state: state
authorities:
  issuing: {certificate: a.pem, key: a.key}
  issuing-two: {certificate: a.pem, key: a.key}
profiles:
  "web server": {}
  "$(touch pwned)`touch pwned`": {}
  "it's;touch pwned": {}
  tls: {}
exit:
  - file: {directory: x}
  - file: {name: second, directory: x}
intermediaries:
  - acme: {path: /acme, profile: tls}
END
cd "$work/in"
own='--config signet.yaml'
# shellcheck disable=SC2086
{
	is 'issuing issuing-two' $own crl publish ''
	is 'issuing-two' $own cert list --authority issuing-
	is 'file second' $own exit retry ''
	is 'acme' --config = signet.yaml request list --intermediary a
	is 'acme' -c '"signet.yaml"' request list --intermediary a
	is 'issuing issuing-two signet.yaml' $own crl show ''
	is '' $own cert list --profile nonsense
	is '' --config '$(touch pwned)signet.yaml' crl publish ''
	is '' --config none.yaml crl publish ''
	[ "$(offered $own cert list --profile '')" = '\$\(touch\ pwned\)\`touch\ pwned\`
it\'"'"'s\;touch\ pwned
tls
web\ server' ] || fail "profiles: $(offered $own cert list --profile '')"
	[ "$(offered $own cert list --profile 'web\ s')" = 'web\ server' ] || fail 'after a backslash'
	[ "$(offered $own cert list --profile '"web s')" = 'web server' ] || fail 'within "'
	[ "$(offered $own cert list --profile '"\$')" = '\$(touch pwned)\`touch pwned\`' ] || fail 'within "'
	[ "$(offered $own cert list --profile "'\$")" = '$(touch pwned)`touch pwned`' ] || fail "within '"
	[ "$(offered $own cert list --profile "'it")" = '' ] || fail "what ' cannot hold is offered"
	is '' $own cert list --profile '$(touch pwned)'
}
[ ! -e pwned ] || fail 'a name was run'
said=$("$signetctl" --config none.yaml completion values profiles 2>&1) || fail 'no configuration: an error'
[ -z "$said" ] || fail "without configuration: $said"
said=$("$signetctl" --config none.yaml --socket "$work/in" completion values exits 2>&1) || fail 'a socket that is none'
[ -z "$said" ] || fail "without daemon: $said"
[ "$("$signetctl" completion values nonsense >/dev/null 2>&1 || echo $?)" = 2 ] || fail 'there is no such kind'

# the parsers take what is offered. No call is made: the path of the socket is too long to be one.
nowhere=/$(printf 'x%.0s' {1..200})
# takes OPTION WORD COMMAND...: whether it is right usage
takes() {
	local option=$1 word=$2 status=0
	shift 2
	"$signetctl" --socket "$nowhere" "$@" "$option" "$word" >/dev/null 2>&1 || status=$?
	[ "$status" != 2 ]
}
# fits OPTION COMMAND [ARGUMENT]...: the words of an option, and one that is none
fits() {
	local option=$1 group=$2 command=$3 word
	shift
	for word in $(offered "$group" "$command" "$option" ''); do
		takes "$option" "$word" "$@" || fail "$* does not take $option $word"
		words=$((words + 1))
	done
	! takes "$option" nonsense "$@" || fail "$* takes any $option"
}
words=0
fits --state cert list
fits --sort cert list
fits --state request list
fits --format cert export --name x
fits --reason cert revoke 1
fits --reason ca revoke issuing --yes
[ "$words" = 30 ] || fail "looked at $words words"
! takes --reason certificate-hold cert revoke 1 || fail 'cert revoke holds'
# columns are looked at once there is a client: all in one
for group in cert request; do
	columns=$(offered "$group" list --columns '' | paste -sd,)
	said=$("$signetctl" --socket "$work/none" "$group" list --columns "$columns,nonsense" 2>&1) && fail 'columns'
	[[ $said == *"there is no 'nonsense', but ${columns//,/, };"* ]] || fail "$group list --columns $columns: $said"
done
said=$("$signetctl" --config signet.yaml init --key-type nonsense --csr 2>&1) && fail 'a key type'
for word in $(offered init --key-type ''); do
	rm -rf state
	"$signetctl" --config signet.yaml init --key-type "$word" --csr >/dev/null || fail "no key of $word"
done
cd "$OLDPWD"

commands=0
while read -r group command; do
	commands=$((commands + 1))
	offered '' | grep -qx -- "$group" || fail "the group $group is not offered"
	[ -z "$command" ] || offered "$group" '' | grep -qx -- "$command" ||
		fail "$group $command is not offered"
	# shellcheck disable=SC2086
	for option in $("$signetctl" $group $command --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p'); do
		offered "$group" ${command:+"$command"} -- | grep -qx -- "$option" ||
			fail "$group $command $option is not offered"
		grep -q -- "'\*$option\[" "$work/zsh" || fail "zsh is not offered $option"
	done
done <<<"$("$signetctl" --help | sed -n '/^commands:/,/^$/s/^  \([a-z-]*\)\( [a-z-]*\)\{0,1\}.*/\1\2/p')"
[ "$commands" -ge 20 ] || fail "only $commands commands"

if command -v zsh >/dev/null; then
	zsh -n "$work/zsh" || fail 'zsh does not read its completion'
	said=$(zsh -f -c 'autoload -Uz compinit; compinit -D -u; source "$1"; whence -w _signetctl' zsh "$work/zsh" 2>&1) ||
		fail "zsh: $said"
	case $said in
	*'_signetctl: function'*) ;;
	*) fail "zsh: $said" ;;
	esac
	mkdir "$work/functions"
	cp "$work/zsh" "$work/functions/_signetctl"
	# zsh_is EXPECTED LINE: what is offered, and then the line, in one
	zsh_is() {
		local got
		got=$(PATH=$builddir/src/signetctl:$PATH python3 "$srcdir/tests/zsh_completion.py" "$work/in" \
			"$work/functions" "$2" | paste -sd' ')
		[ "$got" = "$1" ] || fail "zsh after '$2': '$got', not '$1'"
	}
	zsh_is 'expired held revoked valid signetctl cert list --state ' 'signetctl cert list --state '
	zsh_is 'id,serial signetctl cert list --columns id,serial,' 'signetctl cert list --columns id,se'
	zsh_is 'issuing-two signetctl --config signet.yaml ca install issuing-two ' \
		'signetctl --config signet.yaml ca install issuing-'
	zsh_is 'signet.yaml signetctl ca install issuing signet.yaml ' 'signetctl ca install issuing sig'
	zsh_is 'web\ server signetctl --config signet.yaml cert list --profile web\ server ' \
		'signetctl --config signet.yaml cert list --profile w'
	# shellcheck disable=SC2016
	zsh_is '$(touch pwned)`touch pwned` signetctl --config signet.yaml policy test --profile '"'"'$(touch pwned)`touch pwned`'"' " \
		"signetctl --config signet.yaml policy test --profile '\$"
	zsh_is ' signetctl --config none.yaml exit retry ' 'signetctl --config none.yaml exit retry '
	[ ! -e "$work/in/pwned" ] || fail 'zsh ran a name'
else
	echo 'zsh is not installed: its completion is only looked through'
fi
echo "completion offers $commands commands"
