#include "api/train_feed.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json_out.h"
#include "base/sizes.h"
#include "base/strings.h"

#include <math.h>
#include <string.h>

axl_status train_feed_open(train_feed *f, const char *run, axl_error *err) {
    memset(f, 0, sizeof *f);
    string_copy(f->run, sizeof f->run, run);
    f->rows = mem_alloc_array(FEED_ROWS, sizeof *f->rows);
    RETURN_IF(!f->rows, err, AXL_NO_MEMORY, "no memory for the page of the run");
    const axl_status status = os_mutex_init(&f->lock, err);
    if (status != AXL_OK) mem_free(f->rows);
    return status;
}

void train_feed_close(train_feed *f) {
    for (size_t i = 0; i < FEED_TEXTS; i++) {
        buf_free(&f->texts[i].prompt);
        buf_free(&f->texts[i].text);
    }
    mem_free(f->rows);
    os_mutex_free(&f->lock);
}

// ---- the run's side ----

void train_feed_plan(train_feed *f, const axl_train_plan *plan) {
    os_mutex_lock(&f->lock);
    f->plan = *plan;
    f->planned = true;
    f->state = FEED_RUNNING;
    os_mutex_unlock(&f->lock);
}

// Of each two rows the later one stays, but for one that alone has a look at held-out text.
static void thin_out(train_feed *f) {
    for (size_t i = 0; i < f->row_count / 2; i++) {
        const feed_row *a = &f->rows[2 * i], *b = a + 1;
        const bool first = !isnan(a->row.held_bits) && isnan(b->row.held_bits);
        f->rows[i] = first ? *a : *b;
    }
    f->row_count /= 2;
}

void train_feed_row(train_feed *f, const axl_train_row *row) {
    os_mutex_lock(&f->lock);
    if (f->row_count == FEED_ROWS) thin_out(f);
    f->rows[f->row_count++] = (feed_row){++f->last, *row};
    os_mutex_unlock(&f->lock);
}

// The place of a new text, empty; the oldest one makes room. Under the lock.
static feed_text *new_text(train_feed *f) {
    if (f->text_count == FEED_TEXTS) {
        f->text_first = (f->text_first + 1) % FEED_TEXTS;
        f->text_count--;
    }
    feed_text *t = &f->texts[(f->text_first + f->text_count++) % FEED_TEXTS];
    buf_clear(&t->prompt);
    buf_clear(&t->text);
    t->number = ++f->last;
    t->step = f->row_count > 0 ? f->rows[f->row_count - 1].row.step : 0;
    return t;
}

void train_feed_note(train_feed *f, const char *text) {
    os_mutex_lock(&f->lock);
    feed_text *t = new_text(f);
    t->sample = false;
    buf_append(&t->text, text, size_min(strlen(text), FEED_TEXT_BYTES));
    os_mutex_unlock(&f->lock);
}

void train_feed_sample(train_feed *f, const char *prompt, const void *text, size_t bytes) {
    os_mutex_lock(&f->lock);
    feed_text *t = new_text(f);
    t->sample = true;
    buf_append(&t->prompt, prompt, size_min(strlen(prompt), FEED_TEXT_BYTES));
    buf_append(&t->text, text, size_min(bytes, FEED_TEXT_BYTES));
    os_mutex_unlock(&f->lock);
}

void train_feed_evaluation(train_feed *f, const char *what, uint64_t done, uint64_t total) {
    os_mutex_lock(&f->lock);
    f->state = FEED_EVALUATING;
    string_copy(f->what, sizeof f->what, what);
    f->done = done;
    f->total = total;
    os_mutex_unlock(&f->lock);
}

void train_feed_end(train_feed *f, feed_state state, const char *message,
                    const axl_train_result *result) {
    os_mutex_lock(&f->lock);
    f->state = state;
    string_copy(f->message, sizeof f->message, message);
    if (result) f->result = *result;
    f->resulted = result != NULL;
    os_mutex_unlock(&f->lock);
}

// ---- the page's side ----

static const char *const state_names[] = {"preparing", "running", "evaluating",
                                          "ended",     "stopped", "failed"};

static void put_plan(json_out *j, const axl_train_plan *p) {
    json_out_object(j, "plan");
    json_out_text(j, "preset", p->preset);
    json_out_count(j, "params", p->params);
    json_out_count(j, "d_model", p->d_model);
    json_out_count(j, "n_heads", p->n_heads);
    json_out_count(j, "d_ff", p->d_ff);
    json_out_count(j, "n_layers_per_scale", p->n_layers_per_scale);
    json_out_count(j, "max_seq_len", p->max_seq_len);
    json_out_count(j, "batch", p->batch);
    json_out_count(j, "length", p->length);
    json_out_count(j, "memory", p->all);
    json_out_count(j, "checkpoint", p->checkpoint);
    json_out_count(j, "train_bytes", p->train_bytes);
    json_out_count(j, "held_bytes", p->held_bytes);
    json_out_count(j, "train_documents", p->train_documents);
    json_out_count(j, "held_documents", p->held_documents);
    json_out_count(j, "steps", p->steps);
    json_out_count(j, "bytes", p->bytes);
    json_out_number(j, "seconds", p->seconds);
    json_out_number(j, "passes", p->passes);
    json_out_number(j, "bytes_per_s", p->bytes_per_s);
    json_out_end(j);
}

static void put_result(json_out *j, const axl_train_result *r) {
    json_out_object(j, "result");
    json_out_count(j, "steps", r->steps);
    json_out_count(j, "bytes", r->bytes);
    json_out_number(j, "seconds", r->seconds);
    json_out_number(j, "bpb", r->bpb);
    json_out_number(j, "gzip_bpb", r->gzip_bpb);
    json_out_number(j, "xz_bpb", r->xz_bpb);
    json_out_end(j);
}

static void put_row(json_out *j, const axl_train_row *r) {
    json_out_object(j, NULL);
    json_out_count(j, "step", r->step);
    json_out_count(j, "bytes", r->bytes);
    json_out_number(j, "seconds", r->seconds);
    json_out_number(j, "fraction", r->fraction);
    json_out_number(j, "train_bits", r->train_bits);
    json_out_number(j, "held_bits", r->held_bits);
    json_out_number(j, "rate", r->rate);
    json_out_number(j, "norm", r->norm);
    json_out_count(j, "skipped", r->skipped);
    json_out_number(j, "bytes_per_s", r->bytes_per_s);
    json_out_number(j, "share", r->share);
    json_out_count(j, "resident", r->resident);
    json_out_end(j);
}

static void put_texts(json_out *j, const train_feed *f, uint64_t after, bool samples) {
    json_out_array(j, samples ? "samples" : "notes");
    for (size_t i = 0; i < f->text_count; i++) {
        const feed_text *t = &f->texts[(f->text_first + i) % FEED_TEXTS];
        if (t->number <= after || t->sample != samples) continue;
        json_out_object(j, NULL);
        json_out_count(j, "step", t->step);
        if (samples) json_out_bytes(j, "prompt", buf_string(&t->prompt), t->prompt.size);
        json_out_bytes(j, "text", buf_string(&t->text), t->text.size);
        json_out_end(j);
    }
    json_out_end(j);
}

// What is short. Under the lock.
static void put_state(json_out *j, const train_feed *f, uint64_t after) {
    json_out_text(j, "run", f->run);
    json_out_text(j, "state", state_names[f->state]);
    json_out_text(j, "message", f->message);
    json_out_count(j, "last", f->last);
    if (f->planned) put_plan(j, &f->plan);
    if (f->resulted) put_result(j, &f->result);
    if (f->state == FEED_EVALUATING) {
        json_out_object(j, "evaluation");
        json_out_text(j, "what", f->what);
        json_out_count(j, "done", f->done);
        json_out_count(j, "total", f->total);
        json_out_end(j);
    }
    put_texts(j, f, after, true);
    put_texts(j, f, after, false);
}

// Copies the rows behind `after` into *out, which the caller frees. Under the lock.
static bool copy_rows(const train_feed *f, uint64_t after, feed_row **out, size_t *count) {
    size_t first = f->row_count;
    while (first > 0 && f->rows[first - 1].number > after) first--;
    *count = f->row_count - first;
    *out = *count > 0 ? mem_alloc_array(*count, sizeof **out) : NULL;
    if (*out) memcpy(*out, f->rows + first, *count * sizeof **out);
    return *out || *count == 0;
}

bool train_feed_json(train_feed *f, uint64_t after, buf *out, bool *ended) {
    feed_row *rows;
    size_t count;
    json_out j = {.to = out};
    json_out_flat_object(&j, NULL);
    os_mutex_lock(&f->lock);
    *ended = f->state >= FEED_ENDED;
    const bool ok = copy_rows(f, after, &rows, &count);
    put_state(&j, f, after);
    os_mutex_unlock(&f->lock);
    json_out_array(&j, "rows");
    for (size_t i = 0; ok && i < count; i++) put_row(&j, &rows[i].row);
    json_out_end(&j);
    json_out_end(&j);
    mem_free(rows);
    return ok && buf_ok(out);
}
