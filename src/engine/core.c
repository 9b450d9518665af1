#include "engine/core.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "engine/audit_signer.h"
#include "engine/backup.h"
#include "engine/crl_keeper.h"
#include "engine/ocsp.h"
#include "engine/recent.h"
#include "engine/revocation.h"

/* Where the database lies below the state directory. */
#define DATABASE "engine"

static int write_audit(struct engine *engine, enum audit_action action, const char *before,
                       struct error *err)
{
	char after[sizeof ((struct configuration *)0)->fingerprint];
	struct configuration *c = configuration_take(engine->holder);
	memcpy(after, c->fingerprint, sizeof after);
	configuration_release(engine->holder, c);
	struct audit_entry entry = {clock_now(), action, "engine", 0, "", NULL, before, after};
	return audit_write(database_store(engine->database), &entry, err);
}

static int start_signer(struct engine *engine, struct error *err)
{
	struct configuration *c = configuration_take(engine->holder);
	int64_t interval = c->head_interval;
	configuration_release(engine->holder, c);
	return audit_signer_start(&engine->signer, database_store(engine->database), engine->state,
	                          interval, err);
}

static int open_parts(struct engine *engine, const struct settings *settings, struct error *err)
{
	struct configuration *first;
	uint64_t revocations = 0;
	int result = configuration_load(&first, settings, NULL, err);
	if (result == 0)
		result = configuration_holder_new(&engine->holder, first, err);
	if (result)
		return result;
	engine->path = strdup(settings->path);
	engine->state = strdup(settings->state);
	char *path = settings_path(settings, DATABASE);
	if (!engine->path || !engine->state || !path)
		result = error_nomem(err);
	if (result == 0)
		result = file_make_directory(settings->state, 0755, err);
	if (result == 0)
		result = backup_check_restored(path, err);
	if (result == 0)
		result = database_open(&engine->database, path, err);
	if (result == 0)
		result = backup_note_restored(database_store(engine->database), path, err);
	free(path);
	if (result == 0)
		result = revocation_generation(engine->database, &revocations, err);
	engine->revocations = revocations;
	if (result == 0 && !(engine->measures = measures_new(engine->database)))
		result = error_nomem(err);
	if (result == 0) /* nobody uses it yet */
		chain_count_advices(first->chain, &engine->measures->advices);
	if (result == 0)
		result = flights_new(&engine->flights, err);
	if (result == 0)
		result = events_new(&engine->events, engine->database, err);
	if (result == 0)
		result = consumers_new(&engine->consumers, engine->database, err);
	if (result == 0)
		result = crl_keeper_new(&engine->crls, engine, err);
	if (result == 0)
		result = recent_new(&engine->recent, err);
	if (result == 0)
		result = write_audit(engine, AUDIT_STARTED, NULL, err);
	if (result == 0)
		result = ocsp_new(&engine->ocsp, engine, err);
	return result ? result : start_signer(engine, err);
}

int engine_open(struct engine **out, const struct settings *settings, struct error *err)
{
	struct engine *engine = calloc(1, sizeof *engine);
	if (!engine)
		return error_nomem(err);
	engine->started = clock_now();
	int result = open_parts(engine, settings, err);
	if (result) {
		engine_close(engine);
		return result;
	}
	*out = engine;
	return 0;
}

void engine_close(struct engine *engine)
{
	if (!engine)
		return;
	crl_keeper_free(engine->crls);
	if (engine->consumers)
		write_audit(engine, AUDIT_STOPPED, NULL, NULL);
	audit_signer_stop(engine->signer);
	ocsp_free(engine->ocsp);
	recent_free(engine->recent);
	consumers_free(engine->consumers);
	events_free(engine->events);
	flights_free(engine->flights);
	database_close(engine->database);
	configuration_holder_free(engine->holder);
	measures_free(engine->measures);
	free(engine->path);
	free(engine->state);
	free(engine);
}

int engine_reload(struct engine *engine, struct error *err)
{
	struct settings *settings;
	struct configuration *next;
	int result = settings_load(&settings, engine->path, err);
	if (result)
		return result;
	if (strcmp(settings->state, engine->state) != 0) {
		settings_free(settings);
		return error_set(err, SIGNET_E_CONFIG,
		                 "%s: 'state' cannot change while Signet runs", engine->path);
	}
	result = configuration_load(&next, settings, settings, err);
	if (result)
		return result;
	struct configuration *last = configuration_take(engine->holder);
	if (engine->measures)
		chain_count_advices(next->chain, &engine->measures->advices);
	audit_signer_set(engine->signer, next->head_interval);
	configuration_swap(engine->holder, next);
	struct error unwritten = {0};
	if (write_audit(engine, AUDIT_RELOADED, last->fingerprint, &unwritten))
		log_error(LOG_ERROR, "audit-failed", &unwritten, NULL);
	configuration_release(engine->holder, last);
	return ocsp_refresh(engine->ocsp, err);
}
