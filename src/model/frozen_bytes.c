// What decoding reads of a model.
#include "base/sizes.h"
#include "model/frozen.h"

static double matrix_bytes(const frozen_matrix *w) {
    if (w->count == 0) return (double)(w->n * w->k) * (double)dtype_of(w->dense.type)->block_bytes;
    double sum = 0;
    for (size_t i = 0; i < w->count; i++) {
        const blocks_matrix *p = &w->parts[i];
        const size_t groups = size_div_up(p->n, BLOCKS_GROUP);
        sum += (double)(groups * blocks_group_bytes(p->form, size_div_up(p->k, BLOCKS_COLUMNS)));
    }
    return sum;
}

static double core_bytes(const frozen_core *c) {
    return matrix_bytes(&c->o) + matrix_bytes(&c->w13) + matrix_bytes(&c->w2);
}

// A scale's own matrices are read once for each of its groups; of the k slices of an upsampling
// each byte reads one.
double frozen_bytes_read(const frozen *m) {
    const model_config *c = &m->table->config;
    double sum = matrix_bytes(&m->head) + matrix_bytes(&m->fuse);
    for (size_t a = 0; a < MODEL_SCALES; a++) {
        const double rate = 1 / (double)model_factor(a);
        sum += matrix_bytes(&m->gate[a]);
        if (a > 0) sum += rate * (matrix_bytes(&m->down[a]) + matrix_bytes(&m->up[a]));
        for (size_t i = 0; i < c->n_layers; i++) {
            const frozen_block *b = &m->blocks[a * c->n_layers + i];
            sum += rate * (matrix_bytes(&b->qkv) + core_bytes(&b->core));
        }
        for (size_t r = 0; r < c->n_cross; r++) {
            sum += rate * matrix_bytes(&m->rounds[r].project[a]);
            for (size_t i = 0; i < 2; i++)
                sum += rate * core_bytes(&m->rounds[r].pair[pair_index(a, pair_source(a, i))].core);
        }
    }
    return sum;
}
