#include "store/export_llama.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"
#include "os/memory.h"

#include <string.h>

// ---- the plan ----

static const char *const part_names[LLAMA_PARTS] = {
    [LLAMA_EMBED] = "token_embd",  [LLAMA_ATTN_NORM] = "attn_norm",
    [LLAMA_Q] = "attn_q",          [LLAMA_K] = "attn_k",
    [LLAMA_V] = "attn_v",          [LLAMA_O] = "attn_output",
    [LLAMA_FFN_NORM] = "ffn_norm", [LLAMA_GATE] = "ffn_gate",
    [LLAMA_UP] = "ffn_up",         [LLAMA_DOWN] = "ffn_down",
    [LLAMA_NORM] = "output_norm"};

static bool is_vector(llama_part part) {
    return part == LLAMA_ATTN_NORM || part == LLAMA_FFN_NORM || part == LLAMA_NORM;
}

static size_t rows_of(const llama_shape *s, llama_part part) {
    if (is_vector(part)) return 1;
    if (part == LLAMA_EMBED) return s->vocab;
    return part == LLAMA_GATE || part == LLAMA_UP ? s->ff : s->d;
}

static axl_status add(llama_plan *p, llama_part part, size_t layer, axl_error *err) {
    const llama_shape *s = &p->shape;
    llama_tensor *t = &p->list[p->count++];
    *t = (llama_tensor){.part = part,
                        .layer = layer,
                        .rows = rows_of(s, part),
                        .cols = part == LLAMA_DOWN ? s->ff : s->d,
                        .type = DTYPE_F32};
    if (!is_vector(part)) t->type = llama_matrix_type(p->file, part, layer, s->layers, t->cols);
    if (part == LLAMA_EMBED || part == LLAMA_NORM)
        string_format(t->name, sizeof t->name, NULL, "%s.weight", part_names[part]);
    else
        string_format(t->name, sizeof t->name, NULL, "blk.%zu.%s.weight", layer, part_names[part]);
    size_t count;
    const bool fits = size_mul(t->rows, t->cols, &count) &&
                      dtype_bytes(t->type, count, &t->bytes) &&
                      size_add(p->bytes, t->bytes, &p->bytes);
    RETURN_IF(!fits, err, AXL_TOO_LARGE, "tensor %s is too large", t->name);
    p->params += count;
    return AXL_OK;
}

axl_status llama_plan_make(llama_plan *out, const llama_shape *of, llama_file file,
                           axl_error *err) {
    *out = (llama_plan){.shape = *of, .file = file};
    const llama_shape *s = &out->shape;
    RETURN_IF(s->vocab < MODEL_VOCAB_MIN || s->vocab > MODEL_VOCAB_MAX || s->heads == 0 ||
                  s->d % s->heads != 0 || s->d / s->heads % 2 != 0 || s->ff == 0 || s->layers == 0,
              err, AXL_BAD_ARGUMENT, "no llama file has this shape");
    RETURN_IF(s->layers > GGUF_TENSORS_MAX / LLAMA_PARTS, err, AXL_TOO_LARGE, "%zu layers",
              s->layers);
    const size_t most = 2 + s->layers * (LLAMA_NORM - LLAMA_ATTN_NORM);
    out->list = mem_alloc_array(most, sizeof *out->list);
    if (!out->list) return error_no_memory(err, "the tensors", most * sizeof *out->list);
    FORWARD(add(out, LLAMA_EMBED, 0, err));
    for (size_t layer = 0; layer < s->layers; layer++)
        for (llama_part part = LLAMA_ATTN_NORM; part < LLAMA_NORM; part++)
            FORWARD(add(out, part, layer, err));
    return add(out, LLAMA_NORM, 0, err);
}

void llama_plan_free(llama_plan *p) {
    mem_free(p->list);
    *p = (llama_plan){0};
}

// ---- the file ----

typedef struct writing {
    const llama_plan *plan;
    const llama_source *from;
    float *x;     // [most numbers of a tensor]; owned
    void *blocks; // [most bytes of one]; owned
} writing;

static axl_status take_memory(writing *w, axl_error *err) {
    size_t numbers = 0, bytes = 0;
    for (size_t i = 0; i < w->plan->count; i++) {
        const llama_tensor *t = &w->plan->list[i];
        numbers = size_max(numbers, t->rows * t->cols);
        bytes = size_max(bytes, t->bytes);
    }
    size_t x_bytes;
    RETURN_IF(!size_mul(numbers, sizeof *w->x, &x_bytes), err, AXL_TOO_LARGE,
              "the tensors are too large");
    w->x = os_block_alloc(x_bytes);
    w->blocks = os_block_alloc(bytes);
    if (!w->x || !w->blocks) return error_no_memory(err, "the largest tensor", x_bytes + bytes);
    return AXL_OK;
}

// Through the type of the file and back.
static void convert(const writing *w, const llama_tensor *t) {
    const dtype_info *info = dtype_of(t->type);
    const size_t count = t->rows * t->cols;
    const quantize_source source = {w->x, t->rows, t->cols, NULL};
    if (quantize_knows(t->type))
        quantize_rows(w->from->k, w->from->p, t->type, &source, w->blocks);
    else
        info->from_f32(w->from->k, w->blocks, w->x, count);
    if (!w->from->written) return;
    info->to_f32(w->from->k, w->x, w->blocks, count);
    w->from->written(w->from->ctx, t, w->x);
}

static axl_status write_data(const writing *w, gguf_writer *to, axl_error *err) {
    const llama_source *from = w->from;
    for (size_t i = 0; i < w->plan->count; i++) {
        const llama_tensor *t = &w->plan->list[i];
        RETURN_IF(from->progress && !from->progress(from->ctx, i, w->plan->count), err,
                  AXL_INTERRUPTED, "interrupted");
        from->numbers(from->ctx, t, w->x);
        convert(w, t);
        FORWARD(gguf_write_data(to, w->blocks, t->bytes, err));
    }
    return AXL_OK;
}

static axl_status write_file(const writing *w, const char *path, const gguf_content *c,
                             axl_error *err) {
    gguf_writer *to;
    FORWARD(gguf_write_begin(&to, path, c, err));
    const axl_status status = write_data(w, to, err);
    if (status == AXL_OK) return gguf_write_commit(to, err);
    gguf_write_abort(to);
    return status;
}

static gguf_item item_of(const llama_tensor *t) {
    return (gguf_item){.name = t->name,
                       .type = (uint32_t)dtype_of(t->type)->gguf,
                       .dims = is_vector(t->part) ? 1 : 2,
                       .dim = {t->cols, t->rows}};
}

axl_status export_llama(const char *path, const llama_plan *plan, const llama_source *from,
                        axl_error *err) {
    writing w = {.plan = plan, .from = from};
    gguf_meta meta = {0};
    gguf_item *item = mem_alloc_array(plan->count, sizeof *item);
    if (!item) return error_no_memory(err, path, plan->count * sizeof *item);
    for (size_t i = 0; i < plan->count; i++) item[i] = item_of(&plan->list[i]);
    llama_put_meta(&meta, plan, from);
    const gguf_content content = {.meta = &meta, .item = item, .items = plan->count};
    axl_status status = take_memory(&w, err);
    if (status == AXL_OK) status = write_file(&w, path, &content, err);
    os_block_free(w.x);
    os_block_free(w.blocks);
    gguf_meta_free(&meta);
    mem_free(item);
    return status;
}
