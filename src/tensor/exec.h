// What an op runs on: the kernels of a level, the threads, and scratch memory.
//
// Ops allocate nothing. An op that needs room beyond its operands has a function op_*_scratch that
// says how many bytes; whoever plans memory takes the largest of them once. The bytes depend on the
// shapes and the number of threads; the results on shapes and level only.
#ifndef TENSOR_EXEC_H
#define TENSOR_EXEC_H

#include "kernels/kernels.h"
#include "parallel/pool.h"
#include <axl/status.h>

#include <stddef.h>

#define EXEC_ALIGN ((size_t)64)

// Borrows all of it. Used by one op at a time.
typedef struct exec {
    const kernels *k;
    pool *p;       // NULL: the calling thread does everything
    void *scratch; // aligned to EXEC_ALIGN; NULL where scratch_bytes is 0
    size_t scratch_bytes;
} exec;

// What the op_*_scratch functions return for sizes whose bytes are no size_t: no scratch is that
// large, so the op itself then refuses.
#define EXEC_TOO_LARGE SIZE_MAX

// AXL_INTERNAL with a text unless ex has that much scratch, aligned.
axl_status exec_need(const exec *ex, size_t bytes, const char *op, axl_error *err);

// bytes * count, each of the count parts starting at a multiple of EXEC_ALIGN; *part is the
// distance between them. EXEC_TOO_LARGE on overflow.
size_t exec_parts(size_t bytes, size_t count, size_t *part);

// Rows of one tile where a row moves row_bytes: enough work for a task, a function of the shape
// only.
size_t exec_tile_rows(size_t row_bytes);

#endif
