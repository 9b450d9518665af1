#include "lint_case.h"

#include "api/draft.h"
#include "asn1/oid.h"
#include "base/clock.h"
#include "base/encoding.h"

#define DAY 86400
#define DAYS_GOOD 46

static struct pubkey *made; /* by lint_case_rsa */

void lint_case_set(struct rule_test *t, struct bytes oid, bool critical, const char *hex)
{
	struct buffer value = BUFFER_MAX(4096);
	assert_int_equal(hex_decode(&value, bytes_text(hex)), 0);
	const struct extension extension = {oid, critical, buffer_bytes(&value)};
	assert_int_equal(signet_draft_set_extension(t->draft, &extension), 0);
	buffer_free(&value);
}

void lint_case_key(struct rule_test *t, enum key_algorithm algorithm)
{
	static struct key *keys[KEY_ED25519 + 1];
	if (!keys[algorithm])
		assert_int_equal(key_generate(&keys[algorithm], algorithm, 2048, NULL), 0);
	t->request.key = key_public(keys[algorithm]);
}

static struct bytes unhex(struct rule_test *t, const char *hex)
{
	struct buffer value = BUFFER_MAX(4096);
	struct bytes copy;
	assert_int_equal(hex_decode(&value, bytes_text(hex)), 0);
	assert_int_equal(arena_bytes(t->arena, buffer_bytes(&value), &copy), 0);
	buffer_free(&value);
	return copy;
}

void lint_case_rsa(struct rule_test *t, const char *modulus, const char *exponent)
{
	pubkey_free(made);
	assert_int_equal(pubkey_from_rsa(&made, unhex(t, modulus), unhex(t, exponent), NULL), 0);
	t->request.key = made;
}

void lint_case_valid(struct rule_test *t, int64_t days, int64_t seconds)
{
	int64_t now = clock_now();
	signet_draft_set_validity(t->draft, now, now + days * DAY + seconds - 1);
}

void lint_case_draft(struct rule_test *t)
{
	clock_freeze(LINT_CASE_NOW);
	rule_draft(t, "CN=www.example.com,C=DE", "dns:www.example.com", "dns:*.example.com",
	           "ip:1.1.1.1", NULL);
	lint_case_valid(t, DAYS_GOOD, 0);
	lint_case_key(t, KEY_P256);
	lint_case_set(t, OID_KEY_USAGE, true, "03020780");
	lint_case_set(t, OID_EXT_KEY_USAGE, false, "300a06082b06010505070301");
	lint_case_set(t, OID_BASIC_CONSTRAINTS, true, "3000");
	/* 2.23.140.1.2.1 with a CPS, http://a.example/ */
	lint_case_set(t, OID_CERTIFICATE_POLICIES, false,
	              "302b3029060667810c010201301f301d06082b060105050702011611"
	              "687474703a2f2f612e6578616d706c652f");
	/* http://a.example/, twice */
	lint_case_set(t, OID_CRL_DISTRIBUTION, false,
	              "30193017a015a0138611687474703a2f2f612e6578616d706c652f");
	lint_case_set(t, OID_AUTHORITY_INFO, false,
	              "301f301d06082b060105050730028611687474703a2f2f612e6578616d706c652f");
}

static void apply(struct rule_test *t, const struct lint_case *c)
{
	size_t count = 0;
	struct bytes subject;
	if (c->subject) {
		assert_int_equal(name_from_text(t->arena, c->subject, &subject, NULL), 0);
		assert_int_equal(signet_draft_set_subject(t->draft, subject), 0);
	}
	while (count < LINT_CASE_NAMES && c->names[count].value.data)
		count++;
	if (count)
		assert_int_equal(signet_draft_set_alt_names(t->draft, c->names, count), 0);
	if (c->oid && c->value)
		lint_case_set(t, *c->oid, c->critical, c->value);
	else if (c->oid)
		assert_int_equal(signet_draft_remove_extension(t->draft, *c->oid), 0);
	if (c->change)
		c->change(t);
}

/* A check that is not asked, since the draft has nothing of what it looks at, would find nothing. */
static void nothing_is_hidden(struct rule_test *t)
{
	static const struct lint_check *const tables[] = {
		lint_rfc5280_names, lint_rfc5280, lint_cabf, lint_cabf_subject,
		lint_cabf_extensions, lint_unicode};
	struct lint lint;
	if (lint_open(&lint, &t->request, t->draft, NULL))
		return;
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		for (const struct lint_check *check = tables[i]; check->id; check++)
			if (check->scope & lint.scopes && check->needs & ~lint.facts &&
			    check->check(&lint))
				fail_msg("%s is not asked: %s", check->id, lint.detail);
}

/* The change in a draft that has little else. */
static void check_plain(struct rule_test *t, const struct lint_case *c)
{
	rule_draft(t, "CN=www.example.com", "dns:www.example.com", NULL);
	lint_case_valid(t, DAYS_GOOD, 0);
	lint_case_key(t, KEY_P256);
	nothing_is_hidden(t);
	apply(t, c);
	nothing_is_hidden(t);
}

static void check_case(const struct lint_case *c)
{
	static const char others[] = "{rfc5280: ignore, unicode: ignore, severity: {%s: deny}}";
	struct rule_test t;
	struct arena *arena = arena_new(4096);
	rule_open(&t, &policy_lint, arena_printf(arena, others, c->id));
	lint_case_draft(&t);
	apply(&t, c);
	enum signet_decision decision = rule_check(&t);
	const char *wanted = arena_printf(arena, "%s: %s", c->id, c->found ? c->found : "");
	if (decision != (c->found ? SIGNET_DENY : SIGNET_PASS))
		fail_msg("%s: %s", c->id, c->found ? "not found" : t.verdict.message);
	if (c->found && (*c->found ? strcmp(t.verdict.message, wanted)
	                           : strncmp(t.verdict.message, wanted, strlen(wanted))))
		fail_msg("%s, but wanted %s", t.verdict.message, wanted);
	nothing_is_hidden(&t);
	check_plain(&t, c);
	rule_close(&t);
	arena_free(arena);
	pubkey_free(made);
	made = NULL;
	clock_freeze(0);
}

void lint_cases(const struct lint_case *cases, size_t count, const struct lint_check *checks)
{
	for (size_t i = 0; i < count; i++)
		check_case(&cases[i]);
	for (; checks->id; checks++) {
		size_t i = 0;
		while (i < count && (!cases[i].found || strcmp(cases[i].id, checks->id) != 0))
			i++;
		if (i == count)
			fail_msg("%s: no draft for it", checks->id);
	}
}
