#include "os/system.h"

#include "os/listing.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "os/descriptor.h"
#include "os/fault.h"
#include "os/system_error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static os_kind kind_of(mode_t mode) {
    if (S_ISREG(mode)) return OS_KIND_FILE;
    return S_ISDIR(mode) ? OS_KIND_FOLDER : OS_KIND_SPECIAL;
}

// fstatat that the fault hook may fail; false with errno set.
static bool examine(int folder, const char *name, int flags, struct stat *out) {
    const int injected = os_fault_check(OS_CALL_STAT);
    if (injected != 0) errno = injected;
    return injected == 0 && fstatat(folder, name, out, flags) == 0;
}

static bool nothing_there(int number) {
    return number == ENOENT || number == ENOTDIR || number == ELOOP;
}

axl_status os_kind_of(const char *path, os_kind *out, axl_error *err) {
    struct stat info;
    *out = OS_KIND_NONE;
    if (examine(AT_FDCWD, path, 0, &info)) {
        *out = kind_of(info.st_mode);
    } else if (!nothing_there(errno)) {
        return os_error(err, errno, "cannot examine", path);
    }
    return AXL_OK;
}

bool os_same_file(const char *a, const char *b) {
    struct stat first, second;
    return examine(AT_FDCWD, a, 0, &first) && examine(AT_FDCWD, b, 0, &second) &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

// The names go into one buffer, which moves while it grows: the entries get their pointers last.
typedef struct listing_work {
    const char *folder;
    buf names;
    os_entry *entry;
    size_t count, capacity;
} listing_work;

static axl_status add(listing_work *w, const char *name, os_entry entry, axl_error *err) {
    if (w->count == w->capacity) {
        const size_t capacity = w->capacity < 16 ? 16 : w->capacity + w->capacity / 2;
        os_entry *grown = mem_resize_array(w->entry, capacity, sizeof *grown);
        if (grown == NULL) return error_no_memory(err, w->folder, capacity * sizeof *grown);
        w->entry = grown;
        w->capacity = capacity;
    }
    if (!buf_append(&w->names, name, strlen(name) + 1))
        return error_no_memory(err, w->folder, w->names.size);
    w->entry[w->count++] = entry;
    return AXL_OK;
}

static axl_status add_entry(listing_work *w, int folder, const char *name, axl_error *err) {
    struct stat info;
    os_entry entry = {NULL, OS_KIND_NONE, false};
    if (!examine(folder, name, AT_SYMLINK_NOFOLLOW, &info)) {
        if (errno == ENOENT) return AXL_OK; // removed meanwhile
        return os_error(err, errno, "cannot examine", name);
    }
    entry.link = S_ISLNK(info.st_mode);
    if (entry.link && !examine(folder, name, 0, &info)) return add(w, name, entry, err);
    entry.kind = kind_of(info.st_mode);
    return add(w, name, entry, err);
}

static axl_status add_all(listing_work *w, DIR *entries, axl_error *err) {
    for (;;) {
        errno = 0;
        const struct dirent *found = readdir(entries);
        if (found == NULL) break;
        const char *name = found->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        FORWARD(add_entry(w, dirfd(entries), name, err));
    }
    return errno == 0 ? AXL_OK : os_error(err, errno, "cannot read the folder", w->folder);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const os_entry *)a)->name, ((const os_entry *)b)->name);
}

static void finish(listing_work *w, os_listing *out) {
    const char *name = w->names.data;
    for (size_t i = 0; i < w->count; i++, name += strlen(name) + 1) w->entry[i].name = name;
    if (w->count > 0) qsort(w->entry, w->count, sizeof *w->entry, by_name);
    *out = (os_listing){w->entry, w->count, w->names.data};
}

static os_refusal refusal_of(int number) {
    if (number == EACCES || number == EPERM) return OS_REFUSAL_DENIED;
    return nothing_there(number) ? OS_REFUSAL_GONE : OS_REFUSAL_OTHER;
}

axl_status os_listing_read(os_listing *out, const char *folder, os_refusal *why, axl_error *err) {
    *out = (os_listing){0};
    if (why) *why = OS_REFUSAL_NONE;
    const int fd = os_fd_open(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, 0);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    if (entries == NULL) {
        const int number = errno;
        os_fd_close(fd);
        if (why) *why = refusal_of(number);
        return os_error(err, number, "cannot open the folder", folder);
    }
    listing_work w = {.folder = folder};
    const axl_status status = add_all(&w, entries, err);
    (void)closedir(entries);
    if (status == AXL_OK) {
        finish(&w, out);
        return AXL_OK;
    }
    if (why) *why = OS_REFUSAL_OTHER;
    mem_free(w.entry);
    buf_free(&w.names);
    return status;
}

void os_listing_free(os_listing *listing) {
    mem_free(listing->entry);
    mem_free(listing->names);
    *listing = (os_listing){0};
}
