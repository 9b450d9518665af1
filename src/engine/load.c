#include "engine/load.h"

#include "base/clock.h"

void load_begin(struct load *load)
{
	if (load)
		atomic_fetch_add_explicit(&load->busy, 1, memory_order_relaxed);
}

void load_end(struct load *load, bool failed)
{
	if (!load)
		return;
	int64_t now = clock_now();
	rates_count(&load->done, now);
	if (failed)
		rates_count(&load->failed, now);
	atomic_fetch_sub_explicit(&load->busy, 1, memory_order_relaxed);
}
