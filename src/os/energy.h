// Energy that the processor and its memory used, where the system tells (Linux: RAPL).
#ifndef OS_ENERGY_H
#define OS_ENERGY_H

#include <stddef.h>
#include <stdint.h>

#define OS_ENERGY_DOMAINS 16 // processor packages and memories; more are not counted

// Counters wrap, the smallest after minutes at full power: update at least once a minute.
typedef struct os_energy {
    size_t domains; // 0: nothing readable
    struct os_energy_domain {
        char path[64];
        uint64_t last, range; // microjoules; the counter goes from 0 to range
    } domain[OS_ENERGY_DOMAINS];
    double joules; // since os_energy_open; NAN when not measured
} os_energy;

// Looks for counters that can be read. root "" is the system's own; a test has its own tree.
void os_energy_open(os_energy *e, const char *root);

// Adds what was used since the last call. A counter that can no longer be read makes joules NAN:
// half a sum would look like a small one.
void os_energy_update(os_energy *e, const char *root);

#endif
