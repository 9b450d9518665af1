#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"

#define BLOCK_SIZE 8192
#define ALIGNMENT 16

struct block {
	struct block *next;
	size_t size; /* of data */
	size_t used;
	_Alignas(ALIGNMENT) uint8_t data[];
};

struct arena {
	struct block *blocks; /* the newest first */
	size_t maximum;
	size_t total;
};

static struct block *block_new(size_t size)
{
	size_t total;
	if (__builtin_add_overflow(sizeof(struct block), size, &total) || total > PTRDIFF_MAX)
		return NULL; /* no object is larger, and malloc need not be asked */
	struct block *block = malloc(total);
	if (block) {
		block->next = NULL;
		block->size = size;
		block->used = 0;
	}
	return block;
}

struct arena *arena_new(size_t maximum)
{
	struct arena *arena = calloc(1, sizeof *arena);
	if (arena)
		arena->maximum = maximum;
	return arena;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	for (struct block *block = arena->blocks, *next; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

void arena_clear(struct arena *arena)
{
	if (!arena->blocks)
		return;
	struct block *first = arena->blocks;
	while (first->next) {
		struct block *next = first->next;
		free(first);
		first = next;
	}
	first->used = 0;
	arena->blocks = first;
	arena->total = 0;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	if (size == 0)
		size = 1;
	if (size > arena->maximum || arena->total > arena->maximum - size)
		return NULL;
	size_t rounded;
	if (__builtin_add_overflow(size, ALIGNMENT - 1, &rounded))
		return NULL;
	rounded &= ~(size_t)(ALIGNMENT - 1);
	struct block *block = arena->blocks;
	if (!block || block->size - block->used < rounded) {
		block = block_new(rounded > BLOCK_SIZE ? rounded : BLOCK_SIZE);
		if (!block)
			return NULL;
		block->next = arena->blocks;
		arena->blocks = block;
	}
	void *at = block->data + block->used;
	block->used += rounded;
	arena->total += size;
	memset(at, 0, size);
	return at;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	return arena_alloc(arena, total);
}

void *arena_memdup(struct arena *arena, const void *data, size_t length)
{
	void *copy = arena_alloc(arena, length);
	if (copy && length)
		memcpy(copy, data, length);
	return copy;
}

char *arena_text(struct arena *arena, struct bytes text)
{
	char *copy = text.length < SIZE_MAX ? arena_alloc(arena, text.length + 1) : NULL;
	if (copy && text.length)
		memcpy(copy, text.data, text.length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_text(arena, bytes_text(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list ap, again;
	va_start(ap, format);
	va_copy(again, ap);
	int length = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	char *text = length < 0 ? NULL : arena_alloc(arena, (size_t)length + 1);
	if (text)
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

int arena_bytes(struct arena *arena, struct bytes in, struct bytes *out)
{
	void *copy = arena_memdup(arena, in.data, in.length);
	if (!copy)
		return SIGNET_E_NOMEM;
	*out = bytes_make(copy, in.length);
	return 0;
}
