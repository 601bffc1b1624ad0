// The memory that tree-sitter works in. It ends the process when there is none, and its version
// 0.20 keeps the number of a node's children in 16 bits while it may make more, which then corrupts
// memory. So its allocations come through here: what it makes on this thread belongs to one owner
// and can be dropped as a whole, and an allocation that must not be ends the work instead of
// coming back.
//
// What a program that uses this library does with tree-sitter on its own account goes to malloc as
// before; but it may not set another allocator (ts_set_allocator) after the first python_open.
#ifndef PYTHON_PYTHON_MEMORY_H
#define PYTHON_PYTHON_MEMORY_H

#include <axl/status.h>

#include <setjmp.h>
#include <stddef.h>

// A node with 65,536 children is made in an allocation that is larger than this.
#define PYTHON_MEMORY_BLOCK ((size_t)65536 * 8)

typedef struct python_block python_block;

// {.limit = bytes} is empty. Private.
typedef struct python_memory {
    size_t limit, bytes; // of all blocks, with what is in front of each
    python_block *first;
    axl_status failed; // why the work ended
    jmp_buf out;
} python_memory;

// Makes tree-sitter allocate through here, once for the process.
void python_memory_install(void);

// Runs work(ctx), in which tree-sitter may be called. It ends early, wherever tree-sitter is, when
// there is no memory, more than the limit is wanted or a block that is too large: then everything
// of tree-sitter is gone, and AXL_NO_MEMORY or AXL_TOO_LARGE comes back. What work made by itself
// and wants to keep track of must lie in ctx.
typedef void python_memory_work(void *ctx);
axl_status python_memory_run(python_memory *m, python_memory_work *work, void *ctx, axl_error *err);

// Frees all of it.
void python_memory_drop(python_memory *m);

#endif
