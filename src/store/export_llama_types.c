// Which type each tensor of a llama file gets: the rules of llama.cpp's quantiser, so that a file
// of ours is what its users know by that name.
#include "store/export_llama.h"

#include "base/strings.h"

#include <string.h>

const char *const llama_file_names[LLAMA_FILES] = {"f32", "f16", "q8_0", "q4_k_m"};

llama_file llama_file_find(const char *name, const char **near) {
    if (near) *near = NULL;
    for (size_t i = 0; i < LLAMA_FILES; i++)
        if (strcmp(name, llama_file_names[i]) == 0) return (llama_file)i;
    const size_t nearest = string_nearest(name, llama_file_names, LLAMA_FILES);
    if (near && nearest != SIZE_MAX) *near = llama_file_names[nearest];
    return LLAMA_FILES;
}

// The first and the last eighth of the layers, and every third between them.
static bool more_bits(size_t layer, size_t layers) {
    return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
}

static dtype wanted(llama_part part, size_t layer, size_t layers) {
    switch (part) {
    case LLAMA_EMBED:
        return DTYPE_Q6_K;
    case LLAMA_V:
    case LLAMA_DOWN:
        return more_bits(layer, layers) ? DTYPE_Q6_K : DTYPE_Q4_K;
    default:
        return DTYPE_Q4_K;
    }
}

// Rows there are not padded: where they are no whole number of blocks, another type steps in.
static dtype fitting(dtype type, size_t cols) {
    if (cols % dtype_of(type)->block == 0) return type;
    if (type == DTYPE_Q4_K) return fitting(DTYPE_Q5_0, cols);
    if (type == DTYPE_Q6_K) return fitting(DTYPE_Q8_0, cols);
    return DTYPE_F16;
}

dtype llama_matrix_type(llama_file file, llama_part part, size_t layer, size_t layers,
                        size_t cols) {
    switch (file) {
    case LLAMA_F16:
        return DTYPE_F16;
    case LLAMA_Q8_0:
        return fitting(DTYPE_Q8_0, cols);
    case LLAMA_Q4_K_M:
        return fitting(wanted(part, layer, layers), cols);
    default:
        return DTYPE_F32;
    }
}
