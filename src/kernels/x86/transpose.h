// The transposition of both x86 vector types: eight by eight is the block for either width.
#ifndef AXL_KERNELS_X86_TRANSPOSE_H
#define AXL_KERNELS_X86_TRANSPOSE_H

#include <immintrin.h>
#include <stddef.h>

// A block of V_BLOCK x V_BLOCK floats, transposed: out[j * ldo + i] = in[i * ldi + j].
#define V_BLOCK 8
static inline void v_transpose(float *out, size_t ldo, const float *in, size_t ldi) {
    __m256 r[8], t[8];
    for (int i = 0; i < 8; i++) r[i] = _mm256_loadu_ps(in + (size_t)i * ldi);
    for (int i = 0; i < 8; i += 2) { // pairs of rows interleaved
        t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) { // quarters of columns, four rows each
        r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    for (int i = 0; i < 4; i++) { // the two halves of eight rows
        float *low = out + (size_t)i * ldo, *high = out + (size_t)(i + 4) * ldo;
        _mm256_storeu_ps(low, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
        _mm256_storeu_ps(high, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
    }
}

#endif
