/*
 * The openssl program (or another: argv[0]) as a second opinion in tests.
 */
#ifndef SIGNET_TESTS_OPENSSL_H
#define SIGNET_TESTS_OPENSSL_H

#include "tests/unit/asn1/hex.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs argv (NULL at its end) with this input, which must fit into a pipe, appends what it
 * writes, and returns its exit status. */
static inline int openssl_run(const char *const *argv, struct bytes input, struct buffer *out)
{
	int in[2], from[2], status;
	assert_true(input.length <= 65536);
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(from, O_CLOEXEC), 0);
	assert_ptr_not_equal(signal(SIGPIPE, SIG_IGN), SIG_ERR);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(in[0]);
	close(from[1]);
	assert_int_equal(write(in[1], input.data, input.length), input.length);
	close(in[1]);
	uint8_t block[4096];
	for (ssize_t n; (n = read(from[0], block, sizeof block)) > 0;)
		buffer_append(out, block, (size_t)n);
	close(from[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#endif
