// What this machine can do, from a program of your own:
//   cc show_peak.c $(pkg-config --cflags --libs axl) -o show_peak && ./show_peak
#include <axl/axl.h>

#include <stdio.h>

int main(void) {
    axl_cpu_info cpu;
    axl_cpu_detect(&cpu);
    printf("%s, %zu threads, kernels %s\n", cpu.processor, cpu.threads, cpu.best);

    axl_error err;
    axl_bench_options options = {.quick = true}; // all zero is a good default
    axl_bench_peak_result peak;
    if (axl_bench_peak(&options, &peak, &err) != AXL_OK) {
        fprintf(stderr, "show_peak: %s\n", err.text);
        return axl_status_exit_code(err.code);
    }
    for (size_t i = 0; i < AXL_BENCH_PEAK_ITEMS; i++) {
        const axl_bench_peak_row *row = &peak.rows[i];
        printf("%-10s %8.1f %s on one thread, %8.1f on %zu\n", row->name, row->one.median,
               row->unit, row->all.median, peak.threads);
    }
    return 0;
}
