/* The comparison of names (RFC 5280 section 7.1). The string preparation of RFC 4518 is approximated:
 * what it makes the same is the same here for ASCII, and widely for the letters of Europe; composed and
 * decomposed characters differ. */
#include "asn1/name.h"

#include "asn1/der_string.h"

/* A string as it is compared, one character after the other. */
struct folded {
	uint8_t tag;
	struct bytes rest;
	bool widely, started;
};

static bool in(uint32_t c, uint32_t first, uint32_t last)
{
	return c >= first && c <= last;
}

/* The small letters of ranges where each stands beside its capital. */
static uint32_t lower_pair(uint32_t c)
{
	bool even = in(c, 0x100, 0x137) || in(c, 0x14a, 0x177) || in(c, 0x460, 0x481) ||
	            in(c, 0x48a, 0x4bf) || in(c, 0x4d0, 0x52f);
	bool odd = in(c, 0x139, 0x148) || in(c, 0x179, 0x17e) || in(c, 0x4c1, 0x4ce);
	return (even && c % 2 == 0) || (odd && c % 2 == 1) ? c + 1 : c;
}

static uint32_t lower_widely(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} singles[] = {{0x130, 'i'}, {0x17f, 's'}, {0x178, 0xff}, {0x386, 0x3ac}, {0x38c, 0x3cc},
	               {0x38e, 0x3cd}, {0x38f, 0x3ce}, {0x3c2, 0x3c3}, {0x4c0, 0x4cf}};
	for (size_t i = 0; i < sizeof singles / sizeof *singles; i++)
		if (singles[i].from == c)
			return singles[i].to;
	if ((in(c, 0xc0, 0xde) && c != 0xd7) || in(c, 0x391, 0x3ab) || in(c, 0x410, 0x42f))
		return c + 0x20;
	if (in(c, 0x388, 0x38a))
		return c + 0x25;
	return in(c, 0x400, 0x40f) ? c + 0x50 : lower_pair(c);
}

static bool is_blank(const struct folded *f, uint32_t c)
{
	return c == ' ' || (f->widely && (c == 0xa0 || c == 0x1680 || in(c, 0x2000, 0x200a) ||
	                                  c == 0x202f || c == 0x205f || c == 0x3000));
}

static bool has_no_width(uint32_t c)
{
	return c == 0xad || in(c, 0x200b, 0x200f) || in(c, 0x202a, 0x202e) ||
	       in(c, 0x2060, 0x2064) || in(c, 0xfe00, 0xfe0f) || c == 0xfeff;
}

static bool next_char(struct folded *f, uint32_t *c)
{
	do {
		if (!der_string_next(f->tag, &f->rest, c))
			return false;
	} while (f->widely && has_no_width(*c));
	if (f->widely && in(*c, 0xff01, 0xff5e))
		*c -= 0xfee0;
	if (in(*c, 'A', 'Z'))
		*c += 'a' - 'A';
	else if (f->widely)
		*c = lower_widely(*c);
	return true;
}

/* 0 at the end. Blanks at both ends are none, and those inside are one. */
static uint32_t next_folded(struct folded *f)
{
	uint32_t c;
	bool blank = false;
	for (;;) {
		struct bytes before = f->rest;
		if (!next_char(f, &c))
			return 0;
		if (is_blank(f, c)) {
			blank = true;
			continue;
		}
		if (!blank || !f->started) {
			f->started = true;
			return c;
		}
		f->rest = before;
		return ' ';
	}
}

static bool is_same_text(const struct name_part *a, const struct name_part *b, bool widely)
{
	struct folded x = {.tag = a->tag, .rest = a->value, .widely = widely};
	struct folded y = {.tag = b->tag, .rest = b->value, .widely = widely};
	uint32_t c;
	do {
		c = next_folded(&x);
		if (c != next_folded(&y))
			return false;
	} while (c);
	return true;
}

char *name_part_folded(struct arena *arena, const struct name_part *part)
{
	struct folded f = {.tag = part->tag, .rest = part->value, .widely = true};
	/* no string type has less than an octet for a character */
	char *text = arena_array(arena, part->value.length + 1, 4), *at = text;
	uint32_t c;
	if (!text)
		return NULL;
	while ((c = next_folded(&f)))
		at = der_string_put(at, c);
	*at = '\0';
	return text;
}

struct rdn {
	struct name_part parts[LIMIT_NAME_PARTS];
	size_t count;
};

/* The next RDN; next holds the part that follows it, if has_next. */
struct rdns {
	struct name_reader reader;
	struct name_part next;
	bool has_next;
};

static struct rdns rdns_open(struct bytes name)
{
	struct rdns rdns = {.reader = name_open(name)};
	rdns.has_next = name_next(&rdns.reader, &rdns.next);
	return rdns;
}

static bool rdns_next(struct rdns *rdns, struct rdn *rdn)
{
	rdn->count = 0;
	while (rdns->has_next && rdn->count < LIMIT_NAME_PARTS) {
		rdn->parts[rdn->count++] = rdns->next;
		rdns->has_next = name_next(&rdns->reader, &rdns->next);
		if (rdns->has_next && !rdns->next.joined)
			break;
	}
	return rdn->count > 0;
}

/* As many parts, and each of a is one of b. */
static bool is_same_rdn(const struct rdn *a, const struct rdn *b, bool widely)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		size_t k = 0;
		while (k < b->count && !(bytes_equal(a->parts[i].oid, b->parts[k].oid) &&
		                         is_same_text(&a->parts[i], &b->parts[k], widely)))
			k++;
		if (k == b->count)
			return false;
	}
	return true;
}

bool name_begins_with(struct bytes name, struct bytes prefix, bool widely)
{
	struct rdns names = rdns_open(name), wanted = rdns_open(prefix);
	struct rdn a, b;
	while (rdns_next(&wanted, &b))
		if (!rdns_next(&names, &a) || !is_same_rdn(&a, &b, widely))
			return false;
	return true;
}

bool name_equal(struct bytes a, struct bytes b)
{
	return bytes_equal(a, b) ||
	       (name_check(a, NULL) == 0 && name_check(b, NULL) == 0 &&
	        name_begins_with(a, b, false) && name_begins_with(b, a, false));
}
