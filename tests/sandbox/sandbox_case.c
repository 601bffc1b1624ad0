#include "sandbox/sandbox_case.h"

#include <string.h>

const sandbox_limits sandbox_case_limits = {.cpu_seconds = 5,
                                            .wall_seconds = 120,
                                            .memory = (uint64_t)256 << 20,
                                            .processes = 16,
                                            .output = (size_t)1 << 20};

static sandbox *opened;

int sandbox_case_begin(void **state) {
    (void)state;
    axl_error err;
    const axl_status status = sandbox_open(&opened, NULL, &err);
    if (status == AXL_UNSUPPORTED) {
        print_message("skipped: %s\n", err.text);
        return 0;
    }
    if (status != AXL_OK) print_error("%s\n", err.text);
    return status == AXL_OK ? 0 : -1;
}

int sandbox_case_end(void **state) {
    (void)state;
    sandbox_close(opened);
    opened = NULL;
    return 0;
}

const sandbox *sandbox_case(void) {
    if (!opened) skip();
    return opened;
}

sandbox_result sandbox_case_run(const char *program, const sandbox_limits *l) {
    sandbox_result r;
    axl_error err = {0};
    const axl_status status = sandbox_run(sandbox_case(), program, l, &r, &err);
    if (status != AXL_OK) print_error("%s\n", err.text);
    assert_int_equal(status, AXL_OK);
    return r;
}

judge_result sandbox_case_judge(const char *program, const char *check, const char *entry) {
    const judge_case c = {.program = program,
                          .program_size = strlen(program),
                          .check = check,
                          .prelude = "",
                          .entry = entry,
                          .names = ""};
    judge_result out;
    axl_error err = {0};
    const axl_status status = judge_run(sandbox_case(), &c, &sandbox_case_limits, &out, &err);
    if (status != AXL_OK) print_error("%s\n", err.text);
    assert_int_equal(status, AXL_OK);
    return out;
}
