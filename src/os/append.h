// A file that grows at its end: a log.
//
// A write is one system call, so what has been written survives the death of the process; only a
// sync makes it survive a power cut.
#ifndef OS_APPEND_H
#define OS_APPEND_H

#include <axl/status.h>
#include <stddef.h>
#include <stdint.h>

typedef struct os_append os_append;

// Opens the regular file at path, which must be there (os_file_replace makes it durably). The
// caller gives *out back with os_append_close.
axl_status os_append_open(os_append **out, const char *path, axl_error *err);

// Writes all the bytes at the end, or none: after a failure the file is cut to what it was, at the
// latest by the next write, so that a full disk leaves no torn line in the middle.
axl_status os_append_write(os_append *a, const void *data, size_t bytes, axl_error *err);

// Makes the file that long again; AXL_BAD_FILE where it is shorter.
axl_status os_append_cut(os_append *a, uint64_t bytes, axl_error *err);

// To the disk. After a failure nobody knows what reached it and no second sync would tell: the
// caller writes the file anew.
axl_status os_append_sync(os_append *a, axl_error *err);

void os_append_close(os_append *a); // NULL is allowed

#endif
