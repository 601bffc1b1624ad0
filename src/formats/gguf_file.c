#include "formats/gguf_file.h"

#include "base/alloc.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/sizes.h"
#include "formats/json_text.h"

#include <string.h>

// Bytes of the first look at the table; each further one is twice as long.
#define FIRST_LOOK ((size_t)64 << 10)

#define PIECE ((size_t)256 << 10)

// Finds the length of the table by reading more and more of the file. What was read before is
// thrown away first: so the memory stays below the length of the table twice.
static axl_status measure(const gguf_file *f, size_t *need, axl_error *err) {
    const uint64_t all = os_map_bytes(f->map);
    const size_t most = (size_t)(all < GGUF_HEADER_MAX ? all : GGUF_HEADER_MAX);
    *need = 0;
    for (size_t look = FIRST_LOOK; *need == 0; look *= 2) {
        const size_t bytes = size_min(look, most);
        void *data = mem_alloc(bytes);
        if (!data) return error_no_memory(err, f->what, bytes);
        const gguf_start start = {data, bytes, all};
        axl_status status = os_map_read(f->map, 0, data, bytes, err);
        if (status == AXL_OK) status = gguf_measure(&start, f->what, need, err);
        mem_free(data);
        FORWARD(status);
    }
    return AXL_OK;
}

static axl_status read_table(gguf_file *f, axl_error *err) {
    gguf *g = &f->table;
    size_t need;
    FORWARD(measure(f, &need, err));
    g->header = mem_alloc(need);
    if (!g->header) return error_no_memory(err, f->what, need);
    g->header_bytes = need;
    FORWARD(os_map_read(f->map, 0, g->header, need, err));
    return gguf_finish(g, f->what, os_map_bytes(f->map), err);
}

axl_status gguf_open(gguf_file *out, const char *path, axl_error *err) {
    *out = (gguf_file){.what = json_text_name(path)};
    FORWARD(os_map_open(&out->map, path, err));
    const axl_status status = read_table(out, err);
    if (status != AXL_OK) gguf_close(out);
    return status;
}

void gguf_close(gguf_file *f) {
    gguf_free(&f->table);
    os_map_close(f->map);
    *f = (gguf_file){0};
}

axl_status gguf_view(const gguf_file *f, const gguf_tensor *t, const void **out, axl_error *err) {
    return os_map_view(f->map, f->table.data + t->begin, t->bytes, out, err);
}

axl_status gguf_copy(const gguf_file *f, const gguf_tensor *t, const gguf_piece *p,
                     axl_error *err) {
    RETURN_IF(p->from > t->bytes || p->bytes > t->bytes - p->from, err, AXL_BAD_ARGUMENT,
              "%s: tensor %s has %zu bytes", f->what, t->name, t->bytes);
    return os_map_read(f->map, f->table.data + t->begin + p->from, p->to, p->bytes, err);
}

axl_status gguf_check_hash(const gguf_file *f, axl_error *err) {
    const gguf *g = &f->table;
    if (!g->hashed) return AXL_OK;
    void *piece = mem_alloc(PIECE);
    if (!piece) return error_no_memory(err, f->what, PIECE);
    uint32_t crc = g->header_crc;
    const uint64_t all = os_map_bytes(f->map);
    axl_status status = AXL_OK;
    for (uint64_t at = g->header_bytes; at < all && status == AXL_OK;) {
        const size_t bytes = (size_t)(all - at < PIECE ? all - at : PIECE);
        status = os_map_read(f->map, at, piece, bytes, err);
        if (status == AXL_OK) crc = crc32c(crc, piece, bytes);
        at += bytes;
    }
    mem_free(piece);
    FORWARD(status);
    FORWARD(os_map_unchanged(f->map, err));
    RETURN_IF(crc != g->hash, err, AXL_BAD_FILE,
              "%s: the file was damaged (checksum %08x, expected %08x); get it again", f->what, crc,
              g->hash);
    return AXL_OK;
}
