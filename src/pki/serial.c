#include "pki/certificate.h"

#include "base/clock.h"
#include "crypto/hash.h"

/* Octets of the lead and the time; what is behind them is random. */
#define TIME_OCTETS 6

int serial_make(uint8_t out[SERIAL_SIZE])
{
	uint8_t serial[SERIAL_SIZE];
	int result = random_octets(serial + TIME_OCTETS, SERIAL_SIZE - TIME_OCTETS);
	if (result)
		return result;
	/* 46 bits of milliseconds reach beyond the year 4000; numbers that grow with time keep the
	 * insertions into an index by serial close together */
	uint64_t head = (uint64_t)(clock_now_us() / 1000) & ((UINT64_C(1) << 46) - 1);
	head |= UINT64_C(1) << 46;
	for (size_t i = 0; i < TIME_OCTETS; i++)
		serial[i] = (uint8_t)(head >> (8 * (TIME_OCTETS - 1 - i)));
	memcpy(out, serial, SERIAL_SIZE);
	return 0;
}
