// What the tests of the sandbox share.
#ifndef SANDBOX_CASE_H
#define SANDBOX_CASE_H

#include "sandbox/judge.h"
#include "support/unit.h"

// sandbox_usual for a machine that may be very busy: processor time ends programs, not the clock.
extern const sandbox_limits sandbox_case_limits;

// A group setup: opens the sandbox that all tests use. Where bubblewrap, libseccomp, Python or user
// namespaces are missing it says so and all tests are skipped.
int sandbox_case_begin(void **state);
int sandbox_case_end(void **state);

// The open sandbox, or the test ends as skipped.
const sandbox *sandbox_case(void);

// Runs a program; the result is freed by the caller.
sandbox_result sandbox_case_run(const char *program, const sandbox_limits *l);

// The verdict on a program.
judge_result sandbox_case_judge(const char *program, const char *check, const char *entry);

#endif
