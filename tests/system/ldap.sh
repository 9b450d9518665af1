#!/bin/bash
# A real directory: 1,000 certificates come to it while it is restarted, revoked ones leave, a wrong
# password is mended and a missing entry made; in the end it holds what the database holds, octet for
# octet. Sockets, TLS and client certificates are identities, and another's root is no server's.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"
. "$srcdir/tests/system/slapd.sh"

total=${SIGNET_LDAP_ISSUANCES:-1000}
config_extra='  - raw: {path: /raw, profile: tls-server}'
authority_extra=', urls: {base: "http://ca.example/pki"}, crl: {delta: 1h, shards: 2, immediate: [key-compromise]}'
make_ca
# shellcheck disable=SC2046
set -- $(free_ports 2)
port=$1 tls_port=$2
dir=$work/slapd
slapd_make "$dir" "$port" "$tls_port"
slapd_start "$dir" || fail 'slapd does not start'
pids="$pids $slapd"
ctl() { "$signetctl" --config "$work/signet.yaml" "$@"; }
as_signet() { "$@" -x -H "ldap://127.0.0.1:$port" -D "cn=signet,$slapd_base" -y "$dir/password" >/dev/null; }

# issue COUNT PREFIX: certificates for PREFIX-1.example and so on, each with a key of its own, over four
# connections; their DER goes to certs/NAME. What is there counts itself in the file progress.
cat >"$work/issue.py" <<'END'
import base64, http.client, os, queue, sys, threading, time
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
work, port, count, prefix = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
names = queue.SimpleQueue()
for n in range(1, count + 1):
    names.put(f"{prefix}-{n}.example")

def request(name):
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])).add_extension(
        x509.SubjectAlternativeName([x509.DNSName(name)]), False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

def work_off():
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while True:
        try:
            name = names.get_nowait()
        except queue.Empty:
            return
        connection.request("POST", "/raw", request(name), {"Content-Type": "application/pkcs10"})
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            print(name, answer.status, text, file=sys.stderr)
            os._exit(1)
        der = base64.b64decode(text.split("-----")[2])
        with open(f"{work}/certs/{name}", "wb") as file:
            file.write(der)
        with open(f"{work}/progress", "ab") as file:
            file.write(b".")

threads = [threading.Thread(target=work_off) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
END
mkdir "$work/certs"
issue() { python3 "$work/issue.py" "$work" "$http" "$1" "$2" || fail 'a certificate was not issued'; }

# Waits until COMMAND succeeds.
await() {
	for _ in $(seq 300); do
		! "$@" || return 0
		sleep 0.1
	done
	ctl exit status >&2
	fail "in vain: $*"
}

# compare.py: the values of userCertificate;binary below a base, from LDIF, and those of the valid
# certificates of the database, whose octets are the ones that clients got. Prints what differs.
cat >"$work/compare.py" <<'END'
import base64, json, os, subprocess, sys
work, base, pattern, uri = sys.argv[1:5]
from cryptography import x509
ldif = subprocess.run(["ldapsearch", "-LLL", "-x", "-o", "ldif-wrap=no", "-H", uri, "-b", base,
                       "(userCertificate=*)", "userCertificate;binary"], capture_output=True, text=True, check=True).stdout
found = sorted(base64.b64decode(line.split(":: ")[1]) for line in ldif.splitlines()
               if line.startswith("userCertificate;binary:: "))
issued = {}
for name in os.listdir(work + "/certs"):
    if name.startswith(pattern):
        with open(f"{work}/certs/{name}", "rb") as file:
            der = file.read()
        issued[f"{x509.load_der_x509_certificate(der).serial_number:x}"] = der
rows = {row["serial"]: row["state"] for row in json.load(open(work + "/list.json"))}
lost = [serial for serial in issued if serial not in rows]
wanted = sorted(der for serial, der in issued.items() if rows.get(serial) == "valid")
print(len(found), "in the directory,", len(wanted), "valid of", len(issued), "issued")
if lost or found != wanted:
    print("not in the database:", lost, "missing:", len([d for d in wanted if d not in found]),
          "too much:", len([d for d in found if d not in wanted]))
    sys.exit(1)
END
# holds_all BASE PATTERN: the directory holds exactly the valid ones
holds_all() {
	ctl --json cert list --limit 100000 >"$work/list.json" || fail 'cert list'
	python3 "$work/compare.py" "$work" "$1" "$2" "ldap://127.0.0.1:$port" >"$work/compared"
}
count_below() {
	ldapsearch -LLL -x -H "ldap://127.0.0.1:$port" -b "$1" '(userCertificate=*)' 1.1 2>/dev/null | grep -c '^dn:' || true
}
has() { [ "$(count_below "ou=$1,$slapd_base")" -eq "$2" ]; }

note 'socket, StartTLS and ldaps each reach it, another root does not'
for name in secure started wrong; do
	printf 'dn: ou=%s,%s\nobjectClass: organizationalUnit\n\n' "$name" "$slapd_base"
done | as_signet ldapadd
socket=$(sed 's/.*ldapi:/ldapi:/' "$dir/uris")
cp "$work/signet.yaml" "$work/plain.yaml"
# exits LINES: the configuration with these exit modules
exits() {
	awk -v lines="$1" '{ print } /^exit:$/ { print lines }' "$work/plain.yaml" >"$work/signet.yaml"
}
login="bind: {dn: \"cn=signet,$slapd_base\", password: {file: $work/password}}"
create='create: {object-classes: [device, pkiUser]}, profiles: [tls-server]'
cp "$dir/password" "$work/password"
exits "  - ldap: {name: people, uri: \"$socket\", bind: external, base: \"ou=people,$slapd_base\", filter: \"(cn={common-name})\", profiles: [tls-server]}
  - ldap: {name: secure, uri: \"ldaps://127.0.0.1:$tls_port\", bind: external, ca: $dir/root.pem, certificate: $dir/client.pem, key: $dir/client.key, base: \"ou=secure,$slapd_base\", dn: \"cn={common-name},{base}\", $create}
  - ldap: {name: started, uri: \"ldap://127.0.0.1:$port\", start-tls: true, ca: $dir/root.pem, $login, base: \"ou=started,$slapd_base\", dn: \"cn={common-name},{base}\", $create, authority: {dn: \"cn={authority},ou=pki,$slapd_base\", create: {object-classes: [applicationProcess, pkiCA]}}}
  - ldap: {name: wrong, uri: \"ldaps://127.0.0.1:$tls_port\", ca: $dir/other.pem, $login, base: \"ou=wrong,$slapd_base\", dn: \"cn={common-name},{base}\", $create}"
start_signetd
issue 2 few
await has secure 2
await has started 2
ctl exit status wrong | finds "none of 'ca'" || fail "another's root: $(ctl exit status wrong)"
has wrong 0 || fail 'published to a server of another root'

note "the authority's certificate is at its entry"
authority() {
	ldapsearch -LLL -x -o ldif-wrap=no -H "ldap://127.0.0.1:$port" -b "cn=issuing,ou=pki,$slapd_base" -s base 'cACertificate;binary' 2>/dev/null |
		sed -n 's/^cACertificate;binary:: //p' | base64 -d | cmp -s - "$work/issuing.der"
}
openssl x509 -in "$work/state/issuing.pem" -outform DER -out "$work/issuing.der"
await authority

note 'an event without an entry is kept, and published when the entry is there'
# queue NAME FIELD: of its exit status
queue() {
	ctl --json exit status "$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)[0][sys.argv[1]])' "$2"
}
is() { [ "$(queue "$1" "$2")" = "$3" ]; }
await is people dead 2
ctl exit letters people | finds "there is no entry '(cn=few-1.example)'" || fail "letters: $(ctl exit letters people)"
for n in 1 2; do
	printf 'dn: cn=few-%s.example,ou=people,%s\nobjectClass: inetOrgPerson\nsn: x\n\n' "$n" "$slapd_base"
done | as_signet ldapadd
ctl exit retry people --all >/dev/null
await has people 2
holds_all "ou=people,$slapd_base" few || fail "$(cat "$work/compared")"

note 'revoked certificates leave, held ones come back'
ctl cert revoke "$work/certs/few-1.example" --reason key-compromise
await has people 1
await has secure 1
ctl cert hold "$work/certs/few-2.example"
await has people 0
ctl cert release "$work/certs/few-2.example"
await has people 1
await has secure 1
holds_all "ou=people,$slapd_base" few || fail "$(cat "$work/compared")"

note "its CRLs are there, too: the complete one and the delta one, what came last, and none of a shard"
crls=$work/state/public/crl
# holds ATTRIBUTE FILE: one value, which is the file of now
holds() {
	ldapsearch -LLL -x -o ldif-wrap=no -H "ldap://127.0.0.1:$port" -b "cn=issuing,ou=pki,$slapd_base" -s base "$1;binary" 2>/dev/null |
		sed -n "s/^$1;binary:: //p" >"$work/values"
	[ "$(wc -l <"$work/values")" -eq 1 ] && base64 -d "$work/values" | cmp -s - "$crls/$2"
}
hold_all() { holds certificateRevocationList issuing.crl && holds deltaRevocationList issuing.delta.crl; }
await test -f "$crls/issuing.delta-2.crl"
await hold_all
cp "$crls/issuing.crl" "$work/first.crl"
ctl crl publish >/dev/null || fail 'crl publish'
cmp -s "$crls/issuing.crl" "$work/first.crl" && fail 'no other CRL was published'
await hold_all
ctl crl publish --delta >/dev/null || fail 'crl publish --delta'
await hold_all
ctl cert revoke "$work/certs/few-2.example" --reason key-compromise
serial=$(openssl x509 -inform DER -in "$work/certs/few-2.example" -noout -serial | cut -d= -f2)
revoked() {
	holds certificateRevocationList issuing.crl &&
		base64 -d "$work/values" | openssl crl -inform DER -noout -text | finds "Serial Number: $serial"
}
await revoked
await hold_all
is_class() { ldapsearch -LLL -x -H "ldap://127.0.0.1:$port" -b "cn=issuing,ou=pki,$slapd_base" -s base objectClass | finds -x 'objectClass: deltaCRL'; }
is_class || fail 'the entry has not become one with a delta CRL'
await has people 0

note "$total certificates, and a restart of the directory in between"
exits "  - ldap: {name: devices, uri: \"ldap://127.0.0.1:$port\", $login, base: \"ou=devices,$slapd_base\", dn: \"cn={common-name},{base}\", $create, events: [issued, revoked, unrevoked]}"
kill -HUP "$daemon"
known() { ctl exit status devices >/dev/null 2>&1; }
await known
: >"$work/progress"
issue "$total" many &
client=$!
pids="$pids $client"
reached() { [ "$(wc -c <"$work/progress")" -ge "$1" ]; }
await reached $((total * 3 / 10))
kill -9 "$slapd"
wait "$slapd" 2>/dev/null || true
await reached $((total * 6 / 10))
slapd_start "$dir" || fail 'slapd does not start again'
pids="$pids $slapd"
wait "$client" || fail 'the client failed'
# shellcheck disable=SC2046
ctl cert revoke $(ctl --json cert list --limit 100000 |
	python3 -c 'import json, sys; print(*[row["serial"] for row in json.load(sys.stdin)][::20])')
complete() {
	await is devices waiting 0
	holds_all "ou=devices,$slapd_base" '' || fail "$(cat "$work/compared")"
}
complete
note "$(cat "$work/compared")"
grep -q 'event=exit-retry exit=devices .*Connection refused' "$work/signetd.log" || fail 'the restart went unnoticed'
for n in $(seq 1 $((total / 20)) "$total"); do
	ctl cert show --pem "$(openssl x509 -inform DER -in "$work/certs/many-$n.example" -noout -serial | sed 's/.*=//' | tr A-F a-f)" |
		openssl x509 -outform DER | cmp - "$work/certs/many-$n.example" || fail "many-$n: not what the database holds"
done

note 'a wrong password is mended, and nothing lost'
printf wrong >"$work/password"
kill "$slapd"
wait "$slapd" || true
slapd_start "$dir" || fail 'slapd does not start again'
pids="$pids $slapd"
issue 20 late
troubled() { ctl exit status devices | finds 'Invalid credentials'; }
await troubled
ctl cert revoke "$work/certs/late-7.example"
cp "$dir/password" "$work/password"
complete
# one that was revoked before its turn came was never there: nobody made its entry
[ "$(ldapsearch -LLL -x -H "ldap://127.0.0.1:$port" -b "ou=devices,$slapd_base" '(cn=late-*)' 1.1 | grep -c '^dn:')" -eq 19 ] ||
	fail 'a certificate that was revoked by then was published'
note "$(cat "$work/compared")"
is devices dead 0 && is devices waiting 0 || fail "left: $(ctl exit status devices)"
stop_signetd
