// The safetensors format: a table of named tensors in front of their bytes.
//
//   u64 length of the header, little-endian | header: JSON | data
//   {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {...}}
//
// The reader is strict: the tensors cover the data exactly, without holes and overlaps, their sizes
// follow from type and shape, nothing is named twice and nothing unknown stands in the table. So a
// byte that was changed is noticed, and no file hides anything. Nothing it allocates is larger than
// a small multiple of the header.
#ifndef FORMATS_SAFETENSORS_H
#define FORMATS_SAFETENSORS_H

#include "base/buf.h"
#include "tensor/dtype.h"
#include <axl/status.h>

#include <stddef.h>
#include <stdint.h>

#define SAFETENSORS_PREFIX ((size_t)8)             // bytes of the header's length
#define SAFETENSORS_HEADER_MAX ((size_t)100000000) // of the format's own reader
#define SAFETENSORS_DIMS 8
#define SAFETENSORS_TENSORS_MAX ((size_t)1 << 17)
#define SAFETENSORS_NAME_MAX ((size_t)1024) // bytes of a name as the file writes it
#define SAFETENSORS_NOTES_MAX ((size_t)1 << 15)
#define SAFETENSORS_NOTE_MAX ((size_t)16 << 20) // bytes of a note's text as the file writes it

// The note that holds the checksum of all data bytes, base/crc32c.h, in eight hexadecimal digits.
#define SAFETENSORS_HASH "axl_crc32c"

// dim[0] varies slowest. dims 0 is one number; a dimension of 0 is a tensor without elements.
typedef struct safetensor {
    const char *name; // any text, also an empty one: never use it as a path
    dtype type;
    size_t dims;
    size_t dim[SAFETENSORS_DIMS]; // the first dims of them
    size_t elements;
    size_t begin, bytes; // where it lies in the data; not aligned
} safetensor;

// An entry of __metadata__.
typedef struct safetensors_note {
    const char *name, *text;
} safetensors_note;

// {0} is an empty table. Names and texts lie in `header`.
typedef struct safetensors {
    size_t count;
    safetensor *list;           // [count] by begin; owned
    const safetensor **by_name; // [count] into list, sorted; owned
    size_t notes;
    safetensors_note *note; // [notes] by name; owned
    char *header;           // owned; its bytes were used up by the reader
    size_t header_bytes;
    size_t data; // offset of the data in the file
    size_t data_bytes;
} safetensors;

// Reads the table of a whole file in memory, which it only borrows for the call; the data is not
// looked at. `what` names the file in messages, "WHAT:OFFSET: reason". The caller frees *out, also
// after a failure.
axl_status safetensors_read(safetensors *out, const char *what, const void *file, size_t bytes,
                            axl_error *err);

// The same in two steps, for a file that is not in memory. The first takes the prefix and the size
// of the file and allocates out->header; the caller reads header_bytes bytes from
// SAFETENSORS_PREFIX on into it before the second step.
axl_status safetensors_begin(safetensors *out, const char *what,
                             const uint8_t prefix[SAFETENSORS_PREFIX], uint64_t file_bytes,
                             axl_error *err);
axl_status safetensors_finish(safetensors *out, const char *what, axl_error *err);

void safetensors_free(safetensors *s); // leaves {0}

// The tensor or the note's text with this name, or NULL.
const safetensor *safetensors_find(const safetensors *s, const char *name);
const char *safetensors_note_text(const safetensors *s, const char *name);

// Room for any printed tensor.
#define SAFETENSOR_TEXT 192

// "F32 [2, 3]" into out, and out back.
const char *safetensor_text(const safetensor *t, char out[SAFETENSOR_TEXT]);

#endif
