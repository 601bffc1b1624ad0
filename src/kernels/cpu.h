// What the processor and the operating system offer, asked once.
#ifndef AXL_KERNELS_CPU_H
#define AXL_KERNELS_CPU_H

#include <stdbool.h>

typedef struct cpu_features {
    bool avx2, fma, f16c;                       // usable: the system saves ymm registers
    bool avx512f, avx512bw, avx512dq, avx512vl; // usable: the system saves zmm registers
    bool avx512vnni, avx512bf16;
    bool neon;
    char brand[49]; // the processor's own name, empty where it tells none
} cpu_features;

void cpu_detect(cpu_features *out);

#endif
