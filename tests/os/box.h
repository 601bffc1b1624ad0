// A scratch folder for each test of a program: cmocka_unit_test is BOXED(test).
#ifndef OS_BOX_H
#define OS_BOX_H

#include "os/fault_plan.h"
#include "os/scratch.h"
#include "support/unit.h"

static scratch box;

static int make_box(void **state) {
    (void)state;
    scratch_make(&box);
    return 0;
}

static int remove_box(void **state) {
    (void)state;
    fault_plan_clear();
    scratch_remove(&box);
    return 0;
}

#define BOXED(test) cmocka_unit_test_setup_teardown(test, make_box, remove_box)

#endif
