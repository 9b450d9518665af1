#!/bin/bash
# What all commands of signetctl have in common: -q says nothing but what was asked for, --csv of every list
# reads back as --json says it, however the values look, and the exit status tells what came of a request.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

profile_extra='
  person:
    validity: 30d
    subject: {O?: "{request.O}"}
    names: [dns]
    key-usage: [digital-signature]
  nobody:
    validity: 30d
    subject: empty
    names: [dns]
    key-usage: [digital-signature]'
policy='  - keys: {rsa-min: 2048, curves: [P-256]}
  - names: {dns: ["*.example"]}
  - approval: {message: an officer has to look at it, when: {requester: slow}}'
make_ca
mkdir "$work/state/failing"
cat >"$work/ho,ok" <<'END2'
#!/bin/sh
exit 1
END2
chmod +x "$work/ho,ok"
sed -i "s|^exit:|&\n  - file: {name: failing, directory: failing, events: [issued], tries: 1, hook: ['$work/ho,ok']}|" \
	"$work/signet.yaml"
python3 - "$work/signet.yaml" "$profile_extra" <<'END2'
import sys
path, more = sys.argv[1:]
text = open(path).read()
if more.strip() not in text:
    text = text.replace("\npolicy:", more + "\npolicy:")
open(path, "w").write(text)
END2
start_signetd
ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }

# csr NAME SUBJECT [OPTIONS]: a request in $work/NAME.csr
csr() {
	local name=$1 subject=$2
	shift 2
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$name.key" \
		-subj "$subject" "$@" -out "$work/$name.csr" 2>/dev/null
}
# submitted STATUS STATE OPTIONS: what comes of a request
submitted() {
	local expected=$1 state=$2 status=0
	shift 2
	ctl --json request submit "$@" >"$work/out" 2>"$work/err" || status=$?
	[ "$status" = "$expected" ] || fail "$*: status $status, $(cat "$work/out" "$work/err")"
	grep -q "\"state\": \"$state\"" "$work/out" || fail "$*: $(cat "$work/out")"
}

note 'the exit status is what came of a request'
csr odd '/O=a "b", c;d' -addext 'subjectAltName=DNS:odd.example'
csr nobody '/' -addext 'keyUsage=digitalSignature'
csr outside '/CN=x' -addext 'subjectAltName=DNS:x.elsewhere'
submitted 0 issued "$work/odd.csr" --profile person --as 'who, "really"'
submitted 6 pending "$work/odd.csr" --profile person --as slow
slow=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["id"])' "$work/out")
submitted 5 denied "$work/outside.csr" --profile person
submitted 1 failed "$work/nobody.csr" --profile nobody
grep -q '"message": "[^"]' "$work/out" || fail "no reason: $(cat "$work/out")"
status=0
ctl -q request submit "$work/nobody.csr" --profile nobody >"$work/out" 2>"$work/err" || status=$?
[ "$status" = 1 ] || fail "status $status of one that failed, as a table"
[ ! -s "$work/err" ] || fail "$(cat "$work/err")"
ctl request deny "$slow" --reason 'no, "never"; not
even then' >/dev/null 2>"$work/err" || true
ctl request show "$slow" | finds pending && ctl request deny "$slow" --reason 'no, "never"; not' >/dev/null
ctl cert revoke "$work/odd.csr" 2>/dev/null && fail 'a request was revoked'
serial=$(ctl --csv cert list --columns serial --profile person | tail -n +2)
ctl cert revoke "$serial" --reason superseded --comment 'first, "second"; third' >/dev/null || fail revoke
for _ in $(seq 300); do
	[ "$(ctl --csv exit letters failing | wc -l)" -lt 2 ] || break
	sleep 0.1
done

# same COMMAND...: --csv, read strictly, is what --json says
same() {
	ctl --csv "$@" >"$work/csv" || fail "--csv $*"
	ctl --json "$@" >"$work/json" || fail "--json $*"
	python3 - "$work/csv" "$work/json" <<'END2' || fail "--csv $*: $(cat "$work/csv")"
import csv, json, sys
data = open(sys.argv[1], newline="").read()
rows = list(csv.reader(data.splitlines(keepends=True), strict=True))
want = json.load(open(sys.argv[2]))
want = want if isinstance(want, list) else [want]
head = rows.pop(0)
assert len(rows) == len(want), (len(rows), len(want))
def text(value):
    if value is None:
        return ""
    return ";".join(value) if isinstance(value, list) else str(value)
for row, item in zip(rows, want):
    assert len(row) == len(head), row
    for key, cell in zip(head, row):
        if key not in ("connections", "adminConnections"):
            assert cell == text(item.get(key)), (key, cell, item.get(key))
END2
}

note 'CSV is quoted where it must be'
lists=('ca list' 'request list' 'request list --columns id,subject,requester,names,message,state,address' 'cert list' 'cert list --columns id,subject,requester,names,reason' 'crl list' 'ocsp status' 'exit status' 'exit letters'
	'audit show' 'db stats')
for list in "${lists[@]}"; do
	# shellcheck disable=SC2086
	same $list
	[ "$(wc -l <"$work/csv")" -ge 2 ] || fail "$list is empty"
done
same cert show "$serial"
ctl --csv cert list --columns subject | finds '"O=a \\""b\\""' ||
	fail "no quoting: $(ctl --csv cert list --columns subject)"
ctl --csv request list | finds '"who, ""really"""' || fail "no quoting: $(ctl --csv request list)"
ctl --csv audit show --action revoked | finds 'first, ""second""; third"' || fail "$(ctl --csv audit show)"
ctl --csv exit letters | finds "\"the hook $work/ho,ok ended" || fail "$(ctl --csv exit letters)"

# remarks COMMAND...: there are some on standard error, and with -q there are none
remarks() {
	ctl "$@" >"$work/out" 2>"$work/err" || fail "$*: $(cat "$work/err")"
	[ -s "$work/err" ] || fail "$* makes no remark"
	silent "$@"
}
silent() {
	ctl -q "$@" >"$work/quiet" 2>"$work/err" || fail "-q $*: $(cat "$work/err")"
	[ ! -s "$work/err" ] || fail "-q $*: $(cat "$work/err")"
}

note 'with -q nothing is said beside what was asked for'
csr more '/O=more' -addext 'subjectAltName=DNS:more.example'
remarks request submit "$work/more.csr" --profile person
remarks ocsp status
remarks audit show --limit 1
remarks cert list --limit 1
remarks request list --limit 1
remarks db check
for command in 'ca list' 'ca show' 'ca chain' 'crl list' 'crl publish' 'crl show issuing' 'exit status' \
	'exit letters' 'exit retry failing --all' 'audit verify' 'db stats' 'db prune' 'status' \
	'monitor --count 1' 'config check' "policy test $work/more.csr --profile tls-server" 'completion bash' \
	"db backup $work/backup"; do
	# shellcheck disable=SC2086
	silent $command
done
sed "s|^state: .*|state: fresh|" "$work/signet.yaml" >"$work/fresh.yaml"
"$signetctl" -q --config "$work/fresh.yaml" init >"$work/out" 2>"$work/err" || fail "init: $(cat "$work/err")"
[ ! -s "$work/err" ] || fail "-q init: $(cat "$work/err")"
for group in $("$signetctl" --help | sed -n '/^commands:/,/^options:/s/^  \([a-z-]*\) .*/\1/p' | sort -u); do
	grep -qE "(silent|remarks) $group|['\"]$group|-q .* $group" "$0" || fail "is -q of $group tested?"
done
stop_signetd
