#include "api/policy.h"

#include <stdarg.h>

#include "base/text.h"

static const char *skip(const char *text)
{
	while (*text == ' ' || *text == '-')
		text++;
	return text;
}

/* Without regard to case, spaces and hyphens. */
bool signet_attribute_is_same(const char *a, const char *b)
{
	for (a = skip(a), b = skip(b); *a && text_lower(*a) == text_lower(*b);
	     a = skip(a + 1), b = skip(b + 1))
		;
	return *a == '\0' && *b == '\0';
}

const char *signet_request_attribute(const struct signet_request *request, const char *name)
{
	for (size_t i = 0; i < request->attribute_count; i++)
		if (signet_attribute_is_same(request->attributes[i].name, name))
			return request->attributes[i].value;
	return NULL;
}

__attribute__((format(printf, 4, 0)))
static void decide(struct signet_verdict *verdict, enum signet_decision decision,
                   enum signet_reason reason, const char *format, va_list ap)
{
	verdict->decision = decision;
	verdict->reason = reason;
	text_format(verdict->message, sizeof verdict->message, format, ap);
}

int signet_deny(struct signet_verdict *verdict, enum signet_reason reason, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	decide(verdict, SIGNET_DENY, reason, format, ap);
	va_end(ap);
	return 0;
}

int signet_hold(struct signet_verdict *verdict, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	decide(verdict, SIGNET_HOLD, SIGNET_REASON_NONE, format, ap);
	va_end(ap);
	return 0;
}
