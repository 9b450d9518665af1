#include "api/policy.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

static const char *skip(const char *text)
{
	while (*text == ' ' || *text == '-')
		text++;
	return text;
}

/* Without regard to case, spaces and hyphens. */
static bool is_same_name(const char *a, const char *b)
{
	for (a = skip(a), b = skip(b); *a && text_lower(*a) == text_lower(*b);
	     a = skip(a + 1), b = skip(b + 1))
		;
	return *a == '\0' && *b == '\0';
}

const char *signet_request_attribute(const struct signet_request *request, const char *name)
{
	for (size_t i = 0; i < request->attribute_count; i++)
		if (is_same_name(request->attributes[i].name, name))
			return request->attributes[i].value;
	return NULL;
}

/* Cuts a message that is too long without leaving half a UTF-8 character. */
static void set_message(struct signet_verdict *verdict, const char *format, va_list ap)
{
	int n = vsnprintf(verdict->message, sizeof verdict->message, format, ap);
	if (n < 0)
		verdict->message[0] = '\0';
	size_t length = strlen(verdict->message);
	while (length && !text_is_utf8(bytes_make(verdict->message, length)) &&
	       n >= (int)sizeof verdict->message)
		verdict->message[--length] = '\0';
}

int signet_deny(struct signet_verdict *verdict, enum signet_reason reason, const char *format, ...)
{
	verdict->decision = SIGNET_DENY;
	verdict->reason = reason;
	va_list ap;
	va_start(ap, format);
	set_message(verdict, format, ap);
	va_end(ap);
	return 0;
}

int signet_hold(struct signet_verdict *verdict, const char *format, ...)
{
	verdict->decision = SIGNET_HOLD;
	verdict->reason = SIGNET_REASON_NONE;
	va_list ap;
	va_start(ap, format);
	set_message(verdict, format, ap);
	va_end(ap);
	return 0;
}
