/* The subject that a profile gives. */
#include "api/draft.h"
#include "api/template.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "engine/profile_private.h"

#define SHORTHAND "common-name"
/* ub-common-name (RFC 5280 appendix A.1), in characters; dNSNames are ASCII. */
#define COMMON_NAME_MAX 64

/* `common-name`: what the key said before there were templates. A part of no OID is none. */
static int read_shorthand(const struct profile_reader *r, const struct conf_node *node,
                          struct profile_part *part)
{
	static const char *const names[] = {"first-dns", "from-request", "none", NULL};
	int choice;
	if (conf_choice(node, names, &choice, r->err))
		return SIGNET_E_CONFIG;
	part->source = choice == 0 ? PROFILE_PART_FIRST_DNS : PROFILE_PART_REQUEST;
	part->oid = choice == 2 ? BYTES_NONE : OID_COMMON_NAME;
	part->optional = true;
	return 0;
}

static int encode_part(const struct profile_reader *r, const struct conf_node *node,
                       struct profile_part *part)
{
	const struct signet_template_source nothing = {0};
	_cleanup_buffer_ struct buffer rdn = BUFFER_MAX(LIMIT_NAME);
	struct der_writer w = der_write(&rdn);
	struct error why = {0};
	const char *text;
	int result = signet_template_expand(part->template, &nothing, r->arena, &text, &why);
	if (result == 0)
		result = name_put_part(&w, part->oid, bytes_text(text), &why);
	if (result && result != SIGNET_E_NOMEM)
		return conf_error(node, r->err, "%s", why.message);
	if (result || der_writer_finish(&w) || arena_bytes(r->arena, buffer_bytes(&rdn), &part->rdn))
		return error_nomem(r->err);
	part->source = PROFILE_PART_FIXED;
	return 0;
}

/* "CN", "CN?", "2.5.4.3" */
static int read_type(const struct profile_reader *r, const struct conf_node *node,
                     struct profile_part *part)
{
	const char *key = conf_key(node);
	size_t length = strlen(key);
	part->optional = length > 1 && key[length - 1] == '?';
	int result = name_type_from_text(r->arena, bytes_make(key, length - part->optional),
	                                 &part->oid);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(r->err);
	return result ? conf_error(node, r->err, "is neither '" SHORTHAND "' nor an attribute of "
	                           "a name such as CN, O, OU, C, or its OID") : 0;
}

static int read_part(const struct profile_reader *r, const struct conf_node *node,
                     struct profile_part *part)
{
	if (strcmp(conf_key(node), SHORTHAND) == 0)
		return read_shorthand(r, node, part);
	int result = read_type(r, node, part);
	if (result == 0)
		result = profile_read_template(r, node, &part->template);
	if (result)
		return result;
	if (strstr(part->template, "{subject."))
		return conf_error(node, r->err, "{subject...} is what is being made here");
	part->source = PROFILE_PART_TEMPLATE;
	return profile_is_template(part->template) ? 0 : encode_part(r, node, part);
}

/* The attribute at this place of a map, or of a list of maps with one key each. */
static int find_entry(const struct profile_reader *r, const struct conf_node *node, size_t at,
                      const struct conf_node **out)
{
	const struct conf_node *entry = conf_item(node, at);
	if (conf_kind(node) == CONF_LIST) {
		if (conf_expect(entry, CONF_MAP, r->err))
			return SIGNET_E_CONFIG;
		if (conf_count(entry) != 1)
			return conf_error(entry, r->err, "an entry is one attribute, such as "
			                  "'- OU: Example'");
		entry = conf_item(entry, 0);
	}
	*out = entry;
	return 0;
}

static int read_parts(const struct profile_reader *r, const struct conf_node *node)
{
	struct profile_subject *s = &r->profile->subject;
	size_t count = conf_count(node);
	if (count > LIMIT_NAME_PARTS)
		return conf_error(node, r->err, "more than %d attributes", LIMIT_NAME_PARTS);
	s->kind = PROFILE_SUBJECT_PARTS;
	s->parts = arena_array(r->arena, count, sizeof *s->parts);
	if (!s->parts)
		return error_nomem(r->err);
	s->of_request = true;
	for (size_t i = 0; i < count; i++) {
		struct profile_part *part = &s->parts[s->part_count];
		const struct conf_node *entry = NULL;
		int result = find_entry(r, node, i, &entry);
		if (result == 0)
			result = read_part(r, entry, part);
		if (result)
			return result;
		s->part_count += part->oid.length > 0;
		s->of_request = s->of_request && part->source == PROFILE_PART_REQUEST;
	}
	return 0;
}

static bool is_fixed(const struct profile_subject *s)
{
	for (size_t i = 0; i < s->part_count; i++)
		if (s->parts[i].source != PROFILE_PART_FIXED)
			return false;
	return true;
}

/* A subject that does not depend on the request is encoded as a whole. */
static int encode_whole(const struct profile_reader *r, const struct conf_node *node)
{
	struct profile_subject *s = &r->profile->subject;
	_cleanup_buffer_ struct buffer name = BUFFER_MAX(LIMIT_NAME);
	struct der_writer w = der_write(&name);
	der_begin(&w, DER_SEQUENCE);
	for (size_t i = 0; i < s->part_count; i++)
		der_put_raw(&w, s->parts[i].rdn);
	der_end(&w);
	int result = der_writer_finish(&w);
	if (result == SIGNET_E_TOO_BIG)
		return conf_error(node, r->err, "longer than %d octets", LIMIT_NAME);
	if (result || arena_bytes(r->arena, buffer_bytes(&name), &s->whole))
		return error_nomem(r->err);
	s->kind = PROFILE_SUBJECT_FIXED;
	return 0;
}

static int read_first_dns(const struct profile_reader *r)
{
	struct profile_subject *s = &r->profile->subject;
	s->kind = PROFILE_SUBJECT_PARTS;
	s->parts = arena_alloc(r->arena, sizeof *s->parts);
	if (!s->parts)
		return error_nomem(r->err);
	s->parts[s->part_count++] = (struct profile_part){
		.source = PROFILE_PART_FIRST_DNS, .oid = OID_COMMON_NAME, .optional = true};
	return 0;
}

/* RFC 5280 section 4.1.2.6: an authority has a subject. */
static int check_authority(const struct profile_reader *r, const struct conf_node *node)
{
	const struct profile_subject *s = &r->profile->subject;
	if (!r->profile->ca || s->kind != PROFILE_SUBJECT_FIXED || !name_is_empty(s->whole))
		return 0;
	return conf_error(node, r->err, "an authority needs a subject");
}

int profile_read_subject(const struct profile_reader *r)
{
	static const char *const whole[] = {"request", "empty", NULL};
	const struct conf_node *node = conf_find(r->map, "subject");
	struct profile_subject *s = &r->profile->subject;
	const char *text;
	int choice = 0;
	s->whole = NAME_EMPTY;
	if (!node || (conf_count(node) == 0 && conf_text(node, &text, NULL)))
		return read_first_dns(r);
	if (conf_kind(node) == CONF_SCALAR) {
		if (conf_choice(node, whole, &choice, r->err))
			return SIGNET_E_CONFIG;
		s->kind = choice ? PROFILE_SUBJECT_FIXED : PROFILE_SUBJECT_REQUEST;
		return check_authority(r, node);
	}
	int result = read_parts(r, node);
	if (result == 0 && is_fixed(s))
		result = encode_whole(r, node);
	return result ? result : check_authority(r, node);
}

/* ---- drafting ---- */

static struct bytes first_dns(const struct signet_draft *draft)
{
	size_t count;
	const struct general_name *names = signet_draft_alt_names(draft, &count);
	for (size_t i = 0; i < count; i++)
		if (names[i].kind == GN_DNS && names[i].value.length <= COMMON_NAME_MAX)
			return names[i].value;
	return BYTES_NONE;
}

static const char *title_of(const struct profile_part *part)
{
	const char *name = oid_name(part->oid);
	return name ? name : "attribute";
}

/* The part's value; empty when it is left out or denied. */
static int find_value(const struct profile_drafting *d, const struct profile_part *part,
                      struct bytes *out)
{
	struct arena *arena = signet_draft_arena(d->draft);
	const struct profile_filling filling = {part->template, title_of(part), NULL,
	                                        part->optional};
	const char *text = NULL;
	int result = 0;
	switch (part->source) {
	case PROFILE_PART_FIRST_DNS:
		*out = first_dns(d->draft);
		return 0;
	case PROFILE_PART_REQUEST:
		text = name_common_name(arena, d->request->subject);
		break;
	case PROFILE_PART_TEMPLATE:
		result = profile_fill(d, &filling, &text);
		break;
	case PROFILE_PART_FIXED:
		break;
	}
	*out = bytes_text(text);
	return result;
}

/* What is put in is one value of one attribute, whatever characters it has. */
static int put_part(const struct profile_drafting *d, const struct profile_part *part,
                    struct der_writer *w)
{
	struct bytes value;
	struct error why = {0};
	if (part->source == PROFILE_PART_FIXED) {
		der_put_raw(w, part->rdn);
		return 0;
	}
	int result = find_value(d, part, &value);
	if (result || value.length == 0)
		return result;
	result = name_put_part(w, part->oid, value, &why);
	return result ? signet_deny(d->verdict, SIGNET_REASON_NAME,
	                            "the subject does not fit a certificate: %s", why.message) : 0;
}

static int make_subject(const struct profile_drafting *d, struct bytes *out)
{
	const struct profile_subject *s = &d->profile->subject;
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_NAME);
	struct der_writer w = der_write(&der);
	der_begin(&w, DER_SEQUENCE);
	for (size_t i = 0; i < s->part_count; i++) {
		int result = put_part(d, &s->parts[i], &w);
		if (result || d->verdict->decision != SIGNET_PASS)
			return result;
	}
	der_end(&w);
	int result = der_writer_finish(&w);
	if (result == SIGNET_E_TOO_BIG)
		return signet_deny(d->verdict, SIGNET_REASON_NAME,
		                   "the subject is longer than %d octets", LIMIT_NAME);
	return result ? result : arena_bytes(signet_draft_arena(d->draft), buffer_bytes(&der), out);
}

int profile_draft_subject(const struct profile_drafting *d)
{
	const struct profile_subject *s = &d->profile->subject;
	struct bytes subject = s->whole;
	enum signet_origin origin = SIGNET_ORIGIN_PROFILE;
	int result = 0;
	if (s->kind == PROFILE_SUBJECT_REQUEST)
		subject = d->request->subject;
	else if (s->kind == PROFILE_SUBJECT_PARTS)
		result = make_subject(d, &subject);
	if (s->kind == PROFILE_SUBJECT_REQUEST || (s->kind == PROFILE_SUBJECT_PARTS && s->of_request))
		origin = SIGNET_ORIGIN_REQUEST;
	if (result || d->verdict->decision != SIGNET_PASS)
		return result;
	signet_draft_begin(d->draft, origin);
	return signet_draft_set_subject(d->draft, subject);
}
