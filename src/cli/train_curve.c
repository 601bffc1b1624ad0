#include "cli/train_curve.h"

#include "cli/cli_amount.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void train_curve_add(train_curve *c, const axl_train_row *row) {
    double place = row->fraction * TRAIN_CURVE_COLUMNS;
    if (!(place >= 0)) return;
    const int column = place < TRAIN_CURVE_COLUMNS ? (int)place : TRAIN_CURVE_COLUMNS - 1;
    c->seconds = row->seconds;
    if (isfinite(row->train_bits)) {
        c->trained[column] += row->train_bits;
        c->trained_rows[column]++;
    }
    if (isfinite(row->held_bits)) {
        c->held[column] += row->held_bits;
        c->held_rows[column]++;
    }
}

static double mean(const double *sums, const int *rows, int column) {
    return rows[column] > 0 ? sums[column] / rows[column] : (double)NAN;
}

// The ends of what is shown; false when that is no curve yet.
static bool ends(const train_curve *c, double *low, double *high) {
    int columns = 0;
    *low = (double)INFINITY;
    *high = -(double)INFINITY;
    for (int i = 0; i < TRAIN_CURVE_COLUMNS; i++) {
        const double trained = mean(c->trained, c->trained_rows, i);
        const double held = mean(c->held, c->held_rows, i);
        columns += !isnan(trained);
        *low = fmin(*low, fmin(trained, held));
        *high = fmax(*high, fmax(trained, held));
    }
    return columns > 1;
}

// The line that a value is on, from the top; -1 for NAN.
static int line_of(double value, double low, double high) {
    if (isnan(value)) return -1;
    const double part = high > low ? (high - value) / (high - low) : 0;
    return (int)lround(part * (TRAIN_CURVE_LINES - 1));
}

static void plot_line(const train_curve *c, int line, double low, double high, char *out) {
    const double value = high - (high - low) * line / (TRAIN_CURVE_LINES - 1);
    int at = snprintf(out, TRAIN_CURVE_TEXT, "%6.2f |", value);
    for (int i = 0; i < TRAIN_CURVE_COLUMNS; i++) {
        const bool held = line_of(mean(c->held, c->held_rows, i), low, high) == line;
        const bool trained = line_of(mean(c->trained, c->trained_rows, i), low, high) == line;
        out[at++] = held ? 'o' : trained ? '*' : ' ';
    }
    while (out[at - 1] == ' ') at--;
    out[at] = '\0';
}

bool train_curve_line(const train_curve *c, size_t i, char out[TRAIN_CURVE_TEXT]) {
    double low, high;
    char time[CLI_AMOUNT_MAX];
    if (!ends(c, &low, &high)) return false;
    if (i < TRAIN_CURVE_LINES) {
        plot_line(c, (int)i, low, high, out);
        return true;
    }
    if (i == TRAIN_CURVE_LINES) {
        memset(out, '-', TRAIN_CURVE_TEXT);
        memcpy(out, "       +", 8);
        out[8 + TRAIN_CURVE_COLUMNS] = '\0';
        return true;
    }
    snprintf(out, TRAIN_CURVE_TEXT, "        bits per byte over %s: * trained on, o held out",
             cli_amount_duration(time, c->seconds));
    return i == TRAIN_CURVE_LINES + 1;
}
