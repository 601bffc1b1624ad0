// Included first by every file of kernels/loops, which the build compiles once a level with
//   AXL_LEVEL        the level's name
//   AXL_VEC_HEADER   its vec.h
//   AXL_PEAK_HEADER  its peak_ops.h
//   AXL_QUAD_HEADER  its quad.h
// LEVEL(x) is the name of this level's copy of x: x_avx2 and so on. A file of loops exports its
// family's table and nothing else.
#ifndef AXL_KERNELS_LEVEL_H
#define AXL_KERNELS_LEVEL_H

#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
#error "-ffast-math deletes the NaN guards: build without it"
#endif

#define LEVEL_PASTE2(a, b) a##_##b
#define LEVEL_PASTE(a, b) LEVEL_PASTE2(a, b)
#define LEVEL(name) LEVEL_PASTE(name, AXL_LEVEL)

#include AXL_VEC_HEADER

#endif
