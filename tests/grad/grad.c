#include "grad/grad.h"

#include "base/alloc.h"
#include "base/crc32c.h"
#include "base/rng.h"
#include "support/unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// Step of the central difference. The error of the difference quotient is about h^2 from the cut
// and 1e-16 / h from rounding: both below 1e-9.
#define STEP 1e-5

// Errors relative to the norm of a tensor and to its elements: what f32 sums of some hundred terms
// leave, and far below what any wrong term makes.
#define NORM_BOUND 1e-5
#define ELEMENT_BOUND 5e-5

static void *get(size_t n, size_t size) {
    void *p = mem_zalloc_array(n, size);
    assert_non_null(p);
    return p;
}

static void fill(const char *name, size_t n, double *x, float *f) {
    const rng key = rng_key(crc32c(0, name, strlen(name)), n);
    for (size_t i = 0; i < n; i++) x[i] = f[i] = rng_normal(key, i);
}

grad_input *grad_in(grad_case *c, const char *name, size_t n, bool adds) {
    assert_true(c->ins < GRAD_MAX);
    grad_input *v = &c->in[c->ins++];
    *v = (grad_input){.name = name, .n = n, .adds = adds};
    v->x = get(n, sizeof *v->x);
    v->f = get(n, sizeof *v->f);
    v->gradient = get(n, sizeof *v->gradient);
    v->numeric = get(n, sizeof *v->numeric);
    v->noise = get(n, sizeof *v->noise);
    fill(name, n, v->x, v->f);
    fill("noise", n, v->numeric, v->noise);
    return v;
}

grad_output *grad_out(grad_case *c, const char *name, size_t n) {
    assert_true(c->outs < GRAD_MAX);
    grad_output *v = &c->out[c->outs++];
    *v = (grad_output){.name = name, .n = n};
    v->y = get(n, sizeof *v->y);
    v->f = get(n, sizeof *v->f);
    v->w = get(n, sizeof *v->w);
    v->grad = get(n, sizeof *v->grad);
    fill(name, n, v->w, v->grad);
    return v;
}

static double loss(const grad_case *c) {
    c->reference(c);
    double sum = 0;
    for (size_t o = 0; o < c->outs; o++) {
        for (size_t i = 0; i < c->out[o].n; i++) sum += c->out[o].w[i] * c->out[o].y[i];
    }
    return sum;
}

static void differentiate(const grad_case *c) {
    for (size_t v = 0; v < c->ins; v++) {
        const grad_input *in = &c->in[v];
        for (size_t i = 0; i < in->n; i++) {
            const double x = in->x[i];
            in->x[i] = x + STEP;
            const double up = loss(c);
            in->x[i] = x - STEP;
            const double down = loss(c);
            in->x[i] = x;
            in->numeric[i] = (up - down) / (2 * STEP);
        }
    }
}

typedef struct tensor_pair {
    const char *where, *kind, *name; // for the message
    size_t n;
    const float *got;
    const float *from; // got is the difference to it; NULL: to zero
    const double *want;
} tensor_pair;

static double got_at(const tensor_pair *p, size_t i) {
    return (double)p->got[i] - (p->from ? (double)p->from[i] : 0);
}

// Direction and length of the whole tensor, then each element, with a bound that grows with the
// tensor's own size. A tensor that is zero on either side proves nothing, so it fails.
static void compare(const tensor_pair *p) {
    double gg = 0, ww = 0, gw = 0, ee = 0;
    for (size_t i = 0; i < p->n; i++) {
        const double g = got_at(p, i), w = p->want[i];
        gg += g * g;
        ww += w * w;
        gw += g * w;
        ee += (g - w) * (g - w);
    }
    const double norm = sqrt(ww), ratio = sqrt(gg / ww), cosine = gw / sqrt(gg * ww);
    if (!(norm > 1e-6 * sqrt((double)p->n))) {
        fail_msg("%s: the expected %s of %s is zero: the case proves nothing", p->where, p->kind,
                 p->name);
    }
    if (!(gg > 0)) fail_msg("%s: the %s of %s is all zero", p->where, p->kind, p->name);
    if (!(sqrt(ee) <= NORM_BOUND * norm) || !(fabs(ratio - 1) <= NORM_BOUND) ||
        !(cosine >= 1 - NORM_BOUND)) {
        fail_msg("%s: the %s of %s: error %.3g of its norm, ratio of norms %.9g, cosine %.9g",
                 p->where, p->kind, p->name, sqrt(ee) / norm, ratio, cosine);
    }
    const double typical = norm / sqrt((double)p->n);
    for (size_t i = 0; i < p->n; i++) {
        const double g = got_at(p, i), w = p->want[i];
        if (!(fabs(g - w) <= ELEMENT_BOUND * (fabs(w) + typical))) {
            fail_msg("%s: the %s of %s[%zu] is %.9g, expected %.9g", p->where, p->kind, p->name, i,
                     g, w);
        }
    }
}

static void run_level(const grad_case *c, kernel_level level) {
    kernels k;
    assert_true(kernels_select(level, &k));
    exec ex = {.k = &k, .scratch_bytes = c->scratch_bytes};
    if (c->scratch_bytes > 0) {
        ex.scratch = mem_alloc_aligned(c->scratch_bytes, EXEC_ALIGN);
        assert_non_null(ex.scratch);
        memset(ex.scratch, 0xFF, c->scratch_bytes); // NaN: an op must not trust its scratch
    }
    for (size_t o = 0; o < c->outs; o++) {
        memset(c->out[o].f, 0xFF, c->out[o].n * sizeof(float));
    }
    for (size_t v = 0; v < c->ins; v++) {
        const grad_input *in = &c->in[v];
        if (in->adds) {
            memcpy(in->gradient, in->noise, in->n * sizeof(float));
        } else {
            memset(in->gradient, 0xFF, in->n * sizeof(float));
        }
    }
    c->run(c, &ex);
    char where[96];
    snprintf(where, sizeof where, "%s at level %s", c->name, kernels_level_name(level));
    for (size_t o = 0; o < c->outs; o++) {
        const grad_output *out = &c->out[o];
        compare(&(tensor_pair){where, "value", out->name, out->n, out->f, NULL, out->y});
    }
    for (size_t v = 0; v < c->ins; v++) {
        const grad_input *in = &c->in[v];
        compare(&(tensor_pair){where, "gradient", in->name, in->n, in->gradient,
                               in->adds ? in->noise : NULL, in->numeric});
    }
    mem_free_aligned(ex.scratch);
}

void grad_check(grad_case *c) {
    differentiate(c);
    loss(c); // the outputs of the unchanged inputs
    for (int level = 0; level < KERNEL_LEVELS; level++) {
        if (kernels_level_runs((kernel_level)level)) run_level(c, (kernel_level)level);
    }
    for (size_t v = 0; v < c->ins; v++) {
        mem_free(c->in[v].x);
        mem_free(c->in[v].f);
        mem_free(c->in[v].gradient);
        mem_free(c->in[v].numeric);
        mem_free(c->in[v].noise);
    }
    for (size_t o = 0; o < c->outs; o++) {
        mem_free(c->out[o].y);
        mem_free(c->out[o].f);
        mem_free(c->out[o].w);
        mem_free(c->out[o].grad);
    }
    c->ins = c->outs = 0;
}

view grad_view(const float *data, size_t rows, size_t cols) {
    return view_f32((float *)(uintptr_t)data, rows, cols);
}

void grad_ok(axl_status status, const axl_error *err) {
    if (status != AXL_OK) fail_msg("%s: %s", axl_status_name(status), err->text);
}
