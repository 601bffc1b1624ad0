// AVX-512 intrinsics by their short names. Test builds on a machine without AVX-512 replace the
// instructions by portable versions of the same functions (tests/kernels/emulate512.h), so that the
// code of these levels is tested everywhere; the library never contains that variant.
#ifndef AXL_KERNELS_SIMD512_H
#define AXL_KERNELS_SIMD512_H

#include <immintrin.h>

#ifdef AXL_EMULATE_AVX512
#include "kernels/emulate512.h"
#define M512(name) e512_##name
#else
#define M512(name) _mm512_##name
typedef __m512 m512;
typedef __m512i m512i;
#ifdef __AVX512BF16__
typedef __m512bh m512bh;
#endif
#endif

#endif
