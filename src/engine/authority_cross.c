/* Cross certificates: others by which clients find a way to a root that they trust (RFC 4210 section 4.4). They
 * are published beside the chain, and are never part of it: what they allow and when they end is no bound of
 * what the authority issues. */
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "engine/authority_private.h"

static bool is_of_key(const struct certificate *c, const struct authority *key)
{
	if (pubkey_equal(c->key, key->certificate.key))
		return true;
	return bytes_equal(c->issuer, key->certificate.subject) &&
	       certificate_verify(c, key->certificate.key, NULL) == 0;
}

/* For one of its keys, or by one of them. */
static bool is_of(const struct certificate *c, const struct authority *a)
{
	bool is = is_of_key(c, a);
	for (size_t i = 0; !is && i < a->previous_count; i++)
		is = is_of_key(c, &a->previous[i]);
	return is;
}

static int take(struct authority *a, struct arena *arena, struct bytes der, const char *path,
                int64_t now, struct error *err)
{
	struct certificate c;
	int result = certificate_parse(&c, arena, der, err);
	if (result)
		return result;
	if (!certificate_is_ca(&c, NULL))
		result = error_set(err, SIGNET_E_INVALID, "a certificate is no CA's "
		                   "(basicConstraints, RFC 5280 section 4.2.1.9)");
	else if (c.not_after >= now && is_of(&c, a))
		a->cross[a->cross_count++] = c.der;
	else
		log_event(LOG_DEBUG, c.not_after < now ? "cross-certificate-has-ended"
		                                       : "cross-certificate-of-others",
		          "authority", a->name, "file", path, NULL);
	certificate_clear(&c);
	return result;
}

int authority_load_cross(struct authority *a, struct arena *arena, const char *path, int64_t now,
                         struct error *err)
{
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	struct bytes list[LIMIT_CROSS];
	size_t count;
	if (access(path, F_OK))
		return 0;
	int result = file_read(&pem, path, err);
	if (result)
		return result;
	result = certificate_read_chain(arena, buffer_bytes(&pem), list, LIMIT_CROSS, &count, err);
	for (size_t i = 0; result == 0 && i < count; i++)
		result = take(a, arena, list[i], path, now, err);
	return result ? error_prefix(err, "%s", path) : 0;
}
