// axl lr-find: the curve of the loss over a rising learning rate, and the rate to take.
#include "cli/cli_amount.h"
#include "cli/cli_interrupt.h"
#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/train_options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LINES 24 // of the curve
#define BAR 40

static int on_step(void *ctx, size_t done, size_t total) {
    setup *s = ctx;
    return cli_progress_step(&s->progress, "rising rate", done, total);
}

static int on_stop(void *ctx) {
    (void)ctx;
    return cli_interrupted();
}

// ---- results ----

static void print_json(const axl_lr_result *r) {
    json j = {0};
    json_open(&j, NULL);
    json_text(&j, "preset", r->preset);
    json_text(&j, "optimizer", r->optimizer);
    json_size(&j, "params", r->params);
    json_size(&j, "batch", r->batch);
    json_size(&j, "length", r->length);
    json_positive(&j, "proposed", r->proposed);
    json_number(&j, "standard", r->standard);
    json_positive(&j, "lowest", r->lowest);
    json_bool(&j, "diverged", r->diverged);
    json_open_list(&j, "rows");
    for (size_t i = 0; i < r->count; i++) {
        json_flat_object(&j, NULL);
        json_number(&j, "rate", r->row[i].rate);
        json_number(&j, "bits", r->row[i].bits);
        json_number(&j, "smooth", r->row[i].smooth);
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

// A line for a part of the steps: the smoothed loss at its end, as a bar between the ends of all.
static void print_curve(const axl_lr_result *r) {
    double low = r->row[0].smooth, high = low;
    for (size_t i = 1; i < r->count; i++) {
        low = fmin(low, r->row[i].smooth);
        high = fmax(high, r->row[i].smooth);
    }
    const size_t lines = r->count < LINES ? r->count : LINES;
    cli_print_bold("%9s  %9s\n", "RATE", "BITS/BYTE");
    for (size_t i = 1; i <= lines; i++) {
        const axl_lr_row *row = &r->row[i * r->count / lines - 1];
        char bar[BAR + 2] = "";
        const double part = high > low ? (row->smooth - low) / (high - low) : 0;
        const int length = 1 + (int)(part * BAR);
        for (int k = 0; k < length && k <= BAR; k++) bar[k] = '#';
        cli_print("%9.2e  %9.3f  %s\n", row->rate, row->smooth, bar);
    }
}

static void print_table(const axl_lr_result *r) {
    char params[CLI_AMOUNT_MAX];
    cli_print("%s, %s parameters, %s; %zu steps of %zu x %zu bytes\n\n", r->preset,
              cli_amount_exact(params, r->params), r->optimizer, r->count, r->batch, r->length);
    if (r->count > 0) print_curve(r);
    if (r->proposed > 0)
        cli_print(
            "\nproposed: --set rate=%.2g (the standard one is %.2g; the loss is lowest at "
            "%.2g)\n",
            r->proposed, r->standard, r->lowest);
    else
        cli_print("\nno rate can be proposed: the loss %s; the standard one is %.2g\n",
                  r->diverged ? "never fell" : "did not fall and rise again; take more steps",
                  r->standard);
}

int cmd_lr_find(const arguments *args) {
    setup s;
    train_options given;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    if (!train_options_gather(&given, &s, args)) return 2;
    // Text that must be decoded goes to a nameless file beside this name.
    char beside[1024];
    const char *folder = getenv("TMPDIR");
    snprintf(beside, sizeof beside, "%s/axl-lr-find", folder && *folder ? folder : "/tmp");
    given.options.out = beside;
    given.options.events = (axl_train_events){.stop = on_stop, .ctx = &s};
    const axl_lr_options options = {.train = given.options,
                                    .steps = args->trial_steps,
                                    .from = args->from,
                                    .to = args->to,
                                    .step = on_step};
    axl_error err;
    axl_lr_result result;
    code = cli_setup_end(&s, axl_lr_find(&options, &result, &err), &err);
    if (code == 0 && args->json)
        print_json(&result);
    else if (code == 0)
        print_table(&result);
    return code;
}
