#include "optim/optimizer.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "tensor/op_reduce.h"
#include "tensor/op_update.h"

#include <math.h>
#include <string.h>

#define MOMENTS ((size_t)2)

struct optimizer {
    optimizer_config config;
    size_t count;
    op_update_tensor *list; // [count]; owned
    view *gradients;        // [count]; owned
    float *moment[MOMENTS]; // [numbers] each, or NULL; owned
    const plan_memory *memory;
    uint64_t steps;
};

static const char *const names[OPTIMIZER_RULES] = {"lion", "sgd", "adamw"};

const char *optimizer_name(optimizer_rule rule) {
    return names[rule];
}

optimizer_rule optimizer_by_name(const char *name) {
    optimizer_rule rule = 0;
    while (rule < OPTIMIZER_RULES && strcmp(names[rule], name) != 0) rule++;
    return rule;
}

optimizer_config optimizer_defaults(optimizer_rule rule) {
    optimizer_config c = {.rule = rule, .beta1 = 0.9, .beta2 = 0.99, .eps = 1e-8, .clip = 1};
    if (rule == OPTIMIZER_LION) c.decay = 0.5; // Lion's rates are smaller, so its decay is larger
    if (rule == OPTIMIZER_ADAMW) c.decay = 0.1;
    if (rule == OPTIMIZER_SGD) c.beta1 = 0;
    return c;
}

axl_status optimizer_check(const optimizer_config *c, axl_error *err) {
    const struct {
        const char *name;
        double value, most;
        bool below; // most itself is too much
    } rows[] = {
        {"beta1", c->beta1, 1, true},    {"beta2", c->beta2, 1, true},   {"eps", c->eps, 1, false},
        {"decay", c->decay, 1e6, false}, {"clip", c->clip, 1e30, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const double x = rows[i].value, most = rows[i].most;
        RETURN_IF(!(x >= 0 && (rows[i].below ? x < most : x <= most)), err, AXL_BAD_ARGUMENT,
                  "%s is %g, must be from 0 to %s%g", rows[i].name, x,
                  rows[i].below ? "below " : "", most);
    }
    return AXL_OK;
}

size_t optimizer_moments(const optimizer_config *c) {
    if (c->rule == OPTIMIZER_ADAMW) return 2;
    return c->rule == OPTIMIZER_SGD && !(c->beta1 > 0) ? 0 : 1;
}

// Each block is a whole number of cache lines.
static size_t block_bytes(size_t numbers) {
    const size_t bytes = numbers * sizeof(float);
    return (bytes + EXEC_ALIGN - 1) / EXEC_ALIGN * EXEC_ALIGN;
}

size_t optimizer_bytes(const optimizer_config *c, size_t numbers) {
    return optimizer_moments(c) * block_bytes(numbers);
}

static void *default_alloc(size_t bytes) {
    void *block = mem_alloc_aligned(bytes, EXEC_ALIGN);
    if (block) memset(block, 0, bytes);
    return block;
}
static const plan_memory default_memory = {.alloc = default_alloc, .free = mem_free_aligned};

static view moment_view(const optimizer *o, size_t which, const view *w, const float *base) {
    view v = *w;
    v.data = o->moment[which] ? o->moment[which] + ((const float *)w->data - base) : NULL;
    return v;
}

static axl_status fill(optimizer *o, const optimizer_list *list, axl_error *err) {
    const size_t bytes = block_bytes(list->numbers);
    for (size_t i = 0; i < optimizer_moments(&o->config); i++) {
        o->moment[i] = o->memory->alloc(bytes);
        if (!o->moment[i]) return error_no_memory(err, "the optimizer", bytes);
    }
    o->list = mem_zalloc_array(list->count, sizeof *o->list);
    o->gradients = mem_zalloc_array(list->count, sizeof *o->gradients);
    if (!o->list || !o->gradients)
        return error_no_memory(err, "the optimizer", list->count * sizeof *o->list);
    for (size_t i = 0; i < list->count; i++) {
        const optimizer_tensor *t = &list->tensor[i];
        o->gradients[i] = t->g;
        o->list[i] = (op_update_tensor){.w = t->w,
                                        .g = t->g,
                                        .m = moment_view(o, 0, &t->w, list->base),
                                        .v = moment_view(o, 1, &t->w, list->base),
                                        .decay = t->decay ? (float)o->config.decay : 0,
                                        .rate = (float)t->rate};
    }
    return AXL_OK;
}

axl_status optimizer_create(optimizer **out, const optimizer_config *c, const optimizer_list *list,
                            const plan_memory *memory, axl_error *err) {
    *out = NULL;
    FORWARD(optimizer_check(c, err));
    optimizer *o = mem_zalloc(sizeof *o);
    if (!o) return error_no_memory(err, "the optimizer", sizeof *o);
    o->config = *c;
    o->count = list->count;
    o->memory = memory ? memory : &default_memory;
    const axl_status status = fill(o, list, err);
    if (status != AXL_OK) {
        optimizer_free(o);
        return status;
    }
    *out = o;
    return AXL_OK;
}

void optimizer_free(optimizer *o) {
    if (!o) return;
    for (size_t i = 0; i < MOMENTS; i++)
        if (o->moment[i]) o->memory->free(o->moment[i]);
    mem_free(o->list);
    mem_free(o->gradients);
    mem_free(o);
}

size_t optimizer_scratch(const optimizer *o) {
    return size_max(op_update_scratch(o->count), op_reduce_norm_scratch(o->gradients, o->count));
}

axl_status optimizer_norm(const optimizer *o, const exec *ex, double *norm, axl_error *err) {
    return op_reduce_norm(ex, o->gradients, o->count, norm, err);
}

axl_status optimizer_step(optimizer *o, const exec *ex, double rate, double norm, axl_error *err) {
    static const op_update_rule rules[OPTIMIZER_RULES] = {OP_UPDATE_LION, OP_UPDATE_SGD,
                                                          OP_UPDATE_ADAMW};
    RETURN_IF(!isfinite(norm) || !isfinite(rate), err, AXL_NUMERIC,
              "a step with a gradient of norm %g at rate %g", norm, rate);
    const optimizer_config *c = &o->config;
    const op_update a = {.rule = rules[c->rule],
                         .list = o->list,
                         .count = o->count,
                         .g_scale = c->clip > 0 && norm > c->clip ? (float)(c->clip / norm) : 1,
                         .rate = (float)rate,
                         .beta1 = (float)c->beta1,
                         .beta2 = (float)c->beta2,
                         .eps = (float)c->eps,
                         .step = o->steps + 1};
    FORWARD(op_update_step(ex, &a, err));
    o->steps++;
    return AXL_OK;
}

float *optimizer_moment(const optimizer *o, size_t which) {
    return which < MOMENTS ? o->moment[which] : NULL;
}

uint64_t optimizer_steps(const optimizer *o) {
    return o->steps;
}

void optimizer_set_steps(optimizer *o, uint64_t steps) {
    o->steps = steps;
}
