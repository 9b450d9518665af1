#!/bin/bash
# The dependency rule of doc/architecture.md: which folder may include which, that the roles and the
# modules never include each other, that library headers stay inside their wrappers, and that nothing
# which the engine runs reaches outside.
set -eu
cd "${srcdir:-.}"
bad=0
complain() {
	echo "$*" >&2
	bad=1
}

# folder: what its files may include besides themselves
allowed() {
	case $1 in
	src/base) echo '' ;;
	src/conf | src/asn1 | src/store | src/rpc) echo 'base' ;;
	src/crypto) echo 'base asn1' ;;
	src/pki) echo 'base asn1 crypto' ;;
	src/api) echo 'base conf asn1 crypto store rpc pki' ;;
	src/adviser | src/engine | src/gateway | src/publisher | src/signetctl) echo 'base conf asn1 crypto store rpc pki api' ;;
	src/signetd) echo 'base conf asn1 crypto store rpc pki api adviser engine gateway publisher' ;;
	intermediaries/*) echo 'base conf asn1 crypto pki api' ;;
	policy) echo 'base conf asn1 crypto api' ;;
	exit) echo 'base conf asn1 pki api' ;;
	*) echo '' ;;
	esac
}

files=$(find src intermediaries policy exit -name '*.[ch]' ! -name '*.pb-c.*' ! -name builtin.c | sort)
[ "$(printf '%s\n' "$files" | wc -l)" -gt 50 ] || complain 'found too few files: is srcdir right?'
for file in $files; do
	folder=${file%/*}
	case $folder in
	src/*/*) folder=$(echo "$folder" | cut -d/ -f1-2) ;;
	intermediaries/*/*) folder=$(echo "$folder" | cut -d/ -f1-2) ;;
	esac
	ok=" $(allowed "$folder") "
	for include in $(sed -n 's/^[ \t]*#[ \t]*include "\([^"]*\)".*/\1/p' "$file"); do
		case $include in
		config.h) continue ;;
		*/*) ;;
		*) complain "$file: include \"$include\" without its folder" && continue ;;
		esac
		top=${include%%/*}
		case $folder in
		src/*) [ "src/$top" != "$folder" ] || continue ;;
		intermediaries/*)
			case $include in
			"$folder"/* | "${folder#intermediaries/}"/*) continue ;;
			intermediaries/*) complain "$file includes another module: $include" && continue ;;
			esac
			;;
		esac
		# a rule or exit module of several files: NAME.c, NAME_part.c, NAME_part.h
		case $folder in
		policy | exit)
			module=${file##*/}
			module=${module%%[_.]*}
			case $include in "$folder/${module}"[_.]*) continue ;; esac
			;;
		esac
		case $ok in
		*" $top "*) ;;
		*) complain "$file may not include $include" ;;
		esac
	done
done

# library header: the files that may include it
while read -r header owners; do
	for file in $(grep -lE "^[ \t]*#[ \t]*include <$header" $files || true); do
		case $file in
		*_private.h) owner=${file%/*} ;;
		*.h) complain "$file: a library header ($header) in a public header" && continue ;;
		*) owner=${file%/*} ;;
		esac
		case " $owners " in
		*" $owner "* | *" $file "*) ;;
		*) complain "$file may not include <$header>: it belongs to $owners" ;;
		esac
	done
done <<'END'
gnutls/ src/crypto src/crypto/gnutls_private.h
lmdb.h src/store
gmp.h src/crypto
idn2.h src/base
unictype.h src/base
uninorm.h src/base
unistr.h src/base
civetweb.h src/gateway
openssl/ src/gateway src/gateway/openssl
yaml.h src/conf
curl/ src/api/https.c src/api/https_target.c src/api/https_private.h intermediaries/acme exit
lber.h exit
ldap.h exit
openldap.h exit
jansson.h src/api src/signetctl intermediaries/acme exit
protobuf-c/ src/rpc src/api src/engine src/adviser intermediaries/acme
END

# what reaches outside is not for the engine: neither in its own files nor in rules that it runs
outside='base/process.h|api/advised.h|api/program.h|api/https.h|api/json.h'
for file in $(grep -lE "^[ \t]*#[ \t]*include \"($outside)\"" $files || true); do
	case $file in
	src/engine/*) complain "$file may not start programs, connect or parse JSON" ;;
	policy/*)
		main=${file##*/}
		main=policy/${main%%[_.]*}.c
		grep -q '\.apart = true' "$main" || complain "$main reaches outside ($file) and is not apart"
		;;
	esac
done
[ "$bad" -eq 0 ] && echo 'layers: the dependency rule holds'
exit "$bad"
