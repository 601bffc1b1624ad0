// Included before the grammar's own scanner.c, which takes its state from calloc itself: so it
// comes from tree-sitter's allocator like all else, and goes when a parser's memory does.
#ifndef PYTHON_GRAMMAR_ALLOC_H
#define PYTHON_GRAMMAR_ALLOC_H

#include <stdlib.h>

#define calloc ts_calloc
#define free ts_free

#endif
