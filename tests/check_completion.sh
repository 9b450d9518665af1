#!/bin/bash
# The shells' completion: what bash offers at some places of a command line, and that every group,
# command and option of --help is offered; zsh's at least is a script that zsh reads.
set -eu
builddir=${builddir:-.}
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
	_signetctl
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
is 'bash zsh' completion ''
is --csv --cs
is --reason request deny 17 --rea
touch "$work/one.pem"
is "$work/one.pem" cert revoke "$work/on"
is "$work/one.pem" --config "$work/on"
is '' cert list --limit ''

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
else
	echo 'zsh is not installed: its completion is only looked through'
fi
echo "completion offers $commands commands"
