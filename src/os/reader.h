// Random access to a regular file that other programs may change meanwhile: reading at any place
// copies, so nothing here can fault, and a file that is not the one that was looked at before is
// found out by its length and modification time.
#ifndef OS_READER_H
#define OS_READER_H

#include <axl/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What tells one version of a file from another.
typedef struct os_version {
    uint64_t bytes;
    int64_t seconds; // last modification
    int32_t nanoseconds;
} os_version;

// Why a file could not be opened, for callers that go on without it.
typedef enum os_refusal {
    OS_REFUSAL_NONE,
    OS_REFUSAL_GONE,    // not there
    OS_REFUSAL_DENIED,  // no permission
    OS_REFUSAL_SPECIAL, // not a regular file
    OS_REFUSAL_CROWDED, // no descriptor is free in the process or the system
    OS_REFUSAL_OTHER,
} os_refusal;

// Links are followed. *fd is for the calls below and -1 on failure; *why (may be NULL) says more.
axl_status os_reader_open(int *fd, const char *path, os_refusal *why, axl_error *err);
void os_reader_close(int fd); // -1 is allowed

axl_status os_reader_version(int fd, const char *path, os_version *out, axl_error *err);
bool os_version_same(const os_version *a, const os_version *b);

// Reads until piece->bytes or the end of the file; piece->got says how many came.
typedef struct os_piece {
    uint64_t offset;
    void *to;
    size_t bytes;
    size_t got; // set by the call
} os_piece;
axl_status os_reader_read(int fd, const char *path, os_piece *piece, axl_error *err);

#endif
