#include "os/system.h"

#include "os/memory.h"

#include "base/alloc.h"
#include "base/sizes.h"
#include "os/cgroup.h"
#include "os/fault.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__APPLE__)
#include <mach/mach.h>
#endif

size_t os_page_size(void) {
    const long size = sysconf(_SC_PAGESIZE);
    return size > 0 ? (size_t)size : 4096;
}

#if defined(__APPLE__)
static uint64_t system_available(void) {
    vm_statistics64_data_t stats;
    mach_msg_type_number_t count = HOST_VM_INFO64_COUNT;
    if (host_statistics64(mach_host_self(), HOST_VM_INFO64, (host_info64_t)&stats, &count) !=
        KERN_SUCCESS) {
        return UINT64_MAX;
    }
    return ((uint64_t)stats.free_count + stats.inactive_count) * os_page_size();
}
#else
static uint64_t system_available(void) {
    char text[4096];
    os_text_read("", "/proc/meminfo", text, sizeof text);
    const uint64_t kib = os_text_number(text, "MemAvailable:");
    return kib > UINT64_MAX / 1024 ? UINT64_MAX : kib * 1024;
}
#endif

// What RLIMIT_AS (ulimit -v) leaves; UINT64_MAX without a limit or where our size is unknown.
static uint64_t address_space_left(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return UINT64_MAX;
    char text[256];
    os_text_read("", "/proc/self/statm", text, sizeof text);
    const uint64_t pages = os_text_number(text, "");
    if (pages == UINT64_MAX) return UINT64_MAX;
    const uint64_t used = pages * os_page_size();
    return limit.rlim_cur > used ? (uint64_t)limit.rlim_cur - used : 0;
}

uint64_t os_memory_available(void) {
    uint64_t least = system_available();
    const uint64_t group = os_cgroup_memory_left("");
    const uint64_t space = address_space_left();
    if (group < least) least = group;
    return space < least ? space : least;
}

uint64_t os_memory_peak_rss(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0 || usage.ru_maxrss < 0) return 0;
#if defined(__APPLE__)
    return (uint64_t)usage.ru_maxrss;
#else
    return (uint64_t)usage.ru_maxrss * 1024;
#endif
}

// Lies OS_BLOCK_ALIGN bytes before every block. A mapped block has a page in front for it, since
// the block itself starts on a huge page.
typedef struct block_head {
    void *heap;    // from base/alloc.h: the whole small block, or the token of a mapped one
    void *pages;   // start of the mapping, NULL for a small block
    size_t mapped; // length of the mapping
} block_head;

_Static_assert(sizeof(block_head) <= OS_BLOCK_ALIGN, "the head fits before the block");

static block_head *head_of(void *block) {
    return (block_head *)(void *)((char *)block - OS_BLOCK_ALIGN);
}

static void *small_block(size_t bytes) {
    const size_t total = bytes + OS_BLOCK_ALIGN; // bytes < OS_HUGE_PAGE
    char *heap = mem_alloc_aligned(total, OS_BLOCK_ALIGN);
    if (heap == NULL) return NULL;
    memset(heap, 0, total);
    *head_of(heap + OS_BLOCK_ALIGN) = (block_head){.heap = heap};
    return heap + OS_BLOCK_ALIGN;
}

// Maps [page for the head][bytes, rounded up to pages] with the second part on a huge page.
static char *map_pages(size_t bytes, block_head *head) {
    const size_t page = os_page_size();
    size_t rounded = 0;
    size_t total = 0;
    if (!size_align_up(bytes, page, &rounded)) return NULL;
    if (!size_add(rounded, OS_HUGE_PAGE + page, &total)) return NULL;
    if (os_fault_check(OS_CALL_MAP) != 0) return NULL;
    char *start = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return NULL;
    const size_t past = (size_t)((uintptr_t)(start + page) % OS_HUGE_PAGE);
    const size_t before = past == 0 ? 0 : OS_HUGE_PAGE - past;
    const size_t after = total - before - page - rounded;
    if (before > 0) (void)munmap(start, before);
    char *block = start + before + page;
    if (after > 0) (void)munmap(block + rounded, after);
#if defined(MADV_HUGEPAGE)
    (void)madvise(block, rounded, MADV_HUGEPAGE); // advice: no matter if the system has none
#endif
    head->pages = block - page;
    head->mapped = page + rounded;
    return block;
}

static void *mapped_block(size_t bytes) {
    // The token makes the block visible to the allocation hook, as one allocation.
    block_head head = {.heap = mem_alloc(sizeof(block_head))};
    if (head.heap == NULL) return NULL;
    char *block = map_pages(bytes, &head);
    if (block == NULL) {
        mem_free(head.heap);
        return NULL;
    }
    *head_of(block) = head;
    return block;
}

void *os_block_alloc(size_t bytes) {
    return bytes < OS_HUGE_PAGE ? small_block(bytes) : mapped_block(bytes);
}

void os_block_free(void *block) {
    if (block == NULL) return;
    const block_head head = *head_of(block);
    if (head.pages == NULL) {
        mem_free_aligned(head.heap);
        return;
    }
    (void)munmap(head.pages, head.mapped);
    mem_free(head.heap);
}

const plan_memory os_plan_memory = {
    .alloc = os_block_alloc, .free = os_block_free, .available = os_memory_available};
