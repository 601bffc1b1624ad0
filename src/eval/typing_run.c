#include "eval/typing.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "infer/batch.h"
#include "os/memory.h"

#include <math.h>
#include <string.h>

#define LANES ((size_t)16)              // lines at a time
#define CACHES_MOST ((uint64_t)1 << 30) // what their sessions may take
#define LEAST_ODDS 0.04                 // below all thresholds: nobody is offered what comes then

// A line that is being typed.
typedef struct lane {
    session *s;
    bool busy;
    size_t line, at;             // the place
    size_t count, right;         // written there, and right so far
    float odds[TYPING_MOST + 1]; // [count]
    double sum;                  // the logarithm so far
} lane;

typedef struct typist {
    typing *t;
    const typing_work *w;
    lane lanes[LANES];
    size_t lane_count, next, done;
    batch *batch;
} typist;

static axl_status begin(typist *y, lane *l, axl_error *err) {
    const typing_line *line = &y->t->lines[y->next];
    uint16_t *symbols = mem_alloc_array(line->before + 1, sizeof *symbols);
    if (!symbols) return error_no_memory(err, "a line", line->before);
    symbols[0] = MODEL_BOS;
    for (size_t i = 0; i < line->before; i++) symbols[i + 1] = (uint8_t)line->text[i];
    const axl_status status = session_restart(l->s, symbols, line->before + 1, NULL, err);
    mem_free(symbols);
    if (status != AXL_OK) return status;
    l->line = y->next++;
    l->at = l->count = l->right = 0;
    l->sum = 0;
    l->busy = true;
    return AXL_OK;
}

static axl_status keep_odds(typing *t, const lane *l, axl_error *err) {
    if (t->odd_room - t->odd_count < l->count) {
        const size_t room = 2 * t->odd_room + (size_t)4096;
        float *grown = mem_resize_array(t->odds, room, sizeof *grown);
        if (!grown) return error_no_memory(err, "probabilities", room * sizeof *grown);
        t->odds = grown;
        t->odd_room = room;
    }
    memcpy(t->odds + t->odd_count, l->odds, l->count * sizeof *l->odds);
    t->odd_count += l->count;
    return AXL_OK;
}

// Nothing more is written at this place: on to the next one, behind the byte that stands there.
static axl_status next_place(typist *y, lane *l, axl_error *err) {
    typing_line *line = &y->t->lines[l->line];
    line->spots[l->at] = (typing_spot){y->t->odd_count, (uint32_t)l->count, (uint32_t)l->right};
    FORWARD(keep_odds(y->t, l, err));
    FORWARD(session_truncate(l->s, 1 + line->before + l->at, err));
    const uint16_t byte = (uint8_t)line->text[line->before + l->at];
    l->at++;
    l->count = l->right = 0;
    l->sum = 0;
    if (l->at < line->size) return session_feed(l->s, &byte, 1, err);
    l->busy = false;
    y->done++;
    return AXL_OK;
}

// One more byte at this place. The first place is for the whole line; elsewhere what is too
// improbable is not waited for.
static axl_status write_byte(typist *y, lane *l, axl_error *err) {
    typing_line *line = &y->t->lines[l->line];
    const size_t left = line->size - l->at;
    chooser_choice c;
    FORWARD(session_choose(l->s, &chooser_greedy, &c, err));
    l->sum += c.logprob;
    const bool agrees = l->right == l->count; // so far
    const uint16_t end = line->returns ? '\r' : '\n';
    if (c.symbol == end || c.symbol == '\n' || c.symbol == MODEL_EOS) {
        if (l->at == 0) line->exact = c.symbol == end && agrees && l->count == line->size;
        return next_place(y, l, err);
    }
    if (l->at > 0 && l->sum < log(LEAST_ODDS)) return next_place(y, l, err);
    l->odds[l->count] = (float)l->sum;
    if (agrees && l->count < left &&
        c.symbol == (uint8_t)line->text[line->before + l->at + l->count])
        l->right++;
    l->count++;
    if (l->count > left) return next_place(y, l, err);
    return session_accept(l->s, c.symbol, err);
}

// ---- all lines ----

static axl_status open_lanes(typist *y, axl_error *err) {
    const uint64_t each = cache_bytes(&y->w->engine->model.table.config);
    const uint64_t free = os_memory_available() / 2;
    const uint64_t room = free < CACHES_MOST ? free : CACHES_MOST;
    const size_t fit = room / each < LANES ? (size_t)(room / each) : LANES;
    const size_t lanes = size_min(size_max(fit, 1), y->t->count);
    for (; y->lane_count < lanes; y->lane_count++) {
        lane *l = &y->lanes[y->lane_count];
        FORWARD(session_create(&l->s, y->w->engine, err));
        session_set_drafts(l->s, false); // most of what is written is thrown away
    }
    return batch_create(&y->batch, y->w->engine, lanes, err);
}

static void close_lanes(typist *y) {
    for (size_t i = 0; i < y->lane_count; i++) session_free(y->lanes[i].s);
    batch_free(y->batch);
}

static axl_status step(typist *y, bool *busy, axl_error *err) {
    session *list[LANES];
    size_t count = 0;
    *busy = false;
    for (size_t i = 0; i < y->lane_count; i++) {
        lane *l = &y->lanes[i];
        if (!l->busy && y->next < y->t->count) FORWARD(begin(y, l, err));
        while (l->busy && session_ready(l->s)) FORWARD(write_byte(y, l, err));
        *busy = *busy || l->busy || y->next < y->t->count;
        if (l->busy) list[count++] = l->s;
    }
    return count ? batch_run(y->batch, list, count, err) : AXL_OK;
}

static axl_status run(typist *y, axl_error *err) {
    FORWARD(open_lanes(y, err));
    for (bool busy = true; busy;) {
        RETURN_IF(y->w->progress && y->w->progress(y->w->progress_ctx, y->done, y->t->count) != 0,
                  err, AXL_INTERRUPTED, "interrupted");
        FORWARD(step(y, &busy, err));
    }
    return engine_intact(y->w->engine, err);
}

axl_status typing_run(typing *t, const typing_work *w, axl_error *err) {
    typist *y = mem_zalloc(sizeof *y);
    if (!y) return error_no_memory(err, "lines", sizeof *y);
    y->t = t;
    y->w = w;
    const axl_status status = run(y, err);
    close_lanes(y);
    mem_free(y);
    return status;
}
