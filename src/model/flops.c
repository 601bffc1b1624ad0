#include "model/flops.h"

// States of a scale after `length` bytes.
static size_t born(size_t scale, size_t length) {
    return length / model_factor(scale);
}

// 4 d^2 + 3 d f: the matrices of attention (q, k, v, o) and of the feed-forward (w1, w2, w3).
static double core(const model_config *c) {
    const double d = (double)c->d_model;
    return 4 * d * d + 3 * d * (double)c->d_ff;
}

// sum over the n queries i = 1..n of scale a of floor(k_a i / k_b), the states of scale b that they
// see. Where b is finer or equal: k_a / k_b n (n+1) / 2. Where one state of b takes q states of a,
// the terms are 0, q times 1, q times 2, ... : with n + 1 = q m + rest they sum to
// q m (m-1) / 2 + m rest, the terms of i = 0 included.
static double pairs_seen(size_t a, size_t b, size_t n) {
    if (a >= b)
        return (double)(model_factor(a) / model_factor(b)) * (double)n * (double)(n + 1) / 2;
    const size_t q = model_factor(b) / model_factor(a), m = (n + 1) / q, rest = (n + 1) % q;
    return m == 0 ? 0 : (double)q * (double)m * (double)(m - 1) / 2 + (double)m * (double)rest;
}

// Each pair of a query and a key costs d for the score and d for the weighted value, all heads
// together.
static double stack(const model_config *c, size_t scale, size_t n) {
    const double seen = pairs_seen(scale, scale, n);
    return (double)c->n_layers * ((double)n * core(c) + 2 * (double)c->d_model * seen);
}

// Pair a <- b of a round: each state of b publishes a key and a value (2 d^2); each query has its
// own projections (q and o, 2 d^2), attention over what it sees and the null key, and a
// feed-forward (3 d f).
static double cross(const model_config *c, size_t a, size_t b, size_t length) {
    const double d = (double)c->d_model, publish = 2 * d * d, query = core(c) - publish;
    const size_t n = born(a, length);
    const double seen = pairs_seen(a, b, n) + (double)n;
    return (double)born(b, length) * publish + (double)n * query + 2 * d * seen;
}

// For each byte: one slice of U for the medium and one for the coarse scale (2 d^2), the gate
// (3 x 3d), the fusion (d^2) and the head (V d).
static double ends(const model_config *c) {
    const double d = (double)c->d_model;
    return 3 * d * d + 9 * d + (double)c->vocab_size * d;
}

double flops_forward(const model_config *c, size_t length, bool exit) {
    const double d = (double)c->d_model;
    double sum = (double)length * ends(c);
    if (exit) sum += (double)length * (double)c->vocab_size * d;
    for (size_t a = 0; a < MODEL_SCALES; a++) {
        const size_t n = born(a, length);
        sum += stack(c, a, n);
        // The down-projection [d, k d] of a group.
        if (a > 0) sum += (double)n * (double)model_factor(a) * d * d;
        for (size_t b = 0; b < MODEL_SCALES; b++)
            if (b != a) sum += (double)c->n_cross * cross(c, a, b, length);
    }
    return sum;
}

double flops_train(const model_config *c, size_t length) {
    return FLOPS_TRAIN * flops_forward(c, length, c->fine_exit > 0);
}

// With r_a = 1, 1/2, 1/4 the share of the bytes that a state of scale a is born at, of the terms of
// config_parameters:
//   stack a   r_a (L (4d^2 + 3 d f + 4d) + d)     down a    r_a k_a d^2 = d^2
//   pair a<-b r_a (2d^2 + 3 d f + 6d)             q, o, feed-forward; 2 of the norms and both
//                                                 scales, the null key and value
//             r_b (2d^2 + d)                      k, v and their norm
//   up        2 d^2, a slice of each              gate, fuse, norm, head   9d + d^2 + d + V d
double flops_decode_parameters(const model_config *c) {
    const double d = (double)c->d_model, layers = (double)c->n_layers;
    double sum = 3 * d * d + 10 * d + (double)c->vocab_size * d;
    for (size_t a = 0; a < MODEL_SCALES; a++) {
        const double rate = 1 / (double)model_factor(a);
        sum += rate * (layers * (core(c) + 4 * d) + d);
        if (a > 0) sum += d * d;
        for (size_t b = 0; b < MODEL_SCALES; b++)
            if (b != a)
                sum += (double)c->n_cross * (rate * (core(c) - 2 * d * d + 6 * d) +
                                             (2 * d * d + d) / (double)model_factor(b));
    }
    return sum;
}
