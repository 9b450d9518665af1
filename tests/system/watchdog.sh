#!/bin/bash
# What systemd would hear of the real daemon: that it is ready, pings of the watchdog while the engine
# answers and none while it hangs, and that it stops.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

cat >"$work/listen.py" <<'END2'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("listening", flush=True)
while True:
    print(s.recv(4096).decode().replace("\n", " "), flush=True)
END2
python3 "$work/listen.py" "$work/notify" >"$work/heard" &
pids="$pids $!"
for _ in $(seq 100); do
	[ ! -s "$work/heard" ] || break
	sleep 0.1
done
make_ca
export NOTIFY_SOCKET=$work/notify WATCHDOG_USEC=400000
start_signetd
count() { grep -c "$1" "$work/heard" || true; }
# wait_for PATTERN COUNT: until it was heard so often
wait_for() {
	for _ in $(seq 300); do
		[ "$(count "$1")" -lt "$2" ] || return 0
		sleep 0.1
	done
	fail "not heard: $1: $(cat "$work/heard")"
}

note 'it is ready, and pings come'
wait_for READY=1 1
wait_for WATCHDOG=1 3

note 'none come while the engine hangs'
engine=$(role_pid engine)
kill -STOP "$engine"
# what was answered before is heard in this time
sleep 1
before=$(count WATCHDOG=1)
sleep 2
[ "$(count WATCHDOG=1)" = "$before" ] || fail 'the watchdog is told that a hanging engine is well'
kill -CONT "$engine"
wait_for WATCHDOG=1 $((before + 3))

note 'a reload is told'
kill -HUP "$daemon"
wait_for RELOADING=1 1
wait_for READY=1 2

stop_signetd
wait_for STOPPING=1 1
