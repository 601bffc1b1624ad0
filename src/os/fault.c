#include "os/fault.h"

#include <stdatomic.h>

static _Atomic(const os_fault *) current_fault;

void os_fault_set(const os_fault *fault) {
    atomic_store(&current_fault, fault);
}

int os_fault_transfer(os_call call, size_t *bytes) {
    const os_fault *fault = atomic_load_explicit(&current_fault, memory_order_acquire);
    const int answer = fault == NULL ? 0 : fault->before(fault->ctx, call);
    if (answer != OS_FAULT_SHORT) return answer;
    if (*bytes > 1) *bytes = 1;
    return 0;
}

int os_fault_check(os_call call) {
    size_t none = 0;
    return os_fault_transfer(call, &none);
}
