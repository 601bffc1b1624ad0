// The memory planner: regions are asked for by name, the total is known before a byte is taken,
// then one block is allocated and every region is a pointer into it.
//
// A region may live during some steps only (of a forward and backward pass, counted by the caller);
// regions whose steps do not overlap may share memory. So activations of a whole pass are planned,
// not allocated.
//
//   plan_init -> plan_add / plan_add_steps ... -> plan_layout (says plan.bytes) -> plan_allocate ->
//   plan_pointer ... -> plan_free
#ifndef TENSOR_PLAN_H
#define TENSOR_PLAN_H

#include "base/buf.h"
#include "base/plan_memory.h"
#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_ALIGN ((size_t)64)
#define PLAN_NAME 48 // with the terminator; longer names are cut
#define PLAN_NO_LIMIT SIZE_MAX

typedef struct plan_region {
    char name[PLAN_NAME];
    size_t bytes;    // as asked for; it occupies the next multiple of PLAN_ALIGN
    size_t from, to; // first and last step that need it
    size_t offset;   // in the block, a multiple of PLAN_ALIGN; valid after plan_layout
} plan_region;

// Read the fields, change them through the functions.
typedef struct plan {
    const char *purpose; // in messages: "activations"; a literal
    plan_memory memory;
    plan_region *regions; // [count], by id; owned
    size_t count, capacity;
    size_t bytes; // of the block; valid after plan_layout
    bool laid_out;
    unsigned char *block; // owned; NULL until plan_allocate
} plan;

// Never fails and allocates nothing. memory NULL: base/alloc.h, with no known limit.
void plan_init(plan *p, const char *purpose, const plan_memory *memory);

// Asks for a region that lives always. *id (may be NULL) is its number, counted from 0. Not after
// plan_allocate. On failure the plan is as before.
axl_status plan_add(plan *p, const char *name, size_t bytes, size_t *id, axl_error *err);

typedef struct plan_request {
    const char *name; // copied
    size_t bytes;
    size_t from, to; // steps that need it, both inclusive, from <= to
} plan_request;

// The same for a region whose content matters during these steps only. What an earlier user of the
// memory left there is what its first step finds.
axl_status plan_add_steps(plan *p, const plan_request *wanted, size_t *id, axl_error *err);

// Gives every region its offset and sets bytes, the size of the block. The layout depends on the
// regions only. Memory is needed for it, but not the block.
axl_status plan_layout(plan *p, axl_error *err);

// Takes the block, zeroed, laying out first if need be. AXL_TOO_LARGE over limit (PLAN_NO_LIMIT:
// none) and AXL_NO_MEMORY over what is available, each telling the bytes needed and there.
axl_status plan_allocate(plan *p, size_t limit, axl_error *err);

// The memory of region id, owned by the plan; NULL before plan_allocate and for an unknown id.
void *plan_pointer(const plan *p, size_t id);

// The regions as a table, one a line, and the total. False when out ran out of memory.
bool plan_print(const plan *p, buf *out);

// Frees block and regions; the plan is as after plan_init. NULL is fine.
void plan_free(plan *p);

#endif
