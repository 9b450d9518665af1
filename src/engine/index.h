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

/* The index form of a name in the text form of general_name_text, whatever its spelling: case, blanks,
 * full width letters (name_part_folded) and an IPv4 address written as an IPv6 one make no other
 * name. Comes with its end mark: no form begins another. */
int index_name(struct arena *arena, const char *text, struct bytes *out);
/* The forms of all names of a certificate, each once: its subjectAltNames and every common name
 * of its subject; where there are none, one that stands for its subject, unless that is empty. */
int index_names(struct arena *arena, struct bytes subject, const struct general_name *names,
                size_t count, struct bytes **out, size_t *out_count);
/* What stands beside an id in the indexes of names and keys, so that who counts or compares need not
 * read the certificates: when it was issued, and a hash of all its names; or the end of its key's
 * fingerprint, whose beginning is the index's key, and a hash of the subject unless that is empty. */
struct index_row {
	uint8_t data[8 + 2 * INDEX_HASH_SIZE];
	size_t length;
};
/* Their time is 0. forms: index_names, in any order. */
int index_name_row(struct index_row *out, const struct bytes *forms, size_t count);
int index_key_row(struct index_row *out, const uint8_t fingerprint[32], struct bytes subject);
void index_row_stamp(struct index_row *row, int64_t time);
struct bytes index_row_get(const struct index_row *row);
/* The parts of a stored row of keys; empty where it is too short. */
struct bytes index_row_key(struct bytes row);
struct bytes index_row_subject(struct bytes row);
/* A prefix and an id. */
struct store_key index_key(struct bytes prefix, uint64_t id);
/* A time and an id, in the order of time. */
struct store_key index_time(int64_t time, uint64_t id);
/* What certificates are found by, too: seven octets of a hash of the text, behind one that says which
 * it is; then the id. Who finds one looks whether it is the text itself. */
enum index_label_kind {
	INDEX_AUTHORITY = 'a',
	INDEX_PROFILE = 'p',
	INDEX_REQUESTER = 'r',
	INDEX_CHANGED = 'c', /* was ever that: INDEX_REVOKED, INDEX_HELD */
};
#define INDEX_REVOKED "revoked"
#define INDEX_HELD "held"
int index_label(struct store_key *out, enum index_label_kind kind, const char *text, uint64_t id);
/* The beginning of a certificate's own SHA-256: among so many certificates hardly two have the same, and
 * who finds one looks. */
#define INDEX_FINGERPRINT_SIZE 8
int index_fingerprint(struct bytes der, uint8_t out[INDEX_FINGERPRINT_SIZE]);
/* Of what makes a submission the same one as another. */
int index_idempotency(const char *intermediary, const char *idempotency_key,
                      uint8_t out[INDEX_HASH_SIZE]);

#endif
