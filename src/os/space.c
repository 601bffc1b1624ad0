#include "os/system.h"

#include "os/space.h"

#include "base/alloc.h"
#include "base/error.h"
#include "os/fault.h"
#include "os/system_error.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/statvfs.h>

// Replaces path by the name of the folder that holds it; false where there is none.
static bool go_up(char *path) {
    char *slash = strrchr(path, '/');
    if (slash == NULL) {
        if (strcmp(path, ".") == 0) return false;
        strcpy(path, ".");
    } else if (slash == path) {
        if (slash[1] == '\0') return false;
        slash[1] = '\0';
    } else {
        *slash = '\0';
    }
    return true;
}

static bool ask(const char *path, struct statvfs *info) {
    int result;
    do {
        const int injected = os_fault_check(OS_CALL_SPACE);
        if (injected != 0) errno = injected;
        result = injected != 0 ? -1 : statvfs(path, info);
    } while (result != 0 && errno == EINTR);
    return result == 0;
}

axl_status os_space_available(const char *path, uint64_t *bytes, axl_error *err) {
    *bytes = 0;
    RETURN_IF(path == NULL || *path == '\0', err, AXL_BAD_ARGUMENT, "no file name");
    const size_t length = strlen(path) + 2; // room for "."
    char *at = mem_alloc(length);
    if (at == NULL) return error_no_memory(err, "a path", length);
    memcpy(at, path, length - 1);
    struct statvfs info;
    bool known = ask(at, &info);
    while (!known && errno == ENOENT && go_up(at)) known = ask(at, &info);
    mem_free(at);
    if (!known) return os_error(err, errno, "cannot examine the disk of", path);
    // Some file systems in user space count nothing.
    *bytes = info.f_blocks == 0 ? UINT64_MAX : (uint64_t)info.f_bavail * info.f_frsize;
    return AXL_OK;
}
