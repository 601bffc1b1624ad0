// Products of few rows with a weight matrix. The time goes into reading W: several of its rows are
// read at once, and each vector of W meets up to four rows of x. One sum runs over k in vectors,
// ascending, whatever block computes it: a result does not depend on the rows or columns around it.
#include "kernels/loops/lanes.h"

#include "kernels/dot.h"

extern const dot_kernels LEVEL(kernels_dot);

typedef enum format { F32, BF16, F16 } format;

#define LONE_COLUMNS 8 // rows of W at once for a single row of x
#define COLUMNS 3      // and for up to ROWS rows of x: 12 sums in registers
#define ROWS 4
_Static_assert(LONE_COLUMNS <= ROWS * COLUMNS, "the sums of a block have room for both shapes");

#define LINE 64       // bytes that come from memory at once
#define LONG_ROW 4096 // bytes of a row of W that need no help in being fetched

// n weights from index i on. how is a constant at every call.
LANES_INLINE vf get_w(const void *w, size_t i, size_t n, format how) {
    if (how == F32) return v_get((const float *)w + i, n);
    const uint16_t *p = (const uint16_t *)w + i;
    if (how == BF16) return v_get_bf16(p, n);
    return n == V_WIDTH ? v_load_f16(p) : v_load_f16_n(p, n);
}

// Up to twelve results. rows, columns and how are constants at every call, so that the sums live in
// registers.
typedef struct block {
    size_t rows, columns;
    format how;
    const float *x; // [rows, ldx]
    size_t ldx;
    const char *w; // [columns], stride bytes apart
    size_t stride;
    const float *scale; // [columns], or NULL: 1
} block;

// sum += the n products from k on
LANES_INLINE void block_step(const block *b, vf *sum, size_t k, size_t n) {
    vf x[ROWS];
    LANES_UNROLL for (size_t r = 0; r < b->rows; r++) x[r] = v_get(b->x + r * b->ldx + k, n);
    LANES_UNROLL for (size_t c = 0; c < b->columns; c++) {
        const vf w = get_w(b->w + c * b->stride, k, n, b->how);
        LANES_UNROLL for (size_t r = 0; r < b->rows; r++) sum[r * b->columns + c] =
            v_fma(x[r], w, sum[r * b->columns + c]);
    }
}

// Asks for the next block of W, step bytes in each step of this one: the processor finds out by
// itself what is read next only in long rows. The address is a number, not a pointer, because the
// last block has none after it; fetching touches nothing.
LANES_INLINE void block_fetch(uintptr_t next, size_t step) {
    LANES_UNROLL for (size_t i = 0; i < step; i += LINE)
        __builtin_prefetch((const void *)(next + i));
}

LANES_INLINE void block_run(const dot_args *a, const block *b, float *y) {
    vf sum[ROWS * COLUMNS];
    const size_t results = b->rows * b->columns;
    LANES_UNROLL for (size_t j = 0; j < results; j++) sum[j] = v_zero();
    size_t k = 0;
    const size_t step = b->columns * V_WIDTH * (b->how == F32 ? sizeof(float) : sizeof(uint16_t));
    const size_t ahead = b->stride < LONG_ROW ? step : 0;
    uintptr_t next = (uintptr_t)b->w + (ahead ? b->columns * b->stride : 0);
    for (; k + V_WIDTH <= a->k; k += V_WIDTH, next += ahead) {
        block_fetch(next, step);
        block_step(b, sum, k, V_WIDTH);
    }
    if (k < a->k) block_step(b, sum, k, a->k - k);
    LANES_UNROLL for (size_t r = 0; r < b->rows; r++)
        LANES_UNROLL for (size_t c = 0; c < b->columns; c++) {
        float *to = y + r * a->ldy + c;
        float result = v_sum(sum[r * b->columns + c]);
        if (b->scale) result *= b->scale[c];
        *to = a->add ? *to + result : result;
    }
}

// The columns rows of W from column on, against the rows of x from row on.
LANES_INLINE void block_at(const dot_args *a, size_t row, size_t column, const block *shape) {
    block b = *shape;
    b.stride = a->ldw * (b.how == F32 ? sizeof(float) : sizeof(uint16_t));
    b.x = a->x + row * a->ldx;
    b.ldx = a->ldx;
    b.w = (const char *)a->w + column * b.stride;
    b.scale = a->scale ? a->scale + column : NULL;
    block_run(a, &b, a->y + row * a->ldy + column);
}

// Up to ROWS rows of x from row on.
LANES_INLINE void rows_run(const dot_args *a, size_t row, size_t column, block shape) {
    const size_t rows = a->rows - row;
    shape.rows = rows < ROWS ? rows : ROWS;
    switch (shape.rows) {
    case 1:
        shape.rows = 1;
        block_at(a, row, column, &shape);
        break;
    case 2:
        shape.rows = 2;
        block_at(a, row, column, &shape);
        break;
    case 3:
        shape.rows = 3;
        block_at(a, row, column, &shape);
        break;
    default:
        shape.rows = ROWS;
        block_at(a, row, column, &shape);
    }
}

// All rows of x against columns rows of W: the second group of x finds them in the cache.
LANES_INLINE void columns_run(const dot_args *a, size_t column, block shape) {
    for (size_t row = 0; row < a->rows; row += ROWS) rows_run(a, row, column, shape);
}

LANES_INLINE void dot(const dot_args *a, const format how) {
    size_t column = 0;
    if (a->rows == 1) {
        const block lone = {.rows = 1, .columns = LONE_COLUMNS, .how = how};
        for (; column + LONE_COLUMNS <= a->n; column += LONE_COLUMNS) block_at(a, 0, column, &lone);
    }
    const block full = {.columns = COLUMNS, .how = how}, rest = {.columns = 1, .how = how};
    for (; column + COLUMNS <= a->n; column += COLUMNS) columns_run(a, column, full);
    for (; column < a->n; column++) columns_run(a, column, rest);
}

static void dot_f32(const dot_args *args) {
    dot(args, F32);
}

static void dot_bf16(const dot_args *args) {
    dot(args, BF16);
}

static void dot_f16(const dot_args *args) {
    dot(args, F16);
}

const dot_kernels LEVEL(kernels_dot) = {
    .f32 = dot_f32,
    .bf16 = dot_bf16,
    .f16 = dot_f16,
};
