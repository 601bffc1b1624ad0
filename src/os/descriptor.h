// File descriptor calls that retry after a signal, finish short transfers and ask the fault hook.
// All return -1 (or false) with errno set. Private to os/.
#ifndef OS_DESCRIPTOR_H
#define OS_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

// name is relative to folder (AT_FDCWD: the working directory). Always close-on-exec.
int os_fd_open(int folder, const char *name, int flags, mode_t mode);
void os_fd_close(int fd); // -1 is allowed; keeps errno

bool os_fd_stat(int fd, struct stat *out);

// One read, for streams of unknown length: bytes read, 0 at the end.
ssize_t os_fd_read(int fd, void *to, size_t bytes);

// Reads until bytes or the end of the file; *got says how many came.
bool os_fd_read_at(int fd, uint64_t offset, void *to, size_t bytes, size_t *got);

bool os_fd_write(int fd, const void *from, size_t bytes); // all of them
bool os_fd_write_at(int fd, uint64_t offset, const void *from, size_t bytes);

// To the disk itself, not only to its cache, where the system can tell the difference.
bool os_fd_sync(int fd);
bool os_fd_sync_folder(int fd);

// Exclusive and without waiting; freed when the descriptor is closed or its process dies.
bool os_fd_lock(int fd);

// Takes disk space for `bytes` without changing the length. True also where that is impossible.
bool os_fd_reserve(int fd, uint64_t bytes);
bool os_fd_truncate(int fd, uint64_t bytes);

#endif
