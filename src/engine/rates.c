#include "engine/rates.h"

static uint64_t minute_of(int64_t now)
{
	return now > 0 ? (uint64_t)now / 60 & UINT32_MAX : 0;
}

void rates_add(struct rates *rates, int64_t now, uint64_t number)
{
	uint64_t minute = minute_of(now), sum;
	_Atomic uint64_t *slot = &rates->slots[minute % RATES_MINUTES];
	uint64_t seen = atomic_load_explicit(slot, memory_order_relaxed);
	if (number == 0)
		return;
	do {
		sum = seen >> 32 == minute ? seen & UINT32_MAX : 0;
		sum = number > UINT32_MAX - sum ? UINT32_MAX : sum + number;
	} while (!atomic_compare_exchange_weak_explicit(slot, &seen, minute << 32 | sum,
	                                                memory_order_relaxed,
	                                                memory_order_relaxed));
}

void rates_count(struct rates *rates, int64_t now)
{
	rates_add(rates, now, 1);
}

void rates_follow(struct rates *rates, int64_t now, uint64_t last, uint64_t total)
{
	rates_add(rates, now, total < last ? total : total - last);
}

void rates_read(struct rates *rates, int64_t now, uint32_t out[RATES_MINUTES])
{
	uint64_t minute = minute_of(now);
	for (size_t i = 0; i < RATES_MINUTES; i++) {
		uint64_t slot = i <= minute ? atomic_load_explicit(
			&rates->slots[(minute - i) % RATES_MINUTES], memory_order_relaxed) : 0;
		out[i] = slot >> 32 == minute - i ? (uint32_t)slot : 0;
	}
}
