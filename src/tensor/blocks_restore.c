// Prepared groups back into stored rows: what blocks_matrix.c puts, taken again.
#include "base/sizes.h"
#include "kernels/blocks_bits.h"
#include "parallel/range.h"
#include "tensor/blocks_matrix.h"

#include <string.h>

#define QUADS (BLOCKS_COLUMNS / BLOCKS_QUAD)
#define QUAD_BYTES ((size_t)BLOCKS_GROUP * BLOCKS_QUAD)

// Row `lane` of a group that is being read.
typedef struct lane {
    const char *at; // the group, behind what all blocks before this one take
    size_t lane;
} lane;

static f16 take_half(lane *l) {
    f16 out;
    memcpy(&out, l->at + l->lane * sizeof out, sizeof out);
    l->at += BLOCKS_GROUP * sizeof out;
    return out;
}

static uint8_t take_byte(lane *l) {
    uint8_t out;
    memcpy(&out, l->at + l->lane, sizeof out);
    l->at += BLOCKS_GROUP;
    return out;
}

static void take_numbers(lane *l, int8_t q[BLOCKS_COLUMNS]) {
    for (size_t c = 0; c < QUADS; c++)
        memcpy(q + c * BLOCKS_QUAD, l->at + c * QUAD_BYTES + l->lane * BLOCKS_QUAD, BLOCKS_QUAD);
    l->at += QUADS * QUAD_BYTES;
}

static void take_nibbles(lane *l, int8_t q[BLOCKS_COLUMNS]) {
    for (size_t c = 0; c < QUADS / 2; c++)
        for (size_t i = 0; i < BLOCKS_QUAD; i++) {
            uint8_t two;
            memcpy(&two, l->at + c * QUAD_BYTES + l->lane * BLOCKS_QUAD + i, sizeof two);
            q[c * BLOCKS_QUAD + i] = (int8_t)(two & 15);
            q[c * BLOCKS_QUAD + i + BLOCKS_COLUMNS / 2] = (int8_t)(two >> 4);
        }
    l->at += QUADS / 2 * QUAD_BYTES;
}

static void take_q8_0(lane *l, char *row, size_t blocks) {
    for (size_t b = 0; b < blocks; b++) {
        block_q8_0 to = {.scale = take_half(l)};
        take_numbers(l, to.q);
        memcpy(row + b * sizeof to, &to, sizeof to);
    }
}

static void take_q5_0(lane *l, char *row, size_t blocks) {
    for (size_t b = 0; b < blocks; b++) {
        block_q5_0 to = {.scale = take_half(l)};
        int8_t q[BLOCKS_COLUMNS];
        take_numbers(l, q);
        q5_0_set_numbers(&to, q);
        memcpy(row + b * sizeof to, &to, sizeof to);
    }
}

// Parts behind the last block of the row are zeros.
static void take_q4_k(lane *l, char *row, size_t blocks) {
    for (size_t b = 0; b < blocks; b += BLOCKS_PARTS) {
        block_q4_k to = {.scale = take_half(l)};
        to.min = take_half(l);
        for (size_t j = 0; j < size_min(BLOCKS_PARTS, blocks - b); j++) {
            int8_t q[BLOCKS_COLUMNS];
            const unsigned s = take_byte(l) & 63u, m = take_byte(l) & 63u;
            take_nibbles(l, q);
            q4_k_set_part(&to, j, s, m);
            q4_k_set_numbers(&to, j, q);
        }
        memcpy(row + b / BLOCKS_PARTS * sizeof to, &to, sizeof to);
    }
}

static void take_q6_k(lane *l, char *row, size_t blocks) {
    for (size_t b = 0; b < blocks; b += BLOCKS_PARTS) {
        block_q6_k to = {.scale = take_half(l)};
        for (size_t j = 0; j < size_min(BLOCKS_PARTS, blocks - b); j++) {
            int8_t q[BLOCKS_COLUMNS];
            to.s[2 * j] = (int8_t)take_byte(l);
            to.s[2 * j + 1] = (int8_t)take_byte(l);
            take_numbers(l, q);
            q6_k_set_numbers(&to, j, q);
        }
        memcpy(row + b / BLOCKS_PARTS * sizeof to, &to, sizeof to);
    }
}

typedef struct job {
    const char *groups;
    dtype type;
    char *rows;
    size_t n, row_bytes, group_bytes, blocks;
} job;

static void take_row(const job *j, lane *l, char *row) {
    switch (j->type) {
    case DTYPE_Q8_0:
        take_q8_0(l, row, j->blocks);
        break;
    case DTYPE_Q5_0:
        take_q5_0(l, row, j->blocks);
        break;
    case DTYPE_Q4_K:
        take_q4_k(l, row, j->blocks);
        break;
    default:
        take_q6_k(l, row, j->blocks);
    }
}

static void some_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const job *j = ctx;
    for (size_t r = begin; r < end; r++) {
        lane l = {j->groups + r / BLOCKS_GROUP * j->group_bytes, r % BLOCKS_GROUP};
        take_row(j, &l, j->rows + r * j->row_bytes);
    }
}

void blocks_matrix_restore(pool *p, const blocks_matrix *from, dtype type, void *rows) {
    blocks_form form;
    job j = {.groups = from->data,
             .type = type,
             .rows = rows,
             .n = from->n,
             .blocks = size_div_up(from->k, BLOCKS_COLUMNS)};
    if (!blocks_form_of(type, &form) || form != from->form) return;
    if (!blocks_row_bytes(type, from->k, &j.row_bytes)) return;
    j.group_bytes = blocks_group_bytes(form, j.blocks);
    pool_for(p, j.n, 64, some_rows, &j);
}
