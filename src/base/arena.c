#include "base/arena.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

axl_status arena_create(arena *out, size_t capacity, axl_error *err) {
    *out = (arena){0};
    out->base = mem_alloc_aligned(capacity, MEM_CACHE_LINE);
    if (!out->base) return error_no_memory(err, "an arena", capacity);
    out->capacity = capacity;
    out->owned = true;
    return AXL_OK;
}

arena arena_over(void *block, size_t capacity) {
    return (arena){.base = block, .capacity = block ? capacity : 0};
}

void *arena_alloc(arena *a, size_t size, size_t align) {
    if (!a->base || align == 0 || (align & (align - 1)) != 0) return NULL;
    // The address is aligned, not the offset: the base of a borrowed block may be anywhere.
    const uintptr_t next = (uintptr_t)(a->base + a->used);
    const size_t gap = (size_t)(-next & (uintptr_t)(align - 1));
    const size_t left = a->capacity - a->used;
    if (gap > left || size > left - gap) return NULL;
    unsigned char *block = a->base + a->used + gap;
    a->used += gap + size;
    a->peak = size_max(a->peak, a->used);
    return block;
}

void *arena_alloc_array(arena *a, size_t count, size_t size, size_t align) {
    size_t bytes;
    if (!size_mul(count, size, &bytes)) return NULL;
    void *block = arena_alloc(a, bytes, align);
    if (block) memset(block, 0, bytes);
    return block;
}

size_t arena_mark(const arena *a) {
    return a->used;
}

void arena_rewind(arena *a, size_t mark) {
    assert(mark <= a->used);
    a->used = size_min(mark, a->used);
}

void arena_reset(arena *a) {
    a->used = 0;
}

void arena_free(arena *a) {
    if (!a) return;
    if (a->owned) mem_free_aligned(a->base);
    *a = (arena){0};
}
