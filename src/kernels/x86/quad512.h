// What the AVX-512 levels share of kernels/loops/blocks_product.h.
#ifndef AXL_KERNELS_QUAD512_H
#define AXL_KERNELS_QUAD512_H

typedef m512i quad_w;
typedef m512i quad_x;

static inline quad_w quad_load(const void *p) {
    return M512(loadu_si512)(p);
}
static inline quad_x quad_take(const int8_t *q) {
    int quad;
    __builtin_memcpy(&quad, q, sizeof quad);
    return M512(set1_epi32)(quad);
}
static inline m512i quad_nibbles(m512i w) {
    return M512(and_si512)(w, M512(set1_epi32)(0x0f0f0f0f));
}
static inline vf quad_float(vi s) {
    return M512(cvtepi32_ps)(s);
}
static inline vf quad_u8(const uint8_t *p) {
    return quad_float(M512(cvtepu8_epi32)(_mm_loadu_si128((const void *)p)));
}
static inline vf quad_s8(const int8_t *p) {
    return quad_float(M512(cvtepi8_epi32)(_mm_loadu_si128((const void *)p)));
}

#endif
