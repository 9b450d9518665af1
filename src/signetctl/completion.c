/* signetctl completion: what a shell needs to complete signetctl's own command line. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "signetctl/command.h"

/* "valid|revoked|held": the words that an option takes. Placeholders have capitals. */
static bool has_words(const char *argument)
{
	if (!argument || !strchr(argument, '|'))
		return false;
	for (const char *p = argument; *p; p++)
		if (isupper((unsigned char)*p))
			return false;
	return true;
}

static bool has_file(const char *argument)
{
	return argument && (strstr(argument, "FILE") || strstr(argument, "PATH"));
}

static bool has_directory(const char *argument)
{
	return argument && strstr(argument, "DIR") && !has_file(argument);
}

/* Words divided by "|" with blanks between them. */
static void put_words(const char *words)
{
	for (; *words; words++)
		putchar(*words == '|' ? ' ' : *words);
}

/* Within single quotes, without what would end them. */
static void put_quoted(const char *text)
{
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*text);
}

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

/* The patterns of options whose arguments are such ones, of one command; false for none. */
static bool put_patterns(const struct command_option *options, bool (*is)(const char *argument))
{
	bool any = false;
	for (const struct command_option *o = options; o && o->name; o++)
		if (o->argument && (!is || is(o->argument))) {
			printf("%s--%s", any ? "|" : "", o->name);
			any = true;
		}
	return any;
}

static void put_bash_values(const struct command *c, const char *key)
{
	for (const struct command_option *o = c->options; o && o->name; o++) {
		if (!o->argument)
			continue;
		printf("\t\"%s --%s\") ", key, o->name);
		if (has_words(o->argument)) {
			fputs("values='", stdout);
			put_words(o->argument);
			fputs("' ;;\n", stdout);
		} else if (has_file(o->argument)) {
			puts("kind=files ;;");
		} else {
			puts(has_directory(o->argument) ? "kind=directories ;;" : "kind=nothing ;;");
		}
	}
}

static const char *key_of(const struct command *c, char *out, size_t size)
{
	snprintf(out, size, "%s%s%s", c->group, *c->name ? " " : "", c->name);
	return out;
}

static void put_bash_tables(void)
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
			printf("\t'%s') options='", key_of(c, key, sizeof key));
			put_names(c->options);
			fputs("' takes='", stdout);
			put_patterns(c->options, NULL);
			const char *words = has_words(c->arguments) ? c->arguments : "";
			printf("' kind=%s values='", has_file(c->arguments) ? "files" : "nothing");
			put_words(words);
			fputs("' ;;\n", stdout);
		}
	fputs("\tesac\n}\n\n_signetctl_values()\n{\n\tcase $1 in\n", stdout);
	for (const struct command *const *group = command_groups; *group; group++)
		for (const struct command *c = *group; c->group; c++)
			put_bash_values(c, key_of(c, key, sizeof key));
	puts("\tesac\n}\n");
}

static void print_bash(void)
{
	puts("# bash completion for signetctl(1): made by `signetctl completion bash`.\n");
	put_bash_tables();
	fputs("_signetctl()\n"
	      "{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} group= command= skip= last= i word\n"
	      "\tlocal commands= options= takes= kind=nothing values=\n"
	      "\tCOMPREPLY=()\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\tword=${COMP_WORDS[i]}\n"
	      "\t\tlast=\n"
	      "\t\tif [[ -n $skip ]]; then\n"
	      "\t\t\tskip=\n"
	      "\t\telif [[ $word == --config || $word == -c || $word == --socket ]] && [[ -z $group ]] ||\n"
	      "\t\t\t[[ -n $takes && $word == --* && \"|$takes|\" == *\"|$word|\"* ]]; then\n"
	      "\t\t\tskip=1 last=$word\n"
	      "\t\telif [[ $word == -* ]]; then\n"
	      "\t\t\t:\n"
	      "\t\telif [[ -z $group ]]; then\n"
	      "\t\t\tgroup=$word\n"
	      "\t\t\t_signetctl_commands \"$group\"\n"
	      "\t\t\t_signetctl_options \"$group\"\n"
	      "\t\telif [[ -n $commands && -z $command ]]; then\n"
	      "\t\t\tcommand=$word\n"
	      "\t\t\t_signetctl_options \"$group $command\"\n"
	      "\t\tfi\n"
	      "\tdone\n"
	      "\tif [[ -n $last ]]; then\n"
	      "\t\tkind=files values=\n"
	      "\t\t[[ -z $group ]] || _signetctl_values \"$group${command:+ $command} $last\"\n"
	      "\telif [[ $cur == -* ]]; then\n"
	      "\t\tkind=nothing\n"
	      "\t\tvalues=\"$options ", stdout);
	put_names(command_common_options);
	fputs("\"\n"
	      "\telif [[ -z $group ]]; then\n"
	      "\t\tvalues='", stdout);
	put_groups();
	puts("'\n"
	     "\telif [[ -n $commands && -z $command ]]; then\n"
	     "\t\tvalues=$commands kind=nothing\n"
	     "\tfi\n"
	     "\tcase $kind in\n"
	     "\tfiles)\n"
	     "\t\tcompopt -o filenames 2>/dev/null\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
	     "\tdirectories)\n"
	     "\t\tcompopt -o filenames 2>/dev/null\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$cur\") ;;\n"
	     "\t*)\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$cur\") ;;\n"
	     "\tesac\n"
	     "}\n"
	     "complete -F _signetctl signetctl");
}

/* An option as _arguments wants it: what is special there is left out of the text. */
static void put_zsh_option(const struct command_option *o)
{
	printf(" \\\n\t\t\t'*--%s[", o->name);
	for (const char *p = o->help; *p; p++)
		if (!strchr("[]:\\'", *p))
			putchar(*p);
	putchar(']');
	if (o->argument) {
		fputs(":", stdout);
		for (const char *p = o->argument; *p; p++)
			putchar(strchr("[]:\\'|", *p) ? ' ' : *p);
		putchar(':');
		if (has_words(o->argument)) {
			putchar('(');
			put_words(o->argument);
			putchar(')');
		} else if (has_file(o->argument)) {
			fputs("_files", stdout);
		} else if (has_directory(o->argument)) {
			fputs("_files -/", stdout);
		}
	}
	putchar('\'');
}

static void put_zsh_command(const struct command *c)
{
	char key[96];
	printf("\t'%s')\n\t\t_arguments -S", key_of(c, key, sizeof key));
	for (const struct command_option *o = c->options; o && o->name; o++)
		put_zsh_option(o);
	for (const struct command_option *o = command_common_options; o->name; o++)
		if (!o->argument && strcmp(o->name, "version") != 0)
			put_zsh_option(o);
	if (has_words(c->arguments)) {
		fputs(" \\\n\t\t\t'*: :(", stdout);
		put_words(c->arguments);
		fputs(")'", stdout);
	} else if (has_file(c->arguments)) {
		fputs(" \\\n\t\t\t'*:file:_files'", stdout);
	}
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

static void print_zsh(void)
{
	puts("#compdef signetctl\n"
	     "# zsh completion for signetctl(1): made by `signetctl completion zsh`.\n\n"
	     "_signetctl_at()\n{\n\tcase $1 in");
	put_zsh_groups();
	for (const struct command *const *group = command_groups; *group; group++)
		for (const struct command *c = *group; c->group; c++)
			put_zsh_command(c);
	fputs("\tesac\n}\n\n"
	      "_signetctl()\n{\n"
	      "\tlocal curcontext=$curcontext state\n"
	      "\ttypeset -A opt_args\n"
	      "\t_arguments -C -S", stdout);
	for (const struct command_option *o = command_common_options; o->name; o++)
		put_zsh_option(o);
	fputs(" \\\n\t\t\t'1: :->group' '*:: :->rest'\n"
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

static int run_completion(struct command_context *context, const struct command_value *values,
                          int argc, char **argv)
{
	(void)context, (void)values, (void)argc;
	if (strcmp(argv[0], "bash") == 0)
		print_bash();
	else if (strcmp(argv[0], "zsh") == 0)
		print_zsh();
	else
		return command_usage("completion: there is bash and zsh");
	return fflush(stdout) ? COMMAND_FAILED : COMMAND_OK;
}

const struct command commands_completion[] = {
	{"completion", "", "bash|zsh", 1, 1, "print what a shell needs to complete signetctl", NULL,
	 run_completion},
	{NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
