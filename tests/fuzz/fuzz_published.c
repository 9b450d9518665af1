/*
 * What the exit module `file` finds in a directory, and the names that it
 * makes: the input as a certificate, as a CRL, as PEM, and as what a
 * certificate says of itself.
 */
#include <string.h>

#include "exit/file_content.h"
#include "exit/file_name.h"
#include "pki/certificate.h"
#include "tests/fuzz/fuzz.h"

static void check_times(struct bytes data)
{
	struct certificate certificate;
	struct arena *arena = arena_new(4u << 20);
	int64_t time;
	for (enum file_format format = 0; format < FILE_FORMATS; format++) {
		bool read = file_certificate_time(data, format, &time) == 0;
		/* none is both */
		FUZZ_CHECK(!read || file_crl_time(data, format, &time));
		FUZZ_CHECK(!read || !file_is_certificate(data, format, BYTES_NONE));
	}
	if (arena && certificate_parse(&certificate, arena, data, NULL) == 0) {
		FUZZ_CHECK(file_certificate_time(data, FILE_DER, &time) == 0);
		FUZZ_CHECK(time == certificate.not_before);
		certificate_clear(&certificate);
	}
	arena_free(arena);
}

static void check_path(const char *path, unsigned slashes)
{
	FUZZ_CHECK(strlen(path) <= FILE_PATH_MAX);
	FUZZ_CHECK(path[strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "0123456789._-/")] == '\0');
	for (const char *part = path; part; part = strchr(part, '/')) {
		part += part != path;
		FUZZ_CHECK(*part && *part != '.' && *part != '-' && *part != '/');
		FUZZ_CHECK(strcspn(part, "/") <= FILE_NAME_MAX);
	}
	for (const char *slash = path; (slash = strchr(slash, '/')); slash++)
		slashes--;
	FUZZ_CHECK(slashes == 0);
}

static void check_names(const char *text)
{
	static const char *const patterns[] = {
		"{common-name}", "{name}/{common-name}/{serial}.{ext}", "{name}{name}-{common-name}"};
	const char *names[] = {text};
	const struct signet_event event = {
		.subject = text, .names = names, .name_count = 1, .authority = text,
		.profile = text, .serial = bytes_text(text)};
	for (unsigned i = 0; i < 3; i++) {
		char path[FILE_PATH_MAX + 1];
		if (file_name_make(path, patterns[i], &event, "pem", NULL) == 0)
			check_path(path, i == 1 ? 2 : 0);
	}
	for (enum file_kind kind = 0; kind <= FILE_CRL; kind++) {
		char path[FILE_PATH_MAX + 1];
		if (file_name_check(text, kind, NULL))
			continue;
		FUZZ_CHECK(text[0] != '/' && !strstr(text, "//") && !strstr(text, "/."));
		if (file_name_make(path, text, &event, "pem", NULL) == 0)
			FUZZ_CHECK(file_name_fits(text, path));
		FUZZ_CHECK(!file_name_is_chosen(text) || file_name_may_meet(text, text));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	char text[4096];
	check_times(bytes_make(data, length));
	size_t n = length < sizeof text - 1 ? length : sizeof text - 1;
	if (n)
		memcpy(text, data, n);
	text[n] = '\0';
	check_names(text);
	return 0;
}
