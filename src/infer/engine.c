#include "infer/engine.h"

#include "base/error.h"
#include "os/memory.h"

#include <string.h>

axl_status engine_open(engine *out, const char *path, const kernels *k, pool *p, axl_error *err) {
    memset(out, 0, sizeof *out);
    out->k = *k;
    out->p = p;
    FORWARD(model_dir_read(&out->model, path, k, err));
    const frozen_source source = {out->model.block, out->model.block, DTYPE_F32};
    const axl_status status = frozen_of_block(&out->frozen, &out->model.table, &source, err);
    if (status != AXL_OK) engine_close(out);
    return status;
}

void engine_close(engine *e) {
    frozen_free(&e->frozen);
    stored_model_free(&e->model);
    memset(e, 0, sizeof *e);
}

axl_status engine_sequence(const engine *e, cache *out, axl_error *err) {
    return cache_create(out, &e->model.table.config, e->frozen.start, &os_plan_memory, err);
}

axl_status engine_stepper(const engine *e, stepper **out, const step_spec *spec, axl_error *err) {
    const step_machine machine = {
        .k = &e->k, .p = e->p, .memory = &os_plan_memory, .limit = PLAN_NO_LIMIT};
    return step_create(out, &e->frozen, spec, &machine, err);
}
