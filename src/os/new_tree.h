// A folder that is filled with many new files at once. None of them is synced by itself, which
// would take a disk longer than all the writing: os_new_tree_sync makes all of them safe in the
// end.
#ifndef OS_NEW_TREE_H
#define OS_NEW_TREE_H

#include <axl/status.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct os_new_tree os_new_tree;

// The folder at path must be there. The caller owns *out; NULL on failure.
axl_status os_new_tree_open(os_new_tree **out, const char *path, axl_error *err);
void os_new_tree_close(os_new_tree *t); // NULL is allowed

// Makes the file `below` the folder, and the folders on its way. Its parts between slashes must be
// names: none is empty, "." or "..". Links are not followed, nothing is replaced: *taken says that
// there is something of that name, or a file where a folder would have to be, and that nothing was
// written.
typedef struct os_new_file {
    const char *below;
    const void *data;
    size_t bytes;
} os_new_file;
axl_status os_new_tree_add(os_new_tree *t, const os_new_file *file, bool *taken, axl_error *err);

// To the disk, with everything else of its file system where that is the only way.
axl_status os_new_tree_sync(os_new_tree *t, axl_error *err);

#endif
