// A bump allocator over one block: many small objects with one lifetime, freed at once.
// Not thread safe: one arena, one user at a time.
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>

// Invariant: used <= peak <= capacity. Read the fields, change them through the functions.
typedef struct arena {
    unsigned char *base; // aligned to 64 when the arena made it
    size_t capacity;
    size_t used;
    size_t peak; // highest used ever, across resets
    bool owned;  // base came from mem_alloc_aligned and goes back in arena_free
} arena;

// Gets one block of capacity bytes. On failure *out is an empty arena, safe to free.
axl_status arena_create(arena *out, size_t capacity, axl_error *err);

// An arena over memory that the caller owns and keeps alive; arena_free leaves the memory alone.
arena arena_over(void *block, size_t capacity);

// size bytes at a multiple of align (a power of two), uninitialised; NULL when they do not fit.
// The arena owns them: they live until a reset or rewind below them, or arena_free.
void *arena_alloc(arena *a, size_t size, size_t align);

// The same for count elements, zeroed; NULL also when the product overflows.
void *arena_alloc_array(arena *a, size_t count, size_t size, size_t align);

// Scratch that nests: everything after the mark is given back by the rewind.
size_t arena_mark(const arena *a);
void arena_rewind(arena *a, size_t mark);

void arena_reset(arena *a); // gives everything back, keeps the block
void arena_free(arena *a);  // frees the block, leaves an empty arena; NULL is fine

#endif
