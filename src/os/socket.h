// Stream sockets, over TCP or by a file of the machine. They never block and raise no signal when
// the other side is gone. A place is a host and a port, or a path, which has a '/' in it.
#ifndef OS_SOCKET_H
#define OS_SOCKET_H

#include <axl/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OS_LISTENER_MAX 8 // addresses of one name; more are not listened at

// Sockets that listen at one place: one for each address that its name has.
typedef struct os_listener {
    int fd[OS_LISTENER_MAX]; // [count]
    size_t count;
    unsigned port; // 0 for a path
    char *path;    // private: to be removed in the end, while it is the file below
    uint64_t device, inode;
} os_listener;

// port 0: any that is free, the same at all addresses. "::" is IPv6 only. A path that a dead
// process has left behind is taken over; one that is in use is AXL_IO, as a port in use is. Only
// the owner, and the group where the process's umask lets it, may connect to a path.
axl_status os_listen(os_listener *out, const char *host, unsigned port, axl_error *err);
void os_listener_close(os_listener *l); // {0} is fine, and what it leaves

// Who has connected.
typedef struct os_peer {
    char name[64]; // "127.0.0.1:50312", "[::1]:50312" or "unix"
    bool near;     // over the loopback device, or by a path
} os_peer;

// What a call on a socket without waiting has come to.
typedef enum os_io {
    OS_IO_DONE,
    OS_IO_WAIT,    // nothing now
    OS_IO_END,     // the other side is gone, or has nothing more to say
    OS_IO_CROWDED, // os_accept: no descriptor or no memory is free
} os_io;

os_io os_accept(int listener, int *fd, os_peer *peer);

// *moved: at least one byte with OS_IO_DONE, none else.
os_io os_socket_send(int fd, const void *bytes, size_t size, size_t *moved);
os_io os_socket_receive(int fd, void *to, size_t size, size_t *moved);

void os_socket_finish(int fd); // the other side sees the end of what was sent
void os_socket_close(int fd);
void os_socket_reset(int fd); // closes so that the other side sees a failure

// Connects, trying the addresses of a name one after the other. *fd is closed by the caller.
// deadline_ns is one of os_clock_ns; after it AXL_BUSY, and AXL_IO where nobody listens.
axl_status os_connect(int *fd, const char *host, unsigned port, uint64_t deadline_ns,
                      axl_error *err);

// Waits until the socket can be read from, or written to. False: the deadline has passed.
bool os_socket_wait(int fd, bool writing, uint64_t deadline_ns);

// For os/ itself: a socket of that family that never blocks, -1 with errno set; and whether the
// path fits into an address.
int os_socket_make(int family);
struct sockaddr_un;
bool os_socket_path(struct sockaddr_un *out, const char *path);

#endif
