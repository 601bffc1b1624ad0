#include "os/system.h"

#include "os/tree.h"

#include "base/buf.h"
#include "base/error.h"
#include "os/descriptor.h"
#include "os/system_error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

typedef struct walk {
    os_tree_size size;
    buf path; // of what is looked at, for messages
    axl_error *err;
} walk;

static axl_status failed(const walk *w, int number, const char *what) {
    return os_error(w->err, number, what, buf_string(&w->path));
}

static axl_status count_folder(walk *w, int fd, size_t depth);

static void count_file(walk *w, const struct stat *info) {
    w->size.files++;
    w->size.bytes += (uint64_t)info->st_size;
}

// name in folder; w->path names it too.
static axl_status count_entry(walk *w, int folder, const char *name, size_t depth) {
    struct stat info;
    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? AXL_OK : failed(w, errno, "cannot examine");
    if (S_ISREG(info.st_mode)) count_file(w, &info);
    if (!S_ISDIR(info.st_mode)) return AXL_OK;
    RETURN_IF(depth == OS_TREE_DEPTH, w->err, AXL_TOO_LARGE,
              "more than %d folders inside each other: %s", OS_TREE_DEPTH, buf_string(&w->path));
    const int fd = os_fd_open(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    if (fd < 0) return errno == ENOENT ? AXL_OK : failed(w, errno, "cannot open the folder");
    return count_folder(w, fd, depth + 1);
}

static axl_status count_entries(walk *w, DIR *entries, size_t depth) {
    const size_t length = w->path.size;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(entries);
        if (entry == NULL) break;
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        if (!buf_format(&w->path, "/%s", name))
            return error_no_memory(w->err, "a path", length + strlen(name) + 2);
        FORWARD(count_entry(w, dirfd(entries), name, depth));
        buf_truncate(&w->path, length);
    }
    return errno == 0 ? AXL_OK : failed(w, errno, "cannot read the folder");
}

// Closes fd.
static axl_status count_folder(walk *w, int fd, size_t depth) {
    DIR *entries = fdopendir(fd);
    if (entries == NULL) {
        const axl_status status = failed(w, errno, "cannot read the folder");
        os_fd_close(fd);
        return status;
    }
    const axl_status status = count_entries(w, entries, depth);
    (void)closedir(entries);
    return status;
}

// The path itself, links followed.
static axl_status count_root(walk *w, const char *path) {
    struct stat info;
    if (stat(path, &info) != 0) return failed(w, errno, "cannot examine");
    if (S_ISREG(info.st_mode)) {
        count_file(w, &info);
        return AXL_OK;
    }
    RETURN_IF(!S_ISDIR(info.st_mode), w->err, AXL_BAD_FILE, "%s is neither a file nor a folder",
              path);
    const int fd = os_fd_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0) return failed(w, errno, "cannot open the folder");
    return count_folder(w, fd, 1);
}

axl_status os_tree_count(const char *path, os_tree_size *out, axl_error *err) {
    walk w = {.err = err};
    *out = (os_tree_size){0};
    if (!buf_text(&w.path, path)) return error_no_memory(err, "a path", strlen(path) + 1);
    const axl_status status = count_root(&w, path);
    buf_free(&w.path);
    if (status == AXL_OK) *out = w.size;
    return status;
}
