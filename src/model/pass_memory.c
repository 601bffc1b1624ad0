#include "model/pass_memory.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "model/look.h"
#include "tensor/op_rmsnorm.h"

#include <string.h>

// The layout is written once and walked twice: first to ask the plan for every region, then, with
// the block allocated, to point the views into it in the same order.
typedef struct layout {
    pass *p;
    bool taking;
    size_t next; // region
    bool too_large;
    axl_status status;
    axl_error *err;
} layout;

static void *take_bytes(layout *l, const char *name, size_t bytes) {
    if (l->status != AXL_OK) return NULL;
    if (l->taking) return plan_pointer(&l->p->plan, l->next++);
    l->status = plan_add(&l->p->plan, name, bytes, NULL, l->err);
    return NULL;
}

static view take(layout *l, const char *name, dtype type, shape s) {
    size_t bytes = 0;
    if (!size_mul3(s.dim[0], s.dim[1], type == DTYPE_BF16 ? 2 : 4, &bytes)) l->too_large = true;
    return matrix_of(type, take_bytes(l, name, bytes), s.dim[0], s.dim[1]);
}

static view take_f32(layout *l, const char *name, size_t rows, size_t cols) {
    return take(l, name, DTYPE_F32, SHAPE(rows, cols));
}

// In the type of the products.
static view take_typed(layout *l, const char *name, size_t rows, size_t cols) {
    return take(l, name, l->p->spec.type, SHAPE(rows, cols));
}

static const model_config *config_of(const layout *l) {
    return &l->p->table->config;
}
static size_t rows_of(const layout *l, size_t scale) {
    return l->p->spec.batch * (l->p->length / model_factor(scale));
}

static void lay_branch(layout *l, branch_state *s, size_t rows) {
    const size_t d = config_of(l)->d_model, f = config_of(l)->d_ff;
    s->o = take_f32(l, "attention result", rows, d);
    s->x = take_typed(l, "feed-forward input", rows, d);
    s->r = take_f32(l, "feed-forward norm", 1, rows);
    s->ab = take_f32(l, "feed-forward hidden", rows, 2 * f);
}

static void lay_block(layout *l, block_state *s, size_t rows) {
    const size_t d = config_of(l)->d_model, heads = config_of(l)->n_heads;
    s->x = take_typed(l, "attention input", rows, d);
    s->r = take_f32(l, "attention norm", 1, rows);
    s->qkv = take_f32(l, "queries, keys, values", rows, 3 * d);
    s->row_max = take_f32(l, "attention maxima", 1, rows * heads);
    s->row_sum = take_f32(l, "attention sums", 1, rows * heads);
    lay_branch(l, &s->branch, rows);
}

static void lay_stack(layout *l, size_t scale) {
    pass *p = l->p;
    const size_t layers = config_of(l)->n_layers, rows = rows_of(l, scale);
    const bool keep = p->spec.train && !p->spec.recompute;
    block_state shared;
    if (!keep) lay_block(l, &shared, rows);
    for (size_t i = 0; i < layers; i++) {
        block_state *s = &p->blocks[scale * layers + i];
        if (keep)
            lay_block(l, s, rows);
        else
            *s = shared;
        s->scale = scale;
        s->layer = i;
        s->branch.site = (dropout_site){.part = scale, .layer = i};
        if (p->spec.train && p->spec.recompute)
            p->inputs[scale * layers + i] = take_f32(l, "block input", rows, config_of(l)->d_model);
    }
}

static void lay_stream(layout *l, pass_stream *s, size_t rows) {
    const size_t d = config_of(l)->d_model;
    s->h = take_f32(l, "stack", rows, d);
    s->r = take_f32(l, "stack norm", 1, rows);
    s->e = take_f32(l, "states", rows, d);
    if (!l->p->spec.train) return;
    s->dh = take_f32(l, "stack gradient", rows, d);
    s->de = take_f32(l, "state gradient", rows, d);
}

static void lay_round(layout *l, cross_state *s) {
    const size_t d = config_of(l)->d_model, heads = config_of(l)->n_heads;
    for (size_t a = 0; a < MODEL_SCALES; a++) {
        const size_t rows = rows_of(l, a);
        s->scale[a].x = take_typed(l, "cross input", rows, d);
        s->scale[a].r = take_f32(l, "cross norm", 1, rows);
        s->scale[a].project = take_f32(l, "cross projections", rows, CROSS_PARTS * d);
        for (size_t i = 0; i < 2; i++) {
            cross_pair *pair = &s->pair[pair_index(a, pair_source(a, i))];
            pair->row_max = take_f32(l, "cross maxima", 1, rows * heads);
            pair->row_sum = take_f32(l, "cross sums", 1, rows * heads);
            lay_branch(l, &pair->branch, rows);
        }
    }
}

static void lay_rounds(layout *l) {
    cross_state shared;
    memset(&shared, 0, sizeof shared);
    const size_t rounds = config_of(l)->n_cross;
    const bool keep = l->p->spec.train;
    if (!keep && rounds > 0) lay_round(l, &shared);
    for (size_t r = 0; r < rounds; r++) {
        cross_state *s = &l->p->rounds[r];
        if (keep)
            lay_round(l, s);
        else
            *s = shared;
        s->round = r;
        for (size_t i = 0; i < MODEL_PAIRS; i++)
            s->pair[i].branch.site = (dropout_site){.part = MODEL_SCALES + MODEL_PAIRS * r + i};
    }
}

static void lay_ends(layout *l) {
    pass *p = l->p;
    const size_t d = config_of(l)->d_model, v = config_of(l)->vocab_size, n = rows_of(l, 0);
    for (size_t a = 0; a < MODEL_SCALES; a++) {
        p->fuse.h[a] = p->stream[a].e;
        p->fuse.u[a] = a == 0 ? p->stream[0].e : take_f32(l, "upsampled", n, d);
    }
    p->fuse.g = take_f32(l, "gate", n, MODEL_SCALES);
    p->fuse.y = take_f32(l, "fused", n, d);
    p->head.x = take_typed(l, "head input", n, d);
    p->head.r = take_f32(l, "head norm", 1, n);
    p->head.logits = take_f32(l, "logits", n, v);
    p->head.loss = take_f32(l, "losses", 1, n);
    if (!p->spec.train) return;
    p->head.main_g = take_f32(l, "head gradient", v, d).data;
    if (config_of(l)->fine_exit > 0) p->exit_de = take_f32(l, "exit gradient", n, d);
}

// ---- working memory ----

static size_t most_of(const size_t *list, size_t count) {
    size_t most = 0;
    for (size_t i = 0; i < count; i++) most = size_max(most, list[i]);
    return most;
}

typedef struct needs {
    size_t scratch, panels; // bytes
} needs;

static void need_product(const layout *l, needs *n, size_t m, size_t rows, size_t cols) {
    const exec *ex = &l->p->ex;
    const dtype type = l->p->spec.type;
    n->scratch = size_max(n->scratch, product_scratch(ex, type, m, rows, cols));
    n->panels = size_max(n->panels, product_panels_bytes(ex, type, rows, cols));
}

static needs needs_of(const layout *l) {
    const model_config *c = config_of(l);
    const size_t d = c->d_model, f = c->d_ff;
    const exec *ex = &l->p->ex;
    needs n = {.scratch =
                   size_max(weights_unfold_scratch(ex, l->p->table),
                            look_scratch(ex, c, l->p->spec.batch, l->p->length, l->p->spec.train))};
    for (size_t s = 0; s < MODEL_SCALES; s++) {
        const size_t m = rows_of(l, s), k = model_factor(s);
        need_product(l, &n, m, CROSS_PARTS * d, d);
        need_product(l, &n, m, 3 * d, d);
        need_product(l, &n, m, d, d);
        need_product(l, &n, m, 2 * f, d);
        need_product(l, &n, m, d, f);
        need_product(l, &n, m, d, k * d);
        need_product(l, &n, m, k * d, d);
        n.scratch = size_max(n.scratch, op_rmsnorm_scratch(m, d));
    }
    need_product(l, &n, rows_of(l, 0), MODEL_SCALES, d);
    need_product(l, &n, rows_of(l, 0), c->vocab_size, d);
    return n;
}

static void lay_work(layout *l) {
    pass *p = l->p;
    workspace *w = &p->work;
    const model_config *c = config_of(l);
    const size_t d = c->d_model, f = c->d_ff, n = rows_of(l, 0);
    const needs need = needs_of(l);
    if (need.scratch == EXEC_TOO_LARGE || need.panels == EXEC_TOO_LARGE) l->too_large = true;
    p->ex.scratch_bytes = need.scratch;
    p->ex.scratch = take_bytes(l, "scratch", need.scratch);
    w->product.panels = take_bytes(l, "packed weight", need.panels);
    w->hidden = take_f32(l, "working memory", n, size_max(f, MODEL_SCALES)).data;
    for (size_t i = 0; i < 4; i++) w->narrow[i] = take_f32(l, "working memory", n, d).data;
    for (size_t s = 0; s < MODEL_SCALES && p->spec.train; s++)
        w->wide[s] = take_f32(l, "working memory", rows_of(l, s), CROSS_PARTS * d).data;
    if (p->spec.type == DTYPE_F32) return;
    const size_t wide[] = {CROSS_PARTS * d, 2 * f, c->vocab_size};
    w->product.x16 = take_typed(l, "rounded input", n, size_max(d, f)).data;
    w->product.y16 = take_typed(l, "rounded gradient", n, most_of(wide, 3)).data;
}

static void lay_tables(layout *l) {
    pass *p = l->p;
    size_t numbers = 0, bytes = 0, n = rows_of(l, 0);
    if (!timeline_numbers(p->spec.batch, p->length, &numbers) ||
        !size_mul(numbers, sizeof(uint32_t), &bytes))
        l->too_large = true;
    uint32_t *time = take_bytes(l, "timeline", bytes);
    p->rope = (rope_table){.positions = p->length, .head_size = config_head_size(config_of(l))};
    if (l->status == AXL_OK)
        l->status = rope_table_bytes(p->rope.positions, p->rope.head_size, &bytes, l->err);
    void *rope = take_bytes(l, "rotations", bytes);
    p->ids = take_bytes(l, "symbols", n * sizeof(uint16_t));
    p->target = take_bytes(l, "targets", n * sizeof(uint16_t));
    if (!l->taking || l->status != AXL_OK) return;
    timeline_fill(&p->time, p->spec.batch, p->length, time);
    l->status = rope_table_fill(&p->rope, rope, config_of(l)->rope_theta, l->err);
}

static axl_status lay(layout *l) {
    pass *p = l->p;
    lay_tables(l);
    for (size_t s = 0; s < MODEL_SCALES; s++) {
        lay_stream(l, &p->stream[s], rows_of(l, s));
        lay_stack(l, s);
    }
    lay_rounds(l);
    lay_ends(l);
    lay_work(l);
    RETURN_IF(l->status == AXL_OK && l->too_large, l->err, AXL_TOO_LARGE,
              "a batch of %zu x %zu bytes is too large", p->spec.batch, p->spec.length);
    return l->status;
}

axl_status pass_memory_plan(pass *p, const plan_memory *memory, axl_error *err) {
    const pass_spec *s = &p->spec;
    const model_config *c = &p->table->config;
    plan_init(&p->plan, "a pass through the model", memory);
    RETURN_IF(s->batch == 0 || s->length == 0, err, AXL_BAD_ARGUMENT,
              "a batch of %zu x %zu bytes is empty", s->batch, s->length);
    RETURN_IF(s->type != DTYPE_F32 && s->type != DTYPE_BF16, err, AXL_BAD_ARGUMENT,
              "products are f32 or bf16, not %s",
              dtype_of(s->type) ? dtype_of(s->type)->name : "?");
    size_t sane; // every count below is less than this one
    RETURN_IF(s->length > ROPE_TABLE_POSITIONS ||
                  !size_mul3(s->batch, s->length + MODEL_GROUP, 64 * c->d_model, &sane) ||
                  !size_mul3(s->batch, s->length + MODEL_GROUP, 64 * c->d_ff, &sane),
              err, AXL_TOO_LARGE, "a batch of %zu x %zu bytes is too large", s->batch, s->length);
    p->length = (s->length + MODEL_GROUP - 1) / MODEL_GROUP * MODEL_GROUP;
    const size_t blocks = MODEL_SCALES * c->n_layers;
    p->blocks = mem_zalloc_array(blocks, sizeof *p->blocks);
    p->inputs = mem_zalloc_array(blocks, sizeof *p->inputs);
    p->rounds = mem_zalloc_array(c->n_cross + 1, sizeof *p->rounds);
    if (!p->blocks || !p->inputs || !p->rounds)
        return error_no_memory(err, "a pass", blocks * sizeof *p->blocks);
    layout l = {.p = p, .err = err};
    FORWARD(lay(&l));
    return plan_layout(&p->plan, err);
}

axl_status pass_memory_take(pass *p, size_t limit, axl_error *err) {
    FORWARD(plan_allocate(&p->plan, limit, err));
    layout l = {.p = p, .taking = true, .err = err};
    return lay(&l);
}

void pass_memory_free(pass *p) {
    mem_free(p->blocks);
    mem_free(p->inputs);
    mem_free(p->rounds);
    plan_free(&p->plan);
}
