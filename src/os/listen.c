#include "os/system.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "os/descriptor.h"
#include "os/fault.h"
#include "os/socket.h"
#include "os/system_error.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4096      // clients that wait to be accepted; the system lowers it to its own limit
#define FREE_PORTS_MAX 16 // tries to find a port that is free at all addresses of a name
#define PATH_MODE 0660    // of a socket in the file system, without what the umask takes

// 0, or the errno value.
static int bind_and_listen(int fd, const struct sockaddr *at, socklen_t size) {
    const int injected = os_fault_check(OS_CALL_SOCKET);
    if (injected) return injected;
    return bind(fd, at, size) == 0 && listen(fd, BACKLOG) == 0 ? 0 : errno;
}

static axl_status failed(axl_error *err, int number, const char *where) {
    if (number == EADDRINUSE) return error_set(err, AXL_IO, "%s is in use", where);
    if (number == EACCES) return error_set(err, AXL_IO, "%s is not allowed to us", where);
    return os_error(err, number, "cannot listen at", where);
}

// ---- paths

// Whether somebody listens there; what is left of a dead process refuses.
static bool is_stale(const struct sockaddr_un *at) {
    struct stat info;
    if (lstat(at->sun_path, &info) != 0 || !S_ISSOCK(info.st_mode)) return false;
    const int fd = os_socket_make(AF_UNIX);
    if (fd < 0) return false;
    const bool refused =
        connect(fd, (const struct sockaddr *)at, sizeof *at) != 0 && errno == ECONNREFUSED;
    os_fd_close(fd);
    return refused;
}

static int bind_path(int fd, const struct sockaddr_un *at) {
    const struct sockaddr *name = (const struct sockaddr *)at;
    // The mode of the descriptor becomes that of the file: nobody else can connect in between.
    if (fchmod(fd, PATH_MODE) != 0) return errno;
    int number = bind_and_listen(fd, name, sizeof *at);
    if (number == EADDRINUSE && is_stale(at) && unlink(at->sun_path) == 0)
        number = bind_and_listen(fd, name, sizeof *at);
    return number;
}

static axl_status listen_path(os_listener *out, const char *path, axl_error *err) {
    struct sockaddr_un at;
    struct stat info;
    RETURN_IF(!os_socket_path(&at, path), err, AXL_BAD_ARGUMENT,
              "the path of a socket has at most %zu bytes", sizeof at.sun_path - 1);
    const size_t size = strlen(path) + 1;
    out->path = mem_alloc(size);
    if (!out->path) return error_no_memory(err, "a path", size);
    memcpy(out->path, path, size);
    const int fd = os_socket_make(AF_UNIX);
    int number = fd < 0 ? errno : bind_path(fd, &at);
    if (number == 0 && lstat(path, &info) != 0) number = errno;
    if (number != 0) {
        os_fd_close(fd);
        mem_free(out->path);
        *out = (os_listener){0};
        return failed(err, number, path);
    }
    out->fd[out->count++] = fd;
    out->device = (uint64_t)info.st_dev;
    out->inode = (uint64_t)info.st_ino;
    return AXL_OK;
}

// ---- ports

typedef union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_storage storage;
} address;

static void set_port(address *a, unsigned port) {
    if (a->any.sa_family == AF_INET6)
        a->v6.sin6_port = htons((uint16_t)port);
    else
        a->v4.sin_port = htons((uint16_t)port);
}

static unsigned port_of(int fd) {
    address a = {.any = {.sa_family = AF_UNSPEC}};
    socklen_t size = sizeof a;
    if (getsockname(fd, &a.any, &size) != 0) return 0;
    return ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
}

static int listen_address(os_listener *out, const struct addrinfo *info, unsigned port) {
    const int on = 1;
    address at = {.any = {.sa_family = AF_UNSPEC}};
    memcpy(&at, info->ai_addr, info->ai_addrlen);
    set_port(&at, port);
    const int fd = os_socket_make(info->ai_family);
    if (fd < 0) return errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (info->ai_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    const int number = bind_and_listen(fd, &at.any, info->ai_addrlen);
    if (number != 0) {
        os_fd_close(fd);
        return number;
    }
    out->fd[out->count++] = fd;
    return 0;
}

// At all addresses, the same port. An address that this machine does not have (IPv6 where it is
// switched off) is left out as long as another one is there.
static int listen_all(os_listener *out, const struct addrinfo *list, unsigned port) {
    int absent = EADDRNOTAVAIL;
    for (const struct addrinfo *a = list; a && out->count < OS_LISTENER_MAX; a = a->ai_next) {
        const int number = listen_address(out, a, port);
        if (number == EADDRNOTAVAIL || number == EAFNOSUPPORT)
            absent = number;
        else if (number != 0)
            return number;
        if (number == 0) port = out->port = port_of(out->fd[0]);
    }
    return out->count > 0 ? 0 : absent;
}

axl_status os_listen(os_listener *out, const char *host, unsigned port, axl_error *err) {
    *out = (os_listener){0};
    if (strchr(host, '/')) return listen_path(out, host, err);
    RETURN_IF(port > 65535, err, AXL_BAD_ARGUMENT, "no port has the number %u", port);
    char where[300];
    string_format(where, sizeof where, NULL, "%s, port %u", host, port);
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *list = NULL;
    const int unknown = getaddrinfo(host, "0", &hints, &list);
    RETURN_IF(unknown != 0, err, AXL_NOT_FOUND, "unknown host %s: %s", host, gai_strerror(unknown));
    int number = EADDRINUSE;
    for (int i = 0; number == EADDRINUSE && i < (port ? 1 : FREE_PORTS_MAX); i++) {
        os_listener_close(out);
        number = listen_all(out, list, port);
    }
    freeaddrinfo(list);
    if (number == 0) return AXL_OK;
    os_listener_close(out);
    return failed(err, number, where);
}

void os_listener_close(os_listener *l) {
    struct stat info;
    // Not the file of another server that has taken the path since.
    if (l->path && lstat(l->path, &info) == 0 && (uint64_t)info.st_dev == l->device &&
        (uint64_t)info.st_ino == l->inode)
        (void)unlink(l->path);
    mem_free(l->path);
    for (size_t i = 0; i < l->count; i++) os_fd_close(l->fd[i]);
    *l = (os_listener){0};
}
