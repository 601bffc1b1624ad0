#include <axl/quantize.h>

#include <axl/eval.h>

#include "api/calibration.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "os/clock.h"
#include "os/listing.h"
#include "os/memory.h"
#include "store/export.h"
#include "store/few_bits.h"
#include "store/regroup.h"

#include <math.h>
#include <string.h>

#define STANDARD_TYPE "q4_k_m"
// From so many bytes on blocks lie in groups: below, rearranging them when the model is loaded
// takes no time that anybody notices.
#define GROUPS_FROM ((size_t)32 << 20)

// What the caller gets: the result comes first, so that freeing it finds the rest.
typedef struct owned {
    axl_quantize_result result;
    axl_quantize_tensor *tensors;
    param_table table; // has the names
} owned;

typedef struct job {
    const axl_quantize_options *o;
    owned *out;
    const quant_recipe *recipe;
    machine m;
    import_model in;
    float *block;  // the numbers of in; owned
    frozen frozen; // over block
    calibration calibration;
    few_bits few;
    bool grouped;      // how it is written
    const char *doing; // for the progress
} job;

static bool report(void *ctx, size_t done, size_t all) {
    const job *j = ctx;
    return !j->o->progress || j->o->progress(j->o->progress_ctx, j->doing, done, all) == 0;
}

// ---- before ----

static axl_status check(job *j, axl_error *err) {
    const axl_quantize_options *o = j->o;
    const char *type = o->type ? o->type : STANDARD_TYPE, *near;
    os_kind kind;
    j->recipe = quant_recipe_find(type, &near);
    RETURN_IF(!j->recipe, err, AXL_BAD_ARGUMENT, "no type '%s'%s%s%s", type,
              near ? "; did you mean '" : "; there are q8_0, q6_k, q5_0, q4_k_m and q4_k_s",
              near ? near : "", near ? "'?" : "");
    RETURN_IF(!string_ends(o->out, ".gguf"), err, AXL_BAD_ARGUMENT,
              "%s: few bits lie in GGUF files: the name must end in .gguf", o->out);
    if (o->layout) FORWARD(regroup_layout(o->layout, &j->grouped, err));
    FORWARD(os_kind_of(o->out, &kind, err));
    RETURN_IF(kind != OS_KIND_NONE && !o->force, err, AXL_BAD_ARGUMENT,
              "%s is there already; --force replaces it", o->out);
    return AXL_OK;
}

static axl_status read_model(job *j, axl_error *err) {
    FORWARD(import_open(&j->in, j->o->model, err));
    RETURN_IF(few_bits_any(&j->in), err, AXL_BAD_ARGUMENT,
              "%s has few bits already: quantise the model that it was made of", j->o->model);
    FORWARD(import_check(&j->in, err));
    const size_t bytes = j->in.table.numbers * sizeof *j->block;
    j->block = os_block_alloc(bytes);
    if (!j->block) return error_no_memory(err, "the weights", bytes);
    FORWARD(few_bits_numbers(&j->in, &j->m.k, j->block, err));
    return import_unchanged(&j->in, err);
}

static axl_status calibrate(job *j, axl_error *err) {
    if (!j->o->calibrate) return AXL_OK;
    const frozen_source source = {j->block, j->block, DTYPE_F32};
    FORWARD(frozen_of_block(&j->frozen, &j->in.table, &source, err));
    const calibration_source from = {.model = &j->frozen,
                                     .block = j->block,
                                     .path = j->o->calibrate,
                                     .progress = report,
                                     .progress_ctx = j};
    j->doing = "calibrating";
    return calibration_run(&j->calibration, &from, &j->m, err);
}

// ---- blocks ----

static axl_status make(job *j, axl_error *err) {
    const few_bits_source from = {.table = &j->in.table,
                                  .block = j->block,
                                  .recipe = j->recipe,
                                  .importance = (const float *const *)j->calibration.column,
                                  .progress = report,
                                  .progress_ctx = j};
    j->doing = "quantising";
    const uint64_t start = os_clock_ns();
    FORWARD(few_bits_make(&j->few, &from, &j->m.k, j->m.pool, err));
    j->out->result.seconds = (double)(os_clock_ns() - start) * 1e-9;
    return AXL_OK;
}

// The file is the opened model with other tensors.
static axl_status write_file(job *j, axl_error *err) {
    import_model to = j->in;
    if (!j->o->layout) j->grouped = j->few.all >= GROUPS_FROM;
    to.grouped = j->grouped;
    to.tensor = mem_alloc_array(to.table.count, sizeof *to.tensor);
    if (!to.tensor) return error_no_memory(err, j->o->out, to.table.count * sizeof *to.tensor);
    for (size_t i = 0; i < to.table.count; i++) {
        const param *p = &to.table.list[i];
        const dtype type = j->few.list[i].type;
        to.tensor[i] =
            (import_tensor){.row = p,
                            .type = (uint32_t)dtype_of(type)->gguf,
                            .row_length = few_bits_row(type, p->shape.dim[p->shape.dims - 1]),
                            .data = j->few.list[i].data,
                            .bytes = j->few.bytes[i]};
    }
    const axl_status status = export_gguf(j->o->out, &to, err);
    mem_free(to.tensor);
    return status;
}

// ---- what became of it ----

typedef struct moved {
    double moved, all; // sums of squares
} moved;

// Bytes of tensor i in the file.
static size_t bytes_of(const job *j, size_t i) {
    const param *p = &j->in.table.list[i];
    size_t bytes = j->few.bytes[i];
    if (j->grouped && !regroup_bytes(p, j->few.list[i].type, true, &bytes)) return j->few.bytes[i];
    return bytes;
}

// numbers: [cols] or more, for one row.
static double error_of(const job *j, size_t i, float *numbers) {
    const param *p = &j->in.table.list[i];
    const dtype_info *info = dtype_of(j->few.list[i].type);
    const size_t cols = p->shape.dim[p->shape.dims - 1], rows = p->count / cols;
    const size_t whole = few_bits_row(j->few.list[i].type, cols), row = j->few.bytes[i] / rows;
    moved sum = {0};
    for (size_t r = 0; r < rows; r++) {
        const float *x = j->block + p->offset + r * cols;
        info->to_f32(&j->m.k, numbers, (const char *)j->few.list[i].data + r * row, whole);
        for (size_t c = 0; c < cols; c++) {
            const double left = (double)x[c] - (double)numbers[c];
            sum.moved += left * left;
            sum.all += (double)x[c] * (double)x[c];
        }
    }
    return sum.all > 0 ? sqrt(sum.moved / sum.all) : 0;
}

static axl_status describe(job *j, axl_error *err) {
    axl_quantize_result *r = &j->out->result;
    const param_table *t = &j->in.table;
    size_t longest = 0;
    for (size_t i = 0; i < t->count; i++)
        if (t->list[i].shape.dim[t->list[i].shape.dims - 1] > longest)
            longest = t->list[i].shape.dim[t->list[i].shape.dims - 1];
    float *numbers = mem_alloc_array(longest + BLOCKS_SUPER, sizeof *numbers);
    j->out->tensors = mem_zalloc_array(t->count, sizeof *j->out->tensors);
    if (!numbers || !j->out->tensors) {
        mem_free(numbers);
        return error_no_memory(err, "results", t->count * sizeof *j->out->tensors);
    }
    for (size_t i = 0; i < t->count; i++) {
        const param *p = &t->list[i];
        const size_t cols = p->shape.dim[p->shape.dims - 1];
        j->out->tensors[i] = (axl_quantize_tensor){.name = p->name,
                                                   .type = dtype_of(j->few.list[i].type)->name,
                                                   .params = p->count,
                                                   .rows = p->count / cols,
                                                   .cols = cols,
                                                   .bytes = bytes_of(j, i),
                                                   .error = error_of(j, i, numbers)};
        r->bytes_before += j->in.tensor[i].bytes;
        r->bytes_after += j->out->tensors[i].bytes;
    }
    mem_free(numbers);
    r->type = j->recipe->name;
    r->params = t->parameters;
    r->bits = 8 * (double)r->bytes_after / (double)t->parameters;
    r->layout = regroup_layout_name(j->grouped);
    r->tensors = j->out->tensors;
    r->tensor_count = t->count;
    r->calibrated = j->calibration.bytes;
    r->level = kernels_level_name(j->m.k.level);
    r->threads = j->m.threads;
    return AXL_OK;
}

static axl_status score(const axl_quantize_options *o, const char *model, double *bpb,
                        uint64_t *bytes, axl_error *err) {
    const axl_eval_bpb_options options = {.model = model,
                                          .paths = &o->eval,
                                          .path_count = 1,
                                          .limit = o->limit,
                                          .no_compressors = true,
                                          .level = o->level,
                                          .threads = o->threads,
                                          .progress = o->progress,
                                          .progress_ctx = o->progress_ctx};
    axl_eval_bpb_result *result;
    FORWARD(axl_eval_bpb(&options, &result, err));
    *bpb = result->bpb;
    *bytes = result->bytes;
    axl_eval_bpb_free(result);
    return AXL_OK;
}

// ---- all of it ----

static axl_status quantize(job *j, axl_error *err) {
    FORWARD(read_model(j, err));
    FORWARD(calibrate(j, err));
    FORWARD(make(j, err));
    FORWARD(write_file(j, err));
    return describe(j, err);
}

// The table, with the names of the tensors, goes to the result.
static void finish(job *j) {
    calibration_free(&j->calibration);
    few_bits_free(&j->few);
    frozen_free(&j->frozen);
    os_block_free(j->block);
    j->out->table = j->in.table;
    j->in.table = (param_table){0};
    import_close(&j->in);
    machine_close(&j->m);
}

static axl_status run(const axl_quantize_options *o, owned *out, axl_error *err) {
    job j = {.o = o, .out = out};
    axl_quantize_result *r = &out->result;
    r->bpb_before = r->bpb_after = NAN;
    FORWARD(check(&j, err));
    FORWARD(machine_open(&j.m, o->level, o->threads, err));
    const axl_status status = quantize(&j, err);
    finish(&j);
    FORWARD(status);
    if (!o->eval) return AXL_OK;
    FORWARD(score(o, o->model, &r->bpb_before, &r->scored, err));
    return score(o, o->out, &r->bpb_after, &r->scored, err);
}

axl_status axl_quantize(const axl_quantize_options *options, axl_quantize_result **out,
                        axl_error *err) {
    RETURN_IF(!out, err, AXL_BAD_ARGUMENT, "axl_quantize: there is no place for the result");
    *out = NULL;
    RETURN_IF(!options || !options->model || !options->out, err, AXL_BAD_ARGUMENT,
              "axl_quantize: model and out must be given");
    owned *all = mem_zalloc(sizeof *all);
    if (!all) return error_no_memory(err, "results", sizeof *all);
    const axl_status status = run(options, all, err);
    if (status == AXL_OK)
        *out = &all->result;
    else
        axl_quantize_free(&all->result);
    return status;
}

void axl_quantize_free(axl_quantize_result *result) {
    if (!result) return;
    owned *all = (owned *)(void *)result;
    params_free(&all->table);
    mem_free(all->tensors);
    mem_free(all);
}
