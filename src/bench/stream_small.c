#include "base/alloc.h"
#include "base/rng.h"
#include "base/sizes.h"
#include "bench/stream_cases.h"

#include <math.h>

#define ALIGN ((size_t)MEM_CACHE_LINE)

size_t stream_small_bytes(size_t rows, size_t threads) {
    const size_t d = STREAM_COLUMNS;
    // Per row: per_row, gate, logits, position, id. Per thread: both sums. The last term: the rest,
    // and the alignment of a dozen arrays.
    size_t by_row, by_thread, rest, sum;
    bool ok =
        size_mul(rows, 9 * sizeof(float), &by_row) &&
        size_mul3(threads, d * (STREAM_VOCAB + 1), sizeof(float), &by_thread) &&
        size_mul((STREAM_VOCAB + 2) * d + 2 * STREAM_PLACES * STREAM_HEAD, sizeof(float), &rest) &&
        size_add(by_row, by_thread, &sum) && size_add(sum, rest, &sum) &&
        size_add(sum, 16 * ALIGN, &sum);
    return ok ? sum : SIZE_MAX;
}

static float *floats(arena *a, size_t count) {
    return arena_alloc_array(a, count, sizeof(float), ALIGN);
}

static bool carve(stream_small *s, arena *a, size_t rows, size_t threads) {
    const size_t d = STREAM_COLUMNS;
    s->gain = floats(a, d);
    s->scale = floats(a, d);
    s->per_row = floats(a, rows);
    s->gate = floats(a, 3 * rows);
    s->logits = floats(a, 3 * rows);
    s->id = arena_alloc_array(a, rows, sizeof *s->id, ALIGN);
    s->position = arena_alloc_array(a, rows, sizeof *s->position, ALIGN);
    s->cosines = floats(a, (size_t)STREAM_PLACES * STREAM_HEAD);
    s->sines = floats(a, (size_t)STREAM_PLACES * STREAM_HEAD);
    s->embedding = floats(a, STREAM_VOCAB * d);
    s->sums = floats(a, threads * d);
    s->embedding_sums = floats(a, threads * STREAM_VOCAB * d);
    return s->gain && s->scale && s->per_row && s->gate && s->logits && s->id && s->position &&
           s->cosines && s->sines && s->embedding && s->sums && s->embedding_sums;
}

static void fill_rotation(stream_small *s) {
    for (size_t t = 0; t < STREAM_PLACES; t++) {
        for (size_t i = 0; i < STREAM_HEAD; i++) {
            double angle = (double)t * pow(10000.0, -(double)(i / 2 * 2) / STREAM_HEAD);
            s->cosines[t * STREAM_HEAD + i] = (float)cos(angle);
            s->sines[t * STREAM_HEAD + i] = (float)(i % 2 ? sin(angle) : -sin(angle));
        }
    }
}

bool stream_small_make(stream_small *out, arena *a, size_t rows, size_t threads) {
    const size_t d = STREAM_COLUMNS;
    if (!carve(out, a, rows, threads)) return false;
    rng_fill_uniform(rng_key(1, 0), 0, out->gain, d);
    rng_fill_uniform(rng_key(1, 1), 0, out->scale, d);
    rng_fill_uniform(rng_key(1, 2), 0, out->per_row, rows);
    rng_fill_uniform(rng_key(1, 3), 0, out->gate, 3 * rows);
    rng_fill_uniform(rng_key(1, 4), 0, out->logits, 3 * rows);
    rng_fill_uniform(rng_key(1, 5), 0, out->embedding, STREAM_VOCAB * d);
    for (size_t r = 0; r < rows; r++) {
        out->id[r] = (uint16_t)rng_below(rng_key(1, 6), r, STREAM_VOCAB);
        out->position[r] = (uint32_t)(r % STREAM_PLACES);
    }
    fill_rotation(out);
    return true;
}
