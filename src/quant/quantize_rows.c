#include "quant/quantize_rows.h"

#include "base/sizes.h"
#include "kernels/blocks_bits.h"
#include "parallel/range.h"
#include "quant/block_fit.h"
#include "tensor/blocks_matrix.h"

#include <math.h>
#include <string.h>

#define HALF_LARGEST 65504.0f

// What a block is made of: numbers padded with zeros, and their weights.
typedef struct block_source {
    const kernels *k;
    float x[BLOCKS_SUPER], weight[BLOCKS_SUPER];
} block_source;

static fit_numbers numbers_at(const block_source *b, size_t first, size_t n) {
    return (fit_numbers){b->x + first, b->weight + first, n};
}

// x as f16, and *x what that means.
static f16 half_of(const kernels *k, float *x) {
    f16 out;
    if (fabsf(*x) > HALF_LARGEST) *x = copysignf(HALF_LARGEST, *x);
    k->convert->f32_to_f16(&out, x, 1);
    k->convert->f16_to_f32(x, &out, 1);
    return out;
}

// ---- blocks of one scale ----

static void to_q8_0(const block_source *b, void *out) {
    float most = 0;
    for (size_t i = 0; i < BLOCKS_COLUMNS; i++) most = fmaxf(most, fabsf(b->x[i]));
    float scale = most / 127;
    const float by = scale > 0 ? 1 / scale : 0;
    block_q8_0 to = {.scale = half_of(b->k, &scale)};
    for (size_t i = 0; i < BLOCKS_COLUMNS; i++)
        to.q[i] = (int8_t)fminf(fmaxf(roundf(b->x[i] * by), -127), 127);
    memcpy(out, &to, sizeof to);
}

static void to_q5_0(const block_source *b, void *out) {
    const fit_numbers all = numbers_at(b, 0, BLOCKS_COLUMNS);
    float scale = fit_symmetric(&all, 16);
    block_q5_0 to = {.scale = half_of(b->k, &scale)};
    int8_t q[BLOCKS_COLUMNS];
    fit_round_symmetric(&all, scale, 16, q);
    q5_0_set_numbers(&to, q);
    memcpy(out, &to, sizeof to);
}

// ---- super-blocks: the scales of the parts are numbers of few bits themselves ----

static int clamp(float x, int lowest, int highest) {
    const float y = rintf(x);
    if (!(y > (float)lowest)) return lowest;
    return y < (float)highest ? (int)y : highest;
}

// The numbers s and m of a part whose real scales are `want`, and those around them: the one that
// leaves the least error. q takes the numbers that belong to it.
typedef struct part_q4_k {
    int s, m;
    int8_t q[BLOCKS_COLUMNS];
} part_q4_k;

static part_q4_k round_part(const fit_numbers *a, fit_affine want, float scale, float min) {
    const int s = scale > 0 ? clamp(want.step / scale, 0, 63) : 0;
    const int m = min > 0 ? clamp(want.low / min, 0, 63) : 0;
    part_q4_k best = {0}, now;
    double least = INFINITY;
    for (now.s = s > 0 ? s - 1 : 0; now.s <= s + 1 && now.s <= 63; now.s++)
        for (now.m = m > 0 ? m - 1 : 0; now.m <= m + 1 && now.m <= 63; now.m++) {
            const fit_affine with = {scale * (float)now.s, min * (float)now.m};
            const double error = fit_round_affine(a, with, 15, now.q);
            if (error < least) {
                least = error;
                best = now;
            }
        }
    return best;
}

static void to_q4_k(const block_source *b, void *out) {
    fit_affine want[BLOCKS_PARTS];
    float scale = 0, min = 0;
    for (size_t j = 0; j < BLOCKS_PARTS; j++) {
        const fit_numbers part = numbers_at(b, j * BLOCKS_COLUMNS, BLOCKS_COLUMNS);
        want[j] = fit_affine_find(&part, 15);
        scale = fmaxf(scale, want[j].step / 63);
        min = fmaxf(min, want[j].low / 63);
    }
    block_q4_k to = {.scale = half_of(b->k, &scale), .min = half_of(b->k, &min)};
    for (size_t j = 0; j < BLOCKS_PARTS; j++) {
        const fit_numbers part = numbers_at(b, j * BLOCKS_COLUMNS, BLOCKS_COLUMNS);
        const part_q4_k p = round_part(&part, want[j], scale, min);
        q4_k_set_part(&to, j, (unsigned)p.s, (unsigned)p.m);
        q4_k_set_numbers(&to, j, p.q);
    }
    memcpy(out, &to, sizeof to);
}

#define SIXTEENTHS (BLOCKS_SUPER / 16)

// The number s of 16 columns whose real scale is `want`, as above.
static int round_sixteen(const fit_numbers *a, float want, float scale, int8_t *q) {
    const int s = scale != 0 ? clamp(want / scale, -128, 127) : 0;
    int best = 0;
    double least = INFINITY;
    for (int now = s > -128 ? s - 1 : s; now <= s + 1 && now <= 127; now++) {
        int8_t tried[16];
        const double error = fit_round_symmetric(a, scale * (float)now, 32, tried);
        if (error < least) {
            least = error;
            best = now;
            memcpy(q, tried, sizeof tried);
        }
    }
    return best;
}

static void to_q6_k(const block_source *b, void *out) {
    float want[SIXTEENTHS], extreme = 0;
    for (size_t j = 0; j < SIXTEENTHS; j++) {
        const fit_numbers part = numbers_at(b, j * 16, 16);
        want[j] = fit_symmetric(&part, 32);
        if (fabsf(want[j]) > fabsf(extreme)) extreme = want[j];
    }
    float scale = extreme / -128; // s reaches one further below zero
    block_q6_k to = {.scale = half_of(b->k, &scale)};
    int8_t q[BLOCKS_SUPER];
    for (size_t j = 0; j < SIXTEENTHS; j++) {
        const fit_numbers part = numbers_at(b, j * 16, 16);
        to.s[j] = (int8_t)round_sixteen(&part, want[j], scale, q + j * 16);
    }
    for (size_t j = 0; j < BLOCKS_PARTS; j++) q6_k_set_numbers(&to, j, q + j * BLOCKS_COLUMNS);
    memcpy(out, &to, sizeof to);
}

// ---- rows ----

typedef void to_block_fn(const block_source *b, void *out);

static to_block_fn *block_fn_of(dtype type) {
    switch (type) {
    case DTYPE_Q8_0:
        return to_q8_0;
    case DTYPE_Q5_0:
        return to_q5_0;
    case DTYPE_Q4_K:
        return to_q4_k;
    case DTYPE_Q6_K:
        return to_q6_k;
    default:
        return NULL;
    }
}

bool quantize_knows(dtype type) {
    return block_fn_of(type) != NULL;
}

typedef struct job {
    const kernels *k;
    const quantize_source *from;
    const dtype_info *info;
    to_block_fn *fn;
    char *out;
    size_t row_bytes;
} job;

// n numbers of a row from column on, the rest of the block zeros without weight.
static void take(block_source *b, const job *j, const float *row, size_t column) {
    const size_t n = size_min(j->info->block, j->from->cols - column);
    memset(b->x, 0, sizeof b->x);
    memset(b->weight, 0, sizeof b->weight);
    memcpy(b->x, row + column, n * sizeof *row);
    if (j->from->importance)
        memcpy(b->weight, j->from->importance + column, n * sizeof *row);
    else
        for (size_t i = 0; i < n; i++) b->weight[i] = 1;
}

static void some_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const job *j = ctx;
    block_source b = {.k = j->k};
    for (size_t r = begin; r < end; r++) {
        const float *row = j->from->x + r * j->from->cols;
        char *to = j->out + r * j->row_bytes;
        for (size_t c = 0; c < j->from->cols; c += j->info->block, to += j->info->block_bytes) {
            take(&b, j, row, c);
            j->fn(&b, to);
        }
    }
}

void quantize_rows(const kernels *k, pool *p, dtype type, const quantize_source *from, void *out) {
    job j = {.k = k, .from = from, .info = dtype_of(type), .fn = block_fn_of(type), .out = out};
    if (!j.fn || !blocks_row_bytes(type, from->cols, &j.row_bytes)) return;
    pool_for(p, from->rows, 1, some_rows, &j);
}
