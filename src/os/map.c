#include "os/system.h"

#include "os/map.h"

#include "base/alloc.h"
#include "base/error.h"
#include "os/descriptor.h"
#include "os/fault.h"
#include "os/map_guard.h"
#include "os/system_error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#if defined(__APPLE__)
#define st_mtim st_mtimespec
#endif

struct os_map {
    char *path; // owned; for error texts
    int fd;
    const char *data; // NULL for an empty file
    uint64_t bytes;
    struct timespec modified;
    map_watch *watch; // NULL: views may fault
};

// Opens and maps map->path; the caller frees map with os_map_close also on failure.
static axl_status map_file(os_map *map, axl_error *err) {
    // Not blocking: a FIFO must be refused, not waited for.
    map->fd = os_fd_open(AT_FDCWD, map->path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    if (map->fd < 0) return os_error(err, errno, "cannot open", map->path);
    struct stat info;
    if (!os_fd_stat(map->fd, &info)) return os_error(err, errno, "cannot examine", map->path);
    RETURN_IF(!S_ISREG(info.st_mode), err, AXL_BAD_FILE, "%s is not a regular file", map->path);
    const uint64_t bytes = (uint64_t)info.st_size;
    RETURN_IF(bytes > SIZE_MAX, err, AXL_TOO_LARGE, "%s is too large to map", map->path);
    map->modified = info.st_mtim;
    if (bytes == 0) return AXL_OK;
    const int injected = os_fault_check(OS_CALL_MAP);
    void *data = MAP_FAILED;
    if (injected != 0) {
        errno = injected;
    } else {
        data = mmap(NULL, (size_t)bytes, PROT_READ, MAP_PRIVATE, map->fd, 0);
    }
    if (data == MAP_FAILED) return os_error(err, errno, "cannot map", map->path);
    map->data = data;
    map->bytes = bytes;
    map->watch = map_watch_begin(data, (size_t)bytes);
    return AXL_OK;
}

axl_status os_map_open(os_map **out, const char *path, axl_error *err) {
    *out = NULL;
    RETURN_IF(path == NULL || *path == '\0', err, AXL_BAD_ARGUMENT, "no file name");
    const size_t length = strlen(path) + 1;
    os_map *map = mem_zalloc(sizeof *map);
    if (map == NULL) return error_no_memory(err, "a file mapping", sizeof *map);
    map->fd = -1;
    map->path = mem_alloc(length);
    axl_status status;
    if (map->path == NULL) {
        status = error_no_memory(err, "a file name", length);
    } else {
        memcpy(map->path, path, length);
        status = map_file(map, err);
    }
    if (status == AXL_OK) {
        *out = map;
    } else {
        os_map_close(map);
    }
    return status;
}

void os_map_close(os_map *map) {
    if (map == NULL) return;
    map_watch_end(map->watch);
    if (map->data != NULL) (void)munmap((void *)(uintptr_t)map->data, (size_t)map->bytes);
    os_fd_close(map->fd);
    mem_free(map->path);
    mem_free(map);
}

uint64_t os_map_bytes(const os_map *map) {
    return map->bytes;
}

bool os_map_guarded(const os_map *map) {
    return map->watch != NULL || map->data == NULL;
}

void os_map_advise(const os_map *map) {
    if (map->data == NULL) return;
    void *data = (void *)(uintptr_t)map->data;
#if defined(MADV_HUGEPAGE)
    (void)madvise(data, (size_t)map->bytes, MADV_HUGEPAGE);
#endif
    (void)madvise(data, (size_t)map->bytes, MADV_WILLNEED);
}

static axl_status check_range(const os_map *map, uint64_t offset, uint64_t length, axl_error *err) {
    // Written so that no sum can overflow.
    RETURN_IF(offset > map->bytes || length > map->bytes - offset, err, AXL_BAD_FILE,
              "%s: %llu bytes from %llu on lie outside the file of %llu bytes", map->path,
              (unsigned long long)length, (unsigned long long)offset,
              (unsigned long long)map->bytes);
    return AXL_OK;
}

axl_status os_map_view(const os_map *map, uint64_t offset, uint64_t length, const void **out,
                       axl_error *err) {
    static const char nothing[1];
    *out = NULL;
    FORWARD(check_range(map, offset, length, err));
    *out = map->data == NULL ? nothing : map->data + offset;
    return AXL_OK;
}

axl_status os_map_read(const os_map *map, uint64_t offset, void *to, size_t bytes, axl_error *err) {
    FORWARD(check_range(map, offset, bytes, err));
    size_t got = 0;
    if (!os_fd_read_at(map->fd, offset, to, bytes, &got)) {
        return os_error(err, errno, "cannot read", map->path);
    }
    RETURN_IF(got < bytes, err, AXL_BAD_FILE, "%s became shorter while in use", map->path);
    return AXL_OK;
}

axl_status os_map_unchanged(const os_map *map, axl_error *err) {
    struct stat info;
    RETURN_IF(map_watch_torn(map->watch), err, AXL_BAD_FILE, "%s was cut short while in use",
              map->path);
    if (!os_fd_stat(map->fd, &info)) return os_error(err, errno, "cannot examine", map->path);
    const bool same = (uint64_t)info.st_size == map->bytes &&
                      info.st_mtim.tv_sec == map->modified.tv_sec &&
                      info.st_mtim.tv_nsec == map->modified.tv_nsec;
    RETURN_IF(!same, err, AXL_BAD_FILE, "%s was changed while in use", map->path);
    return AXL_OK;
}
