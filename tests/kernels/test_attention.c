// Attention against plain double-precision loops, on every level: shapes, visibilities, strides,
// guard pages, numbers that are not finite, and that what a query does not see cannot touch it.
#include "kernels/harness.h"

#include "kernels/attention_reference.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- who sees what ----
enum {
    CAUSAL,    // the first floor((t + 1) keys / queries)
    WHOLE,     // everything
    WINDOW,    // causal, the last few only
    DOCUMENTS, // causal, back to the start of one's document
    LATE,      // causal, but the first queries see nothing
    GAPS,      // groups of queries with keys of their own, and keys that nobody sees between them
    SIGHTS
};
static const char *const sight_names[SIGHTS] = {"causal",    "whole", "window",
                                                "documents", "late",  "gaps"};

typedef struct shape {
    size_t queries, keys, size;
    int sight;
    bool null;
    double sharp; // factor on q: how far apart the scores are
} shape;

typedef struct problem {
    shape shape;
    uint32_t *first, *visible;
    unsigned char *sees; // [queries, keys]
    reference r;
} problem;

static size_t causal(const shape *s, size_t t) {
    return (t + 1) * s->keys / s->queries;
}

static void see(const shape *s, size_t t, uint32_t *first, uint32_t *visible) {
    size_t lo = 0, hi = causal(s, t), window = s->keys / 5 + 1, group = t / 3;
    if (s->sight == WHOLE) hi = s->keys;
    if (s->sight == WINDOW && hi > window) lo = hi - window;
    if (s->sight == DOCUMENTS) lo = causal(s, t) / 23 * 23;
    if (s->sight == LATE && t < s->queries / 3 + 1) hi = 0;
    if (s->sight == GAPS) {
        lo = group * 10 + group % 4;
        hi = lo + (group * 5) % 9; // sometimes nothing
    }
    *first = (uint32_t)(lo < s->keys ? lo : s->keys);
    *visible = (uint32_t)(hi < s->keys ? hi : s->keys);
}

static double *fill(double *p, size_t n, uint64_t seed, double factor) {
    for (size_t i = 0; i < n; i++) p[i] = (float)(factor * random_at(seed, i));
    return p;
}

static void problem_make(problem *p, const shape *s) {
    const size_t cells = s->queries * s->keys;
    *p = (problem){.shape = *s};
    p->first = malloc(s->queries * sizeof(uint32_t));
    p->visible = malloc(s->queries * sizeof(uint32_t));
    p->sees = calloc(cells, 1);
    for (size_t t = 0; t < s->queries; t++) {
        see(s, t, &p->first[t], &p->visible[t]);
        for (size_t j = p->first[t]; j < p->visible[t]; j++) p->sees[t * s->keys + j] = 1;
    }
    reference *r = &p->r;
    *r = (reference){s->queries, s->keys, s->size, .null = s->null, .sees = p->sees};
    r->scale = (double)(1.0f / sqrtf((float)s->size));
    reference_alloc(r);
    fill(r->q, s->queries * s->size, 1, s->sharp);
    fill(r->k, s->keys * s->size, 2, 1);
    fill(r->v, s->keys * s->size, 3, 1);
    fill(r->d_o, s->queries * s->size, 4, 1);
    fill(r->null_k, s->size, 5, 1);
    fill(r->null_v, s->size, 6, 1);
}

static void problem_free(problem *p) {
    reference_free(&p->r);
    free(p->first);
    free(p->visible);
    free(p->sees);
}

// ---- one call of a level, everything between guard pages ----
typedef struct call {
    room room;
    attention_forward_args f;
    attention_backward_args b;
    const attention_kernels *kernel;
    float *q, *k, *v, *d_o; // the inputs, for a test that changes some
} call;

// Rows of n numbers as floats, ld apart; NaN between them.
static float *call_rows(call *c, const double *p, size_t rows, size_t n, size_t ld) {
    float *x = room_input(&c->room, (rows * ld - (ld - n)) * sizeof(float), sizeof(float));
    for (size_t i = 0; i < rows * ld - (ld - n); i++)
        x[i] = i % ld < n ? (float)p[i / ld * n + i % ld] : NAN;
    return x;
}

static size_t extent(size_t rows, size_t n, size_t ld) {
    return rows * ld - (ld - n);
}

static void call_forward_args(call *c, const problem *p) {
    const shape *s = &p->shape;
    attention_head *h = &c->f.head;
    *h = (attention_head){.queries = s->queries, .keys = s->keys, .size = s->size};
    h->scale = (float)p->r.scale;
    h->ldq = s->size + 3;
    h->ldk = s->size;
    h->ldv = s->size + 5;
    h->q = c->q = call_rows(c, p->r.q, s->queries, s->size, h->ldq);
    h->k = c->k = call_rows(c, p->r.k, s->keys, s->size, h->ldk);
    h->v = c->v = call_rows(c, p->r.v, s->keys, s->size, h->ldv);
    uint32_t *visible = room_input(&c->room, s->queries * sizeof *visible, sizeof *visible);
    memcpy(visible, p->visible, s->queries * sizeof *visible);
    h->visible = visible;
    bool windowed = false;
    for (size_t t = 0; t < s->queries; t++) windowed = windowed || p->first[t] > 0;
    if (windowed) {
        uint32_t *first = room_input(&c->room, s->queries * sizeof *first, sizeof *first);
        memcpy(first, p->first, s->queries * sizeof *first);
        h->first = first;
    }
    if (s->null) {
        h->null_k = call_rows(c, p->r.null_k, 1, s->size, s->size);
        h->null_v = call_rows(c, p->r.null_v, 1, s->size, s->size);
    }
    c->f.ldo = s->size + 1;
    c->f.o = room_out_f32(&c->room, extent(s->queries, s->size, c->f.ldo));
    c->f.row_max = room_out_f32(&c->room, s->queries);
    c->f.row_sum = room_out_f32(&c->room, s->queries);
    c->f.scratch = room_scratch(&c->room, c->kernel->forward_scratch(s->queries, s->keys, s->size));
}

// Gradients are added to what is there: small whole numbers, so that the sum shows both.
static float *call_gradient(call *c, size_t n) {
    float *x = room_inout_f32(&c->room, n, 9);
    for (size_t i = 0; i < n; i++) x[i] = (float)(i % 5) - 2;
    return x;
}

static void call_backward_args(call *c, const problem *p) {
    const shape *s = &p->shape;
    attention_backward_args *b = &c->b;
    *b = (attention_backward_args){.head = c->f.head, .o = c->f.o, .ldo = c->f.ldo};
    b->row_max = c->f.row_max;
    b->row_sum = c->f.row_sum;
    b->d_o = c->d_o = call_rows(c, p->r.d_o, s->queries, s->size, b->ldo);
    b->lddq = s->size + 2;
    b->lddk = s->size + 1;
    b->lddv = s->size;
    b->dq = room_out_f32(&c->room, extent(s->queries, s->size, b->lddq));
    b->dk = call_gradient(c, extent(s->keys, s->size, b->lddk));
    b->dv = call_gradient(c, extent(s->keys, s->size, b->lddv));
    if (s->null) {
        b->d_null_k = call_gradient(c, s->size);
        b->d_null_v = call_gradient(c, s->size);
    }
    b->scratch = room_scratch(&c->room, c->kernel->backward_scratch(s->queries, s->keys, s->size));
}

static void call_open(call *c, const problem *p, size_t level, int place) {
    const shape *s = &p->shape;
    case_begin("%s %s %zu queries %zu keys size %zu%s, %s", level_name(level),
               sight_names[s->sight], s->queries, s->keys, s->size, s->null ? " null key" : "",
               place_name(place));
    *c = (call){.kernel = level_at(level)->attention};
    room_open(&c->room, place);
    call_forward_args(c, p);
    call_backward_args(c, p);
}

static void call_run(call *c) {
    room_seal(&c->room);
    c->kernel->forward(&c->f);
    c->kernel->backward(&c->b);
}

static void call_close(call *c) {
    room_close(&c->room);
    case_end();
}

// ---- against the reference ----
#define UNITS 32 // the error of a score goes into its weight: about |score| / 2^24 and a few more

// Rows of size numbers that a kernel wrote or added to, ld apart, and what they should be.
typedef struct result {
    const float *got;
    size_t ld, rows, size;
    const double *want, *sum;
} result;

static void check_rows(const result *r) {
    for (size_t i = 0; i < r->rows; i++) {
        const float *got = r->got + i * r->ld;
        for (size_t d = 0; d < r->size; d++)
            check_close(r->want[i * r->size + d], got[d], r->sum[i * r->size + d], UNITS);
        if (i + 1 < r->rows) check_poison(got + r->size, r->ld - r->size);
    }
}

static void check_added(const result *r) {
    for (size_t i = 0; i < extent(r->rows, r->size, r->ld); i++) {
        double old = (double)(i % 5) - 2;
        size_t at = i / r->ld * r->size + i % r->ld;
        if (i % r->ld < r->size) {
            check_close(old + r->want[at], r->got[i], fabs(old) + r->sum[at], UNITS);
        } else if ((double)r->got[i] != old) {
            fail_msg("written between the rows");
        }
    }
}

static void check_call(const call *c, const reference *r) {
    const attention_forward_args *f = &c->f;
    const attention_backward_args *b = &c->b;
    const size_t n = r->size;
    check_rows(&(result){f->o, f->ldo, r->queries, n, r->o, r->o_sum});
    for (size_t t = 0; t < r->queries; t++) {
        check_close(r->max[t], f->row_max[t], fabs(r->max[t]) + 1, UNITS);
        check_close(r->sum[t], f->row_sum[t], r->sum[t], UNITS);
    }
    check_rows(&(result){b->dq, b->lddq, r->queries, n, r->dq, r->dq_sum});
    check_added(&(result){b->dk, b->lddk, r->keys, n, r->dk, r->dk_sum});
    check_added(&(result){b->dv, b->lddv, r->keys, n, r->dv, r->dv_sum});
    if (r->null) {
        check_added(&(result){b->d_null_k, n, 1, n, r->d_null_k, r->d_null_k_sum});
        check_added(&(result){b->d_null_v, n, 1, n, r->d_null_v, r->d_null_v_sum});
    }
}

static void shape_run(const shape *s) {
    problem p;
    problem_make(&p, s);
    reference_backward(&p.r);
    for (size_t level = 0; level < level_count(); level++) {
        for (int place = 0; place < PLACES; place++) {
            if (s->queries * s->keys > 20000 && place != PLACE_END) continue;
            call c;
            call_open(&c, &p, level, place);
            call_run(&c);
            check_call(&c, &p.r);
            call_close(&c);
        }
    }
    problem_free(&p);
}

#define SIZES 14
static const size_t head_sizes[SIZES] = {2, 4, 6, 12, 16, 18, 24, 32, 48, 50, 64, 72, 96, 128};

// Every odd length as queries and, in another order, as keys.
static void test_shapes(void **state) {
    (void)state;
    size_t n = 0;
    for (size_t i = 0; i < ODD_SIZES; i++) {
        for (size_t j = 0; j < ODD_SIZES; j += 3, n++) {
            size_t keys = odd_sizes[(i + j) % ODD_SIZES];
            shape_run(&(shape){odd_sizes[i], keys, head_sizes[n % SIZES], (int)(n % SIGHTS),
                               n % 5 < 2, 1});
        }
    }
}

// Every size of a head with every visibility.
static void test_sizes(void **state) {
    (void)state;
    for (size_t i = 0; i < SIZES; i++)
        for (int sight = 0; sight < SIGHTS; sight++)
            shape_run(&(shape){37, 37, head_sizes[i], sight, (i + (size_t)sight) % 2 == 0, 1});
}

// The scales of the model read each other: 1, 2 or 4 bytes a state.
static void test_cross(void **state) {
    (void)state;
    static const size_t shapes[][2] = {{64, 32},  {64, 16},  {32, 64},  {16, 64},
                                       {101, 25}, {25, 101}, {300, 75}, {75, 300}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        shape s = {shapes[i][0], shapes[i][1], 24, CAUSAL, true, 1};
        shape_run(&s);
        s.null = false;
        s.sight = WINDOW;
        shape_run(&s);
    }
}

// More keys than a block holds, more queries than a strip, scores that are far apart.
static void test_long(void **state) {
    (void)state;
    shape_run(&(shape){600, 600, 16, CAUSAL, false, 1});
    shape_run(&(shape){530, 530, 8, WINDOW, true, 1});
    shape_run(&(shape){7, 1100, 12, WHOLE, true, 1});
    shape_run(&(shape){40, 900, 4, WHOLE, false, 10});
    shape_run(&(shape){1, 700, 64, WHOLE, false, 1});
    shape_run(&(shape){3, 600, 16, WINDOW, true, 10});
    shape_run(&(shape){2, 300, 50, DOCUMENTS, false, 1});
    shape_run(&(shape){700, 3, 64, CAUSAL, true, 1});
    shape_run(&(shape){90, 400, 6, GAPS, false, 1});
}

// ---- numbers that are not finite ----
static bool same_row(const float *a, const float *b, size_t n) {
    return memcmp(a, b, n * sizeof *a) == 0;
}

static bool nan_row(const float *a, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (a[i] == a[i]) return false;
    return true;
}

// Row t of both forward results and of dq is the same, bit for bit.
static void check_row_kept(const call *want, const call *got, size_t t, size_t j) {
    const attention_forward_args *w = &want->f, *g = &got->f;
    const size_t n = w->head.size, q = want->b.lddq;
    bool same = same_row(w->o + t * w->ldo, g->o + t * w->ldo, n) &&
                same_row(w->row_max + t, g->row_max + t, 1) &&
                same_row(w->row_sum + t, g->row_sum + t, 1) &&
                same_row(want->b.dq + t * q, got->b.dq + t * q, n);
    if (!same) fail_msg("query %zu changed with key %zu, which it does not see", t, j);
}

// Key j is replaced: queries that see it notice, all others must be the same bits.
static void key_case(const problem *p, const call *want, size_t level, size_t j) {
    static const float values[4] = {NAN, INFINITY, -INFINITY, 1e30f};
    const size_t n = p->shape.size;
    const float x = values[j % 4];
    call c;
    call_open(&c, p, level, PLACE_END);
    for (size_t d = 0; d < n; d++) {
        if (j % 3 != 1) c.k[j * c.f.head.ldk + d] = x;
        if (j % 3 != 2) c.v[j * c.f.head.ldv + d] = x;
    }
    call_run(&c);
    for (size_t t = 0; t < p->shape.queries; t++) {
        if (!p->sees[t * p->shape.keys + j]) {
            check_row_kept(want, &c, t, j);
        } else if (x != x && !nan_row(c.f.o + t * c.f.ldo, n)) {
            fail_msg("query %zu does not show the NaN of key %zu", t, j);
        } else if (x != x && !nan_row(c.b.dq + t * c.b.lddq, n)) {
            fail_msg("dq %zu does not show the NaN of key %zu", t, j);
        }
    }
    call_close(&c);
}

// Query t and what comes back to it are replaced: gradients of keys that it does not see keep their
// bits, and so does everything about the other queries.
static void query_case(const problem *p, const call *want, size_t level, size_t t) {
    static const float values[3] = {NAN, INFINITY, 1e30f};
    const size_t n = p->shape.size, keys = p->shape.keys;
    call c;
    call_open(&c, p, level, PLACE_END);
    for (size_t d = 0; d < n; d++) {
        if (t % 3 != 1) c.q[t * c.f.head.ldq + d] = values[t % 2];
        if (t % 3 != 2) c.d_o[t * c.b.ldo + d] = values[t / 2 % 3];
    }
    call_run(&c);
    for (size_t i = 0; i < p->shape.queries; i++)
        if (i != t) check_row_kept(want, &c, i, t);
    for (size_t j = 0; j < keys; j++) {
        if (p->sees[t * keys + j]) continue;
        size_t dk = j * c.b.lddk, dv = j * c.b.lddv;
        if (!same_row(want->b.dk + dk, c.b.dk + dk, n) ||
            !same_row(want->b.dv + dv, c.b.dv + dv, n))
            fail_msg("key %zu changed with query %zu, which does not see it", j, t);
    }
    call_close(&c);
}

static void unseen_run(const shape *s) {
    problem p;
    problem_make(&p, s);
    for (size_t level = 0; level < level_count(); level++) {
        call want;
        call_open(&want, &p, level, PLACE_END);
        call_run(&want);
        for (size_t j = 0; j < s->keys; j++) key_case(&p, &want, level, j);
        for (size_t t = 0; t < s->queries; t++) query_case(&p, &want, level, t);
        call_close(&want);
    }
    problem_free(&p);
}

static void test_unseen(void **state) {
    (void)state;
    unseen_run(&(shape){70, 70, 16, CAUSAL, false, 1});
    unseen_run(&(shape){33, 33, 24, CAUSAL, true, 1});
    unseen_run(&(shape){53, 53, 6, WINDOW, false, 1});
    unseen_run(&(shape){53, 53, 18, DOCUMENTS, true, 1});
    unseen_run(&(shape){20, 60, 12, GAPS, false, 1});
    unseen_run(&(shape){48, 12, 32, CAUSAL, true, 1});
    unseen_run(&(shape){12, 48, 32, CAUSAL, false, 1});
    unseen_run(&(shape){4, 30, 16, CAUSAL, true, 1});
    unseen_run(&(shape){3, 30, 16, CAUSAL, false, 1});
    unseen_run(&(shape){2, 31, 18, WINDOW, true, 1});
}

// The gradients of keys that nobody sees are not touched: a NaN keeps its bits, a zero its sign.
static void unseen_key_case(const problem *p, size_t level) {
    const shape *s = &p->shape;
    call c;
    call_open(&c, p, level, PLACE_END);
    const size_t dk = extent(s->keys, s->size, c.b.lddk), dv = extent(s->keys, s->size, c.b.lddv);
    const float odd[2] = {-0.0f, float_of(0x7fa00001u)};
    for (size_t i = 0; i < dk; i++) memcpy(c.b.dk + i, &odd[i % 2], sizeof odd[0]);
    for (size_t i = 0; i < dv; i++) memcpy(c.b.dv + i, &odd[i % 2], sizeof odd[0]);
    call_run(&c);
    size_t unseen = 0;
    for (size_t j = 0; j < s->keys; j++) {
        bool seen = false;
        for (size_t t = 0; t < s->queries; t++) seen = seen || p->sees[t * s->keys + j];
        if (seen) continue;
        unseen++;
        for (size_t d = 0; d < s->size; d++) {
            size_t k = j * c.b.lddk + d, v = j * c.b.lddv + d;
            if (!same_row(c.b.dk + k, &odd[k % 2], 1) || !same_row(c.b.dv + v, &odd[v % 2], 1))
                fail_msg("key %zu, which nobody sees, was written", j);
        }
    }
    assert_true(unseen > 0);
    call_close(&c);
}

static void test_unseen_keys(void **state) {
    (void)state;
    static const shape shapes[] = {
        {30, 100, 16, GAPS, false, 1}, {9, 30, 50, GAPS, true, 1}, {2, 9, 8, GAPS, false, 1}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        problem p;
        problem_make(&p, &shapes[i]);
        for (size_t level = 0; level < level_count(); level++) unseen_key_case(&p, level);
        problem_free(&p);
    }
}

// Keys that score -infinity have no weight: the null key and the first `dead` ones. The other
// values are 3, and so are all results; where a query sees dead keys only, 0 / 0.
static void infinite_run(const shape *s, size_t dead) {
    problem p;
    problem_make(&p, s);
    for (size_t d = 0; d < s->size; d++) p.r.null_k[d] = d == 0 ? -(double)INFINITY : 0;
    for (size_t level = 0; level < level_count(); level++) {
        call c;
        call_open(&c, &p, level, PLACE_END);
        for (size_t t = 0; t < s->queries; t++) c.q[t * c.f.head.ldq] = 1;
        for (size_t j = 0; j < s->keys; j++) {
            if (j < dead) c.k[j * c.f.head.ldk] = -INFINITY;
            for (size_t d = 0; d < s->size && j >= dead; d++) c.v[j * c.f.head.ldv + d] = 3;
        }
        call_run(&c);
        for (size_t t = 0; t < s->queries; t++) {
            const float *o = c.f.o + t * c.f.ldo;
            if (p.visible[t] <= dead) {
                assert_true(nan_row(o, s->size));
            } else {
                for (size_t d = 0; d < s->size; d++) check_close(3, o[d], 3, UNITS);
            }
        }
        call_close(&c);
    }
    problem_free(&p);
}

static void test_infinite_scores(void **state) {
    (void)state;
    infinite_run(&(shape){40, 40, 8, CAUSAL, false, 1}, 20);
    infinite_run(&(shape){40, 40, 8, CAUSAL, true, 1}, 20);
    infinite_run(&(shape){20, 600, 12, WHOLE, false, 1}, 550); // the first blocks are dead
    infinite_run(&(shape){20, 600, 12, WHOLE, true, 1}, 550);
    infinite_run(&(shape){2, 600, 12, WHOLE, true, 1}, 550);
}

// Results so small that they round to a negative zero: an unseen value has no say in their sign.
static void test_zero_sign(void **state) {
    (void)state;
    problem p;
    problem_make(&p, &(shape){12, 12, 16, CAUSAL, false, 1e-3});
    for (size_t i = 0; i < 12 * 16; i++) {
        p.r.q[i] = i % 16 == 0; // key 0 has nearly all the weight
        p.r.k[i] = i == 0 ? 20 : 0;
        p.r.v[i] = i < 16 ? 0 : -0x1p-149;
    }
    for (size_t level = 0; level < level_count(); level++) {
        call want, got;
        call_open(&want, &p, level, PLACE_END);
        call_run(&want);
        for (size_t j = 4; j < 12; j++) {
            call_open(&got, &p, level, PLACE_END);
            for (size_t d = 0; d < 16; d++) got.v[j * got.f.head.ldv + d] = 1;
            call_run(&got);
            for (size_t t = 0; t < j; t++) check_row_kept(&want, &got, t, j);
            call_close(&got);
        }
        call_close(&want);
    }
    problem_free(&p);
}

// ---- the gradient against differences of the double-precision forward pass ----
typedef struct probe {
    double *x;       // numbers of the problem
    size_t n, ld;    // how many, and floats between the rows of the gradient
    const float *dx; // what a kernel says
    bool added;      // to what call_gradient put there
} probe;

static void probe_check(reference *r, const probe *p) {
    const double h = 1e-5;
    double largest = 0;
    for (size_t i = 0; i < p->n; i += 1 + p->n / 60) {
        const size_t at = i / r->size * p->ld + i % r->size;
        const double x = p->x[i], old = p->added ? (double)(at % 5) - 2 : 0;
        p->x[i] = x + h;
        double up = reference_loss(r);
        p->x[i] = x - h;
        double down = reference_loss(r);
        p->x[i] = x;
        double want = (up - down) / (2 * h), got = (double)p->dx[at] - old;
        if (!(fabs(got - want) <= 2e-5)) fail_msg("gradient %zu is %g, not %g", i, got, want);
        largest = fmax(largest, fabs(got));
    }
    assert_true(largest > 1e-2);
}

static void test_differences(void **state) {
    (void)state;
    static const shape shapes[] = {{19, 19, 8, CAUSAL, true, 1}, {10, 23, 12, WINDOW, true, 1}};
    for (size_t i = 0; i < 2 * level_count(); i++) {
        problem p;
        problem_make(&p, &shapes[i % 2]);
        const size_t n = p.shape.size;
        call c;
        call_open(&c, &p, i / 2, PLACE_END);
        call_run(&c);
        const attention_backward_args *b = &c.b;
        probe_check(&p.r, &(probe){p.r.q, p.shape.queries * n, b->lddq, b->dq, false});
        probe_check(&p.r, &(probe){p.r.k, p.shape.keys * n, b->lddk, b->dk, true});
        probe_check(&p.r, &(probe){p.r.v, p.shape.keys * n, b->lddv, b->dv, true});
        probe_check(&p.r, &(probe){p.r.null_k, n, n, b->d_null_k, true});
        probe_check(&p.r, &(probe){p.r.null_v, n, n, b->d_null_v, true});
        call_close(&c);
        problem_free(&p);
    }
}

// What lies in the scratch before a call has no influence.
static void test_scratch(void **state) {
    (void)state;
    problem p;
    problem_make(&p, &(shape){65, 100, 18, GAPS, true, 1});
    for (size_t level = 0; level < level_count(); level++) {
        call a, b;
        call_open(&a, &p, level, PLACE_END);
        call_run(&a);
        call_open(&b, &p, level, PLACE_START);
        memset(b.f.scratch, 0, b.kernel->forward_scratch(65, 100, 18));
        memset(b.b.scratch, 0, b.kernel->backward_scratch(65, 100, 18));
        call_run(&b);
        for (size_t t = 0; t < 65; t++) check_row_kept(&a, &b, t, 0);
        check_equal(a.b.dk, b.b.dk, extent(100, 18, a.b.lddk) * sizeof(float));
        check_equal(a.b.dv, b.b.dv, extent(100, 18, a.b.lddv) * sizeof(float));
        check_equal(a.b.d_null_k, b.b.d_null_k, 18 * sizeof(float));
        check_equal(a.b.d_null_v, b.b.d_null_v, 18 * sizeof(float));
        call_close(&a);
        call_close(&b);
    }
    problem_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        kernel_test(test_shapes),          kernel_test(test_sizes),
        kernel_test(test_cross),           kernel_test(test_long),
        kernel_test(test_unseen),          kernel_test(test_unseen_keys),
        kernel_test(test_infinite_scores), kernel_test(test_differences),
        kernel_test(test_scratch),         kernel_test(test_zero_sign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
