#include "asn1/name_constraints.h"

#include "asn1/name.h"
#include "base/text.h"

static struct bytes skip(struct bytes text, size_t count)
{
	return bytes_make(text.data + count, text.length - count);
}

static bool ends_with(struct bytes text, struct bytes end)
{
	return text.length >= end.length &&
	       bytes_equal_nocase(skip(text, text.length - end.length), end);
}

static bool starts_with_dot(struct bytes text)
{
	return text.length && text.data[0] == '.';
}

/* One label at least, a dot, and the domain. */
static bool is_below(struct bytes host, struct bytes domain)
{
	return host.length > domain.length + 1 && ends_with(host, domain) &&
	       host.data[host.length - domain.length - 1] == '.';
}

/* Exactly one label, a dot, and the domain: what a wildcard stands for (RFC 6125 section 6.4.3). */
static bool is_child(struct bytes host, struct bytes domain)
{
	return is_below(host, domain) &&
	       !memchr(host.data, '.', host.length - domain.length - 1);
}

static bool dns_contains(struct bytes base, struct bytes name, enum subtree_side side)
{
	/* a dot before the base is none of the RFC's: it leaves out the domain itself, say some */
	if (starts_with_dot(base) && side == SUBTREE_PERMITTED)
		return name.length > base.length && ends_with(name, base);
	if (starts_with_dot(base))
		base = skip(base, 1);
	if (base.length == 0 || bytes_equal_nocase(name, base) || is_below(name, base))
		return true;
	bool wildcard = name.length > 2 && name.data[0] == '*' && name.data[1] == '.';
	return wildcard && side == SUBTREE_EXCLUDED && is_child(base, skip(name, 2));
}

/* "host" is that host alone, ".domain" what is below the domain (RFC 5280 section 4.2.1.10). An empty
 * base is everything to some and nothing to others. */
static bool host_contains(struct bytes base, struct bytes host, enum subtree_side side)
{
	if (base.length == 0)
		return side == SUBTREE_EXCLUDED;
	if (starts_with_dot(base))
		return is_below(host, skip(base, 1));
	return bytes_equal_nocase(host, base);
}

/* The place of the last one, so that a quoted local part may hold others. */
static const uint8_t *find_at(struct bytes mailbox)
{
	return mailbox.length ? memrchr(mailbox.data, '@', mailbox.length) : NULL;
}

static bool email_contains(struct bytes base, struct bytes mailbox, enum subtree_side side)
{
	const uint8_t *at = find_at(mailbox), *base_at = find_at(base);
	if (!at)
		return side == SUBTREE_EXCLUDED;
	size_t local = (size_t)(at - mailbox.data);
	if (!base_at)
		return host_contains(base, skip(mailbox, local + 1), side);
	size_t base_local = (size_t)(base_at - base.data);
	struct bytes a = bytes_make(mailbox.data, local), b = bytes_make(base.data, base_local);
	/* the case of a local part counts (RFC 5280 section 7.5), but hardly any mail server asks for it */
	bool same = side == SUBTREE_PERMITTED ? bytes_equal(a, b) : bytes_equal_nocase(a, b);
	return same && bytes_equal_nocase(skip(mailbox, local + 1), skip(base, base_local + 1));
}

static size_t find_any(struct bytes text, const char *stops)
{
	size_t i = 0;
	while (i < text.length && !(text.data[i] && strchr(stops, text.data[i])))
		i++;
	return i;
}

bool uri_host(struct bytes uri, struct bytes *host)
{
	char text[LIMIT_DNS_NAME + 1];
	size_t scheme = find_any(uri, ":/?#");
	if (uri.length < scheme + 3 || memcmp(uri.data + scheme, "://", 3) != 0)
		return false;
	struct bytes authority = skip(uri, scheme + 3);
	authority.length = find_any(authority, "/?#");
	/* where readers may find another host than we do, there is none */
	if (find_any(authority, "\\") < authority.length)
		return false;
	size_t at = find_any(authority, "@");
	if (at < authority.length)
		authority = skip(authority, at + 1);
	if (find_any(authority, "@") < authority.length)
		return false;
	size_t length = find_any(authority, ":");
	for (size_t i = length + 1; i < authority.length; i++)
		if (authority.data[i] < '0' || authority.data[i] > '9')
			return false;
	if (length == 0 || length >= sizeof text || memchr(authority.data, 0, length))
		return false;
	memcpy(text, authority.data, length);
	text[length] = '\0';
	if (!text_is_dns_name(text, false))
		return false;
	*host = bytes_make(authority.data, length);
	return true;
}

static bool uri_contains(struct bytes base, struct bytes uri, enum subtree_side side)
{
	struct bytes host;
	return uri_host(uri, &host) ? host_contains(base, host, side) : side == SUBTREE_EXCLUDED;
}

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

struct bytes ip_mapped(struct bytes address)
{
	bool mapped = address.length == 16 &&
	              memcmp(address.data, mapped_prefix, sizeof mapped_prefix) == 0;
	return mapped ? skip(address, 12) : BYTES_NONE;
}

static bool in_network(const uint8_t *network, const uint8_t *mask, struct bytes address)
{
	for (size_t i = 0; i < address.length; i++)
		if ((network[i] ^ address.data[i]) & mask[i])
			return false;
	return true;
}

static bool ip_contains(struct bytes base, struct bytes address, enum subtree_side side)
{
	static const uint8_t ones[12] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	                                 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	size_t half = base.length / 2;
	if (address.length && address.length == half)
		return in_network(base.data, base.data + half, address);
	/* a network of IPv4-mapped addresses excludes the IPv4 addresses, too */
	return side == SUBTREE_EXCLUDED && address.length == 4 && half == 16 &&
	       ip_mapped(bytes_make(base.data, half)).length &&
	       memcmp(base.data + half, ones, sizeof ones) == 0 &&
	       in_network(base.data + 12, base.data + 28, address);
}

bool subtree_contains(const struct general_name *base, const struct general_name *name,
                      enum subtree_side side)
{
	switch (base->kind) {
	case GN_DNS:
		return dns_contains(base->value, name->value, side);
	case GN_EMAIL:
		return email_contains(base->value, name->value, side);
	case GN_URI:
		return uri_contains(base->value, name->value, side);
	case GN_IP:
		return ip_contains(base->value, name->value, side);
	case GN_DIRECTORY:
		return name_begins_with(name->value, base->value, side == SUBTREE_EXCLUDED);
	default:
		return side == SUBTREE_EXCLUDED;
	}
}
