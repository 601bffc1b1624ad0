// Where a planned block comes from (tensor/plan.h). It stands here because the layers that ask for
// memory do not know the one that has it.
#ifndef BASE_PLAN_MEMORY_H
#define BASE_PLAN_MEMORY_H

#include <stddef.h>
#include <stdint.h>

// alloc must zero, and align to 64 bytes; available may be NULL (unknown).
typedef struct plan_memory {
    void *(*alloc)(size_t bytes);
    void (*free)(void *block);
    uint64_t (*available)(void);
} plan_memory;

#endif
