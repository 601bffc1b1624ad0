// The one way to get memory: every allocation of the library passes through one hook, so that a
// test can fail the n-th and an embedding program can account for all of it.
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>

// size is never 0. alloc and resize return memory aligned for any type, or NULL; resize gets NULL
// or a block of this hook and leaves it alone on failure; free gets a block of this hook, never
// NULL. All three may be called from any thread at once.
struct mem_hook {
    void *(*alloc)(void *ctx, size_t size);
    void *(*resize)(void *ctx, void *block, size_t size);
    void (*free)(void *ctx, void *block);
    void *ctx;
};

// Copies *hook and uses it from now on; NULL goes back to malloc. Call it while no other thread
// allocates; a block must be freed under the hook that made it.
void mem_set_hook(const struct mem_hook *hook);

// All return NULL on failure and only then: a size of 0 is treated as 1. The caller owns the block
// and gives it back with mem_free.
void *mem_alloc(size_t size);
void *mem_zalloc(size_t size);                     // zeroed
void *mem_alloc_array(size_t count, size_t size);  // NULL also when count * size overflows
void *mem_zalloc_array(size_t count, size_t size); // the same, zeroed
void *mem_resize(void *block, size_t size);        // block may be NULL; kept on failure
void *mem_resize_array(void *block, size_t count, size_t size);
void mem_free(void *block); // NULL is fine

// A block whose address is a multiple of align (a power of two; 64 for a cache line, 4096 for a
// page). It comes from the same hook and costs align + sizeof(void *) more. Give it back with
// mem_free_aligned, never mem_free. NULL also when align is not a power of two.
#define MEM_CACHE_LINE 64
void *mem_alloc_aligned(size_t size, size_t align);
void mem_free_aligned(void *block); // NULL is fine

#endif
