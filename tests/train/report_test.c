// The report, the results and the card of invented runs: well-formed whatever the names, honest
// whatever is missing, never half written.
#include "markup.h"
#include "os/fault_plan.h"
#include "os/scratch.h"
#include "summary_case.h"
#include "support/failing_alloc.h"
#include "support/unit.h"
#include "train/card.h"
#include "train/report_html.h"
#include "train/report_svg.h"
#include "train/report_text.h"
#include "train/results.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef void renderer(buf *out, const train_summary *s);
typedef axl_status writer(const train_summary *s, const char *path, axl_error *err);

static buf rendered(renderer *render, train_summary s) {
    buf out = {0};
    render(&out, &s);
    assert_true(buf_ok(&out));
    return out;
}

static void expect_markup(const buf *page) {
    size_t at;
    const char *fault = markup_fault(page->data, page->size, &at);
    if (fault == NULL) return;
    const size_t from = at < 60 ? 0 : at - 60;
    fail_msg("%s at %zu: %.120s", fault, at, page->data + from);
}

static void the_checker_finds_faults(void **state) {
    (void)state;
    const char *const bad[] = {"<a></b>",
                               "<a><b></a></b>",
                               "<a>&nbsp;</a>",
                               "<a>&</a>",
                               "<a b=c></a>",
                               "<a b=\"<\"/>",
                               "<a>",
                               "<a/><b/>",
                               "<a b=\"\" b=\"\"/>",
                               "text",
                               "<a>\x01</a>",
                               "<a>\xff</a>",
                               "<a>1 < 2</a>",
                               ""};
    buf page = {0};
    size_t at;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        buf_clear(&page);
        buf_format(&page, "<!DOCTYPE html>\n%s", bad[i]);
        if (markup_fault(page.data, page.size, &at) == NULL) fail_msg("took %s", bad[i]);
    }
    buf_clear(&page);
    buf_text(&page, "<!DOCTYPE html>\n<a b=\"&lt;\"><c/>x &#38; y</a>\n");
    expect_markup(&page);
    buf_free(&page);
}

static void the_page_stands_alone(void **state) {
    (void)state;
    static const char *const outside[] = {"http", "//",      "<script", "<link", "src=",   "href",
                                          "url(", "@import", "<iframe", "<img",  "<object"};
    buf page = rendered(report_html_render, summary_case());
    expect_markup(&page);
    for (size_t i = 0; i < COUNT_OF(outside); i++) {
        if (strstr(page.data, outside[i]) != NULL) fail_msg("the page has %s", outside[i]);
    }
    static const char *const needed[] = {"1.794",
                                         "3.468",
                                         "worse than xz -9e",
                                         "1,371,072",
                                         "held/pdb.py",
                                         "prefers-color-scheme: dark",
                                         "with open(path, &#39;r&#39;)",
                                         "41.2 kJ",
                                         "AMD EPYC 9R14",
                                         "class=\"curve c-eval\"",
                                         "trapezoid",
                                         "lines over the limit"};
    for (size_t i = 0; i < COUNT_OF(needed); i++) {
        if (strstr(page.data, needed[i]) == NULL) fail_msg("the page lacks %s", needed[i]);
    }
    assert_true(page.size < REPORT_HTML_MAX);
    buf_free(&page);
}

static void hostile_names_stay_text(void **state) {
    (void)state;
    buf page = rendered(report_html_render, summary_case_hostile());
    expect_markup(&page);
    assert_null(strstr(page.data, "<script"));
    assert_non_null(strstr(page.data, "&lt;script&gt;alert(&#34;x&#34;)"));
    buf_free(&page);
    buf results = rendered(results_render, summary_case_hostile());
    json_error_t where;
    json_t *root = json_loadb(results.data, results.size, JSON_REJECT_DUPLICATES, &where);
    if (root == NULL) fail_msg("line %d: %s", where.line, where.text);
    json_decref(root);
    buf_free(&results);
}

static size_t bars(const char *line) {
    size_t count = 0;
    for (; *line != '\0' && *line != '\n'; line++) count += *line == '|';
    return count;
}

// A row of a table has as many bars as its head, and nothing of a name works as markup.
static void hostile_names_do_not_break_the_card(void **state) {
    (void)state;
    buf card = rendered(card_render, summary_case_hostile());
    const char *body = strstr(card.data, "\n---\n\n");
    assert_non_null(body);
    assert_null(strstr(body, "<script"));
    assert_null(strstr(body, "](http"));
    assert_null(strchr(card.data, '\x1b'));
    // The front matter is YAML, where the license is one quoted string.
    assert_non_null(
        strstr(card.data, "\nlicense: \"<script>alert(\\\"x\\\")</script>&'|`\\u001b["));
    size_t rows = 0;
    for (const char *line = card.data; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, "| <code>", 8) == 0) rows += bars(line) == 8;
        if (strncmp(line, "| command", 9) == 0) assert_int_equal(bars(line), 3);
    }
    assert_int_equal(rows, 1);
    buf_free(&card);
}

static void large_runs_fit(void **state) {
    (void)state;
    buf page = rendered(report_html_render, summary_case_large());
    assert_true(page.size < REPORT_HTML_MAX);
    assert_true(page.size > REPORT_HTML_MAX / 2); // or the lists are shown shorter than they could
    expect_markup(&page);
    assert_non_null(strstr(page.data, "and 4,940 more")); // files
    assert_non_null(strstr(page.data, "and 980 more"));   // sources
    assert_non_null(strstr(page.data, "more, in results.json</th><td>970<"));
    buf_free(&page);
    summary_case_free_large();
}

static void what_is_missing_is_said(void **state) {
    (void)state;
    train_summary none = train_summary_none();
    buf page = rendered(report_html_render, none);
    expect_markup(&page);
    assert_non_null(strstr(page.data, "nobody knows how well"));
    assert_non_null(strstr(page.data, "interrupted"));
    assert_non_null(strstr(page.data, "Nothing was measured."));
    assert_null(strstr(page.data, "nan"));
    buf_free(&page);
    buf card = rendered(card_render, none);
    assert_null(strstr(card.data, "model-index"));
    assert_null(strstr(card.data, "nan"));
    assert_non_null(strstr(card.data, "license: \"unknown\""));
    assert_non_null(strstr(card.data, "| energy of processor and memory | not measured |"));
    buf_free(&card);
    buf results = rendered(results_render, none);
    json_t *root = json_loadb(results.data, results.size, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    json_t *held = json_object_get(root, "held_out");
    assert_true(json_is_null(json_object_get(held, "bpb")));
    assert_true(json_is_null(json_object_get(held, "better_than_xz")));
    assert_true(json_is_null(json_object_get(json_object_get(root, "run"), "joules")));
    json_decref(root);
    buf_free(&results);
}

static double real_at(json_t *root, const char *object, const char *name) {
    json_t *value = json_object_get(json_object_get(root, object), name);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static void results_are_exact(void **state) {
    (void)state;
    train_summary s = summary_case();
    s.figures.eval_bpb = 1.0 / 3;
    buf results = rendered(results_render, s);
    json_t *root = json_loadb(results.data, results.size, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_true(real_at(root, "held_out", "bpb") == 1.0 / 3);
    assert_true(real_at(root, "held_out", "ppl") == exp2(1.0 / 3));
    assert_true(real_at(root, "run", "bytes") == 19046400);
    assert_true(real_at(root, "model", "parameters") == 1371072);
    assert_true(real_at(root, "machine", "threads") == 2);
    json_t *held = json_object_get(root, "held_out");
    assert_true(json_is_true(json_object_get(held, "better_than_xz")));
    json_t *files = json_object_get(held, "files");
    assert_int_equal(json_array_size(files), s.held_count);
    json_t *first = json_array_get(files, 0);
    assert_string_equal(json_string_value(json_object_get(first, "path")), "held/ast.py");
    assert_int_equal(json_string_length(json_object_get(first, "sha256")), 64);
    assert_true(json_number_value(json_object_get(first, "bpb")) == s.held[0].bpb);
    json_t *evaluations = json_object_get(root, "evaluations");
    assert_int_equal(json_array_size(evaluations), 15); // every 40th of 600 rows
    assert_int_equal(json_array_size(json_object_get(root, "samples")), 3);
    json_decref(root);
    buf_free(&results);
}

static void the_card_names_files_and_figures(void **state) {
    (void)state;
    buf card = rendered(card_render, summary_case());
    const char *const needed[] = {
        "---\nlanguage:\n- code\nlicense: \"unknown\"\n",
        "      value: 1.794\n",
        "worse than xz -9e",
        "| `held/pdb.py` | 64,555 | ",
        "| `052a4f7499bee3082d52779cc1e60b30557a9fc4e90e33587da2c7ec11365b80` |",
        "| perplexity per byte, 2^(bits per byte) | 3.468 |",
        "| gzip -9, the files joined, bits per byte | 2.050 |",
        "| bytes seen | 19,046,400 |",
        "| passes over the training text | 1.84 |",
        "| time | 10 min 0 s |",
        "| seed | 1 |",
        "at most 256 bytes of context"};
    for (size_t i = 0; i < COUNT_OF(needed); i++) {
        if (strstr(card.data, needed[i]) == NULL) fail_msg("the card lacks %s", needed[i]);
    }
    buf_free(&card);
}

static void expect_verdict(const train_summary *s, const char *needed, bool there) {
    buf text = {0};
    report_verdict(&text, s);
    if ((strstr(buf_string(&text), needed) != NULL) != there) {
        fail_msg("\"%s\" %s in: %s", needed, there ? "not" : "wrongly", buf_string(&text));
    }
    buf_free(&text);
}

static void the_verdict_is_honest(void **state) {
    (void)state;
    train_summary s = summary_case();
    expect_verdict(&s, "1.794 bits per byte, a perplexity of 3.468", true);
    expect_verdict(&s, "worse than xz -9e, which needs 1.763", true);
    expect_verdict(&s, "interrupted", false);
    expect_verdict(&s, "flatters", false);
    expect_verdict(&s, "Only ", false);
    s.figures.eval_bpb = s.figures.xz_bpb;
    expect_verdict(&s, "worse than xz -9e", true); // equal is not better
    s.figures.eval_bpb = 1.5867;
    expect_verdict(&s, "10.0 % less than xz -9e needs", true);
    expect_verdict(&s, "not to be believed", false);
    s.figures.xz_bpb = NAN;
    expect_verdict(&s, "less than gzip -9 needs", true);
    s.figures.gzip_bpb = NAN;
    expect_verdict(&s, "No compressor was run", true);
    s.figures.eval_bpb = 0.03; // a perplexity of 1.02
    expect_verdict(&s, "not to be believed", true);
    s.data.overlap = 0.25;
    expect_verdict(&s, "25.0 % also stands in the training data", true);
    expect_verdict(&s, "The model is that of", false);
    s.figures.best_step = 1500;
    expect_verdict(&s, "The model is that of step 1,500, the best one on this text", true);
    s.figures.eval_bytes = 1000;
    expect_verdict(&s, "Only 1,000 of the held-out bytes", true);
    s.finished = false;
    expect_verdict(&s, "interrupted", true);
    s.figures.eval_bpb = NAN;
    expect_verdict(&s, "nobody knows", true);
    expect_verdict(&s, "believed", false);
}

typedef void number_text(buf *out, double value);

static void expect_text(number_text *put, double value, const char *text) {
    buf out = {0};
    put(&out, value);
    assert_string_equal(buf_string(&out), text);
    buf_free(&out);
}

static void put_count(buf *out, double value) {
    report_count(out, (uint64_t)value);
}

static void numbers_read_well(void **state) {
    (void)state;
    expect_text(put_count, 0, "0");
    expect_text(put_count, 999, "999");
    expect_text(put_count, 1000, "1,000");
    expect_text(put_count, 317590528, "317,590,528");
    expect_text(report_amount, 0, "0 B");
    expect_text(report_amount, 999, "999 B");
    expect_text(report_amount, 4096, "4.1 kB");
    expect_text(report_amount, 561464, "561 kB");
    expect_text(report_amount, 999600, "1.0 MB");
    expect_text(report_energy, 21400, "21.4 kJ");
    expect_text(report_energy, NAN, "not measured");
    expect_text(report_duration, 0.25, "0.2 s");
    expect_text(report_duration, 42.4, "42 s");
    expect_text(report_duration, 59.9, "1 min 0 s");
    expect_text(report_duration, 598, "9 min 58 s");
    expect_text(report_duration, 7380, "2 h 3 min");
    expect_text(report_duration, INFINITY, "not measured");
    expect_text(report_percent, 0.125, "12.5 %");
    expect_text(report_percent, NAN, "not measured");
    expect_text(report_perplexity, 1, "2.000");
    expect_text(report_date, 951782400, "2000-02-29 00:00 UTC");
    expect_text(report_date, 1795286095, "2026-11-21 18:34 UTC");
    expect_text(report_date, 1767225599, "2025-12-31 23:59 UTC");
    expect_text(report_date, NAN, "an unknown time");
}

static size_t occurrences(const char *text, const char *what) {
    size_t count = 0;
    for (; (text = strstr(text, what)) != NULL; text += strlen(what)) count++;
    return count;
}

// One line drawn from rows of made-up points.
static buf drawn(const train_row *rows, size_t count, bool marks) {
    const chart c = {.title = "t",
                     .x_column = "bytes",
                     .x_label = "x",
                     .x_unit = CHART_BYTES,
                     .lines = {{"y", "c-train", "train_bpb", marks}},
                     .line_count = 1,
                     .levels = {{"level", "c-xz", NAN}},
                     .level_count = 1,
                     .rows = rows,
                     .row_count = count};
    buf out = {0};
    buf_text(&out, "<!DOCTYPE html>\n");
    report_chart(&out, &c);
    assert_true(buf_ok(&out));
    expect_markup(&out);
    assert_null(strstr(out.data, "nan"));
    assert_null(strstr(out.data, "inf"));
    return out;
}

static void odd_curves_are_drawn(void **state) {
    (void)state;
    const double values[][3] = {{1, 1, 1},          {NAN, 2, NAN},      {0, 0, 0},
                                {1e300, -1e300, 0}, {INFINITY, 1, 2},   {1e-300, 2e-300, 0},
                                {5, 5 + 1e-12, 5},  {-1e18, 1e18, 1e-9}};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        train_row rows[3];
        for (size_t j = 0; j < 3; j++) {
            rows[j] = train_row_none();
            rows[j].bytes = j * 1000;
            rows[j].train_bpb = values[i][j];
        }
        buf out = drawn(rows, 3, true);
        const size_t ticks = occurrences(out.data, "class=\"tick\"");
        assert_true(ticks >= 4 && ticks <= 40);
        buf_free(&out);
        // A run of one row, and one whose rows have all the same x.
        out = drawn(rows + 1, 1, false);
        buf_free(&out);
        rows[0].bytes = rows[1].bytes = rows[2].bytes = UINT64_MAX;
        out = drawn(rows, 3, false);
        buf_free(&out);
    }
    buf out = drawn(NULL, 0, false);
    assert_non_null(strstr(out.data, "Nothing was measured."));
    buf_free(&out);
}

// The points of a long run are means: a line that is level at 2 with a jump to 4 shows both ends.
static void long_curves_are_thinned(void **state) {
    (void)state;
    const size_t count = 100200; // 334 rows a stretch, as many high as low
    train_row *rows = malloc(count * sizeof *rows);
    assert_non_null(rows);
    for (size_t i = 0; i < count; i++) {
        rows[i] = train_row_none();
        rows[i].bytes = 1000 * (i + 1);
        rows[i].train_bpb = (i < count / 2 ? 2 : 4) + (i % 2 == 0 ? 0.5 : -0.5);
    }
    buf out = drawn(rows, count, false);
    const char *path = strstr(out.data, "<path");
    char *copy = strdup(path);
    *strstr(copy, "/>") = '\0';
    const size_t points = occurrences(copy, "L") + 1;
    assert_true(points >= 250 && points <= 302);
    // The noise of single rows is gone: but for the first point, half of them have one height.
    const char *level = strchr(strchr(copy, 'L'), ' ');
    char height[16] = {0};
    memcpy(height, level, strcspn(level, "L"));
    assert_true(occurrences(copy, height) > 140);
    free(copy);
    buf_free(&out);
    out = drawn(rows, count, true);
    assert_true(occurrences(out.data, "<circle") <= 152);
    buf_free(&out);
    free(rows);
}

static scratch box;
static char path[SCRATCH_PATH_MAX + 64];
static writer *const writers[] = {report_html_write, results_write, card_write};

static int make_box(void **state) {
    (void)state;
    scratch_make(&box);
    strcpy(path, scratch_path(&box, "page"));
    return 0;
}

static int remove_box(void **state) {
    (void)state;
    fault_plan_clear();
    scratch_remove(&box);
    return 0;
}

// A report that cannot be written leaves the old one as it was, and nothing beside it.
static void a_failing_disk_keeps_the_old_page(void **state) {
    (void)state;
    const train_summary s = summary_case();
    for (size_t i = 0; i < COUNT_OF(writers); i++) {
        size_t kept = 0;
        for (size_t n = 1;; n++) {
            fault_plan plan;
            axl_error err;
            scratch_text(path, "old");
            fault_plan_set(&plan, FAULT_ANY, n, false, ENOSPC);
            const axl_status status = writers[i](&s, path, &err);
            fault_plan_clear();
            assert_int_equal(scratch_count(&box, ""), 1);
            if (plan.hit == FAULT_ANY) break;
            const bool old = scratch_holds(path, "old", 3);
            if (status == AXL_OK) assert_false(old);
            if (old) assert_int_equal(status, AXL_IO);
            kept += old;
        }
        assert_true(kept >= 5);
    }
}

static writer *current;

static axl_status write_once(void *ctx, axl_error *err) {
    return current(ctx, path, err);
}

static void memory_runs_out(void **state) {
    (void)state;
    train_summary hostile = summary_case_hostile();
    for (size_t i = 0; i < COUNT_OF(writers); i++) {
        current = writers[i];
        assert_true(for_each_failing_alloc(write_once, &hostile) > 3);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checker_finds_faults),
        cmocka_unit_test(the_page_stands_alone),
        cmocka_unit_test(hostile_names_stay_text),
        cmocka_unit_test(hostile_names_do_not_break_the_card),
        cmocka_unit_test(large_runs_fit),
        cmocka_unit_test(what_is_missing_is_said),
        cmocka_unit_test(results_are_exact),
        cmocka_unit_test(the_card_names_files_and_figures),
        cmocka_unit_test(the_verdict_is_honest),
        cmocka_unit_test(numbers_read_well),
        cmocka_unit_test(odd_curves_are_drawn),
        cmocka_unit_test(long_curves_are_thinned),
        cmocka_unit_test_setup_teardown(a_failing_disk_keeps_the_old_page, make_box, remove_box),
        cmocka_unit_test_setup_teardown(memory_runs_out, make_box, remove_box),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
