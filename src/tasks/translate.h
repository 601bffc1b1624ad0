// Python functions in other languages: those of a small subset, and no others.
//
// The subset: functions of whole numbers, truth values and lists of whole numbers, whose types
// their text tells, that use nothing but themselves and a few of Python's own functions. The
// translation gives the same result, and leaves the same in the lists that it was given, wherever
// Python raises nothing and no number on the way is larger than TRANSLATE_NUMBER_MAX. C has no
// lists that grow.
#ifndef TASKS_TRANSLATE_H
#define TASKS_TRANSLATE_H

#include "base/buf.h"
#include "python/python_walk.h"

// Numbers in JavaScript are exact up to 2^53; quotients of such numbers are rounded to the right
// side, and a sum of two of these is exact.
#define TRANSLATE_NUMBER_MAX ((int64_t)1 << 52)

typedef enum translate_target {
    TRANSLATE_C,
    TRANSLATE_JAVASCRIPT,
    TRANSLATE_TARGETS
} translate_target;

const char *translate_target_name(translate_target target); // "C"
const char *translate_target_kind(translate_target target); // "c"

// Appends the translation of a definition that is a function. False where there is none: then the
// buffer has what it had. No memory is the buffer's failure.
bool translate(buf *to, const python_tree *t, const python_definition *def,
               translate_target target);

#endif
