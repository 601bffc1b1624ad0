// Any bytes as JSONL. The pieces in which they come make no difference, every line is either a
// document or left out, and what is correct JSON is what jansson takes for it, limits aside.
#include "data/jsonl.h"
#include "fuzz_target.h"

#include <jansson.h>
#include <string.h>

#define LINE_MAX_BYTES ((size_t)4096)

typedef struct seen {
    buf text;
    uint64_t lines;
} seen;

static axl_status take(void *ctx, uint64_t line, const json_wanted *piece, size_t pieces,
                       axl_error *err) {
    seen *s = ctx;
    (void)err;
    FUZZ_CHECK(line == ++s->lines);
    size_t bytes = 0;
    for (size_t i = 0; i < pieces; i++) {
        FUZZ_CHECK(buf_append(&s->text, piece[i].text, piece[i].bytes));
        bytes += piece[i].bytes;
    }
    FUZZ_CHECK(bytes > 0 && bytes < 2 * LINE_MAX_BYTES);
    FUZZ_CHECK(buf_text(&s->text, "|"));
    return AXL_OK;
}

static void leave_out(void *ctx, uint64_t line, corpus_reason reason) {
    seen *s = ctx;
    FUZZ_CHECK(line == ++s->lines);
    FUZZ_CHECK(buf_format(&s->text, "%d|", (int)reason));
}

static void read_in_steps(seen *s, const uint8_t *data, size_t size, size_t step) {
    jsonl_fields fields;
    const jsonl_sink sink = {take, leave_out, s};
    FUZZ_CHECK(jsonl_fields_parse(&fields, CORPUS_FIELDS, NULL) == AXL_OK);
    jsonl_reader r = {.fields = &fields, .sink = &sink, .line_max = LINE_MAX_BYTES};
    for (size_t at = 0; at < size; at += step) {
        const size_t part = step < size - at ? step : size - at;
        FUZZ_CHECK(jsonl_feed(&r, (const char *)data + at, part, NULL) == AXL_OK);
    }
    FUZZ_CHECK(jsonl_end(&r, NULL) == AXL_OK);
    jsonl_close(&r);
    jsonl_fields_free(&fields);
}

// jansson has limits of its own: for numbers, and a deeper one for nesting.
static int is_limit(const json_error_t *why) {
    const enum json_error_code code = json_error_code(why);
    return code == json_error_numeric_overflow || code == json_error_stack_overflow;
}

static void compare_with_jansson(const uint8_t *data, size_t size) {
    char *line = malloc(size > 0 ? size : 1);
    FUZZ_CHECK(line != NULL);
    if (size > 0) memcpy(line, data, size);
    json_wanted wanted[] = {{.name = "text"}};
    json_error_t why;
    json_t *theirs = json_loadb((const char *)data, size, JSON_ALLOW_NUL, &why);
    const bool ours = json_line_read(line, size, wanted, 1);
    const json_t *text = theirs ? json_object_get(theirs, "text") : NULL;
    if (ours && !theirs) FUZZ_CHECK(is_limit(&why));
    if (ours && theirs) {
        FUZZ_CHECK(json_is_object(theirs));
        FUZZ_CHECK((wanted[0].text != NULL) == (json_string_value(text) != NULL));
        if (wanted[0].text) {
            FUZZ_CHECK(wanted[0].bytes == json_string_length(text));
            FUZZ_CHECK(memcmp(wanted[0].text, json_string_value(text), wanted[0].bytes) == 0);
        }
    }
    // Where ours alone refuses, something is there twice or nested deeper than any document is.
    if (!ours && json_is_object(theirs)) FUZZ_CHECK(wanted[0].seen || size > JSON_LINE_DEPTH);
    json_decref(theirs);
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    seen whole = {{0}, 0}, parts = {{0}, 0};
    read_in_steps(&whole, data, size, size > 0 ? size : 1);
    read_in_steps(&parts, data, size, size > 0 ? 1 + data[0] % 7u : 1);
    FUZZ_CHECK(whole.lines == parts.lines && whole.text.size == parts.text.size);
    FUZZ_CHECK(strcmp(buf_string(&whole.text), buf_string(&parts.text)) == 0);
    size_t lines = size > 0 && data[size - 1] != '\n';
    for (size_t i = 0; i < size; i++) lines += data[i] == '\n';
    FUZZ_CHECK(whole.lines == lines);
    compare_with_jansson(data, size);
    buf_free(&whole.text);
    buf_free(&parts.text);
    return 0;
}
