#include "cli/train_line.h"

#include "cli/cli_amount.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BAR_MOST 20 // columns inside of the brackets
#define BAR_LEAST 4 // below, there is no bar

// A line that grows; what does not fit any more is cut.
static void add(char out[TRAIN_LINE], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(char out[TRAIN_LINE], const char *fmt, ...) {
    const size_t length = strlen(out);
    va_list list;
    va_start(list, fmt);
    vsnprintf(out + length, TRAIN_LINE - length, fmt, list);
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

static void put_text(char out[TRAIN_LINE], const axl_train_row *row, const train_outlook *o,
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

const char *train_line_bar(char out[TRAIN_LINE], double fraction, const char *text, size_t width) {
    if (width >= TRAIN_LINE) width = TRAIN_LINE - 1;
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
    return out;
}

const char *train_line_details(char out[TRAIN_LINE], const axl_train_row *row,
                               const train_outlook *o) {
    put_text(out, row, o, NARROW_NOTHING);
    return out;
}

const char *train_line_row(char out[TRAIN_LINE], const axl_train_row *row, const train_outlook *o,
                           size_t width) {
    char text[TRAIN_LINE], details[TRAIN_LINE];
    for (int n = NARROW_NOTHING; n < NARROW_LEVELS; n++) {
        put_text(details, row, o, (narrow)n);
        snprintf(text, sizeof text, " %3.0f %%%.200s", 100 * row->fraction, details);
        if (strlen(text) + 2 + BAR_LEAST <= width) break;
    }
    return train_line_bar(out, row->fraction, text, width);
}
