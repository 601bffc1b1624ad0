// Writing GGUF files: atomic, durable, front to back, without a copy of the data in memory.
//
//   gguf_meta meta = {0};
//   gguf_put_text(&meta, GGUF_KEY_ARCHITECTURE, "axl");
//   gguf_write_begin(&w, path, &content, err);
//   for each item: gguf_write_data(w, ..., err), in pieces of any size
//   gguf_write_commit(w, err);
#ifndef FORMATS_GGUF_WRITE_H
#define FORMATS_GGUF_WRITE_H

#include "base/buf.h"
#include "formats/gguf.h"

// Metadata in the order in which it is put; {0} is none. Failure is the buffer's own: it shows at
// gguf_write_begin. The owner frees it with gguf_meta_free.
typedef struct gguf_meta {
    buf bytes;
    uint64_t count;
} gguf_meta;

void gguf_meta_free(gguf_meta *m); // leaves {0}

void gguf_put_u32(gguf_meta *m, const char *key, uint32_t value);
void gguf_put_u64(gguf_meta *m, const char *key, uint64_t value);
void gguf_put_i32(gguf_meta *m, const char *key, int32_t value);
void gguf_put_f32(gguf_meta *m, const char *key, float value);
void gguf_put_f64(gguf_meta *m, const char *key, double value);
void gguf_put_bool(gguf_meta *m, const char *key, bool value);
void gguf_put_text(gguf_meta *m, const char *key, const char *text);
void gguf_put_bytes(gguf_meta *m, const char *key, const void *text, size_t bytes); // a text

// Arrays. Elements of numbers lie in memory as the file has them, little-endian.
void gguf_put_array(gguf_meta *m, const char *key, gguf_kind of, const void *data, size_t count);
void gguf_put_texts(gguf_meta *m, const char *key, const char *const *text, size_t count);

// The entry of another file, as it is.
void gguf_put_entry(gguf_meta *m, const gguf_entry *e);

// A tensor to write.
typedef struct gguf_item {
    const char *name; // borrowed
    uint32_t type;    // gguf_type
    uint32_t dims;
    size_t dim[GGUF_DIMS]; // dim[0] varies fastest; the first dims of them
} gguf_item;

typedef struct gguf_content {
    const gguf_meta *meta; // without alignment and checksum, which the writer adds
    const gguf_item *item; // [items]
    size_t items;
} gguf_content;

// Bytes of such a tensor; AXL_BAD_ARGUMENT for a row that is no whole number of blocks.
axl_status gguf_item_bytes(const gguf_item *t, size_t *bytes, axl_error *err);

typedef struct gguf_writer gguf_writer;

// Starts to replace the file at path (os/file.h). Borrows nothing after the call. Whatever the
// reader would not accept is refused with AXL_BAD_ARGUMENT, and no file is touched.
axl_status gguf_write_begin(gguf_writer **out, const char *path, const gguf_content *c,
                            axl_error *err);

// The next bytes of the data: of the first item, then of the second and so on, each from its
// beginning; a call may end in one item and not span two. The caller commits or aborts also after
// a failure.
axl_status gguf_write_data(gguf_writer *w, const void *data, size_t bytes, axl_error *err);

// Makes the new version the file; AXL_BAD_ARGUMENT while data is missing. Frees w in any case.
axl_status gguf_write_commit(gguf_writer *w, axl_error *err);
void gguf_write_abort(gguf_writer *w); // keeps the old version, frees w; NULL is allowed

// The table of such a file, with zeros for the checksum, and padded to the data; *hash_at (may be
// NULL) is the place of its digits. The caller frees *out, also after a failure.
axl_status gguf_write_header(buf *out, const gguf_content *c, size_t *hash_at, axl_error *err);

#endif
