#include <stdlib.h>

#include "asn1/oid.h"
#include "base/text.h"
#include "conf/conf.h"
#include "engine/profile.h"

/* What the built-in profile is, in the words of the configuration. */
static const char definition[] =
	"gateway:\n"
	"  validity: 30d\n"
	"  names: [dns, ip]\n"
	"  key-usage: [digital-signature, key-encipherment]\n"
	"  extended-key-usage: [server-auth]\n";

int profile_make_gateway(struct profile *out, struct arena *arena,
                         const struct authority *authority, struct error *err)
{
	struct conf *conf;
	int result = conf_parse(&conf, "built-in profile", bytes_text(definition), err);
	if (result)
		return result;
	/* nothing of the document is kept: names and values are copied or encoded */
	result = profile_load(out, arena, conf_find(conf_root(conf), PROFILE_GATEWAY), authority, 1,
	                      err);
	conf_free(conf);
	return result;
}

static bool is_own_address(const struct settings *settings, struct bytes address)
{
	uint8_t own[16];
	size_t length = text_to_address(settings->hostname, own);
	if (length && bytes_equal(bytes_make(own, length), address))
		return true;
	for (size_t i = 0; i < settings->listener_count; i++) {
		length = text_to_address(settings->listeners[i].address, own);
		if (length && bytes_equal(bytes_make(own, length), address))
			return true;
	}
	return false;
}

static bool is_own_name(const struct settings *settings, const struct general_name *name)
{
	if (name->kind == GN_IP)
		return is_own_address(settings, name->value);
	size_t length = strlen(settings->hostname);
	if (name->kind != GN_DNS || name->value.length != length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (text_lower((char)name->value.data[i]) != text_lower(settings->hostname[i]))
			return false;
	return true;
}

/* RSA of 3072 bits stands beside P-256 (NIST SP 800-57 part 1, table 2). */
static bool is_strong(const struct pubkey *key)
{
	return pubkey_algorithm(key) != KEY_RSA || pubkey_bits(key) >= 3072;
}

void profile_judge_gateway(const struct settings *settings, const struct signet_request *request,
                           const struct signet_draft *draft, struct signet_verdict *verdict)
{
	size_t count;
	const struct general_name *names = signet_draft_alt_names(draft, &count);
	if (!is_strong(request->key)) {
		signet_deny(verdict, SIGNET_REASON_KEY, "the key is weaker than P-256");
		return;
	}
	if (count == 0) {
		signet_deny(verdict, SIGNET_REASON_NAME, "the request names no host");
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (!is_own_name(settings, &names[i])) {
			signet_deny(verdict, SIGNET_REASON_NAME, "a name is neither the "
			            "configured host name nor a listener's address");
			return;
		}
}
