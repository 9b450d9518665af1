/*
 * CRLs of the authority "Test Issuing", for tests that break one.
 */
#ifndef SIGNET_TESTS_PKI_CRL_SAMPLE_H
#define SIGNET_TESTS_PKI_CRL_SAMPLE_H

#include "tests/unit/pki/sample.h"

#include <unistd.h>

#include "pki/crl.h"

#define CRL_TIME 1767225600 /* 2026-01-01T00:00:00Z */

struct crl_sample {
	struct key *key;
	struct crl_head head;
	struct crl_entry *entries;
	size_t count;
	unsigned visits;
};

static inline void crl_sample_make(struct crl_sample *s, const char *key)
{
	struct certificate issuing;
	uint8_t id[20];
	assert_int_equal(certificate_parse(&issuing, arena, data_read("good/chain/issuing.der"), NULL),
	                 0);
	*s = (struct crl_sample){.key = sample_key(key)};
	pubkey_id(key_public(s->key), id);
	s->head = (struct crl_head){.issuer = issuing.subject, .number = 7,
	                            .this_update = CRL_TIME, .next_update = CRL_TIME + 86400};
	assert_int_equal(arena_bytes(arena, BYTES_OF(id), &s->head.key_id), 0);
	certificate_clear(&issuing);
}

static inline int crl_sample_source(void *arg, crl_visitor *visitor, void *context)
{
	struct crl_sample *s = arg;
	s->visits++;
	for (size_t i = 0; i < s->count; i++) {
		int result = visitor(context, &s->entries[i]);
		if (result)
			return result;
	}
	return 0;
}

static inline FILE *crl_sample_file(struct crl_sample *s, struct crl_written *written)
{
	struct error err = {0};
	FILE *file = tmpfile();
	assert_non_null(file);
	enum key_algorithm kind = pubkey_algorithm(key_public(s->key));
	if (crl_write(fileno(file), s->key, signature_algorithm_for(kind), &s->head,
	              crl_sample_source, s, written, &err))
		fail_msg("%s %s", err.message, err.detail);
	return file;
}

/* The CRL in the arena. */
static inline struct bytes crl_sample_write(struct crl_sample *s)
{
	struct crl_written written;
	FILE *file = crl_sample_file(s, &written);
	assert_int_equal(written.entries, s->count);
	uint8_t *der = arena_alloc(arena, written.size);
	assert_non_null(der);
	assert_int_equal(pread(fileno(file), der, written.size, 0), written.size);
	assert_int_equal(lseek(fileno(file), 0, SEEK_END), written.size);
	fclose(file);
	return bytes_make(der, written.size);
}

#endif
