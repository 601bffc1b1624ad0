#include <axl/ollama.h>

#include "api/export_card.h"
#include "api/machine.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "eval/eval_bpb.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/listing.h"
#include "os/memory.h"
#include "store/export_llama.h"
#include "store/few_bits.h"
#include "store/generation_json.h"
#include "store/model_dir.h"
#include "store/path_join.h"

#include <math.h>
#include <string.h>

#define STANDARD_FILE LLAMA_F16
#define NAME_MAX_BYTES ((size_t)96)

// What the caller gets: the result comes first, so that freeing it finds the rest.
typedef struct owned {
    axl_export_result result;
    axl_export_tensor *tensors;
    llama_plan plan; // has the names
    char file[NAME_MAX_BYTES + 16];
} owned;

typedef struct job {
    const axl_export_options *o;
    owned *out;
    char name[NAME_MAX_BYTES + 1];
    llama_file file;
    machine m;
    import_model in;
    generation_settings use;
    float *block;      // the numbers of in; owned
    float *file_block; // the same as the file has them, where they are scored; owned
    frozen frozen;     // over block
    eval_files found;
    const char *doing; // for the progress
} job;

static bool report(void *ctx, size_t done, size_t all) {
    const job *j = ctx;
    return !j->o->progress || j->o->progress(j->o->progress_ctx, j->doing, done, all) == 0;
}

static int report_bytes(void *ctx, uint64_t done, uint64_t total) {
    return report(ctx, (size_t)done, (size_t)total) ? 0 : 1;
}

// ---- before ----

static bool plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

// The last part of the model's path, without the end that says what kind of file it is, in
// characters that no shell, no Modelfile and no file system minds.
static void name_of_path(char out[NAME_MAX_BYTES + 1], const char *path) {
    static const char *const ends[] = {".gguf", ".safetensors", ".pt"};
    size_t size = strlen(path);
    while (size > 0 && path[size - 1] == '/') size--;
    size_t start = size;
    while (start > 0 && path[start - 1] != '/') start--;
    string_format(out, NAME_MAX_BYTES + 1, NULL, "%.*s", (int)(size - start), path + start);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (string_ends(out, ends[i])) out[strlen(out) - strlen(ends[i])] = '\0';
    for (char *c = out; *c; c++)
        if (!plain(*c)) *c = '-';
    if (out[0] == '\0' || out[0] == '.' || out[0] == '-') string_copy(out, 6, "model");
}

static axl_status check_name(job *j, axl_error *err) {
    const char *name = j->o->name;
    if (!name) {
        name_of_path(j->name, j->o->model);
        return AXL_OK;
    }
    bool good = *name != '\0' && *name != '.' && *name != '-' && strlen(name) <= NAME_MAX_BYTES;
    for (const char *c = name; *c; c++) good = good && plain(*c);
    RETURN_IF(!good, err, AXL_BAD_ARGUMENT,
              "a name is made of letters, digits, '.', '_' and '-', at most %zu", NAME_MAX_BYTES);
    string_copy(j->name, sizeof j->name, name);
    return AXL_OK;
}

static axl_status check_folder(const job *j, axl_error *err) {
    os_kind kind;
    FORWARD(os_kind_of(j->o->ollama, &kind, err));
    if (kind == OS_KIND_NONE) return AXL_OK;
    RETURN_IF(kind != OS_KIND_FOLDER, err, AXL_BAD_ARGUMENT, "%s is no folder", j->o->ollama);
    if (j->o->force) return AXL_OK;
    os_listing all;
    FORWARD(os_listing_read(&all, j->o->ollama, NULL, err));
    const size_t entries = all.count;
    os_listing_free(&all);
    RETURN_IF(entries > 0, err, AXL_BAD_ARGUMENT, "%s is not empty; --force writes into it",
              j->o->ollama);
    return AXL_OK;
}

static axl_status check(job *j, axl_error *err) {
    const char *near = NULL;
    j->file = j->o->type ? llama_file_find(j->o->type, &near) : STANDARD_FILE;
    RETURN_IF(j->file == LLAMA_FILES, err, AXL_BAD_ARGUMENT, "no type '%s'%s%s%s", j->o->type,
              near ? "; did you mean '" : "; there are f32, f16, q8_0 and q4_k_m", near ? near : "",
              near ? "'?" : "");
    FORWARD(check_name(j, err));
    return check_folder(j, err);
}

// The name of the text is as in its directory.
static axl_status read_use(job *j, axl_error *err) {
    j->use = generation_defaults();
    for (size_t i = 0; i < IMPORT_TEXTS; i++) {
        if (!j->in.text[i].text || strcmp(import_text_names[i], MODEL_DIR_GENERATION) != 0)
            continue;
        const buf text = {.data = j->in.text[i].text, .size = j->in.text[i].bytes};
        FORWARD(generation_parse(&j->use, MODEL_DIR_GENERATION, &text, err));
    }
    if (!j->use.do_sample) j->use.temperature = 0;
    return AXL_OK;
}

static axl_status find_files(job *j, axl_error *err) {
    uint64_t bytes = 0;
    FORWARD(eval_files_add(&j->found, j->o->eval, j->o->limit, err));
    for (size_t i = 0; i < j->found.count; i++) bytes += j->found.list[i].bytes;
    RETURN_IF(bytes == 0, err, AXL_BAD_FILE, "%s: no bytes to score", j->o->eval);
    return AXL_OK;
}

static axl_status read_model(job *j, axl_error *err) {
    FORWARD(import_open(&j->in, j->o->model, err));
    RETURN_IF(few_bits_any(&j->in), err, AXL_BAD_ARGUMENT,
              "%s has few bits already: export the model that it was made of", j->o->model);
    RETURN_IF(j->in.table.config.fine_exit == 0, err, AXL_BAD_ARGUMENT,
              "%s was trained without its fine exit (fine_exit is 0), so there is no part that "
              "llama.cpp could run",
              j->o->model);
    FORWARD(import_check(&j->in, err));
    FORWARD(read_use(j, err));
    const size_t bytes = j->in.table.numbers * sizeof *j->block;
    j->block = os_block_alloc(bytes);
    if (!j->block) return error_no_memory(err, "the weights", bytes);
    FORWARD(few_bits_numbers(&j->in, &j->m.k, j->block, err));
    if (!j->o->eval) return AXL_OK;
    FORWARD(find_files(j, err));
    j->file_block = os_block_alloc(bytes);
    if (!j->file_block) return error_no_memory(err, "the weights", bytes);
    memcpy(j->file_block, j->block, bytes);
    return AXL_OK;
}

// ---- the file ----

static void numbers(void *ctx, const llama_tensor *t, float *out) {
    const job *j = ctx;
    llama_exit_numbers(&j->in.table, j->block, t, out);
}

static void written(void *ctx, const llama_tensor *t, const float *x) {
    const job *j = ctx;
    if (j->file_block) llama_exit_put(&j->in.table, j->file_block, t, x);
}

static axl_status write_gguf(job *j, axl_error *err) {
    const llama_shape form = llama_exit_shape(&j->in.table.config);
    const llama_source from = {.k = &j->m.k,
                               .p = j->m.pool,
                               .name = j->name,
                               .about =
                                   "The fine exit of an AXL model: a byte-level transformer "
                                   "whose tokens are bytes.",
                               .numbers = numbers,
                               .written = written,
                               .progress = report,
                               .ctx = j};
    buf path = {0};
    string_format(j->out->file, sizeof j->out->file, NULL, "%s-%s.gguf", j->name,
                  llama_file_names[j->file]);
    FORWARD(llama_plan_make(&j->out->plan, &form, j->file, err));
    FORWARD(os_folder_make(j->o->ollama, err));
    j->doing = "tensors";
    axl_status status = path_join(&path, j->o->ollama, j->out->file, err);
    if (status == AXL_OK) status = export_llama(path.data, &j->out->plan, &from, err);
    buf_free(&path);
    return status;
}

// ---- quality ----

static axl_status score_one(job *j, eval_way way, const float *weights, double *bpb,
                            axl_error *err) {
    const step_machine on = {
        .k = &j->m.k, .p = j->m.pool, .memory = &os_plan_memory, .limit = PLAN_NO_LIMIT};
    const eval_bpb a = {.model = &j->frozen,
                        .weights = weights,
                        .machine = &on,
                        .list = j->found.list,
                        .count = j->found.count,
                        .way = way,
                        .progress = report_bytes,
                        .progress_ctx = j};
    eval_score total;
    eval_score *each = mem_alloc_array(a.count, sizeof *each);
    if (!each) return error_no_memory(err, "results", a.count * sizeof *each);
    const axl_status status = eval_bpb_run(&a, each, &total, err);
    mem_free(each);
    FORWARD(status);
    *bpb = total.bpb;
    j->out->result.scored = total.bytes;
    return AXL_OK;
}

static axl_status score(job *j, axl_error *err) {
    axl_export_result *r = &j->out->result;
    const frozen_source source = {j->block, j->block, DTYPE_F32};
    if (!j->o->eval) return AXL_OK;
    FORWARD(frozen_of_block(&j->frozen, &j->in.table, &source, err));
    j->doing = "bytes scored by the model";
    FORWARD(score_one(j, EVAL_STRIDED, j->block, &r->model_bpb, err));
    j->doing = "bytes scored by the file";
    return score_one(j, EVAL_EXIT, j->file_block, &r->bpb, err);
}

// ---- what lies beside it ----

static axl_status write_text(const job *j, const char *name, const buf *text, axl_error *err) {
    buf path = {0};
    if (!buf_ok(text)) return error_no_memory(err, name, text->size);
    axl_status status = path_join(&path, j->o->ollama, name, err);
    if (status == AXL_OK) status = os_file_replace(path.data, text->data, text->size, err);
    buf_free(&path);
    return status;
}

// The Modelfile comes last: what it names is there.
static axl_status write_texts(const job *j, axl_error *err) {
    const axl_export_result *r = &j->out->result;
    const llama_use use = {.file = r->file,
                           .context = r->context,
                           .infills = r->infills,
                           .temperature = j->use.temperature,
                           .top_p = j->use.top_p,
                           .min_p = j->use.min_p,
                           .repetition_penalty = j->use.repetition_penalty,
                           .top_k = j->use.top_k,
                           .most = j->use.max_new_tokens};
    buf card = {0}, modelfile = {0};
    export_card_put(&card, j->name, r);
    llama_put_modelfile(&modelfile, &use);
    axl_status status = write_text(j, "README.md", &card, err);
    if (status == AXL_OK) status = write_text(j, "Modelfile", &modelfile, err);
    buf_free(&card);
    buf_free(&modelfile);
    return status;
}

static axl_status describe(job *j, axl_error *err) {
    axl_export_result *r = &j->out->result;
    const llama_plan *p = &j->out->plan;
    j->out->tensors = mem_zalloc_array(p->count, sizeof *j->out->tensors);
    if (!j->out->tensors)
        return error_no_memory(err, "results", p->count * sizeof *j->out->tensors);
    for (size_t i = 0; i < p->count; i++) {
        const llama_tensor *t = &p->list[i];
        j->out->tensors[i] = (axl_export_tensor){.name = t->name,
                                                 .type = dtype_of(t->type)->name,
                                                 .params = t->rows * t->cols,
                                                 .rows = t->rows,
                                                 .cols = t->cols,
                                                 .bytes = t->bytes};
    }
    r->type = llama_file_names[j->file];
    r->file = j->out->file;
    r->model_params = j->in.table.parameters;
    r->params = p->params;
    r->bytes = p->bytes;
    r->bits = 8 * (double)p->bytes / (double)p->params;
    r->tensors = j->out->tensors;
    r->tensor_count = p->count;
    r->infills = p->shape.vocab >= LLAMA_FIM_VOCAB;
    r->context = p->shape.context;
    r->level = kernels_level_name(j->m.k.level);
    r->threads = j->m.threads;
    return AXL_OK;
}

// ---- all of it ----

static axl_status export(job *j, axl_error *err) {
    FORWARD(read_model(j, err));
    FORWARD(write_gguf(j, err));
    FORWARD(score(j, err));
    FORWARD(describe(j, err));
    return write_texts(j, err);
}

static void finish(job *j) {
    frozen_free(&j->frozen);
    eval_files_free(&j->found);
    os_block_free(j->block);
    os_block_free(j->file_block);
    import_close(&j->in);
    machine_close(&j->m);
}

static axl_status run(const axl_export_options *o, owned *out, axl_error *err) {
    job j = {.o = o, .out = out};
    out->result.model_bpb = out->result.bpb = NAN;
    FORWARD(check(&j, err));
    FORWARD(machine_open(&j.m, o->level, o->threads, err));
    const axl_status status = export(&j, err);
    finish(&j);
    return status;
}

axl_status axl_export(const axl_export_options *options, axl_export_result **out, axl_error *err) {
    RETURN_IF(!out, err, AXL_BAD_ARGUMENT, "axl_export: there is no place for the result");
    *out = NULL;
    RETURN_IF(!options || !options->model || !options->ollama || *options->ollama == '\0', err,
              AXL_BAD_ARGUMENT, "axl_export: model and ollama must be given");
    owned *all = mem_zalloc(sizeof *all);
    if (!all) return error_no_memory(err, "results", sizeof *all);
    const axl_status status = run(options, all, err);
    if (status == AXL_OK)
        *out = &all->result;
    else
        axl_export_free(&all->result);
    return status;
}

void axl_export_free(axl_export_result *result) {
    if (!result) return;
    owned *all = (owned *)(void *)result;
    llama_plan_free(&all->plan);
    mem_free(all->tensors);
    mem_free(all);
}
