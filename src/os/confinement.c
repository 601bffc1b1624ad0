#include "os/system.h"

#include "os/confinement.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "os/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX ((size_t)1 << 20) // of a file that the kernel makes

// A file of /proc/PID as text, or of this process with PID 0; the caller frees it.
static axl_status read_file(pid_t pid, const char *name, char **text, axl_error *err) {
    char path[64];
    void *data = NULL;
    size_t bytes;
    if (pid)
        snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
    else
        snprintf(path, sizeof path, "/proc/self/%s", name);
    FORWARD(os_file_read(path, FILE_MAX, &data, &bytes, err));
    *text = data;
    return AXL_OK;
}

// Whether the namespace is another one than ours. What cannot be seen counts as ours.
static bool other_namespace(pid_t pid, const char *name) {
    char path[64];
    struct stat theirs, ours;
    snprintf(path, sizeof path, "/proc/%ld/ns/%s", (long)pid, name);
    if (stat(path, &theirs) != 0) return false;
    snprintf(path, sizeof path, "/proc/self/ns/%s", name);
    if (stat(path, &ours) != 0) return false;
    return theirs.st_ino != ours.st_ino || theirs.st_dev != ours.st_dev;
}

// The number behind "name:" at the start of a line, or fallback.
static uint64_t field(const char *text, const char *name, int base, uint64_t fallback) {
    const size_t size = strlen(name);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        if (*line == '\n') line++;
        if (strncmp(line, name, size) == 0 && line[size] == ':')
            return strtoull(line + size + 1, NULL, base);
    }
    return fallback;
}

// A filter that this process has, too, as in a container, is not the one that is asked about.
static void read_status(const char *text, const char *own, os_confinement *out) {
    out->filtered = field(text, "Seccomp", 10, 0) == 2 &&
                    field(text, "Seccomp_filters", 10, 0) > field(own, "Seccomp_filters", 10, 0);
    out->no_privileges = field(text, "NoNewPrivs", 10, 0) == 1 &&
                         field(text, "CapEff", 16, 1) == 0 && field(text, "CapPrm", 16, 1) == 0 &&
                         field(text, "CapInh", 16, 1) == 0;
    out->not_root = field(text, "Uid", 10, 0) != 0;
}

// A line is "id parent device root point options ...".
static bool mounts_read_only(const char *text) {
    const char *line = text;
    while (*line) {
        char point[512], options[256];
        if (sscanf(line, "%*s %*s %*s %*s %511s %255s", point, options) != 2) return false;
        const bool only = string_starts(options, "ro,") || strcmp(options, "ro") == 0;
        if (!only && strcmp(point, "/dev/null") != 0) return false;
        const char *end = strchr(line, '\n');
        if (!end) break;
        line = end + 1;
    }
    return line != text;
}

// The hard limit in a table whose lines are "name   soft   hard   unit".
static uint64_t hard_limit(const char *text, const char *name) {
    const char *at = strstr(text, name);
    char soft[32], hard[32];
    if (!at || sscanf(at + strlen(name), "%31s %31s", soft, hard) != 2) return UINT64_MAX;
    uint64_t value;
    return string_to_u64(hard, &value) ? value : UINT64_MAX;
}

static void read_limits(const char *text, os_confinement *out) {
    out->processes = hard_limit(text, "Max processes");
    out->memory = hard_limit(text, "Max address space");
    out->cpu_seconds = hard_limit(text, "Max cpu time");
}

axl_status os_confinement_read(pid_t pid, os_confinement *out, axl_error *err) {
    *out = (os_confinement){.user = other_namespace(pid, "user"),
                            .mount = other_namespace(pid, "mnt"),
                            .pid = other_namespace(pid, "pid"),
                            .net = other_namespace(pid, "net"),
                            .ipc = other_namespace(pid, "ipc"),
                            .uts = other_namespace(pid, "uts"),
                            .cgroup = other_namespace(pid, "cgroup")};
    char *text[4] = {NULL, NULL, NULL, NULL};
    static const char *const names[4] = {"status", "mountinfo", "limits", "status"};
    axl_status status = AXL_OK;
    for (size_t i = 0; i < 4 && status == AXL_OK; i++)
        status = read_file(i < 3 ? pid : 0, names[i], &text[i], err);
    if (status == AXL_OK) {
        read_status(text[0], text[3], out);
        out->read_only = mounts_read_only(text[1]);
        read_limits(text[2], out);
    }
    for (size_t i = 0; i < 4; i++) mem_free(text[i]);
    return status;
}
