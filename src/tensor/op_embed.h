// Rows of the embedding table. Forward overwrites y; backward ADDS into de.
//
//   y[r] = e[id[r]]        de[id[r]] += dy[r], r ascending
#ifndef TENSOR_OP_EMBED_H
#define TENSOR_OP_EMBED_H

#include "tensor/exec.h"
#include "tensor/view.h"

#include <stdint.h>

typedef struct op_embed {
    const uint16_t *id; // [rows], each below the vocabulary
    view e;             // [vocabulary, d] (forward)
    view y;             // [rows, d] (forward)
    view dy;            // [rows, d] (backward)
    view de;            // [vocabulary, d] (backward)
} op_embed;

axl_status op_embed_forward(const exec *ex, const op_embed *a, axl_error *err);
axl_status op_embed_backward(const exec *ex, const op_embed *a, axl_error *err);

#endif
