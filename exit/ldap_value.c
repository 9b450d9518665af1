#include "exit/ldap_value.h"

#include "asn1/der.h"
#include "pki/certificate.h"

int directory_certificate_read(struct directory_certificate *out, struct arena *arena,
                               struct bytes der, struct error *err)
{
	struct certificate certificate;
	int result = certificate_parse(&certificate, arena, der, err);
	if (result)
		return result;
	*out = (struct directory_certificate){der, certificate.issuer, certificate.subject,
	                                      certificate.not_before, certificate.not_after};
	certificate_clear(&certificate);
	return 0;
}

int directory_crl_time(int64_t *this_update, struct bytes der)
{
	struct der outer = der_open(der), list, tbs;
	struct bytes skipped;
	int64_t time;
	if (der_enter(&outer, DER_SEQUENCE, &list) || der_finish(&outer) ||
	    der_enter(&list, DER_SEQUENCE, &tbs))
		return SIGNET_E_INVALID;
	if (der_peek(&tbs) == DER_INTEGER && der_integer(&tbs, &skipped))
		return SIGNET_E_INVALID;
	if (der_whole(&tbs, DER_SEQUENCE, &skipped) || der_whole(&tbs, DER_SEQUENCE, &skipped) ||
	    der_time(&tbs, &time))
		return SIGNET_E_INVALID;
	*this_update = time;
	return 0;
}
