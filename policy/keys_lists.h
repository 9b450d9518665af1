/*
 * Lists of keys that are refused, from files. For the rule `keys` alone.
 */
#ifndef SIGNET_POLICY_KEYS_LISTS_H
#define SIGNET_POLICY_KEYS_LISTS_H

#include "conf/conf.h"
#include "crypto/key.h"

/* Octets of one kind, sorted. */
struct key_list {
	size_t size;     /* octets of an entry */
	uint8_t *entries;
	size_t count;
};

/* Adds the lines of a file, each `size` octets in hex (colons between octets are allowed); empty lines
 * and what follows "#" are passed over. node names the file, relative to directory. SIGNET_E_CONFIG names
 * what is wrong, with the line of the list. key_list_sort comes last. */
int key_list_read(struct key_list *list, const char *directory, const struct conf_node *node,
                  struct error *err);
void key_list_sort(struct key_list *list);
bool key_list_has(const struct key_list *list, const uint8_t *entry);
void key_list_clear(struct key_list *list);

#endif
