#include "tensor/blocks_matrix.h"

#include "base/sizes.h"
#include "kernels/blocks_bits.h"
#include "parallel/range.h"

#include <string.h>

#define QUADS (BLOCKS_COLUMNS / BLOCKS_QUAD)
#define QUAD_BYTES ((size_t)BLOCKS_GROUP * BLOCKS_QUAD)
#define COLUMNS_LIMIT ((size_t)1 << 48) // of a row: what blocks_group_bytes computes with

bool blocks_form_of(dtype type, blocks_form *out) {
    switch (type) {
    case DTYPE_Q8_0:
    case DTYPE_Q5_0:
        *out = BLOCKS_EIGHT;
        return true;
    case DTYPE_Q4_K:
        *out = BLOCKS_FOUR;
        return true;
    case DTYPE_Q6_K:
        *out = BLOCKS_HALVES;
        return true;
    default:
        return false;
    }
}

bool blocks_row_bytes(dtype type, size_t k, size_t *out) {
    const dtype_info *info = dtype_of(type);
    return info && size_mul(size_div_up(k, info->block), info->block_bytes, out);
}

bool blocks_matrix_bytes(dtype type, size_t n, size_t k, size_t *out) {
    blocks_form form;
    if (!blocks_form_of(type, &form) || k >= COLUMNS_LIMIT) return false;
    const size_t group = blocks_group_bytes(form, size_div_up(k, BLOCKS_COLUMNS));
    return size_mul(size_div_up(n, BLOCKS_GROUP), group, out);
}

// Row `lane` of a group that is being written.
typedef struct lane {
    char *at; // the group, behind what all blocks before this one take
    size_t lane;
} lane;

static void put_half(lane *l, f16 value) {
    memcpy(l->at + l->lane * sizeof value, &value, sizeof value);
    l->at += BLOCKS_GROUP * sizeof value;
}

static void put_byte(lane *l, uint8_t value) {
    memcpy(l->at + l->lane, &value, sizeof value);
    l->at += BLOCKS_GROUP;
}

static void put_numbers(lane *l, const int8_t q[BLOCKS_COLUMNS]) {
    for (size_t c = 0; c < QUADS; c++)
        memcpy(l->at + c * QUAD_BYTES + l->lane * BLOCKS_QUAD, q + c * BLOCKS_QUAD, BLOCKS_QUAD);
    l->at += QUADS * QUAD_BYTES;
}

// Two quads a byte: columns 0..15 below, 16..31 above.
static void put_nibbles(lane *l, const int8_t q[BLOCKS_COLUMNS]) {
    for (size_t c = 0; c < QUADS / 2; c++)
        for (size_t i = 0; i < BLOCKS_QUAD; i++) {
            const int8_t *two = q + c * BLOCKS_QUAD + i;
            l->at[c * QUAD_BYTES + l->lane * BLOCKS_QUAD + i] =
                (char)(two[0] | two[BLOCKS_COLUMNS / 2] << 4);
        }
    l->at += QUADS / 2 * QUAD_BYTES;
}

static void put_q8_0(lane *l, const char *row, size_t blocks) {
    for (size_t b = 0; b < blocks; b++) {
        block_q8_0 from;
        memcpy(&from, row + b * sizeof from, sizeof from);
        put_half(l, from.scale);
        put_numbers(l, from.q);
    }
}

static void put_q5_0(lane *l, const char *row, size_t blocks) {
    for (size_t b = 0; b < blocks; b++) {
        block_q5_0 from;
        int8_t q[BLOCKS_COLUMNS];
        memcpy(&from, row + b * sizeof from, sizeof from);
        q5_0_numbers(&from, q);
        put_half(l, from.scale);
        put_numbers(l, q);
    }
}

static void put_q4_k(lane *l, const char *row, size_t blocks) {
    block_q4_k from;
    for (size_t b = 0; b < blocks; b++) {
        const size_t part = b % BLOCKS_PARTS;
        if (part == 0) {
            memcpy(&from, row + b / BLOCKS_PARTS * sizeof from, sizeof from);
            put_half(l, from.scale);
            put_half(l, from.min);
        }
        int8_t q[BLOCKS_COLUMNS];
        uint8_t s, m;
        q4_k_part(&from, part, &s, &m);
        q4_k_numbers(&from, part, q);
        put_byte(l, s);
        put_byte(l, m);
        put_nibbles(l, q);
    }
}

static void put_q6_k(lane *l, const char *row, size_t blocks) {
    block_q6_k from;
    for (size_t b = 0; b < blocks; b++) {
        const size_t part = b % BLOCKS_PARTS;
        if (part == 0) {
            memcpy(&from, row + b / BLOCKS_PARTS * sizeof from, sizeof from);
            put_half(l, from.scale);
        }
        int8_t q[BLOCKS_COLUMNS];
        q6_k_numbers(&from, part, q);
        put_byte(l, (uint8_t)from.s[2 * part]);
        put_byte(l, (uint8_t)from.s[2 * part + 1]);
        put_numbers(l, q);
    }
}

typedef struct job {
    const blocks_stored *from;
    char *data;
    size_t row_bytes, group_bytes, blocks;
} job;

static void put_row(const job *j, size_t row, lane *l) {
    const char *from = (const char *)j->from->rows + row * j->row_bytes;
    switch (j->from->type) {
    case DTYPE_Q8_0:
        put_q8_0(l, from, j->blocks);
        break;
    case DTYPE_Q5_0:
        put_q5_0(l, from, j->blocks);
        break;
    case DTYPE_Q4_K:
        put_q4_k(l, from, j->blocks);
        break;
    default:
        put_q6_k(l, from, j->blocks);
    }
}

// Rows past the last one of W are zeros.
static void some_groups(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const job *j = ctx;
    for (size_t g = begin; g < end; g++) {
        char *group = j->data + g * j->group_bytes;
        memset(group, 0, j->group_bytes);
        for (size_t i = 0; i < BLOCKS_GROUP && g * BLOCKS_GROUP + i < j->from->n; i++)
            put_row(j, g * BLOCKS_GROUP + i, &(lane){.at = group, .lane = i});
    }
}

blocks_matrix blocks_matrix_prepare(pool *p, const blocks_stored *from, void *data) {
    blocks_matrix out = {.n = from->n, .k = from->k, .data = data};
    job j = {.from = from, .data = data, .blocks = size_div_up(from->k, BLOCKS_COLUMNS)};
    if (!blocks_form_of(from->type, &out.form)) return (blocks_matrix){0};
    if (!blocks_row_bytes(from->type, from->k, &j.row_bytes)) return (blocks_matrix){0};
    j.group_bytes = blocks_group_bytes(out.form, j.blocks);
    pool_for(p, size_div_up(from->n, BLOCKS_GROUP), 4, some_groups, &j);
    return out;
}
