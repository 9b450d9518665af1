#include "engine/audit_signer.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/audit_head.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "crypto/key.h"
#include "engine/audit.h"

#define KEY_FILE "engine/audit.key"
#define PUBLIC_FILE "public/audit.pub"
/* How often it looks whether the trail has grown. */
#define LOOK_SECONDS 10

struct audit_signer {
	struct store *store;
	struct key *key;
	pthread_t thread;
	pthread_mutex_t lock; /* guards interval and stopping */
	pthread_cond_t changed;
	int64_t interval;
	bool stopping;
	/* the thread's alone, while it runs */
	uint64_t signed_last;
	int64_t signed_at;    /* clock_monotonic_us */
};

static int make_key(struct key **out, const char *path, struct error *err)
{
	struct key *key;
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	int result = key_generate(&key, KEY_P256, 0, err);
	if (result)
		return result;
	result = key_to_pem(key, NULL, &pem, err);
	if (result == 0)
		result = file_write(path, buffer_bytes(&pem), 0600, FILE_NEW, err);
	if (pem.data)
		explicit_bzero(pem.data, pem.length);
	if (result)
		key_free(key);
	else
		*out = key;
	return result;
}

static int load_key(struct key **out, const char *path, bool *made, struct error *err)
{
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	int result = file_read(&pem, path, err);
	*made = result == SIGNET_E_NOT_FOUND;
	if (*made)
		return make_key(out, path, err);
	if (result == 0)
		result = key_from_pem(out, buffer_bytes(&pem), NULL, err);
	if (pem.data)
		explicit_bzero(pem.data, pem.length);
	return result;
}

static int write_public(const struct key *key, const char *path, struct error *err)
{
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	_cleanup_buffer_ struct buffer there = BUFFER_MAX(LIMIT_PEM_FILE);
	pem_encode(&pem, "PUBLIC KEY", pubkey_spki(key_public(key)));
	if (pem.error)
		return error_nomem(err);
	if (file_read(&there, path, NULL) == 0 &&
	    bytes_equal(buffer_bytes(&there), buffer_bytes(&pem)))
		return 0;
	return file_write(path, buffer_bytes(&pem), 0644, FILE_REPLACE, err);
}

/* The heads that an earlier key has signed are good for those alone who have kept its public half. */
static int note_key(struct audit_signer *signer, struct error *err)
{
	struct audit_last last;
	int result = audit_find_last(signer->store, &last, err);
	/* a first start has left the record that it is one */
	if (result || last.sequence <= 1)
		return result;
	const struct audit_entry entry = {
		clock_now(), AUDIT_HEAD_KEY, "engine", 0,
		"there was no " KEY_FILE ": heads that were signed before have another key", NULL, NULL,
		NULL};
	log_event(LOG_WARNING, "audit-key-made", "file", KEY_FILE, "why", entry.detail, NULL);
	return audit_write(signer->store, &entry, err);
}

static int open_key(struct audit_signer *signer, const char *state, struct error *err)
{
	bool made = false;
	char *private = file_below(state, KEY_FILE), *public = file_below(state, PUBLIC_FILE);
	char *directory = file_below(state, "public");
	int result = private && public && directory ? 0 : error_nomem(err);
	if (result == 0)
		result = file_make_directory(directory, 0755, err);
	if (result == 0)
		result = load_key(&signer->key, private, &made, err);
	if (result == 0)
		result = write_public(signer->key, public, err);
	free(private);
	free(public);
	free(directory);
	return result == 0 && made ? note_key(signer, err) : result;
}

static void log_head(const struct audit_head *head, struct bytes signature)
{
	char number[24], date[CLOCK_TEXT_SIZE];
	_cleanup_buffer_ struct buffer hash = BUFFER_MAX(128);
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(256);
	snprintf(number, sizeof number, "%llu", (unsigned long long)head->sequence);
	hex_encode(&hash, BYTES_OF(head->hash));
	base64url_encode(&text, signature);
	log_event(LOG_INFO, AUDIT_HEAD_EVENT, "sequence", number, "hash", buffer_text(&hash), "at",
	          clock_format(head->time, date), "signature", buffer_text(&text), NULL);
}

static int sign(struct audit_signer *signer, const struct audit_last *last, struct error *err)
{
	struct audit_head head = {.sequence = last->sequence, .time = clock_now()};
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(512);
	_cleanup_buffer_ struct buffer signature = BUFFER_MAX(AUDIT_HEAD_SIGNATURE);
	memcpy(head.hash, last->hash, sizeof head.hash);
	if (audit_head_text(&head, &text))
		return error_nomem(err);
	int result = key_sign(signer->key, SIGNATURE_ECDSA_SHA256, buffer_bytes(&text), &signature,
	                      err);
	if (result)
		return result;
	log_head(&head, buffer_bytes(&signature));
	signer->signed_last = last->sequence;
	signer->signed_at = clock_monotonic_us();
	return 0;
}

/* force: whatever the time is. */
static int sign_due(struct audit_signer *signer, int64_t interval, bool force, struct error *err)
{
	struct audit_last last;
	int result = audit_find_last(signer->store, &last, err);
	if (result)
		return result;
	bool due = clock_monotonic_us() - signer->signed_at >= interval * 1000000 ||
	           last.sequence - signer->signed_last >= AUDIT_SIGNER_GROWTH;
	return force || due ? sign(signer, &last, err) : 0;
}

static void *run(void *arg)
{
	struct audit_signer *signer = arg;
	pthread_mutex_lock(&signer->lock);
	while (!signer->stopping) {
		int64_t interval = signer->interval;
		int64_t wait = interval < LOOK_SECONDS ? interval : LOOK_SECONDS;
		clock_wait(&signer->changed, &signer->lock, clock_monotonic_us() + wait * 1000000);
		bool stopping = signer->stopping;
		pthread_mutex_unlock(&signer->lock);
		struct error err = {0};
		if (!stopping && sign_due(signer, interval, false, &err))
			log_error(LOG_ERROR, "audit-head-failed", &err, NULL);
		pthread_mutex_lock(&signer->lock);
	}
	pthread_mutex_unlock(&signer->lock);
	return NULL;
}

static void clear(struct audit_signer *signer)
{
	key_free(signer->key);
	pthread_cond_destroy(&signer->changed);
	pthread_mutex_destroy(&signer->lock);
	free(signer);
}

int audit_signer_start(struct audit_signer **out, struct store *store, const char *state,
                       int64_t interval, struct error *err)
{
	struct audit_signer *signer = calloc(1, sizeof *signer);
	if (!signer)
		return error_nomem(err);
	signer->store = store;
	signer->interval = interval;
	pthread_mutex_init(&signer->lock, NULL);
	clock_condition_init(&signer->changed);
	int result = open_key(signer, state, err);
	if (result == 0)
		result = sign_due(signer, interval, true, err);
	if (result == 0 && pthread_create(&signer->thread, NULL, run, signer))
		result = error_set(err, SIGNET_E_NOMEM, "cannot start a thread");
	if (result) {
		clear(signer);
		return result;
	}
	pthread_setname_np(signer->thread, "audit-signer");
	*out = signer;
	return 0;
}

void audit_signer_set(struct audit_signer *signer, int64_t interval)
{
	pthread_mutex_lock(&signer->lock);
	signer->interval = interval;
	pthread_mutex_unlock(&signer->lock);
}

void audit_signer_stop(struct audit_signer *signer)
{
	struct error err = {0};
	if (!signer)
		return;
	pthread_mutex_lock(&signer->lock);
	signer->stopping = true;
	pthread_cond_signal(&signer->changed);
	pthread_mutex_unlock(&signer->lock);
	pthread_join(signer->thread, NULL);
	if (sign_due(signer, 0, true, &err))
		log_error(LOG_ERROR, "audit-head-failed", &err, NULL);
	clear(signer);
}
