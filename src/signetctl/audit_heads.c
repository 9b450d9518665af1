/* Heads of the audit trail. */
#include <stdio.h>
#include <stdlib.h>

#include "base/encoding.h"
#include "base/file.h"
#include "crypto/key.h"
#include "signetctl/audit.h"

#define LINE_SIZE 8192
#define PEM_LABEL "PUBLIC KEY"

static int read_key(struct command_context *context, const char *given, struct pubkey **out,
                    struct error *err)
{
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(4096);
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(4096);
	if (!given && command_settings(context))
		return error_set(err, SIGNET_E_CONFIG, "say which key the heads have: --key");
	char *made = given ? NULL : settings_path(context->settings, "public/audit.pub");
	const char *path = given ? given : made;
	int result = path ? file_read(&pem, path, err) : error_nomem(err);
	struct bytes rest = buffer_bytes(&pem);
	char label[32];
	if (result == 0 && (pem_decode(&der, label, sizeof label, &rest) ||
	                    strcmp(label, PEM_LABEL) != 0))
		result = error_set(err, SIGNET_E_BAD_KEY, "%s: no public key in PEM", path);
	if (result == 0)
		result = pubkey_from_spki(out, buffer_bytes(&der), err);
	free(made);
	return result;
}

static int check_head(const struct audit_head *head, const struct pubkey *key, struct error *err)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(512);
	if (audit_head_text(head, &text))
		return error_nomem(err);
	struct bytes signature = bytes_make(head->signature, head->signature_length);
	if (pubkey_verify(key, SIGNATURE_ECDSA_SHA256, buffer_bytes(&text), signature, NULL) == 0)
		return 0;
	return error_set(err, SIGNET_E_CORRUPT, "the signature of head %llu is wrong",
	                 (unsigned long long)head->sequence);
}

static int add(struct audit_heads *heads, const struct audit_head *head, struct error *err)
{
	if (heads->count == heads->capacity) {
		size_t capacity = heads->capacity ? 2 * heads->capacity : 64;
		struct audit_head *list = reallocarray(heads->list, capacity, sizeof *list);
		if (!list)
			return error_nomem(err);
		heads->list = list;
		heads->capacity = capacity;
	}
	heads->list[heads->count++] = *head;
	return 0;
}

static int read_lines(struct audit_heads *heads, FILE *file, const struct pubkey *key,
                      struct error *err)
{
	char line[LINE_SIZE];
	int result = 0;
	while (result == 0 && fgets(line, sizeof line, file)) {
		struct audit_head head;
		int found = audit_head_from_line(line, &head);
		if (found == SIGNET_E_NOT_FOUND)
			continue;
		result = found ? error_set(err, SIGNET_E_CORRUPT, "a head of the log does not read")
		               : check_head(&head, key, err);
		if (result == 0)
			result = add(heads, &head, err);
	}
	return result;
}

static int compare(const void *a, const void *b)
{
	const struct audit_head *x = a, *y = b;
	return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

int audit_heads_read(struct audit_heads *out, struct command_context *context, const char *log,
                     const char *key, struct error *err)
{
	struct pubkey *public_key = NULL;
	int result = read_key(context, key, &public_key, err);
	if (result)
		return result;
	FILE *file = fopen(log, "re");
	result = file ? read_lines(out, file, public_key, err) : error_errno(err, "%s", log);
	if (file)
		fclose(file);
	pubkey_free(public_key);
	if (result == 0 && out->count == 0)
		return error_set(err, SIGNET_E_NOT_FOUND, "%s: no head is in it", log);
	if (result == 0)
		qsort(out->list, out->count, sizeof *out->list, compare);
	return result;
}

int audit_heads_compare(struct audit_heads *heads, const struct audit_chain *chain,
                        struct error *err)
{
	for (; heads->compared < heads->count; heads->compared++) {
		const struct audit_head *head = &heads->list[heads->compared];
		if (head->sequence > chain->last)
			return 0;
		if (head->sequence == chain->last &&
		    memcmp(head->hash, chain->hash, sizeof head->hash) != 0)
			return error_set(err, SIGNET_E_CORRUPT, "record %llu is not the one that was "
			                 "signed: the trail was written anew",
			                 (unsigned long long)chain->last);
	}
	return 0;
}

int audit_heads_finish(const struct audit_heads *heads, const struct audit_chain *chain,
                       struct error *err)
{
	if (heads->compared == heads->count)
		return 0;
	return error_set(err, SIGNET_E_CORRUPT, "record %llu is missing: the trail was cut off, a head "
	                 "was signed of record %llu", (unsigned long long)chain->last + 1,
	                 (unsigned long long)heads->list[heads->count - 1].sequence);
}

void audit_heads_clear(struct audit_heads *heads)
{
	free(heads->list);
	*heads = (struct audit_heads){0};
}
