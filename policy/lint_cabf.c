/* CA/Browser Forum, Baseline Requirements: validity, keys and alternative names of TLS servers. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "policy/lint.h"

#define DAY 86400
#define MARCH_2026 1773532800 /* 2026-03-15, 2027-03-15, 2029-03-15 */
#define MARCH_2027 1805068800
#define MARCH_2029 1868227200
#define SIGNING_SLACK (48 * 3600)
#define EXPONENT_MIN 65537
#define ONION_LABEL 56 /* a version 3 onion address (BR appendix B) */

/* Both ends belong to the validity; a second more than a day is another day (section 6.3.2). */
static int check_days(struct lint *lint, int64_t since, int64_t days)
{
	int64_t length = lint->not_after - lint->not_before + 1;
	if (lint->now < since || length <= days * DAY)
		return 0;
	return lint_found(lint, "valid for more than %lld days", (long long)days);
}

static int check_398_days(struct lint *lint)
{
	return check_days(lint, 0, 398);
}

static int check_200_days(struct lint *lint)
{
	return check_days(lint, MARCH_2026, 200);
}

static int check_100_days(struct lint *lint)
{
	return check_days(lint, MARCH_2027, 100);
}

static int check_47_days(struct lint *lint)
{
	return check_days(lint, MARCH_2029, 47);
}

static int check_not_before(struct lint *lint)
{
	if (llabs(lint->not_before - lint->now) <= SIGNING_SLACK)
		return 0;
	return lint_found(lint, "notBefore is more than 48 hours from now");
}

static int check_key_algorithm(struct lint *lint)
{
	enum key_algorithm algorithm = pubkey_algorithm(lint->key);
	if (algorithm != KEY_ED25519)
		return 0;
	return lint_found(lint, "%s keys are not among RSA and ECDSA", key_algorithm_name(algorithm));
}

static int check_rsa_multiple(struct lint *lint)
{
	if (pubkey_algorithm(lint->key) != KEY_RSA || pubkey_bits(lint->key) % 8 == 0)
		return 0;
	return lint_found(lint, "an RSA modulus of %u bits", pubkey_bits(lint->key));
}

static int check_rsa_exponent(struct lint *lint)
{
	if (pubkey_algorithm(lint->key) != KEY_RSA ||
	    pubkey_rsa_exponent(lint->key) >= EXPONENT_MIN)
		return 0;
	return lint_found(lint, "an RSA exponent below 65537");
}

static int check_san_present(struct lint *lint)
{
	for (size_t i = 0; i < lint->name_count; i++)
		if (lint->names[i].kind == GN_DNS || lint->names[i].kind == GN_IP)
			return 0;
	return lint_found(lint, "no dns and no ip among the alternative names");
}

static int check_san_kinds(struct lint *lint)
{
	for (size_t i = 0; i < lint->name_count; i++)
		if (lint->names[i].kind != GN_DNS && lint->names[i].kind != GN_IP)
			return lint_found(lint, "an alternative name of the kind %s",
			                  general_name_kind_name(lint->names[i].kind));
	return 0;
}

static bool ends_with(struct bytes name, const char *end)
{
	size_t length = strlen(end);
	if (name.length < length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (text_lower((char)name.data[name.length - length + i]) != end[i])
			return false;
	return true;
}

/* The dns name that the predicate refuses, if there is one; "*." is cut off. */
static int find_dns(struct lint *lint, bool (*is_bad)(struct bytes name), const char *what)
{
	for (size_t i = 0; i < lint->name_count; i++) {
		struct bytes name = lint->names[i].value;
		if (lint->names[i].kind != GN_DNS)
			continue;
		if (name.length > 2 && memcmp(name.data, "*.", 2) == 0)
			name = bytes_make(name.data + 2, name.length - 2);
		if (is_bad(name))
			return lint_found(lint, "dns \"%s\" %s",
			                  lint_shown(lint, lint->names[i].value), what);
	}
	return 0;
}

static bool is_internal(struct bytes name)
{
	return text_is_internal_name(name) && !ends_with(name, ".onion");
}

static int check_internal(struct lint *lint)
{
	return find_dns(lint, is_internal, "is an internal name");
}

/* IANA's special-purpose address registries (RFC 6890). */
static bool is_reserved(struct bytes address)
{
	static const struct network networks[] = {
		{{0}, 4, 8},
		{{10}, 4, 8},
		{{100, 64}, 4, 10},
		{{127}, 4, 8},
		{{169, 254}, 4, 16},
		{{172, 16}, 4, 12},
		{{192, 0, 0}, 4, 24},
		{{192, 0, 2}, 4, 24},
		{{192, 31, 196}, 4, 24},
		{{192, 52, 193}, 4, 24},
		{{192, 88, 99}, 4, 24},
		{{192, 168}, 4, 16},
		{{192, 175, 48}, 4, 24},
		{{198, 18}, 4, 15},
		{{198, 51, 100}, 4, 24},
		{{203, 0, 113}, 4, 24},
		{{240}, 4, 4},
		{{0}, 16, 127}, /* :: and ::1 */
		{{0, 0x64, 0xff, 0x9b}, 16, 96},
		{{0, 0x64, 0xff, 0x9b, 0, 1}, 16, 48},
		{{1}, 16, 64}, /* 100::/64 */
		{{1, 0, 0, 0, 0, 0, 0, 1}, 16, 64},
		{{0x20, 0x01}, 16, 23},
		{{0x20, 0x01, 0x0d, 0xb8}, 16, 32},
		{{0x20, 0x02}, 16, 16},
		{{0x26, 0x20, 0, 0x4f, 0x80}, 16, 48},
		{{0x3f, 0xff}, 16, 20},
		{{0x5f}, 16, 16},
		{{0xfc}, 16, 7},
		{{0xfe, 0x80}, 16, 10},
	};
	if (address_unmapped(address).length != address.length)
		return true;
	for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
		if (network_contains(&networks[i], address))
			return true;
	return false;
}

static int check_reserved_ip(struct lint *lint)
{
	for (size_t i = 0; i < lint->name_count; i++) {
		if (lint->names[i].kind != GN_IP || !is_reserved(lint->names[i].value))
			continue;
		const char *text = general_name_text(lint->arena, &lint->names[i]);
		return lint_found(lint, "%s is a reserved address", text ? text : "an IP");
	}
	return 0;
}

static bool is_reverse(struct bytes name)
{
	return ends_with(name, ".in-addr.arpa") || ends_with(name, ".ip6.arpa");
}

static int check_reverse(struct lint *lint)
{
	return find_dns(lint, is_reverse, "ends in a zone of addresses");
}

static bool has_underscore(struct bytes name)
{
	return name.length && memchr(name.data, '_', name.length);
}

static int check_underscore(struct lint *lint)
{
	return find_dns(lint, has_underscore, "has an underscore");
}

/* "--" as the third and fourth character of a label that is no A-label (RFC 5890 section 2.3.1). */
static bool has_reserved_label(struct bytes name)
{
	for (size_t i = 0, start = 0; i < name.length; i++) {
		if (name.data[i] == '.')
			start = i + 1;
		if (i == start + 3 && name.data[i] == '-' && name.data[i - 1] == '-' &&
		    (text_lower((char)name.data[start]) != 'x' ||
		     text_lower((char)name.data[start + 1]) != 'n'))
			return true;
	}
	return false;
}

static int check_reserved_label(struct lint *lint)
{
	return find_dns(lint, has_reserved_label, "has a label of a reserved form");
}

static int check_wildcard_registry(struct lint *lint)
{
	for (size_t i = 0; i < lint->name_count; i++) {
		struct bytes name = lint->names[i].value;
		if (lint->names[i].kind == GN_DNS && name.length > 2 &&
		    memcmp(name.data, "*.", 2) == 0 &&
		    !memchr(name.data + 2, '.', name.length - 2))
			return lint_found(lint, "dns \"%s\" stands for a whole top-level domain",
			                  lint_shown(lint, name));
	}
	return 0;
}

static bool is_old_onion(struct bytes name)
{
	static const char end[] = ".onion";
	if (!ends_with(name, end))
		return false;
	size_t length = name.length - (sizeof end - 1), label = 0;
	while (label < length && name.data[length - 1 - label] != '.')
		label++;
	for (size_t i = length - label; i < length; i++) {
		char c = text_lower((char)name.data[i]);
		if (!(c >= 'a' && c <= 'z') && !(c >= '2' && c <= '7'))
			return true;
	}
	return label != ONION_LABEL;
}

static int check_onion(struct lint *lint)
{
	return find_dns(lint, is_old_onion, "is no onion name of version 3");
}

#define SERVER_NAME LINT_SERVER, SIGNET_REASON_NAME
#define SERVER_KEY LINT_SERVER, SIGNET_REASON_KEY
#define SERVER_TIME LINT_SERVER, SIGNET_REASON_VALIDITY

const struct lint_check lint_cabf[] = {
	{"cabf-validity-398d", "BR 6.3.2", SERVER_TIME, check_398_days, 0},
	{"cabf-validity-200d", "BR 6.3.2", SERVER_TIME, check_200_days, 0},
	{"cabf-validity-100d", "BR 6.3.2", SERVER_TIME, check_100_days, 0},
	{"cabf-validity-47d", "BR 6.3.2", SERVER_TIME, check_47_days, 0},
	{"cabf-not-before-48h", "BR 7.1.2.7", SERVER_TIME, check_not_before, 0},
	{"cabf-key-algorithm", "BR 6.1.5", SERVER_KEY, check_key_algorithm, 0},
	{"cabf-rsa-multiple-of-8", "BR 6.1.5", SERVER_KEY, check_rsa_multiple, LINT_HAS_RSA},
	{"cabf-rsa-exponent", "BR 6.1.6", SERVER_KEY, check_rsa_exponent, LINT_HAS_RSA},
	{"cabf-san-present", "BR 7.1.2.7.12", SERVER_NAME, check_san_present, 0},
	{"cabf-san-kinds", "BR 7.1.2.7.12", SERVER_NAME, check_san_kinds, 0},
	{"cabf-no-internal-names", "BR 4.2.2, 7.1.2.7.12", SERVER_NAME, check_internal,
	 LINT_HAS_DNS},
	{"cabf-no-reserved-ip", "BR 4.2.2, 7.1.2.7.12", SERVER_NAME, check_reserved_ip,
	 LINT_HAS_IP},
	{"cabf-no-reverse-zone", "BR 4.2.2", SERVER_NAME, check_reverse, LINT_HAS_DNS},
	{"cabf-underscore", "BR 7.1.2.7.12", SERVER_NAME, check_underscore, LINT_HAS_ODD_NAME},
	{"cabf-reserved-label", "BR 7.1.2.7.12, RFC 5890 2.3.1", SERVER_NAME, check_reserved_label,
	 LINT_HAS_ODD_NAME},
	{"cabf-wildcard-registry", "BR 3.2.2.6", SERVER_NAME, check_wildcard_registry,
	 LINT_HAS_ODD_NAME},
	{"cabf-onion-v3", "BR B", SERVER_NAME, check_onion, LINT_HAS_DNS},
	{NULL, NULL, 0, SIGNET_REASON_NONE, NULL, 0},
};
