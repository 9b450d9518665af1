#include "crl_world.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/repository.h"
#include "engine/revocation.h"

static void configure(struct crl_world *w, const char *crl)
{
	struct buffer text = BUFFER_MAX(LIMIT_CONFIG_FILE);
	buffer_printf(&text, "authorities:\n  issuing:\n    certificate: issuing.pem\n"
	              "    key: issuing.key\n    urls: {base: '%s'}\n    crl: %s\n%s",
	              w->base ? w->base : "http://crl.example", crl, fixture_sections);
	fixture_configure(&w->f, buffer_text(&text));
	buffer_free(&text);
}

static void open_all(struct crl_world *w)
{
	fixture_open(&w->f);
	assert_int_equal(repository_open(w->f.directory, NULL), 0);
}

void crl_world_make(struct crl_world *w, const char *crl)
{
	*w = (struct crl_world){0};
	fixture_make(&w->f, fixture_sections);
	configure(w, crl);
	w->now = clock_now();
	clock_freeze(w->now);
	open_all(w);
}

void crl_world_restart(struct crl_world *w, const char *crl)
{
	fixture_shut(&w->f);
	configure(w, crl);
	open_all(w);
}

void crl_world_end(struct crl_world *w)
{
	clock_freeze(0);
	fixture_end(&w->f);
}

void crl_world_later(struct crl_world *w, int64_t seconds)
{
	w->now += seconds;
	clock_freeze(w->now);
}

struct bytes crl_world_issue(struct crl_world *w)
{
	struct signet_outcome out;
	struct error err = {0};
	char key[16];
	snprintf(key, sizeof key, "%u", ++w->issued);
	struct signet_submission s = fixture_submission(
		fixture_csr(w->f.arena, w->f.key, "", "dns:a.example.com", NULL), key);
	if (fixture_submit(&w->f, &s, &out, &err))
		fail_msg("%s", err.message);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	return out.serial;
}

void crl_world_revoke(struct crl_world *w, struct bytes serial, unsigned reason)
{
	const struct revocation order = {serial, reason, 0, "", "uid 1000"};
	struct error err = {0};
	if (revocation_order(w->f.engine, w->f.arena, &order, &err))
		fail_msg("%s", err.message);
}

int64_t crl_world_round(struct crl_world *w)
{
	int64_t wait = -1;
	assert_int_equal(crl_keeper_round(w->f.engine->crls, &wait), 0);
	return wait;
}

static void path_of(struct crl_world *w, const char *name, char out[FIXTURE_PATH])
{
	char below[FIXTURE_PATH / 2];
	snprintf(below, sizeof below, "public/crl/%s", name);
	fixture_path(&w->f, below, out);
}

struct crl crl_world_open(struct crl_world *w, const char *name, const struct key *key)
{
	struct crl crl;
	struct error err = {0};
	char path[FIXTURE_PATH];
	path_of(w, name, path);
	if (crl_open(&crl, w->f.arena, path, &err))
		fail_msg("%s: %s", name, err.message);
	assert_int_equal(crl_verify(&crl, key_public(key ? key : w->f.issuing_key), &err), 0);
	return crl;
}

uint64_t crl_world_number(struct crl_world *w, const char *name)
{
	struct crl crl = crl_world_open(w, name, NULL);
	uint64_t number = crl.number;
	crl_close(&crl);
	return number;
}

bool crl_world_has(struct crl_world *w, const char *name)
{
	char path[FIXTURE_PATH];
	path_of(w, name, path);
	return access(path, F_OK) == 0;
}

int crl_world_reason(struct crl_world *w, const char *name, struct bytes serial)
{
	struct crl crl = crl_world_open(w, name, NULL);
	struct crl_entry entry;
	int result = crl_find(&crl, serial, &entry, NULL);
	int reason = result ? -1 : (int)entry.reason;
	assert_true(result == 0 || result == SIGNET_E_NOT_FOUND);
	crl_close(&crl);
	return reason;
}
