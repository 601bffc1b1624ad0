#include "model/golden_case.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const void *golden_tensor(const golden_case *g, const char *name) {
    const safetensor *t = safetensors_find(&g->file.table, name);
    if (!t) fail_msg("%s: no tensor '%s'", g->folder, name);
    return g->target[t - g->file.table.list].to;
}

uint16_t *golden_symbols(const golden_case *g, const char *name) {
    const int32_t *in = golden_tensor(g, name);
    uint16_t *out = malloc(g->batch * g->length * sizeof *out);
    assert_non_null(out);
    for (size_t i = 0; i < g->batch * g->length; i++) out[i] = (uint16_t)in[i];
    return out;
}

void golden_open(golden_case *g, const char *folder, const kernels *k) {
    axl_error err;
    memset(g, 0, sizeof *g);
    g->folder = folder;
    case_ok(model_dir_read(&g->model, folder, k, &err), &err);
    snprintf(g->path, sizeof g->path, "%s/case.safetensors", folder);
    case_ok(safetensors_open(&g->file, g->path, &err), &err);
    const safetensors *t = &g->file.table;
    g->target = calloc(t->count, sizeof *g->target);
    assert_non_null(g->target);
    for (size_t i = 0; i < t->count; i++) {
        g->target[i].to = malloc(t->list[i].bytes);
        assert_non_null(g->target[i].to);
    }
    case_ok(safetensors_load(&g->file, k, g->target, &err), &err);
    const safetensor *ids = safetensors_find(t, "ids");
    assert_non_null(ids);
    g->batch = ids->dim[0];
    g->length = ids->dim[1];
    g->ids = golden_symbols(g, "ids");
}

void golden_close(golden_case *g) {
    for (size_t i = 0; i < g->file.table.count; i++) free(g->target[i].to);
    free(g->target);
    free(g->ids);
    safetensors_close(&g->file);
    stored_model_free(&g->model);
}

golden_list golden_choose(golden_list standard, int argc, char **argv) {
    if (argc <= 1) return standard;
    return (golden_list){(const char *const *)argv + 1, (size_t)argc - 1};
}

golden_error golden_compare(const golden_case *g, const golden_pair *p) {
    double difference = 0, product = 0, got2 = 0, want2 = 0;
    for (size_t i = 0; i < p->n; i++) {
        const double a = (double)p->got[i], b = (double)p->want[i];
        if (!isfinite(a)) fail_msg("%s: %s[%zu] is %g", g->folder, p->what, i, a);
        difference += (a - b) * (a - b);
        product += a * b;
        got2 += a * a;
        want2 += b * b;
    }
    if (!(want2 > 0)) fail_msg("%s: %s is nothing", g->folder, p->what);
    return (golden_error){.relative = sqrt(difference / want2),
                          .cosine = product / sqrt(got2 * want2),
                          .ratio = sqrt(got2 / want2)};
}
