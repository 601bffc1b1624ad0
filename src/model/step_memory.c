#include "base/error.h"
#include "base/sizes.h"
#include "model/step_parts.h"
#include "tensor/op_blocks.h"
#include "tensor/op_linear_few.h"

// As in pass_memory.c: one layout, walked twice.
typedef struct layout {
    stepper *s;
    bool taking, too_large;
    size_t next;
    axl_status status;
    axl_error *err;
} layout;

static void *take(layout *l, const char *name, size_t count, size_t size) {
    size_t bytes = 0;
    if (!size_mul(count, size, &bytes)) l->too_large = true;
    if (l->status != AXL_OK) return NULL;
    if (l->taking) return plan_pointer(&l->s->plan, l->next++);
    l->status = plan_add(&l->s->plan, name, bytes, NULL, l->err);
    return NULL;
}

static float *take_f32(layout *l, const char *name, size_t rows, size_t cols) {
    size_t count = 0;
    if (!size_mul(rows, cols, &count)) l->too_large = true;
    return take(l, name, count, sizeof(float));
}

// Every group of k bytes is born in the step of its last byte, so one sequence may bring one more
// than its share.
static size_t room(const step_spec *spec, size_t scale) {
    if (scale == 0) return spec->bytes;
    return spec->bytes / model_factor(scale) + size_min(spec->sequences, spec->bytes);
}

typedef struct needs {
    size_t scratch, panels;
} needs;

static void need_product(const stepper *s, needs *n, size_t rows, size_t cols) {
    for (int half = 0; half < 2; half++) {
        const dtype type = half ? DTYPE_BF16 : DTYPE_F32;
        n->scratch = size_max(n->scratch, product_scratch(&s->ex, type, s->spec.bytes, rows, cols));
        n->scratch = size_max(n->scratch, op_linear_few_scratch(&s->ex, type, cols));
        n->panels = size_max(n->panels, product_panels_bytes(&s->ex, type, rows, cols));
    }
}

// Blocks of few bits are not packed; their activations are rounded in the scratch. Only the gate is
// dense.
static void need_blocks(const stepper *s, needs *n, size_t rows) {
    const model_config *c = &s->m->table->config;
    n->scratch = size_max(n->scratch, op_blocks_scratch(rows, c->d_ff));
    n->scratch = size_max(n->scratch, op_blocks_scratch(rows, MODEL_GROUP * c->d_model));
    need_product(s, n, MODEL_SCALES, c->d_model);
}

// rows: the most that one product has.
static needs needs_of(const stepper *s, size_t rows) {
    const model_config *c = &s->m->table->config;
    const size_t d = c->d_model, f = c->d_ff;
    needs n = {.scratch =
                   op_attend_scratch(&s->ex, s->spec.bytes, c->max_seq_len, config_head_size(c))};
    if (s->m->head.count > 0) {
        need_blocks(s, &n, rows);
        return n;
    }
    need_product(s, &n, CROSS_PARTS * d, d);
    need_product(s, &n, 3 * d, d);
    need_product(s, &n, 2 * f, d);
    need_product(s, &n, d, f);
    need_product(s, &n, d, MODEL_GROUP * d);
    need_product(s, &n, c->vocab_size, d);
    return n;
}

static void lay_scale(layout *l, size_t a) {
    const model_config *c = &l->s->m->table->config;
    step_scale *scale = &l->s->scale[a];
    scale->room = room(&l->s->spec, a);
    scale->position = take(l, "positions", scale->room, sizeof *scale->position);
    for (size_t b = 0; b < MODEL_SCALES; b++)
        scale->visible[b] = take(l, "visible lengths", scale->room, sizeof **scale->visible);
    scale->h = take_f32(l, "states", scale->room, c->d_model);
    scale->wide = take_f32(l, "projections", scale->room, CROSS_PARTS * c->d_model);
}

static axl_status lay(layout *l) {
    stepper *s = l->s;
    const model_config *c = &s->m->table->config;
    const size_t d = c->d_model, f = c->d_ff, bytes = s->spec.bytes;
    size_t rows = 0;
    for (size_t a = 0; a < MODEL_SCALES; a++) {
        lay_scale(l, a);
        rows = size_max(rows, s->scale[a].room);
    }
    const needs need = needs_of(s, rows);
    if (need.scratch == EXEC_TOO_LARGE || need.panels == EXEC_TOO_LARGE) l->too_large = true;
    s->ex.scratch_bytes = need.scratch;
    s->ex.scratch = take(l, "scratch", need.scratch, 1);
    s->product.panels = take(l, "packed weight", need.panels, 1);
    s->product.x16 = take(l, "rounded input", rows, size_max(f, MODEL_GROUP * d) * sizeof(bf16));
    s->sequences = take(l, "sequences", s->spec.sequences, sizeof *s->sequences);
    const size_t attends = s->spec.apart ? bytes : s->spec.sequences;
    s->attends = take(l, "sequences", attends, sizeof *s->attends);
    s->norm = take_f32(l, "normalised states", rows, d);
    s->gained = take_f32(l, "attention input", rows, d);
    s->o = take_f32(l, "attention result", rows, d);
    for (size_t i = 0; i < 2; i++) s->mid[i] = take_f32(l, "branches", rows, d);
    s->hidden = take_f32(l, "feed-forward", rows, size_max(2 * f, MODEL_GROUP * d));
    s->swiglu = take_f32(l, "feed-forward", rows, f);
    for (size_t a = 0; a < MODEL_SCALES; a++) s->u[a] = take_f32(l, "upsampled", bytes, d);
    s->g = take_f32(l, "gate", bytes, MODEL_SCALES);
    s->ids = take(l, "symbols", rows, MODEL_GROUP * sizeof *s->ids);
    s->logits = take_f32(l, "logits", bytes, c->vocab_size);
    s->rope = (rope_table){.positions = c->max_seq_len, .head_size = config_head_size(c)};
    size_t table = 0;
    if (l->status == AXL_OK)
        l->status = rope_table_bytes(s->rope.positions, s->rope.head_size, &table, l->err);
    void *rope = take(l, "rotations", table, 1);
    FORWARD(l->status);
    RETURN_IF(l->too_large, l->err, AXL_TOO_LARGE, "a step of %zu bytes is too large", bytes);
    return l->taking ? rope_table_fill(&s->rope, rope, c->rope_theta, l->err) : AXL_OK;
}

axl_status step_memory_plan(stepper *s, const plan_memory *memory, axl_error *err) {
    plan_init(&s->plan, "a decoding step", memory);
    size_t sane;
    RETURN_IF(!size_mul3(s->spec.bytes, s->m->table->config.d_model, 64, &sane) ||
                  !size_mul3(s->spec.bytes, s->m->table->config.d_ff, 64, &sane),
              err, AXL_TOO_LARGE, "a step of %zu bytes is too large", s->spec.bytes);
    layout l = {.s = s, .err = err};
    FORWARD(lay(&l));
    return plan_layout(&s->plan, err);
}

axl_status step_memory_take(stepper *s, size_t limit, axl_error *err) {
    FORWARD(plan_allocate(&s->plan, limit, err));
    layout l = {.s = s, .taking = true, .err = err};
    return lay(&l);
}
