#!/bin/bash
# The documentation says what the code does: the examples of doc/writing-a-module.md are the files
# that are built, every option of --help is in its man page, and the man pages format cleanly.
set -eu
srcdir=${srcdir:-.} builddir=${builddir:-.}
bad=0
complain() {
	echo "$*" >&2
	bad=1
}

python3 - "$srcdir" <<'END' || bad=1
import pathlib, sys
top = pathlib.Path(sys.argv[1])
doc = (top / "doc/writing-a-module.md").read_text()
files = sorted(top.glob("doc/examples/*/*.c"))
missing = [f for f in files if "```c\n" + f.read_text() + "```" not in doc]
for f in missing:
    print(f"{f} does not stand in doc/writing-a-module.md as it is", file=sys.stderr)
sys.exit(1 if missing or len(files) < 3 else 0)
END

# page PROGRAM-OUTPUT MAN-PAGE: each --option of the output is in the page
page() {
	for option in $(grep -oE -- '--[a-z][a-z-]+' <<<"$1" | sort -u); do
		sed 's/\\-/-/g' "$2" | grep -q -- "$option" || complain "$2 does not know $option"
	done
}
page "$("$builddir/src/signetd/signetd" --help)" "$srcdir/doc/signetd.8"

# every key of a profile is in its page
keys=$(sed -n '/^int profile_load/,/NULL}/p' "$srcdir/src/engine/profile.c" | grep -oE '"[a-z?-]+"' | tr -d '"')
[ "$(wc -w <<<"$keys")" -ge 20 ] || complain 'found too few keys of profiles'
for key in $keys; do
	grep -qE "^\.(B|BI) \"?$key:" "$srcdir/doc/signet-profile.5" || complain "signet-profile.5 does not know '$key'"
done

# every metric is in its page, and nothing else is
metrics=$(sed -n 's/.*{"\(signet_[a-z0-9_]*\)",.*/\1/p' "$srcdir"/src/engine/*.c "$srcdir"/src/gateway/*.c | sort -u)
listed=$(grep -oE 'signet_[a-z0-9_]+' <(sed '/^.SH EXAMPLES/,$d' "$srcdir/doc/signet-metrics.7") | sort -u)
[ "$(wc -w <<<"$metrics")" -ge 30 ] || complain 'found too few metrics'
[ "$metrics" = "$listed" ] || complain "signet-metrics.7: $(diff <(echo "$metrics") <(echo "$listed"))"

for man in "$srcdir"/doc/*.[1-9] "$builddir"/doc/*.[1-9]; do
	[ -f "$man" ] || continue
	warnings=$(man --warnings -E UTF-8 -l -Tutf8 -Z "$man" 2>&1 >/dev/null) || true
	[ -z "$warnings" ] || complain "$man: $warnings"
done
[ "$bad" -eq 0 ] && echo 'the documentation agrees with the code'
exit "$bad"
