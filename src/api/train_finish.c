#include "api/train_finish.h"

#include "api/train_record.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "eval/eval_bpb.h"
#include "eval/eval_compress.h"
#include "infer/engine.h"
#include "os/listing.h"
#include "os/memory.h"
#include "store/checkpoint_best.h"
#include "store/path_join.h"
#include "train/card.h"
#include "train/report_html.h"
#include "train/results.h"

#include <math.h>

// Of a large held-out set so many bytes are read: half of those that the run saw, since predicting
// a byte costs about a third of training on it, and at least so many that the figure means
// something.
#define READ_LEAST ((uint64_t)65536)

// Up to so many files each one is compressed by itself as well: xz starts anew for each.
#define ALONE_MOST ((size_t)200)

// The best checkpoint takes the place of the last one where its look at held-out text was better by
// more than this share: less is noise, and the last one follows from the settings alone, while
// which looks there are follows from the time, too.
#define BEST_GAIN 0.01

typedef struct finish {
    const train_end *end;
    axl_train_result *out;
    train_held held;
    train_record record;
    const char *doing; // for the progress
} finish;

// ---- files ----

typedef axl_status write_file(const train_summary *s, const char *path, axl_error *err);

static const struct {
    const char *name;
    write_file *write;
} files[] = {
    {"results.json", results_write}, {"README.md", card_write}, {"report.html", report_html_write}};
#define FILES (sizeof files / sizeof *files)

static axl_status is_missing(const char *folder, const char *name, bool *missing, axl_error *err) {
    buf path = {0};
    os_kind kind = OS_KIND_NONE;
    axl_status status = path_join(&path, folder, name, err);
    if (status == AXL_OK) status = os_kind_of(path.data, &kind, err);
    *missing = kind == OS_KIND_NONE;
    buf_free(&path);
    return status;
}

static axl_status write_files(const finish *f, axl_error *err) {
    const char *folder = f->end->setup->options->out;
    for (size_t i = 0; i < FILES; i++) {
        bool missing = true;
        if (f->end->already) FORWARD(is_missing(folder, files[i].name, &missing, err));
        if (!missing) continue;
        buf path = {0};
        axl_status status = path_join(&path, folder, files[i].name, err);
        if (status == AXL_OK) status = files[i].write(&f->record.summary, path.data, err);
        buf_free(&path);
        FORWARD(status);
    }
    return AXL_OK;
}

static axl_status any_missing(const char *folder, bool *missing, axl_error *err) {
    *missing = false;
    for (size_t i = 0; i < FILES && !*missing; i++)
        FORWARD(is_missing(folder, files[i].name, missing, err));
    return AXL_OK;
}

// ---- which model ----

// The look at held-out text at the end of the run; NAN: there was none.
static double last_look(const train_summary *s) {
    return s->row_count > 0 ? s->rows[s->row_count - 1].eval_bpb : (double)NAN;
}

static axl_status choose_model(finish *f, axl_error *err) {
    const char *folder = f->end->setup->options->out;
    checkpoint_best best;
    axl_error why;
    axl_status status = checkpoint_best_find(&best, folder, &why);
    const double gained = last_look(&f->record.summary) * (1 - BEST_GAIN);
    if (status == AXL_NO_MEMORY) {
        status = error_set(err, status, "%s", why.text);
    } else if (status != AXL_OK) {
        status = AXL_OK; // the last one it is
    } else if (best.progress.step != f->end->progress.step && best.progress.best_bpb < gained) {
        status = checkpoint_best_show(&best, folder, err);
        f->record.summary.figures.best_step = best.progress.step;
    }
    buf_free(&best.path);
    return status;
}

// ---- how good it is ----

static int report(void *ctx, uint64_t done, uint64_t total) {
    const finish *f = ctx;
    const axl_train_events *e = &f->end->setup->options->events;
    if (e->evaluation) e->evaluation(e->ctx, f->doing, done, total);
    return e->stop ? e->stop(e->ctx) : 0;
}

// Adds up the documents of each file.
static axl_status score_files(finish *f, const eval_bpb *a, axl_error *err) {
    eval_score total, *scores = mem_zalloc_array(a->count, sizeof *scores);
    if (!scores) return error_no_memory(err, "results", a->count * sizeof *scores);
    const axl_status status = eval_bpb_run(a, scores, &total, err);
    if (status == AXL_OK) f->record.summary.figures.eval_bpb = total.bpb;
    for (size_t i = 0; i < a->count && status == AXL_OK;) {
        train_file *file = &f->held.file[f->held.place[i].file];
        double bits = 0;
        for (; i < a->count && &f->held.file[f->held.place[i].file] == file; i++)
            bits += scores[i].bits;
        file->bpb = bits / (double)file->read;
    }
    mem_free(scores);
    return status;
}

static axl_status score(finish *f, axl_error *err) {
    const train_setup *s = f->end->setup;
    engine e;
    FORWARD(engine_open_exact(&e, s->options->out, &s->machine.k, s->machine.pool, err));
    const step_machine on = {.k = &s->machine.k,
                             .p = s->machine.pool,
                             .memory = &os_plan_memory,
                             .limit = PLAN_NO_LIMIT};
    const uint64_t fit = f->end->room / cache_bytes(&e.model.table.config);
    eval_bpb a = {.model = &e.frozen,
                  .weights = e.model.block,
                  .machine = &on,
                  .list = f->held.list,
                  .count = f->held.documents,
                  .way = EVAL_SLIDING,
                  .progress = report,
                  .progress_ctx = f};
    // As many at a time as fit, but no more than the evaluation would choose itself: 0.
    if (fit < EVAL_TOGETHER) a.together = fit > 0 ? (size_t)fit : 1;
    f->doing = "held-out bytes";
    axl_status status = score_files(f, &a, err);
    if (status == AXL_OK) status = engine_intact(&e, err);
    engine_close(&e);
    return status;
}

static double bits_per_byte(uint64_t packed, uint64_t bytes) {
    return bytes > 0 ? 8 * (double)packed / (double)bytes : (double)NAN;
}

typedef axl_status run_compressor(const eval_compress *a, eval_packed *out, axl_error *err);

// The figure of all files joined into *joined, and of each where every file is one document.
static axl_status compress(finish *f, run_compressor *run, double *joined, eval_packed *packed,
                           axl_error *err) {
    const bool each = f->held.one_each && f->held.documents <= ALONE_MOST;
    const eval_compress a = {.list = f->held.list,
                             .count = f->held.documents,
                             .joined_only = !each,
                             .progress = report,
                             .progress_ctx = f};
    FORWARD(run(&a, packed, err));
    if (!packed->missing[0]) *joined = bits_per_byte(packed->joined, f->held.read);
    for (size_t i = 0; i < a.count && each && !packed->missing[0]; i++) {
        train_file *file = &f->held.file[f->held.place[i].file];
        double *bpb = run == eval_compress_gzip ? &file->gzip_bpb : &file->xz_bpb;
        *bpb = bits_per_byte(packed->each[i], file->read);
    }
    return AXL_OK;
}

static axl_status compress_both(finish *f, axl_error *err) {
    train_figures *figures = &f->record.summary.figures;
    uint64_t *each = mem_zalloc_array(f->held.documents, sizeof *each);
    if (!each) return error_no_memory(err, "results", f->held.documents * sizeof *each);
    eval_packed packed = {.each = each};
    f->doing = "bytes for gzip -9";
    axl_status status = compress(f, eval_compress_gzip, &figures->gzip_bpb, &packed, err);
    f->doing = "bytes for xz -9e";
    if (status == AXL_OK) status = compress(f, eval_compress_xz, &figures->xz_bpb, &packed, err);
    string_copy(f->out->xz_missing, sizeof f->out->xz_missing, packed.missing);
    mem_free(each);
    return status;
}

// ---- all of it ----

static void tell(const finish *f, const char *text) {
    const axl_train_events *e = &f->end->setup->options->events;
    if (e->note) e->note(e->ctx, text);
}

// What comes now is not part of the minutes that were asked for.
static void announce(const finish *f) {
    char text[160], read[STRING_SIZE_MAX], all[STRING_SIZE_MAX];
    string_size(read, f->held.read);
    const char *what = f->held.counted < f->held.bytes ? "answers" : "text";
    if (f->held.read == f->held.counted)
        string_format(text, sizeof text, NULL,
                      "trained and saved; now all %s of held-out %s is read", read, what);
    else
        string_format(text, sizeof text, NULL,
                      "trained and saved; now %s of %s of held-out %s is read, evenly chosen", read,
                      string_size(all, f->held.counted), what);
    tell(f, text);
}

static void put_progress(finish *f) {
    const checkpoint_progress *p = &f->end->progress;
    train_summary *s = &f->record.summary;
    s->finished = true;
    s->steps = p->step;
    s->skipped = p->step - p->updates;
    s->bytes = p->bytes;
    s->seconds = p->seconds;
    if (s->data.bytes > 0) s->passes = (double)p->bytes / (double)s->data.bytes;
}

static void put_result(finish *f) {
    const train_figures *figures = &f->record.summary.figures;
    axl_train_result *out = f->out;
    out->bpb = figures->eval_bpb;
    out->gzip_bpb = figures->gzip_bpb;
    out->xz_bpb = figures->xz_bpb;
    out->held_read = f->held.read;
    if (f->held.counted < f->held.bytes) out->held_answers = f->held.counted;
    out->held_files = f->held.files_read;
    out->best_step = figures->best_step;
    // Of a run that this session did not see.
    if (isnan(out->train_bits)) out->train_bits = figures->train_bpb;
    if (isnan(out->held_bits)) out->held_bits = last_look(&f->record.summary);
}

static axl_status evaluate(finish *f, axl_error *err) {
    if (f->held.read == 0) return AXL_OK;
    announce(f);
    FORWARD(score(f, err));
    // A compressor has no prompt that it need not write: its figure would be one of other bytes.
    return f->held.counted == f->held.bytes ? compress_both(f, err) : AXL_OK;
}

static axl_status work(finish *f, axl_error *err) {
    const train_setup *s = f->end->setup;
    const uint64_t half = f->end->progress.bytes / 2;
    const uint64_t limit = half > READ_LEAST ? half : READ_LEAST;
    FORWARD(train_held_open(&f->held, s->corpus, limit, err));
    FORWARD(train_record_open(&f->record, s, &f->held, err));
    FORWARD(choose_model(f, err));
    put_progress(f);
    const axl_status status = evaluate(f, err);
    RETURN_IF(
        status == AXL_INTERRUPTED, err, status,
        "stopped at step %llu, its last, while it was evaluated; everything is saved; go on with: "
        "the same command and --resume",
        (unsigned long long)f->end->progress.step);
    if (status != AXL_OK) return error_context(err, status, "the model is saved, but");
    FORWARD(write_files(f, err));
    put_result(f);
    return AXL_OK;
}

axl_status train_finish(const train_end *end, axl_train_result *out, axl_error *err) {
    bool missing = true;
    out->bpb = out->gzip_bpb = out->xz_bpb = (double)NAN;
    out->already = end->already;
    if (end->already) FORWARD(any_missing(end->setup->options->out, &missing, err));
    if (!missing) return AXL_OK;
    finish *f = mem_zalloc(sizeof *f);
    if (!f) return error_no_memory(err, "the end of the run", sizeof *f);
    f->end = end;
    f->out = out;
    const axl_status status = work(f, err);
    train_record_close(&f->record);
    train_held_close(&f->held);
    mem_free(f);
    return status;
}
