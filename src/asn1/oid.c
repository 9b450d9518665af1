#include "asn1/oid.h"

#include "asn1/der.h"
#include "base/text.h"

#define OID_DEFINE(c_name, dotted, name, ...)                                                     \
	const struct bytes c_name = {(const uint8_t[]){__VA_ARGS__},                              \
	                             sizeof((const uint8_t[]){__VA_ARGS__})};
OID_LIST(OID_DEFINE)
#undef OID_DEFINE

struct known {
	const struct bytes *oid;
	const char *dotted;
	const char *name;
};

#define OID_KNOWN(c_name, dotted_form, short_name, ...) {&c_name, dotted_form, short_name},
static const struct known known[] = {OID_LIST(OID_KNOWN)};
#undef OID_KNOWN

#define KNOWN_COUNT (sizeof known / sizeof *known)

const char *oid_name(struct bytes oid)
{
	for (size_t i = 0; i < KNOWN_COUNT; i++)
		if (bytes_equal(*known[i].oid, oid))
			return known[i].name;
	return NULL;
}

/* An arc of any size, base 128, the lowest digit first. */
struct arc {
	uint8_t digits[LIMIT_OID];
	size_t count;
};

/* arc * factor + addend; false when it grows over LIMIT_OID octets. */
static bool arc_multiply_add(struct arc *arc, unsigned factor, unsigned addend)
{
	unsigned carry = addend;
	for (size_t i = 0; i < arc->count; i++) {
		carry += arc->digits[i] * factor;
		arc->digits[i] = carry & 0x7f;
		carry >>= 7;
	}
	for (; carry; carry >>= 7) {
		if (arc->count == LIMIT_OID)
			return false;
		arc->digits[arc->count++] = carry & 0x7f;
	}
	return true;
}

/* Decimal without superfluous zeros, up to the next dot or the end. */
static bool arc_read(const char **text, struct arc *arc)
{
	const char *at = *text;
	if (*at == '0' && at[1] >= '0' && at[1] <= '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++)
		if (!arc_multiply_add(arc, 10, (unsigned)(*at - '0')))
			return false;
	if (at == *text || (*at && *at != '.'))
		return false;
	*text = *at ? at + 1 : at;
	return *at == '\0' || at[1] != '\0';
}

static bool arc_append(const struct arc *arc, uint8_t *out, size_t *length)
{
	size_t count = arc->count ? arc->count : 1;
	if (count > LIMIT_OID - *length)
		return false;
	for (size_t i = count; i-- > 0;)
		out[(*length)++] = (uint8_t)(arc->digits[i] | (i ? 0x80 : 0));
	return true;
}

/* X.690 section 8.19: the first two arcs share a subidentifier, 40 * first + second. */
static bool encode(const char *text, uint8_t out[LIMIT_OID], size_t *length)
{
	if (text[0] < '0' || text[0] > '2' || text[1] != '.')
		return false;
	unsigned first = (unsigned)(text[0] - '0');
	text += 2;
	struct arc arc = {0};
	if (!*text || !arc_read(&text, &arc))
		return false;
	if (first < 2 && (arc.count > 1 || arc.digits[0] > 39))
		return false;
	if (!arc_multiply_add(&arc, 1, 40 * first))
		return false;
	*length = 0;
	if (!arc_append(&arc, out, length))
		return false;
	while (*text) {
		struct arc next = {0};
		if (!arc_read(&text, &next) || !arc_append(&next, out, length))
			return false;
	}
	return true;
}

int oid_from_text(struct arena *arena, const char *text, struct bytes *out)
{
	for (size_t i = 0; i < KNOWN_COUNT; i++) {
		if (text_equal_nocase(known[i].name, text) || strcmp(known[i].dotted, text) == 0) {
			*out = *known[i].oid;
			return 0;
		}
	}
	uint8_t octets[LIMIT_OID];
	size_t length;
	if (!encode(text, octets, &length))
		return SIGNET_E_INVALID;
	return arena_bytes(arena, bytes_make(octets, length), out);
}

/* A number of any size in decimal, the lowest digit first. 7 bits are at most 2.2 digits. */
struct decimal {
	uint8_t digits[LIMIT_OID * 7 / 3 + 2];
	size_t count;
};

static void decimal_push(struct decimal *number, unsigned seven_bits)
{
	unsigned carry = seven_bits;
	for (size_t i = 0; i < number->count; i++) {
		carry += number->digits[i] * 128u;
		number->digits[i] = (uint8_t)(carry % 10);
		carry /= 10;
	}
	for (; carry; carry /= 10)
		number->digits[number->count++] = (uint8_t)(carry % 10);
}

static bool decimal_is_small(const struct decimal *number, unsigned *value)
{
	*value = 0;
	for (size_t i = number->count; i-- > 0;)
		*value = number->count > 3 ? 1000 : *value * 10 + number->digits[i];
	return *value < 80;
}

static void decimal_subtract_80(struct decimal *number)
{
	int borrow = 80;
	for (size_t i = 0; i < number->count && borrow; i++) {
		int digit = number->digits[i] - borrow % 10;
		borrow /= 10;
		if (digit < 0) {
			digit += 10;
			borrow++;
		}
		number->digits[i] = (uint8_t)digit;
	}
	while (number->count && number->digits[number->count - 1] == 0)
		number->count--;
}

static void decimal_print(struct buffer *out, const struct decimal *number)
{
	if (number->count == 0)
		buffer_append_octet(out, '0');
	for (size_t i = number->count; i-- > 0;)
		buffer_append_octet(out, (uint8_t)('0' + number->digits[i]));
}

static void print_first(struct buffer *out, struct decimal *number)
{
	unsigned value;
	if (decimal_is_small(number, &value)) {
		buffer_printf(out, "%u.%u", value / 40, value % 40);
		return;
	}
	decimal_subtract_80(number);
	buffer_append_text(out, "2.");
	decimal_print(out, number);
}

char *oid_to_text(struct arena *arena, struct bytes oid)
{
	for (size_t i = 0; i < KNOWN_COUNT; i++)
		if (bytes_equal(*known[i].oid, oid))
			return arena_strdup(arena, known[i].dotted);
	if (oid.length == 0 || oid.length > LIMIT_OID || oid.data[oid.length - 1] >= 0x80)
		return NULL;
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(LIMIT_OID * 4 + 4);
	struct decimal number = {0};
	bool first = true, starts = true;
	for (size_t i = 0; i < oid.length; i++) {
		if (starts && oid.data[i] == 0x80)
			return NULL;
		decimal_push(&number, oid.data[i] & 0x7f);
		starts = oid.data[i] < 0x80;
		if (!starts)
			continue;
		if (first) {
			print_first(&out, &number);
		} else {
			buffer_append_octet(&out, '.');
			decimal_print(&out, &number);
		}
		first = false;
		number = (struct decimal){0};
	}
	return out.error ? NULL : arena_text(arena, buffer_bytes(&out));
}
