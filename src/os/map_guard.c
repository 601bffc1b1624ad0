#include "os/system.h"

#include "os/map_guard.h"

#include "os/memory.h"
#include "os/system_error.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

// Mappings at a time. A model takes one; those that come later are not watched.
#define WATCHES 64

// The handler reads it at any moment: begin is set last and cleared first.
struct map_watch {
    atomic_bool taken, torn;
    atomic_size_t bytes; // in whole pages
    atomic_uintptr_t begin;
};

static map_watch watches[WATCHES];
static atomic_bool asked, installed;
static struct sigaction before;
static uintptr_t page;

static map_watch *watch_of(uintptr_t at) {
    for (size_t i = 0; i < WATCHES; i++) {
        map_watch *w = &watches[i];
        const uintptr_t begin = atomic_load(&w->begin);
        if (begin != 0 && at >= begin && at - begin < atomic_load(&w->bytes)) return w;
    }
    return NULL;
}

// Zeros from the page of `at` to the end of the mapping: the file has ended before it.
static bool put_zeros(map_watch *w, uintptr_t at) {
    const uintptr_t from = at - at % page;
    const uintptr_t end = atomic_load(&w->begin) + atomic_load(&w->bytes);
    void *zeros =
        mmap((void *)from, end - from, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (zeros == MAP_FAILED) return false;
    atomic_store(&w->torn, true);
    return true;
}

// Only what a handler may do: atomics that need no lock, and system calls.
static void on_bus(int number, siginfo_t *info, void *context) {
    const int was = errno;
    const uintptr_t at = (uintptr_t)info->si_addr;
    map_watch *w = watch_of(at);
    const bool done = w && put_zeros(w, at);
    errno = was;
    if (done) return;
    if (before.sa_flags & SA_SIGINFO) {
        before.sa_sigaction(number, info, context);
    } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
        before.sa_handler(number);
    } else {
        (void)sigaction(SIGBUS, &before, NULL); // what faulted does so again
    }
}

axl_status os_map_guard(axl_error *err) {
    if (atomic_exchange(&asked, true)) return AXL_OK;
    page = os_page_size();
    struct sigaction action = {.sa_sigaction = on_bus, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGBUS, &action, &before) != 0) {
        const int number = errno;
        atomic_store(&asked, false);
        return os_error(err, number, "cannot handle", "SIGBUS");
    }
    atomic_store(&installed, true);
    return AXL_OK;
}

map_watch *map_watch_begin(const void *data, size_t bytes) {
    if (!atomic_load(&installed)) return NULL;
    for (size_t i = 0; i < WATCHES; i++) {
        map_watch *w = &watches[i];
        if (atomic_exchange(&w->taken, true)) continue;
        atomic_store(&w->torn, false);
        atomic_store(&w->bytes, (bytes + page - 1) / page * page);
        atomic_store(&w->begin, (uintptr_t)data);
        return w;
    }
    return NULL;
}

void map_watch_end(map_watch *w) {
    if (!w) return;
    atomic_store(&w->begin, 0);
    atomic_store(&w->taken, false);
}

bool map_watch_torn(const map_watch *w) {
    return w && atomic_load(&w->torn);
}
