#include "model/copying.h"

#include "tensor/rope_table.h"

#include <math.h>
#include <string.h>

// Channel 0 of every state is a constant that nothing writes to: queries and keys made of it alone
// know the distance between two bytes, and nothing else.
#define CONSTANT 0.7
#define NORM_0 (1 + CONSTANT * CONSTANT) // square of a state before block 0: the embedding has 1

#define BACK_MOST ((size_t)4) // bytes that a state knows beside its own
#define BACK_SIZE 1.0         // of each of them in the state, the embedding has 1
#define OTHERS 0.3            // square of what other parts of block 0 add, about
#define HASH_SIZE 2.0         // of what stood before a place
#define COPY_SIZE 1.0         // of the byte that is found

// A pair that turns by f for each byte adds cos(f distance) to a score. Those that turn fast tell
// neighbours apart, and those in between near from far. Pairs that hardly turn take a share of the
// sum away again: a key that is larger than others by chance would else win by its size.
#define TURNS 0.005
#define HARDLY_TURNS 0.002
#define PAIR_SCORE 15.0
#define TAKEN_AWAY 0.8
#define KEPT 0.1 // of the normal numbers, so that training can turn a head to something else

#define MATCH_SCORE 60.0
#define MATCH_TURN 2.0          // of the pairs that compare, over the whole context at most
#define MATCH_LEAST ((size_t)4) // channels, with which too much would look alike

// Vectors of d numbers: rows or columns of a matrix in the block.
typedef struct vectors {
    float *first;
    size_t count, length;
    size_t next, stride; // from one vector, and from one number, to the next
} vectors;

typedef struct circuit {
    const param_table *t;
    float *block;
    size_t d, size;  // channels of a state, and of a head
    size_t compared; // channels of a head that hardly turn within the context
    double scale;    // initial scale of a residual branch
} circuit;

static vectors rows_of(float *matrix, size_t d, size_t from, size_t count) {
    return (vectors){matrix + from * d, count, d, d, 1};
}

static vectors columns_of(float *matrix, size_t d, size_t from, size_t count) {
    return (vectors){matrix + from, count, d, 1, d};
}

static float *number(const vectors *v, size_t i, size_t j) {
    return v->first + i * v->next + j * v->stride;
}

static double inner(const vectors *a, size_t i, const vectors *b, size_t j) {
    double sum = 0;
    for (size_t n = 0; n < a->length; n++)
        sum += (double)*number(a, i, n) * (double)*number(b, j, n);
    return sum;
}

static void multiply(const vectors *v, double factor) {
    for (size_t i = 0; i < v->count; i++)
        for (size_t n = 0; n < v->length; n++)
            *number(v, i, n) = (float)((double)*number(v, i, n) * factor);
}

static void clear_constant(const vectors *v) {
    for (size_t i = 0; i < v->count; i++) *number(v, i, 0) = 0;
}

// Vector i of v without what it has of the first `count` vectors of b.
static void remove_parts(const vectors *v, size_t i, const vectors *b, size_t count) {
    for (size_t j = 0; j < count; j++) {
        const double part = inner(v, i, b, j);
        for (size_t n = 0; n < v->length; n++)
            *number(v, i, n) = (float)((double)*number(v, i, n) - part * (double)*number(b, j, n));
    }
}

// Gives the vectors length 1 and right angles to each other and, where there are any, to others
// that have that already: as exactly as f32 is, which is more than enough here.
static void make_orthonormal(const vectors *v, const vectors *others) {
    for (size_t i = 0; i < v->count; i++) {
        if (others) remove_parts(v, i, others, others->count);
        remove_parts(v, i, v, i);
        const double length = sqrt(inner(v, i, v, i));
        const vectors one = {number(v, i, 0), 1, v->length, v->next, v->stride};
        if (length > 0) multiply(&one, 1 / length);
    }
}

static double frequency(const circuit *c, size_t pair) {
    return rope_frequency(c->t->config.rope_theta, pair, c->size);
}

// Channels of a head whose pairs hardly turn within the context, the last ones. What they compare
// and where it is kept must fit beside the constant.
static size_t compared_channels(const model_config *c) {
    const size_t size = c->d_model / c->n_heads, most = (c->d_model - 1) / 4 * 2;
    size_t count = 0;
    for (size_t i = 0; i < size / 2; i++)
        if (rope_frequency(c->rope_theta, i, size) * (double)c->max_seq_len < MATCH_TURN)
            count += 2;
    return count < most ? count : most;
}

bool copying_fits(const model_config *c) {
    return c->n_layers >= 3 && compared_channels(c) >= MATCH_LEAST;
}

// Block b of the fine stack.
static const block_params *fine(const circuit *c, size_t b) {
    return &c->t->blocks[b];
}

// The matrix of queries, keys or values (part 0, 1, 2) of block b.
static float *projection(const circuit *c, size_t b, size_t part) {
    return c->block + fine(c, b)->qkv + part * c->d * c->d;
}

static float *output(const circuit *c, size_t b) {
    return c->block + fine(c, b)->o;
}

static void keep_constant(const circuit *c) {
    for (size_t i = 0; i < c->t->config.vocab_size; i++)
        c->block[c->t->embed + i * c->d] = (float)CONSTANT;
    for (size_t b = 0; b < c->t->config.n_layers; b++) {
        memset(output(c, b), 0, c->d * sizeof(float));
        memset(c->block + fine(c, b)->w2, 0, c->t->config.d_ff * sizeof(float));
    }
}

// Head h of block b looks `back` bytes back. norm: square of the states that it reads.
static void look_back(const circuit *c, size_t b, size_t h, size_t back, double norm) {
    float *q = projection(c, b, 0) + h * c->size * c->d;
    float *k = projection(c, b, 1) + h * c->size * c->d;
    const vectors both[2] = {rows_of(q, c->d, 0, c->size), rows_of(k, c->d, 0, c->size)};
    for (size_t i = 0; i < 2; i++) multiply(&both[i], KEPT);
    const double seen = sqrt((double)c->d / norm) * CONSTANT; // the constant after the norm
    const double w = sqrt(PAIR_SCORE * sqrt((double)c->size)) / seen;
    size_t turning = 0, still = 0;
    for (size_t i = 0; i < c->size / 2; i++) {
        turning += frequency(c, i) > TURNS;
        still += frequency(c, i) < HARDLY_TURNS;
    }
    const double away = still ? w * sqrt(TAKEN_AWAY * (double)turning / (double)still) : 0;
    for (size_t i = 0; i < c->size / 2; i++) {
        float *q0 = q + 2 * i * c->d, *q1 = q0 + c->d, *k0 = k + 2 * i * c->d;
        const double f = frequency(c, i);
        if (f > TURNS) {
            double cosine, sine;
            rope_turn(f * (double)back, &cosine, &sine);
            *k0 = (float)((double)*k0 + w);
            *q0 = (float)((double)*q0 + w * cosine);
            *q1 = (float)((double)*q1 - w * sine);
        } else if (f < HARDLY_TURNS) {
            *k0 = (float)((double)*k0 + away);
            *q0 = (float)((double)*q0 - away);
        }
    }
}

// A state knows `count` bytes before its own: each head adds its byte, turned in a way of its own.
static void remember_bytes(const circuit *c, size_t count) {
    for (size_t h = 0; h < count; h++) {
        const vectors values = rows_of(projection(c, 0, 2), c->d, h * c->size, c->size);
        const vectors out = columns_of(output(c, 0), c->d, h * c->size, c->size);
        look_back(c, 0, h, h + 1, NORM_0);
        make_orthonormal(&values, NULL);
        clear_constant(&values);
        make_orthonormal(&out, NULL);
        multiply(&out, BACK_SIZE / (c->scale * sqrt((double)c->size)));
    }
}

// What stood before a place, of which the state keeps c->compared channels. They and what they are
// made of lie at right angles, so that the one does not disturb the other.
static void remember_before(const circuit *c, size_t bytes) {
    const size_t m = c->compared, rest = c->size - m;
    const vectors hash = rows_of(projection(c, 1, 2), c->d, 0, m);
    const vectors kept = columns_of(output(c, 1), c->d, 0, m);
    const vectors no_values = rows_of(projection(c, 1, 2), c->d, m, rest);
    const vectors nowhere = columns_of(output(c, 1), c->d, m, rest);
    look_back(c, 1, 0, 1, NORM_0 + BACK_SIZE * BACK_SIZE * (double)bytes + OTHERS);
    clear_constant(&hash);
    make_orthonormal(&kept, NULL);
    make_orthonormal(&hash, &kept);
    multiply(&no_values, 0);
    multiply(&nowhere, 0);
}

// Queries are what the state knows of its last bytes, keys what stood before a place: the channels
// of remember_before. Only pairs that hardly turn compare, so that the distance does not matter.
static void match(const circuit *c) {
    const size_t m = c->compared, first = c->size - m;
    const vectors hash = rows_of(projection(c, 1, 2), c->d, 0, m);
    const vectors kept = columns_of(output(c, 1), c->d, 0, m);
    float *q = projection(c, 2, 0), *k = projection(c, 2, 1);
    const double w = sqrt(MATCH_SCORE * sqrt((double)c->size) / (double)m);
    memset(q, 0, c->size * c->d * sizeof *q);
    memset(k, 0, c->size * c->d * sizeof *k);
    for (size_t i = 0; i < m; i++)
        for (size_t n = 0; n < c->d; n++) {
            q[(first + i) * c->d + n] = (float)(w * (double)*number(&hash, i, n));
            k[(first + i) * c->d + n] = (float)(w * (double)*number(&kept, i, n));
        }
    // Keys are made of the directions alone; their size counts from here on.
    multiply(&kept, HASH_SIZE / (c->scale * sqrt((double)m)));
}

// The byte of the place that was found, turned so that the head (E fuse) reads it as that byte.
static void say_byte(const circuit *c) {
    float *fuse = c->block + c->t->fuse, *o = output(c, 2);
    const vectors turn = rows_of(fuse, c->d, 0, c->d);
    const vectors back = columns_of(fuse, c->d, 0, c->d);
    const vectors values = rows_of(projection(c, 2, 2), c->d, 0, c->size);
    make_orthonormal(&turn, NULL);
    make_orthonormal(&values, NULL);
    clear_constant(&values);
    const double w = COPY_SIZE / (c->scale * sqrt((double)c->size));
    for (size_t n = 1; n < c->d; n++)
        for (size_t i = 0; i < c->size; i++)
            o[n * c->d + i] = (float)(w * inner(&back, n, &values, i));
}

void copying_begin(const param_table *t, float *block) {
    const model_config *config = &t->config;
    if (!copying_fits(config)) return;
    const circuit c = {.t = t,
                       .block = block,
                       .d = config->d_model,
                       .size = config->d_model / config->n_heads,
                       .compared = compared_channels(config),
                       .scale = (double)block[t->blocks[0].attn_scale]};
    const size_t bytes = config->n_heads < BACK_MOST ? config->n_heads : BACK_MOST;
    keep_constant(&c);
    remember_bytes(&c, bytes);
    remember_before(&c, bytes);
    match(&c);
    say_byte(&c);
}
