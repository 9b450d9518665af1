#!/bin/bash
# make install into an empty DESTDIR: everything lies below it, the installed daemon serves, and a
# module builds with nothing but the installed SDK.
. "${srcdir:-$(dirname "$0")/../..}/tests/system/lib.sh"

make -s -C "$builddir" install DESTDIR="$work/image" >"$work/install.out" 2>&1 ||
	fail "make install: $(cat "$work/install.out")"
prefix=$(sed -n 's/^prefix = //p' "$builddir/Makefile")
image=$work/image$prefix
for file in sbin/signetd bin/signetctl lib/pkgconfig/signet.pc lib/signet/tls/libssl.so \
	share/man/man8/signetd.8 share/man/man1/signetctl.1 share/man/man1/signetctl-cert.1 share/man/man5/signet.yaml.5 \
	share/man/man5/signet-profile.5 share/signet/profiles/device.yaml \
	share/bash-completion/completions/signetctl share/zsh/site-functions/_signetctl \
	include/signet/api/client.h lib/systemd/system/signetd.service; do
	[ -f "$image/$file" ] || fail "$file is not installed"
done
if grep -rlF "$builddir" "$image" --include=*.h --include=*.pc --include=*.service; then
	fail 'an installed file names the build tree'
fi

note 'the modules of the documentation, with the installed SDK'
export PKG_CONFIG_SYSROOT_DIR=$work/image PKG_CONFIG_PATH=$image/lib/pkgconfig
sanitize=$(sed -n 's/^SAN_CFLAGS = //p' "$builddir/Makefile")
for file in "$srcdir"/doc/examples/*/*.c; do
	kind=$(basename "$(dirname "$file")") name=$(basename "$file" .c)
	mkdir -p "$image/lib/signet/$kind"
	# shellcheck disable=SC2046,SC2086
	cc -shared -fPIC -D_GNU_SOURCE -Wall -Wextra -Werror $sanitize $(pkg-config --cflags signet) \
		-o "$image/lib/signet/$kind/$name.so" "$file" || fail "$name does not build"
done

note 'the installed daemon, with one of them'
signetd=$image/sbin/signetd signetctl=$image/bin/signetctl
export SIGNET_LIBDIR=$image/lib/signet
config_extra='  - raw: {path: /raw, profile: tls-server}'
make_ca
"$signetctl" --config "$work/signet.yaml" config check || fail 'config check'
start_signetd
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/a.key" -subj /CN=a.example \
	-addext subjectAltName=DNS:a.example -outform DER -out "$work/a.csr" 2>/dev/null
curl -sf --cacert "$root" -o "$work/a.pem" -H 'Content-Type: application/pkcs10' \
	--data-binary "@$work/a.csr" "https://localhost:$https/raw" || fail 'no certificate'
check_certificate "$work/a.pem" "$work/a.key" a.example
stop_signetd
