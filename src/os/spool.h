// A temporary file: written once from front to back, read at any place, gone when it is closed or
// when the process dies, however it dies: it has no name.
#ifndef OS_SPOOL_H
#define OS_SPOOL_H

#include <axl/status.h>
#include <stddef.h>
#include <stdint.h>

typedef struct os_spool os_spool;

// Makes the file in the folder, which must be there. The caller owns *out; NULL on failure.
axl_status os_spool_open(os_spool **out, const char *folder, axl_error *err);
void os_spool_close(os_spool *spool); // NULL is allowed

// Bytes written so far.
uint64_t os_spool_bytes(const os_spool *spool);

axl_status os_spool_write(os_spool *spool, const void *data, size_t bytes, axl_error *err);

// Takes back what was written from byte `bytes` on.
axl_status os_spool_cut(os_spool *spool, uint64_t bytes, axl_error *err);

// Writes out what is buffered; reading sees only what was flushed. From then on several threads
// may read at once, as long as nobody writes.
axl_status os_spool_flush(os_spool *spool, axl_error *err);

// All of the bytes must be there.
axl_status os_spool_read(const os_spool *spool, uint64_t offset, void *to, size_t bytes,
                         axl_error *err);

#endif
