#include "store/llama_case.h"

#include <stdlib.h>
#include <string.h>

static void numbers(void *ctx, const llama_tensor *t, float *out) {
    const llama_case *c = ctx;
    llama_exit_numbers(c->table, c->w, t, out);
}

static void written(void *ctx, const llama_tensor *t, const float *x) {
    const llama_case *c = ctx;
    if (c->block) llama_exit_put(c->table, c->block, t, x);
}

axl_status llama_case_write(const llama_case *c, llama_file file, const char *path, pool *p,
                            axl_error *err) {
    const kernels k = case_kernels();
    const llama_shape form = llama_exit_shape(&c->table->config);
    llama_case copy = *c;
    const llama_source from = {
        .k = &k, .p = p, .name = "case", .numbers = numbers, .written = written, .ctx = &copy};
    llama_plan all;
    if (c->block) memcpy(c->block, c->w, c->table->numbers * sizeof *c->w);
    axl_status status = llama_plan_make(&all, &form, file, err);
    if (status == AXL_OK) status = export_llama(path, &all, &from, err);
    llama_plan_free(&all);
    return status;
}

float *llama_case_logits(const param_table *t, const float *w, const uint16_t *ids, size_t length) {
    const kernels k = case_kernels();
    const case_model m = {.table = *t, .w = (float *)(uintptr_t)w};
    const pass_spec spec = {.batch = 1, .length = length, .type = DTYPE_F32};
    pass *p = case_pass(&m, &k, &spec);
    float *out = malloc(length * t->config.vocab_size * sizeof *out);
    axl_error err = {0};
    assert_non_null(out);
    case_ok(pass_exit_logits(p, w, ids, out, &err), &err);
    pass_free(p);
    return out;
}
