#include <axl/eval.h>

#include "api/machine.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "eval/eval_bpb.h"
#include "eval/eval_compress.h"
#include "infer/engine.h"
#include "os/clock.h"
#include "os/memory.h"

#include <math.h>
#include <string.h>

// What the caller gets: the result comes first, so that freeing it finds the rest.
typedef struct owned {
    axl_eval_bpb_result result;
    eval_files found;         // has the paths
    axl_eval_bpb_file *files; // [found.count]
} owned;

typedef struct job {
    const axl_eval_bpb_options *o;
    owned *out;
    const char *doing;  // for the progress
    eval_score *scores; // [files]
    uint64_t *packed;   // [files]
} job;

// A step that is under way is not done: xz still works when it has read the last byte.
static int report(void *ctx, uint64_t done, uint64_t total) {
    const job *j = ctx;
    if (done == total) done--; // there is at least one byte
    return j->o->progress(j->o->progress_ctx, j->doing, (size_t)done, (size_t)total);
}

static eval_progress *reporter(const job *j) {
    return j->o->progress ? report : NULL;
}

// ---- files ----

static axl_status find_files(job *j, axl_error *err) {
    owned *out = j->out;
    for (size_t i = 0; i < j->o->path_count; i++)
        FORWARD(eval_files_add(&out->found, j->o->paths[i], j->o->limit, err));
    const size_t count = out->found.count;
    for (size_t i = 0; i < count; i++) out->result.bytes += out->found.list[i].bytes;
    RETURN_IF(out->result.bytes == 0, err, AXL_BAD_FILE, "%s: no bytes to score", j->o->paths[0]);
    out->files = mem_zalloc_array(count, sizeof *out->files);
    j->scores = mem_zalloc_array(count, sizeof *j->scores);
    j->packed = mem_zalloc_array(count, sizeof *j->packed);
    if (!out->files || !j->scores || !j->packed)
        return error_no_memory(err, "results", count * sizeof *out->files);
    for (size_t i = 0; i < count; i++)
        out->files[i] = (axl_eval_bpb_file){.path = out->found.list[i].name,
                                            .bytes = out->found.list[i].bytes,
                                            .bpb = NAN,
                                            .gzip_bpb = NAN,
                                            .xz_bpb = NAN};
    out->result.files = out->files;
    out->result.file_count = count;
    return AXL_OK;
}

// ---- the model ----

// Windows from nothing are computed by the pass of training, from the parameters.
static axl_status score_files(job *j, const machine *m, engine *e, axl_error *err) {
    axl_eval_bpb_result *r = &j->out->result;
    if (j->o->strided && e->frozen.head.count == 0) FORWARD(engine_numbers(e, err));
    const step_machine on = {
        .k = &m->k, .p = m->pool, .memory = &os_plan_memory, .limit = PLAN_NO_LIMIT};
    const eval_bpb a = {.model = &e->frozen,
                        .weights = e->model.block,
                        .machine = &on,
                        .list = j->out->found.list,
                        .count = r->file_count,
                        .way = j->o->strided ? EVAL_STRIDED : EVAL_SLIDING,
                        .progress = reporter(j),
                        .progress_ctx = j};
    eval_score total = {0};
    j->doing = "bytes scored";
    const uint64_t start = os_clock_ns();
    const axl_status status = eval_bpb_run(&a, j->scores, &total, err);
    r->seconds = (double)(os_clock_ns() - start) * 1e-9;
    r->bytes_per_s = (double)r->bytes / r->seconds;
    r->context = e->model.table.config.max_seq_len;
    r->bpb = total.bpb;
    r->ppl = exp2(total.bpb);
    for (size_t i = 0; i < r->file_count; i++) j->out->files[i].bpb = j->scores[i].bpb;
    FORWARD(engine_intact(e, err)); // the reason, where the weights were gone
    return status;
}

static axl_status score(job *j, const machine *m, axl_error *err) {
    engine e;
    FORWARD(engine_open_exact(&e, j->o->model, &m->k, m->pool, err));
    const axl_status status = score_files(j, m, &e, err);
    engine_close(&e);
    return status;
}

// ---- compressors ----

static double bits_per_byte(uint64_t packed, uint64_t bytes) {
    return bytes ? 8 * (double)packed / (double)bytes : (double)NAN;
}

typedef struct compressor {
    axl_status (*run)(const eval_compress *a, eval_packed *out, axl_error *err);
    const char *doing;
    size_t total, file; // offsets of its figures in the result and in a file
} compressor;

static const compressor compressors[] = {
    {eval_compress_gzip, "bytes for gzip -9", offsetof(axl_eval_bpb_result, gzip),
     offsetof(axl_eval_bpb_file, gzip_bpb)},
    {eval_compress_xz, "bytes for xz -9e", offsetof(axl_eval_bpb_result, xz),
     offsetof(axl_eval_bpb_file, xz_bpb)}};

static axl_status compress(job *j, const compressor *c, axl_error *err) {
    axl_eval_bpb_result *r = &j->out->result;
    axl_eval_compressor *to = (axl_eval_compressor *)(void *)((char *)r + c->total);
    *to = (axl_eval_compressor){NAN, NAN, "not asked for"};
    if (j->o->no_compressors) return AXL_OK;
    const eval_compress a = {.list = j->out->found.list,
                             .count = r->file_count,
                             .progress = reporter(j),
                             .progress_ctx = j};
    eval_packed packed = {.each = j->packed};
    j->doing = c->doing;
    FORWARD(c->run(&a, &packed, err));
    string_copy(to->missing, sizeof to->missing, packed.missing);
    if (to->missing[0]) return AXL_OK;
    uint64_t each = 0;
    for (size_t i = 0; i < r->file_count; i++) {
        each += j->packed[i];
        double *bpb = (double *)(void *)((char *)&j->out->files[i] + c->file);
        *bpb = bits_per_byte(j->packed[i], r->files[i].bytes);
    }
    to->each_bpb = bits_per_byte(each, r->bytes);
    to->joined_bpb = bits_per_byte(packed.joined, r->bytes);
    return AXL_OK;
}

// ---- all of it ----

static axl_status run(job *j, axl_error *err) {
    FORWARD(find_files(j, err));
    machine m;
    FORWARD(machine_open(&m, j->o->level, j->o->threads, err));
    j->out->result.level = kernels_level_name(m.k.level);
    j->out->result.threads = m.threads;
    axl_status status = score(j, &m, err);
    machine_close(&m);
    for (size_t i = 0; i < 2 && status == AXL_OK; i++) status = compress(j, &compressors[i], err);
    return status;
}

axl_status axl_eval_bpb(const axl_eval_bpb_options *options, axl_eval_bpb_result **out,
                        axl_error *err) {
    RETURN_IF(!out, err, AXL_BAD_ARGUMENT, "axl_eval_bpb: there is no place for the result");
    *out = NULL;
    RETURN_IF(!options || !options->model || !options->paths || options->path_count == 0, err,
              AXL_BAD_ARGUMENT, "axl_eval_bpb: model and paths must be given");
    owned *all = mem_zalloc(sizeof *all);
    if (!all) return error_no_memory(err, "results", sizeof *all);
    job j = {.o = options, .out = all};
    const axl_status status = run(&j, err);
    mem_free(j.scores);
    mem_free(j.packed);
    if (status == AXL_OK)
        *out = &all->result;
    else
        axl_eval_bpb_free(&all->result);
    return status;
}

void axl_eval_bpb_free(axl_eval_bpb_result *result) {
    if (!result) return;
    owned *all = (owned *)(void *)result;
    eval_files_free(&all->found);
    mem_free(all->files);
    mem_free(all);
}
