// A list of tensors cut into tiles, so that one run of the pool serves the whole list however
// uneven the tensors are. The tiles depend on the lengths only.
#ifndef TENSOR_SPANS_H
#define TENSOR_SPANS_H

#include <stddef.h>

// Elements of a tile.
#define SPANS_GRAIN ((size_t)16384)

// first[i] is the number of tiles before tensor i; first[count] that of all. In scratch.
typedef struct spans {
    size_t count;
    size_t *first; // [count + 1]
} spans;

typedef struct span {
    size_t tensor;     // which of the list
    size_t begin, end; // its elements; end may be past the tensor's length, for the caller to cut
} span;

// Bytes of first[], a multiple of 64; SIZE_MAX on overflow.
size_t spans_bytes(size_t count);

// Begins a list; then spans_push for the length of each tensor in turn, at most as many as there is
// room for in first.
spans spans_over(size_t *first);
void spans_push(spans *s, size_t length);

// Tiles of the list.
size_t spans_tiles(const spans *s);

// Tile number `tile`, below spans_tiles.
span spans_at(const spans *s, size_t tile);

#endif
