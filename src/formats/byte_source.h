// Bytes that can be read at any place: memory, or a file that is mapped. Reading copies, so a file
// that others cut meanwhile is an error and no crash.
#ifndef FORMATS_BYTE_SOURCE_H
#define FORMATS_BYTE_SOURCE_H

#include "os/map.h"

// Borrows what it reads.
typedef struct byte_source {
    const os_map *map;  // NULL: memory
    const void *memory; // [bytes]
    uint64_t bytes;
    const char *what; // names it in messages
} byte_source;

byte_source byte_source_of_memory(const void *memory, size_t bytes, const char *what);
byte_source byte_source_of_map(const os_map *map, const char *what);

// AXL_BAD_FILE unless all of them are there.
axl_status byte_source_read(const byte_source *s, uint64_t offset, void *to, size_t bytes,
                            axl_error *err);

#endif
