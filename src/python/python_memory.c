#include "python/python_memory.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"

#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <tree_sitter/api.h>

// Before every block. Its size is a multiple of any alignment that is asked of malloc.
struct python_block {
    _Alignas(max_align_t) python_block *next;
    python_block *before;
    size_t bytes;
};

// Whose blocks are made on this thread; NULL: none of ours.
static _Thread_local python_memory *current;

static void give_up(python_memory *m, axl_status why) {
    m->failed = why;
    longjmp(m->out, 1);
}

static void check(python_memory *m, size_t bytes, size_t before) {
    const size_t all = m->bytes - before + bytes + sizeof(python_block);
    if (bytes > PYTHON_MEMORY_BLOCK || all > m->limit) give_up(m, AXL_TOO_LARGE);
}

static void link_in(python_memory *m, python_block *b, size_t bytes) {
    *b = (python_block){.next = m->first, .bytes = bytes};
    if (m->first) m->first->before = b;
    m->first = b;
    m->bytes += sizeof *b + bytes;
}

static void link_out(python_memory *m, python_block *b) {
    if (b->before)
        b->before->next = b->next;
    else
        m->first = b->next;
    if (b->next) b->next->before = b->before;
    m->bytes -= sizeof *b + b->bytes;
}

static void *take(size_t bytes) {
    python_memory *m = current;
    if (!m) return malloc(bytes);
    check(m, bytes, 0);
    python_block *b = mem_alloc(sizeof *b + bytes);
    if (!b) give_up(m, AXL_NO_MEMORY);
    link_in(m, b, bytes);
    return b + 1;
}

static void *take_zeroed(size_t count, size_t size) {
    size_t bytes;
    if (!current) return calloc(count, size);
    if (!size_mul(count, size, &bytes)) give_up(current, AXL_TOO_LARGE);
    return memset(take(bytes), 0, bytes);
}

static void *take_more(void *block, size_t bytes) {
    python_memory *m = current;
    if (!m) return realloc(block, bytes);
    if (!block) return take(bytes);
    python_block *b = (python_block *)block - 1;
    check(m, bytes, b->bytes);
    // Out of the list meanwhile: a block that moves leaves no pointers to where it was.
    link_out(m, b);
    python_block *grown = mem_resize(b, sizeof *b + bytes);
    if (!grown) {
        link_in(m, b, b->bytes);
        give_up(m, AXL_NO_MEMORY);
    }
    link_in(m, grown, bytes);
    return grown + 1;
}

static void give_back(void *block) {
    python_memory *m = current;
    if (!m) {
        free(block);
        return;
    }
    if (!block) return;
    python_block *b = (python_block *)block - 1;
    link_out(m, b);
    mem_free(b);
}

static void install(void) {
    ts_set_allocator(take, take_zeroed, take_more, give_back);
}

void python_memory_install(void) {
    static once_flag once = ONCE_FLAG_INIT;
    call_once(&once, install);
}

axl_status python_memory_run(python_memory *m, python_memory_work *work, void *ctx,
                             axl_error *err) {
    m->failed = AXL_OK;
    current = m;
    if (setjmp(m->out) == 0) work(ctx);
    current = NULL;
    if (m->failed == AXL_OK) return AXL_OK;
    python_memory_drop(m);
    if (m->failed == AXL_NO_MEMORY) return error_no_memory(err, "a tree", m->limit);
    return error_set(err, AXL_TOO_LARGE, "Python source too tangled to read");
}

void python_memory_drop(python_memory *m) {
    while (m->first) {
        python_block *b = m->first;
        link_out(m, b);
        mem_free(b);
    }
}
