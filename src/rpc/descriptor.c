#include "rpc/descriptor.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Files that there is room for, so that one too many is noticed; the kernel drops what is beyond. */
#define ROOM 4

/* Aligned as control messages are to be. */
union control {
	struct cmsghdr header;
	uint8_t octets[CMSG_SPACE(ROOM * sizeof(int))];
};

ssize_t descriptor_send(int socket, const uint8_t *data, size_t length, int flags, int file)
{
	union control control = {{0}};
	struct iovec part = {(void *)(uintptr_t)data, length};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	if (file < 0)
		return send(socket, data, length, flags);
	message.msg_control = control.octets;
	message.msg_controllen = CMSG_SPACE(sizeof file);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof file);
	memcpy(CMSG_DATA(header), &file, sizeof file);
	return sendmsg(socket, &message, flags);
}

/* Keeps the first file of a control message in *file, and closes the others. Returns how many there
 * were. */
static size_t take_files(struct cmsghdr *header, int *file)
{
	size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
		return 0;
	for (size_t i = 0; i < count; i++) {
		int fd;
		memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
		if (*file < 0)
			*file = fd;
		else
			close(fd);
	}
	return count;
}

ssize_t descriptor_receive(int socket, uint8_t *data, size_t room, int *file)
{
	union control control;
	struct iovec part = {data, room};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.octets,
	                         .msg_controllen = sizeof control.octets};
	size_t count = 0;
	int first = -1;
	*file = -1;
	ssize_t n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	if (n < 0)
		return n;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header;
	     header = CMSG_NXTHDR(&message, header))
		count += take_files(header, &first);
	if (count > 1 || message.msg_flags & MSG_CTRUNC) {
		if (first >= 0)
			close(first);
		errno = EPROTO;
		return -1;
	}
	*file = first;
	return n;
}
