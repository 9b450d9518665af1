/* A loadable module for test_module; compiled once for each of its faults. */
#include "api/policy.h"

#ifndef SAMPLE_VERSION
#define SAMPLE_VERSION SIGNET_API_VERSION
#endif
#ifndef SAMPLE_KIND
#define SAMPLE_KIND SIGNET_MODULE_POLICY
#endif
#ifndef SAMPLE_NAME
#define SAMPLE_NAME "sample"
#endif
#ifndef SAMPLE_SYMBOL
#define SAMPLE_SYMBOL signet_module
#endif

static int configure(void **rule, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	(void)host;
	(void)node;
	(void)err;
	*rule = NULL;
	return 0;
}

static int check(const void *rule, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	(void)rule;
	(void)request;
	(void)draft;
	/* a function of the program: -rdynamic and the whole SDK in it make this work */
	return signet_hold(verdict, "sample");
}

static void release(void *rule)
{
	(void)rule;
}

static const char *const keys[] = {"size", NULL};

const struct signet_policy SAMPLE_SYMBOL = {
	.module = {SAMPLE_VERSION, SAMPLE_KIND, SAMPLE_NAME, "holds everything", keys},
	.configure = configure,
	.check = check,
	.free = release,
};
