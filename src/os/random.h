// Numbers that nobody can guess.
#ifndef OS_RANDOM_H
#define OS_RANDOM_H

#include <axl/status.h>
#include <stddef.h>

// Fills to with bytes of the system's generator.
axl_status os_random(void *to, size_t bytes, axl_error *err);

#endif
