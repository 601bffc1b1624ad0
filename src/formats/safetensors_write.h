// Writing safetensors files: atomic, durable, and without a second copy of the data in memory.
#ifndef FORMATS_SAFETENSORS_WRITE_H
#define FORMATS_SAFETENSORS_WRITE_H

#include "formats/safetensors.h"

#include <stdbool.h>

// A tensor to write. Borrows all of it.
typedef struct safetensors_item {
    const char *name;
    dtype type; // in the file
    size_t dims;
    size_t dim[SAFETENSORS_DIMS];
    const void *data; // its elements: of that type, or
    bool from_f32;    // of f32, converted while writing
} safetensors_item;

typedef struct safetensors_content {
    const safetensors_item *item; // [items]
    size_t items;
    const safetensors_note *note; // [notes], beside those that the writer adds itself
    size_t notes;
} safetensors_content;

// Replaces the file at path (os/file.h). The data begins at a multiple of 64 and every tensor at a
// multiple of its type's size: wider types lie first, otherwise the order of the items is kept. The
// writer adds the notes format: pt, which other programs look for, and the checksum. The data is
// read twice and must not change meanwhile. Whatever the reader would not accept is refused with
// AXL_BAD_ARGUMENT, and no file is touched.
axl_status safetensors_write(const char *path, const safetensors_content *c, const kernels *k,
                             axl_error *err);

// The prefix and header of such a file, whose data bytes have the checksum crc. The caller frees
// *out, also after a failure.
axl_status safetensors_write_header(buf *out, const safetensors_content *c, uint32_t crc,
                                    axl_error *err);

#endif
