#include "eval/baseline.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/words.h"

#include <stdlib.h>
#include <string.h>

// A shingle of a question.
typedef struct posting {
    uint64_t hash;
    uint32_t question;
} posting;

// Owned; {0} is empty. Once sorted: ascending, none twice.
typedef struct postings {
    posting *list; // [count]
    size_t count, capacity;
} postings;

struct baseline {
    const task_questions *train;
    postings all, asked; // of the training questions; of the one that is asked
    uint32_t *shingles;  // [questions] of each
    uint32_t *shared;    // [questions], all 0 between calls
    size_t frequent;     // a question
};

static int ascending(const void *left, const void *right) {
    const posting *a = left, *b = right;
    if (a->hash != b->hash) return a->hash < b->hash ? -1 : 1;
    return a->question < b->question ? -1 : a->question > b->question;
}

// Sorts and leaves one of each.
static void sort_unique(postings *p) {
    size_t kept = 0;
    if (p->count > 0) qsort(p->list, p->count, sizeof *p->list, ascending);
    for (size_t i = 0; i < p->count; i++)
        if (kept == 0 || ascending(&p->list[kept - 1], &p->list[i]) != 0)
            p->list[kept++] = p->list[i];
    p->count = kept;
}

static axl_status add_shingles(postings *p, python_span text, uint32_t question, axl_error *err) {
    words w = {(const uint8_t *)text.text, (const uint8_t *)text.text + text.bytes};
    runs r = runs_begin(BASELINE_RUN);
    for (uint64_t word, run; words_next(&w, &word);) {
        if (!runs_add(&r, word, &run)) continue;
        if (p->count == p->capacity) {
            const size_t capacity = p->capacity ? 2 * p->capacity : 4096;
            posting *grown = mem_resize_array(p->list, capacity, sizeof *grown);
            if (!grown) return error_no_memory(err, "shingles", capacity * sizeof *grown);
            p->list = grown;
            p->capacity = capacity;
        }
        p->list[p->count++] = (posting){run, question};
    }
    return AXL_OK;
}

// ---- the most frequent answer ----

static int by_answer(const void *left, const void *right) {
    const task_question *a = *(const task_question *const *)left;
    const task_question *b = *(const task_question *const *)right;
    const size_t both = a->answer.bytes < b->answer.bytes ? a->answer.bytes : b->answer.bytes;
    const int order = both ? memcmp(a->answer.text, b->answer.text, both) : 0;
    if (order != 0) return order;
    if (a->answer.bytes != b->answer.bytes) return a->answer.bytes < b->answer.bytes ? -1 : 1;
    return a < b ? -1 : a > b;
}

static axl_status find_frequent(baseline *b, axl_error *err) {
    const task_questions *t = b->train;
    const task_question **order = mem_alloc_array(t->count, sizeof *order);
    if (!order) return error_no_memory(err, "an order of answers", t->count * sizeof *order);
    for (size_t i = 0; i < t->count; i++) order[i] = &t->list[i];
    qsort(order, t->count, sizeof *order, by_answer);
    size_t most = 0;
    for (size_t i = 0, past; i < t->count; i = past) {
        const python_span answer = order[i]->answer;
        for (past = i + 1; past < t->count; past++)
            if (order[past]->answer.bytes != answer.bytes ||
                memcmp(order[past]->answer.text, answer.text, answer.bytes) != 0)
                break;
        const size_t first = (size_t)(order[i] - t->list);
        if (past - i < most || (past - i == most && first > b->frequent)) continue;
        most = past - i;
        b->frequent = first;
    }
    mem_free(order);
    return AXL_OK;
}

// ---- all of it ----

static axl_status fill(baseline *b, axl_error *err) {
    const size_t count = b->train->count;
    RETURN_IF(count > UINT32_MAX, err, AXL_TOO_LARGE, "too many training pairs");
    b->shingles = mem_zalloc_array(count, sizeof *b->shingles);
    b->shared = mem_zalloc_array(count, sizeof *b->shared);
    if (!b->shingles || !b->shared)
        return error_no_memory(err, "shingles", count * sizeof *b->shingles);
    for (size_t i = 0; i < count; i++)
        FORWARD(add_shingles(&b->all, b->train->list[i].prompt, (uint32_t)i, err));
    sort_unique(&b->all);
    for (size_t i = 0; i < b->all.count; i++) b->shingles[b->all.list[i].question]++;
    return find_frequent(b, err);
}

axl_status baseline_open(baseline **out, const task_questions *train, axl_error *err) {
    *out = NULL;
    baseline *b = mem_zalloc(sizeof *b);
    if (!b) return error_no_memory(err, "baselines", sizeof *b);
    b->train = train;
    const axl_status status = fill(b, err);
    if (status == AXL_OK)
        *out = b;
    else
        baseline_close(b);
    return status;
}

void baseline_close(baseline *b) {
    if (!b) return;
    mem_free(b->all.list);
    mem_free(b->asked.list);
    mem_free(b->shingles);
    mem_free(b->shared);
    mem_free(b);
}

python_span baseline_frequent(const baseline *b) {
    return b->train->list[b->frequent].answer;
}

// The first posting of that hash, or where it would be.
static size_t first_of(const postings *p, uint64_t hash) {
    size_t low = 0, high = p->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (p->list[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

axl_status baseline_nearest(baseline *b, python_span prompt, python_span *out, axl_error *err) {
    b->asked.count = 0;
    FORWARD(add_shingles(&b->asked, prompt, 0, err));
    sort_unique(&b->asked);
    for (size_t k = 0; k < b->asked.count; k++) {
        const uint64_t hash = b->asked.list[k].hash;
        for (size_t i = first_of(&b->all, hash); i < b->all.count && b->all.list[i].hash == hash;
             i++)
            b->shared[b->all.list[i].question]++;
    }
    size_t best = 0;
    double most = 0;
    for (size_t i = 0; i < b->train->count; i++) {
        const double both = b->shared[i];
        const double similar =
            both > 0 ? both / ((double)b->asked.count + b->shingles[i] - both) : 0;
        if (similar > most) {
            most = similar;
            best = i;
        }
        b->shared[i] = 0;
    }
    *out = b->train->list[best].answer;
    return AXL_OK;
}
