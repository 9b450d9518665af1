/*
 * The rules that are run apart: those of the configuration in force, and those
 * of the one before, which the engine still asks about for a moment when it
 * has not loaded the new one yet, or judges a request that came before it.
 */
#ifndef SIGNET_ADVISER_RULES_H
#define SIGNET_ADVISER_RULES_H

#include "api/rule.h"

struct rules;

/* Configures the rules of settings->policy whose module is apart, and starts them. owned: the settings
 * when they are to be freed with the rules (and after a failure), else NULL. SIGNET_E_CONFIG. */
int rules_load(struct rules **out, const struct settings *settings, struct settings *owned,
               struct error *err);
/* For those that are in no holder. Accepts NULL. */
void rules_free(struct rules *rules);
size_t rules_count(const struct rules *rules);

struct rules_holder;

/* Takes the first ones over. */
int rules_holder_new(struct rules_holder **out, struct rules *first, struct error *err);
/* Accepts NULL. */
void rules_holder_free(struct rules_holder *holder);
/* Takes the next ones over; those before the current ones are forgotten once nobody uses them. */
void rules_swap(struct rules_holder *holder, struct rules *next);
/* The rule of this name and text, and what it belongs to, which stands until it is released. NULL when
 * there is none. */
const struct rule *rules_take(struct rules_holder *holder, const char *name, uint64_t fingerprint,
                              struct rules **of);
const struct signet_groups *rules_groups(const struct rules *rules);
void rules_release(struct rules_holder *holder, struct rules *of);

#endif
