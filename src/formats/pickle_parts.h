// Private to pickle*.c.
#ifndef FORMATS_PICKLE_PARTS_H
#define FORMATS_PICKLE_PARTS_H

#include "formats/pickle.h"

typedef struct pickle_name {
    const char *module, *name;
} pickle_name;

extern const pickle_name pickle_names[PICKLE_SYMBOL_COUNT];

#endif
