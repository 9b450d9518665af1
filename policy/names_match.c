#include "policy/names_match.h"

#include "api/policy.h"

static bool equal_nocase(struct bytes a, struct bytes b)
{
	if (a.length != b.length)
		return false;
	for (size_t i = 0; i < a.length; i++)
		if (text_lower((char)a.data[i]) != text_lower((char)b.data[i]))
			return false;
	return true;
}

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
	       equal_nocase(behind(name, name.length - base.length), base);
}

/* One host name against one pattern; a wildcard name matches when all that it stands for does. */
static bool matches_host(struct bytes name, struct bytes pattern)
{
	if (bytes_is_text(pattern, "*"))
		return true;
	if (!name_is_wildcard(pattern))
		return equal_nocase(name, pattern);
	struct bytes base = behind(pattern, 2);
	if (name_is_wildcard(name) && equal_nocase(behind(name, 2), base))
		return true;
	return is_below(name_is_wildcard(name) ? behind(name, 2) : name, base);
}

static bool covers_dns(const struct name_set *set, struct bytes name)
{
	for (size_t i = 0; i < set->dns_count; i++)
		if (matches_host(name, set->dns[i]))
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

/* at: where the "@" of the mailbox stands. An entry is a mailbox, too, or a pattern of domains. */
static bool has_mailbox(const struct name_set *set, struct bytes mailbox, size_t at)
{
	struct bytes domain = behind(mailbox, at + 1);
	for (size_t i = 0; i < set->email_count; i++) {
		struct bytes entry = set->email[i];
		const uint8_t *split = memrchr(entry.data, '@', entry.length);
		if (!split && !name_is_wildcard(domain) && matches_host(domain, entry))
			return true;
		/* the part before the "@" is the host's to read: it is compared as it is */
		if (split && at == (size_t)(split - entry.data) &&
		    memcmp(entry.data, mailbox.data, at) == 0 &&
		    equal_nocase(domain, behind(entry, at + 1)))
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
	return has_mailbox(set, mailbox, (size_t)(at - mailbox.data));
}

/* Whether the path has "." or ".." segments, which let a URI leave the place where it begins;
 * "%2e" is a way to write the dot (RFC 3986 section 6.2.2). */
static bool has_dot_segment(struct bytes uri)
{
	size_t dots = 0, others = 0;
	bool inside = false; /* of a segment behind a slash */
	for (size_t i = 0; i <= uri.length; i++) {
		char c = i < uri.length ? (char)uri.data[i] : '\0';
		if (c == '/' || c == '?' || c == '#' || c == '\\' || c == '\0') {
			if (inside && others == 0 && (dots == 1 || dots == 2))
				return true;
			if (c == '?' || c == '#')
				return false;
			inside = true;
			dots = others = 0;
		} else if (c == '.') {
			dots++;
		} else if (c == '%' && uri.length - i > 2 && uri.data[i + 1] == '2' &&
		           text_lower((char)uri.data[i + 2]) == 'e') {
			dots++;
			i += 2;
		} else {
			others++;
		}
	}
	return false;
}

static bool matches_uri(struct bytes uri, struct bytes start)
{
	if (!begins_with(uri, start))
		return false;
	uint8_t last = start.data[start.length - 1];
	if (uri.length == start.length || last == '/')
		return true;
	/* "https://host:" would let "https://host:x@elsewhere/" in */
	if (last == ':' && !memmem(start.data, start.length, "//", 2))
		return true;
	uint8_t next = uri.data[start.length];
	return next == '/' || next == '?' || next == '#';
}

static bool covers_uri(const struct name_set *set, struct bytes uri)
{
	if (has_dot_segment(uri))
		return false;
	for (size_t i = 0; i < set->uri_count; i++)
		if (matches_uri(uri, set->uri[i]))
			return true;
	return false;
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

bool name_set_covers(const struct name_set *set, const struct general_name *name)
{
	switch (name->kind) {
	case GN_DNS:
		return covers_dns(set, name->value);
	case GN_IP:
		return has_ip(set, name->value);
	case GN_EMAIL:
		return name_set_covers_mailbox(set, name->value);
	case GN_URI:
		return covers_uri(set, name->value);
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


/* Whether some name that both stand for exists. */
static bool hosts_meet(struct bytes name, struct bytes pattern)
{
	if (matches_host(name, pattern))
		return true;
	if (!name_is_wildcard(name))
		return false;
	struct bytes base = behind(name, 2);
	/* some take a wildcard for one label (RFC 6125 section 6.4.3), some for several */
	struct bytes meant = name_is_wildcard(pattern) ? behind(pattern, 2) : pattern;
	return equal_nocase(meant, base) || is_below(meant, base);
}

static bool any_host_meets(const struct bytes *patterns, size_t count, struct bytes name)
{
	for (size_t i = 0; i < count; i++)
		if (hosts_meet(name, patterns[i]))
			return true;
	return false;
}

bool name_set_touches_mailbox(const struct name_set *set, struct bytes mailbox)
{
	const uint8_t *first = memchr(mailbox.data, '@', mailbox.length);
	if (!first || memrchr(mailbox.data, '@', mailbox.length) != first)
		return set->email_count > 0;
	return has_mailbox(set, mailbox, (size_t)(first - mailbox.data));
}

/* The host of a URI's authority (RFC 3986 section 3.2), in doubt the whole of it. */
static struct bytes host_of(struct bytes uri)
{
	const uint8_t *start = memmem(uri.data, uri.length, "//", 2);
	if (!start)
		return BYTES_NONE;
	struct bytes host = behind(uri, (size_t)(start - uri.data) + 2);
	for (size_t i = 0; i < host.length; i++)
		if (strchr("/?#\\", host.data[i]))
			host.length = i;
	const uint8_t *at = host.length ? memrchr(host.data, '@', host.length) : NULL;
	if (at)
		host = behind(host, (size_t)(at - host.data) + 1);
	const uint8_t *port = host.length && host.data[0] != '['
		? memchr(host.data, ':', host.length) : NULL;
	if (port)
		host.length = (size_t)(port - host.data);
	if (host.length && host.data[host.length - 1] == '.')
		host.length--;
	return host;
}

static bool begins_with_nocase(struct bytes text, struct bytes start)
{
	return text.length >= start.length &&
	       equal_nocase(bytes_make(text.data, start.length), start);
}

static bool touches_uri(const struct name_set *set, struct bytes uri)
{
	struct bytes host = host_of(uri);
	for (size_t i = 0; i < set->uri_count; i++) {
		struct bytes entry = set->uri[i];
		if (memchr(entry.data, ':', entry.length) ? begins_with_nocase(uri, entry)
		                                          : matches_host(host, entry))
			return true;
	}
	return set->uri_count && has_dot_segment(uri);
}

bool name_set_touches(const struct name_set *set, const struct general_name *name)
{
	switch (name->kind) {
	case GN_DNS:
		return any_host_meets(set->dns, set->dns_count, name->value);
	case GN_IP:
		return has_ip(set, name->value);
	case GN_EMAIL:
		return name_set_touches_mailbox(set, name->value);
	case GN_URI:
		return touches_uri(set, name->value);
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

const struct part_patterns *name_set_part(const struct name_set *set, struct bytes oid)
{
	for (size_t i = 0; i < set->part_count; i++)
		if (bytes_equal(set->parts[i].oid, oid))
			return &set->parts[i];
	return NULL;
}

int part_fits(const struct part_patterns *part, struct arena *arena, const char *value)
{
	char *lower = arena_strdup(arena, value);
	if (!lower)
		return SIGNET_E_NOMEM;
	for (char *c = lower; *c; c++)
		*c = text_lower(*c);
	for (size_t i = 0; i < part->count; i++)
		if (signet_pattern_fits(NULL, (const char *)part->patterns[i].data, lower))
			return 1;
	return 0;
}
