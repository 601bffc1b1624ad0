#include "data/json_line.h"

#include "base/utf8.h"
#include "data/jsonl.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Reads a copy of the exact size, so that a sanitizer sees one byte too many.
static bool read_line(const char *text, size_t bytes, char *out) {
    char *line = malloc(bytes > 0 ? bytes : 1);
    assert_non_null(line);
    memcpy(line, text, bytes);
    json_wanted wanted[] = {{.name = "text"}, {.name = "b"}};
    const bool good = json_line_read(line, bytes, wanted, 2);
    strcpy(out, "-");
    if (good && wanted[0].text) {
        memcpy(out, wanted[0].text, wanted[0].bytes);
        out[wanted[0].bytes] = '\0';
    }
    free(line);
    return good;
}

static void good_lines_are_read(void **state) {
    (void)state;
    static const struct {
        const char *line, *text;
    } cases[] = {
        {"{}", "-"},
        {" {\t} \r\n", "-"},
        {"{\"text\":\"abc\"}", "abc"},
        {"{\"text\" : \"\" }", ""},
        {"{\"te\\u0078t\":\"a\"}", "a"},
        {"{\"text\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "\"\\/\b\f\n\r\t"},
        {"{\"text\":\"\\u00e9\\u20AC\\ud83d\\ude00z\"}", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z"},
        {"{\"text\":\"\xC3\xA9\xF0\x9F\x98\x80\"}", "\xC3\xA9\xF0\x9F\x98\x80"},
        {"{\"text\":null}", "-"},
        {"{\"text\":[\"x\"]}", "-"},
        {"{\"a\":[1,-0,0.5,1e9,-1.25E-3,true,false,null,{},[],{\"b\":[{}]}],\"text\":\"y\"}", "y"},
        {"{\"a\":{\"text\":\"inner\"},\"text\":\"outer\"}", "outer"},
        {"{\"a\":1,\"a\":2,\"text\":\"t\"}", "t"},
        {"{\"text\":\"\x7F\"}", "\x7F"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char out[100];
        if (!read_line(cases[i].line, strlen(cases[i].line), out)) fail_msg("%s", cases[i].line);
        assert_string_equal(out, cases[i].text);
    }
}

static const char *const broken[] = {
    "",
    " ",
    "null",
    "[]",
    "\"text\"",
    "{",
    "}",
    "{]",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1",
    "{\"a\":1,}",
    "{\"a\":1 \"b\":2}",
    "{,}",
    "{\"a\":1}}",
    "{\"a\":1} x",
    "{a:1}",
    "{'a':1}",
    "{\"a\":01}",
    "{\"a\":+1}",
    "{\"a\":.5}",
    "{\"a\":1.}",
    "{\"a\":1e}",
    "{\"a\":-}",
    "{\"a\":NaN}",
    "{\"a\":tru}",
    "{\"a\":truex}",
    "{\"a\":nul}",
    "{\"a\":[1,]}",
    "{\"a\":[,1]}",
    "{\"a\":[1 2]}",
    "{\"a\":[}",
    "{\"a\":{]}",
    "{\"a\":[1}",
    "{\"a\":{\"b\"}}",
    "{\"a\":{1:2}}",
    "{\"text\":\"",
    "{\"text\":\"\\\"}",
    "{\"text\":\"\\x\"}",
    "{\"text\":\"\\u12g4\"}",
    "{\"text\":\"\\u12\"}",
    "{\"text\":\"\\ud800\"}",
    "{\"text\":\"\\udc00\"}",
    "{\"text\":\"\\ud800\\u0041\"}",
    "{\"text\":\"\\ud800x\"}",
    "{\"text\":\"a\nb\"}",
    "{\"text\":\"\t\"}",
    "{\"text\":\"\xFF\"}",
    "{\"text\":\"\xC0\xAF\"}",
    "{\"text\":\"\xED\xA0\x80\"}",
    "{\"text\":\"a\",\"text\":\"b\"}",
    "{\"text\":1,\"text\":\"b\"}",
    "\xEF\xBB\xBF{}",
    "{\"a\":\"b\",\"a\"}",
    "{}{}",
    "{\"a\":1]",
};

static void broken_lines_are_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(broken); i++) {
        char out[100];
        if (read_line(broken[i], strlen(broken[i]), out)) fail_msg("%s was accepted", broken[i]);
    }
    char out[100];
    assert_false(read_line("{\"a\0\":1}", 8, out));
    assert_false(read_line("{\"a\":1}\0", 8, out));
    assert_false(read_line("{\"a\":\0}", 7, out));
    // No start of a line is a line.
    static const char whole[] = "{\"a\":[1.5e3,{\"b\":\"\\u00e9\"}],\"text\":\"x\"}";
    for (size_t i = 0; i < sizeof whole - 1; i++) assert_false(read_line(whole, i, out));
    assert_true(read_line(whole, sizeof whole - 1, out));
}

static void depth_has_a_limit(void **state) {
    (void)state;
    for (size_t depth = JSON_LINE_DEPTH; depth <= JSON_LINE_DEPTH + 1; depth++) {
        buf line = {0};
        buf_text(&line, "{\"a\":");
        for (size_t i = 0; i < depth; i++) buf_text(&line, i % 2 ? "{\"x\":" : "[");
        buf_byte(&line, '1');
        for (size_t i = depth; i-- > 0;) buf_byte(&line, i % 2 ? '}' : ']');
        buf_text(&line, ",\"text\":\"t\"}");
        char out[100];
        assert_int_equal(read_line(line.data, line.size, out), depth == JSON_LINE_DEPTH);
        buf_free(&line);
    }
}

typedef struct heard {
    buf text;
} heard;

static axl_status hear_document(void *ctx, uint64_t line, const json_wanted *piece, size_t pieces,
                                axl_error *err) {
    heard *h = ctx;
    bool room = buf_format(&h->text, "%llu=", (unsigned long long)line);
    for (size_t i = 0; i < pieces; i++) room = buf_append(&h->text, piece[i].text, piece[i].bytes);
    (void)room;
    if (buf_byte(&h->text, '|')) return AXL_OK;
    if (err) *err = (axl_error){AXL_NO_MEMORY, "no memory for the test"};
    return AXL_NO_MEMORY;
}

static void hear_left_out(void *ctx, uint64_t line, corpus_reason reason) {
    heard *h = ctx;
    const char *name = reason == CORPUS_EMPTY   ? "empty"
                       : reason == CORPUS_JSON  ? "broken"
                       : reason == CORPUS_FIELD ? "field"
                                                : "long";
    buf_format(&h->text, "%llu:%s|", (unsigned long long)line, name);
}

static const char lines[] =
    "{\"text\":\"a\"}\n\n \r\n{\"text\":\"\"}\nbroken\n"
    "{\"x\":\"a string that is much too long for the limit of the test\"}\n"
    "{\"prompt\":\"p\",\"completion\":\"c\"}\r\n{\"prompt\":\"p\"}\n"
    "{\"content\":\"last\"}";
static const char told[] = "1=a|2:empty|3:empty|4:empty|5:broken|6:long|7=p\nc|8:field|9=last|";

typedef struct feeding {
    size_t first, step;
    heard h;
} feeding;

static axl_status feed(void *ctx, axl_error *err) {
    feeding *f = ctx;
    f->h = (heard){0};
    jsonl_fields fields = {0};
    const jsonl_sink sink = {hear_document, hear_left_out, &f->h};
    jsonl_reader r = {.fields = &fields, .sink = &sink, .line_max = 40};
    axl_status status = jsonl_fields_parse(&fields, CORPUS_FIELDS, err);
    const size_t bytes = sizeof lines - 1;
    for (size_t at = 0; at < bytes && status == AXL_OK;) {
        const size_t most = at == 0 ? f->first : f->step;
        const size_t part = most < bytes - at ? most : bytes - at;
        status = jsonl_feed(&r, lines + at, part, err);
        at += part;
    }
    if (status == AXL_OK) status = jsonl_end(&r, err);
    jsonl_close(&r);
    jsonl_fields_free(&fields);
    if (status == AXL_OK && !buf_ok(&f->h.text)) {
        if (err) *err = (axl_error){AXL_NO_MEMORY, "no memory for the test"};
        status = AXL_NO_MEMORY;
    }
    return status;
}

static void pieces_of_any_size_give_the_same(void **state) {
    (void)state;
    for (size_t first = 1; first < sizeof lines; first++) {
        for (size_t step = 1; step < sizeof lines; step += step < 4 ? 1 : 37) {
            feeding f = {first, step, {{0}}};
            assert_int_equal(feed(&f, NULL), AXL_OK);
            assert_string_equal(buf_string(&f.h.text), told);
            buf_free(&f.h.text);
        }
    }
}

// A line of exactly the limit is read, one of a byte more is not.
static void the_limit_of_a_line_is_exact(void **state) {
    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        buf line = {0};
        heard h = {{0}};
        jsonl_fields fields;
        const jsonl_sink sink = {hear_document, hear_left_out, &h};
        jsonl_reader r = {.fields = &fields, .sink = &sink, .line_max = 40};
        buf_text(&line, "{\"text\":\"");
        buf_fill(&line, 'x', 40 - 11 + extra);
        buf_text(&line, "\"}\n");
        assert_int_equal(jsonl_fields_parse(&fields, "text", NULL), AXL_OK);
        assert_int_equal(jsonl_feed(&r, line.data, line.size, NULL), AXL_OK);
        assert_int_equal(jsonl_end(&r, NULL), AXL_OK);
        assert_true((strcmp(buf_string(&h.text), "1:long|") == 0) == (extra == 1));
        jsonl_close(&r);
        jsonl_fields_free(&fields);
        buf_free(&line);
        buf_free(&h.text);
    }
}

static axl_status feed_and_free(void *ctx, axl_error *err) {
    const axl_status status = feed(ctx, err);
    buf_free(&((feeding *)ctx)->h.text);
    return status;
}

static void running_out_of_memory_is_an_error(void **state) {
    (void)state;
    feeding f = {7, 7, {{0}}};
    assert_true(for_each_failing_alloc(feed_and_free, &f) > 3);
}

static void field_names_are_checked(void **state) {
    (void)state;
    static const char *const bad[] = {"", ",a", "a,", "a++b", "+"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        jsonl_fields f;
        assert_int_equal(jsonl_fields_parse(&f, bad[i], NULL), AXL_BAD_ARGUMENT);
        jsonl_fields_free(&f);
    }
    buf many = {0};
    for (int i = 0; i < JSONL_FIELDS; i++) buf_text(&many, i ? "+f" : "f");
    jsonl_fields f;
    assert_int_equal(jsonl_fields_parse(&f, many.data, NULL), AXL_OK);
    jsonl_fields_free(&f);
    buf_text(&many, ",g");
    assert_int_equal(jsonl_fields_parse(&f, many.data, NULL), AXL_BAD_ARGUMENT);
    jsonl_fields_free(&f);
    buf_free(&many);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_lines_are_read),
        cmocka_unit_test(broken_lines_are_refused),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(pieces_of_any_size_give_the_same),
        cmocka_unit_test(running_out_of_memory_is_an_error),
        cmocka_unit_test(the_limit_of_a_line_is_exact),
        cmocka_unit_test(field_names_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
