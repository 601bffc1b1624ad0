#include "os/system.h"

#include "os/socket.h"

#include "base/error.h"
#include "base/strings.h"
#include "os/clock.h"
#include "os/descriptor.h"
#include "os/fault.h"
#include "os/system_error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

// A client that vanishes without a word, its cable cut, is noticed after a minute.
#define ALIVE_IDLE_S 30
#define ALIVE_EVERY_S 10
#define ALIVE_COUNT 3

int os_socket_make(int family) {
    const int number = os_fault_check(OS_CALL_SOCKET);
    if (number) {
        errno = number;
        return -1;
    }
    return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

bool os_socket_path(struct sockaddr_un *out, const char *path) {
    const size_t size = strlen(path) + 1;
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (size > sizeof out->sun_path) return false;
    memcpy(out->sun_path, path, size);
    return true;
}

// Answers go out in small pieces, each as soon as it is there.
static void set_options(int fd, int family) {
    const int on = 1, idle = ALIVE_IDLE_S, every = ALIVE_EVERY_S, count = ALIVE_COUNT;
    if (family == AF_UNIX) return;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof every);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

typedef union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_storage storage;
} address;

static bool is_loopback(const address *a) {
    if (a->any.sa_family == AF_INET) return ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
    const struct in6_addr *v6 = &a->v6.sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == 127);
}

static void describe(const address *a, os_peer *out) {
    char host[INET6_ADDRSTRLEN] = "";
    if (a->any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &a->v4.sin_addr, host, sizeof host);
        string_format(out->name, sizeof out->name, NULL, "%s:%u", host, ntohs(a->v4.sin_port));
    } else if (a->any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &a->v6.sin6_addr, host, sizeof host);
        string_format(out->name, sizeof out->name, NULL, "[%s]:%u", host, ntohs(a->v6.sin6_port));
    } else {
        string_copy(out->name, sizeof out->name, "unix");
    }
    out->near = a->any.sa_family == AF_UNIX || is_loopback(a);
}

os_io os_accept(int listener, int *fd, os_peer *peer) {
    for (;;) {
        address from = {.any = {.sa_family = AF_UNIX}};
        socklen_t size = sizeof from;
        const int number = os_fault_check(OS_CALL_ACCEPT);
        if (number) errno = number;
        *fd = number ? -1 : accept4(listener, &from.any, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (*fd >= 0) {
            set_options(*fd, from.any.sa_family);
            describe(&from, peer);
            return OS_IO_DONE;
        }
        switch (errno) {
        case EAGAIN:
            return OS_IO_WAIT;
        case EINTR:
        case ECONNABORTED:
        case EPROTO:
        case ENETDOWN:
        case ENOPROTOOPT:
        case EHOSTDOWN:
        case ENONET:
        case EHOSTUNREACH:
        case EOPNOTSUPP:
        case ENETUNREACH: // that one connection has failed already: the next one
            break;
        default:
            return OS_IO_CROWDED;
        }
    }
}

static os_io outcome(ssize_t moved, size_t *out) {
    *out = moved > 0 ? (size_t)moved : 0;
    if (moved > 0) return OS_IO_DONE;
    return moved < 0 && (errno == EAGAIN || errno == ENOBUFS) ? OS_IO_WAIT : OS_IO_END;
}

os_io os_socket_send(int fd, const void *bytes, size_t size, size_t *moved) {
    ssize_t sent;
    do {
        const int number = os_fault_transfer(OS_CALL_SEND, &size);
        if (number) errno = number;
        sent = number ? -1 : send(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    return outcome(sent, moved);
}

os_io os_socket_receive(int fd, void *to, size_t size, size_t *moved) {
    ssize_t got;
    do {
        const int number = os_fault_transfer(OS_CALL_RECV, &size);
        if (number) errno = number;
        got = number ? -1 : recv(fd, to, size, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    return outcome(got, moved);
}

void os_socket_finish(int fd) {
    (void)shutdown(fd, SHUT_WR);
}

void os_socket_close(int fd) {
    os_fd_close(fd);
}

void os_socket_reset(int fd) {
    const struct linger now = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    os_fd_close(fd);
}

bool os_socket_wait(int fd, bool writing, uint64_t deadline_ns) {
    struct pollfd one = {.fd = fd, .events = writing ? POLLOUT : POLLIN};
    for (;;) {
        const uint64_t now = os_clock_ns();
        if (now >= deadline_ns) return false;
        const uint64_t ms = (deadline_ns - now) / 1000000 + 1;
        if (poll(&one, 1, ms < 60000 ? (int)ms : 60000) > 0) return true;
    }
}

// Connects the new socket; 0, or the errno value.
static int connect_to(int fd, const struct sockaddr *to, socklen_t size, uint64_t deadline_ns) {
    const int injected = os_fault_check(OS_CALL_SOCKET);
    if (injected) return injected;
    if (connect(fd, to, size) == 0) return 0;
    if (errno != EINPROGRESS && errno != EINTR) return errno;
    if (!os_socket_wait(fd, true, deadline_ns)) return ETIMEDOUT;
    int number = 0;
    socklen_t length = sizeof number;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &length) == 0 ? number : errno;
}

static int try_one(int *fd, const struct sockaddr *to, socklen_t size, uint64_t deadline_ns) {
    *fd = os_socket_make(to->sa_family);
    if (*fd < 0) return errno;
    const int number = connect_to(*fd, to, size, deadline_ns);
    if (number == 0) {
        set_options(*fd, to->sa_family);
        return 0;
    }
    os_fd_close(*fd);
    *fd = -1;
    return number;
}

static axl_status failed(axl_error *err, int number, const char *where) {
    if (number == ETIMEDOUT) return error_set(err, AXL_BUSY, "no answer from %s in time", where);
    // A full queue of a path is as a full one of a port: nobody answers.
    if (number == EAGAIN || number == ENOENT || number == ECONNREFUSED)
        return error_set(err, AXL_IO, "nobody listens at %s", where);
    return os_error(err, number, "cannot connect to", where);
}

axl_status os_connect(int *fd, const char *host, unsigned port, uint64_t deadline_ns,
                      axl_error *err) {
    *fd = -1;
    if (strchr(host, '/')) {
        struct sockaddr_un to;
        RETURN_IF(!os_socket_path(&to, host), err, AXL_BAD_ARGUMENT,
                  "the path of a socket has at most %zu bytes", sizeof to.sun_path - 1);
        const int number = try_one(fd, (const struct sockaddr *)&to, sizeof to, deadline_ns);
        return number == 0 ? AXL_OK : failed(err, number, host);
    }
    char service[16], where[300];
    string_format(service, sizeof service, NULL, "%u", port);
    string_format(where, sizeof where, NULL, "%s, port %u", host, port);
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    const int unknown = getaddrinfo(host, service, &hints, &list);
    RETURN_IF(unknown != 0, err, AXL_NOT_FOUND, "unknown host %s: %s", host, gai_strerror(unknown));
    int number = EADDRNOTAVAIL;
    for (const struct addrinfo *a = list; a && *fd < 0; a = a->ai_next)
        number = try_one(fd, a->ai_addr, a->ai_addrlen, deadline_ns);
    freeaddrinfo(list);
    return number == 0 ? AXL_OK : failed(err, number, where);
}
