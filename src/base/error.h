/*
 * Errors: functions return 0 or a negative enum signet_error. At module
 * boundaries they also fill a struct error, whose message is safe to show to
 * a client and whose detail is for the log alone.
 */
#ifndef SIGNET_BASE_ERROR_H
#define SIGNET_BASE_ERROR_H

enum signet_error {
	SIGNET_OK = 0,
	SIGNET_E_NOMEM = -1,        /* memory, or a bounded arena or buffer, ran out */
	SIGNET_E_INVALID = -2,      /* malformed input or argument */
	SIGNET_E_TOO_BIG = -3,      /* over a limit of base/limits.h or the configuration */
	SIGNET_E_NOT_FOUND = -4,
	SIGNET_E_EXISTS = -5,
	SIGNET_E_DENIED = -6,       /* policy said no */
	SIGNET_E_PERMISSION = -7,   /* this peer may not ask for that */
	SIGNET_E_CONFIG = -8,       /* configuration; the message names file, line and key */
	SIGNET_E_IO = -9,           /* a system call failed; its text is in the detail */
	SIGNET_E_FULL = -10,        /* no space left on the device */
	SIGNET_E_CORRUPT = -11,     /* stored data does not read back */
	SIGNET_E_CRYPTO = -12,      /* the crypto library failed; its text is in the detail */
	SIGNET_E_BAD_KEY = -13,     /* a key that is malformed, off its curve, too small */
	SIGNET_E_BAD_SIGNATURE = -14,
	SIGNET_E_BAD_ALGORITHM = -15, /* unknown or refused algorithm */
	SIGNET_E_BAD_REQUEST = -16, /* a certification request that does not parse */
	SIGNET_E_BAD_NAME = -17,    /* a subject or alternative name that is not acceptable */
	SIGNET_E_STATE = -18,       /* the object is in another state */
	SIGNET_E_CONFLICT = -19,    /* repeated with another content */
	SIGNET_E_UNAVAILABLE = -20, /* the other side is away: try again later */
	SIGNET_E_TIMEOUT = -21,
	SIGNET_E_UNSUPPORTED = -22,
	SIGNET_E_VERSION = -23,     /* made by a newer Signet */
	SIGNET_E_INTERNAL = -24,    /* our own bug, caught */
};

#define ERROR_MESSAGE_MAX 512
#define ERROR_DETAIL_MAX 512

struct error {
	int code;                        /* enum signet_error */
	char message[ERROR_MESSAGE_MAX]; /* fit for a client: no paths of keys, no library text */
	char detail[ERROR_DETAIL_MAX];   /* for the log */
};

/* Sets code and message, empties the detail, and returns the code. err may be NULL. */
int error_set(struct error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds the detail to an error that is set; returns its code (SIGNET_E_INTERNAL for err NULL). */
int error_detail(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Puts "text: " before the message; returns the code. */
int error_prefix(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Sets the error from errno: SIGNET_E_FULL for ENOSPC and EDQUOT, SIGNET_E_NOMEM for ENOMEM,
 * SIGNET_E_IO else. The message is "TEXT: strerror". */
int error_errno(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "no memory" as an error; returns SIGNET_E_NOMEM. */
int error_nomem(struct error *err);

/* A short name ("bad-key") for logs and JSON; "unknown" for what is no code. */
const char *error_name(int code);

#endif
