/* The completion of bash. */
#include <stdio.h>

#include "signetctl/completion.h"

/* Apart from the main function. */
static const char helpers[] =
	"\n"
	"# What the shell would make of a word, in $plain, and the quote that is open at its end, in $open.\n"
	"# Fails for what only running it would tell: nothing of the line is ever evaluated.\n"
	"_signetctl_plain()\n"
	"{\n"
	"\tlocal rest=$1 c\n"
	"\tplain= open=\n"
	"\twhile [[ -n $rest ]]; do\n"
	"\t\tc=${rest:0:1} rest=${rest:1}\n"
	"\t\tcase $open:$c in\n"
	"\t\t\"':'\" | '\":\"') open= ;;\n"
	"\t\t:[\\'\\\"]) open=$c ;;\n"
	"\t\t\"':\"*) plain+=$c ;;\n"
	"\t\t*:[\\$\\`]) return 1 ;;\n"
	"\t\t:\\\\) plain+=${rest:0:1} rest=${rest:1} ;;\n"
	"\t\t'\":\\') [[ $rest == [\\$\\`\\\"\\\\]* ]] || plain+=$c\n"
	"\t\t\tplain+=${rest:0:1} rest=${rest:1} ;;\n"
	"\t\t*) plain+=$c ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\t[[ $1 != \\~/* ]] || plain=$HOME/${plain#\\~/}\n"
	"}\n"
	"\n"
	"# A name as it is typed behind the quote that is open, in $quoted.\n"
	"_signetctl_quote()\n"
	"{\n"
	"\tcase $open in\n"
	"\t\\') quoted=$1\n"
	"\t\t[[ $1 != *\\'* ]] ;;\n"
	"\t\\\") quoted=${1//\\\\/\\\\\\\\} quoted=${quoted//\\\"/\\\\\\\"} quoted=${quoted//\\$/\\\\\\$}\n"
	"\t\tquoted=${quoted//\\`/\\\\\\`} ;;\n"
	"\t*) printf -v quoted %q \"$1\" ;;\n"
	"\tesac\n"
	"}\n"
	"\n"
	"# Those of the words that begin as what is typed; of a list, behind its last comma and not there yet.\n"
	"_signetctl_offer_words()\n"
	"{\n"
	"\tlocal word lead=\n"
	"\tif [[ -n $list ]]; then\n"
	"\t\tlead=${typed%\"${typed##*,}\"}\n"
	"\t\ttyped=${typed##*,}\n"
	"\tfi\n"
	"\tfor word; do\n"
	"\t\t[[ $word == \"$typed\"* && \",$lead\" != *\",$word,\"* ]] || continue\n"
	"\t\tCOMPREPLY+=(\"$lead$word\")\n"
	"\tdone\n"
	"}\n"
	"\n"
	"# The names that the configuration or the running engine knows.\n"
	"_signetctl_offer_names()\n"
	"{\n"
	"\tlocal word quoted\n"
	"\tlocal -a known=()\n"
	"\tmapfile -t known < <(\"$@\" completion values \"$names\" 2>/dev/null </dev/null)\n"
	"\tfor word in \"${known[@]}\"; do\n"
	"\t\t[[ $word == \"$typed\"* ]] || continue\n"
	"\t\tquoted=$word\n"
	"\t\t# beside files, the shell itself quotes\n"
	"\t\t[[ -n $files ]] || _signetctl_quote \"$word\" || continue\n"
	"\t\tCOMPREPLY+=(\"$quoted\")\n"
	"\tdone\n"
	"}\n"
	"\n"
	"_signetctl_offer_files()\n"
	"{\n"
	"\tlocal -a found=()\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"\tmapfile -t found < <(compgen \"$1\" -- \"$typed\")\n"
	"\tCOMPREPLY+=(\"${found[@]}\")\n"
	"}\n"
	"\n";

static const char main_begin[] =
	"_signetctl()\n"
	"{\n"
	"\tlocal IFS=$' \\t\\n' cur=${COMP_WORDS[COMP_CWORD]} group= command= skip= last= i word typed\n"
	"\tlocal commands= options= takes= plain= open= words= names= files= directories= list=\n"
	"\tlocal place=1\n"
	"\tlocal -a from=(\"${1:-signetctl}\")\n"
	"\tCOMPREPLY=()\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\t[[ -n $skip && $word == = ]] && continue\n"
	"\t\tlast=\n"
	"\t\tif [[ -n $skip ]]; then\n"
	"\t\t\tif [[ -z $group ]]; then\n"
	"\t\t\t\t_signetctl_plain \"$word\" || return 0\n"
	"\t\t\t\tfrom+=(\"$skip\" \"$plain\")\n"
	"\t\t\tfi\n"
	"\t\t\tskip=\n"
	"\t\telif [[ -z $group && ( $word == --config || $word == -c || $word == --socket ) ]] ||\n"
	"\t\t\t[[ -n $takes && $word == --* && \"|$takes|\" == *\"|$word|\"* ]]; then\n"
	"\t\t\tskip=$word last=$word\n"
	"\t\telif [[ $word == -* ]]; then\n"
	"\t\t\t:\n"
	"\t\telif [[ -z $group ]]; then\n"
	"\t\t\tgroup=$word\n"
	"\t\t\t_signetctl_commands \"$group\"\n"
	"\t\t\t_signetctl_options \"$group\"\n"
	"\t\telif [[ -n $commands && -z $command ]]; then\n"
	"\t\t\tcommand=$word\n"
	"\t\t\t_signetctl_options \"$group $command\"\n"
	"\t\telse\n"
	"\t\t\t((place += 1))\n"
	"\t\tfi\n"
	"\tdone\n"
	"\t[[ -z $last || $cur != = ]] || cur=\n"
	"\t_signetctl_plain \"$cur\" || return 0\n"
	"\ttyped=$plain\n"
	"\t[[ $cur != \\~/* ]] || typed=$cur\n"
	"\tif [[ -n $last ]]; then\n"
	"\t\t[[ -n $group ]] || files=1\n"
	"\t\t[[ -z $group ]] || _signetctl_values \"$group${command:+ $command} $last\"\n"
	"\telif [[ $cur == -* ]]; then\n"
	"\t\twords=\"$options ";

static const char main_middle[] =
	"\"\n"
	"\telif [[ -z $group ]]; then\n"
	"\t\twords='";

static const char main_end[] =
	"'\n"
	"\telif [[ -n $commands && -z $command ]]; then\n"
	"\t\twords=$commands\n"
	"\telse\n"
	"\t\t_signetctl_values \"$group${command:+ $command} $place\"\n"
	"\tfi\n"
	"\t# shellcheck disable=SC2086\n"
	"\t[[ -z $words ]] || _signetctl_offer_words $words\n"
	"\t[[ -z $names ]] || _signetctl_offer_names \"${from[@]}\"\n"
	"\tif [[ -n $files ]]; then\n"
	"\t\t_signetctl_offer_files -f\n"
	"\telif [[ -n $directories ]]; then\n"
	"\t\t_signetctl_offer_files -d\n"
	"\tfi\n"
	"\treturn 0\n"
	"}\n"
	"complete -F _signetctl signetctl\n";

static void put_names(const struct command_option *options)
{
	for (const struct command_option *o = options; o && o->name; o++)
		printf("%s--%s", o == options ? "" : " ", o->name);
}

static void put_groups(void)
{
	for (const struct command *const *group = command_groups; *group; group++)
		printf("%s%s", group == command_groups ? "" : " ", (*group)->group);
}

/* The options that take a value, as a pattern. */
static void put_takes(const struct command_option *options)
{
	bool any = false;
	for (const struct command_option *o = options; o && o->name; o++)
		if (o->argument) {
			printf("%s--%s", any ? "|" : "", o->name);
			any = true;
		}
}

static void put_value(const char *pattern, const struct completion *c)
{
	printf("\t%s)", pattern);
	if (*c->words)
		printf(" words='%s'", c->words);
	printf("%s%s%s", c->kind ? " names=" : "", c->kind ? c->kind : "", c->list ? " list=1" : "");
	printf("%s%s ;;\n", c->file ? " files=1" : "", c->directory ? " directories=1" : "");
}

static void put_values(const struct command *c)
{
	char key[96], pattern[128];
	struct completion completion;
	const char *text = c->arguments, *argument;
	unsigned place = 0;
	bool many;
	completion_key(c, key, sizeof key);
	for (const struct command_option *o = c->options; o && o->name; o++)
		if (o->argument && completion_read(&completion, o->argument)) {
			snprintf(pattern, sizeof pattern, "'%s --%s'", key, o->name);
			put_value(pattern, &completion);
		}
	while ((argument = completion_argument(&text, &many))) {
		place++; /* also of one that nothing is known of */
		if (!completion_read(&completion, argument))
			continue;
		snprintf(pattern, sizeof pattern, many ? "'%s '[0-9]*" : "'%s %u'", key, place);
		put_value(pattern, &completion);
	}
}

static void put_tables(void)
{
	char key[96];
	fputs("_signetctl_commands()\n{\n\tcase $1 in\n", stdout);
	for (const struct command *const *group = command_groups; *group; group++) {
		printf("\t%s) commands='", (*group)->group);
		for (const struct command *c = *group; c->group; c++)
			printf("%s%s", c == *group ? "" : " ", c->name);
		fputs("' ;;\n", stdout);
	}
	fputs("\tesac\n}\n\n_signetctl_options()\n{\n\tcase $1 in\n", stdout);
	for (const struct command *const *group = command_groups; *group; group++)
		for (const struct command *c = *group; c->group; c++) {
			printf("\t'%s') options='", completion_key(c, key, sizeof key));
			put_names(c->options);
			fputs("' takes='", stdout);
			put_takes(c->options);
			fputs("' ;;\n", stdout);
		}
	fputs("\tesac\n}\n\n_signetctl_values()\n{\n\tcase $1 in\n", stdout);
	for (const struct command *const *group = command_groups; *group; group++)
		for (const struct command *c = *group; c->group; c++)
			put_values(c);
	puts("\tesac\n}");
}

void completion_print_bash(void)
{
	puts("# bash completion for signetctl(1): made by `signetctl completion bash`.\n");
	put_tables();
	fputs(helpers, stdout);
	fputs(main_begin, stdout);
	put_names(command_common_options);
	fputs(main_middle, stdout);
	put_groups();
	fputs(main_end, stdout);
}
