// GGUF version 3: what llama.cpp and its relatives load. Metadata and a table of named tensors
// stand in front of the tensors' bytes.
//
//   "GGUF" | u32 3 | u64 tensors | u64 entries
//   entry:  text key | u32 kind | value           text: u64 bytes, then the bytes
//   tensor: text name | u32 dims | u64 dim[dims] | u32 type | u64 offset in the data
//   zeros up to a multiple of the alignment | data, each tensor at the next multiple of it
//
// The reader is strict: the tensors lie in the order of the table, one behind the other, without
// holes and overlaps, nothing is named twice, and all sizes follow from types and shapes. Bytes of
// a tensor are never looked at: to this file they are blocks of some type. Nothing it allocates is
// larger than a small multiple of the header.
#ifndef FORMATS_GGUF_H
#define FORMATS_GGUF_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GGUF_VERSION 3
#define GGUF_DIMS 4
#define GGUF_NAME_MAX ((size_t)63)   // bytes of a tensor's name, as in other readers
#define GGUF_KEY_MAX ((size_t)65535) // bytes of a key
#define GGUF_ALIGN ((size_t)32)      // unless general.alignment says otherwise
#define GGUF_ALIGN_MIN ((size_t)8)   // of what general.alignment may say
#define GGUF_ALIGN_MAX ((size_t)65536)
#define GGUF_HEADER_MAX ((size_t)100000000) // bytes in front of the data
#define GGUF_TENSORS_MAX ((size_t)1 << 17)
#define GGUF_ENTRIES_MAX ((size_t)1 << 16)

#define GGUF_KEY_ALIGN "general.alignment"
#define GGUF_KEY_ARCHITECTURE "general.architecture"

// The entry that holds a checksum of the whole file, base/crc32c.h, in eight hexadecimal digits,
// which count as zeros in it. The writer adds it.
#define GGUF_KEY_HASH "axl.crc32c"

// What a value is. The numbers are the format's.
typedef enum gguf_kind {
    GGUF_U8,
    GGUF_I8,
    GGUF_U16,
    GGUF_I16,
    GGUF_U32,
    GGUF_I32,
    GGUF_F32,
    GGUF_BOOL,
    GGUF_TEXT,
    GGUF_ARRAY,
    GGUF_U64,
    GGUF_I64,
    GGUF_F64,
    GGUF_KINDS
} gguf_kind;

// "u8", "text" and so on, or "?".
const char *gguf_kind_name(gguf_kind kind);

// Bytes of a number or a bool; 0 for texts and arrays.
size_t gguf_kind_bytes(gguf_kind kind);

// How a tensor's numbers are stored: `block` of them together in `bytes`; a row is a whole number
// of blocks. The ids are the format's.
typedef enum gguf_type {
    GGUF_TYPE_F32 = 0,
    GGUF_TYPE_F16 = 1,
    GGUF_TYPE_Q4_0 = 2,
    GGUF_TYPE_Q5_0 = 6,
    GGUF_TYPE_Q8_0 = 8,
    GGUF_TYPE_Q4_K = 12,
    GGUF_TYPE_Q5_K = 13,
    GGUF_TYPE_Q6_K = 14,
    GGUF_TYPE_I8 = 24,
    GGUF_TYPE_BF16 = 30,
    GGUF_TYPE_LAST = 39
} gguf_type;

typedef struct gguf_type_info {
    const char *name; // "q4_k"
    size_t block, bytes;
} gguf_type_info;

// NULL for an id that is none (any more).
const gguf_type_info *gguf_type_of(uint32_t id);

// The id of the type with this name; false for an unknown one.
bool gguf_type_by_name(const char *name, uint32_t *id);

// dim[0] varies fastest: it is the length of a row. A matrix [out, in] has dim {in, out}.
typedef struct gguf_tensor {
    const char *name;      // UTF-8; never use it as a path
    uint32_t type;         // one that gguf_type_of knows
    uint32_t dims;         // 1 to GGUF_DIMS
    size_t dim[GGUF_DIMS]; // the others 1; none is 0
    size_t begin, bytes;   // where it lies in the data
} gguf_tensor;

// An entry of the metadata.
typedef struct gguf_entry {
    const char *key; // UTF-8
    uint8_t kind;    // gguf_kind
    uint8_t of;      // gguf_kind of the elements of an array
    size_t count;    // elements of an array, bytes of a text, otherwise 1
    // Of a number its bytes, little-endian, not aligned; a text itself, terminated, though it may
    // have zero bytes inside; of an array its elements as the file has them.
    const uint8_t *data;
    size_t bytes; // of data
} gguf_entry;

// {0} is an empty table. Names, keys and values lie in `header`.
typedef struct gguf {
    size_t count;
    gguf_tensor *list;           // [count] in the order of the file; owned
    const gguf_tensor **by_name; // [count] into list, sorted; owned
    size_t entries;
    gguf_entry *entry;         // [entries] in the order of the file; owned
    const gguf_entry **by_key; // [entries] into entry, sorted; owned
    uint8_t *header;           // owned; the reader moved texts in it
    size_t header_bytes;       // what the table takes of the file
    size_t align;
    size_t data;         // offset of the data in the file
    size_t data_bytes;   // up to the end of the last tensor
    bool hashed;         // the file has a checksum
    uint32_t hash;       // which is this
    uint32_t header_crc; // of all in front of the data, the digits of the checksum as zeros
} gguf;

// Reads the table of a whole file in memory, which it only borrows for the call; the data is not
// looked at. `what` names the file in messages, "WHAT:OFFSET: reason". The caller frees *out, also
// after a failure.
axl_status gguf_read(gguf *out, const char *what, const void *file, size_t bytes, axl_error *err);
void gguf_free(gguf *g); // leaves {0}

// The beginning of a file.
typedef struct gguf_start {
    const void *data; // [bytes]; borrowed
    size_t bytes;
    uint64_t file_bytes; // of all of it
} gguf_start;

// The same for a file that is not in memory: finds out how long its table is. *need is 0 where more
// bytes must be there to tell. The caller then puts that many into out->header, from mem_alloc,
// sets header_bytes and calls gguf_finish.
axl_status gguf_measure(const gguf_start *start, const char *what, size_t *need, axl_error *err);
axl_status gguf_finish(gguf *out, const char *what, uint64_t file_bytes, axl_error *err);

// The tensor or entry of that name, or NULL.
const gguf_tensor *gguf_find(const gguf *g, const char *name);
const gguf_entry *gguf_entry_find(const gguf *g, const char *key);

// Element i of an array, or the value itself (i = 0), of any whole kind or bool; false where it is
// of another kind or negative.
bool gguf_entry_count(const gguf_entry *e, size_t i, uint64_t *out);

// The same of any kind of number.
bool gguf_entry_number(const gguf_entry *e, size_t i, double *out);

// The text of an entry; NULL where it is none, or has a zero byte inside.
const char *gguf_entry_text(const gguf_entry *e);

// Walks the texts of an array of texts: *at is 0 at first; false behind the last one. They are not
// terminated.
bool gguf_entry_next(const gguf_entry *e, size_t *at, const char **text, size_t *bytes);

#endif
