// Dropout against the numbers of base/rng.h, one at a time.
#include "kernels/harness.h"

#include "base/rng.h"
#include <math.h>
#include <string.h>

static double want_of(const drop_args *a, double y, size_t i) {
    const rng key = rng_key(a->seed, a->stream);
    return y * (rng_u32(key, a->first + i) < a->threshold ? 0 : (double)a->scale);
}

// Positions on both sides of what 32 bits hold, keys that use all their bits.
static const uint64_t firsts[] = {0, 4, ((uint64_t)1 << 34) - 64, ((uint64_t)1 << 34) + 4};

static void drop_case(const kernels *k, room *r, size_t rows, size_t n) {
    n *= rows;
    drop_args a = {.n = n, .threshold = 0x60000000, .scale = 1.6f};
    a.seed = 0xfedcba9876543210u + n;
    a.stream = 0x0123456789abcdefu;
    a.first = firsts[n % 4];
    const float *old = room_f32(r, n, 1);
    a.y = room_inout_f32(r, n, 1);
    memcpy(a.y, old, n * sizeof *old);
    room_seal(r);
    k->dropout->drop(&a);
    for (size_t i = 0; i < n; i++) {
        const double want = want_of(&a, (double)old[i], i);
        check_close(want, a.y[i], fabs(want), 1);
    }
}

// No threshold drops nothing, the highest all but one number in 2^32.
static void ends_case(const kernels *k, room *r, size_t rows, size_t n) {
    (void)rows;
    float *y = room_inout_f32(r, n, 1);
    const float *old = room_f32(r, n, 1);
    memcpy(y, old, n * sizeof *y);
    room_seal(r);
    drop_args a = {.n = n, .y = y, .scale = 1, .seed = 1};
    k->dropout->drop(&a);
    check_equal(old, y, n * sizeof *y);
    a.threshold = UINT32_MAX;
    k->dropout->drop(&a);
    for (size_t i = 0; i < n; i++) assert_true(y[i] == 0.0f);
}

static void test_drop(void **state) {
    (void)state;
    case_each("drop", drop_case);
    case_each_special("drop", drop_case);
    case_each_size("drop nothing, drop all", ends_case);
}

int main(void) {
    const struct CMUnitTest tests[] = {kernel_test(test_drop)};
    test_family(offsetof(kernels, dropout));
    return cmocka_run_group_tests_name("dropout", tests, NULL, NULL);
}
