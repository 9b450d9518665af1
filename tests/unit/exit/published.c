#include "published.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

/* The module may keep the strings of its configuration: a test's documents live until its end. */
static struct conf *documents[32];
static size_t document_count;

int published_configure(const struct fake_engine *engine, const char *text, void **instance,
                        struct error *err)
{
	struct conf *conf;
	assert_int_equal(conf_parse(&conf, "a.yaml", bytes_text("{issuing: {}, b: {}}"), NULL), 0);
	const struct signet_exit_host host = {"file", engine->directory, engine->client,
	                                      conf_root(conf)};
	assert_true(document_count < sizeof documents / sizeof *documents);
	documents[document_count++] = conf;
	assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text(text), NULL), 0);
	assert_true(document_count < sizeof documents / sizeof *documents);
	documents[document_count++] = conf;
	return exit_file.configure(instance, &host, conf_root(conf), err);
}

int published_teardown(void **state)
{
	while (document_count)
		conf_free(documents[--document_count]);
	return fake_engine_teardown(state);
}

void *published_open(const struct fake_engine *engine, const char *text)
{
	struct error err = {0};
	void *instance = NULL;
	if (published_configure(engine, text, &instance, &err))
		fail_msg("%s", err.message);
	return instance;
}

void published_make(const struct fake_engine *engine, char path[128])
{
	snprintf(path, 128, "%s/published", engine->directory);
	assert_int_equal(mkdir(path, 0700), 0);
}

struct signet_event published_event(void)
{
	static const char *names[] = {"dns:example.com"};
	return (struct signet_event){
		.sequence = 5,
		.kind = SIGNET_EVENT_ISSUED,
		.request_id = 17,
		.certificate_id = 16,
		.authority = "issuing",
		.serial = bytes_text("AB"),
		.certificate = bytes_text("leaf"),
		.subject = "CN=example.com",
		.names = names,
		.name_count = 1,
	};
}

void published_expect(const char *directory, const char *name, const char *content, mode_t mode)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(10000);
	assert_int_equal(file_read(&text, path, NULL), 0);
	assert_string_equal(buffer_text(&text), content);
	struct stat info;
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, mode);
}

size_t published_count(const char *directory)
{
	size_t count = 0;
	DIR *dir = opendir(directory);
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return count;
}
