#include <stdlib.h>

#include "api/secret.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "exit/ldap_private.h"

#define NOT_TRUSTED "the server's certificate is none of 'ca', or not for this name"

static void set_diagnostic(struct directory *d, char *text)
{
	ldap_memfree(d->diagnostic);
	d->diagnostic = text && *text ? text : NULL;
	if (text && !*text)
		ldap_memfree(text);
}

void directory_close(struct directory *d)
{
	/* the farewell goes out at once or not at all */
	d->deadline = 0;
	if (d->ldap)
		ldap_unbind_ext(d->ldap, NULL, NULL);
	d->ldap = NULL;
	file_close(&d->fd);
	d->broken = d->gone = false;
	set_diagnostic(d, NULL);
}

/* ---- requests and their results ---- */

int directory_note(struct directory *d, int code)
{
	if (code < 0 || code == LDAP_UNAVAILABLE || code == LDAP_BUSY)
		d->broken = true;
	d->gone |= code == LDAP_SERVER_DOWN || code == LDAP_UNAVAILABLE;
	return code;
}

int directory_own_result(struct directory *d)
{
	int code = LDAP_OTHER;
	char *text = NULL;
	ldap_get_option(d->ldap, LDAP_OPT_RESULT_CODE, &code);
	ldap_get_option(d->ldap, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
	set_diagnostic(d, text);
	if (code == LDAP_SUCCESS)
		code = LDAP_LOCAL_ERROR;
	return directory_note(d, d->timed_out ? LDAP_TIMEOUT : code);
}

LDAPMessage *directory_next(struct directory *d, int id, int *code)
{
	int64_t left = d->deadline - clock_monotonic_us();
	struct timeval time = {left > 0 ? left / 1000000 : 0, left > 0 ? left % 1000000 : 0};
	LDAPMessage *message = NULL;
	int type = ldap_result(d->ldap, id, LDAP_MSG_ONE, &time, &message);
	*code = type > 0 ? LDAP_SUCCESS : type == 0 ? directory_note(d, LDAP_TIMEOUT) : directory_own_result(d);
	if (type > 0)
		return message;
	ldap_msgfree(message);
	return NULL;
}

int directory_result(struct directory *d, LDAPMessage *message)
{
	int code = LDAP_OTHER;
	char *text = NULL;
	int read = ldap_parse_result(d->ldap, message, &code, NULL, &text, NULL, NULL, 1);
	set_diagnostic(d, text);
	return directory_note(d, read == LDAP_SUCCESS ? code : read);
}

int directory_await(struct directory *d, int sent, int id)
{
	int code;
	if (sent != LDAP_SUCCESS)
		return directory_own_result(d);
	LDAPMessage *message = directory_next(d, id, &code);
	return message ? directory_result(d, message) : code;
}

/* ---- a connection ---- */

static enum signet_exit_result away(struct directory *d, const char *uri, int code,
                                    const char *what, struct error *err)
{
	bool rejected = code == LDAP_INVALID_CREDENTIALS || code == LDAP_INAPPROPRIATE_AUTH;
	error_set(err, rejected ? SIGNET_E_PERMISSION : SIGNET_E_UNAVAILABLE, "%s: %s: %s", uri, what,
	          ldap_err2string(code));
	if (d->diagnostic)
		error_detail(err, "%s", d->diagnostic);
	directory_close(d);
	return SIGNET_EXIT_RETRY;
}

int directory_set_options(LDAP *ldap, const struct directory_option *options, size_t count)
{
	int result = LDAP_OPT_SUCCESS;
	for (size_t i = 0; i < count && result == LDAP_OPT_SUCCESS; i++)
		result = ldap_set_option(ldap, options[i].name, options[i].value);
	return result == LDAP_OPT_SUCCESS ? LDAP_SUCCESS : LDAP_LOCAL_ERROR;
}

/* All that ldap.conf and the environment could have set otherwise is set, here and in ldap_trust.c. */
static int set_manners(LDAP *ldap)
{
	const struct timeval none = {-1, 0};
	const int version = LDAP_VERSION3, never = LDAP_DEREF_NEVER;
	const int not_by_itself = LDAP_OPT_X_TLS_NEVER;
	const struct directory_option options[] = {
		{LDAP_OPT_PROTOCOL_VERSION, &version},
		{LDAP_OPT_REFERRALS, LDAP_OPT_OFF},
		{LDAP_OPT_RESTART, LDAP_OPT_ON},
		{LDAP_OPT_DEREF, &never},
		{LDAP_OPT_NETWORK_TIMEOUT, &none}, /* with one it would not leave the waiting to us */
		{LDAP_OPT_X_TLS, &not_by_itself},
	};
	return directory_set_options(ldap, options, sizeof options / sizeof *options);
}

static bool begins(const char *uri, const char *scheme)
{
	return strncasecmp(uri, scheme, strlen(scheme)) == 0;
}

/* TLS 1.2 at least: GnuTLS behind libldap has no option that says so beforehand. */
static bool is_modern_tls(LDAP *ldap)
{
	char *version = NULL;
	ldap_get_option(ldap, LDAP_OPT_X_TLS_VERSION, &version);
	bool modern = version && (strcmp(version, "TLS1.2") == 0 || strcmp(version, "TLS1.3") == 0);
	ldap_memfree(version);
	return modern && ldap_tls_inplace(ldap);
}

/* Of its own verdict on a certificate libldap has no text: its code means nothing to GnuTLS. */
static bool is_untrusted(const struct directory *d)
{
	return !d->timed_out && d->diagnostic && strstr(d->diagnostic, "unknown error");
}

static enum signet_exit_result begin_tls(struct directory *d, const char *uri, struct error *err)
{
	bool plain = begins(uri, "ldap://");
	if (plain && d->target->start_tls) {
		int id = 0;
		directory_begin(d);
		int sent = ldap_start_tls(d->ldap, NULL, NULL, &id);
		int code = directory_await(d, sent, id);
		if (code != LDAP_SUCCESS)
			return away(d, uri, code, "no StartTLS", err);
	} else if (!begins(uri, "ldaps://")) {
		return SIGNET_EXIT_DONE;
	}
	if (directory_trust_set(&d->trust, d->ldap, d->target) != LDAP_SUCCESS)
		return away(d, uri, LDAP_LOCAL_ERROR, "cannot use the files of ca, certificate and key", err);
	directory_begin(d);
	if (ldap_install_tls(d->ldap) != LDAP_SUCCESS) {
		int code = directory_own_result(d);
		return away(d, uri, code, is_untrusted(d) ? NOT_TRUSTED : "no TLS", err);
	}
	return is_modern_tls(d->ldap) ? SIGNET_EXIT_DONE
	                              : away(d, uri, LDAP_CONNECT_ERROR, "no TLS 1.2 or newer", err);
}

static enum signet_exit_result log_in(struct directory *d, const char *uri, struct error *err)
{
	const struct directory_target *t = d->target;
	bool simple = t->identity == DIRECTORY_SIMPLE;
	int id = 0;
	if (t->identity == DIRECTORY_ANONYMOUS)
		return SIGNET_EXIT_DONE;
	_cleanup_secret_ struct buffer password = BUFFER_MAX(PASSPHRASE_MAX);
	if (simple && secret_read(&password, t->password, t->directory, err)) {
		directory_close(d);
		err->code = SIGNET_E_PERMISSION;
		return SIGNET_EXIT_RETRY;
	}
	struct berval secret = {password.length, (char *)password.data};
	if (!simple)
		secret = (struct berval){0, (char *)""};
	directory_begin(d);
	int sent = ldap_sasl_bind(d->ldap, simple ? t->dn : "", simple ? LDAP_SASL_SIMPLE : "EXTERNAL",
	                          &secret, NULL, NULL, &id);
	int code = directory_await(d, sent, id);
	return code == LDAP_SUCCESS ? SIGNET_EXIT_DONE : away(d, uri, code, "cannot log in", err);
}

/* Below all that the library puts on it; and no message may be without end. */
static int attach_socket(struct directory *d)
{
	Sockbuf *socket = NULL;
	ber_len_t most = LIMIT_LDAP_ANSWER;
	if (ldap_get_option(d->ldap, LDAP_OPT_SOCKBUF, &socket) != LDAP_OPT_SUCCESS || !socket ||
	    ber_sockbuf_add_io(socket, &directory_io, LBER_SBIOD_LEVEL_PROVIDER, d) != 0 ||
	    ber_sockbuf_ctrl(socket, LBER_SB_OPT_SET_MAX_INCOMING, &most) < 0)
		return LDAP_LOCAL_ERROR;
	return LDAP_SUCCESS;
}

static enum signet_exit_result connect_to(struct directory *d, const char *uri, struct error *err)
{
	if (directory_socket_open(d, uri, err))
		return SIGNET_EXIT_RETRY;
	int code = ldap_init_fd(d->fd, LDAP_PROTO_EXT, uri, &d->ldap);
	if (code == LDAP_SUCCESS)
		code = attach_socket(d);
	if (code == LDAP_SUCCESS)
		code = set_manners(d->ldap);
	if (code != LDAP_SUCCESS)
		return away(d, uri, code, "cannot be used", err);
	enum signet_exit_result result = begin_tls(d, uri, err);
	if (result == SIGNET_EXIT_DONE)
		result = log_in(d, uri, err);
	if (result == SIGNET_EXIT_DONE) {
		d->uri = uri;
		log_event(LOG_INFO, "directory-connected", "uri", uri, NULL);
	}
	return result;
}

enum signet_exit_result directory_open(struct directory *d, struct error *err)
{
	if (d->ldap && !d->broken)
		return SIGNET_EXIT_DONE;
	directory_close(d);
	struct error why = {0};
	for (size_t i = 0; i < d->target->uri_count; i++) {
		if (connect_to(d, d->target->uris[i], &why) == SIGNET_EXIT_DONE)
			return SIGNET_EXIT_DONE;
		/* the next one would refuse the same password, and count it once more: all of them know
		 * the same people */
		if (why.code == SIGNET_E_PERMISSION)
			break;
	}
	if (err)
		*err = why;
	return SIGNET_EXIT_RETRY;
}
