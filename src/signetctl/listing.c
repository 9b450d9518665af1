#include "signetctl/listing.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "base/text.h"

#define ROWS_MAX 1000000000
#define PLACE_MAX 1024
#define ARENA_MAX (64u << 20)

static int find_column(const struct print_column *all, size_t count, struct bytes key)
{
	for (size_t i = 0; i < count; i++)
		if (bytes_equal_nocase(bytes_text(all[i].key), key))
			return (int)i;
	return -1;
}

static int unknown_column(const struct print_column *all, size_t count, struct bytes key,
                          struct error *err)
{
	_cleanup_buffer_ struct buffer known = BUFFER_MAX(LIMIT_REASON);
	for (size_t i = 0; i < count; i++)
		buffer_printf(&known, "%s%s", i ? ", " : "", all[i].key);
	return error_set(err, SIGNET_E_INVALID, "--columns: there is no '%.*s', but %s",
	                 (int)key.length, (const char *)key.data, buffer_text(&known));
}

static int read_columns(struct listing_columns *out, const char *text, const struct print_column *all,
                        size_t count, struct error *err)
{
	*out = (struct listing_columns){0};
	for (const char *p = text;; p++) {
		size_t length = strcspn(p, ",");
		struct bytes key = bytes_make(p, length);
		int at = find_column(all, count, key);
		if (at < 0)
			return unknown_column(all, count, key, err);
		if (out->count == PRINT_COLUMNS_MAX)
			return error_set(err, SIGNET_E_INVALID, "--columns: too many");
		out->from[out->count] = (size_t)at;
		out->columns[out->count++] = all[at];
		p += length;
		if (!*p)
			return 0;
	}
}

int listing_begin(struct listing *listing, struct command_context *context, const char *limit,
               const char *place, const char *columns, const struct print_column *all,
               size_t count, const char *chosen, struct error *err)
{
	*listing = (struct listing){.context = context, .wanted = LISTING_DEFAULT_LIMIT,
	                      .kept = BUFFER_MAX(PLACE_MAX)};
	if (limit && strcmp(limit, "all") == 0)
		listing->wanted = UINT64_MAX;
	else if (limit && (text_to_uint(limit, ROWS_MAX, &listing->wanted) || listing->wanted == 0))
		return error_set(err, SIGNET_E_INVALID, "--limit: %s is neither a number from 1 to %d nor all",
		                 limit, ROWS_MAX);
	if (place && (hex_decode(&listing->kept, bytes_text(place)) || listing->kept.length == 0))
		return error_set(err, SIGNET_E_INVALID, "--page: this is no page of a list");
	listing->place = buffer_bytes(&listing->kept);
	int result = read_columns(&listing->columns, columns ? columns : chosen, all, count, err);
	if (result)
		return result;
	listing->all = count;
	listing->arena = arena_new(ARENA_MAX);
	print_stream_begin(&listing->stream, context->format, listing->columns.columns, listing->columns.count);
	return listing->arena ? 0 : error_nomem(err);
}

unsigned listing_room(const struct listing *listing)
{
	uint64_t left = listing->wanted - listing->printed;
	return (unsigned)(left < LIMIT_LIST ? left : LIMIT_LIST);
}

int listing_rows(struct listing *listing, const char *const *rows, size_t count, struct bytes next)
{
	const struct listing_columns *c = &listing->columns;
	const char **picked = arena_array(listing->arena, count * c->count + 1, sizeof *picked);
	if (!picked)
		return SIGNET_E_NOMEM;
	for (size_t r = 0; r < count; r++)
		for (size_t i = 0; i < c->count; i++)
			picked[r * c->count + i] = rows[r * listing->all + c->from[i]];
	int result = count ? print_stream_rows(&listing->stream, picked, count) : 0;
	buffer_clear(&listing->kept);
	if (result == 0)
		result = buffer_append_bytes(&listing->kept, next);
	listing->place = buffer_bytes(&listing->kept);
	listing->printed += count;
	arena_clear(listing->arena);
	return result;
}

bool listing_is_done(const struct listing *listing)
{
	return listing->place.length == 0 || listing->printed >= listing->wanted;
}

int listing_end(struct listing *listing)
{
	const struct command_context *context = listing->context;
	int result = print_stream_end(&listing->stream);
	_cleanup_buffer_ struct buffer hex = BUFFER_MAX(2 * PLACE_MAX + 1);
	if (result || listing->place.length == 0 || context->format != PRINT_TABLE || context->quiet)
		return result;
	if (hex_encode(&hex, listing->place) == 0)
		fprintf(stderr, "There are more: --limit all shows all, --page %s the next ones.\n",
		        buffer_text(&hex));
	return 0;
}

void listing_free(struct listing *listing)
{
	arena_free(listing->arena);
	buffer_free(&listing->kept);
}

int listing_read_date(const char *option, const char *text, int64_t *out, struct error *err)
{
	char whole[CLOCK_TEXT_SIZE];
	*out = 0;
	if (!text)
		return 0;
	if (strlen(text) == strlen("2026-11-23")) {
		snprintf(whole, sizeof whole, "%sT00:00:00Z", text);
		if (clock_parse(whole, out) == 0)
			return 0;
	} else if (clock_parse(text, out) == 0) {
		return 0;
	}
	return error_set(err, SIGNET_E_INVALID, "--%s: '%s' is no date: 2026-11-23 or "
	                 "2026-11-23T12:49:00Z", option, text);
}
