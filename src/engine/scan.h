/*
 * Some fields of a packed record, without unpacking it: for lists that look
 * at many records and show few.
 */
#ifndef SIGNET_ENGINE_SCAN_H
#define SIGNET_ENGINE_SCAN_H

#include "base/bytes.h"
#include "base/error.h"

/* A field of a protobuf message: a varint's number, or octets. What is not there is 0 and empty. */
struct scan_field {
	uint64_t number;
	struct bytes octets;  /* within the record */
};

/* Fields 1 to last (out[n] is field n, so out has last + 1 of them) of a record whose fields stand in
 * order, as the engine packs them; of a repeated one the last. Stops behind `last`. SIGNET_E_CORRUPT. */
int scan_record(struct bytes packed, unsigned last, struct scan_field *out);

#endif
