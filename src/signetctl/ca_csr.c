/* signetctl ca csr: a request for another certificate, for an issuer that is elsewhere. */
#include <stdio.h>

#include "base/encoding.h"
#include "base/file.h"
#include "signetctl/authority.h"
#include "signetctl/ca.h"

enum { OPTION_NEW_KEY, OPTION_KEY_TYPE, OPTION_OUTPUT };

const struct command_option ca_csr_options[] = {
	{"new-key", NULL, "for a new key, which is made, in place of the present one"},
	{"key-type", "KEY-TYPE", "of the new key: p-256, p-384, ed25519, rsa-2048 to rsa-4096 (as it is)"},
	{"output", "FILE", "write it there (standard output)"},
	{NULL, NULL, NULL},
};

int ca_write_pem(const char *path, const char *label, struct bytes der, struct error *err)
{
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	if (pem_encode(&pem, label, der))
		return error_nomem(err);
	if (path)
		return file_write(path, buffer_bytes(&pem), 0644, FILE_REPLACE, err);
	if (fwrite(pem.data, 1, pem.length, stdout) != pem.length || fflush(stdout))
		return error_errno(err, "standard output");
	return 0;
}

static int make(struct ca_authority *a, const struct command_value *values, struct error *err)
{
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CSR);
	bool new_key = values[OPTION_NEW_KEY].value != NULL;
	int result = new_key ? ca_authority_make_next(a, values[OPTION_KEY_TYPE].value, err) : 0;
	if (result == 0)
		result = authority_rerequest(&der, a->arena, &a->certificate, new_key ? a->next : a->key,
		                             err);
	return result ? result : ca_write_pem(values[OPTION_OUTPUT].value, "CERTIFICATE REQUEST",
	                                      buffer_bytes(&der), err);
}

int ca_csr(struct command_context *context, const struct command_value *values, int argc,
           char **argv)
{
	struct ca_authority authority;
	struct error err;
	(void)argc;
	if (values[OPTION_KEY_TYPE].value && !values[OPTION_NEW_KEY].value)
		return command_usage("--key-type is of a new key: --new-key");
	int status = command_settings(context);
	if (status)
		return status;
	int result = ca_authority_open(&authority, context->arena, context->settings, argv[0], &err);
	if (result)
		return command_error(&err);
	result = make(&authority, values, &err);
	ca_authority_close(&authority);
	if (result)
		return command_error(&err);
	if (!context->quiet)
		fprintf(stderr, "Have it signed by the issuer, then: signetctl ca install %s ANSWER.pem\n",
		        argv[0]);
	return COMMAND_OK;
}
