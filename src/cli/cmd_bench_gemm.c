#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"

#include <stdio.h>

static void json_mean(json *j, const char *name, const axl_bench_gemm_mean *mean) {
    json_flat_object(j, name);
    json_number(j, "share", mean->share);
    json_positive(j, "vs_onednn", mean->vs_onednn);
    json_number(j, "worst", mean->worst);
    json_number(j, "prepacked_share", mean->prepacked_share);
    json_positive(j, "vs_onednn_prepacked", mean->vs_onednn_prepacked);
    json_positive(j, "vs_openblas", mean->vs_openblas);
    json_end(j);
}

static void json_row(json *j, const axl_bench_gemm_row *row) {
    json_flat_object(j, NULL);
    json_text(j, "dtype", row->dtype);
    json_text(j, "form", row->form);
    json_size(j, "m", row->m);
    json_size(j, "n", row->n);
    json_size(j, "k", row->k);
    json_number(j, "gflops", row->gflops);
    json_number(j, "share", row->share);
    json_positive(j, "prepacked", row->prepacked);
    json_positive(j, "prepacked_share", row->prepacked_share);
    json_positive(j, "onednn", row->onednn);
    json_positive(j, "onednn_prepacked", row->onednn_prepacked);
    json_positive(j, "openblas", row->openblas);
    json_positive(j, "vs_onednn", row->vs_onednn);
    json_positive(j, "vs_onednn_prepacked", row->vs_onednn_prepacked);
    json_positive(j, "vs_openblas", row->vs_openblas);
    json_bool(j, "standard", row->standard);
    json_end(j);
}

static void print_json(const axl_bench_gemm_result *r, bool quick) {
    json j = {0};
    json_open(&j, NULL);
    json_size(&j, "threads", r->threads);
    json_text(&j, "level", r->level);
    json_bool(&j, "quick", quick);
    json_flat_object(&j, "peak");
    json_number(&j, "f32", r->peak_f32);
    json_number(&j, "bf16", r->peak_bf16);
    json_text(&j, "bf16_how", r->bf16_how);
    json_end(&j);
    json_flat_object(&j, "peers");
    json_text(&j, "onednn", r->onednn);
    json_text(&j, "openblas", r->openblas);
    json_end(&j);
    json_open_list(&j, "rows");
    for (size_t i = 0; i < r->row_count; i++) json_row(&j, &r->rows[i]);
    json_end(&j);
    json_open(&j, "geomean");
    json_mean(&j, "f32", &r->f32);
    json_mean(&j, "bf16", &r->bf16);
    json_end(&j);
    json_end(&j);
}

// A figure in a column of its own; "-" where there is none.
static void print_figure(int width, const char *format, double value) {
    char text[32] = "-";
    if (value > 0) snprintf(text, sizeof text, format, value);
    cli_print("  %*s", width, text);
}

static void print_row(const axl_bench_gemm_row *row) {
    cli_print("%-5s  %-7s  %5zu  %5zu  %5zu", row->dtype, row->form, row->m, row->n, row->k);
    print_figure(8, "%.1f", row->gflops);
    print_figure(6, "%.1f", 100 * row->share);
    print_figure(9, "%.1f", row->prepacked);
    print_figure(6, "%.1f", 100 * row->prepacked_share);
    print_figure(8, "%.1f", row->onednn);
    print_figure(9, "%.1f", row->onednn_prepacked);
    print_figure(8, "%.1f", row->openblas);
    cli_print("%s\n", row->standard ? "" : "  extra");
}

static void print_mean(const char *name, const axl_bench_gemm_mean *mean) {
    cli_print("%-5s", name);
    print_figure(10, "%.1f %%", 100 * mean->share);
    print_figure(10, "%.1f %%", 100 * mean->worst);
    print_figure(10, "%.1f %%", 100 * mean->prepacked_share);
    print_figure(9, "%.2f x", mean->vs_onednn);
    print_figure(13, "%.2f x", mean->vs_onednn_prepacked);
    print_figure(11, "%.2f x", mean->vs_openblas);
    cli_print("\n");
}

static void print_table(const axl_bench_gemm_result *r) {
    cli_print("level %s, %zu thread%s; peak f32 %.1f, bf16 %.1f GFLOP/s (%s)\n", r->level,
              r->threads, r->threads == 1 ? "" : "s", r->peak_f32, r->peak_bf16, r->bf16_how);
    cli_print("oneDNN    %s\nOpenBLAS  %s\n\n", r->onednn, r->openblas);
    cli_print("%31s  %16s  %17s  %19s  %8s\n", "", "packing included", "prepacked", "oneDNN",
              "OpenBLAS");
    cli_print_bold("%-5s  %-7s  %5s  %5s  %5s  %8s  %6s  %9s  %6s  %8s  %9s  %8s\n", "TYPE", "FORM",
                   "M", "N", "K", "GFLOP/s", "% PEAK", "GFLOP/s", "% PEAK", "plain", "prepacked",
                   "plain");
    for (size_t i = 0; i < r->row_count; i++) print_row(&r->rows[i]);
    cli_print("\n%-5s  %10s  %10s  %10s  %9s  %13s  %11s\n", "", "of peak,", "of peak,", "of peak,",
              "to oneDNN", "to oneDNN,", "to OpenBLAS");
    cli_print_bold("%-5s  %10s  %10s  %10s  %9s  %13s  %11s\n", "MEAN", "packing in", "worst",
                   "prepacked", "plain", "prepacked", "plain");
    print_mean("f32", &r->f32);
    print_mean("bf16", &r->bf16);
}

int cmd_bench_gemm(const arguments *args) {
    setup s;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    axl_error err;
    axl_bench_gemm_result *result;
    const axl_bench_gemm_options options = {
        .common = cli_setup_bench(&s, args), .all = args->all, .no_peers = args->no_peers};
    code = cli_setup_end(&s, axl_bench_gemm(&options, &result, &err), &err);
    if (code == 0) {
        if (args->json)
            print_json(result, args->quick);
        else
            print_table(result);
    }
    axl_bench_gemm_free(result);
    return code;
}
