/*
 * Metrics as text, in Prometheus' exposition format 0.0.4.
 */
#ifndef SIGNET_GATEWAY_EXPOSITION_H
#define SIGNET_GATEWAY_EXPOSITION_H

#include "base/buffer.h"
#include "base/metrics.h"

#define EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Appends all families; those without a sample are left out. Names are taken as they are; help and the
 * values of labels may be any text. Errors stick to the buffer. */
void exposition_write(struct buffer *out, const struct metric_list *list);

#endif
