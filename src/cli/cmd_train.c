// axl train: the options of a training, its live line, and its end.
#include "cli/cli_amount.h"
#include "cli/cli_interrupt.h"
#include "cli/cli_output.h"
#include "cli/cli_terminal.h"
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

// The limits of a run as settings, behind the ones that --set gives.
#define LIMITS 6
typedef struct limits {
    char text[LIMITS][64]; // [texts]
    size_t texts;
    const char *list[CLI_LIST_MAX + LIMITS]; // [count]
    size_t count;
} limits;

static void add_limit(limits *l, const char *name, const char *value) {
    char *text = l->text[l->texts++];
    snprintf(text, sizeof l->text[0], "%s=%.40s", name, value);
    l->list[l->count++] = text;
}

static void add_count(limits *l, const char *name, size_t value) {
    char text[24];
    if (value == 0) return;
    snprintf(text, sizeof text, "%zu", value);
    add_limit(l, name, text);
}

static void add_real(limits *l, const char *name, double value) {
    char text[40];
    if (!(value > 0)) return;
    snprintf(text, sizeof text, "%.17g", value);
    add_limit(l, name, text);
}

static void gather(limits *l, const arguments *args) {
    l->texts = l->count = 0;
    for (size_t i = 0; i < args->set.count; i++) l->list[l->count++] = args->set.item[i];
    add_real(l, "minutes", args->minutes);
    add_count(l, "steps", args->steps);
    add_count(l, "bytes", args->bytes);
    add_count(l, "seed", args->seed);
    if (args->optimizer) add_limit(l, "optimizer", args->optimizer);
    if (args->dtype) add_limit(l, "dtype", args->dtype);
}

// --data and the words behind it.
#define PATHS 1024
typedef struct path_list {
    size_t count;
    const char *item[PATHS];
} path_list;

static bool gather_paths(path_list *l, const arguments *args) {
    l->count = args->data_list.count + args->word_count;
    if (l->count > PATHS) {
        cli_complain("axl train: %zu paths are too many: name folders or patterns", l->count);
        return false;
    }
    for (size_t i = 0; i < l->count; i++)
        l->item[i] = i < args->data_list.count ? args->data_list.item[i]
                                               : args->words[i - args->data_list.count];
    return true;
}

static int train(const arguments *args, const path_list *data) {
    setup s;
    limits l;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    gather(&l, args);
    screen shown = {.path = s.path,
                    .live = cli_terminal_stderr() && !args->verbose,
                    .verbose = args->verbose,
                    .held = (double)NAN};
    const axl_train_options options = {
        .out = args->out,
        .data = data->item,
        .data_count = data->count,
        .val = args->val.item,
        .val_count = args->val.count,
        .preset = args->preset,
        .config = args->config,
        .set = l.list,
        .set_count = l.count,
        .resume = args->resume,
        .quick = args->quick,
        .prompt = args->prompt,
        .fields = args->field,
        .max_ram = args->max_ram,
        .level = s.level,
        .threads = args->threads,
        .events = {on_plan, on_row, on_note, on_sample, on_left_out, on_stop, &shown}};
    if (args->dry_run) return train_plan_dry_run(&s, &options, args->json);
    axl_error err;
    axl_train_result result;
    const axl_status status = axl_train(&options, &result, &err);
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

int cmd_train(const arguments *args) {
    path_list data;
    return gather_paths(&data, args) ? train(args, &data) : 2;
}
