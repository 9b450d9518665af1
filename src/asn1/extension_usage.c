/* keyUsage and extKeyUsage (RFC 5280 sections 4.2.1.3, 4.2.1.12). */
#include "asn1/extension.h"

#include "asn1/extension_list.h"
#include "asn1/oid.h"

#define KEY_USAGE_BITS 9

const char *const key_usage_names[] = {
	"digital-signature", "non-repudiation", "key-encipherment", "data-encipherment",
	"key-agreement", "key-cert-sign", "crl-sign", "encipher-only", "decipher-only", NULL,
};

int key_usage_encode(struct buffer *out, unsigned mask)
{
	uint8_t bits[2] = {0};
	unsigned last = 0;
	if (mask == 0 || mask >> KEY_USAGE_BITS)
		return SIGNET_E_INVALID;
	for (unsigned i = 0; i < KEY_USAGE_BITS; i++) {
		if (mask >> i & 1) {
			bits[i / 8] |= (uint8_t)(0x80 >> i % 8);
			last = i;
		}
	}
	/* a named bit list ends with its last set bit (X.690 section 11.2.2) */
	struct der_writer w = der_write(out);
	der_put_bits(&w, bytes_make(bits, last / 8 + 1), 7 - last % 8);
	return der_writer_finish(&w);
}

int key_usage_decode(struct bytes value, unsigned *mask)
{
	struct der der = der_open(value);
	struct bytes bits;
	unsigned unused, found = 0;
	if (der_bits(&der, &bits, &unused) || der_finish(&der) || bits.length == 0 ||
	    bits.length * 8 - unused > KEY_USAGE_BITS ||
	    !(bits.data[bits.length - 1] >> unused & 1))
		return SIGNET_E_INVALID;
	for (unsigned i = 0; i < bits.length * 8; i++)
		if (bits.data[i / 8] & 0x80 >> i % 8)
			found |= 1u << i;
	*mask = found;
	return 0;
}

int ext_key_usage_encode(struct buffer *out, const struct bytes *oids, size_t count)
{
	if (count == 0)
		return SIGNET_E_INVALID;
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	for (size_t i = 0; i < count; i++)
		der_put_oid(&w, oids[i]);
	der_end(&w);
	return der_writer_finish(&w);
}

int ext_key_usage_decode(struct arena *arena, struct bytes value, struct bytes **oids,
                         size_t *count)
{
	struct der list;
	size_t n;
	int result = extension_list_open(value, &list, &n);
	if (result)
		return result;
	struct bytes *array = arena_array(arena, n, sizeof *array);
	if (!array)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < n; i++)
		if (der_oid(&list, &array[i]))
			return SIGNET_E_INVALID;
	*oids = array;
	*count = n;
	return 0;
}

/* Of the names that oid.h has, which are not for purposes alone. */
static bool is_purpose(struct bytes oid)
{
	static const uint8_t id_kp[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03};
	return bytes_equal(oid, OID_ANY_EXT_KEY_USAGE) || bytes_equal(oid, OID_SMARTCARD_LOGON) ||
	       (oid.length > sizeof id_kp && memcmp(oid.data, id_kp, sizeof id_kp) == 0);
}

int ext_key_usage_from_text(struct arena *arena, const char *text, struct bytes *oid)
{
	bool dotted = text[0] >= '0' && text[0] <= '9';
	struct bytes found;
	int result = oid_from_text(arena, text, &found);
	if (result)
		return result;
	if (!dotted && !is_purpose(found))
		return SIGNET_E_INVALID;
	*oid = found;
	return 0;
}
