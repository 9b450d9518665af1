/*
 * The rule `keys`: which public keys are good enough.
 *
 *   rsa       true (default) or false: whether RSA keys are taken at all
 *   rsa-min   fewest bits of an RSA key, 2048 to 8192; 2048 when missing
 *   rsa-max   most bits of an RSA key, 2048 to 8192; 4096 when missing
 *   curves    list of P-256, P-384, P-521; [P-256, P-384] when missing, [] for none
 *   ed25519   true (default) or false
 *
 * RSA exponents below 65537 are denied always (NIST SP 800-56B section 6.2.1.2).
 */
#include <stdlib.h>

#include "api/policy.h"
#include "base/limits.h"

#define RSA_MAX_DEFAULT 4096
#define RSA_EXPONENT_MIN 65537

struct keys {
	bool rsa;
	int64_t rsa_min;
	int64_t rsa_max;
	unsigned curves; /* bit n: enum key_algorithm n is taken */
	bool ed25519;
};

static int read_curves(struct keys *keys, const struct conf_node *node, struct error *err)
{
	static const char *const names[] = {"P-256", "P-384", "P-521", NULL};
	static const enum key_algorithm algorithms[] = {KEY_P256, KEY_P384, KEY_P521};
	keys->curves = 1u << KEY_P256 | 1u << KEY_P384;
	if (!node)
		return 0;
	if (conf_expect(node, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	keys->curves = 0;
	for (size_t i = 0; i < conf_count(node); i++) {
		int choice;
		if (conf_choice(conf_item(node, i), names, &choice, err))
			return SIGNET_E_CONFIG;
		keys->curves |= 1u << algorithms[choice];
	}
	return 0;
}

static int read_keys(struct keys *keys, const struct conf_node *node, struct error *err)
{
	if (conf_get_boolean(node, "rsa", true, &keys->rsa, err) ||
	    conf_get_integer(node, "rsa-min", LIMIT_RSA_BITS_MIN, LIMIT_RSA_BITS_MAX,
	                     LIMIT_RSA_BITS_MIN, &keys->rsa_min, err) ||
	    conf_get_integer(node, "rsa-max", LIMIT_RSA_BITS_MIN, LIMIT_RSA_BITS_MAX,
	                     keys->rsa_min > RSA_MAX_DEFAULT ? keys->rsa_min : RSA_MAX_DEFAULT,
	                     &keys->rsa_max, err) ||
	    conf_get_boolean(node, "ed25519", true, &keys->ed25519, err) ||
	    read_curves(keys, conf_find(node, "curves"), err))
		return SIGNET_E_CONFIG;
	if (keys->rsa_min > keys->rsa_max)
		return conf_error(conf_find(node, "rsa-max"), err, "is less than 'rsa-min'");
	if (!keys->rsa && !keys->curves && !keys->ed25519)
		return conf_error(node, err, "no kind of key is left");
	return 0;
}

static int configure(void **rule, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	struct keys *keys = calloc(1, sizeof *keys);
	(void)host;
	if (!keys)
		return error_nomem(err);
	int result = read_keys(keys, node, err);
	if (result) {
		free(keys);
		return result;
	}
	*rule = keys;
	return 0;
}

static int check_rsa(const struct keys *keys, const struct pubkey *key,
                     struct signet_verdict *verdict)
{
	unsigned bits = pubkey_bits(key);
	if (!keys->rsa)
		return signet_deny(verdict, SIGNET_REASON_KEY, "RSA keys are not accepted");
	if (bits < keys->rsa_min)
		return signet_deny(verdict, SIGNET_REASON_KEY,
		                   "an RSA key of %u bits is too short: at least %lld are wanted",
		                   bits, (long long)keys->rsa_min);
	if (bits > keys->rsa_max)
		return signet_deny(verdict, SIGNET_REASON_KEY,
		                   "an RSA key of %u bits is too long: at most %lld are accepted",
		                   bits, (long long)keys->rsa_max);
	if (pubkey_rsa_exponent(key) < RSA_EXPONENT_MIN)
		return signet_deny(verdict, SIGNET_REASON_KEY,
		                   "an RSA exponent of %llu is too small: at least %d is wanted",
		                   (unsigned long long)pubkey_rsa_exponent(key), RSA_EXPONENT_MIN);
	return 0;
}

static int check(const void *rule, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	const struct keys *keys = rule;
	enum key_algorithm algorithm = pubkey_algorithm(request->key);
	(void)draft;
	switch (algorithm) {
	case KEY_RSA:
		return check_rsa(keys, request->key, verdict);
	case KEY_P256:
	case KEY_P384:
	case KEY_P521:
		if (keys->curves & 1u << algorithm)
			return 0;
		break;
	case KEY_ED25519:
		if (keys->ed25519)
			return 0;
		break;
	}
	return signet_deny(verdict, SIGNET_REASON_KEY, "%s keys are not accepted",
	                   key_algorithm_name(algorithm));
}

static const char *const keys_of_keys[] = {"rsa", "rsa-min", "rsa-max", "curves", "ed25519", NULL};

extern const struct signet_policy policy_keys;
const struct signet_policy policy_keys = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "keys",
	           "judges the kind and the size of public keys", keys_of_keys},
	.configure = configure,
	.check = check,
	.free = free,
};
