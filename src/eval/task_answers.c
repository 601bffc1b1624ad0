#include "eval/task_answers.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "infer/batch.h"
#include "infer/generation.h"

// A question that is being answered.
typedef struct asked {
    session *s;   // owned; NULL: free
    size_t which; // of the questions
    generation g;
} asked;

typedef struct asking {
    const task_asking *a;
    buf *answers;
    batch *b;
    asked lane[TASK_TOGETHER];
    size_t next, done;
} asking;

bool task_fits(const engine *e, const task_question *q) {
    const size_t window = e->frozen.table->config.max_seq_len;
    return q->prompt.bytes < window && q->answer.bytes < window - q->prompt.bytes;
}

static axl_status feed(session *s, python_span text, axl_error *err) {
    uint16_t *symbols = mem_alloc_array(text.bytes, sizeof *symbols);
    if (!symbols) return error_no_memory(err, "a question", text.bytes * sizeof *symbols);
    for (size_t i = 0; i < text.bytes; i++) symbols[i] = (uint8_t)text.text[i];
    const axl_status status = session_feed(s, symbols, text.bytes, err);
    mem_free(symbols);
    return status;
}

static void release(asked *l) {
    generation_free(&l->g);
    session_free(l->s);
    *l = (asked){0};
}

// Gives a free lane the next question that fits. An answer ends where the context does, so that
// the window never slides over the question.
static axl_status begin(asking *k, asked *l, axl_error *err) {
    const task_questions *all = k->a->questions;
    for (; k->next < all->count && !task_fits(k->a->e, &all->list[k->next]); k->next++) k->done++;
    if (k->next == all->count) return AXL_OK;
    const task_question *q = &all->list[k->next];
    const size_t room = k->a->e->frozen.table->config.max_seq_len - 1 - q->prompt.bytes;
    const generation_options o = {.chooser = chooser_greedy,
                                  .most_bytes = size_min(k->a->most, size_max(room, 1))};
    l->which = k->next++;
    FORWARD(session_create(&l->s, k->a->e, err));
    axl_status status = feed(l->s, q->prompt, err);
    if (status == AXL_OK) status = generation_begin(&l->g, l->s, &o, err);
    if (status == AXL_OK) return AXL_OK;
    session_free(l->s);
    l->s = NULL;
    return status;
}

static axl_status advance(asking *k, axl_error *err) {
    session *busy[TASK_TOGETHER];
    size_t count = 0;
    for (size_t i = 0; i < TASK_TOGETHER; i++) {
        if (!k->lane[i].s) FORWARD(begin(k, &k->lane[i], err));
        if (k->lane[i].s) busy[count++] = k->lane[i].s;
    }
    if (count == 0) return AXL_OK;
    FORWARD(batch_run(k->b, busy, count, err));
    for (size_t i = 0; i < TASK_TOGETHER; i++) {
        asked *l = &k->lane[i];
        if (!l->s) continue;
        FORWARD(generation_take(&l->g, err));
        if (!l->g.end) continue;
        k->answers[l->which] = l->g.text;
        l->g.text = (buf){0};
        k->done++;
        release(l);
    }
    return AXL_OK;
}

axl_status task_answers_run(const task_asking *a, buf *answers, axl_error *err) {
    asking k = {.a = a, .answers = answers};
    axl_status status = batch_create(&k.b, a->e, TASK_TOGETHER, err);
    while (status == AXL_OK && k.done < a->questions->count) {
        if (a->progress && a->progress(a->progress_ctx, k.done, a->questions->count) != 0)
            status = error_set(err, AXL_INTERRUPTED, "interrupted");
        if (status == AXL_OK) status = advance(&k, err);
    }
    for (size_t i = 0; i < TASK_TOGETHER; i++)
        if (k.lane[i].s) release(&k.lane[i]);
    batch_free(k.b);
    return status;
}
