// How level scalar multiplies bytes. Contract: kernels/loops/blocks_product.h.
#ifndef AXL_KERNELS_QUAD_H
#define AXL_KERNELS_QUAD_H

typedef struct quad_w {
    int8_t q[4 * V_WIDTH];
} quad_w;
typedef const int8_t *quad_x;
typedef vi quad_s;

static inline quad_w quad_load(const void *p) {
    quad_w w;
    memcpy(&w, p, sizeof w);
    return w;
}
static inline quad_x quad_take(const int8_t *q) {
    return q;
}
static inline vi quad_eight_start(int32_t sum) {
    (void)sum;
    return (vi){0, 0, 0, 0};
}
static inline vi quad_eight(vi s, quad_w w, quad_x x) {
    for (size_t i = 0; i < V_WIDTH; i++) {
        const int8_t *q = w.q + 4 * i;
        s[i] += q[0] * x[0] + q[1] * x[1] + q[2] * x[2] + q[3] * x[3];
    }
    return s;
}
static inline quad_s quad_four_start(void) {
    return (vi){0, 0, 0, 0};
}
static inline quad_s quad_low(quad_s s, quad_w w, quad_x x) {
    for (size_t i = 0; i < 4 * V_WIDTH; i++) w.q[i] = (int8_t)(w.q[i] & 15);
    return quad_eight(s, w, x);
}
static inline quad_s quad_high(quad_s s, quad_w w, quad_x x) {
    for (size_t i = 0; i < 4 * V_WIDTH; i++) w.q[i] = (int8_t)((uint8_t)w.q[i] >> 4);
    return quad_eight(s, w, x);
}
static inline vi quad_four_sum(quad_s s) {
    return s;
}
static inline vf quad_float(vi s) {
    return __builtin_convertvector(s, vf);
}
static inline vf quad_u8(const uint8_t *p) {
    return (vf){p[0], p[1], p[2], p[3]};
}
static inline vf quad_s8(const int8_t *p) {
    return (vf){p[0], p[1], p[2], p[3]};
}

#endif
