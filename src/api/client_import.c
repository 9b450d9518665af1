/* What signetctl cert import asks. */
#include "api/import.h"

#include "api/client_call.h"

/* A batch may wait for a slow disk, a CRL of many megabytes for its hash. */
#define IMPORT_TIMEOUT_US INT64_C(120000000)

static int fill_items(struct arena *arena, const struct signet_import *in,
                      Signet__Rpc__Import *out)
{
	Signet__Rpc__ImportItem *rows = arena_array(arena, in->count, sizeof *rows);
	out->items = arena_array(arena, in->count, sizeof *out->items);
	if (!rows || !out->items)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < in->count; i++) {
		signet__rpc__import_item__init(&rows[i]);
		rows[i].certificate = client_data(in->items[i].certificate);
		rows[i].revoked = in->items[i].revoked;
		rows[i].invalid = in->items[i].invalid;
		rows[i].reason = in->items[i].reason;
		out->items[out->n_items++] = &rows[i];
	}
	return 0;
}

static int read_imported(struct arena *arena, const Signet__Rpc__Imported *in, size_t count,
                         struct signet_imported *out, struct error *err)
{
	struct signet_imported read = {in->imported, in->skipped, in->ended, in->revoked, NULL, 0};
	read.refused = arena_array(arena, in->n_refused, sizeof *read.refused);
	if (!read.refused)
		return error_nomem(err);
	for (size_t i = 0; i < in->n_refused; i++) {
		const Signet__Rpc__ImportRefusal *row = in->refused[i];
		if (row->item >= count)
			return error_set(err, SIGNET_E_CORRUPT, "the engine refuses what it was not sent");
		read.refused[read.refused_count++] =
			(struct signet_import_refusal){row->item, row->code, row->message};
	}
	*out = read;
	return 0;
}

int signet_import_certificates(struct signet_client *client, struct arena *arena,
                               const struct signet_import *in, struct signet_imported *out,
                               struct error *err)
{
	Signet__Rpc__Import import = SIGNET__RPC__IMPORT__INIT;
	import.authority = client_text(in->authority);
	import.unexpired = in->unexpired;
	import.check = in->check;
	import.publish = in->publish;
	if (fill_items(arena, in, &import))
		return error_nomem(err);
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_IMPORT_CERTIFICATES;
	call.import_certificates = &import;
	Signet__Rpc__Reply *reply;
	/* once: a second answer would call skipped what the first call has imported */
	int result = client_call_once(client, arena, &call, IMPORT_TIMEOUT_US,
	                              SIGNET__RPC__REPLY__BODY_IMPORTED, &reply, err);
	return result ? result : read_imported(arena, reply->imported, in->count, out, err);
}

int signet_check_crl(struct signet_client *client, struct arena *arena, int file,
                     const char *wanted, const char **authority, struct error *err)
{
	Signet__Rpc__Name name = SIGNET__RPC__NAME__INIT;
	name.name = client_text(wanted);
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_CHECK_CRL;
	call.check_crl = &name;
	Signet__Rpc__Reply *reply;
	int result = client_call_with_file(client, arena, &call, file, IMPORT_TIMEOUT_US,
	                                   SIGNET__RPC__REPLY__BODY_CRL_CHECKED, &reply, err);
	if (result == 0)
		*authority = reply->crl_checked->authority;
	return result;
}
