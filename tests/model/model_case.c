#include "model/model_case.h"

#include "base/alloc.h"
#include "base/rng.h"

#include <stdlib.h>

void case_ok(axl_status status, const axl_error *err) {
    if (status != AXL_OK) fail_msg("%s", err->text);
}

model_config case_config(void) {
    model_config c = config_defaults();
    c.d_model = 12;
    c.n_heads = 2;
    c.d_ff = 10;
    c.n_layers = 2;
    return c;
}

kernels case_kernels(void) {
    kernels k;
    assert_true(kernels_select(kernels_best_level(), &k));
    return k;
}

void case_model_make(case_model *m, const model_config *c, uint64_t seed) {
    axl_error err;
    case_ok(params_build(&m->table, c, &err), &err);
    m->w = mem_zalloc_array(m->table.numbers, sizeof *m->w);
    assert_non_null(m->w);
    params_init(&m->table, seed, m->w);
    for (size_t i = 0; i < m->table.count; i++) {
        const param *p = &m->table.list[i];
        const float about = p->kind == PARAM_GAIN ? 1 : p->kind == PARAM_SCALE ? 0.5f : 0;
        const bool matrix = p->kind == PARAM_MATRIX || p->kind == PARAM_EMBEDDING;
        for (size_t j = 0; j < p->count; j++) {
            const float r = rng_normal(rng_key(seed + 1, i), j);
            float *x = &m->w[p->offset + j];
            *x = matrix ? *x * 1.5f + r * 0.02f : about + r * 0.2f;
        }
    }
}

void case_model_free(case_model *m) {
    mem_free(m->w);
    params_free(&m->table);
}

void case_ids(uint16_t *out, size_t count, const model_config *c, uint64_t seed) {
    for (size_t i = 0; i < count; i++)
        out[i] = (uint16_t)rng_below(rng_key(seed, 77), i, c->vocab_size);
}

pass *case_pass(const case_model *m, const kernels *k, const pass_spec *spec) {
    axl_error err;
    pass *p;
    const pass_machine machine = {.k = k, .limit = PLAN_NO_LIMIT};
    case_ok(pass_create(&p, &m->table, spec, &machine, &err), &err);
    return p;
}

float *case_logits(const case_model *m, const kernels *k, const uint16_t *ids, size_t length) {
    axl_error err;
    const pass_spec spec = {.batch = 1, .length = length};
    float *out = malloc(length * m->table.config.vocab_size * sizeof *out);
    assert_non_null(out);
    pass *p = case_pass(m, k, &spec);
    case_ok(pass_logits(p, m->w, ids, out, &err), &err);
    pass_free(p);
    return out;
}
