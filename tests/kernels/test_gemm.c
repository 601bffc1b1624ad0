// Matrix products of every form against sums in double precision.
#include "kernels/harness.h"

#include <math.h>
#include <string.h>

#define GAP 5 // elements between the end of a row and the next

// How A and B lie in memory: the forms of kernels/gemm.h.
typedef struct layout {
    const char *name;
    bool a_columns, b_columns;
} layout;

static const layout layouts[] = {
    {"forward", false, true},
    {"dx", false, false},
    {"dw", true, false},
    {"columns of both", true, true},
};

typedef struct problem {
    size_t m, n, k;
    layout in;
    bool half, add, split;
    size_t lda, ldb, ldc;
    const void *a, *b;
} problem;

static double element(const problem *p, const void *data, size_t i) {
    return (double)(p->half ? float_of_bf16(((const bf16 *)data)[i]) : ((const float *)data)[i]);
}
static double a_at(const problem *p, size_t m, size_t k) {
    return element(p, p->a, p->in.a_columns ? k * p->lda + m : m * p->lda + k);
}
static double b_at(const problem *p, size_t k, size_t n) {
    return element(p, p->b, p->in.b_columns ? n * p->ldb + k : k * p->ldb + n);
}

static const void *matrix_of(room *r, const problem *p, size_t n, uint64_t seed) {
    return p->half ? (const void *)room_bf16(r, n, seed) : (const void *)room_f32(r, n, seed);
}

static size_t extent(size_t rows, size_t ld, size_t used) {
    return (rows - 1) * ld + used;
}

static void compare(const problem *p, const float *old, const float *c) {
    // The bound grows as errors of either sign add up, not as the worst case.
    const double units = 4 + 2 * sqrt((double)p->k);
    for (size_t m = 0; m < p->m; m++) {
        for (size_t n = 0; n < p->n; n++) {
            double want = p->add ? (double)old[m * p->ldc + n] : 0, scale = fabs(want);
            for (size_t k = 0; k < p->k; k++) {
                double term = a_at(p, m, k) * b_at(p, k, n);
                want += term;
                scale += fabs(term);
            }
            check_close(want, c[m * p->ldc + n], scale, units);
        }
        if (m + 1 < p->m) check_poison(c + m * p->ldc + p->n, GAP);
    }
}

static void same_bits(const problem *p, const float *got, const float *want) {
    for (size_t m = 0; m < p->m; m++) {
        for (size_t n = 0; n < p->n; n++) {
            const float a = got[m * p->ldc + n], b = want[m * p->ldc + n];
            if (memcmp(&a, &b, sizeof a) != 0 && (a == a || b == b))
                fail_msg("few rows: row %zu column %zu is %a, not %a", m, n, (double)a, (double)b);
        }
        if (m + 1 < p->m) check_poison(got + m * p->ldc + p->n, GAP);
    }
}

// Packs columns n0 .. n1 - 1 of B, in two blocks of rows when split: the second alone in memory.
static void pack(const gemm_kernels *g, const problem *p, gemm_pack_args args) {
    const size_t middle = p->split && p->k > 2 ? p->k / 2 & ~(size_t)1 : p->k;
    const size_t size = p->half ? sizeof(bf16) : sizeof(float);
    for (args.k0 = 0; args.k0 < p->k; args.k0 = args.k1) {
        args.k1 = args.k0 < middle ? middle : p->k;
        const size_t first =
            p->in.b_columns ? args.n0 * p->ldb + args.k0 : args.k0 * p->ldb + args.n0;
        args.b = (const char *)p->b + first * size;
        (p->in.b_columns ? g->pack_cols : g->pack_rows)(&args);
    }
}

// Packs and multiplies, in two halves of columns when split: tasks of a pool do that.
static void multiply(const kernels *k, room *r, const problem *p, float *c) {
    const gemm_kernels *g = p->half ? k->gemm_bf16 : k->gemm_f32;
    void *panels = room_scratch(r, g->pack_bytes(p->k, p->n));
    void *scratch = room_scratch(r, g->scratch_bytes(p->m, p->n, p->k));
    const size_t tiles = (p->n + g->tile_n - 1) / g->tile_n;
    const size_t middle = p->split && tiles > 1 ? tiles / 2 * g->tile_n : p->n;
    gemm_pack_args args = {.k = p->k, .n = p->n, .ldb = p->ldb, .panels = panels};
    gemm_args run = {.m = p->m,
                     .n = p->n,
                     .k = p->k,
                     .a = p->a,
                     .lda = p->lda,
                     .a_columns = p->in.a_columns,
                     .panels = panels,
                     .c = c,
                     .ldc = p->ldc,
                     .add = p->add,
                     .scratch = scratch};
    room_seal(r);
    if (p->split && p->in.a_columns && p->k <= g->k_block) {
        g->pack_a(&run);
        run.a_packed = true;
    }
    for (size_t n0 = 0; n0 < p->n; n0 = n0 < middle ? middle : p->n) {
        args.n0 = run.n0 = n0;
        args.n1 = run.n1 = n0 < middle ? middle : p->n;
        pack(g, p, args);
        g->run(&run);
    }
}

// Few rows with a weight as it lies: the bits of the product over panels, in any cut of columns.
static void multiply_few(const kernels *k, room *r, const problem *p, float *c) {
    const gemm_kernels *g = p->half ? k->gemm_bf16 : k->gemm_f32;
    gemm_few_args few = {.m = p->m,
                         .n = p->n,
                         .k = p->k,
                         .a = p->a,
                         .lda = p->lda,
                         .w = p->b,
                         .ldw = p->ldb,
                         .c = c,
                         .ldc = p->ldc,
                         .add = p->add,
                         .scratch = room_scratch(r, g->few_bytes(p->k))};
    room_seal(r);
    g->few_pack(&few);
    for (few.n0 = 0; few.n0 < p->n; few.n0 = few.n1) {
        few.n1 = p->split && few.n0 + 11 < p->n ? few.n0 + 11 : p->n;
        g->few_run(&few);
    }
}

static void run_problem(const kernels *k, room *r, problem *p) {
    p->lda = (p->in.a_columns ? p->m : p->k) + GAP;
    p->ldb = (p->in.b_columns ? p->k : p->n) + GAP;
    p->ldc = p->n + GAP;
    p->a = matrix_of(r, p,
                     p->in.a_columns ? extent(p->k, p->lda, p->m) : extent(p->m, p->lda, p->k), 1);
    p->b = matrix_of(r, p,
                     p->in.b_columns ? extent(p->n, p->ldb, p->k) : extent(p->k, p->ldb, p->n), 2);
    const size_t used = extent(p->m, p->ldc, p->n);
    const bool few = p->m <= GEMM_FEW_ROWS && !p->in.a_columns && p->in.b_columns;
    float *c = room_out_f32(r, used), *other = few ? room_out_f32(r, used) : NULL;
    const float *old = room_f32(r, used, 3);
    for (size_t m = 0; m < p->m && p->add; m++)
        for (size_t n = 0; n < p->n; n++) {
            c[m * p->ldc + n] = old[m * p->ldc + n];
            if (few) other[m * p->ldc + n] = old[m * p->ldc + n];
        }
    if (few) multiply_few(k, r, p, other);
    multiply(k, r, p, c);
    compare(p, old, c);
    if (few) same_bits(p, other, c);
}

// The element type under test, and its family.
static bool half;

static int f32_setup(void **state) {
    (void)state;
    half = false;
    test_family(offsetof(kernels, gemm_f32));
    return 0;
}
static int bf16_setup(void **state) {
    (void)state;
    half = true;
    test_family(offsetof(kernels, gemm_bf16));
    return 0;
}

// rows is m and n goes with it; the odd size is k. Every layout of each.
static void shapes(const kernels *k, room *like, size_t rows, size_t depth) {
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        room r;
        room_open(&r, like->place);
        r.special = like->special;
        problem p = {.m = rows, .n = 3 * rows % 37 + 1, .k = depth, .in = layouts[i]};
        p.half = half;
        p.add = (rows + depth + i) % 2;
        p.split = rows % 2;
        run_problem(k, &r, &p);
        room_close(&r);
    }
    like->random = 3;
}

static void test_shapes(void **state) {
    (void)state;
    static const size_t rows[] = {1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 17, 31};
    case_each_rows("gemm", shapes, rows, sizeof rows / sizeof *rows);
}

static void test_special(void **state) {
    (void)state;
    case_each_special("gemm", shapes);
}

// Wide and tall ones, sums longer than a block, rows of A that would share sets of the cache.
static void test_large(void **state) {
    (void)state;
    static const size_t large[][3] = {{100, 63, 65},  {63, 257, 33},       {257, 100, 17},
                                      {33, 31, 2049}, {13, 65, 1025},      {7, 33, 4097},
                                      {65, 258, 96},  {25, 33, 512 - GAP}, {25, 33, 1024 - GAP}};
    for (size_t level = 0; level < level_count(); level++)
        for (size_t i = 0; i < sizeof large / sizeof *large && !level_repeats(level); i++)
            for (size_t form = 0; form < sizeof layouts / sizeof *layouts; form++) {
                problem p = {large[i][0], large[i][1], large[i][2], .in = layouts[form]};
                p.half = half;
                p.add = p.split = i % 2;
                case_begin("gemm %s %s %s m %zu n %zu k %zu", level_name(level), p.in.name,
                           p.half ? "bf16" : "f32", p.m, p.n, p.k);
                room r;
                room_open(&r, PLACE_END);
                run_problem(level_at(level), &r, &p);
                room_close(&r);
                case_end();
            }
}

// No k at all: the sum is zero, or what was there.
static void test_empty_sum(void **state) {
    (void)state;
    for (size_t level = 0; level < level_count(); level++) {
        const kernels *k = level_at(level);
        const gemm_kernels *g = half ? k->gemm_bf16 : k->gemm_f32;
        float c[6] = {1, 2, 3, 4, 5, 6};
        gemm_args args = {.m = 2, .n = 3, .n1 = 3, .c = c, .ldc = 3, .add = true};
        g->run(&args);
        for (int i = 0; i < 6; i++) assert_true(c[i] == (float)(i + 1));
        args.add = false;
        g->run(&args);
        for (int i = 0; i < 6; i++) assert_true(c[i] == 0);
        gemm_few_args few = {.m = 2, .n = 3, .n1 = 3, .c = c, .ldc = 3, .add = true};
        for (int i = 0; i < 6; i++) c[i] = (float)i;
        g->few_run(&few);
        for (int i = 0; i < 6; i++) assert_true(c[i] == (float)i);
        few.add = false;
        g->few_run(&few);
        for (int i = 0; i < 6; i++) assert_true(c[i] == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        kernel_test(test_shapes),
        kernel_test(test_special),
        kernel_test(test_large),
        kernel_test(test_empty_sum),
    };
    return cmocka_run_group_tests_name("f32", tests, f32_setup, NULL) +
           cmocka_run_group_tests_name("bf16", tests, bf16_setup, NULL);
}
