#include "eval/task_metrics.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/sizes.h"
#include "eval/task_kills.h"
#include "eval/task_tests.h"
#include "eval/task_tree.h"
#include "sandbox/judge.h"

#include <math.h>
#include <string.h>

#define CODE_METRICS                                                                               \
    (TASK_BIT(TASK_EXACT) | TASK_BIT(TASK_SIMILAR) | TASK_BIT(TASK_PARSES) |                       \
     TASK_BIT(TASK_UNCHANGED))

const scored_task scored_tasks[] = {
    {"docs", "the docstring of a function", TASK_SIMILAR,
     TASK_BIT(TASK_EXACT) | TASK_BIT(TASK_SIMILAR) | TASK_BIT(TASK_INSERTS) | TASK_BIT(TASK_NAMES),
     false, false},
    {"comment", "code with the comment that stood above it", TASK_COMMENT,
     TASK_BIT(TASK_EXACT) | TASK_BIT(TASK_SIMILAR) | TASK_BIT(TASK_COMMENT) | TASK_BIT(TASK_CODE),
     false, false},
    {"refactor", "the same code in better Python", TASK_EXACT, CODE_METRICS | TASK_BIT(TASK_TREE),
     true, false},
    {"testgen", "assertions about a function", TASK_TRUE,
     TASK_BIT(TASK_EXACT) | TASK_BIT(TASK_SIMILAR) | TASK_BIT(TASK_PARSES) | TASK_BIT(TASK_TRUE) |
         TASK_BIT(TASK_KILLS),
     false, false},
    {"secure", "which weakness a function has", TASK_LABEL,
     TASK_BIT(TASK_EXACT) | TASK_BIT(TASK_LABEL) | TASK_BIT(TASK_FALSE), false, true},
    {"debug", "the line that mends an error", TASK_EXACT,
     TASK_BIT(TASK_EXACT) | TASK_BIT(TASK_SIMILAR) | TASK_BIT(TASK_LABEL), false, false},
    {"fix", "a function without its fault", TASK_EXACT, CODE_METRICS, true, false},
    {"translate", "the same program in another language", TASK_EXACT,
     TASK_BIT(TASK_EXACT) | TASK_BIT(TASK_SIMILAR), false, false},
    {"chat", "the answer to a question about code", TASK_EXACT,
     TASK_BIT(TASK_EXACT) | TASK_BIT(TASK_SIMILAR), false, false},
    {"reasoning", "what happens in a call, line by line", TASK_VALUE,
     TASK_BIT(TASK_EXACT) | TASK_BIT(TASK_VALUE) | TASK_BIT(TASK_STEPS), false, false},
};
const size_t scored_task_count = sizeof scored_tasks / sizeof *scored_tasks;

const scored_task *scored_task_find(const char *name) {
    for (size_t i = 0; i < scored_task_count; i++)
        if (strcmp(scored_tasks[i].name, name) == 0) return &scored_tasks[i];
    return NULL;
}

const char *task_metric_name(task_metric m) {
    static const char *const names[TASK_METRICS] = {
        [TASK_EXACT] = "exact",     [TASK_SIMILAR] = "similar", [TASK_COMMENT] = "comment",
        [TASK_CODE] = "code",       [TASK_TREE] = "tree",       [TASK_PARSES] = "parses",
        [TASK_INSERTS] = "inserts", [TASK_NAMES] = "names",     [TASK_UNCHANGED] = "unchanged",
        [TASK_LABEL] = "label",     [TASK_FALSE] = "false",     [TASK_VALUE] = "value",
        [TASK_STEPS] = "steps",     [TASK_TRUE] = "true",       [TASK_KILLS] = "kills"};
    return names[m];
}

bool task_metric_is_share(task_metric m) {
    return m != TASK_SIMILAR && m != TASK_COMMENT && m != TASK_NAMES && m != TASK_STEPS &&
           m != TASK_KILLS;
}

// ---- texts ----

double task_similarity(python_span a, python_span b) {
    uint32_t row[TASK_SIMILAR_MOST + 1];
    const size_t n = size_min(a.bytes, TASK_SIMILAR_MOST), m = size_min(b.bytes, TASK_SIMILAR_MOST);
    if (n == 0 && m == 0) return 1;
    for (size_t j = 0; j <= m; j++) row[j] = (uint32_t)j;
    for (size_t i = 1; i <= n; i++) {
        uint32_t above = row[0]; // of the row before, one to the left
        row[0] = (uint32_t)i;
        for (size_t j = 1; j <= m; j++) {
            const uint32_t changed = above + (a.text[i - 1] != b.text[j - 1]);
            above = row[j];
            const uint32_t less = row[j - 1] < above ? row[j - 1] : above;
            row[j] = changed < less + 1 ? changed : less + 1;
        }
    }
    return 1 - (double)row[m] / (double)(n > m ? n : m);
}

static bool next_line(python_span *rest, python_span *line) {
    if (rest->bytes == 0) return false;
    const char *newline = memchr(rest->text, '\n', rest->bytes);
    line->text = rest->text;
    line->bytes = newline ? (size_t)(newline - rest->text) : rest->bytes;
    const size_t taken = newline ? line->bytes + 1 : line->bytes;
    rest->text += taken;
    rest->bytes -= taken;
    return true;
}

// Without blanks at either end.
static python_span stripped(python_span line) {
    line = task_text_trim(line);
    while (line.bytes > 0 && (*line.text == ' ' || *line.text == '\t'))
        line = (python_span){line.text + 1, line.bytes - 1};
    return line;
}

python_span task_first_line(python_span s) {
    python_span rest = task_text_trim(s), line = {"", 0};
    next_line(&rest, &line);
    return stripped(line);
}

python_span task_last_line(python_span s) {
    python_span rest = task_text_trim(s), line = {"", 0};
    while (next_line(&rest, &line)) {
    }
    return stripped(line);
}

static python_span span_of(const buf *b) {
    return (python_span){buf_string(b), b->size};
}

// Appends the lines that are comments alone, without their indentation, or the others.
static void put_lines(buf *to, python_span text, bool comments) {
    for (python_span line; next_line(&text, &line);) {
        size_t at = 0;
        while (at < line.bytes && (line.text[at] == ' ' || line.text[at] == '\t')) at++;
        if ((at < line.bytes && line.text[at] == '#') != comments) continue;
        const size_t from = comments ? at : 0;
        buf_append(to, line.text + from, line.bytes - from);
        buf_byte(to, '\n');
    }
}

static axl_status comments_of(const task_question *q, python_span answer, double *values,
                              axl_error *err) {
    buf given = {0}, right = {0}, code = {0}, input = {0};
    put_lines(&given, answer, true);
    put_lines(&right, q->answer, true);
    put_lines(&code, answer, false);
    put_lines(&input, q->input, false);
    const bool good = buf_ok(&given) && buf_ok(&right) && buf_ok(&code) && buf_ok(&input);
    values[TASK_COMMENT] = given.size == 0 ? 0 : task_similarity(span_of(&given), span_of(&right));
    values[TASK_CODE] = task_text_same(span_of(&code), span_of(&input));
    buf_free(&given);
    buf_free(&right);
    buf_free(&code);
    buf_free(&input);
    return good ? AXL_OK : error_no_memory(err, "an answer's lines", answer.bytes);
}

static double steps_of(python_span right, python_span answer) {
    python_span wanted, given;
    size_t lines = 0, same = 0;
    right = task_text_trim(right);
    answer = task_text_trim(answer);
    while (next_line(&right, &wanted)) {
        lines++;
        same += next_line(&answer, &given) && task_text_same(wanted, given);
    }
    return lines ? (double)same / (double)lines : (double)NAN;
}

// ---- Python ----

static axl_status is_python(python_parser *p, python_span text, double *out, axl_error *err) {
    bool valid = false;
    axl_error why;
    const axl_status status = python_valid(p, text.text, text.bytes, &valid, &why);
    if (status != AXL_OK && status != AXL_TOO_LARGE) return error_set(err, status, "%s", why.text);
    *out = valid && task_text_trim(text).bytes > 0; // nothing at all is no answer
    return AXL_OK;
}

static axl_status docstring_inserts(python_parser *p, python_span answer, double *out,
                                    axl_error *err) {
    buf code = {0};
    buf_text(&code, "def f():\n    \"\"\"");
    buf_append(&code, answer.text, answer.bytes);
    buf_text(&code, "\"\"\"\n    return 1\n");
    python_tree tree = {0};
    axl_error why;
    axl_status status = buf_ok(&code) ? python_parse(p, code.data, code.size, &tree, &why)
                                      : error_no_memory(&why, "a function", answer.bytes);
    *out = 0;
    if (status == AXL_OK) {
        // One function whose docstring is the whole answer: no quotes in it have ended it.
        python_definition def;
        const uint32_t first = python_first(&tree, 0);
        if (python_tree_valid(&tree) && python_next(&tree, first) == PYTHON_NONE &&
            python_definition_at(&tree, first, &def) && def.docstring != PYTHON_NONE)
            *out = python_docstring_text(&tree, def.docstring).bytes == answer.bytes &&
                   task_text_trim(answer).bytes > 0;
    }
    python_tree_free(&tree);
    buf_free(&code);
    if (status == AXL_OK || status == AXL_TOO_LARGE) return AXL_OK;
    return error_set(err, status, "%s", why.text);
}

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool has_word(python_span s, python_span word) {
    for (size_t i = 0; i + word.bytes <= s.bytes; i++) {
        if (memcmp(s.text + i, word.text, word.bytes) != 0) continue;
        if ((i == 0 || !is_word(s.text[i - 1])) &&
            (i + word.bytes == s.bytes || !is_word(s.text[i + word.bytes])))
            return true;
    }
    return false;
}

#define NAMES_MOST 32

// Of the first function of the input; self and cls do not count.
static axl_status names_of(python_parser *p, const task_question *q, python_span answer,
                           double *out, axl_error *err) {
    python_tree tree;
    axl_error why;
    const axl_status status = python_parse(p, q->input.text, q->input.bytes, &tree, &why);
    if (status == AXL_TOO_LARGE) return AXL_OK;
    if (status != AXL_OK) return error_set(err, status, "%s", why.text);
    uint32_t at = 0, name[NAMES_MOST];
    python_definition def = {.parameters = PYTHON_NONE};
    while (at < tree.count &&
           !(python_kind_of(&tree, at) == PYTHON_FUNCTION && python_definition_at(&tree, at, &def)))
        at++;
    size_t count = 0, all = 0, named = 0;
    if (at < tree.count) count = python_parameter_names(&tree, def.parameters, name, NAMES_MOST);
    for (size_t i = 0; i < count; i++) {
        if (python_reads(&tree, name[i], "self") || python_reads(&tree, name[i], "cls")) continue;
        all++;
        named += has_word(answer, python_span_of(&tree, name[i]));
    }
    if (all > 0) *out = (double)named / (double)all;
    python_tree_free(&tree);
    return AXL_OK;
}

static axl_status assertions_hold(const task_tools *tools, const task_question *q,
                                  python_span answer, double *out, axl_error *err) {
    buf check = {0};
    buf_append(&check, answer.text, answer.bytes);
    buf_byte(&check, '\n');
    judge_result verdict = {.verdict = JUDGE_WRONG};
    const judge_case one = {q->input.text, q->input.bytes, buf_string(&check), "", "", ""};
    const axl_status status = buf_ok(&check)
                                  ? judge_run(tools->box, &one, &sandbox_usual, &verdict, err)
                                  : error_no_memory(err, "assertions", answer.bytes);
    *out = verdict.verdict == JUDGE_PASSED;
    buf_free(&check);
    return status;
}

// Nothing that says nothing is run.
static axl_status run_assertions(const task_tools *tools, const task_question *q,
                                 python_span answer, double *values, axl_error *err) {
    bool says;
    values[TASK_TRUE] = 0;
    FORWARD(task_tests_say(tools->parser, q->input, answer, &says, err));
    if (says) FORWARD(assertions_hold(tools, q, answer, &values[TASK_TRUE], err));
    const task_kills k = {tools->parser, tools->box, q->input, says ? answer : (python_span){"", 0},
                          values[TASK_TRUE] > 0};
    return task_kills_share(&k, &values[TASK_KILLS], err);
}

static axl_status with_parser(const task_tools *tools, const task_question *q, python_span answer,
                              double *values, axl_error *err) {
    python_parser *p = tools->parser;
    const uint32_t wanted = tools->task->metrics;
    if (!p) return AXL_OK;
    if (wanted & TASK_BIT(TASK_PARSES)) FORWARD(is_python(p, answer, &values[TASK_PARSES], err));
    if (wanted & TASK_BIT(TASK_TREE)) {
        bool same;
        FORWARD(task_tree_same(p, answer, q->answer, &same, err));
        values[TASK_TREE] = same;
    }
    if (wanted & TASK_BIT(TASK_INSERTS))
        FORWARD(docstring_inserts(p, task_text_trim(answer), &values[TASK_INSERTS], err));
    if (wanted & TASK_BIT(TASK_NAMES)) FORWARD(names_of(p, q, answer, &values[TASK_NAMES], err));
    if ((wanted & TASK_BIT(TASK_TRUE)) && tools->box)
        FORWARD(run_assertions(tools, q, answer, values, err));
    return AXL_OK;
}

static bool is_ok(python_span label) {
    return label.bytes == 2 && memcmp(label.text, "OK", 2) == 0;
}

axl_status task_metrics_of(const task_tools *tools, const task_question *q, python_span answer,
                           double *values, axl_error *err) {
    const scored_task *t = tools->task;
    const python_span label = task_first_line(answer), right = task_first_line(q->answer);
    for (size_t i = 0; i < TASK_METRICS; i++) values[i] = (double)NAN;
    values[TASK_EXACT] = task_text_same(answer, q->answer);
    if (t->metrics & TASK_BIT(TASK_SIMILAR))
        values[TASK_SIMILAR] = task_similarity(task_text_trim(answer), task_text_trim(q->answer));
    if (t->metrics & TASK_BIT(TASK_COMMENT)) FORWARD(comments_of(q, answer, values, err));
    if ((t->metrics & TASK_BIT(TASK_UNCHANGED)) && task_text_same(q->input, q->answer))
        values[TASK_UNCHANGED] = values[TASK_EXACT];
    if (t->metrics & TASK_BIT(TASK_LABEL)) values[TASK_LABEL] = task_text_same(label, right);
    if ((t->metrics & TASK_BIT(TASK_FALSE)) && is_ok(right)) values[TASK_FALSE] = !is_ok(label);
    if (t->metrics & TASK_BIT(TASK_VALUE))
        values[TASK_VALUE] = task_text_same(task_last_line(answer), task_last_line(q->answer));
    if (t->metrics & TASK_BIT(TASK_STEPS)) values[TASK_STEPS] = steps_of(q->answer, answer);
    return with_parser(tools, q, answer, values, err);
}
