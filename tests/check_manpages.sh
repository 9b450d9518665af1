#!/bin/bash
# signetctl's manual says what signetctl does: each group has a page, each command a section in it, and
# each option stands in the section of its command; and the other way around.
set -eu
srcdir=${srcdir:-.} builddir=${builddir:-.}
python3 - "$srcdir/doc" "$builddir/src/signetctl/signetctl" <<'END'
import pathlib, re, subprocess, sys
doc, signetctl = pathlib.Path(sys.argv[1]), sys.argv[2]
bad = []
complain = bad.append

def help_of(*words):
    return subprocess.run([signetctl, *words, "--help"], check=True, capture_output=True, text=True).stdout

def options_of(text):
    return set(re.findall(r"^  (--[a-z][a-z-]*)", text, re.M))

def plain(text):
    return re.sub(r"\\f.", "", text.replace("\\-", "-"))

# what a section defines: the options of its .TP and .TQ lines
def defined(section):
    found = set()
    for line in re.findall(r"^\.T[PQ]\n(\.B[A-Z]* .*)$", section, re.M):
        found |= set(re.findall(r"(?<![a-z-])--[a-z][a-z-]*", line))
    return found

whole = help_of()
commands, options = whole.split("\noptions:\n")
groups = {}
for line in commands.split("\ncommands:\n")[1].splitlines():
    head = re.match(r"  ([a-z-]+)(?: ([a-z][a-z-]*)(?![a-z|]))?", line)
    groups.setdefault(head[1], [])
for group in groups:
    text = help_of(group)
    if "\ncommands:\n" in text:
        groups[group] = re.findall(r"^  %s ([a-z-]+)" % group, text, re.M)

overview = plain((doc / "signetctl.1").read_text())
for option in options_of(options) - defined(overview):
    complain(f"signetctl.1 does not know {option}")
for option in defined(overview) - options_of(options) - {"-q"}:
    complain(f"signetctl.1 knows {option}, which there is not")
for group, names in groups.items():
    page = doc / f"signetctl-{group}.1"
    if f"signetctl-{group} (1)" not in overview:
        complain(f"signetctl.1 does not name {page.name}")
    if not page.exists():
        complain(f"there is no {page.name}")
        continue
    if f"doc/{page.name}" not in (doc / "local.mk").read_text():
        complain(f"doc/local.mk does not list {page.name}")
    body = plain(page.read_text())
    sections = {}
    for part in re.split(r"^\.SS ", body.split("\n.SH SEE ALSO")[0], flags=re.M)[1:]:
        title = part.split("\n", 1)[0].strip('"').split()
        sections[title[1] if names else ""] = part
    for name in names or [""]:
        words = [group, name] if name else [group]
        if name not in sections:
            complain(f"{page.name} has no section for '{' '.join(words)}'")
            continue
        there = options_of(help_of(*words))
        for option in there - defined(sections[name]):
            complain(f"{page.name}: '{' '.join(words)}' has {option}, which is not in its section")
        for option in defined(sections[name]) - there:
            complain(f"{page.name}: '{' '.join(words)}' has no {option}")
    for name in set(sections) - set(names or [""]):
        complain(f"{page.name} has a section for '{group} {name}', which there is not")
for page in doc.glob("signetctl-*.1"):
    if page.stem[len("signetctl-"):] not in groups:
        complain(f"{page.name} is of no group of commands")
count = sum(len(names) or 1 for names in groups.values())
if len(groups) < 9 or count < 20:
    complain(f"found only {len(groups)} groups and {count} commands")
for line in sorted(bad):
    print(line, file=sys.stderr)
print(f"{len(groups)} groups, {count} commands")
sys.exit(1 if bad else 0)
END
