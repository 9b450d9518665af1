/*
 * What a test writes to standard output, in its own memory.
 */
#ifndef SIGNET_TEST_SIGNETCTL_CAPTURE_H
#define SIGNET_TEST_SIGNETCTL_CAPTURE_H

#include <stdio.h>
#include <unistd.h>

struct capture {
	FILE *file;
	int saved;
	char text[4096];
};

static inline void capture_begin(struct capture *c)
{
	fflush(stdout);
	c->file = tmpfile();
	c->saved = dup(STDOUT_FILENO);
	dup2(fileno(c->file), STDOUT_FILENO);
}

static inline void capture_end(struct capture *c)
{
	fflush(stdout);
	dup2(c->saved, STDOUT_FILENO);
	close(c->saved);
	rewind(c->file);
	size_t n = fread(c->text, 1, sizeof c->text - 1, c->file);
	c->text[n] = '\0';
	fclose(c->file);
}

#endif
