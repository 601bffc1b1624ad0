#include "kernels/cpu.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

// Which register states the operating system saves (XCR0). A processor that has AVX-512 under a
// system that does not save its registers would fault on the first instruction.
static uint64_t saved_states(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static bool bit(uint32_t word, unsigned n) {
    return word >> n & 1u;
}

static void read_brand(char brand[49]) {
    uint32_t words[12];
    if ((unsigned)__get_cpuid_max(0x80000000u, NULL) < 0x80000004u) return;
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t *w = words + (size_t)i * 4;
        __cpuid(0x80000002u + i, w[0], w[1], w[2], w[3]);
    }
    memcpy(brand, words, 48);
    size_t start = strspn(brand, " "), end = strlen(brand);
    while (end > start && brand[end - 1] == ' ') end--;
    memmove(brand, brand + start, end - start);
    brand[end - start] = '\0';
}

void cpu_detect(cpu_features *out) {
    memset(out, 0, sizeof *out);
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return;
    read_brand(out->brand);
    if (!bit(c, 27)) return; // no XGETBV: no extended state is saved
    uint64_t saved = saved_states();
    bool ymm = (saved & 0x6) == 0x6, zmm = ymm && (saved & 0xe0) == 0xe0;
    out->fma = ymm && bit(c, 12);
    out->f16c = ymm && bit(c, 29);
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return;
    out->avx2 = ymm && bit(b, 5);
    out->avx512f = zmm && bit(b, 16);
    out->avx512dq = zmm && bit(b, 17);
    out->avx512bw = zmm && bit(b, 30);
    out->avx512vl = zmm && bit(b, 31);
    out->avx512vnni = zmm && bit(c, 11);
    if (a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) out->avx512bf16 = zmm && bit(a, 5);
}

#elif defined(__aarch64__)

// Every aarch64 processor has NEON with f32 multiply-add and f16 conversion.
void cpu_detect(cpu_features *out) {
    memset(out, 0, sizeof *out);
    out->neon = true;
}

#else

void cpu_detect(cpu_features *out) {
    memset(out, 0, sizeof *out);
}

#endif
