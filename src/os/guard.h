// Buffers between unreadable pages, for tests of kernels: one byte too far is a crash, not luck.
// Not for product code.
#ifndef OS_GUARD_H
#define OS_GUARD_H

#include <stdbool.h>
#include <stddef.h>

typedef enum os_guard_side {
    OS_GUARD_END,   // data + bytes is the first byte of an unreadable page; data is unaligned if
                    // bytes is odd
    OS_GUARD_START, // data follows directly on an unreadable page and is page-aligned
} os_guard_side;

typedef struct os_guard {
    unsigned char *data; // the buffer: bytes long, filled with 0xA5
    size_t bytes;
    unsigned char *pages; // private: first readable page
    size_t readable;      // private: readable bytes, a multiple of the page size
} os_guard;

// Both ends have an unreadable page; the given side touches it without a gap. The gap on the other
// side (less than a page) is filled with 0xA5 and checked by os_guard_intact. False when the system
// gives no memory. bytes may be 0.
bool os_guard_alloc(os_guard *guard, size_t bytes, os_guard_side side);

// Whether nobody wrote into the gap.
bool os_guard_intact(const os_guard *guard);

// Safe on a zeroed struct and twice.
void os_guard_free(os_guard *guard);

#endif
