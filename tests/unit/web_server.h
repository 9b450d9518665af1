/*
 * tests/web_server.py as the other side of a unit test.
 */
#ifndef SIGNET_TESTS_UNIT_WEB_SERVER_H
#define SIGNET_TESTS_UNIT_WEB_SERVER_H

#include <stddef.h>

/* Starts it in a new directory below /tmp; fails the test when it does not come up. One at a time. */
void web_server_start(void);
/* Stops it and removes the directory. */
void web_server_stop(void);

/* Of the listener of this name: "http", "https", ... */
unsigned web_server_port(const char *name);
/* A file of its directory. The last few results stand. */
const char *web_server_path(const char *name);
void web_server_write(const char *name, const char *content);

#endif
