#include "base/alloc.h"

#include "base/sizes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *default_alloc(void *ctx, size_t size) {
    (void)ctx;
    return malloc(size);
}

static void *default_resize(void *ctx, void *block, size_t size) {
    (void)ctx;
    return realloc(block, size);
}

static void default_free(void *ctx, void *block) {
    (void)ctx;
    free(block);
}

static const struct mem_hook default_hook = {default_alloc, default_resize, default_free, NULL};

// Written only by mem_set_hook, which the caller keeps apart from every allocation.
static struct mem_hook hook = {default_alloc, default_resize, default_free, NULL};

void mem_set_hook(const struct mem_hook *new_hook) {
    hook = new_hook ? *new_hook : default_hook;
}

void *mem_alloc(size_t size) {
    return hook.alloc(hook.ctx, size ? size : 1);
}

void *mem_zalloc(size_t size) {
    // calloc gets fresh pages from the system without touching them.
    if (hook.alloc == default_alloc) return calloc(1, size ? size : 1);
    void *block = mem_alloc(size);
    if (block) memset(block, 0, size);
    return block;
}

void *mem_alloc_array(size_t count, size_t size) {
    size_t bytes;
    return size_mul(count, size, &bytes) ? mem_alloc(bytes) : NULL;
}

void *mem_zalloc_array(size_t count, size_t size) {
    size_t bytes;
    return size_mul(count, size, &bytes) ? mem_zalloc(bytes) : NULL;
}

void *mem_resize(void *block, size_t size) {
    return hook.resize(hook.ctx, block, size ? size : 1);
}

void *mem_resize_array(void *block, size_t count, size_t size) {
    size_t bytes;
    return size_mul(count, size, &bytes) ? mem_resize(block, bytes) : NULL;
}

void mem_free(void *block) {
    if (block) hook.free(hook.ctx, block);
}

// Layout: [hook's block ... | void *raw | aligned block of size bytes]
void *mem_alloc_aligned(size_t size, size_t align) {
    if (align == 0 || (align & (align - 1)) != 0) return NULL;
    align = size_max(align, sizeof(void *));
    size_t bytes;
    if (!size_add(size_max(size, 1), sizeof(void *), &bytes)) return NULL;
    if (!size_add(bytes, align - 1, &bytes)) return NULL;
    unsigned char *raw = mem_alloc(bytes);
    if (!raw) return NULL;
    const uintptr_t first = (uintptr_t)raw + sizeof(void *);
    const size_t gap = (size_t)(-first & (uintptr_t)(align - 1));
    unsigned char *block = raw + sizeof(void *) + gap;
    memcpy(block - sizeof(void *), &raw, sizeof raw);
    return block;
}

void mem_free_aligned(void *block) {
    if (!block) return;
    void *raw;
    memcpy(&raw, (unsigned char *)block - sizeof(void *), sizeof raw);
    mem_free(raw);
}
