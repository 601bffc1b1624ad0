#include "os/system.h"

#include "os/new_tree.h"

#include "base/alloc.h"
#include "base/error.h"
#include "os/descriptor.h"
#include "os/system_error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_ROOM 256

struct os_new_tree {
    int folder;
    char *path; // of the folder, for messages
};

axl_status os_new_tree_open(os_new_tree **out, const char *path, axl_error *err) {
    *out = NULL;
    const size_t bytes = strlen(path) + 1;
    os_new_tree *t = mem_alloc(sizeof *t);
    char *copy = mem_alloc(bytes);
    const int fd = t && copy ? os_fd_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0) : -1;
    if (fd < 0) {
        const int number = errno;
        mem_free(t);
        if (copy) mem_free(copy);
        if (!t || !copy) return error_no_memory(err, "a folder", sizeof *t + bytes);
        return os_error(err, number, "cannot open the folder", path);
    }
    memcpy(copy, path, bytes);
    *t = (os_new_tree){fd, copy};
    *out = t;
    return AXL_OK;
}

void os_new_tree_close(os_new_tree *t) {
    if (!t) return;
    os_fd_close(t->folder);
    mem_free(t->path);
    mem_free(t);
}

// The folder `name` in another one, made if need be; -1 with errno set.
static int enter(int folder, const char *name) {
    if (mkdirat(folder, name, 0777) != 0 && errno != EEXIST) return -1;
    return os_fd_open(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
}

// Goes down to the folder that the last part of *below lies in; *below becomes that part.
static int descend(const os_new_tree *t, const char **below) {
    int fd = os_fd_open(t->folder, ".", O_RDONLY | O_DIRECTORY, 0);
    for (const char *slash; fd >= 0 && (slash = strchr(*below, '/')) != NULL; *below = slash + 1) {
        char name[NAME_ROOM];
        const size_t length = (size_t)(slash - *below);
        int next = -1;
        errno = ENAMETOOLONG;
        if (length < sizeof name) {
            memcpy(name, *below, length);
            name[length] = '\0';
            next = enter(fd, name);
        }
        os_fd_close(fd);
        fd = next;
    }
    return fd;
}

static bool is_taken(int number) {
    return number == EEXIST || number == ENOTDIR || number == ELOOP || number == EISDIR;
}

axl_status os_new_tree_add(os_new_tree *t, const os_new_file *file, bool *taken, axl_error *err) {
    const char *name = file->below;
    *taken = false;
    const int folder = descend(t, &name);
    int fd = -1;
    if (folder >= 0) fd = os_fd_open(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
    int number = fd < 0 ? errno : 0;
    if (fd >= 0 && !os_fd_write(fd, file->data, file->bytes)) {
        number = errno;
        (void)unlinkat(folder, name, 0);
    }
    os_fd_close(fd);
    os_fd_close(folder);
    if (number == 0) return AXL_OK;
    *taken = is_taken(number);
    return *taken ? AXL_OK : os_error(err, number, "cannot write", file->below);
}

axl_status os_new_tree_sync(os_new_tree *t, axl_error *err) {
#if defined(__linux__)
    const bool synced = syncfs(t->folder) == 0;
#else
    sync();
    const bool synced = os_fd_sync_folder(t->folder);
#endif
    return synced ? AXL_OK : os_error(err, errno, "cannot sync the folder", t->path);
}
