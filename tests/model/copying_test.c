// What the heads of a new model look at, by the mathematics of the fine stack in double.
#include "base/alloc.h"
#include "base/error.h"
#include "base/rng.h"
#include "model/copying.h"
#include "model/model_case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH ((size_t)160) // of a text that stands twice in the context

// The state of a fine stack on a text, and what its heads looked at.
typedef struct stack {
    const param_table *t;
    const float *w;
    size_t n, d, heads, size;
    double *h;                     // [n, d]
    double *normed, *q, *k, *v;    // [n, d]
    double *mixed, *gate, *weight; // [d], [2 d_ff], [n]
} stack;

// What a head gave to the byte so far back, and to the one behind the same bytes: means.
typedef struct looks {
    double back[5], found;
} looks;

static void set_rotation(const stack *s, double *x, size_t at) {
    for (size_t i = 0; i < s->d; i += 2) {
        const double angle =
            (double)at * pow(s->t->config.rope_theta, -(double)(i % s->size) / (double)s->size);
        const double a = x[i], b = x[i + 1];
        x[i] = a * cos(angle) - b * sin(angle);
        x[i + 1] = b * cos(angle) + a * sin(angle);
    }
}

static void product(double *out, const float *matrix, const double *x, size_t rows, size_t cols) {
    for (size_t i = 0; i < rows; i++) {
        out[i] = 0;
        for (size_t j = 0; j < cols; j++) out[i] += (double)matrix[i * cols + j] * x[j];
    }
}

static void norm(double *out, const double *x, size_t d) {
    double squares = 1e-5 * (double)d;
    for (size_t i = 0; i < d; i++) squares += x[i] * x[i];
    for (size_t i = 0; i < d; i++) out[i] = x[i] / sqrt(squares / (double)d);
}

// Head h of the projected states: adds to s->mixed, and to *l where the text stands again.
static void attend(const stack *s, size_t h, size_t at, looks *l) {
    const size_t first = h * s->size;
    double most = -INFINITY, sum = 0;
    for (size_t j = 0; j <= at; j++) {
        s->weight[j] = 0;
        for (size_t i = first; i < first + s->size; i++)
            s->weight[j] += s->q[at * s->d + i] * s->k[j * s->d + i] / sqrt((double)s->size);
        most = fmax(most, s->weight[j]);
    }
    for (size_t j = 0; j <= at; j++) sum += s->weight[j] = exp(s->weight[j] - most);
    for (size_t j = 0; j <= at; j++) {
        s->weight[j] /= sum;
        for (size_t i = first; i < first + s->size; i++)
            s->mixed[i] += s->weight[j] * s->v[j * s->d + i];
    }
    if (at < LENGTH + 8) return;
    const double each = 1 / (double)(s->n - LENGTH - 8);
    for (size_t back = 0; back < COUNT_OF(l->back); back++)
        l->back[back] += each * s->weight[at - back];
    l->found += each * s->weight[at - LENGTH + 1];
}

static void run_block(const stack *s, size_t block, looks *of_heads) {
    const size_t d = s->d, f = s->t->config.d_ff;
    const block_params *p = &s->t->blocks[block];
    for (size_t at = 0; at < s->n; at++) {
        norm(s->normed, s->h + at * d, d);
        product(s->q + at * d, s->w + p->qkv, s->normed, d, d);
        product(s->k + at * d, s->w + p->qkv + d * d, s->normed, d, d);
        product(s->v + at * d, s->w + p->qkv + 2 * d * d, s->normed, d, d);
        set_rotation(s, s->q + at * d, at);
        set_rotation(s, s->k + at * d, at);
    }
    for (size_t at = 0; at < s->n; at++) {
        double *h = s->h + at * d;
        memset(s->mixed, 0, d * sizeof *s->mixed);
        for (size_t i = 0; i < s->heads; i++) attend(s, i, at, &of_heads[i]);
        product(s->normed, s->w + p->o, s->mixed, d, d);
        for (size_t i = 0; i < d; i++) h[i] += (double)s->w[p->attn_scale + i] * s->normed[i];
        norm(s->normed, h, d);
        product(s->gate, s->w + p->w13, s->normed, 2 * f, d);
        for (size_t i = 0; i < f; i++) s->gate[i] *= s->gate[f + i] / (1 + exp(-s->gate[f + i]));
        product(s->mixed, s->w + p->w2, s->gate, d, f);
        for (size_t i = 0; i < d; i++) h[i] += (double)s->w[p->ffn_scale + i] * s->mixed[i];
    }
}

static double *numbers(size_t count) {
    double *out = mem_zalloc_array(count, sizeof *out);
    assert_non_null(out);
    return out;
}

// Three blocks on a text of letters that stands twice. -> out[block][head], of 16 heads at most
static void look(const param_table *t, const float *w, looks out[3][16]) {
    const size_t d = t->config.d_model, n = 2 * LENGTH;
    stack s = {.t = t, .w = w, .n = n, .d = d, .heads = t->config.n_heads};
    s.size = d / s.heads;
    double **const states[] = {&s.h, &s.normed, &s.q, &s.k, &s.v};
    for (size_t i = 0; i < COUNT_OF(states); i++) *states[i] = numbers(n * d);
    s.mixed = numbers(d);
    s.gate = numbers(2 * t->config.d_ff);
    s.weight = numbers(n);
    for (size_t at = 0; at < n; at++) {
        const size_t symbol = 'a' + rng_below(rng_key(3, 0), at % LENGTH, 26);
        for (size_t i = 0; i < d; i++) s.h[at * d + i] = (double)w[t->embed + symbol * d + i];
    }
    memset(out, 0, 3 * sizeof *out);
    for (size_t block = 0; block < 3; block++) run_block(&s, block, out[block]);
    for (size_t at = 0; at < n; at++) // nothing wrote to the constant
        assert_true(s.h[at * d] == (double)w[t->embed]);
    for (size_t i = 0; i < COUNT_OF(states); i++) mem_free(*states[i]);
    mem_free(s.mixed);
    mem_free(s.gate);
    mem_free(s.weight);
}

static const model_config shapes[] = {
    {.d_model = 80,
     .n_heads = 2,
     .d_ff = 224,
     .n_layers = 3,
     .max_seq_len = 512,
     .rope_theta = 1e5},
    {.d_model = 96,
     .n_heads = 3,
     .d_ff = 256,
     .n_layers = 3,
     .max_seq_len = 512,
     .rope_theta = 1e6},
    {.d_model = 256,
     .n_heads = 4,
     .d_ff = 344,
     .n_layers = 4,
     .max_seq_len = 256,
     .rope_theta = 1e4},
    {.d_model = 64, .n_heads = 1, .d_ff = 33, .n_layers = 3, .max_seq_len = 320, .rope_theta = 3e4},
};

static float *fresh(param_table *t, const model_config *like, uint64_t seed) {
    axl_error err;
    model_config c = config_defaults();
    c.d_model = like->d_model;
    c.n_heads = like->n_heads;
    c.d_ff = like->d_ff;
    c.n_layers = like->n_layers;
    c.max_seq_len = like->max_seq_len;
    c.rope_theta = like->rope_theta;
    case_ok(params_build(t, &c, &err), &err);
    float *w = mem_alloc_array(t->numbers, sizeof *w);
    assert_non_null(w);
    params_init(t, seed, w);
    return w;
}

// With normal numbers alone a head gives each of some 300 places its even share.
static void heads_of_a_new_model_copy(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(shapes); i++)
        for (uint64_t seed = 1; seed <= 2; seed++) {
            param_table t;
            looks l[3][16];
            float *w = fresh(&t, &shapes[i], seed);
            assert_true(copying_fits(&t.config));
            copying_begin(&t, w);
            look(&t, w, l);
            const size_t heads = t.config.n_heads;
            for (size_t h = 0; h < heads && h < 4; h++)
                if (!(l[0][h].back[h + 1] > 0.9))
                    fail_msg("shape %zu: head %zu looks back %g", i, h, l[0][h].back[h + 1]);
            if (!(l[1][0].back[1] > 0.75)) fail_msg("shape %zu: before %g", i, l[1][0].back[1]);
            if (!(l[2][0].found > 0.3)) fail_msg("shape %zu: found %g", i, l[2][0].found);
            for (size_t h = 1; h < heads; h++) assert_true(l[2][h].found < 0.1);
            mem_free(w);
            params_free(&t);
        }
}

// The byte that is found is the one that is said: what the head of block 2 adds for a byte, given
// to the head of the model, is more of that byte than of any other.
static void what_is_found_is_said(void **state) {
    (void)state;
    param_table t;
    float *w = fresh(&t, &shapes[0], 1);
    copying_begin(&t, w);
    const size_t d = t.config.d_model, size = d / t.config.n_heads;
    const float *values = w + t.blocks[2].qkv + 2 * d * d, *o = w + t.blocks[2].o;
    size_t right = 0;
    double *x = numbers(4 * d), *value = x + d, *added = x + 2 * d, *said = x + 3 * d;
    for (size_t symbol = 0; symbol < 256; symbol++) {
        double best = -INFINITY;
        size_t of = 0;
        for (size_t i = 0; i < d; i++) x[i] = (double)w[t.embed + symbol * d + i];
        product(value, values, x, size, d);
        for (size_t i = 0; i < d; i++) {
            added[i] = 0;
            for (size_t j = 0; j < size; j++) added[i] += (double)o[i * d + j] * value[j];
        }
        product(said, w + t.fuse, added, d, d);
        for (size_t other = 0; other < 256; other++) {
            double logit;
            product(&logit, w + t.embed + other * d, said, 1, d);
            if (logit > best) best = logit, of = other;
        }
        right += of == symbol;
    }
    if (right < 250) fail_msg("%zu of 256 bytes are said", right);
    mem_free(x);
    mem_free(w);
    params_free(&t);
}

// Only the fine stack, the embedding and the turn of the head change, and always alike.
static void the_rest_stays(void **state) {
    (void)state;
    param_table t;
    float *a = fresh(&t, &shapes[0], 7), *b = mem_alloc_array(t.numbers, sizeof *b);
    assert_non_null(b);
    memcpy(b, a, t.numbers * sizeof *b);
    copying_begin(&t, a);
    for (size_t i = 0; i < t.count; i++) {
        const param *p = &t.list[i];
        const bool same = memcmp(a + p->offset, b + p->offset, p->count * sizeof *a) == 0;
        const bool fine = strncmp(p->name, "stacks.0.", 9) == 0;
        if (strncmp(p->name, "embed", 5) != 0 && strncmp(p->name, "fuse", 4) != 0 && !fine)
            assert_true(same);
        for (size_t j = 0; j < p->count; j++) assert_true(isfinite(a[p->offset + j]));
    }
    copying_begin(&t, b);
    assert_memory_equal(a, b, t.numbers * sizeof *a);
    mem_free(a);
    mem_free(b);
    params_free(&t);
}

// Two blocks, or pairs that all turn within the context, are not enough.
static void what_does_not_fit_is_left_alone(void **state) {
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        param_table t;
        model_config c = shapes[0];
        if (i == 0) c.n_layers = 2;
        if (i == 1) c.rope_theta = 100;
        if (i == 2) c.n_heads = 40; // of one pair
        float *a = fresh(&t, &c, 7), *b = mem_alloc_array(t.numbers, sizeof *b);
        assert_non_null(b);
        memcpy(b, a, t.numbers * sizeof *b);
        assert_false(copying_fits(&t.config));
        copying_begin(&t, a);
        assert_memory_equal(a, b, t.numbers * sizeof *a);
        mem_free(a);
        mem_free(b);
        params_free(&t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_of_a_new_model_copy),
        cmocka_unit_test(what_is_found_is_said),
        cmocka_unit_test(the_rest_stays),
        cmocka_unit_test(what_does_not_fit_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
