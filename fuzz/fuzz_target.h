// What every fuzz target includes.
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

// The entry point that libFuzzer and replay_main.c call. Returns 0.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Ends the process when an invariant does not hold, in release builds as well.
#define FUZZ_CHECK(cond)                                                                           \
    do {                                                                                           \
        if (!(cond)) abort();                                                                      \
    } while (0)

#endif
