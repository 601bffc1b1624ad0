#include "model/params.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/rng.h"
#include "base/sizes.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Numbers from one group of tensors to the next: a cache line, so that groups begin aligned.
#define GROUP_ALIGN ((size_t)16)

// Rows of the table for a stack's block, a pair, and everything else.
#define BLOCK_ROWS ((size_t)11)
#define PAIR_ROWS ((size_t)14)
#define OTHER_ROWS ((size_t)13)

// The coarser scales begin quiet: at first the fine one alone predicts, and they join as they learn
// (docs/training.md has the figures).
#define UP_START 0.1f

typedef struct builder {
    param_table *t;
    size_t d, f, v;
    float residual; // initial scale of the residual branches
    char prefix[PARAM_NAME];
} builder;

static void under(builder *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void under(builder *b, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(b->prefix, sizeof b->prefix, format, args);
    va_end(args);
}

// Adds a row; returns its offset. A tensor that joins follows the one before without a gap.
static size_t add(builder *b, const char *name, shape s, param_kind kind, bool joins) {
    param_table *t = b->t;
    param *p = &t->list[t->count++];
    snprintf(p->name, sizeof p->name, "%.40s%.23s", b->prefix, name);
    p->shape = s;
    p->count = 1;
    for (size_t i = 0; i < s.dims; i++) p->count *= s.dim[i];
    if (!joins) t->numbers = (t->numbers + GROUP_ALIGN - 1) / GROUP_ALIGN * GROUP_ALIGN;
    p->offset = t->numbers;
    t->numbers += p->count;
    t->parameters += p->count;
    p->kind = kind;
    p->decay = kind == PARAM_MATRIX || kind == PARAM_EMBEDDING;
    // A matrix keeps the size of what it multiplies: deviation 1 / sqrt(numbers summed). The
    // embedding too, because the head multiplies with it.
    p->init = PARAM_NORMAL;
    if (p->decay) p->spread = (float)(1 / sqrt((double)s.dim[s.dims - 1]));
    if (p->decay) p->bits = kind == PARAM_MATRIX ? PARAM_BITS_FEW : PARAM_BITS_TABLE;
    if (kind == PARAM_GAIN) p->init = PARAM_ONES;
    if (kind == PARAM_SCALE) p->init = PARAM_CONSTANT, p->spread = b->residual;
    if (kind == PARAM_STATE) p->spread = 0.02f;
    return p->offset;
}

static size_t matrix(builder *b, const char *name, size_t rows, size_t cols) {
    return add(b, name, SHAPE(rows, cols), PARAM_MATRIX, false);
}
static size_t joined(builder *b, const char *name, size_t rows, size_t cols) {
    return add(b, name, SHAPE(rows, cols), PARAM_MATRIX, true);
}
// The row that was added last gets a rule of its own.
static void needs_bits(builder *b, param_bits bits) {
    b->t->list[b->t->count - 1].bits = bits;
}
static size_t channels(builder *b, const char *name, param_kind kind) {
    return add(b, name, SHAPE(b->d), kind, false);
}

static void add_block(builder *b, size_t scale, size_t layer, block_params *out) {
    const size_t d = b->d, f = b->f;
    under(b, "stacks.%zu.blocks.%zu.", scale, layer);
    out->attn_norm = channels(b, "attn_norm.weight", PARAM_GAIN);
    out->qkv = matrix(b, "attn.q.weight", d, d);
    joined(b, "attn.k.weight", d, d);
    joined(b, "attn.v.weight", d, d);
    needs_bits(b, PARAM_BITS_MORE);
    out->o = matrix(b, "attn.o.weight", d, d);
    out->attn_scale = channels(b, "attn_scale", PARAM_SCALE);
    out->ffn_norm = channels(b, "ffn_norm.weight", PARAM_GAIN);
    out->w13 = matrix(b, "ffn.w1.weight", f, d);
    joined(b, "ffn.w3.weight", f, d);
    out->w2 = matrix(b, "ffn.w2.weight", d, f);
    out->ffn_scale = channels(b, "ffn_scale", PARAM_SCALE);
}

// Queries of s, then keys and values of s, each for the two pairs that s takes part in.
static size_t add_projections(builder *b, size_t round, size_t s) {
    const size_t d = b->d;
    size_t first = 0;
    for (size_t i = 0; i < 2; i++) {
        under(b, "cross.%zu.%zu%zu.", round, s, pair_source(s, i));
        size_t at = add(b, "attn.q.weight", SHAPE(d, d), PARAM_MATRIX, i > 0);
        if (i == 0) first = at;
    }
    for (size_t i = 0; i < 2; i++) {
        under(b, "cross.%zu.%zu%zu.", round, pair_source(s, i), s);
        joined(b, "attn.k.weight", d, d);
        joined(b, "attn.v.weight", d, d);
        needs_bits(b, PARAM_BITS_MORE);
    }
    return first;
}

static void add_pair(builder *b, size_t round, size_t a, size_t source, pair_params *out) {
    const size_t d = b->d, f = b->f;
    under(b, "cross.%zu.%zu%zu.", round, a, source);
    out->q_norm = channels(b, "q_norm.weight", PARAM_GAIN);
    out->kv_norm = channels(b, "kv_norm.weight", PARAM_GAIN);
    out->null_k = channels(b, "null_k", PARAM_STATE);
    out->null_v = channels(b, "null_v", PARAM_STATE);
    out->o = matrix(b, "attn.o.weight", d, d);
    out->attn_scale = channels(b, "attn_scale", PARAM_SCALE);
    out->ffn_norm = channels(b, "ffn_norm.weight", PARAM_GAIN);
    out->w13 = matrix(b, "ffn.w1.weight", f, d);
    joined(b, "ffn.w3.weight", f, d);
    out->w2 = matrix(b, "ffn.w2.weight", d, f);
    out->ffn_scale = channels(b, "ffn_scale", PARAM_SCALE);
}

static void add_ends(builder *b) {
    param_table *t = b->t;
    under(b, "%s", "");
    t->gate = matrix(b, "gate.weight", 3, 3 * b->d);
    needs_bits(b, PARAM_BITS_ALL);
    t->list[t->count - 1].init = PARAM_CONSTANT; // even shares at first
    t->list[t->count - 1].spread = 0;
    t->fuse = matrix(b, "fuse.weight", b->d, b->d);
    needs_bits(b, PARAM_BITS_MORE);
    t->norm = channels(b, "norm.weight", PARAM_GAIN);
}

static void add_beginnings(builder *b) {
    param_table *t = b->t;
    under(b, "%s", "");
    t->embed = add(b, "embed.weight", SHAPE(b->v, b->d), PARAM_EMBEDDING, false);
    for (size_t s = 1; s < MODEL_SCALES; s++) {
        const size_t k = model_factor(s);
        under(b, "down.%zu.", s);
        t->down[s] = matrix(b, "weight", b->d, k * b->d);
        needs_bits(b, PARAM_BITS_MORE);
        under(b, "up.%zu.", s);
        t->up[s] = add(b, "weight", SHAPE(k, b->d, b->d), PARAM_MATRIX, false);
        t->list[t->count - 1].spread *= UP_START;
        needs_bits(b, PARAM_BITS_MORE);
        under(b, "start.%zu", s);
        t->start[s] = channels(b, "", PARAM_STATE);
    }
}

axl_status params_build(param_table *t, const model_config *c, axl_error *err) {
    memset(t, 0, sizeof *t);
    FORWARD(config_check(c, err));
    t->config = *c;
    const size_t blocks = MODEL_SCALES * c->n_layers;
    const size_t rows = OTHER_ROWS + blocks * BLOCK_ROWS + c->n_cross * MODEL_PAIRS * PAIR_ROWS;
    const uint64_t most = config_parameters(c) + rows * GROUP_ALIGN;
    RETURN_IF(most > SIZE_MAX / sizeof(double) / 2, err, AXL_TOO_LARGE,
              "a model of %llu parameters is too large for this machine",
              (unsigned long long)config_parameters(c));
    t->list = mem_zalloc(rows * sizeof *t->list);
    t->blocks = mem_zalloc(blocks * sizeof *t->blocks);
    t->rounds = mem_zalloc((c->n_cross + 1) * sizeof *t->rounds);
    if (!t->list || !t->blocks || !t->rounds) {
        params_free(t);
        return error_no_memory(err, "the table of parameters", rows * sizeof(param));
    }
    builder b = {.t = t, .d = c->d_model, .f = c->d_ff, .v = c->vocab_size};
    // 2L additions of a stack and 4 of a round go into one residual stream; with this scale they
    // leave it about as large as one of them would alone.
    b.residual = (float)(1 / sqrt((double)(2 * c->n_layers + 4 * c->n_cross)));
    add_beginnings(&b);
    for (size_t s = 0; s < MODEL_SCALES; s++) {
        for (size_t i = 0; i < c->n_layers; i++)
            add_block(&b, s, i, &t->blocks[s * c->n_layers + i]);
        under(&b, "stacks.%zu.", s);
        t->stack_norm[s] = channels(&b, "norm.weight", PARAM_GAIN);
    }
    for (size_t r = 0; r < c->n_cross; r++) {
        for (size_t s = 0; s < MODEL_SCALES; s++)
            t->rounds[r].project[s] = add_projections(&b, r, s);
        for (size_t a = 0; a < MODEL_SCALES; a++)
            for (size_t i = 0; i < 2; i++) {
                const size_t source = pair_source(a, i);
                add_pair(&b, r, a, source, &t->rounds[r].pair[pair_index(a, source)]);
            }
    }
    add_ends(&b);
    t->numbers = (t->numbers + GROUP_ALIGN - 1) / GROUP_ALIGN * GROUP_ALIGN;
    return AXL_OK;
}

void params_free(param_table *t) {
    mem_free(t->list);
    mem_free(t->blocks);
    mem_free(t->rounds);
    memset(t, 0, sizeof *t);
}

bool params_same(const param_table *a, const param_table *b) {
    if (a->count != b->count || a->numbers != b->numbers) return false;
    for (size_t i = 0; i < a->count; i++) {
        const param *x = &a->list[i], *y = &b->list[i];
        if (x->offset != y->offset || x->count != y->count || strcmp(x->name, y->name) != 0)
            return false;
    }
    return true;
}

const param *params_find(const param_table *t, const char *name) {
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->list[i].name, name) == 0) return &t->list[i];
    return NULL;
}

view params_view(const param *p, float *block) {
    view v = {.data = block ? block + p->offset : NULL, .type = DTYPE_F32, .shape = p->shape};
    size_t stride = 1;
    for (size_t i = p->shape.dims; i-- > 0; stride *= p->shape.dim[i]) v.stride[i] = stride;
    return v;
}

// FNV-1a: a stream for each name.
static uint64_t stream_of(const char *name) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *name; name++) hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    return hash;
}

void params_init(const param_table *t, uint64_t seed, float *block) {
    memset(block, 0, t->numbers * sizeof *block);
    for (size_t i = 0; i < t->count; i++) {
        const param *p = &t->list[i];
        float *out = block + p->offset;
        if (p->init == PARAM_NORMAL)
            rng_fill_normal(rng_key(seed, stream_of(p->name)), 0, out, p->count);
        const float one = p->init == PARAM_ONES ? 1 : p->spread;
        for (size_t j = 0; j < p->count; j++) out[j] = p->init == PARAM_NORMAL ? out[j] * one : one;
    }
}
