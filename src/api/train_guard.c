#include "api/train_guard.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/listing.h"
#include "os/lock.h"
#include "store/path_join.h"
#include "train/run_save.h"

#define RECORD_MAX ((size_t)1 << 30) // bytes: a corpus of millions of units

static void note(const train_setup *s, const char *text) {
    const axl_train_events *e = &s->options->events;
    if (e->note) e->note(e->ctx, text);
}

// ---- held-out text in the training data ----

static axl_status check_copies(const train_setup *s, axl_error *err) {
    RETURN_IF(s->copies == 1, err, AXL_BAD_FILE,
              "a held-out file is in the training data, too: take away %s", s->copy);
    RETURN_IF(s->copies > 1, err, AXL_BAD_FILE,
              "%llu held-out files are in the training data, too: take them away, the first is %s",
              (unsigned long long)s->copies, s->copy);
    return AXL_OK;
}

static axl_status check_share(const train_setup *s, axl_error *err) {
    const audit_report *r = &s->overlap;
    const double share = r->shingles > 0 ? (double)r->shared / (double)r->shingles : 0;
    char text[512];
    RETURN_IF(corpus_summarize(s->corpus)->held_by_path && share > AUDIT_SHARE, err, AXL_BAD_FILE,
              "%.0f %% of the held-out text is in the training data, too; most of it: %s in %s",
              100 * share, r->worst, r->source ? r->source : "several files");
    if (r->warned == 0) return AXL_OK;
    string_format(text, sizeof text, NULL,
                  "%llu of %llu held-out files are near copies of training text: %.0f %% of %s is "
                  "in %s, too",
                  (unsigned long long)r->warned, (unsigned long long)r->files, 100 * r->worst_share,
                  r->worst, r->source ? r->source : "several files");
    note(s, text);
    return AXL_OK;
}

static void tell_what_was_done(const train_setup *s) {
    const corpus_summary *c = corpus_summarize(s->corpus);
    char text[160];
    if (c->near > 0) {
        string_format(text, sizeof text, NULL,
                      "%zu near copies of other text were not held out: training has them",
                      c->near);
        note(s, text);
    }
    if (c->left_out[CORPUS_NAMED] > 0) {
        string_format(text, sizeof text, NULL,
                      "%llu documents of the data are left out of training: they are held out by "
                      "name",
                      (unsigned long long)c->left_out[CORPUS_NAMED]);
        note(s, text);
    }
}

axl_status train_guard_overlap(train_setup *s, axl_error *err) {
    const corpus_summary *c = corpus_summarize(s->corpus);
    const uint64_t bytes = c->set[CORPUS_TRAIN].bytes + c->set[CORPUS_HELD].bytes;
    FORWARD(check_copies(s, err));
    tell_what_was_done(s);
    if (c->set[CORPUS_HELD].bytes == 0) return AXL_OK;
    if (bytes > TRAIN_AUDIT_MOST) {
        char text[160], all[STRING_SIZE_MAX], most[STRING_SIZE_MAX];
        string_format(text, sizeof text, NULL,
                      "near copies of held-out text were not looked for: %s of text, over %s",
                      string_size(all, bytes), string_size(most, TRAIN_AUDIT_MOST));
        note(s, text);
        return AXL_OK;
    }
    FORWARD(corpus_audit(s->corpus, &s->overlap, NULL, NULL, err));
    s->compared = true;
    return check_share(s, err);
}

// ---- the folder ----

static axl_status lock(train_guard *g, const char *out, axl_error *err) {
    const axl_status status = os_lock_folder(&g->lock, out, err);
    RETURN_IF(status == AXL_BUSY, err, AXL_BAD_ARGUMENT, "%s: another process is training there",
              out);
    return status;
}

static axl_status compare_record(const char *out, const char *path, const buf *now,
                                 axl_error *err) {
    void *was = NULL;
    size_t bytes = 0;
    const axl_status status = os_file_read(path, RECORD_MAX, &was, &bytes, err);
    // A run of a version that wrote none.
    if (status == AXL_NOT_FOUND) return AXL_OK;
    FORWARD(status);
    const axl_status same = corpus_manifest_compare(was, buf_string(now), err);
    mem_free(was);
    return same == AXL_OK ? AXL_OK : error_context(err, same, "%s", out);
}

static axl_status record(const train_setup *s, axl_error *err) {
    const char *out = s->options->out;
    buf text = {0}, path = {0};
    axl_status status = path_join(&path, out, TRAIN_GUARD_RECORD, err);
    if (status == AXL_OK && !corpus_manifest(s->corpus, &text))
        status = error_no_memory(err, "the record of the data", text.size);
    if (status == AXL_OK)
        status = s->options->resume ? compare_record(out, path.data, &text, err)
                                    : os_file_replace(path.data, text.data, text.size, err);
    buf_free(&text);
    buf_free(&path);
    return status;
}

axl_status train_guard_open(train_guard *g, const train_setup *s, axl_error *err) {
    const char *out = s->options->out;
    os_kind kind;
    *g = (train_guard){.lock = -1};
    FORWARD(os_kind_of(out, &kind, err));
    // The run itself says that there is nothing to go on with.
    if (s->options->resume && kind == OS_KIND_NONE) return AXL_OK;
    FORWARD(os_folder_make(out, err));
    FORWARD(lock(g, out, err));
    if (!s->options->resume) FORWARD(run_check_empty(out, err));
    return record(s, err);
}

void train_guard_close(train_guard *g) {
    os_lock_release(g->lock);
    g->lock = -1;
}
