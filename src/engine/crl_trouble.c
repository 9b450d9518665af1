#include "engine/crl_trouble.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

static bool is_known(const struct crl_troubles *troubles, const char *name, int code)
{
	for (size_t i = 0; i < troubles->count; i++)
		if (troubles->known[i].code == code && strcmp(troubles->known[i].name, name) == 0)
			return true;
	return false;
}

void crl_trouble_note(struct crl_troubles *troubles, const char *name, const char *due,
                      const struct error *err)
{
	bool known = is_known(troubles, name, err->code);
	if (!known && troubles->count < CRL_TROUBLES_MAX) {
		snprintf(troubles->known[troubles->count].name, CRL_TROUBLE_NAME_MAX, "%s", name);
		troubles->known[troubles->count++].code = err->code;
	}
	log_error(known ? LOG_DEBUG : LOG_ERROR, "crl-failed", err, "authority", name, "due", due, NULL);
}

void crl_trouble_end(struct crl_troubles *troubles, const char *name)
{
	size_t kept = 0;
	for (size_t i = 0; i < troubles->count; i++)
		if (strcmp(troubles->known[i].name, name) != 0)
			troubles->known[kept++] = troubles->known[i];
	if (kept < troubles->count)
		log_event(LOG_INFO, "crl-recovered", "authority", name, NULL);
	troubles->count = kept;
}
