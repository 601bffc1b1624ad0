#include "support/failing_alloc.h"

#include "base/alloc.h"
#include "base/error.h"
#include "support/unit.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

// In front of every block; its size keeps what follows aligned for any type.
struct header {
    _Alignas(max_align_t) size_t size;
    uint64_t mark;
};

#define ALIVE 0xA11CA7EDB10C4A1Eu
#define DEAD 0xDEADB10CDEADB10Cu

// Bytes that uninitialised memory and freed memory hold, so that a read of either shows.
enum { FRESH = 0xA5, STALE = 0x5A };

static atomic_size_t calls;
static atomic_size_t fail_at; // 0: never
static atomic_bool fail_on;
static atomic_size_t failures;
static atomic_size_t live_blocks;
static atomic_size_t live_bytes;
static atomic_size_t peak_bytes;
static atomic_size_t bad_frees;

static bool must_fail(void) {
    const size_t call = atomic_fetch_add(&calls, 1) + 1;
    const size_t at = atomic_load(&fail_at);
    const bool fails = at != 0 && (call == at || (atomic_load(&fail_on) && call > at));
    if (fails) atomic_fetch_add(&failures, 1);
    return fails;
}

static void *make(size_t size) {
    if (size > PTRDIFF_MAX - sizeof(struct header)) return NULL; // sanitizers stop at such a malloc
    struct header *h = malloc(sizeof *h + size);
    if (!h) return NULL;
    h->size = size;
    h->mark = ALIVE;
    memset(h + 1, FRESH, size);
    atomic_fetch_add(&live_blocks, 1);
    const size_t now = atomic_fetch_add(&live_bytes, size) + size;
    size_t peak = atomic_load(&peak_bytes);
    while (now > peak && !atomic_compare_exchange_weak(&peak_bytes, &peak, now)) {
    }
    return h + 1;
}

// The header of a live block of ours; counts anything else.
static struct header *header_of(void *block) {
    struct header *h = (struct header *)block - 1;
    if (h->mark == ALIVE) return h;
    atomic_fetch_add(&bad_frees, 1);
    return NULL;
}

static void release(struct header *h) {
    atomic_fetch_sub(&live_blocks, 1);
    atomic_fetch_sub(&live_bytes, h->size);
    memset(h + 1, STALE, h->size);
    h->mark = DEAD;
    free(h);
}

static void *hook_alloc(void *ctx, size_t size) {
    (void)ctx;
    return must_fail() ? NULL : make(size);
}

// Always moves the block: a stale pointer then never happens to work.
static void *hook_resize(void *ctx, void *block, size_t size) {
    (void)ctx;
    if (must_fail()) return NULL;
    struct header *old = block ? header_of(block) : NULL;
    if (block && !old) return NULL;
    void *moved = make(size);
    if (moved && old) {
        memcpy(moved, old + 1, old->size < size ? old->size : size);
        release(old);
    }
    return moved;
}

static void hook_free(void *ctx, void *block) {
    (void)ctx;
    struct header *h = header_of(block);
    if (h) release(h);
}

void failing_alloc_install(void) {
    static const struct mem_hook hook = {hook_alloc, hook_resize, hook_free, NULL};
    failing_alloc_fail_at(0, false);
    atomic_store(&live_blocks, 0);
    atomic_store(&live_bytes, 0);
    atomic_store(&peak_bytes, 0);
    atomic_store(&bad_frees, 0);
    mem_set_hook(&hook);
}

void failing_alloc_remove(void) {
    mem_set_hook(NULL);
    assert_int_equal(failing_alloc_live_blocks(), 0);
    assert_int_equal(failing_alloc_bad_frees(), 0);
}

void failing_alloc_fail_at(size_t n, bool from_then_on) {
    atomic_store(&calls, 0);
    atomic_store(&failures, 0);
    atomic_store(&fail_on, from_then_on);
    atomic_store(&fail_at, n);
}

size_t failing_alloc_calls(void) {
    return atomic_load(&calls);
}

size_t failing_alloc_failures(void) {
    return atomic_load(&failures);
}

size_t failing_alloc_live_blocks(void) {
    return atomic_load(&live_blocks);
}

size_t failing_alloc_live_bytes(void) {
    return atomic_load(&live_bytes);
}

size_t failing_alloc_peak_bytes(void) {
    return atomic_load(&peak_bytes);
}

size_t failing_alloc_bad_frees(void) {
    return atomic_load(&bad_frees);
}

// One run with allocation n failing; false once the run made fewer than n allocations.
static bool run_once(alloc_run *run, void *ctx, size_t n, bool from_then_on) {
    axl_error err = {AXL_OK, ""};
    failing_alloc_fail_at(n, from_then_on);
    const axl_status status = run(ctx, &err);
    const bool failed = failing_alloc_failures() > 0;
    failing_alloc_fail_at(0, false);
    if (failed && (status != AXL_NO_MEMORY || err.code != AXL_NO_MEMORY || !err.text[0])) {
        fail_msg("allocation %zu failed, yet the run returned %s and the error says %s \"%s\"", n,
                 axl_status_name(status), axl_status_name(err.code), err.text);
    }
    if (!failed && status != AXL_OK) {
        fail_msg("no allocation failed, yet the run returned %s \"%s\"", axl_status_name(status),
                 err.text);
    }
    if (failing_alloc_live_blocks() != 0 || failing_alloc_bad_frees() != 0) {
        fail_msg("allocation %zu failed: %zu blocks (%zu bytes) leaked, %zu bad frees", n,
                 failing_alloc_live_blocks(), failing_alloc_live_bytes(),
                 failing_alloc_bad_frees());
    }
    return failed;
}

size_t for_each_failing_alloc(alloc_run *run, void *ctx) {
    failing_alloc_install();
    size_t n = 1;
    while (run_once(run, ctx, n, false)) {
        if (!run_once(run, ctx, n, true)) fail_msg("allocation %zu happened only once", n);
        n++;
    }
    failing_alloc_remove();
    return n - 1;
}
