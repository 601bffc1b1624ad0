#include "infer/engine.h"

#include "base/error.h"
#include "os/listing.h"
#include "os/memory.h"
#include "store/few_bits.h"

#include <string.h>

static axl_status freeze_numbers(engine *e, axl_error *err) {
    const frozen_source source = {e->model.block, e->model.block, DTYPE_F32};
    return frozen_of_block(&e->frozen, &e->model.table, &source, err);
}

static axl_status read_numbers(engine *e, const import_model *m, axl_error *err) {
    const size_t bytes = m->table.numbers * sizeof *e->model.block;
    e->model.block = os_block_alloc(bytes);
    if (!e->model.block) return error_no_memory(err, "the weights", bytes);
    FORWARD(few_bits_numbers(m, &e->k, e->model.block, err));
    return freeze_numbers(e, err);
}

static axl_status freeze_blocks(engine *e, const import_model *m, axl_error *err) {
    const frozen_machine machine = {.k = &e->k, .p = e->p, .memory = &os_plan_memory};
    FORWARD(few_bits_freeze(m, &machine, &e->frozen, err));
    e->frozen.table = &e->model.table;
    return AXL_OK;
}

// The table moves into the engine; the rest of the opened file is not needed any more.
static axl_status open_file(engine *e, const char *path, axl_error *err) {
    import_model m;
    FORWARD(import_open(&m, path, err));
    e->model.table = m.table;
    e->model.type = dtype_by_gguf((int)m.tensor[0].type);
    const axl_status status =
        few_bits_any(&m) ? freeze_blocks(e, &m, err) : read_numbers(e, &m, err);
    m.table = (param_table){0};
    import_close(&m);
    return status;
}

static axl_status open_directory(engine *e, const char *path, axl_error *err) {
    FORWARD(model_dir_read(&e->model, path, &e->k, err));
    return freeze_numbers(e, err);
}

axl_status engine_open(engine *out, const char *path, const kernels *k, pool *p, axl_error *err) {
    memset(out, 0, sizeof *out);
    out->k = *k;
    out->p = p;
    os_kind kind;
    FORWARD(os_kind_of(path, &kind, err));
    const axl_status status =
        kind == OS_KIND_FILE ? open_file(out, path, err) : open_directory(out, path, err);
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
