// axl train: the options of a training, its live line, and its end.
#include "cli/cli_amount.h"
#include "cli/cli_interrupt.h"
#include "cli/cli_output.h"
#include "cli/cli_terminal.h"
#include "cli/train_options.h"
#include "cli/train_plan_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CLEAR "\r\033[K"
#define BAR 20

// What the events of a run need.
typedef struct screen {
    const char *path; // of the command
    bool live;        // one line that changes; else plain lines
    bool verbose;
    double held; // bits of the last look
} screen;

// ---- while it runs: everything to stderr ----

static void print_bar(double fraction) {
    const int full = (int)(fraction * BAR);
    fputc('[', stderr);
    for (int i = 0; i < BAR; i++) fputc(i < full ? '#' : '.', stderr);
    fprintf(stderr, "] %3.0f %%", 100 * fraction);
}

static void on_plan(void *ctx, const axl_train_plan *plan) {
    const screen *s = ctx;
    train_plan_warn(s->path, plan);
}

static void on_row(void *ctx, const axl_train_row *row) {
    screen *s = ctx;
    char rest[CLI_AMOUNT_MAX], memory[CLI_AMOUNT_MAX];
    if (!isnan(row->held_bits)) s->held = row->held_bits;
    const double left = row->fraction > 0 ? row->seconds * (1 / row->fraction - 1) / 60 : 0;
    if (s->live) {
        fputs(CLEAR, stderr);
        print_bar(row->fraction);
        fprintf(stderr, " %s left", cli_amount_time(rest, left));
    } else {
        fprintf(stderr, "%s: step %llu, %.1f %%", s->path, (unsigned long long)row->step,
                100 * row->fraction);
    }
    fprintf(stderr, "  %.3f bits/byte", row->train_bits);
    if (!isnan(s->held)) fprintf(stderr, ", held-out %.3f", s->held);
    fprintf(stderr, "  rate %.2g  %.0f bytes/s", row->rate, row->bytes_per_s);
    if (!isnan(row->share)) fprintf(stderr, " (%.0f %% of peak)", 100 * row->share);
    fprintf(stderr, "  %s", cli_amount_memory(memory, (double)row->resident));
    if (!s->live) fputc('\n', stderr);
    fflush(stderr);
}

static void clear(const screen *s) {
    if (s->live) fputs(CLEAR, stderr);
}

static void on_note(void *ctx, const char *text) {
    const screen *s = ctx;
    clear(s);
    cli_complain("%s: %s", s->path, text);
}

// The bytes of a model, with what could command a terminal shown as '?'.
static void on_sample(void *ctx, const char *prompt, const void *text, size_t bytes) {
    const screen *s = ctx;
    const unsigned char *p = text;
    clear(s);
    fprintf(stderr, "---- %s|", prompt);
    for (size_t i = 0; i < bytes; i++)
        fputc(p[i] == '\n' || (p[i] >= 32 && p[i] < 127) ? p[i] : '?', stderr);
    fputs("\n----\n", stderr);
}

static void on_left_out(void *ctx, const char *path, uint64_t line, const char *reason) {
    const screen *s = ctx;
    if (!s->verbose) return;
    if (line > 0)
        cli_complain("left out: %s:%llu: %s", path, (unsigned long long)line, reason);
    else
        cli_complain("left out: %s: %s", path, reason);
}

static int on_stop(void *ctx) {
    (void)ctx;
    return cli_interrupted();
}

// ---- the end ----

static void json_result(const axl_train_result *r, const char *out) {
    json j = {0};
    json_object(&j, NULL);
    json_text(&j, "out", out);
    train_plan_json(&j, &r->plan);
    json_size(&j, "steps", r->steps);
    json_size(&j, "bytes", r->bytes);
    json_size(&j, "skipped", r->skipped);
    json_number(&j, "seconds", r->seconds);
    json_number(&j, "train_bpb", r->train_bits);
    json_number(&j, "held_bpb", r->held_bits);
    json_end(&j);
}

static void print_result(const axl_train_result *r, const char *out) {
    char bytes[CLI_AMOUNT_MAX], time[CLI_AMOUNT_MAX];
    cli_print("%llu steps, %s of text (%.2f passes) in %s\n", (unsigned long long)r->steps,
              cli_amount_text(bytes, (double)r->bytes),
              (double)r->bytes / (double)r->plan.train_bytes,
              cli_amount_time(time, r->seconds / 60));
    if (!isnan(r->held_bits))
        cli_print("%.3f bits per byte of held-out text, at a quick look\n", r->held_bits);
    cli_print("the model is in %s\n", out);
}

int cmd_train(const arguments *args) {
    setup s;
    train_options given;
    const int code = cli_setup_begin(&s, args);
    if (code) return code;
    if (!train_options_gather(&given, &s, args)) return 2;
    if (args->dry_run) return train_plan_dry_run(&s, &given.options, args->json);
    screen shown = {.path = s.path,
                    .live = cli_terminal_stderr() && !args->verbose,
                    .verbose = args->verbose,
                    .held = (double)NAN};
    given.options.events =
        (axl_train_events){on_plan, on_row, on_note, on_sample, on_left_out, on_stop, &shown};
    axl_error err;
    axl_train_result result;
    const axl_status status = axl_train(&given.options, &result, &err);
    clear(&shown);
    if (status == AXL_INTERRUPTED)
        cli_complain("%s: %s", s.path, err.text);
    else if (status != AXL_OK)
        return cli_failed(s.path, status, &err);
    if (status == AXL_INTERRUPTED) return 130;
    if (args->json)
        json_result(&result, args->out);
    else
        print_result(&result, args->out);
    return 0;
}
