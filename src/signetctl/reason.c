#include "signetctl/reason.h"

#include <stdbool.h>

#include "api/client.h"
#include "signetctl/placeholder.h"

#define REASON_HOLD 6
#define REASON_REMOVE 8
#define REASONS 11 /* and a gap among them */

static bool is_for_good(unsigned reason)
{
	return reason != REASON_HOLD && reason != REASON_REMOVE;
}

const char *reason_word(size_t at)
{
	for (unsigned i = 0; i < REASONS; i++) {
		const char *name = signet_revocation_reason_name(i);
		if (name && is_for_good(i) && at-- == 0)
			return name;
	}
	return NULL;
}

int reason_read(const char *name, unsigned *out, struct error *err)
{
	int reason = signet_revocation_reason_from_name(name);
	if (reason < 0 || !is_for_good((unsigned)reason))
		return placeholder_refuse(err, "--reason", "REASON");
	*out = (unsigned)reason;
	return 0;
}
