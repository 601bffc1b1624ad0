// Weights of few bits: products against sums in double precision that read the layouts by
// arithmetic of their own, the rounding of activations, and unpacking that gives the same bits on
// every level.
#include "kernels/harness.h"

#include "kernels/blocks_bits.h"

#include <math.h>
#include <string.h>

#define MOST_ROWS 9
#define GAP 3

// ---- random inputs ----

static uint32_t random_bits(uint64_t seed, uint64_t i) {
    return (uint32_t)((random_at(seed, i) + 1) * 8388608.0); // 24 bits
}

static void fill_bytes(void *out, size_t n, uint64_t seed) {
    uint8_t *p = out;
    for (size_t i = 0; i < n; i++) p[i] = (uint8_t)(random_bits(seed, i) >> 7);
}

static void put_halves(char *at, size_t n, uint64_t seed) {
    for (size_t i = 0; i < n; i++) {
        const f16 h = f16_of((float)random_at(seed, i));
        memcpy(at + i * sizeof h, &h, sizeof h);
    }
}

// Every byte that is a number may be anything; scales are numbers.
static void *make_groups(room *r, blocks_form form, size_t groups, size_t blocks) {
    const size_t bytes = blocks_group_bytes(form, blocks);
    char *w = room_input(r, groups * bytes, sizeof(f16));
    fill_bytes(w, groups * bytes, 11);
    for (size_t g = 0; g < groups; g++) {
        char *at = w + g * bytes;
        for (size_t b = 0; b < blocks; b++) {
            if (form == BLOCKS_EIGHT || b % BLOCKS_PARTS == 0) {
                const size_t halves = form == BLOCKS_FOUR ? 2 * BLOCKS_GROUP : BLOCKS_GROUP;
                put_halves(at, halves, 100 + g * blocks + b);
                at += halves * sizeof(f16);
            }
            at += form == BLOCKS_EIGHT ? 512 : form == BLOCKS_HALVES ? 544 : 288;
        }
        assert_ptr_equal(at, w + (g + 1) * bytes);
    }
    return w;
}

static blocks_x *make_x(room *r, size_t rows, size_t blocks) {
    blocks_x *x = room_input(r, rows * blocks * sizeof *x, sizeof(float));
    for (size_t i = 0; i < rows * blocks; i++) {
        memset(&x[i], 0, sizeof x[i]);
        x[i].scale = (float)random_at(7, i);
        for (size_t j = 0; j < BLOCKS_COLUMNS; j++) {
            // Extremes are frequent: sums in 16 bits must hold them.
            const uint32_t bits = random_bits(8, i * BLOCKS_COLUMNS + j);
            const int q = bits % 4 == 0 ? 127 : bits % 4 == 1 ? -127 : (int)(bits >> 8) % 255 - 127;
            x[i].q[j] = (int8_t)q;
            x[i].sum[j / 16] += q;
        }
    }
    return x;
}

// ---- the reference ----

static double half_at(const char *at) {
    f16 h;
    memcpy(&h, at, sizeof h);
    return (double)float_of_f16(h);
}

// One number of a group, and the part of it that every column of a block has in common.
typedef struct decoded {
    double step, q, low; // w = step * q - low
} decoded;

static decoded decode(blocks_form form, const char *group, size_t row, size_t column) {
    const size_t block = column / 32, super = block / 8, i = column % 32;
    if (form == BLOCKS_EIGHT) {
        const char *b = group + block * 544;
        const int8_t *q = (const int8_t *)b + 32;
        return (decoded){half_at(b + 2 * row), q[i / 4 * 64 + row * 4 + i % 4], 0};
    }
    if (form == BLOCKS_HALVES) {
        const char *s = group + super * (32 + 8 * 544);
        const char *b = s + 32 + block % 8 * 544;
        const int8_t part = ((const int8_t *)b)[i / 16 * 16 + row];
        const int8_t *q = (const int8_t *)b + 32;
        return (decoded){half_at(s + 2 * row) * part, q[i / 4 * 64 + row * 4 + i % 4], 0};
    }
    const char *s = group + super * (64 + 8 * 288);
    const uint8_t *b = (const uint8_t *)s + 64 + block % 8 * 288;
    const uint8_t two = b[32 + i % 16 / 4 * 64 + row * 4 + i % 4];
    return (decoded){half_at(s + 2 * row) * b[row], i < 16 ? two & 15 : two >> 4,
                     half_at(s + 32 + 2 * row) * b[16 + row]};
}

static void compare(const blocks_args *a, const float *old) {
    const size_t bytes = blocks_group_bytes(a->form, a->blocks);
    for (size_t m = 0; m < a->rows; m++)
        for (size_t n = 0; n < a->n; n++) {
            const char *group = (const char *)a->w + n / 16 * bytes;
            const double factor = a->scale ? (double)a->scale[n] : 1;
            double sum = 0, magnitude = 0;
            for (size_t k = 0; k < a->blocks * 32; k++) {
                const decoded w = decode(a->form, group, n % 16, k);
                const blocks_x *x = &a->x[m * a->ldx + k / 32];
                const double xk = (double)x->scale * x->q[k % 32];
                sum += xk * (w.step * w.q - w.low);
                magnitude += fabs(xk) * (fabs(w.step * w.q) + fabs(w.low));
            }
            const double start = a->add ? (double)old[m * a->ldy + n] : 0;
            check_close(start + factor * sum, a->y[m * a->ldy + n],
                        fabs(start) + fabs(factor) * magnitude, 12);
        }
}

// ---- products ----

static void run_product(const kernels *k, room *r, blocks_args *a) {
    a->ldx = a->blocks + 1;
    a->ldy = a->n + GAP;
    a->x = make_x(r, a->rows, a->ldx);
    a->w = make_groups(r, a->form, (a->n + 15) / 16, a->blocks);
    const size_t used = (a->rows - 1) * a->ldy + a->n;
    const float *old = room_f32(r, used, 3), *scale = room_f32(r, a->n, 4);
    if (a->n % 2) a->scale = scale;
    a->y = room_out_f32(r, used);
    for (size_t m = 0; m < a->rows && a->add; m++)
        memcpy(a->y + m * a->ldy, old + m * a->ldy, a->n * sizeof *old);
    room_seal(r);
    k->blocks->product(a);
    compare(a, old);
    for (size_t m = 0; m + 1 < a->rows; m++) check_poison(a->y + m * a->ldy + a->n, GAP);
}

static void each_form(void (*fn)(const kernels *k, int place, blocks_form form)) {
    for (size_t l = 0; l < level_count(); l++)
        for (int place = 0; place < PLACES && !level_repeats(l); place++)
            for (int form = 0; form < BLOCKS_FORMS; form++) {
                case_begin("form %d, %s, %s", form, level_name(l), place_name(place));
                fn(level_at(l), place, (blocks_form)form);
                case_end();
            }
}

static void products(const kernels *k, int place, blocks_form form) {
    static const size_t columns[] = {1, 5, 16, 31, 33}, blocks[] = {1, 2, 7, 8, 9, 22};
    for (size_t rows = 1; rows <= MOST_ROWS; rows += rows < 5 ? 1 : 4)
        for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
            for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++) {
                room r;
                room_open(&r, place);
                run_product(k, &r,
                            &(blocks_args){.form = form,
                                           .rows = rows,
                                           .n = columns[c],
                                           .blocks = blocks[b],
                                           .add = (c + b) % 2});
                room_close(&r);
            }
}

static void test_product(void **state) {
    (void)state;
    each_form(products);
}

// A result does not depend on the rows of x and W beside it.
static void alone(const kernels *k, int place, blocks_form form) {
    enum { N = 21, BLOCKS = 9 };
    room r;
    room_open(&r, place);
    float *y = room_out_f32(&r, MOST_ROWS * N), one[N];
    blocks_args a = {.form = form, .rows = MOST_ROWS, .n = N, .blocks = BLOCKS, .ldx = BLOCKS};
    a.x = make_x(&r, MOST_ROWS, BLOCKS);
    a.w = make_groups(&r, form, 2, BLOCKS);
    a.y = y;
    a.ldy = N;
    k->blocks->product(&a);
    a.rows = 1;
    a.y = one;
    for (size_t m = 0; m < MOST_ROWS; m++, a.x += BLOCKS) {
        k->blocks->product(&a);
        check_equal(y + m * N, one, sizeof one);
        blocks_args last = a; // the second group by itself
        last.n = N - 16;
        last.w = (const char *)a.w + blocks_group_bytes(form, BLOCKS);
        k->blocks->product(&last);
        check_equal(y + m * N + 16, one, (N - 16) * sizeof *one);
    }
    room_close(&r);
}

static void test_alone(void **state) {
    (void)state;
    each_form(alone);
}

// The weight -128, which has no positive counterpart, and the largest sums of 16 bits.
static void extremes(const kernels *k, int place, blocks_form form) {
    enum { BLOCKS = 8 };
    (void)place;
    static char w[BLOCKS * 544 + 64];
    for (int sign = -1; sign <= 1; sign += 2) {
        blocks_x x[BLOCKS];
        float y[16];
        memset(x, 0, sizeof x);
        for (size_t b = 0; b < BLOCKS; b++) {
            x[b].scale = 1;
            memset(x[b].q, sign * 127, sizeof x[b].q);
            x[b].sum[0] = x[b].sum[1] = sign * 127 * 16;
        }
        memset(w, form == BLOCKS_FOUR ? 0xff : 0x80, sizeof w);
        blocks_args a = {.form = form, .rows = 1, .n = 16, .blocks = BLOCKS};
        a.x = x;
        a.w = w;
        a.y = y;
        const size_t step = form == BLOCKS_FOUR ? 288 : 544, first = form == BLOCKS_FOUR ? 64 : 32;
        const f16 half = f16_of(0.5f);
        for (size_t i = 0; i < 16; i++) {
            for (size_t b = 0; b < (form == BLOCKS_EIGHT ? BLOCKS : 1); b++)
                memcpy(w + b * step + 2 * i, &half, sizeof half);
            if (form == BLOCKS_FOUR) memcpy(w + 32 + 2 * i, &half, sizeof half);
        }
        for (size_t b = 0; b < BLOCKS && form == BLOCKS_FOUR; b++)
            memset(w + first + b * step, 63, 32);
        k->blocks->product(&a);
        double want = sign * 127 * 0.5 * BLOCKS * 32;
        want *= form == BLOCKS_FOUR ? 63 * 15 - 63 : form == BLOCKS_EIGHT ? -128 : 128 * 128;
        for (size_t i = 0; i < 16; i++) check_close(want, y[i], fabs(want) * 17 / 14, 4);
    }
}

static void test_extremes(void **state) {
    (void)state;
    each_form(extremes);
}

// ---- rounding ----

static void round_case(const kernels *k, room *r, size_t rows, size_t n) {
    (void)rows;
    const float *x = room_f32(r, n, 1);
    const size_t blocks = (n + 31) / 32;
    blocks_x *out = (blocks_x *)(void *)room_out_f32(r, blocks * sizeof *out / sizeof(float));
    room_seal(r);
    k->blocks->round(out, x, n);
    for (size_t b = 0; b < blocks; b++) {
        const size_t count = n - b * 32 < 32 ? n - b * 32 : 32;
        double most = 0;
        int32_t sum[2] = {0};
        bool finite = true;
        for (size_t i = 0; i < count; i++) {
            most = fmax(most, fabs((double)x[b * 32 + i]));
            finite = finite && isfinite(x[b * 32 + i]);
        }
        if (!finite) {
            check_nan(out[b].scale);
            continue;
        }
        check_close(most / 127, out[b].scale, most / 127, 1);
        for (size_t i = 0; i < 32; i++) {
            const double xi = i < count ? (double)x[b * 32 + i] : 0;
            // Half a step, and the rounding of the reciprocal and the product.
            if (!(fabs(xi - (double)out[b].scale * out[b].q[i]) <= most / 127 * 0.50002))
                fail_msg("%.9g became %d * %.9g", xi, out[b].q[i], (double)out[b].scale);
            sum[i / 16] += out[b].q[i];
        }
        assert_int_equal(sum[0], out[b].sum[0]);
        assert_int_equal(sum[1], out[b].sum[1]);
    }
}

static void test_round(void **state) {
    (void)state;
    case_each_size("round", round_case);
    case_each_special("round", round_case);
    for (size_t l = 0; l < level_count(); l++) {
        float x[33] = {[32] = 1e-38f};
        blocks_x out[2];
        level_at(l)->blocks->round(out, x, 33);
        for (size_t b = 0; b < 2; b++) {
            assert_true(out[b].scale == 0.0f && out[b].sum[0] == 0 && out[b].sum[1] == 0);
            for (size_t i = 0; i < 32; i++) assert_int_equal(out[b].q[i], 0);
        }
    }
}

// A NaN among the activations is a NaN in every result.
static void test_nan(void **state) {
    (void)state;
    for (size_t l = 0; l < level_count(); l++)
        for (int form = 0; form < BLOCKS_FORMS; form++) {
            room r;
            room_open(&r, PLACE_END);
            float x[64] = {1, 2, 3}, y[16];
            x[40] = NAN;
            blocks_x rounded[2];
            level_at(l)->blocks->round(rounded, x, 64);
            blocks_args a = {.form = (blocks_form)form, .rows = 1, .n = 16, .blocks = 2};
            a.x = rounded;
            a.w = make_groups(&r, (blocks_form)form, 1, 2);
            a.y = y;
            level_at(l)->blocks->product(&a);
            for (size_t i = 0; i < 16; i++) check_nan(y[i]);
            room_close(&r);
        }
}

// ---- unpacking ----

static void unpack(const kernels *k, int which, float *out, const void *in, size_t n) {
    blocks_unpack_fn *const list[] = {k->blocks->q8_0, k->blocks->q5_0, k->blocks->q4_k,
                                      k->blocks->q6_k};
    list[which](out, in, n);
}

static void set_scales(int which, char *block, size_t i) {
    static const size_t at[] = {0, 0, 0, offsetof(block_q6_k, scale)};
    put_halves(block + at[which], which == 2 ? 2 : 1, 50 + i);
}

// Bits against ggml's are in tests/quant; here, that every level gives the same and reads and
// writes no more than it should.
static void test_unpack(void **state) {
    (void)state;
    static const size_t columns[] = {32, 32, 256, 256}, bytes[] = {34, 22, 144, 210};
    enum { BLOCKS = 3 };
    for (int which = 0; which < 4; which++) {
        float first[BLOCKS * 256];
        for (size_t l = 0; l < level_count(); l++)
            for (int place = 0; place < PLACES; place++) {
                case_begin("unpack %d, %s, %s", which, level_name(l), place_name(place));
                room r;
                room_open(&r, place);
                char *in = room_input(&r, BLOCKS * bytes[which], sizeof(f16));
                fill_bytes(in, BLOCKS * bytes[which], 5);
                for (size_t b = 0; b < BLOCKS; b++) set_scales(which, in + b * bytes[which], b);
                float *out = room_out_f32(&r, BLOCKS * columns[which]);
                room_seal(&r);
                unpack(level_at(l), which, out, in, BLOCKS * columns[which]);
                const size_t size = BLOCKS * columns[which] * sizeof *out;
                if (l == 0 && place == 0) memcpy(first, out, size);
                check_equal(first, out, size);
                room_close(&r);
                case_end();
            }
    }
}

// The scales of a q4_k block come back as they were set, all 2^12 pairs in every part.
static void test_parts(void **state) {
    (void)state;
    for (unsigned pair = 0; pair < 4096; pair++) {
        block_q4_k b = {0};
        for (size_t j = 0; j < BLOCKS_PARTS; j++)
            q4_k_set_part(&b, j, (pair + (unsigned)j) % 64, (pair / 64 + 3 * (unsigned)j) % 64);
        for (size_t j = 0; j < BLOCKS_PARTS; j++) {
            uint8_t s, m;
            q4_k_part(&b, j, &s, &m);
            assert_int_equal(s, (pair + j) % 64);
            assert_int_equal(m, (pair / 64 + 3 * j) % 64);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        kernel_test(test_product), kernel_test(test_alone), kernel_test(test_extremes),
        kernel_test(test_round),   kernel_test(test_nan),   kernel_test(test_unpack),
        kernel_test(test_parts),
    };
    test_family(offsetof(kernels, blocks));
    return cmocka_run_group_tests_name("blocks", tests, NULL, NULL);
}
