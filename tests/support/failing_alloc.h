// An allocation hook for tests: counts, fails on demand, and knows what is still alive.
// Thread safe; install it only while no block of another hook will be freed under it.
#ifndef SUPPORT_FAILING_ALLOC_H
#define SUPPORT_FAILING_ALLOC_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>

void failing_alloc_install(void); // zero counts, nothing fails
void failing_alloc_remove(void);  // back to the default; fails the cmocka test if blocks live on

// The n-th allocation from now on fails (1 is the next one; 0 never): only that one, or that one
// and all after it. A resize counts as an allocation.
void failing_alloc_fail_at(size_t n, bool from_then_on);

size_t failing_alloc_calls(void);       // allocations asked for since install or fail_at
size_t failing_alloc_failures(void);    // those that were made to fail
size_t failing_alloc_live_blocks(void); // not freed yet
size_t failing_alloc_live_bytes(void);
size_t failing_alloc_peak_bytes(void);
size_t failing_alloc_bad_frees(void); // frees of blocks that are not ours or not alive

// Runs run(ctx, &err) with the first, second, ... allocation failing, each time once alone and once
// with all later ones failing too, until a run makes fewer allocations than that. run must free all
// it made, on success as well. Fails the test unless each run with a failed allocation returns
// AXL_NO_MEMORY with a text, the last one AXL_OK, and none leaks. Returns how many allocations the
// whole run makes, so that a test can demand at least one.
typedef axl_status alloc_run(void *ctx, axl_error *err);
size_t for_each_failing_alloc(alloc_run *run, void *ctx);

#endif
