#include "engine/submission.h"

#include "api/policy.h"
#include "base/limits.h"
#include "base/text.h"

#define LABEL_MAX 64   /* names of instances, profiles and protocols */
#define ADDRESS_MAX 64 /* an address in text form */
/* All attributes of one submission: leaves room for them beside the csr in one message. */
#define ATTRIBUTES_TOTAL 16384

static int check_text(const char *what, const char *text, size_t least, size_t most,
                      struct error *err)
{
	size_t length = strlen(text);
	if (length < least || length > most || !text_is_utf8(bytes_text(text)))
		return error_set(err, SIGNET_E_INVALID, "%s: %zu to %zu octets of UTF-8 are wanted",
		                 what, least, most);
	return 0;
}

/* What says who asked for what: it is shown to people and compared, and stands in one line. */
int submission_check_label(const char *what, const char *text, size_t least, size_t most,
                           struct error *err)
{
	if (check_text(what, text, least, most, err))
		return SIGNET_E_INVALID;
	return text_has_control(text)
		? error_set(err, SIGNET_E_INVALID, "%s: has a control character", what) : 0;
}

int submission_check_attributes(const struct signet_attribute *attributes, size_t count,
                                struct error *err)
{
	size_t total = 0;
	if (count > LIMIT_ATTRIBUTES)
		return error_set(err, SIGNET_E_TOO_BIG, "more than %d attributes",
		                 LIMIT_ATTRIBUTES);
	for (size_t i = 0; i < count; i++) {
		if (submission_check_label("attribute name", attributes[i].name, 1, LIMIT_ATTRIBUTE, err) ||
		    check_text("attribute value", attributes[i].value, 0, LIMIT_ATTRIBUTE, err))
			return err->code;
		total += strlen(attributes[i].name) + strlen(attributes[i].value);
	}
	return total > ATTRIBUTES_TOTAL
		? error_set(err, SIGNET_E_TOO_BIG, "more than %d octets of attributes",
		            ATTRIBUTES_TOTAL) : 0;
}

/* Who reads the first of two would be told otherwise than who reads the last. */
static int check_attributes_differ(const struct signet_submission *s, struct error *err)
{
	for (size_t i = 0; i < s->attribute_count; i++)
		for (size_t k = 0; k < i; k++)
			if (signet_attribute_is_same(s->attributes[i].name, s->attributes[k].name))
				return error_set(err, SIGNET_E_INVALID,
				                 "the attribute '%.64s' is there twice",
				                 s->attributes[i].name);
	return 0;
}

int submission_check(const struct signet_submission *s, struct error *err)
{
	if (s->csr.length > LIMIT_CSR)
		return error_set(err, SIGNET_E_TOO_BIG, "the request is larger than %d octets",
		                 LIMIT_CSR);
	if (s->not_before < 0 || s->not_after < 0)
		return error_set(err, SIGNET_E_INVALID, "a wished time is before 1970");
	if (submission_check_label("profile", s->profile, 1, LABEL_MAX, err) ||
	    submission_check_label("intermediary", s->intermediary, 1, LABEL_MAX, err) ||
	    submission_check_label("protocol", s->protocol, 1, LABEL_MAX, err) ||
	    submission_check_label("requester", s->requester, 0, LIMIT_ATTRIBUTE, err) ||
	    submission_check_label("address", s->address, 0, ADDRESS_MAX, err) ||
	    submission_check_label("idempotency key", s->idempotency_key, 1, LIMIT_IDEMPOTENCY_KEY, err))
		return err->code;
	int result = submission_check_attributes(s->attributes, s->attribute_count, err);
	return result ? result : check_attributes_differ(s, err);
}
