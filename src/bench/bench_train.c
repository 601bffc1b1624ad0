// Steps of training on random bytes.
#include "bench/bench_model.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "model/flops.h"
#include "model/pass.h"
#include "os/memory.h"
#include "tensor/op_reduce.h"
#include "tensor/op_update.h"

#include <string.h>

typedef struct train_bench {
    bench_model *m;
    pass *pass;
    weights weights;
    op_update update;
    op_update_tensor *list; // [table.count]; owned
    view *gradients;        // [table.count]; owned
    float *moments;         // what the optimizer remembers: 0, 1 or 2 times the parameters; owned
    float *g;               // owned
    exec ex;                // for update and norm; its scratch is owned
    uint16_t *ids;          // [batch, length] and the targets behind it; owned
} train_bench;

static axl_status run_step(void *ctx, axl_error *err) {
    train_bench *b = ctx;
    const axl_bench_model_result *out = b->m->out;
    const size_t rows = out->batch * out->length;
    const pass_batch batch = {
        .ids = b->ids, .target = b->ids + rows, .weight = 1 / (float)rows, .step = b->update.step};
    pass_losses losses;
    FORWARD(pass_zero(b->pass, &b->weights, err));
    FORWARD(pass_gradient(b->pass, &b->weights, &batch, &losses, err));
    FORWARD(pass_finish(b->pass, &b->weights, err));
    double norm;
    FORWARD(op_reduce_norm(&b->ex, b->gradients, b->m->table.count, &norm, err));
    b->update.g_scale = norm > 1 ? (float)(1 / norm) : 1;
    b->update.step++;
    return op_update_step(&b->ex, &b->update, err);
}

static size_t moments_of(const char *optimizer) {
    if (strcmp(optimizer, "adamw") == 0) return 2;
    return strcmp(optimizer, "sgd") == 0 ? 0 : 1;
}

static void prepare_update(train_bench *b) {
    const param_table *t = &b->m->table;
    const size_t moments = moments_of(b->m->optimizer);
    b->update = (op_update){.rule = moments == 2   ? OP_UPDATE_ADAMW
                                    : moments == 1 ? OP_UPDATE_LION
                                                   : OP_UPDATE_SGD,
                            .list = b->list,
                            .count = t->count,
                            .rate = 1e-4f,
                            .beta1 = 0.9f,
                            .beta2 = 0.99f,
                            .eps = 1e-8f};
    for (size_t i = 0; i < t->count; i++) {
        const param *p = &t->list[i];
        b->gradients[i] = params_view(p, b->g);
        b->list[i] = (op_update_tensor){
            .w = params_view(p, b->m->w), .g = b->gradients[i], .decay = p->decay ? 0.1f : 0};
        if (moments > 0) b->list[i].m = params_view(p, b->moments);
        if (moments > 1) b->list[i].v = params_view(p, b->moments + t->numbers);
    }
}

static axl_status prepare(train_bench *b, size_t *bytes, axl_error *err) {
    const bench_model *m = b->m;
    const param_table *t = &m->table;
    const axl_bench_model_result *out = m->out;
    const pass_spec spec = {.batch = out->batch,
                            .length = out->length,
                            .type = m->type,
                            .train = true,
                            .recompute = m->options->recompute};
    const pass_machine machine = {
        .k = &m->run->k, .p = m->run->pool, .memory = &bench_memory, .limit = PLAN_NO_LIMIT};
    size_t activations;
    FORWARD(pass_bytes(t, &spec, &machine, &activations, err));
    const size_t block = t->numbers * sizeof(float), moments = moments_of(m->optimizer) * block;
    RETURN_IF(!size_add(activations, block + moments, bytes), err, AXL_TOO_LARGE,
              "the batch is too large");
    FORWARD(bench_check_memory(*bytes, err)); // the weights are there already
    *bytes += block;
    b->g = os_block_alloc(block);
    b->moments = os_block_alloc(moments);
    b->list = mem_zalloc_array(t->count, sizeof *b->list);
    b->gradients = mem_zalloc_array(t->count, sizeof *b->gradients);
    b->ids = mem_alloc_array(2 * out->batch * out->length, sizeof *b->ids);
    if (!b->g || !b->moments || !b->list || !b->gradients || !b->ids)
        return error_no_memory(err, "the benchmark", *bytes);
    bench_model_ids(b->ids, 2 * out->batch * out->length, 2);
    b->weights = (weights){.table = t, .w = m->w, .g = b->g};
    prepare_update(b);
    b->ex = (exec){.k = &m->run->k, .p = m->run->pool};
    b->ex.scratch_bytes =
        size_max(op_update_scratch(t->count), op_reduce_norm_scratch(b->gradients, t->count));
    b->ex.scratch = os_block_alloc(b->ex.scratch_bytes);
    if (!b->ex.scratch) return error_no_memory(err, "the benchmark", b->ex.scratch_bytes);
    return pass_create(&b->pass, t, &spec, &machine, err);
}

axl_status bench_train(bench_model *m, axl_error *err) {
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
    os_block_free(b.ex.scratch);
    os_block_free(b.g);
    os_block_free(b.moments);
    mem_free(b.list);
    mem_free(b.gradients);
    mem_free(b.ids);
    if (status == AXL_OK) bench_model_peer(m, "train");
    return status;
}
