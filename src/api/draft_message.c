#include "api/draft_message.h"

#include "api/client_call.h"
#include "api/draft.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/limits.h"

#define LAST_TIME INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

static int make_names(struct arena *arena, const struct signet_draft *draft,
                      Signet__Rpc__Draft *message)
{
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_MESSAGE);
	size_t count;
	const struct general_name *names = signet_draft_alt_names(draft, &count);
	struct bytes copy;
	if (count == 0)
		return 0;
	struct der_writer w = der_write(&der);
	general_names_put(&w, names, count);
	int result = der_writer_finish(&w);
	if (result || (result = arena_bytes(arena, buffer_bytes(&der), &copy)))
		return result;
	message->alt_names = client_data(copy);
	return 0;
}

static int make_extensions(struct arena *arena, const struct signet_draft *draft,
                           Signet__Rpc__Draft *message)
{
	size_t count;
	const struct signet_draft_extension *all = signet_draft_extensions(draft, &count);
	Signet__Rpc__RequestExtension *list = arena_array(arena, count, sizeof *list);
	message->extensions =
		arena_array(arena, count, sizeof(Signet__Rpc__RequestExtension *));
	if (!list || !message->extensions)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		signet__rpc__request_extension__init(&list[i]);
		list[i].oid = oid_to_text(arena, all[i].extension.oid);
		list[i].critical = all[i].extension.critical;
		list[i].value = client_data(all[i].extension.value);
		list[i].origin = all[i].origin;
		message->extensions[i] = &list[i];
		if (!list[i].oid)
			return SIGNET_E_NOMEM;
	}
	message->n_extensions = count;
	return 0;
}

static int make_removed(struct arena *arena, const struct signet_draft *draft,
                        Signet__Rpc__Draft *message)
{
	size_t count;
	const struct bytes *removed = signet_draft_removed(draft, &count);
	message->removed = removed ? arena_array(arena, count, sizeof(char *)) : NULL;
	if (!message->removed)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < count; i++)
		if (!(message->removed[i] = oid_to_text(arena, removed[i])))
			return SIGNET_E_NOMEM;
	message->n_removed = count;
	return 0;
}

int draft_message_make(struct arena *arena, struct signet_draft *draft, Signet__Rpc__Draft **out)
{
	Signet__Rpc__Draft *message = arena_alloc(arena, sizeof *message);
	if (!message)
		return SIGNET_E_NOMEM;
	signet__rpc__draft__init(message);
	message->subject = client_data(signet_draft_subject(draft));
	message->subject_origin = signet_draft_subject_origin(draft);
	message->not_before = signet_draft_not_before(draft);
	message->not_after = signet_draft_not_after(draft);
	message->alt_names_origin = signet_draft_alt_names_origin(draft);
	int result = make_names(arena, draft, message);
	if (result || (result = make_extensions(arena, draft, message)) ||
	    (result = make_removed(arena, draft, message)))
		return result;
	*out = message;
	return 0;
}

/* ---- reading ---- */

static int read_origin(unsigned number, enum signet_origin *out, struct error *err)
{
	if (number < SIGNET_ORIGIN_REQUEST || number > SIGNET_ORIGIN_ENGINE)
		return error_set(err, SIGNET_E_INVALID, "an origin is unknown");
	*out = (enum signet_origin)number;
	return 0;
}

static bool is_one_element(struct bytes der)
{
	struct der reader = der_open(der);
	return der_any(&reader, NULL, NULL, NULL) == 0 && der_at_end(&reader) && der_check(der) == 0;
}

/* The OID of an extension that none of the parts speaks of yet. */
static int read_oid(struct arena *arena, const char *text, const struct draft_parts *parts,
                    struct bytes *out, struct error *err)
{
	/* by number alone: names are for people */
	int result = text[0] < '0' || text[0] > '2' ? SIGNET_E_INVALID
	                                            : oid_from_text(arena, text, out);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	if (result || bytes_equal(*out, OID_SUBJECT_ALT_NAME))
		return error_set(err, SIGNET_E_INVALID, "'%.64s' is not the OID of an extension",
		                 text);
	bool twice = false;
	for (size_t i = 0; i < parts->extension_count; i++)
		twice = twice || bytes_equal(parts->extensions[i].extension.oid, *out);
	for (size_t i = 0; i < parts->removed_count; i++)
		twice = twice || bytes_equal(parts->removed[i], *out);
	return twice ? error_set(err, SIGNET_E_INVALID, "the extension %.64s is there twice", text)
	             : 0;
}

static int read_removed(struct arena *arena, const Signet__Rpc__Draft *message,
                        struct draft_parts *parts, struct error *err)
{
	if (message->n_removed > LIMIT_EXTENSIONS_REMOVED)
		return error_set(err, SIGNET_E_INVALID, "more than %d extensions are removed",
		                 LIMIT_EXTENSIONS_REMOVED);
	parts->removed = arena_array(arena, message->n_removed, sizeof *parts->removed);
	if (!parts->removed)
		return error_nomem(err);
	for (size_t i = 0; i < message->n_removed; i++) {
		int result = read_oid(arena, message->removed[i], parts, &parts->removed[i], err);
		if (result)
			return result;
		parts->removed_count++;
	}
	return 0;
}

static int read_extension(struct arena *arena, const Signet__Rpc__RequestExtension *message,
                          struct draft_parts *parts, struct error *err)
{
	struct signet_draft_extension *place = &parts->extensions[parts->extension_count];
	struct extension *extension = &place->extension;
	int result = read_oid(arena, message->oid, parts, &extension->oid, err);
	if (result)
		return result;
	extension->critical = message->critical;
	extension->value = client_bytes(message->value);
	if (!is_one_element(extension->value))
		return error_set(err, SIGNET_E_INVALID, "the value of %.64s is not DER",
		                 message->oid);
	if (read_origin(message->origin, &place->origin, err))
		return SIGNET_E_INVALID;
	parts->extension_count++;
	return 0;
}

static int read_extensions(struct arena *arena, const Signet__Rpc__Draft *message,
                           struct draft_parts *parts, struct error *err)
{
	if (message->n_extensions > LIMIT_EXTENSIONS)
		return error_set(err, SIGNET_E_INVALID, "more than %d extensions", LIMIT_EXTENSIONS);
	parts->extensions = arena_array(arena, message->n_extensions, sizeof *parts->extensions);
	if (!parts->extensions)
		return error_nomem(err);
	int result = 0;
	for (size_t i = 0; result == 0 && i < message->n_extensions; i++)
		result = read_extension(arena, message->extensions[i], parts, err);
	return result;
}

int draft_message_read(struct arena *arena, const Signet__Rpc__Draft *message,
                       struct draft_parts *out, struct error *err)
{
	struct draft_parts parts = {.subject = client_bytes(message->subject),
	                            .not_before = message->not_before,
	                            .not_after = message->not_after};
	struct error why = {0};
	int result = 0;
	if (name_check(parts.subject, NULL))
		return error_set(err, SIGNET_E_INVALID, "the subject is no name");
	if (parts.not_before < 0 || parts.not_after < parts.not_before ||
	    parts.not_after > LAST_TIME)
		return error_set(err, SIGNET_E_INVALID, "the validity is none");
	if (message->alt_names.len)
		result = general_names_parse(arena, client_bytes(message->alt_names), &parts.names,
		                             &parts.name_count, &why);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	if (result)
		return error_set(err, SIGNET_E_INVALID, "the names: %s", why.message);
	if (read_origin(message->subject_origin, &parts.subject_origin, err) ||
	    read_origin(message->alt_names_origin, &parts.names_origin, err))
		return SIGNET_E_INVALID;
	if ((result = read_extensions(arena, message, &parts, err)) ||
	    (result = read_removed(arena, message, &parts, err)))
		return result;
	*out = parts;
	return 0;
}
