#!/bin/bash
# signetctl db: a backup of a daemon that issues at full rate, brought back elsewhere, where it issues
# on; and what is killed meanwhile leaves no backup that would be taken for one.
set -eu
srcdir=${srcdir:-$(dirname "$0")/../..}
. "$srcdir/tests/system/lib.sh"

authority_extra=', urls: {base: "http://ca.example/pki"}, crl: {delta: 1h, shards: 2}'
config_extra='  - repository: {}
  - ocsp: {}'
make_ca
start_signetd
start_webroot
ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }
status_of() { ctl --json status | python3 -c 'import json,sys; print(json.load(sys.stdin)["'"$1"'"])'; }


note 'a first certificate'
uacme_client one -y new >/dev/null 2>&1 || fail 'no account'
uacme_client one -y -h "$work/hook" issue one.example >"$work/uacme.out" 2>&1 || {
	cat "$work/uacme.out"
	fail 'nothing was issued'
}
serial=$(openssl x509 -in "$work/uacme-one/one.example/cert.pem" -noout -serial | cut -d= -f2)
# issue NAME: another one, $work/NAME.pem
issue() {
	uacme_client one -y -h "$work/hook" issue "$1.example" >"$work/uacme.out" 2>&1 || {
		cat "$work/uacme.out"
		fail "$1 was not issued"
	}
	openssl x509 -in "$work/uacme-one/$1.example/cert.pem" -out "$work/$1.pem"
}
serial_of() { openssl x509 -in "$work/$1.pem" -noout -serial | cut -d= -f2; }
issue good
issue revoked
ctl cert revoke "$(serial_of revoked)" --reason key-compromise >/dev/null || fail 'not revoked'
# number FILE: the CRL number of what is served
number() {
	curl -sf "http://127.0.0.1:$http/crl/$1" >"$work/crl" || fail "no $1"
	echo $((16#$(openssl crl -inform DER -in "$work/crl" -noout -crlnumber | sed 's/.*=\(0x\)\?//')))
}
# ocsp NAME STATE: what the responder says, verified
ocsp() {
	openssl ocsp -issuer "$work/state/issuing.pem" -cert "$work/$1.pem" -CAfile "$root" \
		-verify_other "$work/state/issuing.pem" -url "http://127.0.0.1:$http/ocsp" >"$work/says" 2>&1 || true
	grep -q 'Response verify OK' "$work/says" && grep -q "^$work/$1.pem: $2\$" "$work/says" ||
		fail "$1 is not $2: $(cat "$work/says")"
}

note 'certificates are issued while the backup is made'
client_loop() {
	local n=0
	while [ ! -e "$work/enough" ]; do
		n=$((n + 1))
		uacme_client "loop$1" -y -f -h "$work/hook" issue "loop$1-$n.example" >/dev/null 2>&1 || true
	done
}
uacme_client loop1 -y new >/dev/null 2>&1 || fail 'no account'
client_loop 1 &
loop=$!
pids="$pids $loop"
before=$(status_of certificates)
started=$(date +%s%N)
for round in 1 2 3 4 5; do
	ctl --json db backup "$work/backup-$round" >"$work/backup.json" || fail "backup $round"
done
tries=0
until [ "$(status_of certificates)" -gt "$before" ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 600 ] || fail 'nothing is issued any more'
	sleep 0.1
done
note "$(($(status_of certificates) - before)) certificates in $((($(date +%s%N) - started) / 1000000)) ms with 5 backups"
touch "$work/enough"
wait "$loop" || true

note 'what a backup is made of'
for file in engine.mdb gateway.mdb manifest.json; do
	[ -f "$work/backup-5/$file" ] || fail "the backup has no $file"
	[ "$(stat -c %a "$work/backup-5/$file")" = 600 ] || fail "others may read $file"
done
[ ! -e "$work/backup-5/keys" ] || fail 'there are keys in the backup'
ls "$work" | finds partial && fail 'something unfinished was left behind'
python3 - "$work/backup-5" <<'END' || fail 'the manifest does not tell the truth'
import hashlib, json, pathlib, sys
top = pathlib.Path(sys.argv[1])
m = json.loads((top / "manifest.json").read_text())
for f in m["files"]:
    data = (top / f["name"]).read_bytes()
    assert len(data) == f["octets"] and hashlib.sha256(data).hexdigest() == f["sha256"], f
assert m["records"]["certificates"] >= 1 and m["audit"]["sequence"] >= 1, m
END
ctl db backup "$work/backup-5" >"$work/out" 2>&1 && fail 'a backup was overwritten'
grep -q 'exists already' "$work/out" || fail 'it does not say why'
ctl db backup --with-keys "$work/with-keys" >/dev/null || fail 'a backup with keys'
cmp "$work/state/issuing.key" "$work/with-keys/keys/issuing.key" || fail 'the key is another one'
[ "$(stat -c %a "$work/with-keys/keys/issuing.key")" = 600 ] || fail 'others may read the key'
ctl --json db stats >"$work/stats.json" || fail 'db stats'
python3 -c 'import json,sys; s=json.load(open(sys.argv[1])); assert s["pages"] > s["freePages"] and s["requestsDay"] >= 1, s' \
	"$work/stats.json" || fail 'the figures are wrong'

note 'a disk that is full leaves nothing behind'
map=
[ "$(id -u)" -eq 0 ] || map=-r
mkdir "$work/small"
# shellcheck disable=SC2016,SC2086
unshare --mount $map sh -c 'mount -t tmpfs -o size=64k none "$0" && { "$@"; echo "status $?"; ls -A "$0"; }' \
	"$work/small" "$signetctl" --config "$work/signet.yaml" db backup "$work/small/full" >"$work/out" 2>&1 ||
	fail 'no small disk'
grep -q 'no space left' "$work/out" || { cat "$work/out"; fail 'it does not say that the disk is full'; }
[ "$(tail -n 1 "$work/out")" = 'status 1' ] || { cat "$work/out"; fail 'something was left behind'; }

note 'who interrupts it finds nothing'
for round in 1 2 3 4; do
	"$signetctl" --config "$work/signet.yaml" db backup "$work/stopped-$round" >/dev/null 2>"$work/out" &
	victim=$!
	sleep "0.0$round"
	kill -INT "$victim" 2>/dev/null || true
	kill -TERM "$victim" 2>/dev/null || true
	wait "$victim" 2>/dev/null || true
	[ ! -e "$work/stopped-$round" ] || [ -f "$work/stopped-$round/manifest.json" ] ||
		fail 'half a backup has its name'
done

note 'who is killed leaves no backup behind that has its name'
for round in 1 2 3 4 5 6; do
	"$signetctl" --config "$work/signet.yaml" db backup "$work/killed-$round" >/dev/null 2>&1 &
	victim=$!
	sleep "0.0$round"
	if [ $((round % 2)) -eq 0 ]; then
		kill -9 "$(role_pid engine)" 2>/dev/null || true
	else
		kill -9 "$victim" 2>/dev/null || true
	fi
	wait "$victim" 2>/dev/null || true
	if [ -e "$work/killed-$round" ]; then
		[ -f "$work/killed-$round/manifest.json" ] || fail 'half a backup has its name'
	fi
	wait_for_signetd
done
tries=0
until ctl db backup "$work/after" >/dev/null 2>&1; do
	tries=$((tries + 1))
	[ "$tries" -lt 300 ] || fail 'no backup after the kills'
	sleep 0.1
done

note 'what happens after the backup'
issue forgotten
ocsp forgotten good
ctl crl publish >/dev/null && ctl crl publish >/dev/null || fail 'no CRL'
newest=$(number issuing.crl)
newest_shard=$(number issuing-2.crl)

note 'a backup is not brought back while the daemon runs, nor over a database'
ctl db restore "$work/after" >"$work/out" 2>&1 && fail 'restored under a running daemon'
grep -q 'must be stopped' "$work/out" || fail 'it does not say that the daemon runs'
stop_signetd
ctl db restore "$work/after" >"$work/out" 2>&1 && fail 'a database was overwritten'
grep -q 'exists already' "$work/out" || fail 'it does not say that there is a database'

note 'in another place, with the keys'
mv "$work/state" "$work/state.old"
mkdir -p "$work/state/published"
for file in root.pem issuing.pem issuing.key; do
	cp "$work/state.old/$file" "$work/state/"
done
cp -r "$work/after" "$work/bad"
printf x | dd of="$work/bad/engine.mdb" bs=1 seek=9000 conv=notrunc 2>/dev/null
ctl db restore "$work/bad" >"$work/out" 2>&1 && fail 'a damaged backup was restored'
grep -q 'not what its manifest says' "$work/out" || fail 'it does not say what is wrong'
[ -z "$(find "$work/state" -name 'data.mdb' -o -name 'restor*')" ] || fail 'something was restored'
cat >"$work/schema.py" <<'END'
"""schema.py BACKUP FILE|-: gives the database, or the manifest, a later schema, in a way that all sums are right."""
import hashlib, json, pathlib, sys
top, name = pathlib.Path(sys.argv[1]), sys.argv[2]
manifest = json.loads((top / "manifest.json").read_text())
if name == "-":
    manifest["schema"] += 1
for file in manifest["files"]:
    if file["name"] == name:
        data = (top / name).read_bytes()
        at = data.index(b"schema\0\0\0") + 9
        assert data.count(b"schema\0\0\0") == 1
        data = data[:at] + bytes([data[at] + 1]) + data[at + 1:]
        (top / name).write_bytes(data)
        file["sha256"] = hashlib.sha256(data).hexdigest()
(top / "manifest.json").write_text(json.dumps(manifest))
END
# schema FILE|- MESSAGE
schema() {
	rm -r "$work/bad"
	cp -r "$work/after" "$work/bad"
	python3 "$work/schema.py" "$work/bad" "$1" || fail 'schema.py'
	ctl db restore "$work/bad" >"$work/out" 2>&1 && fail 'a backup of another schema was restored'
	grep -q "$2" "$work/out" || { cat "$work/out"; fail 'it does not say that the schema is another one'; }
	[ -z "$(find "$work/state" -name 'data.mdb' -o -name 'restor*')" ] || fail 'something was restored'
}
schema - 'engine.mdb of the backup has schema 3 and this version works with schema 2: .* a newer version'
schema engine.mdb 'not the one that the manifest tells of'
schema gateway.mdb 'gateway.mdb of the backup has schema 2 '
rm "$work/bad/manifest.json"
ctl db restore "$work/bad" >"$work/out" 2>&1 && fail 'a backup without a manifest was restored'
ctl db restore "$work/after" >"$work/out" || fail 'not restored'
if [ "$(id -u)" -eq 0 ]; then
	note 'root gives what it restores to the users of the configuration'
	sed "s|^state: .*|state: $work/other|" "$work/signet.yaml" >"$work/other.yaml"
	echo 'users: {engine: nobody, gateway: daemon, publisher: nobody}' >>"$work/other.yaml"
	"$signetctl" --config "$work/other.yaml" db restore "$work/with-keys" >/dev/null || fail 'not restored for users'
	for file in engine engine/data.mdb engine/restored issuing.key; do
		[ "$(stat -c %U "$work/other/$file")" = nobody ] || fail "$file is not the engine's"
	done
	for file in gateway gateway/state gateway/state/data.mdb; do
		[ "$(stat -c %U "$work/other/$file")" = daemon ] || fail "$file is not the gateway's"
	done
	[ "$(stat -c %a "$work/other/issuing.key")" = 600 ] || fail 'others may read the restored key'
	cmp "$work/state/issuing.key" "$work/other/issuing.key" || fail 'another key was restored'
fi
start_signetd
grep -q 'event=restored' "$work/signetd.log" || fail 'the engine does not know that it was restored'
[ ! -e "$work/state/engine/restored" ] || fail 'the note is still there'
ctl db check >"$work/out" 2>&1 || {
	cat "$work/out"
	fail 'the restored database is not sound'
}
grep -q ' 0 problems' "$work/out" || fail 'the check does not say what it found'
ctl --json db check | python3 -c 'import json,sys; assert json.load(sys.stdin) == []' || fail 'check --json'
ctl --json db prune --dry-run | python3 -c 'import json,sys; assert json.load(sys.stdin)["certificates"] == 0' ||
	fail 'something would be pruned'
ctl cert show "$serial" >/dev/null || fail 'the first certificate is not known any more'

note 'it issues on: with other serial numbers, greater numbers of CRLs, and answers about what it knows'
issue two
issue three
for name in good revoked forgotten two three; do serial_of "$name"; done >"$work/serials"
[ "$(sort -u "$work/serials" | wc -l)" -eq 5 ] || fail "serial numbers came twice: $(cat "$work/serials")"
# published when the engine started: there was none in the new state directory
[ "$(number issuing.crl)" -gt "$newest" ] || fail "CRL number $(number issuing.crl) after $newest"
[ "$(number issuing-2.crl)" -gt "$newest_shard" ] || fail 'the number of a shard has fallen'
last=$(number issuing.crl)
ctl crl publish >/dev/null || fail 'no CRL'
[ "$(number issuing.crl)" -gt "$last" ] || fail 'the number does not grow'
curl -sf "http://127.0.0.1:$http/crl/issuing.crl" | openssl crl -inform DER -noout -text |
	grep -q "Serial Number: $(serial_of revoked)" || fail 'what was revoked is no longer on the CRL'
ocsp good good
ocsp revoked revoked
ocsp two good
ocsp forgotten unknown
ctl cert revoke "$(serial_of two)" --reason key-compromise >/dev/null || fail 'not revoked after the restore'
for _ in $(seq 50); do
	openssl ocsp -issuer "$work/state/issuing.pem" -cert "$work/two.pem" -noverify -no_nonce \
		-url "http://127.0.0.1:$http/ocsp" >"$work/says" 2>&1 || true
	! grep -q "^$work/two.pem: revoked" "$work/says" || break
	sleep 0.1
done
ocsp two revoked
ctl db check >/dev/null || fail 'the database is not sound afterwards'
stop_signetd
note 'restored, and issuing on'
