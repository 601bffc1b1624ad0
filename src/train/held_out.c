#include "train/held_out.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/sampler.h"

#include <math.h>
#include <string.h>

// Windows of length + 1 symbols, the last one of the text at the latest.
typedef struct windows {
    uint64_t count;  // of the look
    uint64_t places; // whole windows in the text
    size_t length;
} windows;

static windows windows_of(const corpus *c, size_t length, uint64_t bytes) {
    const uint64_t symbols = corpus_length(c, CORPUS_HELD, 0);
    windows w = {.length = length};
    w.places = symbols > length ? (symbols - 1) / length : 0;
    w.count = bytes == 0 ? w.places : (bytes + length - 1) / length;
    if (w.count > w.places) w.count = w.places;
    return w;
}

// Window i of the look into one row of a batch; symbols has length + 1 places.
static axl_status read_window(const corpus *c, const windows *w, uint64_t i, uint16_t *symbols,
                              axl_error *err) {
    // Evenly spread: i * places / count without overflow of what text can have.
    const uint64_t place = (uint64_t)((double)i * (double)w->places / (double)w->count);
    const corpus_range range = {
        .set = CORPUS_HELD, .start = place * w->length, .count = w->length + 1};
    return corpus_symbols(c, range, symbols, err);
}

// What a look works with.
typedef struct look {
    trainer *t;
    const corpus *c;
    const held_out_spec *spec;
    windows w;
    size_t rows; // windows of a pass
    pass *pass;  // the trainer's, or while its shape is another, one that is owned
    uint16_t *symbols, *ids, *target; // [length + 1], [batch, length] twice; owned
} look;

// The windows from `first` on as a batch.
static axl_status fill(const look *l, uint64_t first, axl_error *err) {
    const size_t length = l->w.length, rows = l->rows;
    memset(l->ids, 0, rows * length * sizeof *l->ids);
    memset(l->target, 0xff, rows * length * sizeof *l->target); // SAMPLER_IGNORE
    for (size_t row = 0; row < rows && first + row < l->w.count; row++) {
        FORWARD(read_window(l->c, &l->w, first + row, l->symbols, err));
        memcpy(l->ids + row * length, l->symbols, length * sizeof *l->ids);
        for (size_t i = 0; i < length; i++) // only bytes count
            if (l->symbols[i + 1] < 256) l->target[row * length + i] = l->symbols[i + 1];
    }
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
    l->symbols = mem_alloc_array(l->w.length + 1, sizeof *l->symbols);
    l->ids = mem_alloc_array(symbols, sizeof *l->ids);
    l->target = mem_alloc_array(symbols, sizeof *l->target);
    if (!l->symbols || !l->ids || !l->target)
        return error_no_memory(err, "held-out text", symbols * sizeof *l->ids);
    l->pass = l->t->pass;
    if (l->t->length == l->w.length) return AXL_OK;
    return pass_create(&l->pass, l->t->table, &spec, &l->t->machine, err);
}

axl_status held_out_look(trainer *t, const corpus *c, const held_out_spec *spec, double *bpb,
                         axl_error *err) {
    const pass_spec whole = trainer_look_spec(&t->settings, &t->table->config);
    look l = {.t = t, .c = c, .spec = spec, .rows = whole.batch};
    l.w = windows_of(c, whole.length, spec->bytes);
    *bpb = (double)NAN;
    if (l.w.count == 0) return AXL_OK;
    axl_status status = prepare(&l, err);
    if (status == AXL_OK) status = run(&l, bpb, err);
    if (l.pass != t->pass) pass_free(l.pass);
    mem_free(l.symbols);
    mem_free(l.ids);
    mem_free(l.target);
    return status;
}
