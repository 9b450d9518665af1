#include "base/encoding.h"

#include "base/error.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int hex_encode(struct buffer *out, struct bytes in)
{
	static const char digits[] = "0123456789abcdef";
	if (in.length > SIZE_MAX / 2)
		return out->error = SIGNET_E_TOO_BIG;
	if (buffer_reserve(out, in.length * 2))
		return out->error;
	for (size_t i = 0; i < in.length; i++) {
		out->data[out->length++] = (uint8_t)digits[in.data[i] >> 4];
		out->data[out->length++] = (uint8_t)digits[in.data[i] & 15];
	}
	return 0;
}

char *hex_text(struct arena *arena, struct bytes in)
{
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(SIZE_MAX / 4);
	return hex_encode(&out, in) ? NULL : arena_text(arena, buffer_bytes(&out));
}

int hex_decode(struct buffer *out, struct bytes text)
{
	if (text.length % 2)
		return SIGNET_E_INVALID;
	if (buffer_reserve(out, text.length / 2))
		return out->error;
	size_t start = out->length;
	for (size_t i = 0; i < text.length; i += 2) {
		int high = hex_digit(text.data[i]), low = hex_digit(text.data[i + 1]);
		if (high < 0 || low < 0) {
			out->length = start;
			return SIGNET_E_INVALID;
		}
		out->data[out->length++] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static int encode64(struct buffer *out, struct bytes in, const char *digits, bool pad)
{
	if (in.length > SIZE_MAX / 2)
		return out->error = SIGNET_E_TOO_BIG;
	size_t rest = in.length % 3;
	if (buffer_reserve(out, in.length / 3 * 4 + (!rest ? 0 : pad ? 4 : rest + 1)))
		return out->error;
	for (size_t i = 0; i < in.length; i += 3) {
		size_t left = in.length - i;
		uint32_t v = (uint32_t)in.data[i] << 16;
		if (left > 1)
			v |= (uint32_t)in.data[i + 1] << 8;
		if (left > 2)
			v |= in.data[i + 2];
		for (size_t k = 0; k < 4; k++) {
			if (k <= left)
				out->data[out->length++] = (uint8_t)digits[v >> (18 - 6 * k) & 63];
			else if (pad)
				out->data[out->length++] = '=';
		}
	}
	return 0;
}

/* The digit's value and one more; 0 for what is none in either alphabet. */
static const uint8_t digits64[256] = {
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8,
	['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
	['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
	['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
	['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
	['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
	['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
	['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62,
};

static int digit64(uint8_t c, bool url)
{
	if (digits64[c])
		return digits64[c] - 1;
	if (c == (url ? '-' : '+'))
		return 62;
	if (c == (url ? '_' : '/'))
		return 63;
	return -1;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What the text decodes to if it is well formed; nothing that is refused counts for more. */
static size_t decoded_length(struct bytes text, bool url)
{
	size_t digits = 0;
	for (size_t i = 0; i < text.length; i++)
		digits += digit64(text.data[i], url) >= 0;
	return digits / 4 * 3 + digits % 4 * 3 / 4;
}

/* pad: '=' up to a multiple of four is required; blanks: white space is skipped. */
static int decode64(struct buffer *out, struct bytes text, bool url, bool pad, bool blanks)
{
	if (buffer_reserve(out, decoded_length(text, url)))
		return out->error;
	size_t start = out->length, digits = 0, padding = 0;
	uint32_t v = 0;
	for (size_t i = 0; i < text.length; i++) {
		uint8_t c = text.data[i];
		if (blanks && is_blank(c))
			continue;
		if (c == '=' && pad) {
			padding++;
			continue;
		}
		int d = digit64(c, url);
		if (d < 0 || padding)
			goto bad;
		v = v << 6 | (uint32_t)d;
		if (++digits % 4 == 0) {
			out->data[out->length++] = (uint8_t)(v >> 16);
			out->data[out->length++] = (uint8_t)(v >> 8);
			out->data[out->length++] = (uint8_t)v;
			v = 0;
		}
	}
	size_t rest = digits % 4;
	if (rest == 1 || (pad && padding != (4 - rest) % 4))
		goto bad;
	if ((rest == 2 && (v & 15)) || (rest == 3 && (v & 3)))
		goto bad;
	if (rest == 2)
		out->data[out->length++] = (uint8_t)(v >> 4);
	if (rest == 3) {
		out->data[out->length++] = (uint8_t)(v >> 10);
		out->data[out->length++] = (uint8_t)(v >> 2);
	}
	return 0;
bad:
	out->length = start;
	return SIGNET_E_INVALID;
}

int base64_encode(struct buffer *out, struct bytes in)
{
	return encode64(out, in, alphabet, true);
}

int base64_decode(struct buffer *out, struct bytes text)
{
	return decode64(out, text, false, true, false);
}

int base64_decode_lines(struct buffer *out, struct bytes text)
{
	return decode64(out, text, false, true, true);
}

int base64url_encode(struct buffer *out, struct bytes in)
{
	return encode64(out, in, url_alphabet, false);
}

char *base64url_text(struct arena *arena, struct bytes in)
{
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(SIZE_MAX / 4);
	return base64url_encode(&out, in) ? NULL : arena_text(arena, buffer_bytes(&out));
}

int base64url_decode(struct buffer *out, struct bytes text)
{
	return decode64(out, text, true, false, false);
}

int base64url_bytes(struct arena *arena, const char *text, struct bytes *out)
{
	_cleanup_buffer_ struct buffer buffer = BUFFER_MAX(SIZE_MAX / 4);
	int result = base64url_decode(&buffer, bytes_text(text));
	return result ? result : arena_bytes(arena, buffer_bytes(&buffer), out);
}

int pem_encode(struct buffer *out, const char *label, struct bytes der)
{
	_cleanup_secret_ struct buffer text = BUFFER_MAX(SIZE_MAX / 4);
	if (base64_encode(&text, der))
		return out->error = text.error;
	/* at once, so that growth leaves no copies of a key behind */
	buffer_reserve(out, text.length + (text.length + 63) / 64 + 2 * strlen(label) + 32);
	buffer_printf(out, "-----BEGIN %s-----\n", label);
	for (size_t at = 0; at < text.length; at += 64) {
		size_t line = text.length - at < 64 ? text.length - at : 64;
		buffer_append(out, text.data + at, line);
		buffer_append_octet(out, '\n');
	}
	return buffer_printf(out, "-----END %s-----\n", label);
}

/* The next place of text that begins a line. */
static const uint8_t *find_line(struct bytes in, const char *text)
{
	const uint8_t *start = in.data, *at;
	size_t length = strlen(text);
	while (in.length >= length && (at = memmem(in.data, in.length, text, length))) {
		if (at == start || at[-1] == '\n' || at[-1] == '\r')
			return at;
		in = bytes_make(at + 1, in.length - (size_t)(at + 1 - in.data));
	}
	return NULL;
}

/* RFC 7468 section 3: printable characters, single blanks or dashes between them; may be empty. */
static bool is_label(struct bytes label)
{
	bool between = false; /* a character was the last, so that a blank or dash may follow */
	for (size_t i = 0; i < label.length; i++) {
		bool separator = label.data[i] == ' ' || label.data[i] == '-';
		if (label.data[i] < 0x20 || label.data[i] > 0x7e || (separator && !between))
			return false;
		between = !separator;
	}
	return between || !label.length;
}

/* Blanks up to a line's end, which is consumed, or up to the end of the text. */
static bool take_line_end(struct bytes *text)
{
	size_t i = 0;
	while (i < text->length && (text->data[i] == ' ' || text->data[i] == '\t'))
		i++;
	if (i < text->length && !is_blank(text->data[i]))
		return false;
	if (i + 1 < text->length && text->data[i] == '\r' && text->data[i + 1] == '\n')
		i++;
	i += i < text->length;
	*text = bytes_make(text->data + i, text->length - i);
	return true;
}

/* The label behind "-----BEGIN " or "-----END " and its dashes, up to the end of the line; rest
 * is moved behind it. */
static bool take_label(struct bytes *rest, struct bytes *label)
{
	static const char dashes[] = "-----";
	const uint8_t *stop = memmem(rest->data, rest->length, dashes, sizeof dashes - 1);
	if (!stop)
		return false;
	*label = bytes_make(rest->data, (size_t)(stop - rest->data));
	stop += sizeof dashes - 1;
	*rest = bytes_make(stop, rest->length - (size_t)(stop - rest->data));
	return is_label(*label) && take_line_end(rest);
}

int pem_decode(struct buffer *out, char *label, size_t label_size, struct bytes *text)
{
	static const char begin[] = "-----BEGIN ", end[] = "-----END ";
	struct bytes rest = *text, name, end_name;
	const uint8_t *at = text->length ? find_line(rest, begin) : NULL;
	if (!at)
		return SIGNET_E_NOT_FOUND;
	const uint8_t *limit = text->data + text->length;
	at += sizeof begin - 1;
	rest = bytes_make(at, (size_t)(limit - at));
	if (!take_label(&rest, &name) || name.length >= label_size)
		return SIGNET_E_INVALID;
	const uint8_t *tail = find_line(rest, end);
	if (!tail)
		return SIGNET_E_INVALID;
	struct bytes body = {rest.data, (size_t)(tail - rest.data)};
	tail += sizeof end - 1;
	rest = bytes_make(tail, (size_t)(limit - tail));
	if (!take_label(&rest, &end_name) || !bytes_equal(name, end_name))
		return SIGNET_E_INVALID;
	int result = base64_decode_lines(out, body);
	if (result)
		return result;
	memcpy(label, name.data, name.length);
	label[name.length] = '\0';
	*text = rest;
	return 0;
}
