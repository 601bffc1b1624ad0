#include "train/trainer.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "model/copying.h"
#include "tensor/op_cross_entropy.h"
#include "tensor/op_reduce.h"
#include "tensor/op_update.h"

#include <math.h>
#include <string.h>

static dtype product_type(const train_settings *s) {
    return s->dtype > 0 ? DTYPE_BF16 : DTYPE_F32;
}

static pass_spec spec_of(const train_settings *s, growth_shape form) {
    return (pass_spec){.batch = form.batch,
                       .length = form.length,
                       .type = product_type(s),
                       .train = true,
                       .recompute = s->recompute > 0};
}

pass_spec trainer_look_spec(const train_settings *s, const model_config *c) {
    pass_spec spec = spec_of(s, growth_of(s, c).whole);
    spec.train = spec.recompute = false;
    return spec;
}

// The most that passes take at a time: that of a step, and beside it that of a look at held-out
// text while the shape of steps is another.
static axl_status plan_passes(const param_table *t, const train_settings *s,
                              const pass_machine *machine, size_t *most, axl_error *err) {
    const growth g = growth_of(s, &t->config);
    const pass_spec look = trainer_look_spec(s, &t->config);
    const pass_spec last = spec_of(s, g.whole);
    size_t beside = 0;
    FORWARD(pass_bytes(t, &last, machine, most, err));
    if (g.halvings > 0) FORWARD(pass_bytes(t, &look, machine, &beside, err));
    for (size_t left = 1; left <= g.halvings; left++) {
        const pass_spec spec = spec_of(s, growth_halved(&g, left));
        size_t bytes;
        FORWARD(pass_bytes(t, &spec, machine, &bytes, err));
        RETURN_IF(!size_add(bytes, beside, &bytes), err, AXL_TOO_LARGE,
                  "the memory of this training has no size");
        *most = size_max(*most, bytes);
    }
    return AXL_OK;
}

axl_status trainer_plan(const param_table *t, const train_settings *s, const pass_machine *machine,
                        trainer_bytes *out, axl_error *err) {
    memset(out, 0, sizeof *out);
    const optimizer_config o = train_settings_optimizer(s);
    FORWARD(plan_passes(t, s, machine, &out->activations, err));
    out->weights = out->gradients = t->numbers * sizeof(float);
    out->moments = optimizer_bytes(&o, t->numbers);
    out->scratch = op_update_scratch(t->count);
    const size_t parts[] = {out->weights, out->gradients, out->moments, out->activations,
                            out->scratch};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        RETURN_IF(!size_add(out->all, parts[i], &out->all), err, AXL_TOO_LARGE,
                  "the memory of this training has no size");
    return AXL_OK;
}

// Learning rates at width 64, found by the sweeps in docs/training.md. A matrix's best rate falls
// with the numbers it sums.
double trainer_standard_rate(optimizer_rule rule, const model_config *c) {
    static const double at_64[OPTIMIZER_RULES] = {
        [OPTIMIZER_LION] = 1e-3, [OPTIMIZER_SGD] = 1.0, [OPTIMIZER_ADAMW] = 3.5e-3};
    const double rate = at_64[rule] * 64 / (double)c->d_model;
    return rule == OPTIMIZER_SGD ? at_64[rule] : rate;
}

static axl_status make_optimizer(trainer *t, axl_error *err) {
    optimizer_tensor *list = mem_zalloc_array(t->table->count, sizeof *list);
    if (!list) return error_no_memory(err, "the optimizer", t->table->count * sizeof *list);
    for (size_t i = 0; i < t->table->count; i++) {
        const param *p = &t->table->list[i];
        list[i] =
            (optimizer_tensor){.w = params_view(p, t->w),
                               .g = params_view(p, t->g),
                               .decay = p->decay,
                               .rate = p->kind == PARAM_EMBEDDING ? t->settings.embed_rate : 1};
    }
    const optimizer_config c = train_settings_optimizer(&t->settings);
    const optimizer_list all = {
        .tensor = list, .count = t->table->count, .base = t->w, .numbers = t->table->numbers};
    const axl_status status = optimizer_create(&t->optimizer, &c, &all, t->machine.memory, err);
    mem_free(list);
    FORWARD(status);
    t->ex = (exec){.k = t->machine.k, .p = t->machine.p};
    t->ex.scratch_bytes = optimizer_scratch(t->optimizer);
    t->ex.scratch = t->machine.memory->alloc(t->ex.scratch_bytes);
    return t->ex.scratch ? AXL_OK : error_no_memory(err, "the optimizer", t->ex.scratch_bytes);
}

static void begin_weights(const trainer *t) {
    params_init(t->table, (uint64_t)t->settings.seed, t->w);
    copying_begin(t->table, t->w);
}

static axl_status fill(trainer *t, axl_error *err) {
    const size_t bytes = t->table->numbers * sizeof(float);
    const growth grows = growth_of(&t->settings, &t->table->config);
    t->w = t->machine.memory->alloc(bytes);
    t->g = t->machine.memory->alloc(bytes);
    if (!t->w || !t->g) return error_no_memory(err, "weights and gradients", 2 * bytes);
    begin_weights(t);
    FORWARD(trainer_shape(t, growth_at(&grows, 0), err));
    return make_optimizer(t, err);
}

axl_status trainer_shape(trainer *t, growth_shape form, axl_error *err) {
    const pass_spec spec = spec_of(&t->settings, form);
    pass_free(t->pass);
    t->pass = NULL;
    t->batch = form.batch;
    t->length = form.length;
    return pass_create(&t->pass, t->table, &spec, &t->machine, err);
}

axl_status trainer_create(trainer *out, const param_table *t, const train_settings *s,
                          const pass_machine *machine, axl_error *err) {
    *out = (trainer){.table = t, .settings = *s, .machine = *machine, .rate_factor = 1};
    out->rate =
        s->rate > 0 ? s->rate : trainer_standard_rate((optimizer_rule)s->optimizer, &t->config);
    const axl_status status = fill(out, err);
    if (status != AXL_OK) trainer_free(out);
    return status;
}

void trainer_free(trainer *t) {
    const plan_memory *memory = t->machine.memory;
    pass_free(t->pass);
    optimizer_free(t->optimizer);
    if (t->ex.scratch) memory->free(t->ex.scratch);
    if (t->w) memory->free(t->w);
    if (t->g) memory->free(t->g);
    memset(t, 0, sizeof *t);
}

void trainer_restart(trainer *t) {
    begin_weights(t);
    for (size_t i = 0; i < 2; i++) {
        float *moment = optimizer_moment(t->optimizer, i);
        if (moment) memset(moment, 0, t->table->numbers * sizeof *moment);
    }
    optimizer_set_steps(t->optimizer, 0);
}

static double bits(double nats, size_t counted) {
    return nats / (double)counted / 0.69314718055994530942;
}

axl_status trainer_step(trainer *t, const trainer_batch *b, trainer_result *out, axl_error *err) {
    const size_t counted = op_cross_entropy_counted(b->target, t->batch * t->length);
    const schedule rate = train_settings_schedule(&t->settings);
    const weights m = {.table = t->table, .w = t->w, .g = t->g};
    const pass_batch batch = {.ids = b->ids,
                              .target = b->target,
                              .weight = counted > 0 ? (float)(1 / (double)counted) : 0,
                              .seed = (uint64_t)t->settings.seed,
                              .step = optimizer_steps(t->optimizer)};
    pass_losses losses;
    *out = (trainer_result){.counted = counted,
                            .rate = t->rate * t->rate_factor * schedule_share(&rate, b->fraction)};
    if (counted == 0) return AXL_OK;
    FORWARD(pass_zero(t->pass, &m, err));
    FORWARD(pass_gradient(t->pass, &m, &batch, &losses, err));
    FORWARD(pass_finish(t->pass, &m, err));
    FORWARD(optimizer_norm(t->optimizer, &t->ex, &out->norm, err));
    out->bits = bits(losses.main, counted);
    out->exit_bits = bits(losses.exit, counted);
    out->skipped = !isfinite(out->bits) || !isfinite(out->exit_bits) || !isfinite(out->norm);
    if (out->skipped) return AXL_OK;
    return optimizer_step(t->optimizer, &t->ex, out->rate, out->norm, err);
}
