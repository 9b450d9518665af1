/*
 * The keys of the database's indexes. Names and key fingerprints repeat, so
 * their keys end in the id; what is long is hashed.
 */
#ifndef SIGNET_ENGINE_INDEX_H
#define SIGNET_ENGINE_INDEX_H

#include "asn1/general_name.h"
#include "store/store.h"

/* Names of more characters than this stand in the index as their SHA-256. */
#define INDEX_NAME_MAX 64
/* Octets of a hash that are kept where its only use is to find. */
#define INDEX_HASH_SIZE 16

/* The index form of a name in the text form of general_name_text: without regard to ASCII
 * case. Comes with its end mark: no form begins another. */
int index_name(struct arena *arena, const char *text, struct bytes *out);
/* The forms of all names of a certificate, each once: its subjectAltNames and every common name
 * of its subject. */
int index_names(struct arena *arena, struct bytes subject, const struct general_name *names,
                size_t count, struct bytes **out, size_t *out_count);
/* Whose a key is, as it stands in the index of keys: the end of the key's fingerprint, whose beginning
 * is the index's key, and a hash of the subject; nothing behind the fingerprint for an empty
 * subject. */
struct index_owner {
	uint8_t data[2 * INDEX_HASH_SIZE];
	size_t length;
};
int index_owner_make(struct index_owner *out, const uint8_t fingerprint[32],
                     struct bytes subject);
/* A prefix and an id. */
struct store_key index_key(struct bytes prefix, uint64_t id);
/* A time and an id, in the order of time. */
struct store_key index_time(int64_t time, uint64_t id);
/* Of what makes a submission the same one as another. */
int index_idempotency(const char *intermediary, const char *idempotency_key,
                      uint8_t out[INDEX_HASH_SIZE]);

#endif
