#include "api/train_base.h"

#include "base/error.h"
#include "store/import.h"
#include "train/trainer.h"

axl_status train_base_use(train_setup *s, axl_error *err) {
    const char *path = s->base_path;
    const size_t context = s->config.max_seq_len;
    import_model m;
    FORWARD(import_open_weights(&m, path, err));
    const import_kind kind = m.kind;
    s->config = m.table.config;
    import_close(&m);
    RETURN_IF(kind != IMPORT_DIRECTORY, err, AXL_BAD_ARGUMENT,
              "%s is a single file: axl convert makes a folder of it, which can be a base", path);
    if (s->recipe.train) s->config.max_seq_len = context;
    s->settings.grow = 0;
    s->settings.optimizer = OPTIMIZER_ADAMW; // the others spoil what the weights know
    train_setup_name(s->base, sizeof s->base, path);
    return AXL_OK;
}

static axl_status compare(const train_setup *s, const import_model *base, axl_error *err) {
    param_table wanted;
    axl_status status = params_build(&wanted, &s->config, err);
    if (status == AXL_OK && !params_same(&wanted, &base->table))
        status =
            error_set(err, AXL_BAD_ARGUMENT,
                      "the settings ask for another shape than that of the base %s", s->base_path);
    params_free(&wanted);
    return status;
}

axl_status train_base_settle(train_setup *s, axl_error *err) {
    import_model m;
    FORWARD(import_open_weights(&m, s->base_path, err));
    const axl_status status = compare(s, &m, err);
    import_close(&m);
    FORWARD(status);
    train_settings *t = &s->settings;
    if (!(t->rate > 0))
        t->rate = TRAIN_BASE_RATE * trainer_standard_rate((optimizer_rule)t->optimizer, &s->config);
    return AXL_OK;
}
