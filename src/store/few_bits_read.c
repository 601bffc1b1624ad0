#include "store/few_bits.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/finite.h"

#include <string.h>

static const char *type_name(uint32_t type) {
    const gguf_type_info *info = gguf_type_of(type);
    return info ? info->name : "unknown";
}

bool few_bits_any(const import_model *m) {
    for (size_t i = 0; i < m->table.count; i++) {
        const gguf_type_info *info = gguf_type_of(m->tensor[i].type);
        if (info && info->block > 1) return true;
    }
    return false;
}

axl_status few_bits_freeze(const import_model *m, const frozen_machine *machine, frozen *out,
                           axl_error *err) {
    const size_t count = m->table.count;
    frozen_tensor *list = mem_alloc_array(count, sizeof *list);
    if (!list) return error_no_memory(err, "the tensors", count * sizeof *list);
    axl_status status = AXL_OK;
    for (size_t i = 0; i < count && status == AXL_OK; i++) {
        const import_tensor *t = &m->tensor[i];
        list[i] = (frozen_tensor){dtype_by_gguf((int)t->type), t->data, t->grouped};
        if (list[i].type == DTYPES)
            status =
                error_set(err, AXL_BAD_FILE, "tensor '%s' is %s, which this program cannot run",
                          t->row->name, type_name(t->type));
    }
    if (status == AXL_OK) status = frozen_of_tensors(out, &m->table, list, machine, err);
    mem_free(list);
    return status;
}

// ---- numbers ----

// The last block of a row may hold more columns than the row has.
static void unpack_row(const kernels *k, const dtype_info *type, const char *from, float *to,
                       size_t cols) {
    const size_t whole = cols / type->block * type->block;
    type->to_f32(k, to, from, whole);
    if (whole == cols) return;
    float last[BLOCKS_SUPER];
    type->to_f32(k, last, from + whole / type->block * type->block_bytes, type->block);
    memcpy(to + whole, last, (cols - whole) * sizeof *last);
}

static axl_status unpack_tensor(const import_tensor *t, const kernels *k, float *out,
                                axl_error *err) {
    const dtype_info *type = dtype_of(dtype_by_gguf((int)t->type));
    RETURN_IF(!type || !type->to_f32 || t->grouped, err, AXL_BAD_FILE,
              "tensor '%s' is %s, which this program cannot read", t->row->name,
              type_name(t->type));
    const size_t cols = t->row->shape.dim[t->row->shape.dims - 1];
    const size_t row = t->row_length / type->block * type->block_bytes;
    for (size_t r = 0; r < t->row->count / cols; r++)
        unpack_row(k, type, (const char *)t->data + r * row, out + r * cols, cols);
    RETURN_IF(finite_until(out, t->row->count) < t->row->count, err, AXL_BAD_FILE,
              "tensor '%s' holds a number that is not finite", t->row->name);
    return AXL_OK;
}

axl_status few_bits_numbers(const import_model *m, const kernels *k, float *block, axl_error *err) {
    memset(block, 0, m->table.numbers * sizeof *block);
    for (size_t i = 0; i < m->table.count; i++)
        FORWARD(unpack_tensor(&m->tensor[i], k, block + m->tensor[i].row->offset, err));
    return AXL_OK;
}
