// Softmax and cross-entropy. The maximum is subtracted first, so no exponential overflows.
#include "kernels/loops/lanes.h"

#include "kernels/loops/vmath.h"
#include "kernels/loss.h"
#include <stdbool.h>
#include <string.h>

extern const loss_kernels LEVEL(kernels_loss);

// The largest scale * x[i]. With a NaN among them any number: the exponentials bring the NaN back.
static float row_max(const float *x, float scale, size_t n) {
    vf vs = v_set1(scale);
    if (n < V_WIDTH) {
        float most = x[0] * scale;
        for (size_t i = 1; i < n; i++) most = x[i] * scale > most ? x[i] * scale : most;
        return most;
    }
    vf most0 = v_mul(v_load(x + n - V_WIDTH), vs), most1 = most0; // the tail, whatever n is
    size_t i = 0;
    for (; i + 2 * V_WIDTH <= n; i += 2 * V_WIDTH) {
        most0 = v_max(most0, v_mul(v_load(x + i), vs));
        most1 = v_max(most1, v_mul(v_load(x + i + V_WIDTH), vs));
    }
    if (i + V_WIDTH <= n) most0 = v_max(most0, v_mul(v_load(x + i), vs));
    return v_hmax(v_max(most0, most1));
}

LANES_INLINE vf exp_lanes(float *out, const float *x, vf scale, vf most, size_t n) {
    vf e = v_exp_falling(v_sub(v_mul(v_get(x, n), scale), most));
    if (out) v_put(out, e, n);
    return v_first(e, n);
}

// sum of exp(scale * x - most), the terms to out unless that is NULL; out may be x
LANES_INLINE float exp_sum(float *out, const float *x, float scale, float most, size_t n) {
    vf vs = v_set1(scale), vm = v_set1(most), sum0 = v_zero(), sum1 = v_zero();
    size_t i = 0;
    for (; i + 2 * V_WIDTH <= n; i += 2 * V_WIDTH) {
        size_t next = i + V_WIDTH;
        sum0 = v_add(sum0, exp_lanes(out ? out + i : out, x + i, vs, vm, V_WIDTH));
        sum1 = v_add(sum1, exp_lanes(out ? out + next : out, x + next, vs, vm, V_WIDTH));
    }
    if (i + V_WIDTH <= n) {
        sum0 = v_add(sum0, exp_lanes(out ? out + i : out, x + i, vs, vm, V_WIDTH));
        i += V_WIDTH;
    }
    if (i < n) sum1 = v_add(sum1, exp_lanes(out ? out + i : out, x + i, vs, vm, n - i));
    return v_sum(v_add(sum0, sum1));
}

static void multiply(float *x, float s, size_t n) {
    vf vs = v_set1(s);
    size_t i = 0;
    for (; i + V_WIDTH <= n; i += V_WIDTH) v_store(x + i, v_mul(v_load(x + i), vs));
    if (i < n) v_store_n(x + i, v_mul(v_load_n(x + i, n - i), vs), n - i);
}

static void softmax(float *x, float scale, size_t n) {
    if (n == 0) return;
    float sum = exp_sum(x, x, scale, row_max(x, scale, n), n);
    multiply(x, 1.0f / sum, n);
}

// The logarithm of a sum of exponentials, 1 <= sum; NaN stays NaN. The C library's own differs from
// processor to processor, and a loss has to be the same bits everywhere.
//
// sum = 2^e m with m in [sqrt(1/2), sqrt(2)):  log m = 2 artanh(t),  t = (m - 1) / (m + 1)
static double log_of_sum(double sum) {
    if (!(sum < 1e300)) return sum;
    uint64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    // Counted from sqrt(1/2), the exponent changes where m would pass sqrt(2).
    uint64_t from = bits - 0x3fe6a09e667f3bcdu;
    int64_t e = (int64_t)from >> 52;
    bits -= (uint64_t)e << 52;
    double m;
    memcpy(&m, &bits, sizeof m);
    double t = (m - 1) / (m + 1), t2 = t * t, series = 1.0 / 15;
    for (int k = 13; k > 0; k -= 2) series = series * t2 + 1.0 / k;
    return (double)e * 0.69314718055994530942 + 2 * t * series;
}

// Of one row that counts. with_gradient is a constant at both calls.
LANES_INLINE float row_loss(float *z, size_t n, size_t target, float weight, bool with_gradient) {
    const float most = row_max(z, 1.0f, n), aimed = z[target];
    const float sum = exp_sum(with_gradient ? z : NULL, z, 1.0f, most, n);
    if (with_gradient) {
        multiply(z, weight / sum, n);
        z[target] -= weight;
    }
    return (float)(log_of_sum((double)sum) + ((double)most - (double)aimed));
}

static void cross_entropy(const cross_entropy_args *a) {
    for (size_t row = 0; row < a->rows; row++) {
        float *z = a->z + row * a->ldz;
        if (a->target[row] == LOSS_IGNORE) {
            a->loss[row] = 0;
            memset(z, 0, a->n * sizeof *z);
        } else {
            a->loss[row] = row_loss(z, a->n, a->target[row], a->weight, true);
        }
    }
}

static void cross_entropy_only(const cross_entropy_args *a) {
    for (size_t row = 0; row < a->rows; row++) {
        const uint16_t target = a->target[row];
        a->loss[row] = target == LOSS_IGNORE
                           ? 0
                           : row_loss(a->z + row * a->ldz, a->n, target, a->weight, false);
    }
}

const loss_kernels LEVEL(kernels_loss) = {
    .softmax = softmax,
    .cross_entropy = cross_entropy,
    .cross_entropy_only = cross_entropy_only,
};
