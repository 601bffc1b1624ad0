// Attention against plain double-precision loops, on every level: shapes, visibilities, strides,
// guard pages, numbers that are not finite, and that neither what a query does not see nor what it
// comes with can touch it.
#include "kernels/attention_call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static void problem_run(const problem *p) {
    const shape *s = &p->shape;
    for (size_t level = 0; level < level_count(); level++) {
        for (int place = 0; place < PLACES; place++) {
            if (s->queries * s->keys > 20000 && place != PLACE_END) continue;
            call c;
            call_open(&c, p, level, place);
            call_run(&c);
            check_call(&c, &p->r);
            call_close(&c);
        }
    }
}

static void shape_run(const shape *s) {
    problem p;
    problem_make(&p, s);
    reference_backward(&p.r);
    do {
        problem_run(&p);
    } while (problem_next(&p));
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
    shape_run(&(shape){3, 600, 16, WINDOW, true, 6});
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

static void unseen_level(const problem *p, size_t level) {
    call want;
    call_open(&want, p, level, PLACE_END);
    call_run(&want);
    for (size_t j = 0; j < p->shape.keys; j++) key_case(p, &want, level, j);
    for (size_t t = 0; t < p->shape.queries; t++) query_case(p, &want, level, t);
    call_close(&want);
}

static void unseen_run(const shape *s) {
    problem p;
    problem_make(&p, s);
    do {
        for (size_t level = 0; level < level_count(); level++) unseen_level(&p, level);
    } while (problem_next(&p));
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
static void infinite_level(const problem *p, size_t level, size_t dead) {
    const shape *s = &p->shape;
    call c;
    call_open(&c, p, level, PLACE_END);
    for (size_t t = 0; t < s->queries; t++) c.q[t * c.f.head.ldq] = 1;
    for (size_t j = 0; j < s->keys; j++) {
        if (j < dead) c.k[j * c.f.head.ldk] = -INFINITY;
        for (size_t d = 0; d < s->size && j >= dead; d++) c.v[j * c.f.head.ldv + d] = 3;
    }
    call_run(&c);
    for (size_t t = 0; t < s->queries; t++) {
        const float *o = c.f.o + t * c.f.ldo;
        if (p->visible[t] <= dead) {
            assert_true(nan_row(o, s->size));
        } else {
            for (size_t d = 0; d < s->size; d++) check_close(3, o[d], 3, UNITS);
        }
    }
    call_close(&c);
}

static void infinite_run(const shape *s, size_t dead) {
    problem p;
    problem_make(&p, s);
    for (size_t d = 0; d < s->size; d++) p.r.null_k[d] = d == 0 ? -(double)INFINITY : 0;
    do {
        for (size_t level = 0; level < level_count(); level++) infinite_level(&p, level, dead);
    } while (problem_next(&p));
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

// ---- queries beside others ----

// The forward pass, `part` queries at a time.
static void run_parts(call *c, size_t part) {
    const attention_forward_args all = c->f;
    room_seal(&c->room);
    for (size_t t = 0; t < all.head.queries; t += part) {
        attention_forward_args some = all;
        const size_t left = all.head.queries - t;
        some.head.queries = left < part ? left : part;
        some.head.q += t * all.head.ldq;
        some.head.visible += t;
        some.o += t * all.ldo;
        some.row_max += t;
        some.row_sum += t;
        c->kernel->forward(&some);
    }
}

static void beside_run(const shape *s, bool few) {
    static const size_t parts[] = {1, 2, 3, 5, 13, 96, 97};
    problem p;
    problem_make(&p, s);
    p.few = few;
    for (size_t level = 0; level < level_count(); level++) {
        call want, got;
        call_open(&want, &p, level, PLACE_END);
        want.kernel->forward(&want.f);
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            call_open(&got, &p, level, PLACE_END);
            run_parts(&got, parts[i]);
            const size_t n = extent(s->queries, s->size, want.f.ldo) * sizeof(float);
            check_equal(want.f.o, got.f.o, n);
            check_equal(want.f.row_max, got.f.row_max, s->queries * sizeof(float));
            check_equal(want.f.row_sum, got.f.row_sum, s->queries * sizeof(float));
            call_close(&got);
        }
        call_close(&want);
    }
    problem_free(&p);
}

// A query has the same bits with whatever others it comes.
static void test_beside(void **state) {
    (void)state;
    for (int few = 0; few < 2; few++) {
        beside_run(&(shape){230, 230, 16, CAUSAL, false, 1}, few);
        beside_run(&(shape){150, 600, 20, CAUSAL, true, 5}, few);
        beside_run(&(shape){300, 75, 12, CAUSAL, true, 1}, few);
        beside_run(&(shape){50, 520, 66, WHOLE, false, 1}, few);
        beside_run(&(shape){140, 300, 24, LATE, true, 1}, few);
        beside_run(&(shape){140, 300, 8, LATE, false, 1}, few);
    }
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
        kernel_test(test_beside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
