#include "asn1/extension_describe.h"

#include "base/clock.h"

int describe_crl_number(struct buffer *out, struct arena *arena, struct bytes value)
{
	uint64_t number;
	(void)arena;
	int result = crl_number_decode(value, &number);
	return result ? result : buffer_printf(out, "%llu", (unsigned long long)number);
}

int describe_issuing_point(struct buffer *out, struct arena *arena, struct bytes value)
{
	struct issuing_point point;
	int result = issuing_point_decode(arena, value, &point);
	if (result)
		return result;
	const struct {
		bool said;
		const char *text;
	} facts[] = {
		{point.users_only, "end entities only"},
		{point.authorities_only, "authorities only"},
		{point.attributes_only, "attribute certificates only"},
		{point.indirect, "indirect"},
		{point.some_reasons, "some reasons only"},
	};
	size_t shown = 0;
	for (; shown < point.uri_count; shown++) {
		describe_divider(out, shown, "\n");
		buffer_append_bytes(out, point.uris[shown]);
	}
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		if (!facts[i].said)
			continue;
		describe_divider(out, shown++, "\n");
		buffer_append_text(out, facts[i].text);
	}
	return shown ? 0 : buffer_append_text(out, "no URI");
}

/* RFC 5280 section 5.3.1, in the words of signetctl(1) */
static const char *const reasons[] = {
	"unspecified", "key-compromise", "ca-compromise", "affiliation-changed", "superseded",
	"cessation-of-operation", "certificate-hold", "", "remove-from-crl", "privilege-withdrawn",
	"aa-compromise"};

int describe_crl_reason(struct buffer *out, struct arena *arena, struct bytes value)
{
	unsigned reason;
	(void)arena;
	int result = crl_reason_decode(value, &reason);
	return result ? result : buffer_append_text(out, reasons[reason]);
}

int describe_invalidity_date(struct buffer *out, struct arena *arena, struct bytes value)
{
	int64_t date;
	char text[CLOCK_TEXT_SIZE];
	(void)arena;
	int result = invalidity_date_decode(value, &date);
	return result ? result : buffer_append_text(out, clock_format(date, text));
}
