/* nameConstraints (RFC 5280 section 4.2.1.10), the extension. */
#include "asn1/extension.h"

#include "asn1/name.h"
#include "asn1/name_constraints.h"
#include "base/text.h"

bool subtree_can_apply(enum general_name_kind kind)
{
	return kind == GN_EMAIL || kind == GN_DNS || kind == GN_DIRECTORY || kind == GN_URI ||
	       kind == GN_IP;
}

static bool is_host(struct bytes value)
{
	char text[LIMIT_DNS_NAME + 1];
	if (value.length == 0 || value.length >= sizeof text || memchr(value.data, 0, value.length))
		return false;
	memcpy(text, value.data, value.length);
	text[value.length] = '\0';
	return text_is_dns_name(text, false);
}

/* "host" or ".domain" */
static bool is_host_or_domain(struct bytes value)
{
	if (value.length && value.data[0] == '.')
		value = bytes_make(value.data + 1, value.length - 1);
	return is_host(value);
}

static bool is_email_base(struct bytes value)
{
	const struct general_name mailbox = {GN_EMAIL, value};
	return is_host_or_domain(value) || general_name_check(&mailbox, NULL) == 0;
}

/* Address and mask: one bits first, then zeros (RFC 4632). */
static bool is_network(struct bytes value, bool lenient)
{
	if (value.length != 8 && value.length != 32)
		return false;
	const uint8_t *address = value.data, *mask = value.data + value.length / 2;
	bool ended = false;
	for (size_t i = 0; i < value.length * 4; i++) {
		bool one = mask[i / 8] >> (7 - i % 8) & 1;
		if (one && ended)
			return false;
		ended = !one;
		if (ended && !lenient && address[i / 8] >> (7 - i % 8) & 1)
			return false;
	}
	return true;
}

bool subtree_is_valid(const struct general_name *base, bool lenient)
{
	switch (base->kind) {
	case GN_DNS:
		return base->value.length == 0 || is_host(base->value) ||
		       (lenient && is_host_or_domain(base->value));
	case GN_EMAIL:
		return is_email_base(base->value) || (lenient && base->value.length == 0);
	case GN_URI:
		return is_host_or_domain(base->value) || (lenient && base->value.length == 0);
	case GN_IP:
		return is_network(base->value, lenient);
	case GN_DIRECTORY:
		return name_check(base->value, NULL) == 0;
	default:
		return false;
	}
}

static void put_subtrees(struct der_writer *w, uint8_t tag, const struct general_name *bases,
                         size_t count)
{
	if (count == 0)
		return;
	der_begin(w, tag);
	for (size_t i = 0; i < count; i++) {
		der_begin(w, DER_SEQUENCE);
		general_name_put(w, &bases[i]);
		der_end(w);
	}
	der_end(w);
}

static bool are_valid(const struct general_name *bases, size_t count)
{
	if (count > LIMIT_SUBTREES)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!subtree_is_valid(&bases[i], false))
			return false;
	return true;
}

int name_constraints_encode(struct buffer *out, const struct name_constraints *constraints)
{
	const struct name_constraints *c = constraints;
	if (c->permitted_count + c->excluded_count == 0 ||
	    !are_valid(c->permitted, c->permitted_count) ||
	    !are_valid(c->excluded, c->excluded_count))
		return SIGNET_E_INVALID;
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	put_subtrees(&w, DER_CONTEXT_CONSTRUCTED(0), c->permitted, c->permitted_count);
	put_subtrees(&w, DER_CONTEXT_CONSTRUCTED(1), c->excluded, c->excluded_count);
	der_end(&w);
	return der_writer_finish(&w);
}

/* GeneralSubtree; minimum is 0, which is its DEFAULT, and maximum is not there. */
static int read_subtree(struct der *list, struct general_name *base)
{
	struct der subtree;
	if (der_enter(list, DER_SEQUENCE, &subtree) || general_name_read(&subtree, base, NULL) ||
	    der_finish(&subtree))
		return SIGNET_E_INVALID;
	if (subtree_can_apply(base->kind))
		return subtree_is_valid(base, true) ? 0 : SIGNET_E_INVALID;
	return general_name_check(base, NULL) ? SIGNET_E_INVALID : 0;
}

static int count_subtrees(struct der list, size_t *count)
{
	*count = 0;
	for (; !der_at_end(&list); ++*count)
		if (der_any(&list, NULL, NULL, NULL))
			return SIGNET_E_INVALID;
	if (*count > LIMIT_SUBTREES)
		return SIGNET_E_TOO_BIG;
	return *count ? 0 : SIGNET_E_INVALID;
}

/* The subtrees under this tag, if they are there. */
static int read_subtrees(struct der *der, uint8_t tag, struct arena *arena,
                         struct general_name **out, size_t *count)
{
	struct der list;
	*out = NULL;
	*count = 0;
	if (der_peek(der) != tag)
		return 0;
	if (der_enter(der, tag, &list))
		return SIGNET_E_INVALID;
	int result = count_subtrees(list, count);
	if (result)
		return result;
	*out = arena_array(arena, *count, sizeof **out);
	if (!*out)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < *count; i++)
		if (read_subtree(&list, &(*out)[i]))
			return SIGNET_E_INVALID;
	return 0;
}

int name_constraints_decode(struct arena *arena, struct bytes value,
                            struct name_constraints *out)
{
	struct der der = der_open(value), inside;
	struct name_constraints c;
	if (der_enter(&der, DER_SEQUENCE, &inside) || der_finish(&der) || der_at_end(&inside))
		return SIGNET_E_INVALID;
	int result = read_subtrees(&inside, DER_CONTEXT_CONSTRUCTED(0), arena, &c.permitted,
	                           &c.permitted_count);
	if (result == 0)
		result = read_subtrees(&inside, DER_CONTEXT_CONSTRUCTED(1), arena, &c.excluded,
		                       &c.excluded_count);
	if (result == 0)
		result = der_finish(&inside);
	if (result == 0)
		*out = c;
	return result;
}
