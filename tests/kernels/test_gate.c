// The 3-way gate of elementwise.h against its formula in double precision.
#include "kernels/harness.h"

#include <math.h>
#include <string.h>

#define WAYS 3

static void gate_reference(double *g, const float *z) {
    double most = fmax(fmax((double)z[0], (double)z[1]), (double)z[2]), sum = 0;
    for (int a = 0; a < WAYS; a++) {
        g[a] = exp((double)z[a] - most);
        sum += g[a];
    }
    for (int a = 0; a < WAYS; a++) g[a] /= sum;
}

static void compare_forward_row(const gate_forward_args *a, size_t row) {
    double g[WAYS];
    gate_reference(g, a->z + row * WAYS);
    for (int w = 0; w < WAYS; w++) check_close(g[w], a->g[row * WAYS + (size_t)w], 1, 4);
    for (size_t i = row * a->d; i < (row + 1) * a->d; i++) {
        double want = 0, scale = 0;
        for (int w = 0; w < WAYS; w++) {
            want += g[w] * (double)a->u[w][i];
            scale += fabs(g[w] * (double)a->u[w][i]) + 0.1 * fabs((double)a->u[w][i]);
        }
        check_close(want, a->y[i], scale, 8);
    }
}

static void forward_case(const kernels *k, room *r, size_t rows, size_t d) {
    gate_forward_args a = {.rows = rows, .d = d, .z = room_f32(r, rows * WAYS, 1)};
    for (int w = 0; w < WAYS; w++) a.u[w] = room_f32(r, rows * d, 2 + (uint64_t)w);
    a.g = room_out_f32(r, rows * WAYS);
    a.y = room_out_f32(r, rows * d);
    room_seal(r);
    k->elementwise->gate_forward(&a);
    for (size_t row = 0; row < rows; row++) compare_forward_row(&a, row);
}

static void forward_in_place_case(const kernels *k, room *r, size_t rows, size_t d) {
    gate_forward_args a = {.rows = rows, .d = d, .z = room_f32(r, rows * WAYS, 1)};
    float *u[WAYS], *y = room_out_f32(r, rows * d);
    for (int w = 0; w < WAYS; w++) a.u[w] = u[w] = room_inout_f32(r, rows * d, 2 + (uint64_t)w);
    a.g = room_out_f32(r, rows * WAYS);
    a.y = y;
    room_seal(r);
    k->elementwise->gate_forward(&a);
    for (int w = 0; w < WAYS; w++) {
        float *kept = room_inout_f32(r, rows * d, 0);
        memcpy(kept, u[w], rows * d * sizeof *kept);
        a.y = u[w];
        k->elementwise->gate_forward(&a);
        check_equal(y, u[w], rows * d * sizeof *y);
        memcpy(u[w], kept, rows * d * sizeof *kept);
    }
}

// Logits that overflow an exponential, and one that is -infinity.
static void large_case(const kernels *k, room *r, size_t rows, size_t d) {
    static const float logits[][WAYS] = {
        {3e38f, -3e38f, 0}, {200, 199, -500}, {-INFINITY, 0, 1}, {-1e30f, -1e30f, -1e30f}};
    const size_t kinds = sizeof logits / sizeof *logits;
    gate_forward_args a = {.rows = rows, .d = d};
    float *z = room_input(r, rows * WAYS * sizeof *z, sizeof *z);
    for (size_t row = 0; row < rows; row++)
        memcpy(z + row * WAYS, logits[row % kinds], sizeof *logits);
    a.z = z;
    for (int w = 0; w < WAYS; w++) a.u[w] = room_f32(r, rows * d, 2 + (uint64_t)w);
    a.g = room_out_f32(r, rows * WAYS);
    a.y = room_out_f32(r, rows * d);
    room_seal(r);
    k->elementwise->gate_forward(&a);
    for (size_t row = 0; row < rows; row++) compare_forward_row(&a, row);
}

static void compare_backward_row(const gate_backward_args *a, size_t row) {
    const float *g = a->g + row * WAYS;
    double t[WAYS], scale[WAYS], mean = 0, mean_scale = 0;
    for (int w = 0; w < WAYS; w++) {
        t[w] = scale[w] = 0;
        for (size_t i = row * a->d; i < (row + 1) * a->d; i++) {
            double dy = (double)a->dy[i], du = (double)g[w] * dy;
            check_close(du, a->du[w][i], fabs(du), 1);
            t[w] += dy * (double)a->u[w][i];
            scale[w] += fabs(dy * (double)a->u[w][i]);
        }
        mean += (double)g[w] * t[w];
        mean_scale += fabs((double)g[w]) * scale[w];
    }
    for (int w = 0; w < WAYS; w++)
        check_close((double)g[w] * (t[w] - mean), a->dz[row * WAYS + (size_t)w],
                    fabs((double)g[w]) * (scale[w] + mean_scale), 16);
}

static void backward_case(const kernels *k, room *r, size_t rows, size_t d) {
    gate_backward_args a = {.rows = rows, .d = d};
    a.g = room_f32(r, rows * WAYS, 1);
    a.dy = room_f32(r, rows * d, 2);
    for (int w = 0; w < WAYS; w++) {
        a.u[w] = room_f32(r, rows * d, 3 + (uint64_t)w);
        a.du[w] = room_out_f32(r, rows * d);
    }
    a.dz = room_out_f32(r, rows * WAYS);
    room_seal(r);
    k->elementwise->gate_backward(&a);
    for (size_t row = 0; row < rows; row++) compare_backward_row(&a, row);
}

static void backward_in_place_case(const kernels *k, room *r, size_t rows, size_t d) {
    gate_backward_args a = {.rows = rows, .d = d};
    float *u[WAYS], *du[WAYS], *dz = room_out_f32(r, rows * WAYS);
    a.g = room_f32(r, rows * WAYS, 1);
    a.dy = room_f32(r, rows * d, 2);
    for (int w = 0; w < WAYS; w++) {
        a.u[w] = u[w] = room_inout_f32(r, rows * d, 3 + (uint64_t)w);
        a.du[w] = du[w] = room_out_f32(r, rows * d);
    }
    a.dz = dz;
    room_seal(r);
    k->elementwise->gate_backward(&a);
    for (int w = 0; w < WAYS; w++) a.du[w] = u[w];
    a.dz = room_out_f32(r, rows * WAYS);
    k->elementwise->gate_backward(&a);
    for (int w = 0; w < WAYS; w++) check_equal(du[w], u[w], rows * d * sizeof(float));
    check_equal(dz, a.dz, rows * WAYS * sizeof(float));
}

static void test_forward(void **state) {
    (void)state;
    case_each("gate", forward_case);
    case_each_special("gate", forward_case);
    case_each("gate in place", forward_in_place_case);
    case_each("gate with large logits", large_case);
}

static void test_backward(void **state) {
    (void)state;
    case_each("gate backward", backward_case);
    case_each_special("gate backward", backward_case);
    case_each("gate backward in place", backward_in_place_case);
}

int main(void) {
    const struct CMUnitTest tests[] = {kernel_test(test_forward), kernel_test(test_backward)};
    test_family(offsetof(kernels, elementwise));
    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
