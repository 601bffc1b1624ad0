// What lies in a file or below a folder.
#ifndef OS_TREE_H
#define OS_TREE_H

#include <axl/status.h>
#include <stdint.h>

#define OS_TREE_DEPTH 64 // folders inside each other, an open descriptor each

typedef struct os_tree_size {
    uint64_t files, bytes; // of regular files
} os_tree_size;

// Counts the file at path, or all regular files below the folder at path. path itself may be a
// symbolic link; those below it are not followed, so that nothing counts twice and no loop is
// endless. What is removed meanwhile does not count.
axl_status os_tree_count(const char *path, os_tree_size *out, axl_error *err);

#endif
