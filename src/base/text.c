#include "base/text.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/error.h"
#include "base/limits.h"

size_t text_utf8_length(struct bytes text)
{
	if (!text.length)
		return 0;
	const uint8_t *p = text.data;
	size_t n;
	uint32_t c, least;
	if (p[0] < 0x80)
		return 1;
	if ((p[0] & 0xe0) == 0xc0) {
		n = 2, c = p[0] & 0x1f, least = 0x80;
	} else if ((p[0] & 0xf0) == 0xe0) {
		n = 3, c = p[0] & 0x0f, least = 0x800;
	} else if ((p[0] & 0xf8) == 0xf0) {
		n = 4, c = p[0] & 0x07, least = 0x10000;
	} else {
		return 0;
	}
	if (text.length < n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	return c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : n;
}

bool text_is_utf8(struct bytes text)
{
	while (text.length) {
		size_t n = text_utf8_length(text);
		if (n == 0 || text.data[0] == 0)
			return false;
		text.data += n;
		text.length -= n;
	}
	return true;
}

size_t text_format(char *out, size_t size, const char *format, va_list ap)
{
	int n = vsnprintf(out, size, format, ap);
	size_t length = n < 0 ? 0 : (size_t)n;
	if (length >= size) {
		length = size - 1;
		size_t start = length;
		while (start && length - start < 3 && ((unsigned char)out[start - 1] & 0xc0) == 0x80)
			start--;
		if (start && (unsigned char)out[start - 1] >= 0xc0 &&
		    text_utf8_length(bytes_make(out + start - 1, length - start + 1)) == 0)
			length = start - 1;
	}
	out[length] = '\0';
	return length;
}

bool text_has_control(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if (*p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0)) /* C0, DEL, C1 */
			return true;
	return false;
}

bool text_is_printable(struct bytes text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < 0x20 || text.data[i] > 0x7e)
			return false;
	return true;
}

char text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool text_equal_nocase(const char *a, const char *b)
{
	while (*a && text_lower(*a) == text_lower(*b))
		a++, b++;
	return *a == '\0' && *b == '\0';
}

bool bytes_equal_nocase(struct bytes a, struct bytes b)
{
	if (a.length != b.length)
		return false;
	for (size_t i = 0; i < a.length; i++)
		if (text_lower((char)a.data[i]) != text_lower((char)b.data[i]))
			return false;
	return true;
}

static bool is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-';
}

/* "0x1" is a number to inet_aton(3), and so 127.0.0.0x1 an address to what resolves names. */
static bool is_hex_number(const char *label)
{
	return label[0] == '0' && text_lower(label[1]) == 'x' &&
	       label[2 + strspn(label + 2, "0123456789abcdefABCDEF")] == '\0';
}

bool text_is_dns_name(const char *name, bool wildcard)
{
	if (strlen(name) > LIMIT_DNS_NAME)
		return false;
	if (wildcard && name[0] == '*' && name[1] == '.')
		name += 2;
	for (;;) {
		size_t n = 0;
		bool digits = true;
		while (is_label_char(name[n])) {
			digits &= name[n] >= '0' && name[n] <= '9';
			n++;
		}
		if (n == 0 || n > 63 || name[0] == '-' || name[n - 1] == '-')
			return false;
		if (name[n] == '\0')
			return !digits && !is_hex_number(name);
		if (name[n] != '.')
			return false;
		name += n + 1;
	}
}

/* ".domain" is how the host name ends, with something before it. */
static bool is_below(struct bytes host, const char *domain)
{
	size_t length = strlen(domain), at = host.length - length;
	if (host.length <= length + 1 || host.data[at - 1] != '.')
		return false;
	for (size_t i = 0; i < length; i++)
		if (text_lower((char)host.data[at + i]) != domain[i])
			return false;
	return true;
}

bool text_is_internal_name(struct bytes host)
{
	static const char *const domains[] = {
		"alt", "corp", "example", "home", "home.arpa", "internal", "intranet", "invalid",
		"lan", "local", "localdomain", "localhost", "mail", "onion", "private", "test",
	};
	if (!host.length || !memchr(host.data, '.', host.length))
		return true;
	for (size_t i = 0; i < sizeof domains / sizeof *domains; i++)
		if (is_below(host, domains[i]))
			return true;
	return false;
}

int text_to_uint(const char *text, uint64_t maximum, uint64_t *out)
{
	uint64_t v = 0;
	if (!*text)
		return SIGNET_E_INVALID;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return SIGNET_E_INVALID;
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*text - '0'), &v))
			return SIGNET_E_TOO_BIG;
	}
	if (v > maximum)
		return SIGNET_E_TOO_BIG;
	*out = v;
	return 0;
}

size_t text_to_address(const char *text, uint8_t out[16])
{
	if (inet_pton(AF_INET, text, out) == 1)
		return 4;
	return inet_pton(AF_INET6, text, out) == 1 ? 16 : 0;
}

size_t text_to_peer(const char *text, uint8_t out[16])
{
	char address[INET6_ADDRSTRLEN];
	size_t length = strcspn(text, "%");
	if (length >= sizeof address)
		return 0;
	memcpy(address, text, length);
	address[length] = '\0';
	size_t octets = text_to_address(address, out);
	return octets == 4 && text[length] ? 0 : octets;
}

char *text_from_address(struct bytes address, char *out)
{
	if (address.length != 4 && address.length != 16)
		return NULL;
	int family = address.length == 4 ? AF_INET : AF_INET6;
	return inet_ntop(family, address.data, out, INET6_ADDRSTRLEN) ? out : NULL;
}

static bool prefix_equal(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	if (bits / 8 && memcmp(a, b, bits / 8) != 0)
		return false;
	unsigned rest = bits % 8;
	return rest == 0 || ((a[bits / 8] ^ b[bits / 8]) >> (8 - rest)) == 0;
}

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}; /* ::ffff:0:0/96 */

struct bytes address_unmapped(struct bytes address)
{
	bool is_mapped = address.length == 16 && memcmp(address.data, mapped, sizeof mapped) == 0;
	return is_mapped ? bytes_make(address.data + 12, 4) : address;
}

int text_to_network(const char *text, struct network *out)
{
	char host[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	if (length >= sizeof host)
		return SIGNET_E_INVALID;
	memcpy(host, text, length);
	host[length] = '\0';
	struct network n = {0};
	n.length = (uint8_t)text_to_address(host, n.address);
	if (n.length == 0)
		return SIGNET_E_INVALID;
	uint64_t bits = n.length * 8u;
	if (slash && text_to_uint(slash + 1, n.length * 8u, &bits))
		return SIGNET_E_INVALID;
	n.prefix = (uint8_t)bits;
	if (n.length == 16 && n.prefix >= 96 && memcmp(n.address, mapped, sizeof mapped) == 0) {
		n.length = 4;
		n.prefix -= 96;
		memmove(n.address, n.address + 12, 4);
		memset(n.address + 4, 0, 12);
	}
	for (unsigned i = n.prefix; i < n.length * 8u; i++)
		if (n.address[i / 8] >> (7 - i % 8) & 1)
			return SIGNET_E_INVALID;
	*out = n;
	return 0;
}

bool network_contains(const struct network *network, struct bytes address)
{
	address = address_unmapped(address);
	return address.length == network->length &&
	       prefix_equal(address.data, network->address, network->prefix);
}
