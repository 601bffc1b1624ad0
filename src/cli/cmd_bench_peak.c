#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"

static const char *const titles[AXL_BENCH_PEAK_ITEMS] = {
    [AXL_BENCH_F32] = "f32 multiply-add",   [AXL_BENCH_BF16] = "bf16 multiply-add",
    [AXL_BENCH_INT8] = "int8 multiply-add", [AXL_BENCH_L2_READ] = "L2 cache, read",
    [AXL_BENCH_L3_READ] = "L3 cache, read", [AXL_BENCH_DRAM_READ] = "memory, read",
    [AXL_BENCH_DRAM_COPY] = "memory, copy",
};

static void json_rate(json *j, const char *name, const axl_bench_rate *rate) {
    json_flat_object(j, name);
    json_number(j, "median", rate->median);
    json_number(j, "min", rate->min);
    json_number(j, "max", rate->max);
    json_end(j);
}

static void print_json(const axl_bench_peak_result *r, bool quick) {
    json j = {0};
    json_open(&j, NULL);
    json_size(&j, "threads", r->threads);
    json_text(&j, "level", r->level);
    json_bool(&j, "quick", quick);
    for (size_t i = 0; i < AXL_BENCH_PEAK_ITEMS; i++) {
        const axl_bench_peak_row *row = &r->rows[i];
        json_flat_object(&j, row->name);
        json_text(&j, "unit", row->unit);
        if (row->how[0]) json_text(&j, "how", row->how);
        if (row->bytes) json_size(&j, "bytes", row->bytes);
        json_rate(&j, "one", &row->one);
        json_rate(&j, "all", &row->all);
        json_end(&j);
    }
    json_end(&j);
}

static void print_table(const axl_bench_peak_result *r) {
    cli_print("level %s, %zu thread%s; medians with (smallest - largest)\n\n", r->level, r->threads,
              r->threads == 1 ? "" : "s");
    cli_print_bold("%-18s  %26s  %26s  %s\n", "", "ONE THREAD", "ALL THREADS", "UNIT");
    for (size_t i = 0; i < AXL_BENCH_PEAK_ITEMS; i++) {
        const axl_bench_peak_row *row = &r->rows[i];
        const axl_bench_rate *one = &row->one, *all = &row->all;
        cli_print("%-18s  %8.1f (%6.1f - %6.1f)  %8.1f (%6.1f - %6.1f)  %s", titles[i], one->median,
                  one->min, one->max, all->median, all->min, all->max, row->unit);
        if (row->how[0]) cli_print(", %s", row->how);
        if (row->bytes) cli_print(", %.1f MiB", (double)row->bytes / 1048576);
        cli_print("\n");
    }
}

static axl_status measure(const axl_bench_options *options, void *result, axl_error *err) {
    return axl_bench_peak(options, result, err);
}

int cmd_bench_peak(const arguments *args) {
    axl_bench_peak_result result;
    int code = cli_setup_measure(args, measure, &result);
    if (code) return code;
    if (args->json)
        print_json(&result, args->quick);
    else
        print_table(&result);
    return 0;
}
