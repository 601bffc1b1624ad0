// The cosines and sines that rotary position embedding multiplies with.
#ifndef TENSOR_ROPE_TABLE_H
#define TENSOR_ROPE_TABLE_H

#include <axl/status.h>

#include <stddef.h>

// Most positions: up to here the reduction of an angle loses nothing.
#define ROPE_TABLE_POSITIONS ((size_t)1 << 20)

// Borrows its memory; read-only once filled.
typedef struct rope_table {
    size_t positions, head_size;
    const float *cosines; // [positions, head_size]: c0 c0 c1 c1 ...
    const float *sines;   // [positions, head_size]: -s0 s0 -s1 s1 ...
} rope_table;

// Bytes of memory for a table.
axl_status rope_table_bytes(size_t positions, size_t head_size, size_t *out, axl_error *err);

// theta^(-2 pair / head_size): the angle that a pair turns by from one position to the next. And
// the cosine and sine of an angle below 2^21. Both as the table below has them.
double rope_frequency(double theta, size_t pair, size_t head_size);
void rope_turn(double angle, double *cosine, double *sine);

// Fills memory (of that many bytes, aligned for float) and makes t->cosines and t->sines point into
// it, for t->positions and t->head_size as set by the caller:
//
//   c, s = cos, sin of position * theta^(-2i / head_size) for pair i
//
// Computed in double without the C library, so the same bits on every machine.
axl_status rope_table_fill(rope_table *t, void *memory, double theta, axl_error *err);

#endif
