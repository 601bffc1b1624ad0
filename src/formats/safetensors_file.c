#include "formats/safetensors_file.h"

#include "base/alloc.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/sizes.h"
#include "formats/json_text.h"

#include <string.h>

// Bytes read at once: little enough to stay in the cache between reading, summing and converting,
// and a whole number of elements of every type.
#define PIECE ((size_t)256 << 10)

axl_status safetensors_open(safetensors_file *out, const char *path, axl_error *err) {
    *out = (safetensors_file){.what = json_text_name(path)};
    FORWARD(os_map_open(&out->map, path, err));
    const uint64_t bytes = os_map_bytes(out->map);
    uint8_t prefix[SAFETENSORS_PREFIX] = {0};
    axl_status status = AXL_OK;
    if (bytes >= sizeof prefix) status = os_map_read(out->map, 0, prefix, sizeof prefix, err);
    if (status == AXL_OK) status = safetensors_begin(&out->table, out->what, prefix, bytes, err);
    if (status == AXL_OK)
        status = os_map_read(out->map, SAFETENSORS_PREFIX, out->table.header,
                             out->table.header_bytes, err);
    if (status == AXL_OK) status = safetensors_finish(&out->table, out->what, err);
    if (status != AXL_OK) safetensors_close(out);
    return status;
}

void safetensors_close(safetensors_file *f) {
    safetensors_free(&f->table);
    os_map_close(f->map);
    *f = (safetensors_file){0};
}

typedef struct loading {
    const safetensors_file *f;
    const kernels *k;
    uint8_t *piece; // [PIECE], owned
    bool hashed;    // the file has a checksum
    uint32_t expected, crc;
} loading;

// Reads the note of the checksum; exactly eight hexadecimal digits.
static axl_status read_hash(loading *l, axl_error *err) {
    const char *text = safetensors_note_text(&l->f->table, SAFETENSORS_HASH);
    l->hashed = text != NULL;
    if (!text) return AXL_OK;
    static const char digits[] = "0123456789abcdef";
    const bool good = strlen(text) == 8 && strspn(text, digits) == 8;
    RETURN_IF(!good, err, AXL_BAD_FILE, "%s: the checksum %s is %.20s, not eight digits 0 to f",
              l->f->what, SAFETENSORS_HASH, text);
    for (size_t i = 0; i < 8; i++)
        l->expected = l->expected << 4 | (uint32_t)(strchr(digits, text[i]) - digits);
    return AXL_OK;
}

static axl_status load_tensor(loading *l, const safetensor *t, safetensors_target target,
                              axl_error *err) {
    const dtype_info *info = dtype_of(t->type);
    const bool converts = target.to && target.as_f32 && t->type != DTYPE_F32;
    RETURN_IF(converts && !info->to_f32, err, AXL_BAD_FILE,
              "%s: tensor %s has type %s; F32, BF16 or F16 must be there", l->f->what, t->name,
              info->safetensors);
    if (!target.to && !l->hashed) return AXL_OK;
    for (size_t at = 0; at < t->bytes;) {
        const size_t bytes = size_min(PIECE, t->bytes - at);
        void *to = target.to && !converts ? (uint8_t *)target.to + at : l->piece;
        FORWARD(os_map_read(l->f->map, l->f->table.data + t->begin + at, to, bytes, err));
        if (l->hashed) l->crc = crc32c(l->crc, to, bytes);
        if (converts) {
            float *out = (float *)target.to + at / info->block_bytes * info->block;
            info->to_f32(l->k, out, to, bytes / info->block_bytes * info->block);
        }
        at += bytes;
    }
    return AXL_OK;
}

axl_status safetensors_load(const safetensors_file *f, const kernels *k,
                            const safetensors_target *target, axl_error *err) {
    loading l = {.f = f, .k = k};
    FORWARD(read_hash(&l, err));
    l.piece = mem_alloc_aligned(PIECE, MEM_CACHE_LINE);
    if (!l.piece) return error_no_memory(err, f->what, PIECE);
    axl_status status = AXL_OK;
    for (size_t i = 0; i < f->table.count && status == AXL_OK; i++)
        status = load_tensor(&l, &f->table.list[i], target[i], err);
    mem_free_aligned(l.piece);
    FORWARD(status);
    FORWARD(os_map_unchanged(f->map, err));
    RETURN_IF(l.hashed && l.crc != l.expected, err, AXL_BAD_FILE,
              "%s: the data was damaged (checksum %08x, expected %08x); get the file again",
              f->what, l.crc, l.expected);
    return AXL_OK;
}
