/*
 * The engine's side of rules that are run apart: asks the adviser and looks
 * at what it answers as at a stranger's word. Of a changed draft only what
 * really differs is taken, through the draft's setters.
 */
#ifndef SIGNET_ENGINE_ADVICE_H
#define SIGNET_ENGINE_ADVICE_H

#include "api/rule.h"
#include "engine/load.h"

struct advice;
struct Signet__Rpc__Judgement;

/* Connects when it is first asked. */
int advice_new(struct advice **out, const char *state_directory, struct error *err);
/* Questions count there from now on; it outlives the advice. NULL: nowhere. */
void advice_count(struct advice *advice, struct load *load);
/* Nobody is asking. Accepts NULL. */
void advice_free(struct advice *advice);

/* Has the rule judge request and draft; several threads may ask at once. Takes no longer than the
 * rule's timeout and a margin, in which an adviser that restarts, or is about to load the
 * configuration that the engine has loaded, is waited for. Every error is a failure of the rule but
 * SIGNET_E_UNAVAILABLE with `busy` set: so many ask already that nobody was asked. */
int advice_judge(struct advice *advice, const struct rule *rule,
                 const struct signet_request *request, struct signet_draft *draft,
                 struct signet_verdict *verdict, bool *busy, struct error *err);

/* What advice_judge makes of an answer. SIGNET_E_INVALID says what is wrong with it; neither verdict nor
 * draft were touched then. */
int advice_take(const struct Signet__Rpc__Judgement *judgement, struct signet_draft *draft,
                struct signet_verdict *verdict, struct error *err);

#endif
