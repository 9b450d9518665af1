/*
 * The rule `keys`: which public keys are good enough.
 *
 *   rsa       true (default) or false: whether RSA keys are taken at all
 *   rsa-min   fewest bits of an RSA key, 2048 to 8192; 2048 when missing
 *   rsa-max   most bits of an RSA key, 2048 to 8192; 4096 when missing
 *   curves    list of P-256, P-384, P-521; [P-256, P-384] when missing, [] for none
 *   ed25519   true (default) or false
 *   rsa-exponent-max  greatest exponent of an RSA key; what parses (64 bits) when missing
 *   weak      false (default): RSA keys of the faulty smart card library (ROCA), with a prime
 *             factor below 752 or with primes so close that Fermat's method finds them are denied;
 *             true: they are taken
 *   blocklist file or list of files with SHA-256 hashes of SubjectPublicKeyInfos, a line each in hex
 *   debian-weak  file or list of files as the package openssl-blacklist had them (CVE-2008-0166):
 *             the last 80 bits of the SHA-1 of "Modulus=HEX\n", a line each in hex
 *   shared    what becomes of a key that another subject has a certificate for: allow (default),
 *             hold, deny
 *
 * RSA exponents below 65537 are denied always (NIST SP 800-56B section 6.2.1.2). The files are read
 * when the configuration is loaded.
 */
#include <stdlib.h>

#include "api/policy.h"
#include "base/limits.h"
#include "crypto/weak.h"
#include "policy/keys_lists.h"

#define RSA_MAX_DEFAULT 4096
#define RSA_EXPONENT_MIN 65537

struct keys {
	bool rsa;
	int64_t rsa_min;
	int64_t rsa_max;
	unsigned curves; /* bit n: enum key_algorithm n is taken */
	bool ed25519;
	int64_t exponent_max; /* 0: none */
	bool weak;
	struct key_list blocked; /* by fingerprint */
	struct key_list debian;  /* by pubkey_rsa_modulus_mark */
	enum signet_decision shared;
};

static int read_lists(struct key_list *list, size_t size, const char *directory,
                      const struct conf_node *node, struct error *err)
{
	list->size = size;
	int result = 0;
	if (node && conf_kind(node) == CONF_LIST && conf_count(node) == 0)
		return conf_error(node, err, "is empty");
	if (node && conf_kind(node) != CONF_LIST)
		result = key_list_read(list, directory, node, err);
	for (size_t i = 0; node && conf_kind(node) == CONF_LIST && result == 0 &&
	                   i < conf_count(node); i++)
		result = key_list_read(list, directory, conf_item(node, i), err);
	key_list_sort(list);
	return result;
}

static int read_weaknesses(struct keys *keys, const char *directory,
                           const struct conf_node *node, struct error *err)
{
	static const char *const choices[] = {"allow", "hold", "deny", NULL};
	const struct conf_node *shared = conf_find(node, "shared");
	int choice = 0;
	if (conf_get_integer(node, "rsa-exponent-max", RSA_EXPONENT_MIN, INT64_MAX, 0,
	                     &keys->exponent_max, err) ||
	    conf_get_boolean(node, "weak", false, &keys->weak, err) ||
	    (shared && conf_choice(shared, choices, &choice, err)) ||
	    read_lists(&keys->blocked, 32, directory, conf_find(node, "blocklist"), err))
		return SIGNET_E_CONFIG;
	keys->shared = (enum signet_decision)choice;
	return read_lists(&keys->debian, RSA_MODULUS_MARK, directory,
	                  conf_find(node, "debian-weak"), err);
}

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

static int read_keys(struct keys *keys, const char *directory, const struct conf_node *node,
                     struct error *err)
{
	if (conf_get_boolean(node, "rsa", true, &keys->rsa, err) ||
	    conf_get_integer(node, "rsa-min", LIMIT_RSA_BITS_MIN, LIMIT_RSA_BITS_MAX,
	                     LIMIT_RSA_BITS_MIN, &keys->rsa_min, err) ||
	    conf_get_integer(node, "rsa-max", LIMIT_RSA_BITS_MIN, LIMIT_RSA_BITS_MAX,
	                     keys->rsa_min > RSA_MAX_DEFAULT ? keys->rsa_min : RSA_MAX_DEFAULT,
	                     &keys->rsa_max, err) ||
	    conf_get_boolean(node, "ed25519", true, &keys->ed25519, err) ||
	    read_curves(keys, conf_find(node, "curves"), err) || read_weaknesses(keys, directory, node, err))
		return SIGNET_E_CONFIG;
	if (keys->rsa_min > keys->rsa_max)
		return conf_error(conf_find(node, "rsa-max"), err, "is less than 'rsa-min'");
	if (!keys->rsa && !keys->curves && !keys->ed25519)
		return conf_error(node, err, "no kind of key is left");
	return 0;
}

static void free_rule(void *rule)
{
	struct keys *keys = rule;
	if (!keys)
		return;
	key_list_clear(&keys->blocked);
	key_list_clear(&keys->debian);
	free(keys);
}

static int configure(void **rule, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	struct keys *keys = calloc(1, sizeof *keys);
	if (!keys)
		return error_nomem(err);
	int result = read_keys(keys, host->state_directory, node, err);
	if (result) {
		free_rule(keys);
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
	if (keys->exponent_max && pubkey_rsa_exponent(key) > (uint64_t)keys->exponent_max)
		return signet_deny(verdict, SIGNET_REASON_KEY,
		                   "an RSA exponent of %llu is too big: at most %lld is accepted",
		                   (unsigned long long)pubkey_rsa_exponent(key),
		                   (long long)keys->exponent_max);
	return 0;
}

static int check_weak(const struct keys *keys, const struct pubkey *key,
                      struct signet_verdict *verdict)
{
	enum rsa_weakness weakness;
	uint8_t mark[RSA_MODULUS_MARK];
	int result = keys->weak ? 0 : pubkey_rsa_weakness(key, &weakness);
	if (result)
		return result;
	if (!keys->weak && weakness != RSA_SOUND)
		return signet_deny(verdict, SIGNET_REASON_KEY,
		                   "the RSA key can be taken apart: it has %s%s",
		                   weakness == RSA_ROCA ? "the weakness " : "",
		                   rsa_weakness_name(weakness));
	if (keys->debian.count == 0)
		return 0;
	result = pubkey_rsa_modulus_mark(key, mark);
	if (result == 0 && key_list_has(&keys->debian, mark))
		return signet_deny(verdict, SIGNET_REASON_KEY,
		                   "the RSA key was made by a predictable generator (CVE-2008-0166)");
	return result;
}

static int check_kind(const struct keys *keys, const struct pubkey *key,
                      struct signet_verdict *verdict)
{
	enum key_algorithm algorithm = pubkey_algorithm(key);
	switch (algorithm) {
	case KEY_RSA:
		return check_rsa(keys, key, verdict);
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

static int check_blocked(const struct keys *keys, const struct pubkey *key,
                         struct signet_verdict *verdict)
{
	uint8_t fingerprint[32];
	if (keys->blocked.count == 0)
		return 0;
	pubkey_fingerprint(key, fingerprint);
	return key_list_has(&keys->blocked, fingerprint)
		? signet_deny(verdict, SIGNET_REASON_KEY, "the key is on a list of blocked keys") : 0;
}

static int check_shared(const struct keys *keys, const struct pubkey *key,
                        struct signet_draft *draft, struct signet_verdict *verdict)
{
	static const char text[] = "another subject has a certificate for this key";
	bool shared;
	int result = signet_draft_key_is_shared(draft, key, &shared);
	if (result || !shared)
		return result;
	return keys->shared == SIGNET_DENY ? signet_deny(verdict, SIGNET_REASON_KEY, "%s", text)
	                                   : signet_hold(verdict, "%s", text);
}

static int check(const void *rule, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	const struct keys *keys = rule;
	const struct pubkey *key = request->key;
	int result = check_kind(keys, key, verdict);
	if (result == 0 && verdict->decision == SIGNET_PASS)
		result = check_blocked(keys, key, verdict);
	if (result == 0 && verdict->decision == SIGNET_PASS && pubkey_algorithm(key) == KEY_RSA)
		result = check_weak(keys, key, verdict);
	if (result == 0 && verdict->decision == SIGNET_PASS && keys->shared != SIGNET_PASS)
		result = check_shared(keys, key, draft, verdict);
	return result;
}

static const char *const keys_of_keys[] = {"rsa", "rsa-min", "rsa-max", "curves", "ed25519",
                                           "rsa-exponent-max", "weak", "blocklist",
                                           "debian-weak", "shared", NULL};

extern const struct signet_policy policy_keys;
const struct signet_policy policy_keys = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "keys",
	           "judges public keys: kind, size, known weaknesses", keys_of_keys},
	.configure = configure,
	.check = check,
	.free = free_rule,
};
