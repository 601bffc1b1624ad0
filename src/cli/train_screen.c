#include "cli/train_screen.h"

#include "cli/cli_amount.h"
#include "cli/cli_interrupt.h"
#include "cli/cli_output.h"
#include "cli/cli_terminal.h"
#include "cli/train_line.h"
#include "cli/train_plan_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CLEAR "\r\033[K"
#define PLAIN_SECONDS 5 // between plain lines, but for those with a look at held-out text

// ---- events ----

// By the pace of this session: the machine of an earlier one may have been another.
static double seconds_left(train_screen *s, const axl_train_row *row) {
    double seconds = row->seconds, fraction = row->fraction;
    if (!s->begun) {
        s->begun = true;
        s->seconds = seconds;
        s->fraction = fraction;
    } else if (fraction > s->fraction) {
        seconds -= s->seconds;
        fraction -= s->fraction;
    }
    return fraction > 0 ? seconds / fraction * (1 - row->fraction) : 0;
}

static void on_row(void *ctx, const axl_train_row *row) {
    train_screen *s = ctx;
    char line[TRAIN_LINE];
    if (!isnan(row->held_bits)) s->held = row->held_bits;
    train_curve_add(&s->curve, row);
    const train_outlook o = {s->held, seconds_left(s, row)};
    if (s->live) {
        // The last column stays free: some terminals wrap when it is written.
        train_line_row(line, row, &o, cli_terminal_width() - 1);
        fprintf(stderr, CLEAR "%s", line);
    } else if (s->verbose || !isnan(row->held_bits) || row->seconds - s->printed >= PLAIN_SECONDS) {
        s->printed = row->seconds;
        train_line_details(line, row, &o);
        fprintf(stderr, "%s: step %llu, %.1f %%%s\n", s->path, (unsigned long long)row->step,
                100 * row->fraction, line);
    }
    fflush(stderr);
}

void train_screen_clear(const train_screen *s) {
    if (s->live) fputs(CLEAR, stderr);
}

void train_screen_end(const train_screen *s) {
    char line[TRAIN_CURVE_TEXT];
    train_screen_clear(s);
    for (size_t i = 0; s->live && train_curve_line(&s->curve, i, line); i++)
        fprintf(stderr, "%s\n", line);
}

// Until the first row there is a bar that says that it has begun.
static void on_plan(void *ctx, const axl_train_plan *plan) {
    const train_screen *s = ctx;
    char line[TRAIN_LINE];
    train_plan_warn(s->path, plan);
    if (!s->live) return;
    train_line_bar(line, 0, "   0 %  begins", cli_terminal_width() - 1);
    fputs(line, stderr);
    fflush(stderr);
}

static void on_note(void *ctx, const char *text) {
    const train_screen *s = ctx;
    train_screen_clear(s);
    cli_complain("%s: %s", s->path, text);
}

// The bytes of a model, with what could command a terminal shown as '?'.
static void print_plain(const void *text, size_t bytes) {
    const unsigned char *p = text;
    for (size_t i = 0; i < bytes; i++)
        fputc(p[i] == '\n' || (p[i] >= 32 && p[i] < 127) ? p[i] : '?', stderr);
}

static void on_sample(void *ctx, const char *prompt, const void *text, size_t bytes) {
    train_screen_clear(ctx);
    fputs("---- ", stderr);
    print_plain(prompt, strlen(prompt));
    fputc('|', stderr);
    print_plain(text, bytes);
    fputs("\n----\n", stderr);
}

static void on_left_out(void *ctx, const char *path, uint64_t line, const char *reason) {
    const train_screen *s = ctx;
    if (!s->verbose) return;
    if (line > 0)
        cli_complain("left out: %s:%llu: %s", path, (unsigned long long)line, reason);
    else
        cli_complain("left out: %s: %s", path, reason);
}

static void on_evaluation(void *ctx, const char *what, uint64_t done, uint64_t total) {
    train_screen *s = ctx;
    char line[TRAIN_LINE], text[TRAIN_LINE], a[CLI_AMOUNT_MAX], b[CLI_AMOUNT_MAX];
    const double fraction = total > 0 ? (double)done / (double)total : 1;
    const int permille = (int)(1000 * fraction);
    if (!s->live || permille == s->shown) return;
    s->shown = permille;
    snprintf(text, sizeof text, " %3.0f %%  %s of %s %.99s", 100 * fraction,
             cli_amount_exact(a, done), cli_amount_exact(b, total), what);
    train_line_bar(line, fraction, text, cli_terminal_width() - 1);
    fprintf(stderr, CLEAR "%s", line);
    fflush(stderr);
}

static int on_stop(void *ctx) {
    (void)ctx;
    return cli_interrupted();
}

train_screen train_screen_begin(const char *path, bool verbose) {
    return (train_screen){.path = path,
                          .live = cli_terminal_stderr() && !verbose,
                          .verbose = verbose,
                          .held = (double)NAN,
                          .printed = -PLAIN_SECONDS,
                          .shown = -1};
}

axl_train_events train_screen_events(train_screen *s) {
    return (axl_train_events){.plan = on_plan,
                              .row = on_row,
                              .note = on_note,
                              .sample = on_sample,
                              .left_out = on_left_out,
                              .evaluation = on_evaluation,
                              .stop = on_stop,
                              .ctx = s};
}
