#include "api/eval_code_card.h"

#include "base/json_out.h"
#include "base/strings.h"

#include <math.h>

static bool infills(const axl_eval_code_options *o) {
    return o->benchmark >= AXL_BENCHMARK_SINGLE_LINE;
}

void eval_code_name(char out[EVAL_CODE_NAME_MAX], const axl_eval_code_options *o) {
    char *at = out;
    size_t room = EVAL_CODE_NAME_MAX;
    const size_t size = string_format(at, room, NULL, "%s", axl_benchmark_name(o->benchmark));
    for (size_t i = 0; i < size; i++)
        if (out[i] == ' ' || out[i] == '-') out[i] = '_';
    if (o->benchmark != AXL_BENCHMARK_MBPP) return;
    at += size;
    room -= size;
    if (o->shots > 0) {
        const size_t more = string_format(at, room, NULL, "_%zu_shot", o->shots);
        at += more;
        room -= more;
    }
    if (o->all) string_copy(at, room, "_all");
}

static void put_share(buf *out, axl_share s) {
    if (isnan(s.value))
        buf_text(out, " - |");
    else
        buf_format(out, " %.1f %% (%.1f to %.1f) |", 100 * s.value, 100 * s.low, 100 * s.high);
}

static void put_row(buf *out, const char *name, const axl_pass_at *p) {
    buf_format(out, "| %s |", name);
    put_share(out, p->all);
    put_share(out, p->fitting);
    buf_byte(out, '\n');
}

void eval_code_card(buf *out, const axl_eval_code_result *r, const axl_eval_code_options *o) {
    char name[EVAL_CODE_NAME_MAX];
    eval_code_name(name, o);
    buf_format(
        out,
        "## Programs: %s\n\n%zu problems, of which %zu fit the context of %zu bytes with %zu "
        "for the answer.\n%zu answer%s for each, temperature %g. Shares with intervals of 95 "
        "%%:\n\n| | all problems | those that fit |\n|---|---|---|\n",
        name, r->problem_count, r->fitting, r->context, o->room, o->samples,
        o->samples == 1 ? "" : "s", o->temperature);
    for (size_t i = 0; i < r->pass_count; i++) {
        string_format(name, sizeof name, NULL, "pass@%zu", r->pass[i].k);
        put_row(out, name, &r->pass[i]);
    }
    if (infills(o)) put_row(out, "exact match", &r->exact);
}

static void json_share(json_out *j, const char *name, axl_share s) {
    json_out_flat_object(j, name);
    json_out_number(j, "value", s.value);
    json_out_number(j, "low", s.low);
    json_out_number(j, "high", s.high);
    json_out_end(j);
}

static void json_pass(json_out *j, const axl_pass_at *p) {
    json_out_count(j, "k", p->k);
    json_share(j, "all", p->all);
    json_share(j, "fitting", p->fitting);
    json_out_end(j);
}

void eval_code_json(buf *out, const axl_eval_code_result *r, const axl_eval_code_options *o) {
    json_out j = {.to = out};
    json_out_object(&j, NULL);
    json_out_count(&j, "problems", r->problem_count);
    json_out_count(&j, "fitting", r->fitting);
    json_out_count(&j, "samples", o->samples);
    json_out_number(&j, "temperature", o->temperature);
    json_out_number(&j, "top_p", o->top_p);
    json_out_count(&j, "seed", o->seed);
    json_out_count(&j, "context", r->context);
    json_out_array(&j, "pass_at");
    for (size_t i = 0; i < r->pass_count; i++) {
        json_out_object(&j, NULL);
        json_pass(&j, &r->pass[i]);
    }
    json_out_end(&j);
    if (infills(o)) {
        json_out_object(&j, "exact");
        json_pass(&j, &r->exact);
    }
    json_out_end(&j);
}

// ---- lines ----

void eval_line_card(buf *out, const axl_eval_line_result *r, const axl_eval_line_options *o) {
    buf_format(out,
               "## Lines completed\n\n%zu lines of %llu, typed byte by byte; offers are shown so "
               "that %.0f %% of them should be\nright.\n\n| | |\n|---|---|\n"
               "| lines right to their end |",
               r->lines, (unsigned long long)r->found, 100 * o->precision);
    put_share(out, r->exact);
    buf_format(out,
               "\n| bytes in front of a line's first fault | %.1f %% |\n"
               "| keys saved | %.1f %% |\n| offers that were right | ",
               100 * r->accepted, 100 * r->saved);
    if (isnan(r->precision))
        buf_text(out, "none was shown |\n");
    else
        buf_format(out, "%.1f %% of %llu |\n", 100 * r->precision, (unsigned long long)r->offers);
}

void eval_line_json(buf *out, const axl_eval_line_result *r, const axl_eval_line_options *o) {
    json_out j = {.to = out};
    json_out_object(&j, NULL);
    json_out_count(&j, "lines", r->lines);
    json_out_count(&j, "found", r->found);
    json_out_count(&j, "too_long", r->too_long);
    json_out_count(&j, "bytes", r->bytes);
    json_share(&j, "exact", r->exact);
    json_out_number(&j, "accepted", r->accepted);
    json_out_number(&j, "asked_precision", o->precision);
    json_out_number(&j, "precision", r->precision);
    json_out_number(&j, "saved", r->saved);
    json_out_count(&j, "keys", r->keys);
    json_out_count(&j, "offers", r->offers);
    json_out_count(&j, "right", r->right);
    json_out_end(&j);
}
