#include "os/system.h"

#include "os/cgroup.h"

#include "base/strings.h"
#include "os/descriptor.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 4096
#define TEXT_BYTES 8192

size_t os_text_read(const char *root, const char *path, char *out, size_t size) {
    char full[PATH_BYTES];
    bool cut = false;
    out[0] = '\0';
    string_format(full, sizeof full, &cut, "%s%s", root, path);
    const int fd = cut ? -1 : os_fd_open(AT_FDCWD, full, O_RDONLY, 0);
    if (fd < 0) return 0;
    size_t length = 0;
    ssize_t got = 1;
    while (length < size - 1 && got > 0) {
        got = os_fd_read(fd, out + length, size - 1 - length);
        if (got > 0) length += (size_t)got;
    }
    os_fd_close(fd);
    out[length] = '\0';
    return length;
}

// A decimal number at the start of text, after blanks; UINT64_MAX for "max" and the like.
static uint64_t leading_number(const char *text) {
    while (*text == ' ' || *text == '\t') text++;
    if (*text < '0' || *text > '9') return UINT64_MAX;
    return strtoull(text, NULL, 10);
}

uint64_t os_text_number(const char *text, const char *key) {
    const size_t length = strlen(key);
    while (text != NULL && *text != '\0') {
        if (strncmp(text, key, length) == 0) return leading_number(text + length);
        text = strchr(text, '\n');
        if (text != NULL) text++;
    }
    return UINT64_MAX;
}

// One control group hierarchy as seen by this process.
typedef struct hierarchy {
    const char *root;
    const char *mount;     // "/sys/fs/cgroup" and the like
    char path[PATH_BYTES]; // our group below the mount, "" for the top
} hierarchy;

// Whether the comma-separated list (up to the colon) names the controller.
static bool lists(const char *list, const char *controller) {
    const size_t length = strlen(controller);
    for (const char *at = list; *at != ':' && *at != '\0';) {
        const size_t part = strcspn(at, ",:");
        if (part == length && strncmp(at, controller, length) == 0) return true;
        at += part;
        if (*at == ',') at++;
    }
    return false;
}

// Finds our group from the lines "number:controllers:path" of /proc/self/cgroup; version 2 has an
// empty list of controllers. False if there is no such hierarchy.
static bool find_group(hierarchy *h, const char *controller) {
    char text[TEXT_BYTES];
    os_text_read(h->root, "/proc/self/cgroup", text, sizeof text);
    for (const char *line = text; line != NULL && *line != '\0';) {
        const char *list = strchr(line, ':');
        const char *path = list == NULL ? NULL : strchr(list + 1, ':');
        const char *end = strchr(line, '\n');
        const bool whole = path != NULL && (end == NULL || path < end);
        const bool ours =
            whole && (controller == NULL ? path == list + 1 : lists(list + 1, controller));
        if (ours) {
            const size_t length = end == NULL ? strlen(path + 1) : (size_t)(end - path - 1);
            if (length >= sizeof h->path) return false;
            memcpy(h->path, path + 1, length);
            h->path[length] = '\0';
            // Seen from a namespace below our group the path climbs; only the top is visible then.
            if (strcmp(h->path, "/") == 0 || strstr(h->path, "/..") != NULL) h->path[0] = '\0';
            return true;
        }
        line = end == NULL ? NULL : end + 1;
    }
    return false;
}

static void read_here(const hierarchy *h, const char *name, char *out, size_t size) {
    char path[PATH_BYTES];
    bool cut = false;
    string_format(path, sizeof path, &cut, "%s%s/%s", h->mount, h->path, name);
    out[0] = '\0';
    if (!cut) os_text_read(h->root, path, out, size);
}

// Steps to the parent group. False at the top.
static bool go_up(hierarchy *h) {
    if (h->path[0] == '\0') return false;
    char *slash = strrchr(h->path, '/');
    if (slash == NULL) slash = h->path;
    *slash = '\0';
    return true;
}

// quota and period in microseconds.
static size_t whole_cpus(uint64_t quota, uint64_t period) {
    if (quota == UINT64_MAX || quota == 0 || period == UINT64_MAX || period == 0) return SIZE_MAX;
    return (size_t)(quota / period + (quota % period != 0));
}

// cpu.max: "200000 100000" or "max 100000". cpu.cfs_quota_us: a number, -1 for none.
static size_t cpus_here(const hierarchy *h, bool v2) {
    char text[128];
    if (v2) {
        read_here(h, "cpu.max", text, sizeof text);
        const char *second = strchr(text, ' ');
        return second == NULL ? SIZE_MAX : whole_cpus(leading_number(text), leading_number(second));
    }
    read_here(h, "cpu.cfs_quota_us", text, sizeof text);
    const uint64_t quota = leading_number(text);
    read_here(h, "cpu.cfs_period_us", text, sizeof text);
    return whole_cpus(quota, leading_number(text));
}

static uint64_t memory_here(const hierarchy *h, bool v2) {
    char text[TEXT_BYTES];
    read_here(h, v2 ? "memory.max" : "memory.limit_in_bytes", text, sizeof text);
    const uint64_t limit = leading_number(text);
    read_here(h, v2 ? "memory.current" : "memory.usage_in_bytes", text, sizeof text);
    const uint64_t usage = leading_number(text);
    // Version 1 says "no limit" with a number near 2^63.
    if (limit >= UINT64_MAX / 4 || usage == UINT64_MAX) return UINT64_MAX;
    read_here(h, "memory.stat", text, sizeof text);
    uint64_t cache = os_text_number(text, v2 ? "inactive_file " : "total_inactive_file ");
    if (cache == UINT64_MAX) cache = 0;
    const uint64_t taken = usage > cache ? usage - cache : 0;
    return limit > taken ? limit - taken : 0;
}

size_t os_cgroup_cpus(const char *root) {
    size_t least = SIZE_MAX;
    for (int v2 = 0; v2 < 2; v2++) {
        hierarchy h = {.root = root, .mount = v2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu"};
        if (!find_group(&h, v2 ? NULL : "cpu")) continue;
        do {
            const size_t here = cpus_here(&h, v2);
            if (here < least) least = here;
        } while (go_up(&h));
    }
    return least;
}

uint64_t os_cgroup_memory_left(const char *root) {
    uint64_t least = UINT64_MAX;
    for (int v2 = 0; v2 < 2; v2++) {
        hierarchy h = {.root = root, .mount = v2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"};
        if (!find_group(&h, v2 ? NULL : "memory")) continue;
        do {
            const uint64_t here = memory_here(&h, v2);
            if (here < least) least = here;
        } while (go_up(&h));
    }
    return least;
}
