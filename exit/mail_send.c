#include "exit/mail_send.h"

#include <stdio.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/limits.h"

/* Octets of UTF-8 in one encoded word, which has 75 characters at most (RFC 2047 section 2). */
#define WORD_OCTETS 42

/* The strings of one request to libcurl. */
struct parcel {
	struct curl_slist *recipients, *headers;
	curl_mime *mime;
};

static void parcel_clear(struct parcel *parcel)
{
	curl_slist_free_all(parcel->recipients);
	curl_slist_free_all(parcel->headers);
	curl_mime_free(parcel->mime);
}

/* Appends to the list; false without memory, the list then stands as it was. */
static bool add(struct curl_slist **list, const char *text)
{
	struct curl_slist *grown = curl_slist_append(*list, text);
	if (grown)
		*list = grown;
	return grown != NULL;
}

static bool is_ascii(const char *text)
{
	while (*text && (unsigned char)*text < 0x80)
		text++;
	return !*text;
}

/* Encoded words (RFC 2047), each with whole characters, on lines of their own. */
static void put_words(struct buffer *out, const char *text)
{
	for (size_t first = 0; *text; first++) {
		size_t length = strnlen(text, WORD_OCTETS);
		while (length > 1 && ((unsigned char)text[length] & 0xc0) == 0x80)
			length--;
		buffer_append_text(out, first ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?");
		base64_encode(out, bytes_make((const uint8_t *)text, length));
		buffer_append_text(out, "?=");
		text += length;
	}
}

static bool add_header(struct parcel *parcel, const char *name, const char *value)
{
	_cleanup_buffer_ struct buffer line = BUFFER_MAX(LIMIT_MESSAGE);
	buffer_printf(&line, "%s: ", name);
	if (is_ascii(value))
		buffer_append_text(&line, value);
	else
		put_words(&line, value);
	return !line.error && add(&parcel->headers, buffer_text(&line));
}

static bool add_date(struct parcel *parcel, int64_t time)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	char text[64];
	struct clock_date d;
	clock_to_date(time, &d);
	/* the epoch was a Thursday */
	snprintf(text, sizeof text, "%s, %d %s %04d %02d:%02d:%02d +0000",
	         days[(time / 86400 + 4) % 7], d.day, months[d.month - 1], d.year, d.hour, d.minute,
	         d.second);
	return add_header(parcel, "Date", text);
}

static bool add_recipients(struct parcel *parcel, const struct mail *mail)
{
	_cleanup_buffer_ struct buffer line = BUFFER_MAX(LIMIT_MESSAGE);
	for (size_t i = 0; i < mail->to_count; i++) {
		buffer_printf(&line, "%s%s", i ? ",\r\n " : "", mail->to[i]);
		if (!add(&parcel->recipients, mail->to[i]))
			return false;
	}
	return !line.error && add_header(parcel, "To", buffer_text(&line));
}

/* Lines end in CRLF (RFC 5322 section 2.3). */
static bool add_part(curl_mime *mime, const char *content, const char *type, const char *encoding,
                     const char *file_name)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(2 * LIMIT_PEM_FILE);
	for (; *content; content++) {
		if (*content == '\n')
			buffer_append_text(&text, "\r");
		buffer_append(&text, content, 1);
	}
	curl_mimepart *part = curl_mime_addpart(mime);
	return part && !text.error &&
	       curl_mime_data(part, buffer_text(&text), CURL_ZERO_TERMINATED) == CURLE_OK &&
	       curl_mime_type(part, type) == CURLE_OK &&
	       curl_mime_encoder(part, encoding) == CURLE_OK &&
	       (!file_name || curl_mime_filename(part, file_name) == CURLE_OK);
}

static bool fill(struct parcel *parcel, CURL *handle, const struct mail *mail)
{
	char id[256];
	snprintf(id, sizeof id, "<%s>", mail->id);
	parcel->mime = curl_mime_init(handle);
	return parcel->mime && add_header(parcel, "From", mail->from) &&
	       add_recipients(parcel, mail) && add_header(parcel, "Subject", mail->subject) &&
	       add_date(parcel, mail->time) && add_header(parcel, "Message-ID", id) &&
	       /* nobody's holiday notice is wanted (RFC 3834 section 5) */
	       add_header(parcel, "Auto-Submitted", "auto-generated") &&
	       add_part(parcel->mime, mail->body, "text/plain; charset=utf-8", "quoted-printable",
	                NULL) &&
	       (!mail->attachment ||
	        add_part(parcel->mime, mail->attachment, "application/x-pem-file", "7bit",
	                 "certificate.pem"));
}

static void set_up(CURL *handle, const struct mail_relay *relay, const struct mail *mail,
                   const struct parcel *parcel, char *why)
{
	curl_easy_reset(handle);
	curl_easy_setopt(handle, CURLOPT_URL, relay->url);
	curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(handle, CURLOPT_USE_SSL,
	                 relay->start_tls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_NONE);
	curl_easy_setopt(handle, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (relay->ca) {
		curl_easy_setopt(handle, CURLOPT_CAINFO, relay->ca);
		curl_easy_setopt(handle, CURLOPT_CAPATH, NULL); /* these roots and no others */
	}
	if (relay->user) {
		curl_easy_setopt(handle, CURLOPT_USERNAME, relay->user);
		curl_easy_setopt(handle, CURLOPT_PASSWORD, relay->password);
	}
	curl_easy_setopt(handle, CURLOPT_PROXY, "");
	curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(handle, CURLOPT_TIMEOUT, (long)relay->timeout);
	curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, why);
	curl_easy_setopt(handle, CURLOPT_MAIL_FROM, mail->from);
	curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, parcel->recipients);
	curl_easy_setopt(handle, CURLOPT_HTTPHEADER, parcel->headers);
	curl_easy_setopt(handle, CURLOPT_MIMEPOST, parcel->mime);
}

/* What is said of this mail and those whom it is for (RFC 5321 section 4.2.2, RFC 7504). The other 5yz
 * are said of the session: a command or a login that the relay wants or does not know (530, 534, 535,
 * 538: RFC 4954 section 6) is what an administrator mends. */
static bool is_final(long reply)
{
	return reply >= 550 && reply <= 556;
}

static enum signet_exit_result judge(CURL *handle, CURLcode code, const char *why,
                                     struct error *err)
{
	long reply = 0;
	curl_off_t sent = 0;
	if (code == CURLE_OK)
		return SIGNET_EXIT_DONE;
	curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &reply);
	/* a relay that says 554 for a greeting refuses whatever comes (RFC 5321 section 3.1), not this: MAIL,
	 * RCPT and DATA that are refused are a SEND_ERROR, and only behind them the mail goes on its way */
	curl_easy_getinfo(handle, CURLINFO_PRETRANSFER_TIME_T, &sent);
	bool met = code == CURLE_SEND_ERROR || sent > 0;
	error_set(err, SIGNET_E_UNAVAILABLE, "the mail was not taken: %s%s%s",
	          curl_easy_strerror(code), *why ? ": " : "", why);
	return met && is_final(reply) ? SIGNET_EXIT_GIVE_UP : SIGNET_EXIT_RETRY;
}

enum signet_exit_result mail_send(struct mail_relay *relay, const struct mail *mail,
                                  struct error *err)
{
	struct parcel parcel = {0};
	char why[CURL_ERROR_SIZE] = "";
	if (!relay->handle)
		relay->handle = curl_easy_init();
	CURL *handle = relay->handle;
	if (!handle || !fill(&parcel, handle, mail)) {
		parcel_clear(&parcel);
		error_nomem(err);
		return SIGNET_EXIT_RETRY;
	}
	set_up(handle, relay, mail, &parcel, why);
	enum signet_exit_result result = judge(handle, curl_easy_perform(handle), why, err);
	/* the handle must not keep what is freed now */
	curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, NULL);
	curl_easy_setopt(handle, CURLOPT_MIMEPOST, NULL);
	curl_easy_setopt(handle, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, NULL);
	parcel_clear(&parcel);
	/* a connection on which something went wrong is not used again */
	if (result != SIGNET_EXIT_DONE)
		mail_close(relay);
	return result;
}

void mail_close(struct mail_relay *relay)
{
	if (relay->handle)
		curl_easy_cleanup(relay->handle);
	relay->handle = NULL;
}
