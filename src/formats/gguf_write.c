#include "formats/gguf_write.h"

#include "base/alloc.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/sizes.h"
#include "os/file.h"

#include <string.h>

#define HASH_DIGITS ((size_t)8)

struct gguf_writer {
    os_replace *replace;
    size_t *bytes; // [items] of the tensors; owned
    size_t items;
    size_t item, at; // what comes next
    size_t hash_at;  // place of the checksum's digits in the file
    uint32_t crc;    // of all written so far
};

void gguf_meta_free(gguf_meta *m) {
    buf_free(&m->bytes);
    m->count = 0;
}

static void put_string(buf *out, const void *text, size_t bytes) {
    buf_u64(out, bytes);
    buf_append(out, text, bytes);
}

static buf *put_key(gguf_meta *m, const char *key, gguf_kind kind) {
    put_string(&m->bytes, key, strlen(key));
    buf_u32(&m->bytes, (uint32_t)kind);
    m->count++;
    return &m->bytes;
}

void gguf_put_u32(gguf_meta *m, const char *key, uint32_t value) {
    buf_u32(put_key(m, key, GGUF_U32), value);
}

void gguf_put_u64(gguf_meta *m, const char *key, uint64_t value) {
    buf_u64(put_key(m, key, GGUF_U64), value);
}

void gguf_put_i32(gguf_meta *m, const char *key, int32_t value) {
    buf_u32(put_key(m, key, GGUF_I32), (uint32_t)value);
}

void gguf_put_f32(gguf_meta *m, const char *key, float value) {
    buf_f32(put_key(m, key, GGUF_F32), value);
}

void gguf_put_f64(gguf_meta *m, const char *key, double value) {
    buf_f64(put_key(m, key, GGUF_F64), value);
}

void gguf_put_bool(gguf_meta *m, const char *key, bool value) {
    buf_byte(put_key(m, key, GGUF_BOOL), value);
}

void gguf_put_text(gguf_meta *m, const char *key, const char *text) {
    gguf_put_bytes(m, key, text, strlen(text));
}

void gguf_put_bytes(gguf_meta *m, const char *key, const void *text, size_t bytes) {
    put_string(put_key(m, key, GGUF_TEXT), text, bytes);
}

static buf *put_array(gguf_meta *m, const char *key, gguf_kind of, size_t count) {
    buf *out = put_key(m, key, GGUF_ARRAY);
    buf_u32(out, (uint32_t)of);
    buf_u64(out, count);
    return out;
}

void gguf_put_array(gguf_meta *m, const char *key, gguf_kind of, const void *data, size_t count) {
    buf_append(put_array(m, key, of, count), data, count * gguf_kind_bytes(of));
}

void gguf_put_texts(gguf_meta *m, const char *key, const char *const *text, size_t count) {
    buf *out = put_array(m, key, GGUF_TEXT, count);
    for (size_t i = 0; i < count; i++) put_string(out, text[i], strlen(text[i]));
}

void gguf_put_entry(gguf_meta *m, const gguf_entry *e) {
    if (e->kind == GGUF_TEXT) {
        gguf_put_bytes(m, e->key, e->data, e->bytes);
    } else if (e->kind == GGUF_ARRAY) {
        buf_append(put_array(m, e->key, (gguf_kind)e->of, e->count), e->data, e->bytes);
    } else {
        buf_append(put_key(m, e->key, (gguf_kind)e->kind), e->data, e->bytes);
    }
}

axl_status gguf_item_bytes(const gguf_item *t, size_t *bytes, axl_error *err) {
    const gguf_type_info *type = gguf_type_of(t->type);
    RETURN_IF(!type || t->dims < 1 || t->dims > GGUF_DIMS, err, AXL_BAD_ARGUMENT,
              "tensor %s has a type or a shape that GGUF has not", t->name);
    RETURN_IF(t->dim[0] % type->block != 0, err, AXL_BAD_ARGUMENT,
              "tensor %s: a row of %zu is no whole number of %s blocks of %zu", t->name, t->dim[0],
              type->name, type->block);
    bool fits = size_mul(t->dim[0] / type->block, type->bytes, bytes);
    for (size_t i = 1; i < t->dims && fits; i++) fits = size_mul(*bytes, t->dim[i], bytes);
    RETURN_IF(!fits, err, AXL_TOO_LARGE, "tensor %s is too large", t->name);
    return AXL_OK;
}

// Appends the tensors; *end is where their data ends.
static axl_status put_items(buf *out, const gguf_content *c, size_t *end, axl_error *err) {
    *end = 0;
    for (size_t i = 0; i < c->items; i++) {
        const gguf_item *t = &c->item[i];
        size_t bytes, begin;
        FORWARD(gguf_item_bytes(t, &bytes, err));
        RETURN_IF(!size_align_up(*end, GGUF_ALIGN, &begin) || !size_add(begin, bytes, end), err,
                  AXL_TOO_LARGE, "the tensors are too large");
        put_string(out, t->name, strlen(t->name));
        buf_u32(out, t->dims);
        for (size_t k = 0; k < t->dims; k++) buf_u64(out, t->dim[k]);
        buf_u32(out, t->type);
        buf_u64(out, begin);
    }
    return AXL_OK;
}

// What is written can be read: the reader itself looks at it, so that no limit and no rule is
// written down twice. The data is not there, only its size.
static axl_status check_readable(const buf *header, size_t table, size_t data_bytes,
                                 axl_error *err) {
    const char *what = "the new GGUF file";
    gguf g = {.header = mem_alloc(table), .header_bytes = table};
    if (!g.header) return error_no_memory(err, what, table);
    memcpy(g.header, header->data, table);
    const axl_status status = gguf_finish(&g, what, (uint64_t)header->size + data_bytes, err);
    gguf_free(&g);
    if (status != AXL_BAD_FILE) return status;
    return error_context(err, AXL_BAD_ARGUMENT, "this cannot be written");
}

axl_status gguf_write_header(buf *out, const gguf_content *c, size_t *hash_at, axl_error *err) {
    gguf_meta all = {0};
    buf_clear(out);
    buf_text(out, "GGUF");
    buf_u32(out, GGUF_VERSION);
    buf_u64(out, c->items);
    buf_u64(out, c->meta->count + 1);
    buf_append(out, c->meta->bytes.data, c->meta->bytes.size);
    gguf_put_text(&all, GGUF_KEY_HASH, "00000000");
    buf_append(out, all.bytes.data, all.bytes.size);
    const bool complete = buf_ok(&c->meta->bytes) && buf_ok(&all.bytes);
    buf_free(&all.bytes);
    if (hash_at) *hash_at = out->size - HASH_DIGITS;
    size_t end;
    FORWARD(put_items(out, c, &end, err));
    const size_t table = out->size;
    buf_align(out, GGUF_ALIGN);
    if (!complete || !buf_ok(out)) return error_no_memory(err, "a GGUF header", 2 * out->size);
    return check_readable(out, table, end, err);
}

static axl_status begin(gguf_writer *w, const char *path, const gguf_content *c, const buf *header,
                        axl_error *err) {
    size_t end = header->size;
    w->bytes = mem_alloc_array(c->items, sizeof *w->bytes);
    if (!w->bytes) return error_no_memory(err, path, c->items * sizeof *w->bytes);
    w->items = c->items;
    for (size_t i = 0; i < c->items; i++) {
        FORWARD(gguf_item_bytes(&c->item[i], &w->bytes[i], err));
        end += w->bytes[i] + GGUF_ALIGN; // the header was made, so the sum fits
    }
    FORWARD(os_replace_begin(&w->replace, path, err));
    FORWARD(os_replace_reserve(w->replace, end, err));
    w->crc = crc32c(0, header->data, header->size);
    return os_replace_write(w->replace, header->data, header->size, err);
}

axl_status gguf_write_begin(gguf_writer **out, const char *path, const gguf_content *c,
                            axl_error *err) {
    buf header = {0};
    *out = NULL;
    gguf_writer *w = mem_zalloc(sizeof *w);
    if (!w) return error_no_memory(err, path, sizeof *w);
    axl_status status = gguf_write_header(&header, c, &w->hash_at, err);
    if (status == AXL_OK) status = begin(w, path, c, &header, err);
    buf_free(&header);
    if (status == AXL_OK) {
        *out = w;
    } else {
        gguf_write_abort(w);
    }
    return status;
}

static axl_status put(gguf_writer *w, const void *data, size_t bytes, axl_error *err) {
    w->crc = crc32c(w->crc, data, bytes);
    return os_replace_write(w->replace, data, bytes, err);
}

axl_status gguf_write_data(gguf_writer *w, const void *data, size_t bytes, axl_error *err) {
    static const uint8_t zeros[GGUF_ALIGN];
    const size_t left = w->item < w->items ? w->bytes[w->item] - w->at : 0;
    if (bytes == 0) return AXL_OK;
    RETURN_IF(bytes > left, err, AXL_BAD_ARGUMENT, "%zu bytes for tensor %zu, which takes %zu more",
              bytes, w->item, left);
    FORWARD(put(w, data, bytes, err));
    w->at += bytes;
    if (w->at < w->bytes[w->item]) return AXL_OK;
    const size_t padding = (size_t)(-w->at & (GGUF_ALIGN - 1));
    w->item++;
    w->at = 0;
    return put(w, zeros, padding, err);
}

axl_status gguf_write_commit(gguf_writer *w, axl_error *err) {
    axl_status status = AXL_OK;
    if (w->item < w->items)
        status = error_set(err, AXL_BAD_ARGUMENT, "the data of tensor %zu is missing", w->item);
    if (status == AXL_OK) {
        char digits[HASH_DIGITS + 1];
        for (size_t i = 0; i < HASH_DIGITS; i++)
            digits[i] = "0123456789abcdef"[w->crc >> (28 - 4 * i) & 15];
        status = os_replace_patch(w->replace, w->hash_at, digits, HASH_DIGITS, err);
    }
    if (status == AXL_OK) {
        status = os_replace_commit(w->replace, err);
        w->replace = NULL;
    }
    gguf_write_abort(w);
    return status;
}

void gguf_write_abort(gguf_writer *w) {
    if (!w) return;
    os_replace_abort(w->replace);
    mem_free(w->bytes);
    mem_free(w);
}
