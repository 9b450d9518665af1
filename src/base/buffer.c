#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = BUFFER_MAX(buffer->maximum);
}

void buffer_wipe(struct buffer *buffer)
{
	if (buffer->data)
		explicit_bzero(buffer->data, buffer->capacity);
	buffer_free(buffer);
}

void buffer_clear(struct buffer *buffer)
{
	buffer->length = 0;
	buffer->error = 0;
}

int buffer_reserve(struct buffer *buffer, size_t more)
{
	if (buffer->error)
		return buffer->error;
	/* one octet stays free behind the content for buffer_text's NUL */
	size_t wanted;
	if (__builtin_add_overflow(buffer->length, more, &wanted) || wanted > buffer->maximum ||
	    wanted == SIZE_MAX)
		return buffer->error = SIGNET_E_TOO_BIG;
	if (wanted + 1 <= buffer->capacity)
		return 0;
	size_t capacity = buffer->capacity ? buffer->capacity : 64;
	while (capacity < wanted + 1)
		capacity = capacity > SIZE_MAX / 2 ? wanted + 1 : capacity * 2;
	if (capacity - 1 > buffer->maximum)
		capacity = buffer->maximum + 1;
	uint8_t *data = realloc(buffer->data, capacity);
	if (!data)
		return buffer->error = SIGNET_E_NOMEM;
	buffer->data = data;
	buffer->capacity = capacity;
	return 0;
}

int buffer_append(struct buffer *buffer, const void *data, size_t length)
{
	if (buffer_reserve(buffer, length))
		return buffer->error;
	if (length)
		memcpy(buffer->data + buffer->length, data, length);
	buffer->length += length;
	return 0;
}

int buffer_append_bytes(struct buffer *buffer, struct bytes bytes)
{
	return buffer_append(buffer, bytes.data, bytes.length);
}

int buffer_append_text(struct buffer *buffer, const char *text)
{
	return buffer_append(buffer, text, strlen(text));
}

int buffer_append_octet(struct buffer *buffer, uint8_t octet)
{
	return buffer_append(buffer, &octet, 1);
}

int buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list ap, again;
	size_t room = buffer->capacity - buffer->length;
	va_start(ap, format);
	va_copy(again, ap);
	/* most often there is room already, and once is enough */
	int length = vsnprintf(room ? (char *)buffer->data + buffer->length : NULL, room, format, ap);
	va_end(ap);
	int result = length < 0 ? (buffer->error = SIGNET_E_INVALID)
	                        : buffer_reserve(buffer, (size_t)length);
	if (result == 0) {
		if ((size_t)length >= room)
			vsnprintf((char *)buffer->data + buffer->length, (size_t)length + 1, format,
			          again);
		buffer->length += (size_t)length;
	}
	va_end(again);
	return result;
}

const char *buffer_text(struct buffer *buffer)
{
	if (buffer_reserve(buffer, 0))
		return NULL;
	buffer->data[buffer->length] = '\0';
	return (const char *)buffer->data;
}
