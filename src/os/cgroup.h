// What a container may use (Linux control groups, versions 1 and 2). root is put before every path,
// "" in the product; tests lay out a tree of their own. Elsewhere the files do not exist, and that
// means no limit. Private to os/.
#ifndef OS_CGROUP_H
#define OS_CGROUP_H

#include <stddef.h>
#include <stdint.h>

// CPU quota in whole processors, rounded up, at least 1; SIZE_MAX without a limit.
size_t os_cgroup_cpus(const char *root);

// Bytes left below the tightest memory limit; file cache that the kernel would drop counts as free.
// UINT64_MAX without a limit.
uint64_t os_cgroup_memory_left(const char *root);

// For other files of /proc: reads up to size - 1 bytes of a small text and terminates it. Returns
// its length, 0 (and "") when there is no such file.
size_t os_text_read(const char *root, const char *path, char *out, size_t size);

// The number behind key at the start of a line of text ("MemAvailable:"); UINT64_MAX if none.
uint64_t os_text_number(const char *text, const char *key);

#endif
