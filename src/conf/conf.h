/*
 * The configuration text: a YAML document as a tree of maps, lists and
 * scalars that know where they stand. Every error is SIGNET_E_CONFIG and
 * names file, line and key: "signet.yaml:12: policy.names.dns: ...". The only
 * user of libyaml. Duplicate keys, anchors, aliases, tags and more than one
 * document are refused.
 *
 * Nodes and the strings that they return belong to the document and are
 * never changed: they may be shared by threads and live until conf_free.
 */
#ifndef SIGNET_CONF_CONF_H
#define SIGNET_CONF_CONF_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/error.h"

struct conf;
struct conf_node;

/* A key without a value ("policy:" alone, or ~ or null) is a CONF_SCALAR that the functions below
 * take for an empty list or map where they expect one, and refuse as a value. */
enum conf_kind { CONF_SCALAR, CONF_LIST, CONF_MAP };

/* A file that is missing, unreadable or too big is SIGNET_E_CONFIG, too. */
int conf_load(struct conf **out, const char *path, struct error *err);
/* name stands in messages where the path would. */
int conf_parse(struct conf **out, const char *name, struct bytes text, struct error *err);
/* Reads the files that the top-level key `include` of the document names (one, or a list), relative to
 * where its own file lies, and those that they include, and joins them: a map that stands at top level
 * in several files becomes one, a list is appended to, in the order in which the files are named, the
 * document's own entries first. Every other key that is given twice is an error that names both places.
 * Nodes know their own file. The limits of a file hold for all together; beyond LIMIT_INCLUDE_FILES
 * or LIMIT_INCLUDE_DEPTH, and for a file that is named twice or is none, it is SIGNET_E_CONFIG. The
 * document may only be freed after a failure. */
int conf_include(struct conf *conf, struct error *err);
void conf_free(struct conf *conf);
/* A map; an empty document is an empty map. */
const struct conf_node *conf_root(const struct conf *conf);

enum conf_kind conf_kind(const struct conf_node *node);
/* Entries of a list or map, 0 for a scalar. */
size_t conf_count(const struct conf_node *node);
const struct conf_node *conf_item(const struct conf_node *node, size_t at);
/* The key under which this node stands in its map; "" for the root and list entries. */
const char *conf_key(const struct conf_node *node);
/* The entry of a map; NULL when it is not there, or node is NULL or no map. */
const struct conf_node *conf_find(const struct conf_node *map, const char *key);

/* Sets SIGNET_E_CONFIG with "file:line: path.of.keys: " before the text; returns it. */
int conf_error(const struct conf_node *node, struct error *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* An error that names the first key of the map that is not in known (ended by NULL), with the
 * nearest known one as a hint. A node that is no map is an error, too. */
int conf_check_keys(const struct conf_node *map, const char *const *known, struct error *err);
int conf_expect(const struct conf_node *node, enum conf_kind kind, struct error *err);

/* One value. Numbers are decimal, without leading zeros. */
int conf_text(const struct conf_node *node, const char **out, struct error *err);
int conf_integer(const struct conf_node *node, int64_t least, int64_t most, int64_t *out,
                 struct error *err);
int conf_boolean(const struct conf_node *node, bool *out, struct error *err); /* true, false */
/* "90d", "1h30m", units w d h m s from the largest to the smallest; a bare number is refused
 * except 0. In seconds, at most 100 years. */
int conf_duration(const struct conf_node *node, int64_t *seconds, struct error *err);
/* The text itself. False for what is none. */
bool conf_parse_duration(const char *text, int64_t *out);
/* "64k", "1M", "2G" (powers of 1024) or plain octets. */
int conf_size(const struct conf_node *node, uint64_t *octets, struct error *err);
/* The place of the value in choices (ended by NULL); the message lists them. */
int conf_choice(const struct conf_node *node, const char *const *choices, int *out,
                struct error *err);
/* A list of scalars, or one scalar as a list of one. *out is an array of count strings and NULL,
 * that the caller frees with free(); the strings are the document's. */
int conf_text_list(const struct conf_node *node, const char ***out, size_t *count,
                   struct error *err);

/* The value under a key of the map, or the default when the key is not there. */
int conf_get_text(const struct conf_node *map, const char *key, const char *missing,
                  const char **out, struct error *err);
int conf_get_integer(const struct conf_node *map, const char *key, int64_t least, int64_t most,
                     int64_t missing, int64_t *out, struct error *err);
int conf_get_boolean(const struct conf_node *map, const char *key, bool missing, bool *out,
                     struct error *err);
int conf_get_duration(const struct conf_node *map, const char *key, int64_t missing,
                      int64_t *seconds, struct error *err);
int conf_get_size(const struct conf_node *map, const char *key, uint64_t missing, uint64_t *octets,
                  struct error *err);

#endif
