// A folder of its own for each test. Everything here fails the cmocka test when it cannot work.
#ifndef OS_SCRATCH_H
#define OS_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

#define SCRATCH_PATH_MAX 512

typedef struct scratch {
    char folder[SCRATCH_PATH_MAX];
} scratch;

void scratch_make(scratch *s);
void scratch_remove(const scratch *s); // with all that is in it

// folder/name, in one of a few static buffers that are reused in turn.
const char *scratch_path(const scratch *s, const char *name);

void scratch_write(const char *path, const void *data, size_t bytes); // plain, not atomic
void scratch_text(const char *path, const char *text);
bool scratch_holds(const char *path, const void *data, size_t bytes);

// Entries of the folder whose name starts with prefix ("" for all), without "." and "..".
size_t scratch_count(const scratch *s, const char *prefix);

// Open descriptors of this process that a leak would raise: the lowest free number.
int scratch_free_descriptor(void);

#endif
