#include "profile_world.h"

#include "base/encoding.h"

static const char *hex_of(const struct world *w, const char *oid)
{
	struct bytes der;
	assert_int_equal(oid_from_text(w->f.arena, oid, &der), 0);
	const struct signet_draft_extension *e = world_extension(w, der);
	assert_non_null(e);
	return hex_text(w->f.arena, e->extension.value);
}

/* What a value in ASN.1 becomes. */
static void encodes(struct world *w, const char *value, const char *hex)
{
	world_use(w, arena_printf(w->f.arena, "{extensions: [{oid: 1.2.3, asn1: %s}]}", value));
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_string_equal(hex_of(w, "1.2.3"), hex);
}

static void values_in_hex_are_taken(void **state)
{
	struct world *w = *state;
	world_use(w, "{extensions: [{oid: 1.2.3, hex: 0403010203}, {oid: 1.2.4, critical: true, hex: "
	             "'0500'}]}");
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_string_equal(hex_of(w, "1.2.3"), "0403010203");
	assert_string_equal(hex_of(w, "1.2.4"), "0500");
	struct bytes oid = world_hex(w, BYTES_NONE, "2a04").value;
	assert_true(world_extension(w, oid)->extension.critical);
	assert_int_equal(world_extension(w, oid)->origin, SIGNET_ORIGIN_PROFILE);
}

static void values_in_asn1_are_encoded(void **state)
{
	struct world *w = *state;
	encodes(w, "{boolean: true}", "0101ff");
	encodes(w, "{integer: -129}", "0202ff7f");
	encodes(w, "{enumerated: 5}", "0a0105");
	encodes(w, "{'null': }", "0500");
	encodes(w, "{null: ~}", "0500");
	encodes(w, "{oid: 1.2}", "06012a");
	encodes(w, "{octets: 0a0b}", "04020a0b");
	encodes(w, "{octets: {integer: 1}}", "0403020101");
	encodes(w, "{bits: a0/5}", "030205a0");
	encodes(w, "{utf8: text}", "0c0474657874");
	encodes(w, "{printable: a}", "130161");
	encodes(w, "{utctime: '2026-11-23T12:49:00Z'}", "170d3236313132333132343930305a");
	encodes(w, "{sequence: []}", "3000");
	encodes(w, "{sequence: [{utf8: text}, {integer: 5}, {explicit: {tag: 0, value: {oid: 1.2}}}]}",
	        "300e0c0474657874020105a00306012a");
	encodes(w, "{set: [{integer: 2}, {integer: 1}]}", "3106020101020102");
	encodes(w, "{implicit: {tag: 1, value: {utf8: a}}}", "810161");
	encodes(w, "{implicit: {tag: 2, value: {sequence: [{integer: 1}]}}}", "a203020101");
	encodes(w, "{explicit: {tag: 30, value: {implicit: {tag: 0, value: {octets: ''}}}}}", "be028000");
}

static void mistakes_are_named(void **state)
{
	struct world *w = *state;
	static const char *const cases[][2] = {
		{"{oid: 1.2.3}", "p.extensions: must be a list"},
		{"[1.2.3]", "p.extensions: must be a map"},
		{"[{hex: '0500'}]", "p.extensions: the key 'oid' is missing"},
		{"[{oid: x, hex: '0500'}]", "p.extensions.oid: 'x' is no OID"},
		{"[{oid: 1.2.3}]", "p.extensions: either 'hex' or 'asn1'"},
		{"[{oid: 1.2.3, hex: '0500', asn1: {boolean: true}}]", "either 'hex' or 'asn1'"},
		{"[{oid: 1.2.3, hex: '050'}]", "p.extensions.hex: not hex digits in pairs"},
		{"[{oid: 1.2.3, hex: '05 00'}]", "p.extensions.hex: not hex"},
		{"[{oid: 1.2.3, hex: ''}]", "p.extensions.hex: not one element of DER"},
		{"[{oid: 1.2.3, hex: '0501'}]", "p.extensions.hex: not one element of DER"},
		{"[{oid: 1.2.3, hex: '05000500'}]", "p.extensions.hex: not one element of DER"},
		{"[{oid: 1.2.3, hex: '308005000000'}]", "p.extensions.hex: not one element of DER"},
		{"[{oid: 1.2.3, hex: [a]}]", "p.extensions.hex: must be a single value"},
		{"[{oid: 1.2.3, critical: 1, hex: '0500'}]", "p.extensions.critical: '1'"},
		{"[{oid: 1.2.3, value: '0500'}]", "p.extensions.value: unknown key"},
		{"[{oid: 1.2.3, hex: '0500'}, {oid: 1.2.3, hex: '0500'}]", "is there already"},
		{"[{oid: 1.2.3, asn1: {real: 1}}]", "p.extensions.asn1.real: there is no such type"},
		{"[{oid: 1.2.3, asn1: {}}]", "p.extensions.asn1: a value is a map of one type"},
		{"[{oid: 1.2.3, asn1: {utf8: a, integer: 1}}]", "a value is a map of one type"},
		{"[{oid: 1.2.3, asn1: a}]", "p.extensions.asn1: must be a map"},
		{"[{oid: 1.2.3, asn1: {integer: x}}]", "p.extensions.asn1.integer: "},
		{"[{oid: 1.2.3, asn1: {integer: }}]", "p.extensions.asn1.integer: a value is missing"},
		{"[{oid: 1.2.3, asn1: {integer: [1]}}]", "p.extensions.asn1.integer: must be a single"},
		{"[{oid: 1.2.3, asn1: {'null': x}}]", "p.extensions.asn1.null: "},
		{"[{oid: 1.2.3, asn1: {printable: '*'}}]", "p.extensions.asn1.printable: "},
		{"[{oid: 1.2.3, asn1: {sequence: {utf8: a}}}]", "p.extensions.asn1.sequence: must be a list"},
		{"[{oid: 1.2.3, asn1: {set: [a]}}]", "p.extensions.asn1.set: must be a map"},
		{"[{oid: 1.2.3, asn1: {explicit: {tag: 0}}}]",
		 "p.extensions.asn1.explicit: the key 'value' is missing"},
		{"[{oid: 1.2.3, asn1: {explicit: {value: {utf8: a}}}}]", "the key 'tag' is missing"},
		{"[{oid: 1.2.3, asn1: {implicit: {tag: 31, value: {utf8: a}}}}]",
		 "p.extensions.asn1.implicit.tag: '31'"},
		{"[{oid: 1.2.3, asn1: {implicit: {tag: 1, value: {utf: a}}}}]",
		 "p.extensions.asn1.implicit.value.utf: there is no such type"},
		{"[{oid: 1.2.3, asn1: {implicit: {tag: 1, value: {utf8: a}, class: 2}}}]",
		 "p.extensions.asn1.implicit.class: unknown key"},
		{"[{oid: 1.2.3, asn1: {octets: {octets: {octets: x}}}}]",
		 "p.extensions.asn1.octets.octets.octets: "},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		world_refuses(w, arena_printf(w->f.arena, "{extensions: %s}", cases[i][0]), cases[i][1]);
}

static void extensions_with_a_key_of_their_own_are_refused(void **state)
{
	struct world *w = *state;
	static const char *const cases[][2] = {
		{"2.5.29.17", "subjectAltName has a key of its own, 'names'"},
		{"2.5.29.15", "'key-usage'"}, {"extKeyUsage", "'extended-key-usage'"},
		{"2.5.29.19", "'basic-constraints'"}, {"2.5.29.30", "'name-constraints'"},
		{"2.5.29.32", "'policies'"}, {"2.5.29.36", "'policy-constraints'"},
		{"2.5.29.54", "'inhibit-any-policy'"}, {"2.5.29.31", "'urls'"}, {"2.5.29.46", "'urls'"},
		{"1.3.6.1.5.5.7.1.1", "'urls'"}, {"1.3.6.1.5.5.7.48.1.5", "'ocsp-no-check'"},
		{"1.3.6.1.5.5.7.1.24", "'tls-feature'"}, {"1.3.6.1.4.1.311.21.7", "'ms-template'"},
		{"1.3.6.1.4.1.311.25.2", "'ms-sid'"}, {"2.5.29.14", "made by the engine"},
		{"2.5.29.35", "made by the engine"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		world_refuses(w, arena_printf(w->f.arena, "{extensions: [{oid: %s, hex: '0500'}]}",
		                              cases[i][0]), cases[i][1]);
}

static void a_value_has_a_limit(void **state)
{
	struct world *w = *state;
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LIMIT_CONFIG_FILE);
	buffer_append_text(&text, "{extensions: [{oid: 1.2.3, asn1: {utf8: ");
	for (size_t i = 0; i < LIMIT_CERTIFICATE; i++)
		buffer_append_octet(&text, 'x');
	buffer_append_text(&text, "}}]}");
	world_refuses(w, buffer_text(&text), "p.extensions: the extension is larger than");
	buffer_clear(&text);
	buffer_append_text(&text, "{extensions: [{oid: 1.2.3, asn1: {implicit: {tag: 1, value: {octets: ");
	for (size_t i = 0; i < LIMIT_CERTIFICATE; i++)
		buffer_append_text(&text, "00");
	buffer_append_text(&text, "}}}}]}");
	world_refuses(w, buffer_text(&text), "p.extensions: the extension is larger than");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(values_in_hex_are_taken),
		WORLD_TEST(values_in_asn1_are_encoded),
		WORLD_TEST(mistakes_are_named),
		WORLD_TEST(extensions_with_a_key_of_their_own_are_refused),
		WORLD_TEST(a_value_has_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
