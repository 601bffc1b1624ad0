// Read-only mapping of a file, with bounds-checked access.
//
// A mapping is for big data that is trusted to stay: if another process makes the file shorter
// while it is mapped, touching a page behind the new end kills this process (SIGBUS), unless the
// program asked for os_map_guard (os/map_guard.h). So headers and all other small or untrusted
// parts are read with os_map_read, which copies and reports a short file as an error.
// os_map_unchanged tells cheaply, before and after a batch of work on views, whether somebody
// touched the file.
#ifndef OS_MAP_H
#define OS_MAP_H

#include <axl/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct os_map os_map;

// Maps a regular file whole. An empty file is fine. The caller owns *out.
axl_status os_map_open(os_map **out, const char *path, axl_error *err);
void os_map_close(os_map *map); // NULL is allowed; all views end here

// Length of the file when it was opened; every view lies inside.
uint64_t os_map_bytes(const os_map *map);

// *out points at length bytes from offset on, valid until os_map_close; refused unless they lie
// inside the file. Not NULL even for length 0.
axl_status os_map_view(const os_map *map, uint64_t offset, uint64_t length, const void **out,
                       axl_error *err);

// Whether views never fault: where the file was cut they show zeros, and os_map_unchanged fails.
bool os_map_guarded(const os_map *map);

// Says that all of it will be read, again and again: the system may read ahead and use huge pages.
void os_map_advise(const os_map *map);

// Copies bytes from offset on; never faults. An error if they are not all there (any more).
axl_status os_map_read(const os_map *map, uint64_t offset, void *to, size_t bytes, axl_error *err);

// AXL_OK while the file has the length and modification time that it had when it was opened, and
// no view met its end.
axl_status os_map_unchanged(const os_map *map, axl_error *err);

#endif
