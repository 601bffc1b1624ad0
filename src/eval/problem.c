#include "eval/problem.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "os/listing.h"

#include <jansson.h>
#include <string.h>

#define TEST_FIRST 11 // the test split of MBPP, by the numbers of its tasks
#define TEST_LAST 510
#define SHOT_FIRST 2 // and the tasks that are shown, as published
#define SHOTS_MAX 3
#define LINES_MAX ((size_t)100000)

typedef struct benchmark {
    const char *folder, *file;
    const stop_string *stop;
    size_t stop_count;
} benchmark;

#define STOP(text)                                                                                 \
    { text, sizeof text - 1 }
#define STOPS(list) list, sizeof list / sizeof *(list)

// Behind a function's body comes something that is not indented.
static const stop_string body_ends[] = {STOP("\nclass"), STOP("\ndef"), STOP("\n#"), STOP("\nif"),
                                        STOP("\nprint")};
static const stop_string done[] = {STOP("[DONE]")};
static const stop_string line_end[] = {STOP("\n")};

static const benchmark benchmarks[PROBLEM_BENCHMARKS] = {
    [PROBLEM_HUMANEVAL] = {"humaneval", "HumanEval.jsonl", STOPS(body_ends)},
    [PROBLEM_MBPP] = {"mbpp", "mbpp.jsonl", STOPS(done)},
    [PROBLEM_SINGLE_LINE] = {"humaneval_infilling", "HumanEval-SingleLineInfilling.jsonl",
                             STOPS(line_end)},
    [PROBLEM_RANDOM_SPAN] = {"humaneval_infilling", "HumanEval-RandomSpanInfilling.jsonl", NULL, 0},
    [PROBLEM_LIGHT_SPAN] = {"humaneval_infilling", "HumanEval-RandomSpanInfillingLight.jsonl", NULL,
                            0}};

// ---- the file ----

// Where data leads to: itself where it is a file.
static axl_status find(buf *path, const problem_source *from, axl_error *err) {
    os_kind kind;
    const benchmark *b = &benchmarks[from->benchmark];
    FORWARD(os_kind_of(from->data, &kind, err));
    if (kind == OS_KIND_FILE)
        return buf_text(path, from->data) ? AXL_OK : error_no_memory(err, "a path", 0);
    for (size_t i = 0; i < 4; i++) {
        buf_clear(path);
        buf_format(path, "%s/%s%s%s%s", from->data, i < 2 ? b->folder : "", i < 2 ? "/" : "",
                   b->file, i % 2 == 0 ? ".gz" : "");
        if (!buf_ok(path)) return error_no_memory(err, "a path", 0);
        FORWARD(os_kind_of(buf_string(path), &kind, err));
        if (kind == OS_KIND_FILE) return AXL_OK;
    }
    return error_set(err, AXL_NOT_FOUND, "%s: no %s, nor %s.gz, there or in %s/", from->data,
                     b->file, b->file, b->folder);
}

// ---- a row ----

typedef struct row {
    json_t *object;
    const problem_source *from;
    const char *failed; // the first member that is not as it should be
} row;

static const char *text_of(row *r, const char *name) {
    const char *text = json_string_value(json_object_get(r->object, name));
    if (!text && !r->failed) r->failed = name;
    return text ? text : "";
}

// Lists of lines, each with a newline behind it.
static void put_lines(buf *to, row *r, const char *name) {
    const json_t *list = json_object_get(r->object, name);
    if (!json_is_array(list) && !r->failed) r->failed = name;
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) {
        if (!json_is_string(item) && !r->failed) r->failed = name;
        buf_text(to, json_is_string(item) ? json_string_value(item) : "");
        buf_byte(to, '\n');
    }
}

// Without the carriage returns that nearly all solutions of MBPP have.
static void put_unix(buf *to, const char *text) {
    for (; *text; text++)
        if (text[0] != '\r' || text[1] != '\n') buf_byte(to, (uint8_t)*text);
}

// The text in front of the function that is to be written: what the check may use of it.
static void put_prelude(buf *to, const char *prompt, const char *entry) {
    buf head = {0};
    buf_format(&head, "def %s(", entry);
    if (!buf_ok(&head)) {
        to->failed = true;
        return;
    }
    const char *at = strstr(prompt, buf_string(&head));
    for (const char *next = at; next; next = strstr(next + 1, buf_string(&head)))
        if (next == prompt || next[-1] == '\n') at = next;
    if (at) buf_append(to, prompt, (size_t)(at - prompt));
    buf_free(&head);
}

static void fill_function(buf part[PROBLEM_PARTS], row *r) {
    const char *prompt = text_of(r, "prompt"), *entry = text_of(r, "entry_point");
    const bool hole = problem_infills(r->from->benchmark);
    const char *suffix = hole ? text_of(r, "suffix") : "";
    buf_text(&part[PROBLEM_ID], text_of(r, "task_id"));
    buf_text(&part[PROBLEM_PROMPT], prompt);
    buf_text(&part[PROBLEM_HEAD], prompt);
    buf_text(&part[PROBLEM_SUFFIX], suffix);
    buf_text(&part[PROBLEM_SOLUTION], text_of(r, "canonical_solution"));
    buf_text(&part[PROBLEM_CHECK], text_of(r, "test"));
    buf_text(&part[PROBLEM_ENTRY], entry);
    put_prelude(&part[PROBLEM_PRELUDE], prompt, entry);
    // A line's end ends the answer and is no part of it.
    buf *solution = &part[PROBLEM_SOLUTION];
    const bool line = r->from->benchmark == PROBLEM_SINGLE_LINE;
    if (line && solution->size && solution->data[solution->size - 1] == '\n')
        buf_truncate(solution, solution->size - 1);
    if (line || !hole) buf_text(&part[PROBLEM_TAIL], "\n");
    buf_text(&part[PROBLEM_TAIL], suffix);
}

// The prompt as published; a solved task has its solution behind it.
static void put_task(buf *to, row *r, bool solved) {
    buf_text(to, "You are an expert Python programmer, and here is your task: ");
    put_unix(to, text_of(r, "text"));
    buf_text(to, " Your code should pass these tests:\n\n");
    put_lines(to, r, "test_list");
    buf_text(to, "[BEGIN]\n");
    if (!solved) return;
    put_unix(to, text_of(r, "code"));
    buf_text(to, "\n[DONE]\n\n");
}

static void put_names(buf *to, const char *code) {
    for (const char *at = code; at; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, "def ", 4) != 0) continue;
        at += 4;
        buf_append(to, at, strcspn(at, "( :\r\n"));
        buf_byte(to, ' ');
    }
}

static void fill_task(buf part[PROBLEM_PARTS], row *r, const char *shots) {
    const json_int_t number = json_integer_value(json_object_get(r->object, "task_id"));
    buf_format(&part[PROBLEM_ID], "MBPP/%lld", (long long)number);
    buf_text(&part[PROBLEM_PROMPT], shots);
    put_task(&part[PROBLEM_PROMPT], r, false);
    put_unix(&part[PROBLEM_SOLUTION], text_of(r, "code"));
    put_names(&part[PROBLEM_NAMES], buf_string(&part[PROBLEM_SOLUTION]));
    put_unix(&part[PROBLEM_CHECK], text_of(r, "test_setup_code"));
    buf_byte(&part[PROBLEM_CHECK], '\n');
    put_lines(&part[PROBLEM_CHECK], r, "test_list");
}

static axl_status take_parts(problem *to, buf part[PROBLEM_PARTS], axl_error *err) {
    bool whole = true;
    for (size_t i = 0; i < PROBLEM_PARTS; i++) {
        to->part[i] = buf_take(&part[i], NULL);
        whole = whole && to->part[i];
    }
    return whole ? AXL_OK : error_no_memory(err, "a problem", 0);
}

static axl_status fill(problem *to, row *r, const char *shots, axl_error *err) {
    buf part[PROBLEM_PARTS] = {{0}};
    if (r->from->benchmark == PROBLEM_MBPP)
        fill_task(part, r, shots);
    else
        fill_function(part, r);
    const axl_status status = take_parts(to, part, err);
    RETURN_IF(status == AXL_OK && r->failed, err, AXL_BAD_FILE, "no usable \"%s\"", r->failed);
    return status;
}

// ---- all rows ----

typedef struct rows {
    json_t **list; // [count], owned; objects
    size_t count;
} rows;

static void rows_free(rows *r) {
    for (size_t i = 0; i < r->count; i++) json_decref(r->list[i]);
    mem_free(r->list);
}

static axl_status parse(rows *out, const buf *text, axl_error *err) {
    size_t lines = 1;
    for (size_t i = 0; i < text->size; i++) lines += text->data[i] == '\n';
    RETURN_IF(lines > LINES_MAX, err, AXL_TOO_LARGE, "more than %zu lines", LINES_MAX);
    out->list = mem_zalloc_array(lines, sizeof(json_t *));
    if (!out->list) return error_no_memory(err, "problems", lines * sizeof(json_t *));
    const char *at = buf_string(text), *end = at + text->size;
    for (size_t line = 1; at < end; line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const size_t size = (size_t)((newline ? newline : end) - at);
        if (strspn(at, " \t\r") < size) {
            json_error_t why;
            json_t *object = json_loadb(at, size, 0, &why);
            out->list[out->count] = object;
            out->count += object != NULL;
            RETURN_IF(!json_is_object(object), err, AXL_BAD_FILE, "line %zu: %s", line,
                      object ? "no object" : why.text);
        }
        at += size + 1;
    }
    return AXL_OK;
}

// Whether MBPP is to ask it. Tasks that are shown with their solutions are no questions.
static bool is_asked(const json_t *object, const problem_source *from) {
    const json_int_t number = json_integer_value(json_object_get(object, "task_id"));
    if (!from->all) return number >= TEST_FIRST && number <= TEST_LAST;
    return number < SHOT_FIRST || number >= SHOT_FIRST + (json_int_t)from->shots;
}

static axl_status put_shots(buf *to, const rows *all, const problem_source *from, axl_error *err) {
    RETURN_IF(from->shots > SHOTS_MAX, err, AXL_BAD_ARGUMENT, "at most %d solved tasks in front",
              SHOTS_MAX);
    for (size_t shot = 0; shot < from->shots; shot++) {
        row found = {.from = from};
        for (size_t i = 0; i < all->count && !found.object; i++) {
            const json_t *id = json_object_get(all->list[i], "task_id");
            if (json_integer_value(id) == (json_int_t)(SHOT_FIRST + shot))
                found.object = all->list[i];
        }
        if (found.object) put_task(to, &found, true);
        RETURN_IF(!found.object || found.failed, err, AXL_BAD_FILE,
                  "task %zu, to be shown in front, is not there", SHOT_FIRST + shot);
    }
    return buf_ok(to) ? AXL_OK : error_no_memory(err, "a prompt", to->size);
}

// Keeps the rows that are wanted, in their order.
static void choose(rows *all, const problem_source *from) {
    size_t kept = 0;
    const bool chosen = from->benchmark == PROBLEM_MBPP;
    for (size_t i = 0; i < all->count; i++) {
        json_t *object = all->list[i];
        if (chosen && !is_asked(object, from))
            json_decref(object);
        else
            all->list[kept++] = object;
    }
    const size_t wanted = from->limit ? size_min(from->limit, kept) : kept;
    all->count = 0;
    for (size_t i = 0; i < kept; i++) {
        if (all->count < wanted && i == all->count * kept / wanted)
            all->list[all->count++] = all->list[i];
        else
            json_decref(all->list[i]);
    }
}

static axl_status make(problem_set *out, rows *all, const problem_source *from, axl_error *err) {
    buf shots = {0};
    axl_status status = put_shots(&shots, all, from, err);
    if (status == AXL_OK) choose(all, from);
    if (status == AXL_OK && all->count == 0) status = error_set(err, AXL_BAD_FILE, "no problems");
    if (status == AXL_OK) out->list = mem_zalloc_array(all->count, sizeof *out->list);
    if (status == AXL_OK && !out->list) status = error_no_memory(err, "problems", 0);
    for (size_t i = 0; i < all->count && status == AXL_OK; i++) {
        row r = {.object = all->list[i], .from = from};
        status = fill(&out->list[out->count++], &r, buf_string(&shots), err);
        if (status == AXL_BAD_FILE) error_context(err, status, "problem %zu", i + 1);
    }
    buf_free(&shots);
    return status;
}

axl_status problem_set_parse(problem_set *out, const problem_source *from, const buf *text,
                             axl_error *err) {
    const benchmark *b = &benchmarks[from->benchmark];
    *out =
        (problem_set){.benchmark = from->benchmark, .stop = b->stop, .stop_count = b->stop_count};
    rows all = {0};
    axl_status status = parse(&all, text, err);
    if (status == AXL_OK) status = make(out, &all, from, err);
    rows_free(&all);
    if (status != AXL_OK) problem_set_free(out);
    return status;
}

axl_status problem_set_read(problem_set *out, const problem_source *from, axl_error *err) {
    *out = (problem_set){0};
    buf path = {0}, text = {0};
    axl_status status = find(&path, from, err);
    if (status == AXL_OK) status = problem_file_read(&text, buf_string(&path), err);
    if (status == AXL_OK) {
        status = problem_set_parse(out, from, &text, err);
        if (status == AXL_BAD_FILE) error_context(err, status, "%s", buf_string(&path));
    }
    buf_free(&text);
    buf_free(&path);
    return status;
}

void problem_set_free(problem_set *s) {
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < PROBLEM_PARTS; k++) mem_free(s->list[i].part[k]);
    mem_free(s->list);
    *s = (problem_set){0};
}
