// Curves of a run as inline SVG, drawn from its rows. The colours are classes of the page.
#ifndef TRAIN_REPORT_SVG_H
#define TRAIN_REPORT_SVG_H

#include "base/buf.h"
#include "train/metrics.h"

// What the numbers of an axis are.
typedef enum chart_unit { CHART_PLAIN, CHART_BYTES, CHART_SECONDS } chart_unit;

typedef struct chart_line {
    const char *label;
    const char *style; // class of its colour
    const char *column;
    bool marks; // few points that were measured each by itself: a dot at each one
} chart_line;

// A horizontal line: a figure to compare with. NAN: not drawn.
typedef struct chart_level {
    const char *label;
    const char *style;
    double y;
} chart_level;

#define CHART_LINES 3
#define CHART_LEVELS 2

typedef struct chart {
    const char *title;
    const char *x_column, *x_label;
    chart_unit x_unit, y_unit;
    bool from_zero; // the axis of y starts at 0, and no point is left out above
    chart_line lines[CHART_LINES];
    size_t line_count;
    chart_level levels[CHART_LEVELS];
    size_t level_count;
    const train_row *rows;
    size_t row_count;
} chart;

// Appends a <figure> with title, legend and curves; of lines without a point nothing. Long runs are
// thinned to a few hundred points a line: means, and of lines with marks the last of each stretch.
// Unless from_zero, y ends at the highest point after the first twentieth of the run, so that the
// start, where every model is bad, does not flatten the rest.
void report_chart(buf *out, const chart *c);

#endif
