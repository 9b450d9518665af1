/*
 * Keys. A struct key is a private key behind a keystore (a file today,
 * PKCS#11 later): it signs and never shows its secret but to key_to_pem. A
 * struct pubkey is a checked public key. Both may be shared by threads.
 */
#ifndef SIGNET_CRYPTO_KEY_H
#define SIGNET_CRYPTO_KEY_H

#include "base/arena.h"
#include "crypto/algorithm.h"

struct key;
struct pubkey;

/* bits: for RSA, LIMIT_RSA_BITS_MIN to LIMIT_RSA_BITS_MAX; ignored else. */
int key_generate(struct key **out, enum key_algorithm algorithm, unsigned bits,
                 struct error *err);
/* PKCS#8 (encrypted or not), or the older PEM forms. passphrase: NULL for none.
 * SIGNET_E_BAD_KEY: malformed or of a kind that we do not know; SIGNET_E_PERMISSION: the
 * passphrase is wrong or missing. */
int key_from_pem(struct key **out, struct bytes pem, const char *passphrase, struct error *err);
/* PKCS#8, encrypted with PBES2 (AES-256-CBC, PBKDF2) when there is a passphrase. */
int key_to_pem(const struct key *key, const char *passphrase, struct buffer *out,
               struct error *err);
void key_free(struct key *key);

const struct pubkey *key_public(const struct key *key);
/* The signature as X.509 carries it (ECDSA: DER SEQUENCE). Appends to out. */
int key_sign(const struct key *key, enum signature_algorithm algorithm, struct bytes data,
             struct buffer *out, struct error *err);

/* The same for data whose hash (signature_algorithm_hash) is there already: what is too big to be held.
 * SIGNET_E_BAD_ALGORITHM for Ed25519, which signs whole messages only. */
int key_sign_hash(const struct key *key, enum signature_algorithm algorithm, struct bytes hash,
                  struct buffer *out, struct error *err);

/* From a SubjectPublicKeyInfo in DER. Strict: known algorithm with its exact parameters, EC
 * points uncompressed and on their curve, RSA with LIMIT_RSA_BITS_MIN..MAX, an odd modulus and an
 * odd exponent of at least 3 and at most 64 bits, Ed25519 keys canonical and not of small order,
 * nothing behind. SIGNET_E_BAD_KEY or SIGNET_E_BAD_ALGORITHM with what is wrong. The pubkey keeps
 * its own copy. */
int pubkey_from_spki(struct pubkey **out, struct bytes spki, struct error *err);
/* From the coordinates of a JWK (RFC 7518 section 6.2, RFC 8037): x and y of the curve's full
 * length; y is BYTES_NONE for Ed25519. */
int pubkey_from_coordinates(struct pubkey **out, enum key_algorithm algorithm, struct bytes x,
                            struct bytes y, struct error *err);
/* From modulus and exponent, big-endian, without leading zeros. */
int pubkey_from_rsa(struct pubkey **out, struct bytes modulus, struct bytes exponent,
                    struct error *err);
void pubkey_free(struct pubkey *pubkey);

enum key_algorithm pubkey_algorithm(const struct pubkey *pubkey);
unsigned pubkey_bits(const struct pubkey *pubkey);
/* The exponent of an RSA key, 0 for another kind. */
uint64_t pubkey_rsa_exponent(const struct pubkey *pubkey);
/* DER; the pubkey's. */
struct bytes pubkey_spki(const struct pubkey *pubkey);
/* SHA-1 over the BIT STRING's content (RFC 5280 section 4.2.1.2 method 1). */
void pubkey_id(const struct pubkey *pubkey, uint8_t out[20]);
/* SHA-256 over the SPKI: the index of keys, the blocklist's entry. */
void pubkey_fingerprint(const struct pubkey *pubkey, uint8_t out[32]);
bool pubkey_equal(const struct pubkey *a, const struct pubkey *b);

/* 0, SIGNET_E_BAD_SIGNATURE, SIGNET_E_BAD_ALGORITHM when the algorithm is not one of this kind
 * of key. ECDSA signatures in DER. */
int pubkey_verify(const struct pubkey *pubkey, enum signature_algorithm algorithm,
                  struct bytes data, struct bytes signature, struct error *err);
/* The same for ECDSA signatures as JOSE carries them, r || s of the curve's full length
 * (RFC 7518 section 3.4); other kinds as above. */
int pubkey_verify_raw(const struct pubkey *pubkey, enum signature_algorithm algorithm,
                      struct bytes data, struct bytes signature, struct error *err);

#endif
