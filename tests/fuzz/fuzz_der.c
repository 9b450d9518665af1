/*
 * The DER reader: what it takes is inside of the input, what it refuses it
 * does not move over, and the writer makes the same octets of each value.
 */
#include <string.h>

#include "asn1/der_describe.h"
#include "asn1/der_string.h"
#include "asn1/oid.h"
#include "tests/fuzz/fuzz.h"

#define MAX (1u << 20)

static struct arena *arena;
static struct buffer out = BUFFER_MAX(MAX);

/* The writer's output is what the reader took. */
static void is_written_as(const struct der *before, const struct der *after)
{
	size_t length = (size_t)(after->at - before->at);
	FUZZ_CHECK(bytes_equal(buffer_bytes(&out), bytes_make(before->at, length)));
	buffer_clear(&out);
}

static void stays(const struct der *before, const struct der *after)
{
	FUZZ_CHECK(before->at == after->at && before->end == after->end);
}

static void read_numbers(struct der start)
{
	struct der der = start;
	struct der_writer w = der_write(&out);
	struct bytes integer;
	uint64_t number;
	bool truth;
	if (der_uint(&der, &number) == 0) {
		der_put_uint(&w, number);
		is_written_as(&start, &der);
	} else {
		stays(&start, &der);
	}
	der = start;
	if (der_integer(&der, &integer) == 0) {
		der_put(&w, DER_INTEGER, integer);
		is_written_as(&start, &der);
		if (integer.data[0] < 0x80) {
			der_put_magnitude(&w, integer);
			is_written_as(&start, &der);
		}
	} else {
		stays(&start, &der);
	}
	der = start;
	if (der_boolean(&der, &truth) == 0) {
		der_put_boolean(&w, truth);
		is_written_as(&start, &der);
	} else {
		stays(&start, &der);
	}
}

static void read_oid(struct der start)
{
	struct der der = start;
	struct der_writer w = der_write(&out);
	struct bytes oid, again = BYTES_NONE;
	if (der_oid(&der, &oid)) {
		stays(&start, &der);
		return;
	}
	der_put_oid(&w, oid);
	is_written_as(&start, &der);
	const char *text = oid_to_text(arena, oid);
	FUZZ_CHECK(text && oid_from_text(arena, text, &again) == 0 && bytes_equal(oid, again));
}

static void read_others(struct der start)
{
	struct der der = start;
	struct der_writer w = der_write(&out);
	struct bytes bits;
	unsigned unused;
	int64_t seconds, again;
	if (der_bits(&der, &bits, &unused) == 0) {
		der_put_bits(&w, bits, unused);
		is_written_as(&start, &der);
	} else {
		stays(&start, &der);
	}
	der = start;
	if (der_time(&der, &seconds) == 0) {
		/* a GeneralizedTime before 2050 is written as UTCTime */
		der_put_time(&w, seconds);
		struct der back = der_open(buffer_bytes(&out));
		FUZZ_CHECK(der_writer_finish(&w) == 0 && der_time(&back, &again) == 0 &&
		           again == seconds);
		buffer_clear(&out);
	} else {
		stays(&start, &der);
	}
}

static void read_string(uint8_t tag, struct bytes content)
{
	size_t characters;
	const char *text = der_string_text(arena, tag, content);
	FUZZ_CHECK((text != NULL) == (der_string_check(tag, content, &characters) == 0));
	if (text)
		FUZZ_CHECK(der_string_check(DER_UTF8_STRING, bytes_text(text), NULL) == 0);
}

/* Every element of the tree, as every type. */
static void walk(struct bytes in, unsigned depth)
{
	struct der der = der_open(in);
	while (depth <= LIMIT_DER_DEPTH) {
		struct der start = der;
		struct der_writer w = der_write(&out);
		struct bytes content, whole;
		uint8_t tag;
		read_numbers(start);
		read_oid(start);
		read_others(start);
		if (der_any(&der, &tag, &content, &whole)) {
			stays(&start, &der);
			return;
		}
		FUZZ_CHECK(whole.data == start.at && whole.data + whole.length == der.at);
		FUZZ_CHECK(content.data + content.length == der.at && der.at <= der.end);
		FUZZ_CHECK(der_size(content.length) == whole.length);
		der_put(&w, tag, content);
		is_written_as(&start, &der);
		der_begin(&w, tag);
		der_put_raw(&w, content);
		der_end(&w);
		is_written_as(&start, &der);
		read_string(tag, content);
		walk(content, depth + 1);
		arena_clear(arena);
	}
}

/* One element of DER is shown on one line, anything else is not. */
static void show(struct bytes in)
{
	struct der der = der_open(in);
	bool one = der_check(in) == 0 && der_any(&der, NULL, NULL, NULL) == 0 && der_at_end(&der);
	int result = der_describe(&out, arena, in);
	FUZZ_CHECK(result == (one ? 0 : SIGNET_E_INVALID) && (one || out.length == 0));
	for (size_t i = 0; i < out.length; i++)
		FUZZ_CHECK(out.data[i] >= 0x20 && out.data[i] != 0x7f);
	buffer_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct bytes in = {data, length};
	arena = arena_new(MAX * 8);
	FUZZ_CHECK(arena);
	walk(in, 0);
	if (der_check(in) == 0) {
		struct der der = der_open(in);
		while (!der_at_end(&der))
			FUZZ_CHECK(der_any(&der, NULL, NULL, NULL) == 0);
	}
	show(in);
	arena_free(arena);
	buffer_free(&out);
	return 0;
}
