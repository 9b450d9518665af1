#!/bin/bash
# The gateway never holds a CA key: neither in its memory nor as an open file; the engine holds it
# and no IP socket, and starts no program. The engine is the control: the same search must find the key
# there.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

# its program waits until it is looked at
policy="  - exec: {command: [/bin/sh, -c, 'touch $work/running; until [ -e $work/looked ]; do sleep 0.1; done; echo {\\\"decision\\\":\\\"pass\\\"}'], timeout: 60s}
$policy_default"
make_ca
start_webroot
start_signetd
uacme_client a -y -t EC new
engine=$(role_pid engine) gateway=$(role_pid gateway) publisher=$(role_pid publisher)
adviser=$(role_pid adviser)
[ -n "$engine" ] && [ -n "$gateway" ] && [ -n "$publisher" ] && [ -n "$adviser" ] || fail 'a role is missing'

note 'programs are started by the adviser, not by the engine'
children() { cat "/proc/$1"/task/*/children | tr -d ' \n'; }
uacme_client a -t EC -h "$work/hook" issue one.example &
client=$!
for n in $(seq 600); do
	[ ! -e "$work/running" ] || break
	sleep 0.1
done
[ -n "$(children "$adviser")" ] || fail 'the control finds no program below the adviser'
[ -z "$(children "$engine")" ] || fail 'the engine has started a program'
touch "$work/looked"
wait "$client" || fail 'the client got nothing'

cat >"$work/search.py" <<'END'
"""search.py PID HEX: how often the octets, in either byte order, stand in the memory of a process."""
import sys
pid, secret = sys.argv[1], bytes.fromhex(sys.argv[2])
found = 0
with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
    for line in maps:
        area, mode = line.split()[:2]
        if "r" not in mode or line.rstrip().endswith(("[vvar]", "[vsyscall]")):
            continue
        start, end = (int(x, 16) for x in area.split("-"))
        if end - start > 1 << 36:
            continue  # the sanitizers' shadow, which holds no octet of ours
        before = b""
        for at in range(start, end, 1 << 24):
            try:
                mem.seek(at)
                data = before + mem.read(min(1 << 24, end - at))
            except OSError:
                break
            found += data.count(secret) + data.count(secret[::-1])
            before = data[-len(secret) + 1:]
print(found)
END
secret=$(openssl pkey -in "$work/state/issuing.key" -noout -text |
	awk '/^priv:/ {on = 1; next} /^pub:/ {on = 0} on' | tr -d ' :\n' | sed 's/^00//')
[ "${#secret}" -ge 60 ] || fail "cannot read the secret scalar: $secret"

note 'memory'
if [ "$(id -u)" -eq 0 ]; then
	[ "$(python3 "$work/search.py" "$engine" "$secret")" -gt 0 ] ||
		fail 'the search finds no key in the engine: it proves nothing'
	[ "$(python3 "$work/search.py" "$publisher" "$secret")" -eq 0 ] || fail 'the publisher has the key'
	[ "$(python3 "$work/search.py" "$adviser" "$secret")" -eq 0 ] || fail 'the adviser has the key'
else
	note 'not root: the engine is not dumpable, so the control search is refused, as it must be'
	! python3 "$work/search.py" "$engine" "$secret" 2>/dev/null || fail 'the engine can be read by its user'
fi
[ "$(python3 "$work/search.py" "$gateway" "$secret")" -eq 0 ] || fail 'the gateway has the key in its memory'

note 'open files'
for pid in "$gateway" "$publisher" "$adviser"; do
	if ls -l "/proc/$pid/fd" | grep -E 'issuing\.key|root\.key|/engine/'; then
		fail "process $pid has a key or the CA database open"
	fi
done
ls -l "/proc/$gateway/fd" | finds '/gateway/' || fail 'the control finds no file of the gateway'

note 'the engine has no IP socket'
for table in tcp tcp6 udp udp6; do
	awk 'NR > 1 {print $10}' "/proc/net/$table"
done | sort -u >"$work/ip-inodes"
sockets() { ls -l "/proc/$1/fd" | sed -n 's/.*socket:\[\([0-9]*\)\]/\1/p' | sort -u; }
sockets "$gateway" | finds -xFf "$work/ip-inodes" || fail 'the control finds no IP socket of the gateway'
if sockets "$engine" | grep -xFf "$work/ip-inodes"; then
	fail 'the engine has an IP socket'
fi

note 'engine and adviser are not dumpable'
if [ "$(id -u)" -eq 0 ]; then
	[ "$(stat -c %U "/proc/$engine/mem")" = root ] || fail 'dumpable'
	[ "$(stat -c %U "/proc/$adviser/mem")" = root ] || fail 'dumpable'
fi
stop_signetd
