#include "engine/scan.h"

/* Wire types of protobuf. */
#define VARINT 0
#define OCTETS 2

static int take_varint(struct bytes *rest, uint64_t *out)
{
	uint64_t value = 0;
	for (size_t i = 0; i < rest->length && i < 10; i++) {
		value |= (uint64_t)(rest->data[i] & 0x7f) << (7 * i);
		if (rest->data[i] < 0x80) {
			*rest = bytes_make(rest->data + i + 1, rest->length - i - 1);
			*out = value;
			return 0;
		}
	}
	return SIGNET_E_CORRUPT;
}

static int take_octets(struct bytes *rest, struct bytes *out)
{
	uint64_t length;
	if (take_varint(rest, &length) || length > rest->length)
		return SIGNET_E_CORRUPT;
	*out = bytes_make(rest->data, (size_t)length);
	*rest = bytes_make(rest->data + length, rest->length - (size_t)length);
	return 0;
}

int scan_record(struct bytes packed, unsigned last, struct scan_field *out)
{
	for (unsigned i = 0; i <= last; i++)
		out[i] = (struct scan_field){0};
	while (packed.length) {
		struct scan_field field = {0};
		uint64_t tag;
		int result = take_varint(&packed, &tag);
		if (result || tag >> 3 > last)
			return result;
		if ((tag & 7) == VARINT)
			result = take_varint(&packed, &field.number);
		else
			result = (tag & 7) == OCTETS ? take_octets(&packed, &field.octets)
			                             : SIGNET_E_CORRUPT;
		if (result)
			return result;
		out[tag >> 3] = field;
	}
	return 0;
}
