// The kernels that are bound by memory, as passes over arrays of equal shape.
#ifndef BENCH_STREAM_CASES_H
#define BENCH_STREAM_CASES_H

#include "base/arena.h"
#include "kernels/kernels.h"

#define STREAM_ARRAYS 7   // the most a case needs
#define STREAM_VOCAB 258  // rows of the embedding, columns of the logits
#define STREAM_HEAD 64    // head size and
#define STREAM_PLACES 256 // positions of the rotation

// The small operands, the same for all cases. rows and d are the largest of any case.
typedef struct stream_small {
    float *gain, *scale;    // [d]
    float *per_row;         // [rows]     r of a norm, or a loss
    float *gate, *logits;   // [rows, 3]
    uint16_t *id;           // [rows]     below STREAM_VOCAB
    uint32_t *position;     // [rows]     below STREAM_PLACES
    float *cosines, *sines; // [STREAM_PLACES, STREAM_HEAD]
    float *embedding;       // [STREAM_VOCAB, d]
    float *sums;            // [threads, d]                  each thread's gradient of a vector
    float *embedding_sums;  // [threads, STREAM_VOCAB, d]    and of the embedding
} stream_small;

// What a pass works on. Arrays hold rows * d elements of 4 bytes, or of 2 where the kernel says so.
typedef struct stream_work {
    const kernels *k;
    const stream_small *small;
    size_t d;
    void *array[STREAM_ARRAYS];
} stream_work;

// Does the rows begin .. end-1.
typedef void stream_fn(const stream_work *w, size_t begin, size_t end, size_t worker);

typedef struct stream_case {
    const char *name;
    stream_fn *fn;
    size_t arrays;
    double bytes; // that the formula reads and writes for each element
    size_t d;     // columns; 0: STREAM_COLUMNS
} stream_case;

#define STREAM_COLUMNS ((size_t)1024)

extern const stream_case stream_copy; // the yardstick: array 0 to array 1
extern const stream_case stream_cases[];
extern const size_t stream_case_count;

// Carves the small operands out of the arena and fills them; false where they do not fit.
bool stream_small_make(stream_small *out, arena *a, size_t rows, size_t threads);
// Bytes that such an arena needs at least, SIZE_MAX where they are no size_t.
size_t stream_small_bytes(size_t rows, size_t threads);

#endif
