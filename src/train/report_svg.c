#include "train/report_svg.h"

#include "base/decimal.h"
#include "train/report_text.h"

#include <math.h>
#include <string.h>

// The drawing in its own units; the page scales it.
#define WIDTH 720.0
#define HEIGHT 320.0
#define LEFT 78.0
#define RIGHT 34.0
#define TOP 8.0
#define BOTTOM 56.0

#define POINTS_MAX 300 // of a line
#define MARKS_MAX 150  // of one with marks: a dot takes 90 bytes
#define TICKS_WANTED 6
#define START_SHARE 0.05 // of x, whose y does not count for the height

typedef struct axis {
    double low, high; // of the data
    double scale;     // data of one unit that is shown
    const char *unit; // "MB"
    double step;      // between ticks, in data
} axis;

typedef struct plot {
    const chart *c;
    const train_column *x;
    const train_column *y[CHART_LINES];
    bool drawn[CHART_LINES]; // has a point
    axis ax, ay;
} plot;

static const train_column *find_column(const char *name) {
    for (size_t i = 0; i < TRAIN_COLUMNS; i++) {
        if (strcmp(train_columns[i].name, name) == 0) return &train_columns[i];
    }
    return NULL;
}

// The point of line i in a row; false where it has none.
static bool point_at(const plot *p, size_t i, size_t row, double *x, double *y) {
    *x = train_row_real(&p->c->rows[row], p->x);
    *y = train_row_real(&p->c->rows[row], p->y[i]);
    return isfinite(*x) && isfinite(*y);
}

static void widen(axis *a, double value) {
    a->low = fmin(a->low, value);
    a->high = fmax(a->high, value);
}

// Finds which lines have points, and the range of x.
static void look_for_points(plot *p) {
    for (size_t i = 0; i < p->c->line_count; i++) {
        for (size_t row = 0; row < p->c->row_count; row++) {
            double x, y;
            if (!point_at(p, i, row, &x, &y)) continue;
            p->drawn[i] = true;
            widen(&p->ax, x);
        }
    }
}

static void find_heights(plot *p, double from) {
    for (size_t i = 0; i < p->c->line_count; i++) {
        for (size_t row = 0; row < p->c->row_count; row++) {
            double x, y;
            if (point_at(p, i, row, &x, &y) && x >= from) widen(&p->ay, y);
        }
    }
}

static double nice_step(double range) {
    const double raw = range / TICKS_WANTED;
    const double power = pow(10, floor(log10(raw)));
    const double digit = raw / power;
    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

// The unit that suits the largest value, and ticks at round numbers of it.
static void choose_unit(axis *a, chart_unit unit) {
    a->scale = 1;
    a->unit = "";
    if (unit == CHART_BYTES) {
        static const char *const names[] = {"B", "kB", "MB", "GB", "TB"};
        size_t i = 0;
        for (; i < 4 && a->high / a->scale >= 2000; i++) a->scale *= 1000;
        a->unit = names[i];
    } else if (unit == CHART_SECONDS) {
        a->scale = a->high < 180 ? 1 : a->high < 10800 ? 60 : 3600;
        a->unit = a->high < 180 ? "s" : a->high < 10800 ? "min" : "h";
    }
    a->step = nice_step((a->high - a->low) / a->scale) * a->scale;
}

// Gives an axis that has one value, or none, some width.
static void ensure_range(axis *a) {
    if (!(a->low <= a->high)) *a = (axis){.low = 0, .high = 1};
    if (a->high - a->low < 1e-9 * fabs(a->high) || a->high == a->low) {
        const double half = a->high == 0 ? 0.5 : fabs(a->high) / 4;
        a->low -= half;
        a->high += half;
    }
}

static void choose_axes(plot *p) {
    const chart *c = p->c;
    p->ax.low = 0;
    ensure_range(&p->ax);
    find_heights(p, c->from_zero ? -INFINITY : START_SHARE * p->ax.high);
    if (!(p->ay.low <= p->ay.high)) find_heights(p, -INFINITY);
    for (size_t i = 0; i < c->level_count; i++) {
        if (isfinite(c->levels[i].y)) widen(&p->ay, c->levels[i].y);
    }
    if (c->from_zero) p->ay.low = 0;
    ensure_range(&p->ay);
    const double pad = 0.06 * (p->ay.high - p->ay.low);
    p->ay.high += pad;
    if (!c->from_zero) p->ay.low -= pad;
    choose_unit(&p->ax, c->x_unit);
    choose_unit(&p->ay, c->y_unit);
}

static double place_x(const plot *p, double x) {
    return LEFT + (x - p->ax.low) / (p->ax.high - p->ax.low) * (WIDTH - LEFT - RIGHT);
}

// Points far outside are drawn just outside; the clip hides them.
static double place_y(const plot *p, double y) {
    const double share = (y - p->ay.low) / (p->ay.high - p->ay.low);
    return HEIGHT - BOTTOM - fmin(fmax(share, -0.5), 1.5) * (HEIGHT - TOP - BOTTOM);
}

static void put(buf *out, double value) {
    decimal_put_places(out, value, 1);
}

static void put_attribute(buf *out, const char *name, double value) {
    buf_format(out, " %s=\"", name);
    put(out, value);
    buf_byte(out, '"');
}

static void put_line(buf *out, const char *style, const double ends[4]) {
    static const char *const names[4] = {"x1", "y1", "x2", "y2"};
    buf_format(out, "<line class=\"%s\"", style);
    for (size_t i = 0; i < 4; i++) put_attribute(out, names[i], ends[i]);
    buf_text(out, "/>\n");
}

// The number of a tick, with as many places as the step between ticks needs.
static void put_tick_text(buf *out, const axis *a, double value) {
    const double step = a->step / a->scale;
    const int places = step >= 1 ? 0 : (int)ceil(-log10(step) - 1e-9);
    decimal_put_places(out, value / a->scale, places);
    if (*a->unit != '\0') buf_format(out, " %s", a->unit);
}

static void put_ticks(buf *out, const plot *p, bool horizontal) {
    const axis *a = horizontal ? &p->ax : &p->ay;
    const double first = ceil(a->low / a->step - 1e-9) + 0.0; // never -0
    for (double n = first; n * a->step <= a->high + 1e-9 * a->step; n++) {
        const double value = n * a->step;
        if (horizontal) {
            const double x = place_x(p, value);
            put_line(out, "grid", (double[4]){x, TOP, x, HEIGHT - BOTTOM});
            buf_text(out, "<text class=\"tick\" text-anchor=\"middle\"");
            put_attribute(out, "x", x);
            put_attribute(out, "y", HEIGHT - BOTTOM + 24);
        } else {
            const double y = place_y(p, value);
            put_line(out, "grid", (double[4]){LEFT, y, WIDTH - RIGHT, y});
            buf_text(out, "<text class=\"tick\" text-anchor=\"end\"");
            put_attribute(out, "x", LEFT - 7);
            put_attribute(out, "y", y + 6);
        }
        buf_byte(out, '>');
        put_tick_text(out, a, value);
        buf_text(out, "</text>\n");
    }
}

// Points of a line, gathered by stretches of x. Stretch -1 is none.
typedef struct stretch {
    double number, x, y, count; // sums, or the last point of a line with marks
} stretch;

static void put_point(buf *out, const plot *p, const stretch *s, bool *started) {
    if (s->count == 0) return;
    buf_byte(out, *started ? 'L' : 'M');
    put(out, place_x(p, s->x / s->count));
    buf_byte(out, ' ');
    put(out, place_y(p, s->y / s->count));
    *started = true;
}

static void put_dot(buf *out, const plot *p, const stretch *s, const chart_line *line) {
    if (s->count == 0) return;
    buf_format(out, "<circle class=\"dot %s\" r=\"3.2\"", line->style);
    put_attribute(out, "cx", place_x(p, s->x / s->count));
    put_attribute(out, "cy", place_y(p, s->y / s->count));
    buf_format(out, "><title>%s: ", line->label);
    report_places(out, s->y / s->count, 3);
    buf_text(out, "</title></circle>\n");
}

// Goes over the points of line i once; dots or the path.
static void put_points(buf *out, const plot *p, size_t i, bool dots) {
    const chart_line *line = &p->c->lines[i];
    const double width = (p->ax.high - p->ax.low) / (line->marks ? MARKS_MAX : POINTS_MAX);
    stretch s = {.number = -1};
    bool started = false;
    for (size_t row = 0; row < p->c->row_count; row++) {
        double x, y;
        if (!point_at(p, i, row, &x, &y)) continue;
        const double number = floor((x - p->ax.low) / width);
        if (number != s.number) {
            if (dots)
                put_dot(out, p, &s, line);
            else
                put_point(out, p, &s, &started);
            s = (stretch){.number = number};
        }
        if (line->marks)
            s = (stretch){number, x, y, 1};
        else
            s = (stretch){number, s.x + x, s.y + y, s.count + 1};
    }
    if (dots)
        put_dot(out, p, &s, line);
    else
        put_point(out, p, &s, &started);
}

static void put_curves(buf *out, const plot *p) {
    const chart *c = p->c;
    for (size_t i = 0; i < c->level_count; i++) {
        if (!isfinite(c->levels[i].y)) continue;
        const double y = place_y(p, c->levels[i].y);
        put_line(out, c->levels[i].style, (double[4]){LEFT, y, WIDTH - RIGHT, y});
    }
    for (size_t i = 0; i < c->line_count; i++) {
        if (!p->drawn[i]) continue;
        buf_format(out, "<path class=\"curve %s\" d=\"", c->lines[i].style);
        put_points(out, p, i, false);
        buf_text(out, "\"/>\n");
        if (c->lines[i].marks) put_points(out, p, i, true);
    }
}

static void put_legend(buf *out, const plot *p) {
    const chart *c = p->c;
    buf_format(out, "<figcaption><b>%s</b>", c->title);
    for (size_t i = 0; i < c->line_count; i++) {
        if (!p->drawn[i] || c->line_count + c->level_count == 1) continue;
        buf_format(out, " <span class=\"key %s\">%s</span>", c->lines[i].style, c->lines[i].label);
    }
    for (size_t i = 0; i < c->level_count; i++) {
        if (!isfinite(c->levels[i].y)) continue;
        buf_format(out, " <span class=\"key %s\">%s ", c->levels[i].style, c->levels[i].label);
        report_places(out, c->levels[i].y, 3);
        buf_text(out, "</span>");
    }
    buf_text(out, "</figcaption>\n");
}

// The frame of the drawing. An inner svg clips what it holds, so no clip path needs a name.
static void put_drawing(buf *out, const plot *p) {
    buf_format(out, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"%s\">\n", WIDTH,
               HEIGHT, p->c->title);
    put_ticks(out, p, true);
    put_ticks(out, p, false);
    put_line(out, "axis", (double[4]){LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM});
    put_line(out, "axis", (double[4]){LEFT, TOP, LEFT, HEIGHT - BOTTOM});
    buf_text(out, "<text class=\"label\" text-anchor=\"middle\"");
    put_attribute(out, "x", (LEFT + WIDTH - RIGHT) / 2);
    put_attribute(out, "y", HEIGHT - 6);
    buf_format(out, ">%s</text>\n", p->c->x_label);
    const double w = WIDTH - RIGHT - LEFT + 4, h = HEIGHT - BOTTOM - TOP;
    buf_format(out, "<svg x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\"", LEFT, TOP, w, h);
    buf_format(out, " viewBox=\"%.0f %.0f %.0f %.0f\">\n", LEFT, TOP, w, h);
    put_curves(out, p);
    buf_text(out, "</svg>\n</svg>\n");
}

void report_chart(buf *out, const chart *c) {
    const axis empty = {.low = INFINITY, .high = -INFINITY};
    plot p = {.c = c, .x = find_column(c->x_column), .ax = empty, .ay = empty};
    bool any = false;
    for (size_t i = 0; i < c->line_count; i++) p.y[i] = find_column(c->lines[i].column);
    look_for_points(&p);
    for (size_t i = 0; i < c->line_count; i++) any = any || p.drawn[i];
    if (any) choose_axes(&p);
    buf_text(out, "<figure>\n");
    put_legend(out, &p);
    if (any)
        put_drawing(out, &p);
    else
        buf_text(out, "<p>Nothing was measured.</p>\n");
    buf_text(out, "</figure>\n");
}
