#include "formats/safetensors_write.h"

#include "base/alloc.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/utf8.h"
#include "formats/json_text.h"
#include "os/file.h"

#include <string.h>

#define DATA_ALIGN ((size_t)64)
#define WIDEST ((size_t)8)       // alignment of any type
#define PIECE ((size_t)64 << 10) // elements converted at once

static axl_status item_bytes(const safetensors_item *t, size_t *elements, size_t *bytes,
                             axl_error *err) {
    const dtype_info *info = dtype_of(t->type);
    RETURN_IF(!info || !info->safetensors || t->dims > SAFETENSORS_DIMS, err, AXL_BAD_ARGUMENT,
              "tensor %s has a type or a shape that safetensors has not", t->name);
    RETURN_IF(t->from_f32 && !info->from_f32, err, AXL_BAD_ARGUMENT,
              "tensor %s: f32 cannot be converted to %s", t->name, info->name);
    *elements = 1;
    bool fits = true;
    for (size_t i = 0; i < t->dims && fits; i++) fits = size_mul(*elements, t->dim[i], elements);
    RETURN_IF(!fits || !dtype_bytes(t->type, *elements, bytes), err, AXL_TOO_LARGE,
              "tensor %s is too large", t->name);
    return AXL_OK;
}

// Calls visit for every item in the order of the file.
typedef axl_status item_visit(void *ctx, const safetensors_item *t, axl_error *err);

static axl_status each_item(const safetensors_content *c, item_visit *visit, void *ctx,
                            axl_error *err) {
    for (size_t align = WIDEST; align > 0; align /= 2)
        for (size_t i = 0; i < c->items; i++) {
            const dtype_info *info = dtype_of(c->item[i].type);
            // One of no type is refused by its visitor.
            if ((info ? info->align : WIDEST) == align) FORWARD(visit(ctx, &c->item[i], err));
        }
    return AXL_OK;
}

typedef struct describing {
    buf *out;
    size_t end; // of the data so far
} describing;

static axl_status describe(void *ctx, const safetensors_item *t, axl_error *err) {
    describing *d = ctx;
    size_t elements, bytes, end;
    FORWARD(item_bytes(t, &elements, &bytes, err));
    RETURN_IF(!size_add(d->end, bytes, &end), err, AXL_TOO_LARGE, "the tensors are too large");
    RETURN_IF(!utf8_valid(t->name, strlen(t->name)), err, AXL_BAD_ARGUMENT,
              "the name of tensor %s is not UTF-8", t->name);
    buf_byte(d->out, ',');
    json_text_put_string(d->out, t->name);
    buf_format(d->out, ":{\"dtype\":\"%s\",\"shape\":[", dtype_of(t->type)->safetensors);
    for (size_t i = 0; i < t->dims; i++) buf_format(d->out, i ? ",%zu" : "%zu", t->dim[i]);
    buf_format(d->out, "],\"data_offsets\":[%zu,%zu]}", d->end, end);
    d->end = end;
    return AXL_OK;
}

static axl_status put_notes(buf *out, const safetensors_content *c, uint32_t crc, axl_error *err) {
    buf_format(out, "{\"__metadata__\":{\"format\":\"pt\",\"" SAFETENSORS_HASH "\":\"%08x\"", crc);
    for (size_t i = 0; i < c->notes; i++) {
        const safetensors_note *n = &c->note[i];
        const bool valid =
            utf8_valid(n->name, strlen(n->name)) && utf8_valid(n->text, strlen(n->text));
        RETURN_IF(!valid, err, AXL_BAD_ARGUMENT, "the entry %s of __metadata__ is not UTF-8",
                  n->name);
        buf_byte(out, ',');
        json_text_put_string(out, n->name);
        buf_byte(out, ':');
        json_text_put_string(out, n->text);
    }
    buf_byte(out, '}');
    return AXL_OK;
}

// What is written can be read: the reader itself looks at it, so that no limit and no rule is
// written down twice. The data is not there, only its size.
static axl_status check_readable(const buf *header, size_t data_bytes, axl_error *err) {
    const char *what = "the new safetensors file";
    safetensors s = {0};
    size_t total;
    RETURN_IF(!size_add(header->size, data_bytes, &total), err, AXL_TOO_LARGE,
              "the tensors are too large");
    axl_status status = safetensors_begin(&s, what, (const uint8_t *)header->data, total, err);
    if (status == AXL_OK) {
        memcpy(s.header, header->data + SAFETENSORS_PREFIX, s.header_bytes);
        status = safetensors_finish(&s, what, err);
    }
    safetensors_free(&s);
    if (status != AXL_BAD_FILE) return status;
    return error_context(err, AXL_BAD_ARGUMENT, "these tensors cannot be written");
}

axl_status safetensors_write_header(buf *out, const safetensors_content *c, uint32_t crc,
                                    axl_error *err) {
    describing d = {.out = out};
    buf_clear(out);
    buf_u64(out, 0);
    FORWARD(put_notes(out, c, crc, err));
    FORWARD(each_item(c, describe, &d, err));
    buf_byte(out, '}');
    buf_fill(out, ' ', (size_t)(-out->size & (DATA_ALIGN - 1)));
    if (!buf_ok(out)) return error_no_memory(err, "a safetensors header", 2 * out->size);
    const uint64_t length = out->size - SAFETENSORS_PREFIX;
    for (size_t i = 0; i < SAFETENSORS_PREFIX; i++) out->data[i] = (char)(length >> 8 * i & 255);
    return check_readable(out, d.end, err);
}

// A pass over the data in the order of the file: a checksum, or writing.
typedef struct passing {
    const kernels *k;
    void *piece;         // [PIECE] elements of any type with a conversion, owned
    os_replace *replace; // NULL: sum
    uint32_t crc;
} passing;

static axl_status pass_bytes(passing *p, const void *data, size_t bytes, axl_error *err) {
    if (p->replace) return os_replace_write(p->replace, data, bytes, err);
    p->crc = crc32c(p->crc, data, bytes);
    return AXL_OK;
}

static axl_status pass_item(void *ctx, const safetensors_item *t, axl_error *err) {
    passing *p = ctx;
    size_t elements, bytes;
    FORWARD(item_bytes(t, &elements, &bytes, err));
    if (!t->from_f32 || t->type == DTYPE_F32) return pass_bytes(p, t->data, bytes, err);
    const dtype_info *info = dtype_of(t->type);
    for (size_t at = 0; at < elements;) {
        const size_t n = size_min(PIECE, elements - at);
        info->from_f32(p->k, p->piece, (const float *)t->data + at, n);
        FORWARD(pass_bytes(p, p->piece, n / info->block * info->block_bytes, err));
        at += n;
    }
    return AXL_OK;
}

static axl_status add_bytes(void *ctx, const safetensors_item *t, axl_error *err) {
    size_t *total = ctx;
    size_t elements, bytes;
    FORWARD(item_bytes(t, &elements, &bytes, err));
    *total += bytes; // the header was made, so the sum fits
    return AXL_OK;
}

static axl_status replace_file(passing *p, const char *path, const safetensors_content *c,
                               const buf *header, axl_error *err) {
    size_t total = header->size;
    FORWARD(each_item(c, add_bytes, &total, err));
    FORWARD(os_replace_begin(&p->replace, path, err));
    axl_status status = os_replace_reserve(p->replace, total, err);
    if (status == AXL_OK) status = os_replace_write(p->replace, header->data, header->size, err);
    if (status == AXL_OK) status = each_item(c, pass_item, p, err);
    if (status == AXL_OK) return os_replace_commit(p->replace, err);
    os_replace_abort(p->replace);
    return status;
}

axl_status safetensors_write(const char *path, const safetensors_content *c, const kernels *k,
                             axl_error *err) {
    buf header = {0};
    passing p = {.k = k, .piece = mem_alloc_aligned(PIECE * sizeof(float), MEM_CACHE_LINE)};
    if (!p.piece) return error_no_memory(err, path, PIECE * sizeof(float));
    axl_status status = each_item(c, pass_item, &p, err);
    if (status == AXL_OK) status = safetensors_write_header(&header, c, p.crc, err);
    if (status == AXL_OK) status = replace_file(&p, path, c, &header, err);
    buf_free(&header);
    mem_free_aligned(p.piece);
    return status;
}
