#include "os/system.h"

#include "os/guard.h"

#include "base/sizes.h"
#include "os/memory.h"

#include <string.h>
#include <sys/mman.h>

#define GAP_BYTE 0xA5

bool os_guard_alloc(os_guard *guard, size_t bytes, os_guard_side side) {
    const size_t page = os_page_size();
    size_t readable = 0;
    size_t total = 0;
    *guard = (os_guard){0};
    if (!size_align_up(size_max(bytes, 1), page, &readable)) return false;
    if (!size_add(readable, 2 * page, &total)) return false;
    unsigned char *start = mmap(NULL, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return false;
    if (mprotect(start + page, readable, PROT_READ | PROT_WRITE) != 0) {
        (void)munmap(start, total);
        return false;
    }
    guard->pages = start + page;
    guard->readable = readable;
    guard->bytes = bytes;
    guard->data = side == OS_GUARD_START ? guard->pages : guard->pages + readable - bytes;
    memset(guard->pages, GAP_BYTE, readable);
    return true;
}

bool os_guard_intact(const os_guard *guard) {
    for (const unsigned char *at = guard->pages; at < guard->pages + guard->readable; at++) {
        if (at == guard->data) at += guard->bytes;
        if (at < guard->pages + guard->readable && *at != GAP_BYTE) return false;
    }
    return true;
}

void os_guard_free(os_guard *guard) {
    const size_t page = os_page_size();
    if (guard->pages != NULL) (void)munmap(guard->pages - page, guard->readable + 2 * page);
    *guard = (os_guard){0};
}
