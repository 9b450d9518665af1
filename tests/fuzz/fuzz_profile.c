/*
 * Profiles: any text is a profile or an error that says where, and whatever a
 * request brings for its places, what is drafted is well formed, within its
 * limits and has no more parts than the profile names. The input is a
 * document of profiles, a value for attributes, a subject and an extension's
 * value, divided by FF.
 */
#include <string.h>

#include "api/draft.h"
#include "asn1/name.h"
#include "base/text.h"
#include "conf/conf.h"
#include "engine/profile.h"
#include "tests/fuzz/fuzz.h"

#define NAME "fuzz.yaml"
#define NOW 1800000000
#define YEAR (365 * 86400)
#define MEMORY (16u << 20)

struct input {
	struct bytes document, value, subject, extension;
	struct arena *arena;
};

static struct bytes take_part(struct bytes *rest)
{
	const uint8_t *end = rest->length ? memchr(rest->data, '\f', rest->length) : NULL;
	struct bytes part = *rest;
	if (!end) {
		*rest = BYTES_NONE;
		return part;
	}
	part.length = (size_t)(end - part.data);
	*rest = bytes_make(end + 1, rest->length - part.length - 1);
	return part;
}

static const struct pubkey *any_key(void)
{
	static struct key *key;
	if (!key)
		FUZZ_CHECK(key_generate(&key, KEY_P256, 0, NULL) == 0);
	return key_public(key);
}

static size_t count_parts(struct bytes name)
{
	struct name_reader reader = name_open(name);
	struct name_part part;
	size_t count = 0;
	while (name_next(&reader, &part))
		count++;
	return count;
}

static void check_subject(const struct profile *p, const struct signet_draft *draft)
{
	struct bytes subject = signet_draft_subject(draft);
	FUZZ_CHECK(name_check(subject, NULL) == 0);
	if (p->subject.kind == PROFILE_SUBJECT_PARTS)
		FUZZ_CHECK(count_parts(subject) <= p->subject.part_count);
}

static void check_draft(const struct profile *p, const struct signet_draft *draft)
{
	size_t count;
	check_subject(p, draft);
	const struct general_name *names = signet_draft_alt_names(draft, &count);
	FUZZ_CHECK(count <= LIMIT_SAN_COUNT);
	for (size_t i = 0; i < count; i++)
		FUZZ_CHECK(general_name_check(&names[i], NULL) == 0);
	const struct signet_draft_extension *list = signet_draft_extensions(draft, &count);
	FUZZ_CHECK(count + p->derived_count + 3 <= LIMIT_EXTENSIONS);
	for (size_t i = 0; i < count; i++) {
		FUZZ_CHECK(list[i].extension.value.length && der_check(list[i].extension.value) == 0);
		FUZZ_CHECK(list[i].origin == SIGNET_ORIGIN_PROFILE ||
		           list[i].origin == SIGNET_ORIGIN_REQUEST);
	}
	FUZZ_CHECK(signet_draft_not_before(draft) < signet_draft_not_after(draft));
	FUZZ_CHECK(signet_draft_not_after(draft) <= p->authority->bounds.not_after);
}

static void draft(const struct input *in, const struct profile *p)
{
	const char *value = arena_text(in->arena, in->value);
	const char *subject = arena_text(in->arena, in->subject);
	const struct signet_attribute attributes[] = {{"a", value}, {"mail", value}, {"sid", value}};
	struct signet_request request = {
		.csr = BYTES_NONE, .profile = p->name, .authority = "issuing", .intermediary = "raw",
		.protocol = "raw", .requester = value, .address = "192.0.2.1",
		.attributes = attributes, .attribute_count = 3, .submitted = NOW, .key = any_key(),
		.subject = NAME_EMPTY};
	struct signet_draft *out;
	struct signet_verdict verdict;
	struct error err = {0};
	struct extension *asked = arena_array(in->arena, p->requested_count + 1, sizeof *asked);
	FUZZ_CHECK(value && subject && asked);
	if (name_from_text(in->arena, subject, &request.subject, NULL))
		request.subject = NAME_EMPTY;
	for (size_t i = 0; i < p->requested_count; i++)
		asked[i] = (struct extension){p->requested[i], true, in->extension};
	request.extensions = asked;
	request.extension_count = p->requested_count;
	int result = profile_draft(p, &request, 0, NOW + YEAR, in->arena, &out, &verdict, &err);
	FUZZ_CHECK(result == 0 || result == SIGNET_E_NOMEM);
	if (result)
		return;
	FUZZ_CHECK(verdict.decision == SIGNET_PASS || verdict.decision == SIGNET_DENY);
	FUZZ_CHECK(verdict.decision == SIGNET_PASS || verdict.message[0]);
	if (verdict.decision == SIGNET_PASS)
		check_draft(p, out);
}

static void load(const struct input *in, const struct conf_node *node)
{
	struct authority authority = {
		.name = "issuing",
		.certificate = {.not_before = NOW - YEAR, .not_after = NOW + 10 * YEAR},
		.bounds = {.not_after = NOW + 10 * YEAR, .path_length = 3}};
	struct profile profile;
	struct error err = {0};
	int result = profile_load(&profile, in->arena, node, &authority, 1, &err);
	FUZZ_CHECK(result == 0 || result == SIGNET_E_CONFIG || result == SIGNET_E_NOMEM);
	if (result == SIGNET_E_CONFIG)
		FUZZ_CHECK(strncmp(err.message, NAME ":", sizeof NAME) == 0);
	if (result == 0)
		draft(in, &profile);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct bytes rest = {data, length};
	struct input in = {.arena = arena_new(MEMORY)};
	struct conf *conf;
	FUZZ_CHECK(in.arena);
	in.document = take_part(&rest);
	in.value = take_part(&rest);
	in.subject = take_part(&rest);
	in.extension = rest;
	if (conf_parse(&conf, NAME, in.document, NULL) == 0) {
		for (size_t i = 0; i < conf_count(conf_root(conf)) && i < 8; i++)
			load(&in, conf_item(conf_root(conf), i));
		conf_free(conf);
	}
	arena_free(in.arena);
	return 0;
}
