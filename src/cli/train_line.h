// The lines that tell how far a training is.
#ifndef CLI_TRAIN_LINE_H
#define CLI_TRAIN_LINE_H

#include <axl/train.h>

#define TRAIN_LINE 256 // room for any of them

// What is known beside the row.
typedef struct train_outlook {
    double held;    // bits of the last look at held-out text; NAN: none yet
    double seconds; // left
} train_outlook;

// A bar, how much is done and the details of the row, in at most `width` columns: details give way
// to a narrow terminal. Writes out and returns it, as all do.
const char *train_line_row(char out[TRAIN_LINE], const axl_train_row *row, const train_outlook *o,
                           size_t width);

// The details alone, all of them, behind two blanks.
const char *train_line_details(char out[TRAIN_LINE], const axl_train_row *row,
                               const train_outlook *o);

// A bar before the text, as long as there is room for, in at most `width` columns.
const char *train_line_bar(char out[TRAIN_LINE], double fraction, const char *text, size_t width);

#endif
