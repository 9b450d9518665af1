/*
 * Certificates (RFC 5280 section 4): parser, builder, and the rules that
 * every draft must keep whatever policy says.
 */
#ifndef SIGNET_PKI_CERTIFICATE_H
#define SIGNET_PKI_CERTIFICATE_H

#include "asn1/extension.h"
#include "asn1/name.h"
#include "crypto/key.h"

#define SERIAL_SIZE 20

/* A parsed certificate; the slices point into der, the arrays are in the arena. */
struct certificate {
	struct bytes der;
	struct bytes tbs;
	struct bytes serial;       /* magnitude, without a leading zero */
	enum signature_algorithm signature_algorithm;
	struct bytes signature;
	struct bytes issuer;       /* Name */
	struct bytes subject;      /* Name */
	int64_t not_before;
	int64_t not_after;
	struct bytes spki;
	struct pubkey *key;        /* freed by certificate_clear */
	struct extension *extensions;
	size_t extension_count;
};

/* Strict: version 3, DER, both signature algorithms equal, everything consumed.
 * SIGNET_E_INVALID, _BAD_NAME, _BAD_KEY, _BAD_ALGORITHM with what is wrong. */
int certificate_parse(struct certificate *out, struct arena *arena, struct bytes der,
                      struct error *err);
void certificate_clear(struct certificate *certificate);
const struct extension *certificate_extension(const struct certificate *certificate,
                                              struct bytes oid);
/* Signed by this key (only the signature is checked). */
int certificate_verify(const struct certificate *certificate, const struct pubkey *issuer,
                       struct error *err);
bool certificate_is_ca(const struct certificate *certificate, int *path_length);
/* The keyUsage mask; all bits when the extension is not there. */
unsigned certificate_key_usage(const struct certificate *certificate);

/* Whether its subject and its subjectAltName keep these constraints (name_constraints_check). */
int certificate_check_names(const struct certificate *certificate, struct arena *arena,
                            const struct name_constraints *constraints, struct error *err);

/* Reads a PEM file's text into the DERs of its certificates, in their order; anything but
 * CERTIFICATE blocks is an error. At most max. */
int certificate_read_chain(struct arena *arena, struct bytes pem, struct bytes *out, size_t max,
                           size_t *count, struct error *err);

/* What the builder needs: everything in DER, checked by the caller. */
struct certificate_template {
	struct bytes serial;         /* magnitude of SERIAL_SIZE octets at most */
	struct bytes issuer;         /* Name */
	struct bytes subject;        /* Name */
	int64_t not_before;
	int64_t not_after;
	struct bytes spki;
	const struct extension *extensions; /* in the order in which they are encoded */
	size_t extension_count;
};

/* RFC 5280's own rules over a template: validity in order, serial positive, CA and keyUsage and
 * path length consistent, keyUsage fit for the kind of key (RFC 8813, RFC 8410), subject or a
 * critical subjectAltName there, no extension twice, each in its form, critical and for CAs only as
 * laid down, SKI and AKI present. SIGNET_E_INVALID names the section. */
int certificate_lint(const struct certificate_template *template, struct error *err);

/* Encodes, signs with the issuer's key, and lets GnuTLS read the result once (x509_agrees).
 * Appends the DER to out, and nothing on failure. */
int certificate_build(struct buffer *out, const struct certificate_template *template,
                      const struct key *issuer_key, struct error *err);

/* A serial number: SERIAL_SIZE octets, a lead of 0x40 to 0x7f (never zero, never negative),
 * the time in the upper bits and 112 random bits below. */
int serial_make(uint8_t out[SERIAL_SIZE]);

#endif
