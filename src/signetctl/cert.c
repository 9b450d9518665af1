/* signetctl cert: the certificates that the engine has issued. */
#include <stdio.h>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "pki/certificate.h"
#include "signetctl/cert.h"
#include "signetctl/command.h"
#include "signetctl/describe.h"
#include "signetctl/print.h"

static const struct command_option show_options[] = {
	{"pem", NULL, "print the certificate itself (PEM) and nothing else"},
	{NULL, NULL, NULL},
};

static const char *extensions_text(struct arena *arena, const struct certificate *certificate)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LIMIT_MESSAGE);
	for (size_t i = 0; i < certificate->extension_count; i++) {
		buffer_append_text(&text, i ? "\n" : "");
		describe_extension(&text, arena, &certificate->extensions[i]);
	}
	return text.error ? NULL : arena_text(arena, buffer_bytes(&text));
}

static const char *fingerprint(struct arena *arena, struct bytes der)
{
	uint8_t digest[HASH_SIZE_MAX];
	if (hash_compute(HASH_SHA256, der, digest))
		return NULL;
	return hex_text(arena, bytes_make(digest, hash_size(HASH_SHA256)));
}

static int print_certificate(struct command_context *context, const struct signet_certificate *c)
{
	struct arena *arena = context->arena;
	struct certificate parsed;
	struct error err;
	if (certificate_parse(&parsed, arena, c->certificate, &err))
		return command_error(&err);
	const struct print_field fields[] = {
		{"Certificate", "id", PRINT_NUMBER, print_number(arena, c->id)},
		{"Serial number", "serial", PRINT_TEXT, hex_text(arena, c->serial)},
		{"State", "state", PRINT_STATE, signet_certificate_state_name(c->state)},
		{"Revoked", "revoked", PRINT_TEXT, print_time(arena, c->revoked)},
		{"Reason", "reason", PRINT_TEXT,
		 c->revoked ? signet_revocation_reason_name(c->revocation_reason) : NULL},
		{"Invalid since", "invalid", PRINT_TEXT, print_time(arena, c->invalid)},
		{"Subject", "subject", PRINT_TEXT, c->subject},
		{"Issuer", "issuer", PRINT_TEXT, name_to_text(arena, parsed.issuer)},
		{"Not before", "notBefore", PRINT_TEXT, print_time(arena, c->not_before)},
		{"Not after", "notAfter", PRINT_TEXT, print_time(arena, c->not_after)},
		{"Names", "names", PRINT_LIST, print_lines(arena, c->names, c->name_count)},
		{"Key", "key", PRINT_TEXT, key_algorithm_name(pubkey_algorithm(parsed.key))},
		{"Signature", "signatureAlgorithm", PRINT_TEXT,
		 signature_algorithm_name(parsed.signature_algorithm)},
		{"Extensions", "extensions", PRINT_LIST, extensions_text(arena, &parsed)},
		{"Authority", "authority", PRINT_TEXT, c->authority},
		{"Profile", "profile", PRINT_TEXT, c->profile},
		{"Requester", "requester", PRINT_TEXT, c->requester},
		{"Request", "request", PRINT_NUMBER, print_number(arena, c->request_id)},
		{"SHA-256", "sha256", PRINT_TEXT, fingerprint(arena, c->certificate)},
	};
	int result = print_fields(context->format, fields, sizeof fields / sizeof *fields);
	certificate_clear(&parsed);
	return result ? COMMAND_FAILED : COMMAND_OK;
}

static int run_show(struct command_context *context, const struct command_value *values, int argc,
                    char **argv)
{
	(void)argc;
	struct error err;
	struct signet_certificate certificate;
	int status = command_client(context);
	if (status)
		return status;
	if (cert_find(context, argv[0], &certificate, &err))
		return command_error(&err);
	if (!values[0].value)
		return print_certificate(context, &certificate);
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(2 * LIMIT_CERTIFICATE);
	pem_encode(&pem, "CERTIFICATE", certificate.certificate);
	const char *text = buffer_text(&pem);
	return !text || fputs(text, stdout) < 0 || fflush(stdout) ? COMMAND_FAILED : COMMAND_OK;
}

const struct command commands_cert[] = {
	{"cert", "list", "", 0, 0, "find and list certificates", cert_list_options, cert_list},
	{"cert", "show", "SERIAL|ID|SHA256|FILE", 1, 1, "show a certificate", show_options, run_show},
	{"cert", "export", "[SERIAL|ID|SHA256|FILE]...", 0, COMMAND_ARGUMENTS_MAX,
	 "write certificates into files", cert_export_options, cert_export},
	{"cert", "import", "FILE...", 1, COMMAND_ARGUMENTS_MAX,
	 "take over certificates that were issued elsewhere", cert_import_options, cert_import},
	{"cert", "revoke", "SERIAL|ID|SHA256|FILE...", 1, COMMAND_ARGUMENTS_MAX,
	 "revoke certificates for good", cert_revoke_options, cert_revoke},
	{"cert", "hold", "SERIAL|ID|SHA256|FILE...", 1, COMMAND_ARGUMENTS_MAX,
	 "revoke certificates for the time being", cert_hold_options, cert_hold},
	{"cert", "release", "SERIAL|ID|SHA256|FILE...", 1, COMMAND_ARGUMENTS_MAX,
	 "make held certificates valid again", cert_hold_options, cert_release},
	{NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
