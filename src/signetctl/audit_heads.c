/* Heads of the audit trail. */
#include <stdio.h>
#include <stdlib.h>

#include "base/encoding.h"
#include "base/file.h"
#include "crypto/key.h"
#include "signetctl/audit.h"

#define LINE_SIZE 8192
#define PEM_LABEL "PUBLIC KEY"
#define AUDIT_KEYS_MAX 64

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

/* The keys of heads, older ones too. */
struct keys {
	struct pubkey *list[AUDIT_KEYS_MAX];
	size_t count;
};

static void free_keys(struct keys *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		pubkey_free(keys->list[i]);
}

static int read_keys(struct command_context *context, const char *const *given, size_t count,
                     struct keys *out, struct error *err)
{
	if (count > AUDIT_KEYS_MAX)
		return error_set(err, SIGNET_E_TOO_BIG, "--key: more than %d", AUDIT_KEYS_MAX);
	int result = 0;
	do {
		result = read_key(context, count ? given[out->count] : NULL, &out->list[out->count], err);
		out->count += result == 0;
	} while (result == 0 && out->count < count);
	return result;
}

static int check_head(const struct audit_head *head, const struct keys *keys, struct error *err)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(512);
	if (audit_head_text(head, &text))
		return error_nomem(err);
	struct bytes signature = bytes_make(head->signature, head->signature_length);
	for (size_t i = 0; i < keys->count; i++)
		if (pubkey_verify(keys->list[i], SIGNATURE_ECDSA_SHA256, buffer_bytes(&text), signature,
		                  NULL) == 0)
			return 0;
	return error_set(err, SIGNET_E_CORRUPT, "the signature of head %llu is wrong%s",
	                 (unsigned long long)head->sequence,
	                 keys->count == 1 ? ", or of another key (--key)" : ": none of the keys has made it");
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

static int read_lines(struct audit_heads *heads, FILE *file, const struct keys *keys,
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
		               : check_head(&head, keys, err);
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
                     const char *const *keys, size_t key_count, struct error *err)
{
	struct keys read = {0};
	int result = read_keys(context, keys, key_count, &read, err);
	FILE *file = result == 0 ? fopen(log, "re") : NULL;
	if (result == 0)
		result = file ? read_lines(out, file, &read, err) : error_errno(err, "%s", log);
	if (file)
		fclose(file);
	free_keys(&read);
	if (result)
		return result;
	if (out->count == 0)
		return error_set(err, SIGNET_E_NOT_FOUND, "%s: no head is in it", log);
	qsort(out->list, out->count, sizeof *out->list, compare);
	return 0;
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
