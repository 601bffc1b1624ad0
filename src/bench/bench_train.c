// Steps of training on random bytes.
#include "bench/bench_model.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "model/flops.h"
#include "model/pass.h"
#include "optim/optimizer.h"
#include "os/memory.h"

#define RATE 1e-4 // small enough for random bytes: the loss does not grow

typedef struct train_bench {
    bench_model *m;
    pass *pass; // owned
    weights weights;
    optimizer *optimizer; // owned
    float *g;             // owned
    exec ex;              // of the optimizer; its scratch is owned
    uint16_t *ids;        // [batch, length] and the targets behind it; owned
} train_bench;

static axl_status run_step(void *ctx, axl_error *err) {
    train_bench *b = ctx;
    const axl_bench_model_result *out = b->m->out;
    const size_t rows = out->batch * out->length;
    const pass_batch batch = {.ids = b->ids,
                              .target = b->ids + rows,
                              .weight = 1 / (float)rows,
                              .step = optimizer_steps(b->optimizer)};
    pass_losses losses;
    double norm;
    FORWARD(pass_zero(b->pass, &b->weights, err));
    FORWARD(pass_gradient(b->pass, &b->weights, &batch, &losses, err));
    FORWARD(pass_finish(b->pass, &b->weights, err));
    FORWARD(optimizer_norm(b->optimizer, &b->ex, &norm, err));
    return optimizer_step(b->optimizer, &b->ex, RATE, norm, err);
}

static axl_status make_optimizer(train_bench *b, const optimizer_config *c, axl_error *err) {
    const param_table *t = &b->m->table;
    optimizer_tensor *list = mem_zalloc_array(t->count, sizeof *list);
    if (!list) return error_no_memory(err, "the benchmark", t->count * sizeof *list);
    for (size_t i = 0; i < t->count; i++) {
        const param *p = &t->list[i];
        list[i] = (optimizer_tensor){
            .w = params_view(p, b->m->w), .g = params_view(p, b->g), .decay = p->decay};
    }
    const optimizer_list all = {
        .tensor = list, .count = t->count, .base = b->m->w, .numbers = t->numbers};
    const axl_status status = optimizer_create(&b->optimizer, c, &all, &os_plan_memory, err);
    mem_free(list);
    FORWARD(status);
    b->ex = (exec){.k = &b->m->run->k, .p = b->m->run->pool};
    b->ex.scratch_bytes = optimizer_scratch(b->optimizer);
    b->ex.scratch = os_block_alloc(b->ex.scratch_bytes);
    return b->ex.scratch ? AXL_OK : error_no_memory(err, "the benchmark", b->ex.scratch_bytes);
}

static axl_status prepare(train_bench *b, size_t *bytes, axl_error *err) {
    const bench_model *m = b->m;
    const param_table *t = &m->table;
    const axl_bench_model_result *out = m->out;
    const optimizer_config update = optimizer_defaults(optimizer_by_name(m->optimizer));
    const pass_spec spec = {.batch = out->batch,
                            .length = out->length,
                            .type = m->type,
                            .train = true,
                            .recompute = m->options->recompute};
    const pass_machine machine = {
        .k = &m->run->k, .p = m->run->pool, .memory = &os_plan_memory, .limit = PLAN_NO_LIMIT};
    size_t activations;
    FORWARD(pass_bytes(t, &spec, &machine, &activations, err));
    const size_t block = t->numbers * sizeof(float);
    RETURN_IF(!size_add(activations, block + optimizer_bytes(&update, t->numbers), bytes), err,
              AXL_TOO_LARGE, "the batch is too large");
    FORWARD(bench_check_memory(*bytes, err)); // the weights are there already
    *bytes += block;
    b->g = os_block_alloc(block);
    b->ids = mem_alloc_array(2 * out->batch * out->length, sizeof *b->ids);
    if (!b->g || !b->ids) return error_no_memory(err, "the benchmark", *bytes);
    bench_model_ids(b->ids, 2 * out->batch * out->length, 2);
    b->weights = (weights){.table = t, .w = m->w, .g = b->g};
    FORWARD(make_optimizer(b, &update, err));
    return pass_create(&b->pass, t, &spec, &machine, err);
}

axl_status bench_train(bench_model *m, axl_error *err) {
    RETURN_IF(m->recipe, err, AXL_BAD_ARGUMENT, "dtype is '%s', must be f32 or bf16 to train",
              m->recipe->name);
    train_bench b = {.m = m};
    size_t bytes = 0;
    axl_status status = prepare(&b, &bytes, err);
    if (status == AXL_OK) {
        const axl_bench_model_result *out = m->out;
        const bench_model_rounds rounds = {.fn = run_step,
                                           .ctx = &b,
                                           .what = "training step",
                                           .bytes = (double)(out->batch * out->length),
                                           .probe = m->type == DTYPE_BF16 ? m->run->k.peak->bf16
                                                                          : m->run->k.peak->f32};
        const double operations =
            FLOPS_EACH * flops_train(&m->table.config, out->length) / (double)out->length;
        status = bench_model_measure(m, &rounds, operations, err);
        m->out->planned_mib = (double)bytes / 1048576;
    }
    pass_free(b.pass);
    optimizer_free(b.optimizer);
    os_block_free(b.ex.scratch);
    os_block_free(b.g);
    mem_free(b.ids);
    if (status == AXL_OK) bench_model_peer(m, "train");
    return status;
}
