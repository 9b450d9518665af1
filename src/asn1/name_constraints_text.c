#include "asn1/extension.h"

#include <stdio.h>

#include "asn1/name_constraints.h"
#include "base/text.h"

static int read_network(struct arena *arena, const char *text, struct bytes *out,
                        struct error *err)
{
	struct network network;
	uint8_t octets[32] = {0};
	if (text_to_network(text, &network))
		return error_set(err, SIGNET_E_BAD_NAME,
		                 "ip constraint: not a network such as 10.0.0.0/8");
	memcpy(octets, network.address, network.length);
	for (unsigned i = 0; i < network.prefix; i++)
		octets[network.length + i / 8] |= (uint8_t)(0x80 >> i % 8);
	struct bytes value = bytes_make(octets, 2u * network.length);
	return arena_bytes(arena, value, out) ? error_nomem(err) : 0;
}

int name_constraint_from_text(struct arena *arena, const char *text, struct general_name *out,
                              struct error *err)
{
	static const char *const wanted[] = {
		[GN_DNS] = "not a host name, and not empty", [GN_URI] = "not host or .domain",
		[GN_EMAIL] = "not a mailbox, host or .domain"};
	const char *colon = strchr(text, ':');
	const char *kind_name =
		colon ? arena_text(arena, bytes_make(text, (size_t)(colon - text))) : "";
	if (!kind_name)
		return error_nomem(err);
	int kind = general_name_kind_from_name(kind_name);
	if (kind < 0 || !subtree_can_apply((enum general_name_kind)kind))
		return error_set(err, SIGNET_E_BAD_NAME, "name constraint: not of the form "
		                 "kind:value with kind dns, email, uri, ip or directory");
	if (kind == GN_DIRECTORY)
		return general_name_from_text(arena, text, out, err);
	struct general_name base = {.kind = (enum general_name_kind)kind};
	if (kind == GN_IP) {
		int result = read_network(arena, colon + 1, &base.value, err);
		if (result)
			return result;
	} else if (arena_bytes(arena, bytes_text(colon + 1), &base.value)) {
		return error_nomem(err);
	} else if (!subtree_is_valid(&base, false)) {
		return error_set(err, SIGNET_E_BAD_NAME, "%s constraint: %s", kind_name,
		                 wanted[kind]);
	}
	*out = base;
	return 0;
}

static char *network_text(struct arena *arena, struct bytes value)
{
	char address[64];
	size_t half = value.length / 2;
	unsigned prefix = 0;
	if (value.length % 2 || !text_from_address(bytes_make(value.data, half), address))
		return NULL;
	while (prefix < half * 8 && value.data[half + prefix / 8] >> (7 - prefix % 8) & 1)
		prefix++;
	return arena_printf(arena, "ip:%s/%u", address, prefix);
}

char *name_constraint_text(struct arena *arena, const struct general_name *base)
{
	if (base->kind == GN_IP)
		return network_text(arena, base->value);
	const char *text = general_name_text(arena, base);
	return text ? arena_printf(arena, "%s:%s", general_name_kind_name(base->kind), text) : NULL;
}
