#!/bin/bash
# kill -9 in the middle of the backup of a large database, of who asks for it and of the engine, and in
# the middle of its restoration: nothing half-written ever has the name of a backup or a database, the
# next attempt works, and the database is whole.
set -eu
srcdir=${srcdir:-$(dirname "$0")/../..}
. "$srcdir/tests/system/lib.sh"

large=100000000 # octets, at least

log_level=warning
make_ca
start_signetd
ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }
fill() { "$builddir/tests/system/fill" "$work/state/run/request.sock" "$@"; }

# make_request FILE NAME...: a certification request in DER.
make_request() {
	local file=$1 names
	shift
	names=$(printf ',DNS:%s' "$@")
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/request.key" \
		-subj / -addext "subjectAltName=${names#,}" -outform DER -out "$file" 2>"$work/openssl.log" ||
		fail "openssl req: $(cat "$work/openssl.log")"
}

note 'a large database: requests that are denied and kept with all their names, some certificates among them'
label=$(printf '%060d' 0 | tr 0 a)
many=
for n in $(seq 1 95); do
	many="$many n$n.$label.$label.$label"
done
make_request "$work/small.der" small.example
# shellcheck disable=SC2086
make_request "$work/large.der" $many
[ "$(fill "$work/small.der" 200)" -eq 200 ] || fail 'not all were issued'
[ "$(fill "$work/large.der" $((large * 6 / 10 / $(stat -c %s "$work/large.der"))))" -eq 0 ] ||
	fail 'what policy denies was issued'
ctl db backup "$work/first" >/dev/null || fail 'a first backup'
total=$(stat -c %s "$work/first/engine.mdb")
[ "$total" -gt "$large" ] || fail "a database of $total octets"
rm -r "$work/first"

size_of() { stat -c %s "$1" 2>/dev/null | head -n 1; }

# stop_in_the_middle FILE PROCESS: halts the process, which makes the file grow; fails when it had its end
# already.
stop_in_the_middle() {
	local size
	for _ in $(seq 5000); do
		# shellcheck disable=SC2086
		size=$(size_of $1)
		if [ "${size:-0}" -gt 4000000 ]; then
			kill -STOP "$2" 2>/dev/null || return 1
			# shellcheck disable=SC2086
			size=$(size_of $1)
			[ "${size:-0}" -gt 0 ] && [ "$size" -lt "$total" ] && return 0
			kill -CONT "$2"
			return 1
		fi
	done
	return 1
}

# begin_backup NAME: until it is halted in its middle, the process that asks for it in $victim.
begin_backup() {
	engine=$(role_pid engine)
	for _ in 1 2 3 4 5 6 7 8; do
		"$signetctl" --config "$work/signet.yaml" db backup "$work/$1" >"$work/out" 2>&1 &
		victim=$!
		pids="$pids $victim"
		if stop_in_the_middle "$work/$1.partial.*/engine.mdb" "$engine"; then
			return
		fi
		wait "$victim" || fail "the backup failed: $(cat "$work/out")"
		rm -r "${work:?}/$1"
	done
	fail 'no backup was met in its middle'
}

backup_again() {
	local tries=0
	until ctl db backup "$work/$1" >"$work/out" 2>&1; do
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || fail "no backup afterwards: $(cat "$work/out")"
		sleep 0.1
	done
	[ "$(stat -c %s "$work/$1/engine.mdb")" -gt "$large" ] || fail 'the backup afterwards is not whole'
}

note 'who asks for the backup is killed'
begin_backup client
kill -9 "$victim"
kill -CONT "$engine"
wait "$victim" 2>/dev/null || true
[ ! -e "$work/client" ] || fail 'half a backup has its name'
half=$(echo "$work"/client.partial.*)
[ -d "$half" ] || fail 'it is not where the man page says'
ctl db restore "$half" >"$work/out" 2>&1 && fail 'half a backup was restored'
grep -q 'no backup' "$work/out" || fail 'it does not say that this is no backup'
backup_again client
[ "$(role_pid engine)" = "$engine" ] || fail 'the engine did not survive'
rm -r "$half"

note 'the engine is killed'
begin_backup engine
kill -9 "$engine"
if wait "$victim"; then fail 'the backup of an engine that is dead succeeded'; fi
[ ! -e "$work/engine" ] || fail 'half a backup has its name'
[ -z "$(find "$work" -maxdepth 1 -name '*.partial.*')" ] || fail 'half a backup was left behind'
wait_for_signetd
backup_again engine
check_database
stop_signetd

note 'who restores is killed'
mv "$work/state" "$work/state.old"
mkdir -p "$work/state/published"
for file in root.pem issuing.pem issuing.key; do
	cp "$work/state.old/$file" "$work/state/"
done
restore() { ctl db restore "$work/engine" >"$work/out" 2>&1; }
refused() {
	if "$signetd" --config "$work/signet.yaml" --foreground >"$work/out" 2>&1; then
		fail 'a daemon ran'
	fi
	grep -q "repeat 'signetctl db restore'" "$work/out" || fail "it does not say why: $(cat "$work/out")"
	[ "$(find "$work/state" -name data.mdb -size -1000k)" = "${1-}" ] || fail 'a database was made'
}
met=
for _ in 1 2 3 4 5 6 7 8; do
	"$signetctl" --config "$work/signet.yaml" db restore "$work/engine" >"$work/out" 2>&1 &
	victim=$!
	pids="$pids $victim"
	if stop_in_the_middle "$work/state/engine/data.mdb.restoring" "$victim"; then
		met=yes
		break
	fi
	wait "$victim" || fail "not restored: $(cat "$work/out")"
	rm -r "$work/state/engine" "$work/state/gateway"
done
[ -n "$met" ] || fail 'no restoration was met in its middle'
kill -9 "$victim"
wait "$victim" 2>/dev/null || true
[ ! -e "$work/state/engine/data.mdb" ] || fail 'half a database has its name'
refused

note 'killed when all but the database had its place, and when all had it: as a kill leaves it there'
gateway=$work/state/gateway/state/data.mdb
cp "$work/engine/gateway.mdb" "$gateway"
refused "$gateway"
restore || fail "not repeated: $(cat "$work/out")"
mv "$work/state/engine/restored" "$work/state/engine/restoring"
refused "$gateway"
restore || fail "not repeated: $(cat "$work/out")"
[ ! -e "$work/state/engine/restoring" ] || fail 'it still passes for unfinished'
[ -z "$(find "$work/state" -name '*.restoring')" ] || fail 'something was left behind'
cmp "$work/engine/engine.mdb" "$work/state/engine/data.mdb" || fail 'another database was restored'
restore && fail 'a database was restored over itself'

note 'restored, and whole'
start_signetd
check_database
[ "$(grep -c event=restored "$work/signetd.log")" -eq 1 ] || fail 'the engine does not know that it was restored'
[ "$(fill "$work/small.der" 1)" -eq 1 ] || fail 'nothing is issued any more'
stop_signetd
