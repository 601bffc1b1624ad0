// The course of a training as a small plot of characters.
#ifndef CLI_TRAIN_CURVE_H
#define CLI_TRAIN_CURVE_H

#include <axl/train.h>

#define TRAIN_CURVE_COLUMNS 60
#define TRAIN_CURVE_LINES 9

// Means of the rows by their place in the run. All zero is an empty curve.
typedef struct train_curve {
    double trained[TRAIN_CURVE_COLUMNS], held[TRAIN_CURVE_COLUMNS]; // sums
    int trained_rows[TRAIN_CURVE_COLUMNS], held_rows[TRAIN_CURVE_COLUMNS];
    double seconds;
} train_curve;

void train_curve_add(train_curve *c, const axl_train_row *row);

// Line number i of the plot without a newline, from the top; false behind the last one. There is
// none while fewer than two columns have rows.
#define TRAIN_CURVE_TEXT (TRAIN_CURVE_COLUMNS + 24)
bool train_curve_line(const train_curve *c, size_t i, char out[TRAIN_CURVE_TEXT]);

#endif
