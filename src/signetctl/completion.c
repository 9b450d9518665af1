/* signetctl completion: what a shell needs to complete signetctl's own command line. */
#include "signetctl/completion.h"

#include <stdio.h>
#include <string.h>

const char *completion_key(const struct command *c, char *out, size_t size)
{
	snprintf(out, size, "%s%s%s", c->group, *c->name ? " " : "", c->name);
	return out;
}

const char *completion_argument(const char **text, bool *many)
{
	const char *from = *text + strspn(*text, " ");
	size_t length = strcspn(from, " ");
	*text = from + length;
	*many = length > 3 && strncmp(from + length - 3, "...", 3) == 0;
	return length ? from : NULL;
}

static void add_word(struct buffer *words, struct bytes word)
{
	buffer_append_text(words, words->length ? " " : "");
	buffer_append_bytes(words, word);
}

bool completion_read(struct completion *out, const char *argument)
{
	_cleanup_buffer_ struct buffer words = BUFFER_MAX(sizeof out->words - 1);
	struct placeholder p;
	struct bytes name;
	*out = (struct completion){0};
	while (placeholder_next(&p, &name, &argument)) {
		const char *word;
		for (size_t i = 0; p.word && (word = p.word(i)); i++)
			add_word(&words, bytes_text(word));
		if (placeholder_is_word(name))
			add_word(&words, name);
		out->list |= p.list;
		out->file |= p.file;
		out->directory |= p.directory;
		out->kind = p.kind ? p.kind : out->kind;
	}
	if (words.length)
		memcpy(out->words, buffer_text(&words), words.length);
	return words.length || out->kind || out->file || out->directory;
}

static int run_bash(struct command_context *context, const struct command_value *values, int argc,
                    char **argv)
{
	(void)context, (void)values, (void)argc, (void)argv;
	completion_print_bash();
	return fflush(stdout) ? COMMAND_FAILED : COMMAND_OK;
}

static int run_zsh(struct command_context *context, const struct command_value *values, int argc,
                   char **argv)
{
	(void)context, (void)values, (void)argc, (void)argv;
	completion_print_zsh();
	return fflush(stdout) ? COMMAND_FAILED : COMMAND_OK;
}

const struct command commands_completion[] = {
	{"completion", "bash", "", 0, 0, "print what bash needs to complete signetctl", NULL, run_bash},
	{"completion", "zsh", "", 0, 0, "print what zsh needs to complete signetctl", NULL, run_zsh},
	{"completion", "values", "KIND", 1, 1, "list the names that complete, for these two", NULL,
	 completion_values},
	{NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
