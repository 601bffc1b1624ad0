#include "quant/recipe.h"

#include "base/strings.h"
#include "tensor/blocks_matrix.h"

#include <string.h>

const quant_recipe quant_recipes[QUANT_RECIPES] = {
    {"q8_0", "8.5 bits: as good as exact", {DTYPE_Q8_0, DTYPE_Q8_0, DTYPE_Q8_0}},
    {"q6_k", "6.6 bits", {DTYPE_Q6_K, DTYPE_Q6_K, DTYPE_Q8_0}},
    {"q5_0", "5.5 bits", {DTYPE_Q5_0, DTYPE_Q5_0, DTYPE_Q8_0}},
    {"q4_k_m", "4.5 bits, 6.6 where it counts", {DTYPE_Q4_K, DTYPE_Q6_K, DTYPE_Q8_0}},
    {"q4_k_s", "4.5 bits", {DTYPE_Q4_K, DTYPE_Q4_K, DTYPE_Q8_0}},
};

const quant_recipe *quant_recipe_find(const char *name, const char **near) {
    const char *names[QUANT_RECIPES];
    if (near) *near = NULL;
    for (size_t i = 0; i < QUANT_RECIPES; i++) {
        names[i] = quant_recipes[i].name;
        if (strcmp(name, names[i]) == 0) return &quant_recipes[i];
    }
    const size_t nearest = string_nearest(name, names, QUANT_RECIPES);
    if (near && nearest != SIZE_MAX) *near = names[nearest];
    return NULL;
}

// The plain type of about one bit more than a type of super-blocks.
static dtype plain_of(dtype type) {
    if (type == DTYPE_Q4_K) return DTYPE_Q5_0;
    return type == DTYPE_Q6_K ? DTYPE_Q8_0 : type;
}

dtype quant_recipe_type(const quant_recipe *r, quant_need need, size_t cols) {
    const dtype type = r->type[need], plain = plain_of(type);
    size_t bytes, plain_bytes;
    const bool fit =
        blocks_row_bytes(type, cols, &bytes) && blocks_row_bytes(plain, cols, &plain_bytes);
    return fit && plain_bytes <= bytes ? plain : type;
}
