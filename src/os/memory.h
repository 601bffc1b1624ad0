// Memory of the machine, and big blocks taken from it.
#ifndef OS_MEMORY_H
#define OS_MEMORY_H

#include "base/plan_memory.h"

#include <stddef.h>
#include <stdint.h>

// Alignment of every block of os_block_alloc, and of those of at least OS_HUGE_PAGE bytes.
#define OS_BLOCK_ALIGN ((size_t)64)
#define OS_HUGE_PAGE ((size_t)2 << 20)

// Bytes that can be taken now without swapping: what the system says is available, lowered to what
// the cgroup memory limit and the address space limit leave. UINT64_MAX when the system does not
// say.
uint64_t os_memory_available(void);

// Most bytes this process ever had resident.
uint64_t os_memory_peak_rss(void);

size_t os_page_size(void);

// Zeroed memory for tensors and arenas. From OS_HUGE_PAGE bytes on it is a mapping of its own,
// aligned to OS_HUGE_PAGE and advised to use huge pages; below, it comes from base/alloc.h. Both
// kinds make one allocation through the hook of base/alloc.h that lives as long as the block, so
// tests can fail and count them. NULL when there is no memory (bytes = 0 is served). The caller
// owns the block and gives it back with os_block_free (NULL is allowed).
void *os_block_alloc(size_t bytes);
void os_block_free(void *block);

// The three together: what the layers above plan their memory with.
extern const plan_memory os_plan_memory;

#endif
