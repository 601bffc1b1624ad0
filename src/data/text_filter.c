#include "data/text_filter.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/digest_set.h"
#include "data/filter_look.h"
#include "data/minhash.h"

#include <string.h>

#define BATCH_BYTES ((size_t)8 << 20) // of texts that are looked at together, if no one is longer
#define BATCH_COUNT ((size_t)4096)

struct filter {
    filter_rules rules;
    pool *threads;
    filter_sink *sink;
    void *sink_ctx;
    filter_tally tally;
    digest_set seen;
    near_set *near;    // NULL: not asked
    look_tools *tools; // [tool_count], one of each thread
    size_t tool_count;
    buf text;     // of the batch, one behind the other; names have a zero behind them
    look *look;   // [BATCH_COUNT]
    size_t count; // of the batch
};

static axl_status open_tools(filter *f, axl_error *err) {
    f->tool_count = pool_threads(f->threads);
    f->tools = mem_zalloc_array(f->tool_count, sizeof *f->tools);
    if (!f->tools) return error_no_memory(err, "the filter", f->tool_count * sizeof *f->tools);
    for (size_t i = 0; i < f->tool_count; i++) {
        look_tools *t = &f->tools[i];
        if (f->rules.against) FORWARD(overlap_asker_open(&t->asker, f->rules.against, err));
        if (f->rules.valid_python) FORWARD(python_open(&t->python, NULL, err));
    }
    return AXL_OK;
}

axl_status filter_open(filter **out, const filter_rules *rules, pool *p, axl_error *err) {
    *out = NULL;
    filter *f = mem_zalloc(sizeof *f);
    if (!f) return error_no_memory(err, "the filter", sizeof *f);
    f->rules = *rules;
    f->threads = p;
    f->look = mem_zalloc_array(BATCH_COUNT, sizeof *f->look);
    axl_status status =
        f->look ? AXL_OK : error_no_memory(err, "the filter", BATCH_COUNT * sizeof *f->look);
    if (status == AXL_OK && rules->near > 0) status = near_set_open(&f->near, rules->near, err);
    if (status == AXL_OK) status = open_tools(f, err);
    if (status == AXL_OK)
        *out = f;
    else
        filter_close(f);
    return status;
}

void filter_close(filter *f) {
    if (!f) return;
    for (size_t i = 0; i < f->tool_count && f->tools; i++) {
        overlap_asker_close(f->tools[i].asker);
        python_close(f->tools[i].python);
    }
    mem_free(f->tools);
    for (size_t i = 0; i < BATCH_COUNT && f->look; i++) buf_free(&f->look[i].masked);
    mem_free(f->look);
    near_set_close(f->near);
    digest_set_free(&f->seen);
    buf_free(&f->text);
    mem_free(f);
}

void filter_to(filter *f, filter_sink *sink, void *ctx) {
    f->sink = sink;
    f->sink_ctx = ctx;
}

void filter_left_out(filter *f, drop_reason reason) {
    f->tally.dropped[reason]++;
}

const filter_tally *filter_tallied(const filter *f) {
    return &f->tally;
}

// ---- a batch ----

static void look_task(void *ctx, size_t task, size_t worker) {
    filter *f = ctx;
    look_at(&f->look[task], &f->rules, &f->tools[worker]);
}

// What was there before, exactly or nearly; if not, it is there from now on.
static axl_status known(filter *f, const look *l, drop_reason *reason, axl_error *err) {
    if (digest_set_has(&f->seen, l->hash)) {
        *reason = DROP_DUPLICATE;
        return AXL_OK;
    }
    FORWARD(digest_set_add(&f->seen, l->hash, err));
    if (!f->near || !l->sketched) return AXL_OK;
    if (near_set_has(f->near, &l->sketch)) {
        *reason = DROP_NEAR;
        return AXL_OK;
    }
    return near_set_add(f->near, &l->sketch, err);
}

static axl_status settle(filter *f, look *l, axl_error *err) {
    RETURN_IF(l->failure != AXL_OK, err, l->failure, "%s: %s", l->record.path,
              axl_status_text(l->failure));
    drop_reason reason = l->reason;
    if (reason == DROP_REASONS) FORWARD(known(f, l, &reason, err));
    // A licence is counted once, also where it is the reason, and not for copies that are left out.
    f->tally.licences += l->licence && (reason == DROP_REASONS || reason == DROP_LICENCE);
    if (reason != DROP_REASONS) {
        f->tally.dropped[reason]++;
        return AXL_OK;
    }
    f->tally.stripped_bytes += l->stripped;
    f->tally.masked += l->secrets.all > 0;
    f->tally.secrets.all += l->secrets.all;
    for (size_t i = 0; i < SECRETS_KINDS_MAX; i++) f->tally.secrets.kind[i] += l->secrets.kind[i];
    return f->sink ? f->sink(f->sink_ctx, &l->record, err) : AXL_OK;
}

// Texts are known by their offsets while the buffer may still move.
static void place(filter *f) {
    for (size_t i = 0; i < f->count; i++) {
        look *l = &f->look[i];
        l->record.text = f->text.data + l->text_at;
        l->record.project = f->text.data + l->project_at;
        l->record.path = f->text.data + l->path_at;
    }
}

axl_status filter_end(filter *f, axl_error *err) {
    place(f);
    pool_run(f->threads, f->count, look_task, f);
    axl_status status = AXL_OK;
    for (size_t i = 0; i < f->count && status == AXL_OK; i++) status = settle(f, &f->look[i], err);
    f->count = 0;
    buf_clear(&f->text);
    f->tally.memory = f->seen.slots * sizeof *f->seen.slot;
    if (f->near) f->tally.memory += near_set_memory(f->near);
    return status;
}

axl_status filter_put(filter *f, const record *r, axl_error *err) {
    const bool full = f->count == BATCH_COUNT || f->text.size + r->bytes > BATCH_BYTES;
    if (full && f->count > 0) FORWARD(filter_end(f, err));
    f->tally.documents++;
    f->tally.bytes += r->bytes;
    look *l = &f->look[f->count];
    const buf masked = l->masked; // its memory is used again
    *l = (look){.record = *r, .masked = masked};
    l->text_at = f->text.size;
    buf_append(&f->text, r->text, r->bytes);
    l->project_at = f->text.size;
    buf_append(&f->text, r->project, strlen(r->project) + 1);
    l->path_at = f->text.size;
    buf_append(&f->text, r->path, strlen(r->path) + 1);
    if (!buf_ok(&f->text)) return error_no_memory(err, "a batch of documents", f->text.size);
    f->count++;
    return AXL_OK;
}
