#include "api/generate_parts.h"

#include "base/alloc.h"
#include "base/error.h"
#include "infer/infill.h"
#include "os/map_guard.h"

static axl_status open_model(axl_engine *e, const char *path, axl_error *err) {
    FORWARD(engine_open(&e->model, path, &e->m.k, e->m.pool, err));
    axl_status status = generation_read(&e->settings, path, err);
    if (status == AXL_OK) status = batch_create(&e->batch, &e->model, 1, err);
    if (status == AXL_OK) status = os_mutex_init(&e->lock, err);
    if (status == AXL_OK) return AXL_OK;
    batch_free(e->batch);
    engine_close(&e->model);
    return status;
}

axl_status axl_engine_map_files(axl_error *err) {
    return os_map_guard(err);
}

axl_status axl_engine_open(axl_engine **out, const char *path, const axl_engine_options *options,
                           axl_error *err) {
    RETURN_IF(!out || !path, err, AXL_BAD_ARGUMENT,
              "axl_engine_open: a place for the engine and a path must be given");
    *out = NULL;
    const axl_engine_options standard = {0};
    if (!options) options = &standard;
    axl_engine *e = mem_zalloc(sizeof *e);
    if (!e) return error_no_memory(err, "an engine", sizeof *e);
    axl_status status = machine_open(&e->m, options->level, options->threads, err);
    if (status == AXL_OK) {
        status = open_model(e, path, err);
        if (status != AXL_OK) machine_close(&e->m);
    }
    if (status == AXL_OK)
        *out = e;
    else
        mem_free(e);
    return status;
}

void axl_engine_close(axl_engine *e) {
    if (!e) return;
    os_mutex_free(&e->lock);
    batch_free(e->batch);
    engine_close(&e->model);
    machine_close(&e->m);
    mem_free(e);
}

void axl_engine_describe(const axl_engine *e, axl_engine_info *out) {
    const model_config *c = &e->model.model.table.config;
    *out = (axl_engine_info){.params = config_parameters(c),
                             .vocab_size = c->vocab_size,
                             .context = c->max_seq_len,
                             .infill = c->vocab_size >= INFILL_VOCAB,
                             .session_bytes = cache_bytes(c),
                             .level = kernels_level_name(e->m.k.level),
                             .threads = e->m.threads};
}
