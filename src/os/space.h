// Room on a disk.
#ifndef OS_SPACE_H
#define OS_SPACE_H

#include <axl/status.h>
#include <stdint.h>

// Bytes that this user may still write where path lies, or would lie: the nearest folder above it
// that exists is asked. UINT64_MAX when the file system does not say.
axl_status os_space_available(const char *path, uint64_t *bytes, axl_error *err);

#endif
