#include "store/few_bits.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "os/memory.h"
#include "quant/quantize_rows.h"
#include "tensor/blocks_matrix.h"

#include <string.h>

#define ALIGN ((size_t)32) // of a tensor in memory, as in files

static size_t cols_of(const param *p) {
    return p->shape.dim[p->shape.dims - 1];
}

size_t few_bits_row(dtype type, size_t cols) {
    const size_t block = dtype_of(type)->block;
    return size_div_up(cols, block) * block;
}

static dtype type_of(const few_bits_source *from, const param *p) {
    static const quant_need needs[PARAM_BITS_KINDS] = {[PARAM_BITS_FEW] = QUANT_FEW,
                                                       [PARAM_BITS_MORE] = QUANT_MORE,
                                                       [PARAM_BITS_TABLE] = QUANT_TABLE};
    if (p->bits == PARAM_BITS_ALL) return DTYPE_F32;
    return quant_recipe_type(from->recipe, needs[p->bits], cols_of(p));
}

// Types and sizes; *blocks is what all blocks take in memory.
static axl_status plan_types(few_bits *out, const few_bits_source *from, size_t *blocks,
                             axl_error *err) {
    const param_table *t = from->table;
    *blocks = 0;
    for (size_t i = 0; i < t->count; i++) {
        const param *p = &t->list[i];
        const size_t rows = p->count / cols_of(p);
        size_t row;
        out->list[i].type = type_of(from, p);
        const bool fits = blocks_row_bytes(out->list[i].type, cols_of(p), &row) &&
                          size_mul(rows, row, &out->bytes[i]) &&
                          size_add(out->all, out->bytes[i], &out->all) &&
                          size_add(*blocks, out->bytes[i] + ALIGN, blocks);
        RETURN_IF(!fits, err, AXL_TOO_LARGE, "the model is too large for this machine");
    }
    return AXL_OK;
}

static axl_status fill(few_bits *out, const few_bits_source *from, const kernels *k, pool *p,
                       axl_error *err) {
    const param_table *t = from->table;
    char *next = out->blocks;
    for (size_t i = 0; i < t->count; i++) {
        const param *row = &t->list[i];
        const float *x = from->block + row->offset;
        out->list[i].data = x;
        if (out->list[i].type == DTYPE_F32) continue;
        const float *importance = from->importance ? from->importance[i] : NULL;
        const quantize_source source = {x, row->count / cols_of(row), cols_of(row), importance};
        quantize_rows(k, p, out->list[i].type, &source, next);
        out->list[i].data = next;
        next += size_div_up(out->bytes[i], ALIGN) * ALIGN;
        if (from->progress && !from->progress(from->progress_ctx, row->offset, t->numbers))
            return error_set(err, AXL_INTERRUPTED, "interrupted");
    }
    return AXL_OK;
}

axl_status few_bits_make(few_bits *out, const few_bits_source *from, const kernels *k, pool *p,
                         axl_error *err) {
    const size_t count = from->table->count;
    size_t blocks = 0;
    *out = (few_bits){.list = mem_zalloc_array(count, sizeof *out->list),
                      .bytes = mem_zalloc_array(count, sizeof *out->bytes)};
    axl_status status = AXL_OK;
    if (!out->list || !out->bytes)
        status = error_no_memory(err, "the tensors", count * sizeof *out->list);
    if (status == AXL_OK) status = plan_types(out, from, &blocks, err);
    if (status == AXL_OK && !(out->blocks = os_block_alloc(blocks)))
        status = error_no_memory(err, "the quantised weights", blocks);
    if (status == AXL_OK) status = fill(out, from, k, p, err);
    if (status != AXL_OK) few_bits_free(out);
    return status;
}

void few_bits_free(few_bits *f) {
    mem_free(f->list);
    mem_free(f->bytes);
    os_block_free(f->blocks);
    memset(f, 0, sizeof *f);
}
