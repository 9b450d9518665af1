#include "engine/crl_due.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "engine/crl_publish.h"
#include "engine/crl_source.h"
#include "engine/records.pb-c.h"
#include "engine/repository.h"

/* What the database has of the scope. */
struct known {
	const struct crl_look *look;
	struct arena *arena;
	Signet__Db__CrlIssuer *issuer;
	Signet__Db__Crl *complete, *delta; /* NULL: none */
	bool urgent;
	bool revoked; /* the key: all its certificates are since then */
};

static int visit(void *arg, const struct revoked *row)
{
	struct known *known = arg;
	known->urgent = known->look->key->crl.immediate & row->reasons;
	return known->urgent ? SIGNET_E_EXISTS : 0;
}

static int find_record(struct store_txn *txn, const struct known *known, bool delta,
                       Signet__Db__Crl **out)
{
	struct crl_scope scope = crl_scope_of(known->look->key, known->look->shard, delta);
	int result = crl_record_find(txn, known->arena, &scope, out);
	if (result)
		*out = NULL;
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static int read_known(struct store_txn *txn, void *arg)
{
	struct known *known = arg;
	const struct crl_look *look = known->look;
	int result = crl_issuer_find(txn, known->arena, look->key->issuer, &known->issuer);
	if (result == 0)
		result = find_record(txn, known, false, &known->complete);
	if (result == 0)
		result = find_record(txn, known, true, &known->delta);
	if (result || !known->complete)
		return result;
	uint64_t since = known->complete->generation;
	known->revoked = known->issuer->finished > since;
	result = crl_rows_each(txn, look->key->issuer, look->shard,
	                       (look->looked > since ? look->looked : since) + 1, visit, known);
	return result == SIGNET_E_EXISTS ? 0 : result;
}

static const char *check_content(const struct crl_look *look, struct arena *arena, const char *path,
                                 const Signet__Db__Crl *record)
{
	struct crl crl;
	if (crl_open(&crl, arena, path, NULL))
		return "damaged";
	bool good = crl.number == record->number && crl.base == record->base_number &&
	            crl_verify(&crl, key_public(look->key->key), NULL) == 0;
	crl_close(&crl);
	return good ? NULL : "damaged";
}

static const char *check_file(const struct crl_look *look, struct arena *arena,
                              const Signet__Db__Crl *record)
{
	char path[PATH_MAX];
	struct stat info;
	int n = snprintf(path, sizeof path, "%s/" REPOSITORY_CRL "/%s", look->engine->state,
	                 record->file);
	if (n < 0 || (size_t)n >= sizeof path || stat(path, &info))
		return "missing";
	if (!S_ISREG(info.st_mode) || (uint64_t)info.st_size != record->size)
		return "damaged";
	return look->thorough ? check_content(look, arena, path, record) : NULL;
}

/* What is true of complete and delta CRLs alike; *due: when the next one is. */
static const char *check_record(const struct known *known, const Signet__Db__Crl *record,
                                int64_t interval, int64_t *due)
{
	const struct crl_look *look = known->look;
	struct arena *arena = known->arena;
	struct crl_form form;
	if (!record)
		return "first";
	if (crl_form_of(&form, arena, look->key, look->shard, record->base_number != 0, known->issuer,
	                NULL) == 0 && !crl_form_is(&form, record))
		return "configuration";
	if (record->this_update > look->now)
		return "clock";
	*due = record->this_update + interval;
	if (*due > record->next_update)
		*due = record->next_update;
	return *due <= look->now ? "interval" : check_file(look, arena, record);
}

int crl_due_find(struct crl_due *out, struct arena *arena, const struct crl_look *look,
                 struct error *err)
{
	const struct crl_policy *policy = &look->key->crl;
	struct known known = {.look = look, .arena = arena};
	int64_t due = INT64_MAX, delta_due = INT64_MAX;
	int result = store_read(database_store(look->engine->database), read_known, &known, err);
	if (result)
		return result;
	*out = (struct crl_due){0};
	out->complete = check_record(&known, known.complete, policy->interval, &due);
	if (!out->complete && known.urgent)
		out->complete = "immediate";
	if (!out->complete && known.revoked)
		out->complete = "authority-revoked";
	if (policy->delta) {
		out->delta = check_record(&known, known.delta, policy->delta, &delta_due);
		if (!out->delta && known.complete && known.delta->base_number != known.complete->number)
			out->delta = "base";
	}
	out->next = due < delta_due ? due : delta_due;
	return 0;
}
