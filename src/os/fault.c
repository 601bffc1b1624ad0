#include "os/fault.h"

#include <stdatomic.h>
#include <stddef.h>

static _Atomic(const os_fault *) current_fault;

void os_fault_set(const os_fault *fault) {
    atomic_store(&current_fault, fault);
}

int os_fault_check(os_call call) {
    const os_fault *fault = atomic_load_explicit(&current_fault, memory_order_acquire);
    return fault == NULL ? 0 : fault->before(fault->ctx, call);
}
