/* The completion of zsh. */
#include <stdio.h>
#include <string.h>

#include "signetctl/completion.h"

static const char helpers[] =
	"\n"
	"# The names that the configuration or the running engine knows, of this kind.\n"
	"_signetctl_names()\n"
	"{\n"
	"\tlocal kind=${argv[-1]}\n"
	"\tlocal -a known\n"
	"\tknown=(${(f)\"$(\"${signetctl_from[@]}\" completion values $kind 2>/dev/null </dev/null)\"})\n"
	"\tcompadd \"${(@)argv[1,-2]}\" -a known\n"
	"}\n"
	"\n"
	"_signetctl_files_and_names()\n"
	"{\n"
	"\t_files \"${(@)argv[1,-2]}\"\n"
	"\t_signetctl_names \"$@\"\n"
	"}\n"
	"\n";

/* Within single quotes, without what would end them. */
static void put_quoted(const char *text)
{
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*text);
}

/* ":message:action" of _arguments, for an option or an argument. */
static void put_action(const char *argument)
{
	struct completion c;
	putchar(':');
	for (const char *p = argument; *p && *p != ' '; p++)
		putchar(strchr("[]:\\'|.", *p) ? ' ' : *p);
	putchar(':');
	if (!completion_read(&c, argument))
		putchar(' ');
	else if (c.list)
		printf("_values -s , word %s", c.words);
	else if (*c.words)
		printf("(%s)", c.words);
	else if (c.kind)
		printf("_signetctl_%snames %s", c.file ? "files_and_" : "", c.kind);
	else
		fputs(c.file ? "_files" : "_files -/", stdout);
}

/* An option as _arguments wants it: what is special there is left out of the text. */
static void put_zsh_option(const struct command_option *o)
{
	printf(" \\\n\t\t\t'*--%s[", o->name);
	for (const char *p = o->help; *p; p++)
		if (!strchr("[]:\\'", *p))
			putchar(*p);
	putchar(']');
	if (o->argument)
		put_action(o->argument);
	putchar('\'');
}

static void put_arguments(const struct command *c)
{
	const char *text = c->arguments, *argument;
	bool many;
	while ((argument = completion_argument(&text, &many))) {
		printf(" \\\n\t\t\t'%s", many ? "*" : *argument == '[' ? ":" : "");
		put_action(argument);
		putchar('\'');
	}
}

static void put_zsh_command(const struct command *c)
{
	char key[96];
	printf("\t'%s')\n\t\t_arguments -S", completion_key(c, key, sizeof key));
	for (const struct command_option *o = c->options; o && o->name; o++)
		put_zsh_option(o);
	for (const struct command_option *o = command_common_options; o->name; o++)
		if (!o->argument && strcmp(o->name, "version") != 0)
			put_zsh_option(o);
	put_arguments(c);
	puts(" ;;");
}

static void put_zsh_groups(void)
{
	puts("\tgroups)\n\t\tlocal -a groups=(");
	for (const struct command *const *group = command_groups; *group; group++)
		printf("\t\t\t'%s'\n", (*group)->group);
	puts("\t\t)\n\t\t_describe group groups ;;");
	for (const struct command *const *group = command_groups; *group; group++) {
		if (!*(*group)->name)
			continue;
		printf("\t'%s')\n\t\tlocal -a commands=(\n", (*group)->group);
		for (const struct command *c = *group; c->group; c++) {
			printf("\t\t\t'%s:", c->name);
			put_quoted(c->summary);
			puts("'");
		}
		puts("\t\t)\n\t\t_describe command commands ;;");
	}
}

void completion_print_zsh(void)
{
	puts("#compdef signetctl\n"
	     "# zsh completion for signetctl(1): made by `signetctl completion zsh`.\n\n"
	     "_signetctl_at()\n{\n\tcase $1 in");
	put_zsh_groups();
	for (const struct command *const *group = command_groups; *group; group++)
		for (const struct command *c = *group; c->group; c++)
			put_zsh_command(c);
	fputs("\tesac\n}\n", stdout);
	fputs(helpers, stdout);
	fputs("_signetctl()\n{\n"
	      "\tlocal curcontext=$curcontext state option\n"
	      "\tlocal -a signetctl_from=(${(Q)words[1]})\n"
	      "\ttypeset -A opt_args\n"
	      "\t_arguments -C -S", stdout);
	for (const struct command_option *o = command_common_options; o->name; o++)
		put_zsh_option(o);
	fputs(" \\\n\t\t\t'1: :->group' '*:: :->rest'\n"
	      "\tfor option in --config --socket; do\n"
	      "\t\t[[ -z $opt_args[$option] ]] || signetctl_from+=($option ${(Q)opt_args[$option]})\n"
	      "\tdone\n"
	      "\tif [[ $state == group ]]; then\n"
	      "\t\t_signetctl_at groups\n"
	      "\telif [[ $state == rest ]]; then\n"
	      "\t\tcase $words[1] in\n\t\t", stdout);
	bool any = false;
	for (const struct command *const *group = command_groups; *group; group++)
		if (!*(*group)->name) {
			printf("%s%s", any ? "|" : "", (*group)->group);
			any = true;
		}
	puts(") _signetctl_at $words[1] ;;\n"
	     "\t\t*)\n"
	     "\t\t\tif ((CURRENT == 2)); then\n"
	     "\t\t\t\t_signetctl_at $words[1]\n"
	     "\t\t\telse\n"
	     "\t\t\t\tlocal key=\"$words[1] $words[2]\"\n"
	     "\t\t\t\tshift words\n"
	     "\t\t\t\t((CURRENT--))\n"
	     "\t\t\t\t_signetctl_at $key\n"
	     "\t\t\tfi ;;\n"
	     "\t\tesac\n"
	     "\tfi\n"
	     "}\n\n"
	     "_signetctl \"$@\"");
}
