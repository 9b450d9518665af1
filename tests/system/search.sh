#!/bin/bash
# Requests that an officer submits himself, and certificates that are found again: by every filter, in
# pages, as a table, as JSON and as CSV, and in files.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

policy="$policy_default
  - approval: {message: an officer has to look at it, when: {requester: slow}}"
make_ca
start_signetd
ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }

# csr NAME: a key and a request
csr() {
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" \
		-subj "/CN=$1" -addext "subjectAltName=DNS:$1" -out "$work/$1.csr" 2>/dev/null
}
# ids OPTIONS: the ids that cert list finds, in one line
ids() { ctl --csv cert list --columns id "$@" | tail -n +2 | xargs; }
# is EXPECTED OPTIONS
is() {
	local expected=$1 got
	shift
	got=$(ids "$@")
	[ "$got" = "$expected" ] || fail "cert list $*: '$got', not '$expected'"
}

note 'submitting'
for i in 1 2 3 4 5; do
	csr "h$i.example"
	ctl -q request submit "$work/h$i.example.csr" --profile tls-server --as "user-$((i % 2))" \
		--attribute ticket=471$i >"$work/h$i.pem" || fail "submit $i"
done
check_certificate "$work/h3.pem" "$work/h3.example.key" h3.example
ctl request show 4 | finds 'ticket: 4713' || fail 'the attribute is not stored'
csr denied.elsewhere
status=0
ctl request submit "$work/denied.elsewhere.csr" --profile tls-server >"$work/out" 2>&1 || status=$?
[ "$status" -eq 5 ] || fail "a denied request: $status, $(cat "$work/out")"
csr slow.example
status=0
ctl --json request submit "$work/slow.example.csr" --profile tls-server --as slow >"$work/out" || status=$?
[ "$status" -eq 6 ] || fail "a pending request: $status"
pending=$(python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); assert r["state"] == "pending"; print(r["id"])' "$work/out")
ctl request approve "$pending" >/dev/null || fail 'approve'
ctl request submit "$work/h1.example.csr" --profile gateway >"$work/out" 2>&1 && fail 'the profile gateway is open'
grep -q gateway "$work/out" || fail "$(cat "$work/out")"

note 'finding'
all=$(ids --limit all --profile tls-server)
read -r slow five four three two one <<<"$all"
is "$five" --name h5.example
is "$one $two $three $four $five" --name 'h*.example'
is "$five $three $one" --requester user-1
is "$one $three $five" --requester user-1 --reverse
is "$slow" --requester slow --issued-after 2020-01-01
is '' --issued-before 2020-01-01
is '' --expires-within 30d --profile tls-server
is "$one $two" --expires-within 91d --profile tls-server --limit 2
for file in h2.example.csr h2.example.key h2.pem; do
	is "$two" --key "$work/$file"
done
spki=$(openssl pkey -in "$work/h2.example.key" -pubout -outform DER | openssl dgst -sha256 -r | cut -d' ' -f1)
is "$two" --key "$spki"
serial=$(openssl x509 -in "$work/h4.pem" -noout -serial | cut -d= -f2)
is "$four" --serial "${serial:0:33}"
ctl cert revoke "$two" --reason key-compromise || fail revoke
ctl cert hold "$four" || fail hold
is "$two" --state revoked
is "$four" --state held
is "$four $two" --sort revoked
is "$slow $five $three $one" --state valid --profile tls-server
[ "$(ctl --csv cert list --state revoked --columns serial,state,reason)" = "serial,state,reason
$(openssl x509 -in "$work/h2.pem" -noout -serial | cut -d= -f2 | tr A-F a-f),revoked,key-compromise" ] || fail csv

note 'paging'
pages=
place=()
while :; do
	pages="$pages $(ctl cert list --profile tls-server --columns id --limit 4 "${place[@]}" 2>"$work/more" |
		tail -n +2 | xargs)"
	token=$(sed -n 's/.*--page \([0-9a-f]*\) .*/\1/p' "$work/more")
	[ -n "$token" ] || break
	place=(--page "$token")
done
[ "$(xargs <<<"$pages")" = "$all" ] || fail "pages: $pages, not $all"
ctl -q cert list --limit 1 2>&1 >/dev/null | grep . && fail '-q has remarks'
ctl cert list --page zz >/dev/null 2>&1 && fail 'zz is a page'

note 'requests'
[ "$(ctl --csv request list --state denied --columns names,state | tail -n +2)" = 'dns:denied.elsewhere,denied' ] ||
	fail 'request list --state denied'
[ "$(ctl --csv request list --name '*.elsewhere' --intermediary signetctl --columns state | xargs)" = 'state denied' ] ||
	fail 'request list --name'
[ "$(ctl --csv request list --requester user-0 --columns requester,state | tail -n +2 | sort -u)" = user-0,issued ] ||
	fail 'request list --requester'

note 'exporting'
mkdir "$work/export"
ctl -q cert export --state valid --profile tls-server --format chain --output "$work/export" || fail export
[ "$(find "$work/export" -type f | wc -l)" -eq 4 ] || fail "exported: $(ls "$work/export")"
for file in "$work/export"/*.pem; do
	openssl verify -CAfile "$root" -untrusted "$file" "$file" >/dev/null || fail "$file does not verify"
done
ctl cert export --format der --output "$work/h3.cer" "$three" || fail 'export DER'
openssl x509 -in "$work/h3.pem" -outform DER | cmp - "$work/h3.cer" || fail 'exported another one'
ctl cert export "$one" "$two" | grep -c BEGIN | finds -x 2 || fail 'export two'
ctl cert export --format der "$one" "$two" >/dev/null 2>&1 && fail 'two in DER'
ctl cert export >/dev/null 2>&1 && fail 'export nothing'
check_database
stop_signetd
