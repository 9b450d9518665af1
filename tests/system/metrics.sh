#!/bin/bash
# Monitoring of the real daemon: metrics that a strict parser takes and that grow with what is issued,
# readiness that goes and comes with the engine, and none of it on the public listeners.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

watched=$(free_ports 1)
config_extra="metrics: {port: $watched}"
make_ca
mkdir "$work/state/failing"
sed -i "s|^exit:|&\n  - file: {name: failing, directory: failing, events: [issued], tries: 2, hook: [/bin/false]}|" \
	"$work/signet.yaml"
start_webroot
start_signetd
base=http://127.0.0.1:$watched

# metric NAME{LABELS}: the value of that series, 0 when there is none
metric() {
	curl -sf --max-time 20 "$base/metrics" >"$work/metrics" || fail '/metrics does not answer'
	python3 - "$work/metrics" "$1" <<'END2'
import re, sys
families, values = {}, {}
for line in open(sys.argv[1], encoding="utf-8", newline="\n"):
    assert line.endswith("\n"), line
    line = line[:-1]
    if m := re.fullmatch(r"# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (?:[^\\]|\\\\|\\n)*", line):
        assert m[1] not in families, "a family comes twice: " + line
        families[m[1]] = None
        continue
    if m := re.fullmatch(r"# TYPE (\S+) (counter|gauge|histogram)", line):
        assert m[1] in families and families[m[1]] is None, line
        families[m[1]] = m[2]
        last = m[1]
        continue
    m = re.fullmatch(r'([a-zA-Z_:][a-zA-Z0-9_:]*)((?:\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)+\})?) (\S+)', line)
    assert m, line
    assert re.sub("_(bucket|sum|count)$", "", m[1]) == last if families[last] == "histogram" else m[1] == last, line
    assert m[1].startswith("signet_"), line
    assert m[1] + m[2] not in values, "a series comes twice: " + line
    values[m[1] + m[2]] = float(m[3])
assert len(families) > 15, families
print(int(values.get(sys.argv[2], 0)))
END2
}
# wait_for STATUS PATH
wait_for() {
	local found=
	for _ in $(seq 300); do
		found=$(curl -s --max-time 20 -o "$work/answer" -w '%{http_code}' "$base$2" || true)
		[ "$found" != "$1" ] || return 0
		sleep 0.1
	done
	fail "$2: $found instead of $1: $(cat "$work/answer")"
}

note 'it is alive and ready'
wait_for 200 /healthz
wait_for 200 /readyz

note 'counters grow with what is issued'
issued='signet_requests_total{intermediary="acme",profile="tls-server",disposition="issued"}'
before=$(metric "$issued")
http_before=$(metric 'signet_http_requests_total{intermediary="acme",code="2xx"}')
uacme_client a -y -t EC new admin@example.org
uacme_client a -t EC -h "$work/hook" issue one.example
uacme_client a -t EC -h "$work/hook" issue two.example
[ "$(metric "$issued")" = $((before + 2)) ] || fail "issued: $(metric "$issued") after $before"
[ "$(metric 'signet_http_requests_total{intermediary="acme",code="2xx"}')" -gt "$http_before" ] ||
	fail 'HTTP requests are not counted'
[ "$(metric signet_submit_duration_seconds_count)" -ge 2 ] || fail 'submissions are not timed'
[ "$(metric signet_store_commit_duration_seconds_count)" -ge 2 ] || fail 'commits are not timed'
[ "$(metric signet_engine_resident_memory_bytes)" -gt 1000000 ] || fail 'no memory of the engine'
[ "$(metric signet_up)" = 1 ] || fail 'the engine does not count as up'

note 'status and monitor tell the same'
"$signetctl" --config "$work/signet.yaml" --json status >"$work/status.json" || fail 'status'
python3 - "$work/status.json" <<'END2' || fail "status: $(cat "$work/status.json")"
import json, sys
s = json.load(open(sys.argv[1]))
assert s["certificates"] >= 2 and s["expired"] == 0 and s["issuedPerMinute"] is not None, s
for role in ("supervisor", "engine", "gateway", "publisher"):
    assert s[role + "Pid"] > 0 and s[role + "Memory"] > 1000000 and s[role + "Uptime"] >= 0, role
    assert role == "supervisor" or s[role + "Restarts"] == 0, role
assert "adviserPid" not in s and "adviserBusy" not in s, s
assert s["engineBusy"] >= 0 and s["engineQueue"] >= 0 and s["ocspPerMinute"] >= 0, s
END2
"$signetctl" --config "$work/signet.yaml" monitor --interval 1 --count 2 >"$work/monitor" || fail monitor
[ "$(grep -c 'issued [0-9]* (.*pending 0' "$work/monitor")" = 2 ] || fail "monitor: $(cat "$work/monitor")"

# status_is CONDITION: until it holds of `status --json`, which is s
ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }
status_is() {
	for _ in $(seq 900); do
		ctl --json status >"$work/status.json" 2>"$work/err" || true
		! python3 -c 'import json, sys
s = json.load(open(sys.argv[1]))
s = {**dict.fromkeys(sys.argv[3:], -1), **s}
sys.exit(not eval(sys.argv[2]))' "$work/status.json" "$1" httpRequests httpConnections gatewayBusy gatewayRestarts \
			publisherQueue publisherPerMinute gatewayPerMinute enginePerMinute 2>>"$work/err" || return 0
		sleep 0.1
	done
	fail "never $1: $(cat "$work/status.json" "$work/err")"
}

note 'what each role has to do is told, and by the metrics of the gateway alike'
for _ in $(seq 20); do
	curl -sf --max-time 20 "http://127.0.0.1:$http/acme/directory" >/dev/null || fail 'the directory'
done
requests=$(curl -sf --max-time 20 "$base/metrics" | awk '/^signet_http_requests_total/ {n += $2} END {print n}')
[ "$requests" -gt 20 ] || fail "only $requests requests"
status_is "s['httpRequests'] >= $requests and s['gatewayBusy'] >= 0 and s['httpThreads'] > 100"
status_is "s['publisherQueue'] == s['gatewayQueue'] == 0 and s['validating'] == 0"
ctl status >"$work/status" || fail status
grep -Eq "^gateway +$(role_pid gateway) .* 0 " "$work/status" || fail "$(cat "$work/status")"
[ "$(grep -Ec '^(supervisor|engine|gateway|publisher|adviser) ' "$work/status")" = 4 ] || fail "$(cat "$work/status")"
[ "$(sed -n '/^ROLE/,$p' "$work/status" | wc -L)" -le 80 ] || fail "it is wider than a terminal: $(cat "$work/status")"

note 'the age of CRLs is told, and what they hold'
crl='{authority="issuing",scope="complete"}'
number=$(metric "signet_crl_number$crl")
[ "$number" -gt 0 ] || fail 'no number of the CRL'
[ "$(metric "signet_crl_stale$crl")" = 0 ] || fail 'a CRL is stale that is not'
[ "$(metric "signet_crl_entries$crl")" = 0 ] || fail 'the CRL has entries'
serial=$(openssl x509 -in "$work/uacme-a/one.example/cert.pem" -noout -serial | sed 's/serial=//')
ctl cert revoke "$serial" --reason superseded >/dev/null
sleep 1.1
ctl crl publish >"$work/published" || fail 'crl publish'
[ "$(metric "signet_crl_number$crl")" -gt "$number" ] || fail 'the number stays'
[ "$(metric "signet_crl_entries$crl")" = 1 ] || fail 'the entry does not count'
updated=$(metric "signet_crl_this_update_timestamp_seconds$crl") now=$(date +%s)
[ "$updated" -le "$now" ] && [ "$updated" -gt $((now - 300)) ] || fail "thisUpdate $updated at $now"
[ "$(metric "signet_crl_next_update_timestamp_seconds$crl")" = $((updated + 172800)) ] || fail 'nextUpdate'
ctl status >"$work/status" || fail status
grep -q "issuing: number $(metric "signet_crl_number$crl"), 1 entries, " "$work/status" || fail "$(cat "$work/status")"
[ "$(ctl --json status | python3 -c 'import json, sys; print(json.load(sys.stdin)["staleCrls"])')" = 0 ] ||
	fail 'status: a stale CRL'
[ "$(metric 'signet_engine_connections{socket="request"}')" -ge 2 ] || fail 'no connections to the engine'

note 'what exits have done counts, and what they fail at'
exit_metric() { metric "signet_exit_$1{exit=\"$2\"}"; }
# the gateway's own certificate is one of three
for _ in $(seq 300); do
	[ "$(exit_metric given_up_total failing)" -lt 3 ] || break
	sleep 0.1
done
[ "$(exit_metric given_up_total failing)" = 3 ] || fail "given up: $(exit_metric given_up_total failing)"
[ "$(exit_metric dead_letters failing)" = 3 ] || fail "dead letters: $(exit_metric dead_letters failing)"
[ "$(exit_metric failures_total failing)" = 6 ] || fail "failures: $(exit_metric failures_total failing)"
[ "$(exit_metric published_total failing)" = 0 ] || fail 'what failed counts as published'
[ "$(exit_metric published_total file)" -ge 3 ] || fail "published: $(exit_metric published_total file)"
[ "$(exit_metric failures_total file)" = 0 ] || fail "failures: $(exit_metric failures_total file)"
publisher=$(role_pid publisher)
kill -STOP "$publisher"
ctl cert revoke "$(openssl x509 -in "$work/uacme-a/two.example/cert.pem" -noout -serial | sed 's/serial=//')" >/dev/null
for _ in $(seq 100); do
	[ "$(exit_metric oldest_event_age_seconds file)" -lt 1 ] || break
	sleep 0.1
done
[ "$(exit_metric oldest_event_age_seconds file)" -ge 1 ] || fail 'nothing waits for one that hangs'
[ "$(exit_metric queue_depth file)" -ge 1 ] || fail 'nothing is queued for one that hangs'
status_is "s['publisherQueue'] >= 1"
kill -CONT "$publisher"
for _ in $(seq 100); do
	[ "$(exit_metric queue_depth file)" -gt 0 ] || break
	sleep 0.1
done
[ "$(exit_metric oldest_event_age_seconds file)" = 0 ] || fail 'it waits for ever'

note 'a failed handshake is counted'
for _ in 1 2 3; do
	curl -s --max-time 5 "http://localhost:$https/" >/dev/null || true
done
for _ in $(seq 100); do
	[ "$(metric signet_tls_handshake_failures_total)" -lt 3 ] || break
	sleep 0.1
done
[ "$(metric signet_tls_handshake_failures_total)" -ge 3 ] || fail 'failed handshakes are not counted'

note 'nothing of it is public'
for path in /metrics /healthz /readyz; do
	status=$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$http$path")
	[ "$status" = 404 ] || fail "$path is public: $status"
	status=$(curl -s --cacert "$root" -o /dev/null -w '%{http_code}' "https://localhost:$https$path")
	[ "$status" = 404 ] || fail "$path is public: $status"
done
[ "$(curl -s -o /dev/null -w '%{http_code}' "$base/acme/directory")" = 404 ] ||
	fail 'the intermediaries are on the listener of the metrics'

note 'an engine that hangs is not ready, one that is back is'
engine=$(role_pid engine)
kill -STOP "$engine"
wait_for 503 /readyz
wait_for 200 /healthz
kill -CONT "$engine"
wait_for 200 /readyz

note 'so is one that has died and is started again'
kill -STOP "$daemon"
kill -KILL "$engine"
wait_for 503 /readyz
grep -q 'engine' "$work/answer" || fail "the reason: $(cat "$work/answer")"
wait_for 200 /healthz
kill -CONT "$daemon"
wait_for 200 /readyz
[ "$(role_pid engine)" != "$engine" ] || fail 'it is the same engine'

note 'the new engine hears of what the others do, and of a gateway that has died'
status_is "s['engineRestarts'] == 1 and s['gatewayRestarts'] == 0 and s['httpRequests'] >= $requests"
kill -KILL "$(role_pid gateway)"
status_is "s['gatewayRestarts'] == 1 and 0 <= s['httpRequests'] < $requests"
curl -sf --max-time 20 "http://127.0.0.1:$http/acme/directory" >/dev/null || fail 'the directory, again'
ctl cert list --csv >/dev/null
ctl crl publish >/dev/null || fail 'crl publish, again'
status_is "min(s['gatewayPerMinute'], s['publisherPerMinute'], s['enginePerMinute']) > 0"
stop_signetd
