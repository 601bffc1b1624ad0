#include "infer/engine.h"

#include "base/alloc.h"
#include "base/error.h"
#include "os/memory.h"
#include "store/few_bits.h"

#include <string.h>

static axl_status open_checked(import_model *out, const char *path, axl_error *err) {
    FORWARD(import_open_weights(out, path, err));
    const axl_status status = out->kind == IMPORT_DIRECTORY ? import_check(out, err) : AXL_OK;
    if (status != AXL_OK) import_close(out);
    return status;
}

static axl_status freeze(engine *e, bool exact, axl_error *err) {
    const frozen_machine machine = {.k = &e->k,
                                    .p = e->p,
                                    .memory = &os_plan_memory,
                                    .borrow = import_guarded(&e->file),
                                    .exact = exact};
    if (machine.borrow) import_advise(&e->file);
    FORWARD(few_bits_freeze(&e->file, &machine, &e->frozen, err));
    FORWARD(import_unchanged(&e->file, err));
    e->model.type = dtype_by_gguf((int)e->file.tensor[0].type);
    e->model.table = e->file.table;
    e->file.table = (param_table){0};
    e->frozen.table = &e->model.table;
    if (!machine.borrow) import_close(&e->file);
    return AXL_OK;
}

static axl_status open_model(engine *e, const char *path, bool exact, axl_error *err) {
    RETURN_IF(!path, err, AXL_BAD_ARGUMENT, "no name of a model");
    const size_t bytes = strlen(path) + 1;
    e->path = mem_alloc(bytes);
    if (!e->path) return error_no_memory(err, path, bytes);
    memcpy(e->path, path, bytes);
    FORWARD(open_checked(&e->file, e->path, err));
    return freeze(e, exact, err);
}

// With the kernels and the pool in place.
static axl_status open_or_close(engine *e, const char *path, bool exact, axl_error *err) {
    const axl_status status = open_model(e, path, exact, err);
    if (status != AXL_OK) engine_close(e);
    return status;
}

axl_status engine_open(engine *out, const char *path, const kernels *k, pool *p, axl_error *err) {
    *out = (engine){.k = *k, .p = p};
    return open_or_close(out, path, false, err);
}

axl_status engine_open_exact(engine *out, const char *path, const kernels *k, pool *p,
                             axl_error *err) {
    *out = (engine){.k = *k, .p = p};
    return open_or_close(out, path, true, err);
}

void engine_close(engine *e) {
    frozen_free(&e->frozen);
    stored_model_free(&e->model);
    import_close(&e->file);
    mem_free(e->path);
    memset(e, 0, sizeof *e);
}

axl_status engine_intact(const engine *e, axl_error *err) {
    return e->file.source ? import_unchanged(&e->file, err) : AXL_OK;
}

static axl_status read_numbers(engine *e, const import_model *m, axl_error *err) {
    RETURN_IF(few_bits_any(m), err, AXL_BAD_ARGUMENT,
              "%s has few bits: this needs a model of f32, bf16 or f16", e->path);
    const size_t bytes = m->table.numbers * sizeof *e->model.block;
    if (bytes <= os_memory_available()) e->model.block = os_block_alloc(bytes);
    if (!e->model.block) return error_no_memory(err, "the weights", bytes);
    FORWARD(few_bits_numbers(m, &e->k, e->model.block, err));
    return import_unchanged(m, err);
}

axl_status engine_numbers(engine *e, axl_error *err) {
    import_model m;
    if (e->model.block) return AXL_OK;
    FORWARD(open_checked(&m, e->path, err));
    const axl_status status = read_numbers(e, &m, err);
    import_close(&m);
    return status;
}

axl_status engine_sequence(const engine *e, cache *out, axl_error *err) {
    return cache_create(out, &e->model.table.config, e->frozen.start, &os_plan_memory, err);
}

axl_status engine_stepper(const engine *e, stepper **out, const step_spec *spec, axl_error *err) {
    const step_machine machine = {
        .k = &e->k, .p = e->p, .memory = &os_plan_memory, .limit = PLAN_NO_LIMIT};
    return step_create(out, &e->frozen, spec, &machine, err);
}
