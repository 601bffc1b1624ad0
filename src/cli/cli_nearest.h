// The known word that a mistyped one was probably meant to be.
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <stddef.h>

typedef struct nearest {
    const char *word;
    const char *best; // NULL: none is near enough
    size_t distance;
} nearest;

nearest cli_nearest_begin(const char *word);
void cli_nearest_try(nearest *n, const char *known);

#endif
