// Safetensors files that hold blocks with the layout of a parameter table: a model is one block,
// what an optimizer remembers is one or two.
#ifndef STORE_PARAM_BLOCKS_H
#define STORE_PARAM_BLOCKS_H

#include "formats/safetensors_file.h"
#include "formats/safetensors_write.h"
#include "model/params.h"

#define PARAM_PREFIX 16 // with the terminator

// Tensors that have the names of the table behind a prefix.
typedef struct param_block {
    const char *prefix; // "", "moment.0."
    float *data;        // [numbers of the table]; NULL: checked, not kept
} param_block;

// Borrows all of it.
typedef struct param_blocks {
    const param_table *table;
    const param_block *block; // [count]
    size_t count;
} param_blocks;

// AXL_BAD_FILE unless every tensor of every block is in the file once, in its shape and as F32,
// BF16 or F16, and nothing else. What is wrong is listed, with the nearest name that was expected.
axl_status param_blocks_match(const safetensors_file *f, const param_blocks *b, axl_error *err);

// Reads the file, which must match, and compares its checksum. Gaps of the blocks are not touched.
axl_status param_blocks_load(const safetensors_file *f, const param_blocks *b, const kernels *k,
                             axl_error *err);

// How a file of blocks is written.
typedef struct param_format {
    dtype type;                   // of the tensors in the file: f32 or bf16
    const safetensors_note *note; // [count]
    size_t count;
} param_format;

// Replaces the file at path; the tensors lie in the order of the blocks and of the table.
axl_status param_blocks_write(const char *path, const param_blocks *b, const param_format *how,
                              const kernels *k, axl_error *err);

#endif
