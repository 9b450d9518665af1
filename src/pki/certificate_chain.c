#include "pki/certificate.h"

#include "base/encoding.h"

int certificate_read_chain(struct arena *arena, struct bytes pem, struct bytes *out, size_t max,
                           size_t *count, struct error *err)
{
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CERTIFICATE);
	char label[64];
	size_t n = 0;
	for (;;) {
		buffer_clear(&der);
		int result = pem_decode(&der, label, sizeof label, &pem);
		if (result == SIGNET_E_NOT_FOUND)
			break;
		if (result == SIGNET_E_NOMEM)
			return error_nomem(err);
		if (result == SIGNET_E_TOO_BIG)
			return error_set(err, SIGNET_E_INVALID,
			                 "certificate %zu: more than %d octets", n + 1,
			                 LIMIT_CERTIFICATE);
		if (result)
			return error_set(err, SIGNET_E_INVALID,
			                 "PEM block %zu is broken (RFC 7468)", n + 1);
		if (strcmp(label, "CERTIFICATE") != 0)
			return error_set(err, SIGNET_E_INVALID,
			                 "PEM block %zu is not a CERTIFICATE", n + 1);
		if (n == max)
			return error_set(err, SIGNET_E_INVALID, "more than %zu certificates", max);
		if (arena_bytes(arena, buffer_bytes(&der), &out[n]))
			return error_nomem(err);
		n++;
	}
	if (n == 0)
		return error_set(err, SIGNET_E_INVALID, "no CERTIFICATE in PEM");
	*count = n;
	return 0;
}
