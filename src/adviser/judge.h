/*
 * One call of the engine's: request and draft are made again from the message,
 * the rule judges them, and its verdict and what it changed go back.
 */
#ifndef SIGNET_ADVISER_JUDGE_H
#define SIGNET_ADVISER_JUDGE_H

#include "adviser/rules.h"

struct Signet__Rpc__Judge;
struct Signet__Rpc__Judgement;

/* *out is in the arena. SIGNET_E_CONFLICT when there is no rule of this name and text, which a reload
 * may heal; SIGNET_E_INVALID for a message that is none; what the rule's check returned. */
int judge(struct rules_holder *holder, struct arena *arena, const struct Signet__Rpc__Judge *in,
          struct Signet__Rpc__Judgement **out, struct error *err);

#endif
