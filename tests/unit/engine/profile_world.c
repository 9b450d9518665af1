#include "profile_world.h"

#include "base/clock.h"
#include "base/encoding.h"

#define ATTRIBUTES_MAX 8

static struct signet_attribute attributes[ATTRIBUTES_MAX];

int world_setup(void **state)
{
	static struct world w;
	struct error err = {0};
	w = (struct world){0};
	fixture_make(&w.f, "");
	assert_int_equal(settings_load(&w.f.settings, w.f.config, &err), 0);
	assert_int_equal(authority_load(&w.authority, w.f.arena, w.f.settings,
	                                conf_item(w.f.settings->authorities, 0), clock_now(), &err), 0);
	/* from here on the clock is the test's */
	w.authority.certificate.not_before = NOW - 1000 * DAY;
	w.authority.certificate.not_after = NOW + 1000 * DAY;
	w.authority.bounds.not_after = NOW + 1000 * DAY;
	w.request = (struct signet_request){
		.profile = "p", .authority = "issuing", .intermediary = "raw1", .protocol = "raw",
		.requester = "alice", .address = "192.0.2.9", .attributes = attributes};
	*state = &w;
	return 0;
}

int world_teardown(void **state)
{
	struct world *w = *state;
	authority_clear(&w->authority);
	fixture_end(&w->f);
	return 0;
}

void world_path_length(struct world *w, int length)
{
	w->authority.bounds.path_length = length;
}

int world_load(struct world *w, const char *text, struct error *err)
{
	struct conf *conf;
	_cleanup_buffer_ struct buffer whole = BUFFER_MAX(LIMIT_CONFIG_FILE);
	buffer_printf(&whole, "p: %s\n", text);
	*err = (struct error){0};
	if (conf_parse(&conf, "test.yaml", buffer_bytes(&whole), err))
		fail_msg("%s", err->message);
	int result = profile_load(&w->profile, w->f.arena, conf_find(conf_root(conf), "p"),
	                          &w->authority, 1, err);
	conf_free(conf);
	return result;
}

void world_use(struct world *w, const char *text)
{
	struct error err;
	if (world_load(w, text, &err))
		fail_msg("%s", err.message);
}

void world_refuses(struct world *w, const char *text, const char *part)
{
	struct error err;
	if (world_load(w, text, &err) == 0)
		fail_msg("taken: %s", text);
	assert_int_equal(err.code, SIGNET_E_CONFIG);
	assert_int_equal(strncmp(err.message, "test.yaml:1: p", 14), 0);
	if (!strstr(err.message, part))
		fail_msg("'%s' does not say '%s'", err.message, part);
}

enum signet_decision world_draft_wish(struct world *w, struct bytes der, int64_t not_before,
                                      int64_t not_after)
{
	struct error err = {0};
	if (csr_parse(&w->csr, w->f.arena, der, &err))
		fail_msg("%s", err.message);
	struct signet_request *r = &w->request;
	r->csr = der;
	r->submitted = NOW;
	r->key = w->csr.key;
	r->subject = w->csr.subject;
	r->alt_names = w->csr.alt_names;
	r->alt_name_count = w->csr.alt_name_count;
	r->extensions = w->csr.extensions;
	r->extension_count = w->csr.extension_count;
	assert_int_equal(profile_draft(&w->profile, r, not_before, not_after, w->f.arena, &w->draft,
	                               &w->verdict, &err), 0);
	csr_clear(&w->csr);
	return w->verdict.decision;
}

void world_passes(struct world *w, struct bytes csr)
{
	if (world_draft_wish(w, csr, 0, 0) != SIGNET_PASS)
		fail_msg("denied: %s", w->verdict.message);
}

void world_denies(struct world *w, struct bytes csr, enum signet_reason reason,
                  const char *message)
{
	assert_int_equal(world_draft_wish(w, csr, 0, 0), SIGNET_DENY);
	assert_int_equal(w->verdict.reason, reason);
	if (!strstr(w->verdict.message, message))
		fail_msg("'%s' does not say '%s'", w->verdict.message, message);
}

void world_attribute(struct world *w, const char *name, const char *value)
{
	size_t i = 0, count = w->request.attribute_count;
	while (i < count && strcmp(attributes[i].name, name) != 0)
		i++;
	if (value) {
		assert_in_range(i, 0, ATTRIBUTES_MAX - 1);
		attributes[i] = (struct signet_attribute){name, value};
		w->request.attribute_count = i == count ? count + 1 : count;
	} else if (i < count) {
		attributes[i] = attributes[--w->request.attribute_count];
	}
}

const char *world_subject(const struct world *w)
{
	return name_to_text(w->f.arena, signet_draft_subject(w->draft));
}

const char *world_names(const struct world *w)
{
	size_t count;
	const struct general_name *names = signet_draft_alt_names(w->draft, &count);
	const char *text = "";
	for (size_t i = 0; i < count; i++)
		text = arena_printf(w->f.arena, "%s%s%s:%s", text, i ? ", " : "",
		                    general_name_kind_name(names[i].kind),
		                    general_name_text(w->f.arena, &names[i]));
	return text;
}

const struct signet_draft_extension *world_extension(const struct world *w, struct bytes oid)
{
	size_t count;
	const struct signet_draft_extension *list = signet_draft_extensions(w->draft, &count);
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(list[i].extension.oid, oid))
			return &list[i];
	return NULL;
}

const char *world_shown(const struct world *w, struct bytes oid)
{
	const struct signet_draft_extension *e = world_extension(w, oid);
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LIMIT_CERTIFICATE * 4);
	if (!e)
		return NULL;
	assert_int_equal(extension_describe(&text, &e->extension), 0);
	return arena_text(w->f.arena, buffer_bytes(&text));
}

struct bytes world_csr(struct world *w, const char *subject, const struct extension *extensions,
                       size_t count)
{
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CSR);
	struct bytes name, out = BYTES_NONE;
	struct error err = {0};
	if (name_from_text(w->f.arena, subject, &name, &err) ||
	    csr_build(&der, w->f.key, name, extensions, count, &err))
		fail_msg("%s", err.message);
	assert_int_equal(arena_bytes(w->f.arena, buffer_bytes(&der), &out), 0);
	return out;
}

struct extension world_hex(struct world *w, struct bytes oid, const char *hex)
{
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CSR);
	struct extension out = {.oid = oid};
	assert_int_equal(hex_decode(&value, bytes_text(hex)), 0);
	assert_int_equal(arena_bytes(w->f.arena, buffer_bytes(&value), &out.value), 0);
	return out;
}
