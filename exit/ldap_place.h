/*
 * The places of templates: "{name.key|filter|filter}" and the value of an
 * event that each stands for. Private to ldap_template.c.
 */
#ifndef SIGNET_EXIT_LDAP_PLACE_H
#define SIGNET_EXIT_LDAP_PLACE_H

#include "exit/ldap_template.h"

/* Slices of the template, without the braces. */
struct directory_place {
	struct bytes whole;
	struct bytes name;
	struct bytes key;     /* NULL data: there is none */
	struct bytes filters;
};

/* *text stands at the "{" and is moved behind the "}". */
int directory_place_read(const char **text, struct directory_place *out, struct error *err);
int directory_place_check(const struct directory_place *place, enum directory_use use,
                          struct error *err);
/* Errors as of directory_template_fill. */
int directory_place_value(const char **out, const struct directory_place *place,
                          const struct directory_source *source, struct error *err);

#endif
