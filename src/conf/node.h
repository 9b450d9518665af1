/*
 * The document's inside: what parse.c builds and conf.c and value.c read.
 * For src/conf alone.
 */
#ifndef SIGNET_CONF_NODE_H
#define SIGNET_CONF_NODE_H

#include <stdarg.h>

#include "base/arena.h"
#include "conf/conf.h"

struct conf_node {
	const struct conf *conf;
	struct conf_node *parent; /* NULL for the root */
	struct conf_node *next;   /* in the parent, while it is built */
	const char *key;          /* "" for the root and the entries of lists */
	size_t line;              /* of the key, or of the value where there is none; from 1 */
	enum conf_kind kind;
	bool is_null;             /* a scalar that was left out, or a plain ~ or null */
	const char *text;         /* of a scalar, never NULL there */
	size_t count;
	struct conf_node **items;  /* in the order of the text */
	struct conf_node **sorted; /* of a map, by key */
	struct conf_node *first, *last; /* while it is built */
};

struct conf {
	struct arena *arena;
	const char *name;
	struct conf_node *root;
	size_t octets, nodes;     /* of the text; they count against the limits of all files together */
	size_t order;             /* among the files: 0 for the one that includes the others */
	struct conf *next;        /* the file that was included after this one; freed with the first */
};

/* Makes items and, for a map, sorted from the entries that were appended. The same key twice is an
 * error that names both places. */
int conf_index(struct conf_node *node, struct error *err);
void conf_append(struct conf_node *parent, struct conf_node *entry);

/* Joins the roots of all files of the list to the first one's, as conf_include says, without their
 * keys `include`. */
int conf_join(struct conf *first, struct error *err);

#define CONF_QUOTE_SIZE 72
#define CONF_PLACE_SIZE 160

/* "signet.yaml:12", of a long name its end. Returns out, which has CONF_PLACE_SIZE octets. */
const char *conf_place(const struct conf_node *node, char *out);

/* The scalar's text as messages show it: control characters replaced, a long one cut. Returns
 * out, which has CONF_QUOTE_SIZE octets. */
const char *conf_quote(const char *text, char *out);

/* As conf_error, for another line of the document than the node's; node may be NULL. */
int conf_error_at(const struct conf *conf, const struct conf_node *node, size_t line,
                  struct error *err, const char *format, va_list ap)
	__attribute__((format(printf, 5, 0)));

#endif
