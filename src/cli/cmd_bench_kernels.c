#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"

static void print_json(const axl_bench_kernels_result *r, bool quick) {
    const axl_bench_attention *a = &r->attention;
    json j = {0};
    json_open(&j, NULL);
    json_size(&j, "threads", r->threads);
    json_text(&j, "level", r->level);
    json_bool(&j, "quick", quick);
    json_number(&j, "dispatch_us", r->dispatch_us);
    json_number(&j, "handoff_us", r->handoff_us);
    json_flat_object(&j, "attention");
    json_number(&j, "forward_gflops", a->forward);
    json_number(&j, "backward_gflops", a->backward);
    json_number(&j, "gflops", a->both);
    json_number(&j, "peak", a->peak);
    json_number(&j, "share", a->share);
    json_end(&j);
    json_open_list(&j, "rows");
    for (size_t i = 0; i < r->row_count; i++) {
        json_flat_object(&j, NULL);
        json_text(&j, "kernel", r->rows[i].name);
        json_number(&j, "mbytes", r->rows[i].bytes / 1e6);
        json_number(&j, "gbytes_per_s", r->rows[i].gbytes);
        json_number(&j, "copy_gbytes_per_s", r->rows[i].copy);
        json_number(&j, "share", r->rows[i].share);
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

static void print_table(const axl_bench_kernels_result *r) {
    const axl_bench_attention *a = &r->attention;
    cli_print("level %s, %zu thread%s\n\n", r->level, r->threads, r->threads == 1 ? "" : "s");
    cli_print(
        "attention  forward %.1f, backward %.1f, both %.1f GFLOP/s: %.1f %% of the f32 peak "
        "(%.1f)\n",
        a->forward, a->backward, a->both, 100 * a->share, a->peak);
    cli_print("dispatch   %.2f us; %.2f us where every thread takes part\n\n", r->dispatch_us,
              r->handoff_us);
    cli_print_bold("%-20s  %9s  %9s  %9s  %9s\n", "KERNEL", "MB", "GB/s", "COPY GB/s", "OF COPY");
    for (size_t i = 0; i < r->row_count; i++) {
        const axl_bench_kernel_row *row = &r->rows[i];
        cli_print("%-20s  %9.1f  %9.1f  %9.1f  %7.1f %%\n", row->name, row->bytes / 1e6,
                  row->gbytes, row->copy, 100 * row->share);
    }
}

static axl_status measure(const axl_bench_options *options, void *result, axl_error *err) {
    return axl_bench_kernels(options, result, err);
}

int cmd_bench_kernels(const arguments *args) {
    axl_bench_kernels_result result;
    int code = cli_setup_measure(args, measure, &result);
    if (code) return code;
    if (args->json)
        print_json(&result, args->quick);
    else
        print_table(&result);
    return 0;
}
