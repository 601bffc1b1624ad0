#include "train/held_out.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/sampler.h"
#include "data/sampler_packs.h"

#include <math.h>
#include <string.h>

// Windows of length + 1 symbols, the last one of the text at the latest; of pairs, packs.
typedef struct windows {
    uint64_t count;  // of the look
    uint64_t places; // whole windows in the text
    size_t length;
} windows;

static windows windows_of(const corpus *c, const packs *pairs, uint64_t bytes) {
    const size_t length = pairs->length;
    const uint64_t symbols = corpus_length(c, CORPUS_HELD, 0);
    windows w = {.length = length};
    w.places = symbols > length ? (symbols - 1) / length : 0;
    if (pairs->count > 0) w.places = pairs->count;
    w.count = bytes == 0 ? w.places : (bytes + length - 1) / length;
    if (w.count > w.places) w.count = w.places;
    return w;
}

// What a look works with.
typedef struct look {
    trainer *t;
    const corpus *c;
    const held_out_spec *spec;
    packs pairs; // of the held-out set; owned
    windows w;
    size_t rows;            // windows of a pass
    pass *pass;             // the trainer's, or while its shape is another, one that is owned
    uint16_t *ids, *target; // [batch, length]; owned
} look;

// Window i of the look into one row of a batch.
static axl_status read_window(const look *l, uint64_t i, size_t row, axl_error *err) {
    const size_t length = l->w.length;
    uint16_t *ids = l->ids + row * length, *target = l->target + row * length;
    // Evenly spread: i * places / count without overflow of what text can have.
    const uint64_t place = (uint64_t)((double)i * (double)l->w.places / (double)l->w.count);
    if (l->pairs.count > 0) return packs_read(&l->pairs, (size_t)place, ids, target, err);
    const corpus_range given = {.set = CORPUS_HELD, .start = place * length, .count = length};
    const corpus_range next = {.set = CORPUS_HELD, .start = given.start + 1, .count = length};
    FORWARD(corpus_symbols(l->c, given, ids, err));
    FORWARD(corpus_symbols(l->c, next, target, err));
    packs_forget_prompts(l->c, next, target);
    return AXL_OK;
}

// The windows from `first` on as a batch.
static axl_status fill(const look *l, uint64_t first, axl_error *err) {
    const size_t symbols = l->rows * l->w.length;
    memset(l->ids, 0, symbols * sizeof *l->ids);
    memset(l->target, 0xff, symbols * sizeof *l->target); // SAMPLER_IGNORE
    for (size_t row = 0; row < l->rows && first + row < l->w.count; row++)
        FORWARD(read_window(l, first + row, row, err));
    for (size_t i = 0; i < symbols; i++) // only bytes count
        if (l->target[i] >= 256) l->target[i] = SAMPLER_IGNORE;
    return AXL_OK;
}

static axl_status run(const look *l, double *bpb, axl_error *err) {
    double nats = 0;
    uint64_t counted = 0;
    for (uint64_t first = 0; first < l->w.count; first += l->rows) {
        const pass_batch b = {.ids = l->ids, .target = l->target};
        pass_losses losses;
        RETURN_IF(l->spec->stop && l->spec->stop(l->spec->ctx), err, AXL_INTERRUPTED,
                  "stopped while looking at held-out text");
        FORWARD(fill(l, first, err));
        FORWARD(pass_loss(l->pass, l->t->w, &b, &losses, err));
        nats += losses.main;
        counted += losses.counted;
    }
    *bpb = counted > 0 ? nats / (double)counted / 0.69314718055994530942 : (double)NAN;
    return AXL_OK;
}

static axl_status prepare(look *l, axl_error *err) {
    const size_t symbols = l->rows * l->w.length;
    const pass_spec spec = trainer_look_spec(&l->t->settings, &l->t->table->config);
    l->ids = mem_alloc_array(symbols, sizeof *l->ids);
    l->target = mem_alloc_array(symbols, sizeof *l->target);
    if (!l->ids || !l->target)
        return error_no_memory(err, "held-out text", symbols * sizeof *l->ids);
    l->pass = l->t->pass;
    if (l->t->length == l->w.length) return AXL_OK;
    return pass_create(&l->pass, l->t->table, &spec, &l->t->machine, err);
}

axl_status held_out_look(trainer *t, const corpus *c, const held_out_spec *spec, double *bpb,
                         axl_error *err) {
    const pass_spec whole = trainer_look_spec(&t->settings, &t->table->config);
    look l = {.t = t, .c = c, .spec = spec, .rows = whole.batch};
    const corpus_range held = {.set = CORPUS_HELD, .count = whole.length};
    *bpb = (double)NAN;
    if (corpus_length(c, CORPUS_HELD, 0) == 0) return AXL_OK;
    FORWARD(packs_make(&l.pairs, c, held, err));
    l.w = windows_of(c, &l.pairs, spec->bytes);
    axl_status status = l.w.count > 0 ? prepare(&l, err) : AXL_OK;
    if (status == AXL_OK && l.w.count > 0) status = run(&l, bpb, err);
    if (l.pass != t->pass) pass_free(l.pass);
    packs_free(&l.pairs);
    mem_free(l.ids);
    mem_free(l.target);
    return status;
}
