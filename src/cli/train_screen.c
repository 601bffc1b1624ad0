#include "cli/train_screen.h"

#include "cli/cli_amount.h"
#include "cli/cli_interrupt.h"
#include "cli/cli_output.h"
#include "cli/cli_terminal.h"
#include "cli/train_plan_text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CLEAR "\r\033[K"
#define BAR_MOST 20 // columns inside of the brackets
#define BAR_LEAST 4 // below, there is no bar

// ---- the line ----

// A line that grows; what does not fit any more is cut.
static void add(char out[TRAIN_SCREEN_LINE], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void add(char out[TRAIN_SCREEN_LINE], const char *fmt, ...) {
    const size_t length = strlen(out);
    va_list list;
    va_start(list, fmt);
    vsnprintf(out + length, TRAIN_SCREEN_LINE - length, fmt, list);
    va_end(list);
}

// What is given up, one after the other, where the terminal is narrow.
typedef enum narrow {
    NARROW_NOTHING,
    NARROW_RATE,
    NARROW_WORDS, // shorter ones
    NARROW_SHARE,
    NARROW_MEMORY,
    NARROW_SPEED,
    NARROW_LEVELS
} narrow;

// What is known beside the row.
typedef struct outlook {
    double held, seconds; // NAN: no look yet; left
} outlook;

static void put_text(char out[TRAIN_SCREEN_LINE], const axl_train_row *row, const outlook *o,
                     narrow n) {
    const bool words = n < NARROW_WORDS;
    char rest[CLI_AMOUNT_MAX], speed[CLI_AMOUNT_MAX], memory[CLI_AMOUNT_MAX];
    out[0] = '\0';
    add(out, "  %s left", cli_amount_duration(rest, o->seconds));
    add(out, "  %.3f bits%s", row->train_bits, words ? "/byte" : "");
    if (!isnan(o->held)) add(out, ", held%s %.3f", words ? "-out" : "", o->held);
    if (n < NARROW_RATE) add(out, "  rate %.2g", row->rate);
    if (n < NARROW_SPEED) add(out, "  %s/s", cli_amount_text(speed, row->bytes_per_s));
    if (n < NARROW_SHARE && !isnan(row->share))
        add(out, " (%.0f %%%s)", 100 * row->share, words ? " of peak" : "");
    if (n < NARROW_MEMORY) add(out, "  %s", cli_amount_memory(memory, (double)row->resident));
}

// Puts the bar before the text, as long as there is room for.
static void put_bar(char out[TRAIN_SCREEN_LINE], double fraction, const char *text, size_t width) {
    const size_t length = strlen(text);
    const size_t left = width > length + 2 ? width - length - 2 : 0;
    const size_t cells = left < BAR_LEAST ? 0 : left < BAR_MOST ? left : BAR_MOST;
    out[0] = '\0';
    if (cells > 0) {
        add(out, "[");
        for (size_t i = 0; i < cells; i++)
            add(out, (double)i < fraction * (double)cells ? "#" : ".");
        add(out, "]");
    }
    add(out, "%s", text);
    if (strlen(out) > width) out[width] = '\0';
}

const char *train_screen_line(char out[TRAIN_SCREEN_LINE], const axl_train_row *row, double held,
                              double left, size_t width) {
    char text[TRAIN_SCREEN_LINE], details[TRAIN_SCREEN_LINE];
    const outlook o = {held, left};
    if (width >= TRAIN_SCREEN_LINE) width = TRAIN_SCREEN_LINE - 1;
    for (int n = NARROW_NOTHING; n < NARROW_LEVELS; n++) {
        put_text(details, row, &o, (narrow)n);
        snprintf(text, sizeof text, " %3.0f %%%.200s", 100 * row->fraction, details);
        if (strlen(text) + 2 + BAR_LEAST <= width) break;
    }
    put_bar(out, row->fraction, text, width);
    return out;
}

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
    char line[TRAIN_SCREEN_LINE];
    if (!isnan(row->held_bits)) s->held = row->held_bits;
    const outlook o = {s->held, seconds_left(s, row)};
    if (s->live) {
        // The last column stays free: some terminals wrap when it is written.
        train_screen_line(line, row, o.held, o.seconds, cli_terminal_width() - 1);
        fprintf(stderr, CLEAR "%s", line);
    } else {
        put_text(line, row, &o, NARROW_NOTHING);
        fprintf(stderr, "%s: step %llu, %.1f %%%s\n", s->path, (unsigned long long)row->step,
                100 * row->fraction, line);
    }
    fflush(stderr);
}

void train_screen_end(const train_screen *s) {
    if (s->live) fputs(CLEAR, stderr);
}

static void on_plan(void *ctx, const axl_train_plan *plan) {
    const train_screen *s = ctx;
    train_plan_warn(s->path, plan);
}

static void on_note(void *ctx, const char *text) {
    const train_screen *s = ctx;
    train_screen_end(s);
    cli_complain("%s: %s", s->path, text);
}

// The bytes of a model, with what could command a terminal shown as '?'.
static void print_plain(const void *text, size_t bytes) {
    const unsigned char *p = text;
    for (size_t i = 0; i < bytes; i++)
        fputc(p[i] == '\n' || (p[i] >= 32 && p[i] < 127) ? p[i] : '?', stderr);
}

static void on_sample(void *ctx, const char *prompt, const void *text, size_t bytes) {
    train_screen_end(ctx);
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
    char line[TRAIN_SCREEN_LINE], text[TRAIN_SCREEN_LINE] = "", a[CLI_AMOUNT_MAX],
                                  b[CLI_AMOUNT_MAX];
    const double fraction = total > 0 ? (double)done / (double)total : 1;
    const int permille = (int)(1000 * fraction);
    if (!s->live || permille == s->shown) return;
    s->shown = permille;
    add(text, " %3.0f %%  %s of %s %s", 100 * fraction, cli_amount_exact(a, done),
        cli_amount_exact(b, total), what);
    put_bar(line, fraction, text, cli_terminal_width() - 1);
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
