/*
 * What the files of the client share: one call to the engine, and the parts
 * of replies. Private to src/api.
 */
#ifndef SIGNET_API_CLIENT_CALL_H
#define SIGNET_API_CLIENT_CALL_H

#include "api/client.h"
#include "base/limits.h"
#include "rpc/ca.pb-c.h"

/* How long a call may take. */
#define CLIENT_TIMEOUT_US INT64_C(10000000)
#define CLIENT_SUBMIT_TIMEOUT_US INT64_C(30000000)

/* A reply without a body of its own. */
#define CLIENT_NO_BODY SIGNET__RPC__REPLY__BODY__NOT_SET

/* Makes the call, which may be repeated until the time is up, takes the generations, and turns a
 * reply with a code into an error. The reply has this body. */
int client_call(struct signet_client *client, struct arena *arena, const Signet__Rpc__Call *call,
                int64_t timeout_us, Signet__Rpc__Reply__BodyCase body,
                Signet__Rpc__Reply **out, struct error *err);

static inline struct bytes client_bytes(ProtobufCBinaryData data)
{
	return (struct bytes){data.data, data.len};
}

static inline ProtobufCBinaryData client_data(struct bytes bytes)
{
	return (ProtobufCBinaryData){bytes.length, (uint8_t *)(uintptr_t)bytes.data};
}

/* Where OCSP requests of several threads join (client_ocsp.c). */
struct combiner;
struct combiner *client_ocsp_combiner(struct signet_client *client);
struct combiner *client_combiner(struct signet_client *client);

/* protobuf-c's strings are not const, although packing leaves them alone. */
static inline char *client_text(const char *text)
{
	return (char *)(uintptr_t)(text ? text : "");
}

/* The same for a call that is not to be made twice: when the connection breaks it is an error, and
 * whether the engine has done it is not known. */
int client_call_once(struct signet_client *client, struct arena *arena,
                     const Signet__Rpc__Call *call, int64_t timeout_us,
                     Signet__Rpc__Reply__BodyCase body, Signet__Rpc__Reply **out,
                     struct error *err);

/* The same for a call that hands an open file over. */
int client_call_with_file(struct signet_client *client, struct arena *arena,
                          const Signet__Rpc__Call *call, int file, int64_t timeout_us,
                          Signet__Rpc__Reply__BodyCase body, Signet__Rpc__Reply **out,
                          struct error *err);

/* An array of slices into the reply; NULL without memory. */
struct bytes *client_bytes_array(struct arena *arena, const ProtobufCBinaryData *data,
                                 size_t count);

/* Room for a submission as a message, which points to the caller's. */
struct client_submission {
	Signet__Rpc__Submission message;
	Signet__Rpc__Attribute attributes[LIMIT_ATTRIBUTES];
	Signet__Rpc__Attribute *pointers[LIMIT_ATTRIBUTES];
};
/* What the engine would refuse, too, is refused without the way to it. */
int client_fill_submission(struct client_submission *out,
                           const struct signet_submission *submission, struct error *err);
int client_read_request(struct arena *arena, struct signet_request_info *out,
                        const Signet__Rpc__Request *request, struct error *err);
int client_read_outcome(struct arena *arena, struct signet_outcome *out,
                        const Signet__Rpc__Outcome *outcome, struct error *err);
void client_read_certificate(struct signet_certificate *out,
                             const Signet__Rpc__Certificate *certificate);

struct signet_event;
int client_read_events(struct arena *arena, const Signet__Rpc__Events *list,
                       struct signet_event **out, size_t *count, struct error *err);

#endif
