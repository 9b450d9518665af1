/*
 * A hostile draft before the policy rules that read the most of it: names,
 * subject, extensions and lint. Records of a type, a length and as many octets: an
 * alternative name of a kind, the subject's DER, an extension's value. No rule
 * fails, and what the first three let through is what they were told to allow.
 */
#include <string.h>

#include "api/draft.h"
#include "api/policy.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/clock.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

#define MAX (1u << 22)
#define NOW 1795435200
#define TYPE_SUBJECT 9
#define TYPE_EXTENSION 10

extern const struct signet_policy policy_extensions, policy_lint, policy_names, policy_subject;

static const struct {
	const struct signet_policy *policy;
	const char *text;
} rules[] = {
	{&policy_lint, "{cabf: deny}"},
	{&policy_names, "{dns: ['*'], ip: [0.0.0.0/0, '::/0'], email: ['*'], uri: ['https:', 'urn:'],"
	                " other: [1.2.3], wildcards: true, common-name: any, subject: {O: ['*']},"
	                " deny: {dns: ['*.b.c'], ip: [10.0.0.0/8], email: [a@b.c], subject: {CN: [a]},"
	                " uri: [b.c, 'https://b.d/x/', 'https://b.e:8443']}}"},
	{&policy_lint, "{rfc5280: note, cabf: hold, unicode: note}"},
	{&policy_subject, "{allow: [CN, O, OU, C], strip: true, strings: convert, max: 2, "
	                  "max-length: 64, rewrite: {O: '{value|lower}', OU: '{subject.CN}'}, "
	                  "fill: {CN: '{san.dns|label}'}}"},
	{&policy_extensions, "{allow: [extKeyUsage], others: strip, usages: narrow, "
	                     "extended-key-usage: [server-auth, client-auth], "
	                     "key-usage: [digital-signature]}"},
};
#define RULE_COUNT (sizeof rules / sizeof *rules)

static void *configured[RULE_COUNT];
static const struct pubkey *key;

static void configure(void)
{
	static struct key *made;
	FUZZ_CHECK(key_generate(&made, KEY_P256, 0, NULL) == 0);
	key = key_public(made);
	for (size_t i = 0; i < RULE_COUNT; i++) {
		static struct conf *conf[RULE_COUNT];
		const struct signet_policy_host host = {.name = "fuzz", .state_directory = "."};
		FUZZ_CHECK(conf_parse(&conf[i], "fuzz", bytes_text(rules[i].text), NULL) == 0);
		FUZZ_CHECK(rules[i].policy->configure(&configured[i], &host, conf_root(conf[i]),
		                                      NULL) == 0);
	}
	clock_freeze(NOW);
}

static int add_name(struct signet_draft *draft, unsigned kind, struct bytes value)
{
	size_t count;
	const struct general_name *names = signet_draft_alt_names(draft, &count);
	struct general_name *more = arena_array(signet_draft_arena(draft), count + 1, sizeof *more);
	if (!more)
		return SIGNET_E_NOMEM;
	if (count)
		memcpy(more, names, count * sizeof *more);
	more[count] = (struct general_name){(enum general_name_kind)kind, value};
	return signet_draft_set_alt_names(draft, more, count + 1);
}

static int add_record(struct signet_draft *draft, unsigned type, struct bytes value)
{
	static const struct bytes *const oids[] = {
		&OID_KEY_USAGE, &OID_EXT_KEY_USAGE, &OID_BASIC_CONSTRAINTS,
		&OID_CERTIFICATE_POLICIES, &OID_CRL_DISTRIBUTION, &OID_AUTHORITY_INFO,
		&OID_TLS_FEATURE, &OID_OCSP_NOCHECK,
	};
	if (type < TYPE_SUBJECT)
		return add_name(draft, type, value);
	if (type == TYPE_SUBJECT)
		return signet_draft_set_subject(draft, value);
	const struct bytes *oid = oids[(type - TYPE_EXTENSION) % (sizeof oids / sizeof *oids)];
	const struct extension extension = {*oid, type & 0x80, value};
	return signet_draft_set_extension(draft, &extension);
}

static bool read_draft(struct signet_draft *draft, struct bytes in)
{
	signet_draft_set_validity(draft, NOW, NOW + 1000);
	while (in.length >= 2) {
		size_t length = in.data[1] < in.length - 2 ? in.data[1] : in.length - 2;
		if (add_record(draft, in.data[0], bytes_make(in.data + 2, length)))
			return false;
		in = bytes_make(in.data + 2 + length, in.length - 2 - length);
	}
	return true;
}

static void check_subject(const struct signet_draft *draft)
{
	struct name_reader reader = name_open(signet_draft_subject(draft));
	struct name_part part;
	FUZZ_CHECK(name_check(signet_draft_subject(draft), NULL) == 0);
	while (name_next(&reader, &part))
		FUZZ_CHECK(bytes_equal(part.oid, OID_COMMON_NAME) ||
		           bytes_equal(part.oid, OID_ORGANIZATION) ||
		           bytes_equal(part.oid, OID_ORGANIZATIONAL_UNIT) ||
		           bytes_equal(part.oid, OID_COUNTRY));
}

static void check_extensions(const struct signet_draft *draft, struct arena *arena)
{
	size_t count, purposes;
	struct bytes *oids;
	const struct signet_draft_extension *list = signet_draft_extensions(draft, &count);
	FUZZ_CHECK(count == 1 && bytes_equal(list->extension.oid, OID_EXT_KEY_USAGE));
	FUZZ_CHECK(ext_key_usage_decode(arena, list->extension.value, &oids, &purposes) == 0);
	for (size_t i = 0; i < purposes; i++)
		FUZZ_CHECK(bytes_equal(oids[i], OID_SERVER_AUTH) ||
		           bytes_equal(oids[i], OID_CLIENT_AUTH));
}

static bool are_names(const struct signet_draft *draft)
{
	size_t count;
	const struct general_name *names = signet_draft_alt_names(draft, &count);
	for (size_t i = 0; i < count; i++)
		if (general_name_check(&names[i], NULL))
			return false;
	return true;
}

/* In plain spelling at least nothing that is denied comes through. */
static void check_names(const struct signet_draft *draft)
{
	static const struct {
		enum general_name_kind kind;
		const char *text;
	} denied[] = {{GN_DNS, "a.b.c"}, {GN_DNS, "*.c"}, {GN_EMAIL, "a@b.c"}, {GN_URI, "https://b.c"},
	              {GN_URI, "https://u@b.d/x/"}, {GN_URI, "https:b.e:08443"}};
	size_t count;
	const struct general_name *names = signet_draft_alt_names(draft, &count);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < sizeof denied / sizeof *denied; k++)
			FUZZ_CHECK(names[i].kind != denied[k].kind ||
			           !bytes_equal_nocase(names[i].value, bytes_text(denied[k].text)));
}

static void judge(struct arena *arena, struct signet_draft *draft)
{
	const struct signet_request request = {
		.profile = "p", .authority = "a", .intermediary = "i", .protocol = "acme",
		.requester = "r", .address = "::1", .subject = NAME_EMPTY, .key = key};
	for (size_t i = 0; i < RULE_COUNT; i++) {
		struct signet_verdict verdict = {.decision = SIGNET_PASS};
		bool is_names = rules[i].policy == &policy_names;
		/* a subject that was not checked is one that it has no text of */
		if (is_names && name_check(signet_draft_subject(draft), NULL))
			continue;
		signet_draft_begin(draft, SIGNET_ORIGIN_POLICY);
		int result = rules[i].policy->check(configured[i], &request, draft, &verdict);
		FUZZ_CHECK(result == 0);
		/* and it shows names as they are */
		if (is_names && !are_names(draft))
			continue;
		FUZZ_CHECK(memchr(verdict.message, '\0', sizeof verdict.message));
		FUZZ_CHECK(text_is_utf8(bytes_text(verdict.message)));
		FUZZ_CHECK(verdict.decision == SIGNET_PASS || verdict.message[0]);
		if (verdict.decision != SIGNET_PASS)
			continue;
		if (is_names)
			check_names(draft);
		if (rules[i].policy == &policy_subject)
			check_subject(draft);
		if (rules[i].policy == &policy_extensions)
			check_extensions(draft, arena);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	if (!key)
		configure();
	struct arena *arena = arena_new(MAX);
	struct signet_draft *draft = arena ? signet_draft_new(arena) : NULL;
	if (draft && read_draft(draft, bytes_make(data, length)))
		judge(arena, draft);
	arena_free(arena);
	return 0;
}
