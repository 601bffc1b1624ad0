// Which system calls of os/ fail, and how.
#ifndef OS_FAULT_PLAN_H
#define OS_FAULT_PLAN_H

#include "os/fault.h"

#include <stdbool.h>
#include <stddef.h>

#define FAULT_ANY OS_CALL_COUNT

// The n-th call (1 is the first) of one kind, or of any, gets the answer; with `on` all later ones
// too. Not thread safe: for calls made by one thread.
typedef struct fault_plan {
    os_call kind;
    size_t n; // 0: none
    bool on;
    int answer;
    size_t seen[OS_CALL_COUNT + 1]; // calls by kind, the sum last
    os_call hit;                    // kind of the last call that was failed; FAULT_ANY if none
    os_fault fault;
} fault_plan;

void fault_plan_set(fault_plan *plan, os_call kind, size_t n, bool on, int answer);
void fault_plan_clear(void);

#endif
