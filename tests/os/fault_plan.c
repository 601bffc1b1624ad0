#include "os/fault_plan.h"

static int answer(void *ctx, os_call call) {
    fault_plan *plan = ctx;
    const size_t of_kind = ++plan->seen[call];
    const size_t of_all = ++plan->seen[FAULT_ANY];
    if (plan->kind != FAULT_ANY && plan->kind != call) return 0;
    const size_t count = plan->kind == FAULT_ANY ? of_all : of_kind;
    if (plan->n == 0 || count < plan->n || (count > plan->n && !plan->on)) return 0;
    plan->hit = call;
    return plan->answer;
}

void fault_plan_set(fault_plan *plan, os_call kind, size_t n, bool on, int value) {
    *plan = (fault_plan){.kind = kind, .n = n, .on = on, .answer = value, .hit = FAULT_ANY};
    plan->fault = (os_fault){.before = answer, .ctx = plan};
    os_fault_set(&plan->fault);
}

void fault_plan_clear(void) {
    os_fault_set(NULL);
}
