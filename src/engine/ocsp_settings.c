#include "engine/ocsp_settings.h"

#define MINUTE 60
#define DAY 86400

static const struct ocsp_settings missing = {
	.answers = true, .delegated = true, .validity = DAY, .responder_validity = 30 * DAY,
	.responder_key = KEY_P256, .responder_bits = 256};

static int read_choices(struct ocsp_settings *s, const struct conf_node *map, struct error *err)
{
	static const char *const signers[] = {"delegated", "authority", NULL};
	static const char *const unissued[] = {"unknown", "revoked", NULL};
	const struct conf_node *signer = conf_find(map, "signer"), *other = conf_find(map, "unissued");
	int choice;
	if (signer) {
		if (conf_choice(signer, signers, &choice, err))
			return SIGNET_E_CONFIG;
		s->delegated = choice == 0;
	}
	if (other) {
		if (conf_choice(other, unissued, &choice, err))
			return SIGNET_E_CONFIG;
		s->unissued_revoked = choice == 1;
	}
	return 0;
}

static int read_key(struct ocsp_settings *s, const struct conf_node *map, struct error *err)
{
	const struct conf_node *node = conf_find(map, "responder-key");
	const char *name;
	if (!node)
		return 0;
	if (conf_text(node, &name, err))
		return SIGNET_E_CONFIG;
	if (key_algorithm_from_name(name, &s->responder_key, &s->responder_bits))
		return conf_error(node, err, "'%.64s' is none of p-256, p-384, p-521, ed25519, rsa-2048 "
		                  "to rsa-8192", name);
	return 0;
}

/* `archive-cutoff: none` is as if it were not there. */
static int read_cutoff(struct ocsp_settings *s, const struct conf_node *map, struct error *err)
{
	const struct conf_node *node = conf_find(map, "archive-cutoff");
	const char *text;
	if (!node)
		return 0;
	if (conf_text(node, &text, err))
		return SIGNET_E_CONFIG;
	if (strcmp(text, "none") == 0)
		return 0;
	return conf_duration(node, &s->cutoff, err);
}

static int check(const struct ocsp_settings *s, const struct conf_node *map, struct error *err)
{
	if (s->validity < MINUTE)
		return conf_error(conf_find(map, "validity"), err, "an answer holds a minute at least");
	/* it is renewed when a third of its time is left: an answer is to end before it does */
	if (s->delegated && s->responder_validity / 3 < s->validity)
		return conf_error(map, err, "'responder-validity' is less than three times 'validity'");
	return 0;
}

int ocsp_settings_load(struct ocsp_settings *out, const struct conf_node *node, struct error *err)
{
	static const char *const known[] = {"signer", "validity", "unissued", "archive-cutoff",
	                                    "responder-validity", "responder-key", NULL};
	struct ocsp_settings s = missing;
	const char *text;
	if (node && conf_kind(node) == CONF_SCALAR && conf_text(node, &text, NULL) == 0 &&
	    strcmp(text, "none") == 0) {
		*out = (struct ocsp_settings){0};
		return 0;
	}
	s.eager = node != NULL;
	if (node && (conf_check_keys(node, known, err) || read_choices(&s, node, err) ||
	             conf_get_duration(node, "validity", s.validity, &s.validity, err) ||
	             conf_get_duration(node, "responder-validity", s.responder_validity,
	                               &s.responder_validity, err) ||
	             read_key(&s, node, err) || read_cutoff(&s, node, err) || check(&s, node, err)))
		return SIGNET_E_CONFIG;
	*out = s;
	return 0;
}
