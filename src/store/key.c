#include "store/store.h"

#include <endian.h>

void store_key_begin(struct store_key *key)
{
	key->length = 0;
	key->overflow = false;
}

void store_key_u64(struct store_key *key, uint64_t number)
{
	number = htobe64(number);
	store_key_bytes(key, bytes_make(&number, sizeof number));
}

void store_key_bytes(struct store_key *key, struct bytes bytes)
{
	if (key->overflow || bytes.length > sizeof key->data - key->length) {
		key->overflow = true;
		return;
	}
	if (bytes.length)
		memcpy(key->data + key->length, bytes.data, bytes.length);
	key->length += bytes.length;
}

struct bytes store_key_get(const struct store_key *key)
{
	/* a key that every call refuses for its length */
	static const uint8_t too_long[STORE_KEY_MAX + 1];
	return key->overflow ? BYTES_OF(too_long) : bytes_make(key->data, key->length);
}

struct store_key store_key_number(uint64_t number)
{
	struct store_key key;
	store_key_begin(&key);
	store_key_u64(&key, number);
	return key;
}

uint64_t store_key_to_u64(struct bytes octets)
{
	uint64_t number;
	if (octets.length < sizeof number)
		return 0;
	memcpy(&number, octets.data, sizeof number);
	return be64toh(number);
}
