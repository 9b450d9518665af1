# A directory server for tests: slapd as an ordinary process, in a directory of its own, on loopback.
# To be sourced, or run as
#
#   bash slapd.sh DIRECTORY PORT TLS-PORT     makes a new one and becomes it
#
# The directory then has: slapd.conf, password (of cn=signet,$slapd_base, who may change everything),
# root.pem, client.pem and client.key (known as cn=signet, too), other.pem (a root of nobody's), and
# the socket ldapi, whose users are cn=signet when they have our uid.

slapd_base=dc=example,dc=test

# slapd_certificates DIRECTORY
slapd_certificates() {
	local dir=$1 name
	for name in root other server client; do
		openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$dir/$name.key" 2>/dev/null
	done
	for name in root other; do
		openssl req -x509 -new -key "$dir/$name.key" -subj "/CN=directory $name" -days 2 -out "$dir/$name.pem"
	done
	echo 'subjectAltName=IP:127.0.0.1' >"$dir/server.ext"
	echo 'extendedKeyUsage=clientAuth' >"$dir/client.ext"
	for name in server client; do
		openssl req -new -key "$dir/$name.key" -subj "/CN=directory $name" -out "$dir/$name.csr"
		openssl x509 -req -in "$dir/$name.csr" -CA "$dir/root.pem" -CAkey "$dir/root.key" -days 2 \
			-set_serial "0x$(openssl rand -hex 8)" -extfile "$dir/$name.ext" -out "$dir/$name.pem" 2>/dev/null
	done
}

# slapd_make DIRECTORY PORT TLS-PORT
slapd_make() {
	local dir=$1 socket
	mkdir -p "$dir/db"
	# where AppArmor is at work it confines /usr/sbin/slapd to the system's own directory: a copy is
	# an ordinary program
	cp /usr/sbin/slapd "$dir/slapd"
	slapd_certificates "$dir"
	(umask 077 && openssl rand -hex 16 | tr -d '\n' >"$dir/password")
	socket=$(printf %s "$dir/ldapi" | sed 's#/#%2F#g')
	# the server's certificate is for 127.0.0.1 alone
	printf '%s' "ldap://127.0.0.1:$2 ldaps://127.0.0.1:$3 ldaps://127.0.0.2:$3 ldapi://$socket" >"$dir/uris"
	cat >"$dir/slapd.conf" <<END
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile $dir/slapd.pid
argsfile $dir/slapd.args
TLSCACertificateFile $dir/root.pem
TLSCertificateFile $dir/server.pem
TLSCertificateKeyFile $dir/server.key
TLSVerifyClient try
sizelimit unlimited
referral ldap://127.0.0.1:9/
authz-regexp "^gidNumber=[0-9]+[+]uidNumber=$(id -u),cn=peercred,cn=external,cn=auth\$" "cn=signet,$slapd_base"
authz-regexp "^cn=directory client\$" "cn=signet,$slapd_base"
database mdb
maxsize 268435456
suffix "$slapd_base"
directory $dir/db
index objectClass,cn,mail eq
access to attrs=userPassword by anonymous auth by dn.exact="cn=signet,$slapd_base" write by * none
access to * by dn.exact="cn=signet,$slapd_base" write by * read
END
	slapd_add "$dir" <<END
dn: $slapd_base
objectClass: domain
dc: example

dn: cn=signet,$slapd_base
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: signet
userPassword: $(cat "$dir/password")

dn: ou=people,$slapd_base
objectClass: organizationalUnit
ou: people

dn: ou=devices,$slapd_base
objectClass: organizationalUnit
ou: devices

dn: ou=pki,$slapd_base
objectClass: organizationalUnit
ou: pki
END
}

# slapd_add DIRECTORY <LDIF: into one that does not run
slapd_add() {
	"$1/slapd" -T add -q -f "$1/slapd.conf"
}

# slapd_exec DIRECTORY: this process becomes the server
slapd_exec() {
	exec "$1/slapd" -d 0 -f "$1/slapd.conf" -h "$(cat "$1/uris")"
}

# slapd_start DIRECTORY: in the background, $slapd is its process; returns when it serves
slapd_start() {
	slapd_exec "$1" >>"$1/slapd.log" 2>&1 &
	slapd=$!
	local tries=0
	until ldapwhoami -x -H "$(cut -d' ' -f1 "$1/uris")" >/dev/null 2>&1; do
		kill -0 "$slapd" 2>/dev/null || { cat "$1/slapd.log" >&2; return 1; }
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || return 1
		sleep 0.1
	done
}

if [ "$0" = "${BASH_SOURCE[0]}" ]; then
	set -eu
	slapd_make "$1" "$2" "$3"
	slapd_exec "$1"
fi
