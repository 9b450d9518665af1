/*
 * Stands for libFuzzer in ordinary builds, so that `make check` runs what the
 * fuzzer has learnt: fuzz_NAME takes every file of tests/fuzz/corpus/NAME and
 * of tests/data/hostile/NAME below $srcdir, whole and, if it is short, cut
 * off at every octet. With arguments it takes those files and directories.
 */
#include <errno.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/file.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_MAX (16u << 20)
#define CUT_MAX 2048 /* longer inputs are not tried cut off: that takes quadratic time */

static size_t inputs;

/* In memory of exactly this length, so that a sanitizer sees the first octet too far. */
static int run_input(const uint8_t *data, size_t length)
{
	uint8_t *copy = malloc(length ? length : 1);
	if (!copy)
		return -1;
	if (length)
		memcpy(copy, data, length);
	int result = LLVMFuzzerTestOneInput(copy, length);
	free(copy);
	return result;
}

static int run_file(const char *path, const struct stat *info, int type, struct FTW *walk)
{
	(void)info;
	(void)walk;
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(INPUT_MAX);
	struct error err;
	if (type == FTW_D)
		return 0;
	if (type != FTW_F || file_read(&content, path, &err)) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return -1;
	}
	fprintf(stderr, "%s: %zu octets\n", path, content.length);
	inputs++;
	if (run_input(content.data, content.length))
		return -1;
	for (size_t cut = 0; content.length <= CUT_MAX && cut < content.length; cut++)
		if (run_input(content.data, cut))
			return -1;
	return 0;
}

static int run_tree(const char *path)
{
	return nftw(path, run_file, 16, FTW_PHYS);
}

int main(int argc, char **argv)
{
	static const char prefix[] = "fuzz_";
	const char *srcdir = getenv("srcdir"), *name = program_invocation_short_name;
	char corpus[512], hostile[512];
	int result = 0;
	for (int i = 1; i < argc; i++)
		result |= run_tree(argv[i]);
	if (argc > 1)
		return result ? EXIT_FAILURE : EXIT_SUCCESS;
	if (strncmp(name, prefix, sizeof prefix - 1) != 0) {
		fprintf(stderr, "%s: not named fuzz_NAME\n", name);
		return EXIT_FAILURE;
	}
	name += sizeof prefix - 1;
	snprintf(corpus, sizeof corpus, "%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".", name);
	snprintf(hostile, sizeof hostile, "%s/tests/data/hostile/%s", srcdir ? srcdir : ".", name);
	if (run_tree(corpus) || !inputs) {
		fprintf(stderr, "%s: no inputs, or one failed\n", corpus);
		return EXIT_FAILURE;
	}
	struct stat info;
	if (stat(hostile, &info) == 0)
		result = run_tree(hostile);
	fprintf(stderr, "%zu inputs\n", inputs);
	return result ? EXIT_FAILURE : EXIT_SUCCESS;
}
