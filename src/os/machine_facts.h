// What the machine is, for records of what ran on it.
#ifndef OS_MACHINE_FACTS_H
#define OS_MACHINE_FACTS_H

#include <stddef.h>
#include <stdint.h>

// "Linux 6.1.0 x86_64": system, release and hardware. Writes out and returns it.
#define OS_SYSTEM_NAME_MAX 96
const char *os_system_name(char out[OS_SYSTEM_NAME_MAX]);

// Bytes of memory that the machine has; 0 when it does not say.
uint64_t os_memory_installed(void);

#endif
