# What zsh makes of a command line and TAB: zsh_completion.py DIRECTORY FUNCTIONS LINE prints the words
# that it offers, sorted, and then the line as it has become. zsh runs in that directory, on a terminal
# of its own, with what it needs of files there; _signetctl lies in FUNCTIONS.
import os, pty, sys

directory, functions, line = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3]
home = os.path.join(directory, ".zsh")
hits, after = os.path.join(home, "hits"), os.path.join(home, "line")
os.makedirs(home, exist_ok=True)
for path in hits, after:
    open(path, "w").close()
with open(os.path.join(home, ".zshrc"), "w") as f:
    f.write(r"""
PS1='READY>'; unset RPS1
fpath=($FUNCTIONS $fpath); autoload -Uz compinit; compinit -D -u
compadd() {
	if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
	local -a hits
	builtin compadd -A hits "$@"
	[[ -z $hits ]] || print -rl -- $IPREFIX${^hits} >>$HITS
	builtin compadd "$@"
}
finish() { zle complete-word; print -r -- "$BUFFER" >$AFTER; exit }
zle -N finish
bindkey '^I' finish
""")
pid, fd = pty.fork()
if pid == 0:
    os.chdir(directory)
    os.environ.update(ZDOTDIR=home, FUNCTIONS=functions, HITS=hits, AFTER=after, TERM="dumb")
    os.execvp("zsh", ["zsh", "-d", "-i"])
seen, sent = b"", False
while True:
    try:
        got = os.read(fd, 4096)
    except OSError:
        break
    if not got:
        break
    seen += got
    if not sent and b"READY>" in seen:
        os.write(fd, line.encode() + b"\t")
        sent = True
os.waitpid(pid, 0)
os.close(fd)
with open(hits) as f:
    print(*sorted({word for word in f.read().split("\n") if word}), sep="\n")
with open(after) as f:
    print(f.read().rstrip("\n"))
