#include "train/compare_html.h"

#include "base/error.h"
#include "os/file.h"
#include "train/report_style.h"
#include "train/report_text.h"

#include <math.h>
#include <string.h>

// ---- the models ----

static void put_model(buf *out, const axl_compare_model *m) {
    buf_text(out, "<tr><td class=\"name\">");
    report_html_name(out, m->path);
    buf_text(out, "</td><td class=\"name\">");
    report_html_name(out, m->preset[0] ? m->preset : NULL);
    buf_text(out, "</td><td>");
    report_count(out, m->parameters);
    buf_text(out, "</td><td>");
    report_count(out, m->context);
    buf_text(out, "</td><td>");
    report_duration(out, m->seconds);
    buf_text(out, "</td><td>");
    report_amount(out, m->bytes);
    buf_text(out, "</td><td>");
    report_bits(out, m->bpb);
    buf_text(out, "</td><td>");
    report_bits(out, m->xz_bpb);
    buf_text(out, "</td></tr>\n");
}

static void put_models(buf *out, const axl_compare_model *models, size_t count) {
    buf_text(out,
             "<section>\n<h2>Models</h2>\n<p class=\"quiet\">Bits per byte are of each model's own "
             "held-out text: compare those of one text only.</p>\n"
             "<div class=\"wide\"><table class=\"list\">\n<tr><th>model</th>"
             "<th class=\"name\">preset</th><th>parameters</th><th>context</th><th>trained</th>"
             "<th>text seen</th><th>bits/byte</th><th>xz -9e</th></tr>\n");
    for (size_t i = 0; i < count; i++) put_model(out, &models[i]);
    buf_text(out, "</table></div>\n</section>\n");
}

// ---- tasks ----

#define PLOT 160 // width of 100 %

// Where a share stands; a file may say anything.
static int place(double share) {
    return 6 + (int)(PLOT * fmin(fmax(share, 0), 1));
}

// The figure as a dot, its interval as a line.
static void put_plot(buf *out, const axl_task_figure *f, const char *colour) {
    buf_format(out, "<svg style=\"width: %dpx; height: 14px\" role=\"img\">", PLOT + 12);
    if (isfinite(f->low) && isfinite(f->high))
        buf_format(out, "<line class=\"curve %s\" x1=\"%d\" x2=\"%d\" y1=\"7\" y2=\"7\"/>", colour,
                   place(f->low), place(f->high));
    if (isfinite(f->value))
        buf_format(out, "<circle class=\"dot %s\" cx=\"%d\" cy=\"7\" r=\"4\"/>", colour,
                   place(f->value));
    buf_text(out, "</svg>");
}

static void put_figure(buf *out, const axl_task_figure *f, const char *colour) {
    buf_text(out, "<td>");
    report_percent(out, f->value);
    buf_text(out, "</td><td>");
    if (isfinite(f->low)) buf_format(out, "%.1f to %.1f", 100 * f->low, 100 * f->high);
    buf_text(out, "</td><td>");
    put_plot(out, f, colour);
    buf_text(out, "</td>");
}

static void put_verdict(buf *out, const axl_compare_task *t) {
    if (t->baseline_count > 0 && t->beaten == t->baseline_count)
        buf_text(out, "beats every baseline");
    else
        buf_format(out, "beats %zu of %zu", t->beaten, t->baseline_count);
    if (t->unfit > 0)
        buf_format(out, "; %llu of %llu questions did not fit its context",
                   (unsigned long long)t->unfit, (unsigned long long)t->questions);
}

static const axl_compare_task *task_of(const axl_compare_model *m, const char *task) {
    for (size_t i = 0; i < m->task_count; i++)
        if (strcmp(m->task[i].task, task) == 0) return &m->task[i];
    return NULL;
}

// Baselines follow the model that they were measured beside, as two models may have been asked
// different questions.
static void put_rows(buf *out, const axl_compare_model *m, const axl_compare_task *t) {
    buf_text(out, "<tr><td class=\"name\"><b>");
    report_html_name(out, m->path);
    buf_text(out, "</b></td>");
    put_figure(out, &t->figure, "c-eval");
    buf_text(out, "<td class=\"name\">");
    put_verdict(out, t);
    buf_text(out, "</td></tr>\n");
    for (size_t i = 0; i < t->baseline_count; i++) {
        buf_text(out, "<tr><td class=\"name quiet\">");
        report_html_name(out, t->baseline[i].name);
        buf_text(out, "</td>");
        put_figure(out, &t->baseline[i].figure, "c-exit");
        buf_text(out, "<td></td></tr>\n");
    }
}

static void put_task(buf *out, const axl_compare_model *models, size_t count,
                     const axl_compare_task *first) {
    buf_text(out, "<section>\n<h2>Task ");
    report_html_name(out, first->task);
    buf_text(out, "</h2>\n<p class=\"quiet\">");
    report_html_name(out, first->figure_name);
    buf_text(out,
             ", with intervals of 95 %; below each model what needs no learning, on the same "
             "questions</p>\n<div class=\"wide\"><table class=\"list\">\n<tr><th>model</th>"
             "<th>figure</th><th>interval, %</th><th>0 to 100 %</th>"
             "<th class=\"name\">verdict</th></tr>\n");
    for (size_t i = 0; i < count; i++) {
        const axl_compare_task *t = task_of(&models[i], first->task);
        if (t) put_rows(out, &models[i], t);
    }
    buf_text(out, "</table></div>\n</section>\n");
}

// ---- all of it ----

void compare_html_render(buf *out, const axl_compare_model *models, size_t count) {
    buf_text(out,
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
             "<title>Models side by side</title>\n<style>\n");
    buf_text(out, report_style);
    buf_format(out,
               "</style>\n</head>\n<body>\n<main>\n<header>\n<h1>Models side by side</h1>\n"
               "<p class=\"quiet\">%zu models, from the results.json of each.</p>\n</header>\n",
               count);
    put_models(out, models, count);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < models[i].task_count; k++) {
            bool seen = false;
            for (size_t before = 0; before < i; before++)
                seen = seen || task_of(&models[before], models[i].task[k].task);
            if (!seen) put_task(out, models, count, &models[i].task[k]);
        }
    }
    buf_text(out, "</main>\n</body>\n</html>\n");
}

axl_status compare_html_write(const axl_compare_model *models, size_t count, const char *path,
                              axl_error *err) {
    buf page = {0};
    compare_html_render(&page, models, count);
    const axl_status status = buf_ok(&page) ? os_file_replace(path, page.data, page.size, err)
                                            : error_no_memory(err, "the page", page.size);
    buf_free(&page);
    return status;
}
