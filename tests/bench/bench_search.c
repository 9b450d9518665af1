/*
 * Finding certificates among many: a database of synthetic certificates, put
 * there by the code that stores issued ones, and the first page of each way
 * to look for some.
 *
 *   bench_search [--count N] [--directory DIR]
 *
 * N certificates, 300000 by default, on one day each thousand; DIR is where the database lies (a
 * directory of its own below it, removed at the end; /tmp by default).
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "engine/outcome.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"
#include "engine/revoked.h"
#include "engine/search.h"
#include "engine/view.h"
#include "rpc/ca.pb-c.h"
#include "tests/unit/engine/fixture.h"

#define BATCH 20000
#define REQUESTERS 1000
#define A_DAY 1000       /* certificates of one */
#define REVOKED_EACH 10  /* one of them is revoked */
#define OTHERS 5         /* certificates of another authority */
#define DAY INT64_C(86400)
#define NAME "host-00000000.example.com"
#define MODEL_MAX 4096

struct bench {
	struct fixture f;
	struct stored model;      /* a certificate that was really issued */
	struct bytes serial;
	uint64_t count, at, until;
	int64_t start;
	struct arena *arena;      /* of one certificate */
};

/* Every place where the model has its name gets the number's. */
static void rename_model(uint8_t *der, size_t length, const char *name)
{
	for (size_t i = 0; i + strlen(NAME) <= length; i++)
		if (memcmp(der + i, NAME, strlen(NAME)) == 0)
			memcpy(der + i, name, strlen(NAME));
}

static void make_serial(const struct bench *b, uint64_t number, uint8_t *out)
{
	struct store_key count = store_key_number(number);
	memcpy(out, b->serial.data, b->serial.length);
	memcpy(out + b->serial.length - 12, count.data, 8);
}

static void mark_revoked(Signet__Db__Certificate *record, uint64_t number, int64_t time)
{
	record->state = SIGNET_REVOKED;
	record->revoked = time;
	record->changed = number + 1;
}

static int list_revoked(struct store_txn *txn, const Signet__Db__Certificate *record,
                        const struct database_entry *entry)
{
	struct revoked row = {.changed = record->changed, .id = entry->id, .serial = entry->serial,
	                      .revoked = record->revoked, .not_after = record->not_after};
	memcpy(row.issuer, record->issuer.data, sizeof row.issuer);
	return revoked_note(txn, entry->id, false) ? store_error(txn) : revoked_put(txn, &row);
}

static int put_one(struct store_txn *txn, struct bench *b, uint64_t number)
{
	static uint8_t der[MODEL_MAX];
	uint8_t serial[SERIAL_SIZE], key[INDEX_HASH_SIZE];
	char name[64], requester[32];
	struct store_key unique = store_key_number(number);
	Signet__Db__Request request = *b->model.request;
	const ProtobufCBinaryData model = b->model.certificate->der;
	struct bytes form;
	struct database_entry entry = {.arena = b->arena, .state = SIGNET_REQUEST_ISSUED};
	arena_clear(b->arena);
	memcpy(der, model.data, model.len);
	snprintf(name, sizeof name, "host-%08u.example.com", (unsigned)number);
	snprintf(requester, sizeof requester, "account/%u", (unsigned)(number * 7919 % REQUESTERS));
	rename_model(der, model.len, name);
	make_serial(b, number, serial);
	memcpy(memmem(der, model.len, b->serial.data, b->serial.length), serial, b->serial.length);
	entry.time = request.submitted = request.resolved = b->start + (int64_t)(number / A_DAY) * DAY;
	entry.not_after = entry.time + 90 * DAY;
	request.requester = requester;
	if (number % (b->count / OTHERS) == 1)
		request.authority = "root";
	hash_compute(HASH_SHA256, store_key_get(&unique), entry.fingerprint);
	memcpy(key, entry.fingerprint, sizeof key);
	entry.idempotency = key;
	entry.serial = bytes_make(serial, b->serial.length);
	entry.authority = request.authority;
	entry.profile = request.profile;
	entry.requester = requester;
	Signet__Db__Certificate made = *b->model.certificate;
	made.der.data = der;
	made.not_after = entry.not_after;
	if (number % REVOKED_EACH == 0)
		mark_revoked(&made, number, entry.time);
	assert_int_equal(index_fingerprint(bytes_make(der, model.len), entry.print), 0);
	assert_int_equal(record_repack_certificate(b->arena, &made, &entry.certificate), 0);
	assert_int_equal(record_repack_request(b->arena, &request, &entry.record), 0);
	assert_int_equal(index_name(b->arena, name, &form), 0);
	entry.names = &form;
	entry.name_count = 1;
	index_name_row(&entry.name_row, &form, 1);
	index_key_row(&entry.key_row, entry.fingerprint, BYTES_NONE);
	int result = database_put(txn, &entry);
	return result || made.state != SIGNET_REVOKED ? result : list_revoked(txn, &made, &entry);
}

static int put_batch(struct store_txn *txn, void *arg)
{
	struct bench *b = arg;
	int result = 0;
	for (uint64_t i = b->at; result == 0 && i < b->until; i++)
		result = put_one(txn, b, i);
	return result;
}

static void fill(struct bench *b)
{
	struct error err = {0};
	int64_t begun = clock_monotonic_us();
	for (b->at = 0; b->at < b->count; b->at = b->until) {
		b->until = b->at + BATCH < b->count ? b->at + BATCH : b->count;
		if (store_write(database_store(b->f.engine->database), put_batch, b, &err))
			fail_msg("%s", err.message);
	}
	double seconds = (double)(clock_monotonic_us() - begun) / 1e6;
	printf("%llu certificates stored in %.1f s\n", (unsigned long long)b->count, seconds);
}

/* Of its own, the mapped database apart. */
static long memory_kb(void)
{
	char line[256];
	long kilobytes = 0;
	FILE *file = fopen("/proc/self/status", "r");
	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "RssAnon: %ld kB", &kilobytes) == 1)
			break;
	if (file)
		fclose(file);
	return kilobytes;
}

/* The first page as the service makes it, and how many pages until there are 100 rows or the end. */
static void measure(struct bench *b, const char *what, struct signet_certificate_query query)
{
	uint8_t place[1024];
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	struct search_page page;
	struct error err = {0};
	size_t rows = 0, pages = 0, looked = 0;
	int64_t now = b->start + (int64_t)(b->count / A_DAY) * DAY, begun = clock_monotonic_us();
	double first = 0;
	do {
		arena_clear(arena);
		query.limit = 100;
		if (search_certificates(b->f.engine->database, arena, &query, now, &page, &err))
			fail_msg("%s: %s", what, err.message);
		for (size_t i = 0; i < page.count; i++) {
			Signet__Rpc__Certificate row;
			assert_int_equal(view_certificate(arena, &page.rows[i], now, false, &row), 0);
		}
		rows += page.count;
		looked += page.looked;
		memcpy(place, page.place.data ? page.place.data : place, page.place.length);
		query.place = bytes_make(place, page.place.length);
		if (pages++ == 0)
			first = (double)(clock_monotonic_us() - begun) / 1e3;
	} while (rows < 100 && query.place.length);
	printf("%-36s %9.2f %9.1f %6zu %6zu %9zu %9ld\n", what, first,
	       (double)(clock_monotonic_us() - begun) / 1e3, rows, pages, looked, memory_kb());
	fflush(stdout);
	arena_free(arena);
}

#define MEASURE(what, ...) measure(b, what, (struct signet_certificate_query){__VA_ARGS__})

/* Where the index of the order, or the one that is named first, leads to many and another one to few. */
static void measure_pairs(struct bench *b, const char *name, const char *hex, int64_t day)
{
	int64_t now = b->start + (int64_t)(b->count / A_DAY) * DAY;
	MEASURE("authority of few", .authority = "root");
	MEASURE("authority that there is not", .authority = "nobody");
	MEASURE("valid, of an authority of few", .authority = "root", .state = SIGNET_VALID);
	MEASURE("profile, end of a name", .profile = "tls-server", .name = arena_printf(b->f.arena, "*%s", name + 5));
	MEASURE("beginning of a name, requester", .name = "host*", .requester = "account/17");
	MEASURE("beginning of a name, authority", .name = "host*", .authority = "root");
	MEASURE("any serial, requester", .serial = arena_printf(b->f.arena, "%.2s", hex), .requester = "account/17");
	MEASURE("any serial, nobody", .serial = arena_printf(b->f.arena, "%.2s", hex), .requester = "nobody");
	MEASURE("profile, ends within a day", .profile = "tls-server", .expires_after = day, .expires_before = day + DAY);
	MEASURE("revoked, of an authority of few", .state = SIGNET_REVOKED, .authority = "root");
	MEASURE("revoked, requester", .state = SIGNET_REVOKED, .requester = "account/17");
	MEASURE("sorted by issuance: held", .sort = SIGNET_SORT_ISSUED, .state = SIGNET_HELD);
	MEASURE("sorted by issuance: revoked", .sort = SIGNET_SORT_ISSUED, .state = SIGNET_REVOKED);
	MEASURE("sorted by issuance: name", .sort = SIGNET_SORT_ISSUED, .name = name);
	MEASURE("sorted by issuance: serial", .sort = SIGNET_SORT_ISSUED, .serial = hex);
	MEASURE("sorted by issuance: beginning", .sort = SIGNET_SORT_ISSUED, .name = "host-0001*");
	MEASURE("sorted by issuance: ends in a day", .sort = SIGNET_SORT_ISSUED, .expires_after = day,
	        .expires_before = day + DAY);
	MEASURE("sorted by issuance: authority", .sort = SIGNET_SORT_ISSUED, .authority = "root");
	MEASURE("sorted by end: authority of few", .sort = SIGNET_SORT_EXPIRES, .authority = "root");
	MEASURE("sorted by end: no authority", .sort = SIGNET_SORT_EXPIRES, .authority = "nobody");
	MEASURE("sorted by end: no profile", .sort = SIGNET_SORT_EXPIRES, .profile = "nobody");
	MEASURE("sorted by end: valid", .sort = SIGNET_SORT_EXPIRES, .state = SIGNET_VALID);
	MEASURE("sorted by end: any serial, nobody", .sort = SIGNET_SORT_EXPIRES, .requester = "nobody",
	        .serial = arena_printf(b->f.arena, "%.2s", hex));
	MEASURE("sorted by end: serial that is not", .sort = SIGNET_SORT_EXPIRES, .serial = "0fffff");
	MEASURE("sorted by end: issued in 10 days", .sort = SIGNET_SORT_EXPIRES, .issued_after = day,
	        .issued_before = day + 10 * DAY);
	MEASURE("sorted by end: issued in 60 days", .sort = SIGNET_SORT_EXPIRES, .issued_after = day,
	        .issued_before = day + 60 * DAY);
	MEASURE("sorted by end: end of a name", .sort = SIGNET_SORT_EXPIRES, .expires_after = now,
	        .name = arena_printf(b->f.arena, "*%s", name + 5));
	MEASURE("sorted by revocation: authority", .sort = SIGNET_SORT_REVOKED, .authority = "root");
}

static void measure_all(struct bench *b)
{
	uint8_t serial[SERIAL_SIZE], key[32];
	char name[64], hex[64] = "";
	uint64_t middle = b->count / 2;
	struct store_key unique = store_key_number(middle);
	int64_t day = b->start + (int64_t)(middle / A_DAY) * DAY;
	hash_compute(HASH_SHA256, store_key_get(&unique), key);
	make_serial(b, middle, serial);
	for (size_t i = 0; i < b->serial.length - 6; i++)
		snprintf(hex + 2 * i, 3, "%02x", serial[i]);
	snprintf(name, sizeof name, "host-%08u.example.com", (unsigned)middle);
	printf("%-36s %9s %9s %6s %6s %9s %9s\n", "", "first ms", "all ms", "rows", "pages", "looked",
	       "memory kB");
	MEASURE("all, the newest", .limit = 0);
	MEASURE("name", .name = name);
	MEASURE("beginning of a name", .name = "host-0001*");
	MEASURE("end of a name, one", .name = arena_printf(b->f.arena, "*%s", name + 5));
	MEASURE("serial", .serial = hex);
	MEASURE("key", .key = key);
	MEASURE("requester", .requester = "account/17");
	MEASURE("requester and month", .requester = "account/17", .issued_after = day,
	        .issued_before = day + 30 * DAY);
	MEASURE("requester that there is not", .requester = "nobody");
	MEASURE("profile", .profile = "tls-server");
	MEASURE("profile and authority", .profile = "tls-server", .authority = "issuing");
	MEASURE("valid", .state = SIGNET_VALID);
	MEASURE("expired", .state = SIGNET_EXPIRED);
	MEASURE("revoked", .state = SIGNET_REVOKED);
	MEASURE("ends within a day", .expires_after = day, .expires_before = day + DAY);
	MEASURE("issued on a day", .issued_after = day, .issued_before = day + DAY);
	MEASURE("sorted by end", .sort = SIGNET_SORT_EXPIRES);
	MEASURE("sorted by end: name", .sort = SIGNET_SORT_EXPIRES, .name = name);
	MEASURE("sorted by end: beginning of a name", .sort = SIGNET_SORT_EXPIRES, .name = "host-0001*");
	MEASURE("sorted by end: key", .sort = SIGNET_SORT_EXPIRES, .key = key);
	MEASURE("sorted by end: serial", .sort = SIGNET_SORT_EXPIRES, .serial = hex);
	MEASURE("sorted by end: requester", .sort = SIGNET_SORT_EXPIRES, .requester = "account/17");
	MEASURE("sorted by end: nobody", .sort = SIGNET_SORT_EXPIRES, .requester = "nobody");
	MEASURE("sorted by end: revoked", .sort = SIGNET_SORT_EXPIRES, .state = SIGNET_REVOKED);
	MEASURE("sorted by end: profile", .sort = SIGNET_SORT_EXPIRES, .profile = "tls-server");
	MEASURE("sorted by end: issued on a day", .sort = SIGNET_SORT_EXPIRES, .issued_after = day,
	        .issued_before = day + DAY);
	MEASURE("sorted by revocation", .sort = SIGNET_SORT_REVOKED);
	MEASURE("sorted by revocation: name", .sort = SIGNET_SORT_REVOKED, .name = name);
	MEASURE("sorted by revocation: requester", .sort = SIGNET_SORT_REVOKED, .requester = "account/17");
	MEASURE("sorted by revocation: ends in a day", .sort = SIGNET_SORT_REVOKED, .expires_after = day,
	        .expires_before = day + DAY);
	measure_pairs(b, name, hex, day);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"count", required_argument, NULL, 'c'},
	                                        {"directory", required_argument, NULL, 'd'},
	                                        {NULL, 0, NULL, 0}};
	static struct bench b = {.count = 300000};
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option == 'd')
			setenv("TMPDIR", optarg, 1);
		else if (option != 'c' || text_to_uint(optarg, 10000000, &b.count)) {
			fprintf(stderr, "usage: bench_search [--count N] [--directory DIR]\n");
			return 2;
		}
	}
	struct signet_outcome out;
	fixture_make(&b.f, fixture_sections);
	fixture_open(&b.f);
	b.arena = arena_new(LIMIT_REQUEST_ARENA);
	struct signet_submission s =
		fixture_submission(fixture_csr(b.f.arena, b.f.key, "", "dns:" NAME, NULL), "model");
	assert_int_equal(fixture_submit(&b.f, &s, &out, NULL), 0);
	assert_int_equal(database_find(b.f.engine->database, b.f.arena, out.request_id, &b.model, NULL),
	                 0);
	assert_int_equal(outcome_serial(out.certificate, &b.serial), 0);
	assert_true(out.certificate.length < MODEL_MAX);
	b.start = b.model.request->submitted;
	fill(&b);
	measure_all(&b);
	arena_free(b.arena);
	fixture_end(&b.f);
	return 0;
}
