#include "asn1/oid.h"
#include "signetctl/authority.h"

#define INSTEAD_MAX 4
#define ADDED_MAX (INSTEAD_MAX + 4) /* and key identifiers, CDP, AIA */

/* What belongs to one key, to one issuer, and what says what the authority may do. */
static const struct bytes *const of_key[] = {&OID_SUBJECT_KEY_ID, &OID_AUTHORITY_KEY_ID, NULL};
static const struct bytes *const of_issuer[] = {&OID_CRL_DISTRIBUTION, &OID_FRESHEST_CRL,
                                                &OID_AUTHORITY_INFO, NULL};
static const struct bytes *const of_authority[] = {
	&OID_BASIC_CONSTRAINTS, &OID_KEY_USAGE, &OID_EXT_KEY_USAGE, &OID_NAME_CONSTRAINTS,
	&OID_CERTIFICATE_POLICIES, &OID_POLICY_CONSTRAINTS, &OID_INHIBIT_ANY_POLICY, NULL,
};

static bool is_among(struct bytes oid, const struct bytes *const *those)
{
	while (*those && !bytes_equal(oid, **those))
		those++;
	return *those;
}

struct list {
	struct arena *arena;
	struct extension *items;
	size_t count;
};

static int copy_extensions(struct list *list, struct arena *arena, const struct certificate *like,
                           bool foreign, bool keep_urls)
{
	*list = (struct list){.arena = arena};
	list->items = arena_array(arena, like->extension_count + ADDED_MAX, sizeof *list->items);
	if (!list->items)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < like->extension_count; i++) {
		struct bytes oid = like->extensions[i].oid;
		bool is_kept = foreign ? is_among(oid, of_authority)
		                       : !is_among(oid, of_key) && (keep_urls || !is_among(oid, of_issuer));
		if (is_kept)
			list->items[list->count++] = like->extensions[i];
	}
	return 0;
}

static int put_instead(struct list *list, const struct authority_terms *terms)
{
	size_t kept = 0;
	for (size_t i = 0; i < list->count; i++) {
		bool replaced = false;
		for (size_t k = 0; k < terms->instead_count; k++)
			replaced = replaced || bytes_equal(terms->instead[k].oid, list->items[i].oid);
		if (!replaced)
			list->items[kept++] = list->items[i];
	}
	list->count = kept;
	if (terms->instead_count > INSTEAD_MAX)
		return SIGNET_E_TOO_BIG;
	for (size_t k = 0; k < terms->instead_count; k++)
		list->items[list->count++] = terms->instead[k];
	return 0;
}

static int add(struct list *list, struct bytes oid, const struct buffer *value)
{
	struct extension *added = &list->items[list->count];
	if (value->error || arena_bytes(list->arena, buffer_bytes(value), &added->value))
		return value->error ? value->error : SIGNET_E_NOMEM;
	added->oid = oid;
	list->count++;
	return 0;
}

/* The certificate's own identifier of its key, whatever way that was made; else ours. */
static int key_id_of(const struct certificate *certificate, const struct pubkey *key,
                     uint8_t made[20], struct bytes *out)
{
	const struct extension *own = certificate && pubkey_equal(certificate->key, key)
		? certificate_extension(certificate, OID_SUBJECT_KEY_ID) : NULL;
	if (own)
		return subject_key_id_decode(own->value, out);
	pubkey_id(key, made);
	*out = bytes_make(made, 20);
	return 0;
}

static int add_key_ids(struct list *list, const struct authority_terms *terms)
{
	_cleanup_buffer_ struct buffer subject = BUFFER_MAX(LIMIT_CERTIFICATE);
	_cleanup_buffer_ struct buffer issuer = BUFFER_MAX(LIMIT_CERTIFICATE);
	uint8_t made[20];
	struct bytes id;
	int result = key_id_of(terms->like, terms->key, made, &id);
	if (result == 0)
		result = subject_key_id_encode(&subject, id);
	if (result == 0)
		result = add(list, OID_SUBJECT_KEY_ID, &subject);
	if (result == 0)
		result = key_id_of(terms->issuer ? terms->issuer : terms->like,
		                   key_public(terms->issuer_key), made, &id);
	if (result == 0)
		result = authority_key_id_encode(&issuer, id);
	return result ? result : add(list, OID_AUTHORITY_KEY_ID, &issuer);
}

static int add_urls(struct list *list, const struct authority_terms *terms)
{
	_cleanup_buffer_ struct buffer points = BUFFER_MAX(LIMIT_CERTIFICATE);
	_cleanup_buffer_ struct buffer access = BUFFER_MAX(LIMIT_CERTIFICATE);
	const struct authority_urls *urls = &terms->urls;
	struct access_description items[2];
	size_t count = 0;
	int result = 0;
	if (urls->crl && (result = crl_distribution_encode(&points, &urls->crl, 1)) == 0)
		result = add(list, OID_CRL_DISTRIBUTION, &points);
	if (urls->ocsp)
		items[count++] = (struct access_description){OID_AD_OCSP, bytes_text(urls->ocsp)};
	if (urls->certificate)
		items[count++] = (struct access_description){OID_AD_CA_ISSUERS, bytes_text(urls->certificate)};
	if (result == 0 && count && (result = authority_info_encode(&access, items, count)) == 0)
		result = add(list, OID_AUTHORITY_INFO, &access);
	return result;
}

int authority_reissue(struct buffer *out, struct arena *arena, const struct authority_terms *terms,
                      struct error *err)
{
	struct list list;
	uint8_t serial[SERIAL_SIZE];
	int result = copy_extensions(&list, arena, terms->like, terms->foreign, terms->keep_urls);
	if (result == 0)
		result = put_instead(&list, terms);
	if (result == 0)
		result = add_key_ids(&list, terms);
	if (result == 0)
		result = add_urls(&list, terms);
	if (result == 0)
		result = serial_make(serial);
	if (result)
		return error_set(err, result, "cannot encode the CA certificate");
	const struct certificate_template template = {
		.serial = BYTES_OF(serial),
		.issuer = terms->issuer ? terms->issuer->subject : terms->like->subject,
		.subject = terms->like->subject,
		.not_before = terms->not_before,
		.not_after = terms->not_after,
		.spki = pubkey_spki(terms->key),
		.extensions = list.items,
		.extension_count = list.count,
	};
	result = certificate_lint(&template, err);
	return result ? result : certificate_build(out, &template, terms->issuer_key, err);
}

int authority_rerequest(struct buffer *out, struct arena *arena, const struct certificate *like,
                        const struct key *key, struct error *err)
{
	struct list list;
	if (copy_extensions(&list, arena, like, false, false))
		return error_nomem(err);
	return csr_build(out, key, like->subject, list.items, list.count, err);
}
