// GGUF files on disk, mapped.
#ifndef FORMATS_GGUF_FILE_H
#define FORMATS_GGUF_FILE_H

#include "formats/gguf.h"
#include "os/map.h"

// {0} is closed.
typedef struct gguf_file {
    gguf table;
    os_map *map;      // owned
    const char *what; // borrowed: the path, for messages
} gguf_file;

// Opens the file and reads its table. path must live as long as the file is open. Nothing to close
// after a failure.
axl_status gguf_open(gguf_file *out, const char *path, axl_error *err);
void gguf_close(gguf_file *f); // leaves {0}

// *out points at the bytes of a tensor, at a multiple of the file's alignment, until gguf_close.
// Mapped: see os/map.h for what happens when others cut the file meanwhile.
axl_status gguf_view(const gguf_file *f, const gguf_tensor *t, const void **out, axl_error *err);

// Bytes of a tensor, and where they go.
typedef struct gguf_piece {
    size_t from; // first byte, from the tensor's beginning
    void *to;
    size_t bytes;
} gguf_piece;

// Copies a part of a tensor; never faults.
axl_status gguf_copy(const gguf_file *f, const gguf_tensor *t, const gguf_piece *p, axl_error *err);

// Reads all of the file and compares its checksum. AXL_OK where it has none.
axl_status gguf_check_hash(const gguf_file *f, axl_error *err);

#endif
