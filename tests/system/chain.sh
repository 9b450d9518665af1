#!/bin/bash
# The rules that say who, how often and when, in the real daemon with a real ACME client: conditions,
# groups, quotas that survive a crash, repetition, and mistakes that are named.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

config_extra='groups: {clients: ["account/*"]}
'
policy='  - keys: {}
  - names: {dns: ["*.example"]}
  - requester: {allow: ["@clients"]}
  - duplicate: {names: 2, window: 1h, when: {not: {address: 192.0.2.0/24}}}
  - quota: {per: [requester], max: 3, window: 1h, when: {protocol: acme, intermediary: acme}}
  - approval: {when: {profile: tls-server, address: 192.0.2.0/24}}'
make_ca
start_webroot
start_signetd
for account in a b; do
	uacme_client $account -y -t EC new admin@example.org
done

# issue ACCOUNT NAME: a new certificate, also where there is one
issue() {
	uacme_client "$1" -f -t EC -h "$work/hook" issue "$2"
}

# refused ACCOUNT NAME PROBLEM TEXT
refused() {
	if issue "$1" "$2" 2>"$work/refused"; then
		fail "$2 was issued to $1"
	fi
	grep -q "$3" "$work/refused" || fail "no $3: $(cat "$work/refused")"
	id=$("$signetctl" --config "$work/signet.yaml" --json request list --state denied |
		python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["id"])')
	"$signetctl" --config "$work/signet.yaml" request show "$id" >"$work/shown"
	grep -q "$4" "$work/shown" || fail "the trace does not say '$4': $(cat "$work/shown")"
}

# The daemon takes the changed file.
reload() {
	local before
	before=$(grep -c 'role=engine.*event=reloaded' "$work/signetd.log") || true
	kill -HUP "$daemon"
	for _ in $(seq 300); do
		[ "$(grep -c 'role=engine.*event=reloaded' "$work/signetd.log")" -le "$before" ] || return 0
		sleep 0.1
	done
	fail 'the engine does not reload'
}

note 'the same names a third time are refused'
issue a one.example
issue a one.example
check_certificate "$work/uacme-a/one.example/cert.pem" "$work/uacme-a/private/one.example/key.pem" one.example
refused a one.example rateLimited 'at most 2 certificates in 1h are issued for the same names'
grep -qE 'approval|quota' "$work/shown" && fail 'a rule that was not asked stands in the trace'

note 'a quota holds over a crash of the engine and a restart of the daemon'
issue a two.example
refused a three.example rateLimited 'at most 3 certificates in 1h are issued for the same requester'
engine=$(role_pid engine)
kill -9 "$engine"
for _ in $(seq 300); do
	[ "$(grep -c 'event=role-started name=engine' "$work/signetd.log")" -lt 2 ] || break
	sleep 0.1
done
[ "$(role_pid engine)" != "$engine" ] || fail 'the engine does not come back'
refused a three.example rateLimited 'at most 3 certificates in 1h'
stop_signetd
start_signetd
refused a three.example rateLimited 'at most 3 certificates in 1h'

note 'another requester has a quota of its own'
issue b three.example
check_certificate "$work/uacme-b/three.example/cert.pem" "$work/uacme-b/private/three.example/key.pem" three.example

note 'after a reload nobody is of the group any more'
sed -i 's|account/\*|nobody/*|' "$work/signet.yaml"
reload
refused b four.example unauthorized 'account/2 may not ask for this'

note 'a request that no rule applies to is denied'
sed -i '/^  - \(keys\|names\|requester\|duplicate\|quota\): /d' "$work/signet.yaml"
grep -q '^  - approval: ' "$work/signet.yaml" || fail 'the test has lost its last rule'
reload
refused b five.example unauthorized 'no policy rule applies'

note 'mistakes in conditions are named with file, line and key'
# wrong RULE MESSAGE
wrong() {
	sed "/^  - approval: /d; s|^policy:.*|policy:\n  - $1|" "$work/signet.yaml" >"$work/wrong.yaml"
	line=$(grep -n '^policy:' "$work/wrong.yaml" | cut -d: -f1)
	if "$signetd" --config "$work/wrong.yaml" --check-config 2>"$work/said"; then
		fail "taken: $1"
	fi
	grep -qF "wrong.yaml:$((line + 1)): $2" "$work/said" || fail "$1: $(cat "$work/said")"
}
wrong 'approval: {when: {profile: nothing}}' "policy.approval.when.profile: there is no profile 'nothing'"
wrong 'approval: {when: {requester: "@nobody"}}' "policy.approval.when.requester: there is no group 'nobody'"
wrong 'approval: {when: {time: never}}' "policy.approval.when.time: 'never' is not a time of the week"
wrong 'approval: {when: {protocol: scep}}' "policy.approval.when.protocol: there is no protocol 'scep'"
wrong 'approval: {when: {adress: 10.0.0.0/8}}' "policy.approval.when.adress: unknown key 'adress', did you mean 'address'?"
wrong 'quota: {max: 5}' "policy.quota: needs 'max' and 'window'"
wrong 'duplicate: {window: 1d}' "policy.duplicate: needs 'window', and 'names', 'name' or 'key'"
wrong 'requester: {allow: ["@nobody"]}' "policy.requester.allow: there is no group 'nobody'"
stop_signetd
