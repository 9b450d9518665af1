/*
 * The configuration: any text is a document or an error that says where. A
 * document is walked with every getter, and read as settings. Texts divided
 * by FF are joined as included files are.
 */
#include <string.h>

#include "base/limits.h"
#include "conf/node.h"
#include "conf/settings.h"
#include "tests/fuzz/fuzz.h"

#define NAME "fuzz.yaml"

/* Every refusal is of the one kind and begins with the file. */
static void check(int result, const struct error *err)
{
	FUZZ_CHECK(result == 0 || result == SIGNET_E_CONFIG || result == SIGNET_E_NOMEM);
	if (result == SIGNET_E_CONFIG) {
		FUZZ_CHECK(err->code == SIGNET_E_CONFIG);
		FUZZ_CHECK(strncmp(err->message, NAME ":", sizeof NAME) == 0);
	}
}

static void read_as_everything(const struct conf_node *node)
{
	static const char *const words[] = {"name", "profile", "true", NULL};
	struct error err = {0};
	const char *text = NULL, **list = NULL;
	int64_t number = 0;
	uint64_t size;
	size_t count = 0;
	bool truth;
	int at = -1;
	check(conf_text(node, &text, &err), &err);
	int result = conf_integer(node, -100, 100, &number, &err);
	check(result, &err);
	FUZZ_CHECK(number >= -100 && number <= 100);
	check(conf_boolean(node, &truth, &err), &err);
	number = 0;
	check(conf_duration(node, &number, &err), &err);
	FUZZ_CHECK(number >= 0 && number <= INT64_C(36525) * 86400);
	check(conf_size(node, &size, &err), &err);
	check(conf_choice(node, words, &at, &err), &err);
	FUZZ_CHECK(at >= -1 && at < 3);
	check(conf_check_keys(node, words, &err), &err);
	if (conf_text_list(node, &list, &count, &err) == 0)
		FUZZ_CHECK(list[count] == NULL);
	free(list);
}

static void walk(const struct conf_node *node, unsigned depth)
{
	FUZZ_CHECK(depth <= LIMIT_CONFIG_DEPTH);
	FUZZ_CHECK(conf_kind(node) != CONF_SCALAR || conf_count(node) == 0);
	read_as_everything(node);
	for (size_t i = 0; i < conf_count(node); i++) {
		const struct conf_node *entry = conf_item(node, i);
		if (conf_kind(node) == CONF_MAP)
			FUZZ_CHECK(conf_find(node, conf_key(entry)) == entry);
		else
			FUZZ_CHECK(*conf_key(entry) == '\0');
		walk(entry, depth + 1);
	}
}

/* All texts are files of the same name. */
static void join(const uint8_t *data, size_t length)
{
	struct error err = {0};
	struct conf *first = NULL, **next = &first;
	size_t order = 0;
	while (length) {
		const uint8_t *end = memchr(data, '\f', length);
		size_t part = end ? (size_t)(end - data) : length;
		if (order < LIMIT_INCLUDE_FILES &&
		    conf_parse(next, NAME, bytes_make(data, part), NULL) == 0) {
			(*next)->order = order++;
			next = &(*next)->next;
		}
		part += end != NULL;
		data += part;
		length -= part;
	}
	if (first) {
		int result = conf_join(first, &err);
		check(result, &err);
		if (result == 0)
			walk(first->root, 0);
	}
	conf_free(first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct error err = {0};
	struct conf *conf;
	struct settings *settings;
	join(data, length);
	int result = conf_parse(&conf, NAME, bytes_make(data, length), &err);
	check(result, &err);
	if (result)
		return 0;
	FUZZ_CHECK(conf_kind(conf_root(conf)) == CONF_MAP);
	walk(conf_root(conf), 0);
	bool includes = conf_find(conf_root(conf), "include");
	conf_free(conf);
	if (includes)
		return 0; /* would read any file of this machine */

	result = settings_parse(&settings, NAME, bytes_make(data, length), &err);
	check(result, &err);
	if (result)
		return 0;
	FUZZ_CHECK(settings->state && settings->modules && settings->hostname);
	for (size_t i = 0; i < settings->intermediary_count; i++)
		FUZZ_CHECK(settings->intermediaries[i].profile_count <= LIMIT_INSTANCE_PROFILES);
	free(settings_path(settings, settings->hostname));
	settings_free(settings);
	return 0;
}
