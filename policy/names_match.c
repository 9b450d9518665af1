#include "policy/names_match.h"

#include "api/policy.h"

static bool begins_with(struct bytes text, struct bytes start)
{
	return text.length >= start.length &&
	       (start.length == 0 || memcmp(text.data, start.data, start.length) == 0);
}

static struct bytes behind(struct bytes text, size_t count)
{
	return bytes_make(text.data + count, text.length - count);
}

bool name_is_wildcard(struct bytes name)
{
	return begins_with(name, bytes_text("*."));
}

/* Whether name is ".base" with at least one label before it. */
static bool is_below(struct bytes name, struct bytes base)
{
	return name.length > base.length + 1 && name.data[name.length - base.length - 1] == '.' &&
	       bytes_equal_nocase(behind(name, name.length - base.length), base);
}

bool name_host_fits(struct bytes name, struct bytes pattern)
{
	if (bytes_is_text(pattern, "*"))
		return true;
	if (!name_is_wildcard(pattern))
		return bytes_equal_nocase(name, pattern);
	struct bytes base = behind(pattern, 2);
	if (name_is_wildcard(name) && bytes_equal_nocase(behind(name, 2), base))
		return true;
	return is_below(name_is_wildcard(name) ? behind(name, 2) : name, base);
}

static bool covers_dns(const struct name_set *set, struct bytes name)
{
	for (size_t i = 0; i < set->dns_count; i++)
		if (name_host_fits(name, set->dns[i]))
			return true;
	return false;
}

static bool has_ip(const struct name_set *set, struct bytes address)
{
	for (size_t i = 0; i < set->ip_count; i++)
		if (network_contains(&set->ip[i], address))
			return true;
	return false;
}

/* The part before the "@" is the host's to read. */
typedef bool (*local_fits)(struct bytes local, struct bytes entry);

/* Nearly every host ignores case in it; what is quoted or commented may be another spelling of
 * anything (RFC 5322 section 3.4.1). */
static bool may_be_same_local(struct bytes local, struct bytes entry)
{
	for (size_t i = 0; i < local.length; i++)
		if (strchr("\"\\(),:;<>[]", local.data[i]))
			return true;
	return bytes_equal_nocase(local, entry);
}

/* at: where the "@" of the mailbox stands. An entry is a mailbox, too, or a pattern of domains. */
static bool has_mailbox(const struct name_set *set, struct bytes mailbox, size_t at,
                        local_fits fits)
{
	struct bytes local = bytes_make(mailbox.data, at), domain = behind(mailbox, at + 1);
	for (size_t i = 0; i < set->email_count; i++) {
		struct bytes entry = set->email[i];
		const uint8_t *split = memrchr(entry.data, '@', entry.length);
		if (!split && !name_is_wildcard(domain) && name_host_fits(domain, entry))
			return true;
		if (!split)
			continue;
		struct bytes entry_local = bytes_make(entry.data, (size_t)(split - entry.data));
		if (bytes_equal_nocase(domain, behind(entry, entry_local.length + 1)) &&
		    fits(local, entry_local))
			return true;
	}
	return false;
}

bool name_set_covers_mailbox(const struct name_set *set, struct bytes mailbox)
{
	/* more than one "@": who reads it from the left finds another domain than we do */
	const uint8_t *at = memrchr(mailbox.data, '@', mailbox.length);
	if (!at || at == mailbox.data || memchr(mailbox.data, '@', mailbox.length) != at)
		return false;
	return has_mailbox(set, mailbox, (size_t)(at - mailbox.data), bytes_equal);
}

static bool has_other(const struct name_set *set, struct bytes value)
{
	struct der der = der_open(value);
	struct bytes oid;
	if (der_oid(&der, &oid))
		return false;
	for (size_t i = 0; i < set->other_count; i++)
		if (bytes_equal(oid, set->other[i]))
			return true;
	return false;
}

/* How the names of a kind are compared with the set's; other kinds are equal or not. */
typedef bool compare_name(const struct name_set *set, struct bytes value);
struct comparison {
	compare_name *dns, *email, *uri;
};

static bool holds(const struct comparison *by, const struct name_set *set,
                  const struct general_name *name)
{
	switch (name->kind) {
	case GN_DNS:
		return by->dns(set, name->value);
	case GN_IP:
		return has_ip(set, name->value);
	case GN_EMAIL:
		return by->email(set, name->value);
	case GN_URI:
		return by->uri(set, name->value);
	case GN_OTHER:
		return has_other(set, name->value);
	case GN_X400:
	case GN_DIRECTORY:
	case GN_EDI:
	case GN_REGISTERED_ID:
		break;
	}
	return false;
}

bool name_set_covers(const struct name_set *set, const struct general_name *name)
{
	static const struct comparison covers = {covers_dns, name_set_covers_mailbox,
	                                         name_set_covers_uri};
	return holds(&covers, set, name);
}

/* Whether some name that both stand for exists. */
static bool hosts_meet(struct bytes name, struct bytes pattern)
{
	if (name_host_fits(name, pattern))
		return true;
	if (!name_is_wildcard(name))
		return false;
	struct bytes base = behind(name, 2);
	/* some take a wildcard for one label (RFC 6125 section 6.4.3), some for several */
	struct bytes meant = name_is_wildcard(pattern) ? behind(pattern, 2) : pattern;
	return bytes_equal_nocase(meant, base) || is_below(meant, base);
}

static bool touches_dns(const struct name_set *set, struct bytes name)
{
	for (size_t i = 0; i < set->dns_count; i++)
		if (hosts_meet(name, set->dns[i]))
			return true;
	return false;
}

bool name_set_touches_mailbox(const struct name_set *set, struct bytes mailbox)
{
	const uint8_t *first = memchr(mailbox.data, '@', mailbox.length);
	if (!first || memrchr(mailbox.data, '@', mailbox.length) != first)
		return set->email_count > 0;
	return has_mailbox(set, mailbox, (size_t)(first - mailbox.data), may_be_same_local);
}

bool name_set_touches(const struct name_set *set, const struct general_name *name)
{
	static const struct comparison touches = {touches_dns, name_set_touches_mailbox,
	                                          name_set_touches_uri};
	return holds(&touches, set, name);
}

const struct part_patterns *name_set_part(const struct name_set *set, struct bytes oid)
{
	for (size_t i = 0; i < set->part_count; i++)
		if (bytes_equal(set->parts[i].oid, oid))
			return &set->parts[i];
	return NULL;
}

static bool fits_one(const struct part_patterns *part, const char *value)
{
	for (size_t i = 0; i < part->count; i++)
		if (signet_pattern_fits(NULL, (const char *)part->patterns[i].data, value))
			return true;
	return false;
}

int part_fits(const struct part_patterns *part, struct arena *arena, const char *value)
{
	char *lower = arena_strdup(arena, value);
	if (!lower)
		return SIGNET_E_NOMEM;
	for (char *c = lower; *c; c++)
		*c = text_lower(*c);
	return fits_one(part, lower);
}

int part_may_fit(const struct part_patterns *part, struct arena *arena,
                 const struct name_part *value, const char *text)
{
	const char *folded = name_part_folded(arena, value);
	if (!folded)
		return SIGNET_E_NOMEM;
	return fits_one(part, folded) ? 1 : part_fits(part, arena, text);
}
