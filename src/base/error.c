#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char *const names[] = {
	"ok", "no-memory", "invalid", "too-big", "not-found", "exists", "denied", "permission",
	"config", "io", "full", "corrupt", "crypto", "bad-key", "bad-signature", "bad-algorithm",
	"bad-request", "bad-name", "state", "conflict", "unavailable", "timeout", "unsupported",
	"version", "internal",
};

int error_set(struct error *err, int code, const char *format, ...)
{
	if (!err)
		return code;
	/* the arguments may point into err itself, so it is written last */
	char message[ERROR_MESSAGE_MAX];
	va_list ap;
	va_start(ap, format);
	text_format(message, sizeof message, format, ap);
	va_end(ap);
	err->code = code;
	memcpy(err->message, message, sizeof message);
	err->detail[0] = '\0';
	return code;
}

int error_detail(struct error *err, const char *format, ...)
{
	if (!err)
		return SIGNET_E_INTERNAL;
	char detail[ERROR_DETAIL_MAX];
	va_list ap;
	va_start(ap, format);
	text_format(detail, sizeof detail, format, ap);
	va_end(ap);
	memcpy(err->detail, detail, sizeof detail);
	return err->code;
}

int error_prefix(struct error *err, const char *format, ...)
{
	if (!err)
		return SIGNET_E_INTERNAL;
	char prefix[ERROR_MESSAGE_MAX], detail[ERROR_DETAIL_MAX];
	va_list ap;
	va_start(ap, format);
	text_format(prefix, sizeof prefix, format, ap);
	va_end(ap);
	memcpy(detail, err->detail, sizeof detail);
	error_set(err, err->code, "%s: %s", prefix, err->message);
	memcpy(err->detail, detail, sizeof detail);
	return err->code;
}

int error_errno(struct error *err, const char *format, ...)
{
	int saved = errno;
	int code = SIGNET_E_IO;
	if (saved == ENOSPC || saved == EDQUOT)
		code = SIGNET_E_FULL;
	else if (saved == ENOMEM)
		code = SIGNET_E_NOMEM;
	char text[ERROR_MESSAGE_MAX];
	va_list ap;
	va_start(ap, format);
	text_format(text, sizeof text, format, ap);
	va_end(ap);
	return error_set(err, code, "%s: %s", text, strerror(saved));
}

int error_nomem(struct error *err)
{
	return error_set(err, SIGNET_E_NOMEM, "out of memory");
}

const char *error_name(int code)
{
	size_t at = (size_t)-(long)code;
	return code <= 0 && at < sizeof names / sizeof *names ? names[at] : "unknown";
}
