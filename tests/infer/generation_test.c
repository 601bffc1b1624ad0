// Generations: what ends them, and what of the text may be shown when.
#include "infer/generation.h"

#include "infer_case.h"

#include "base/utf8.h"

#include <string.h>

// The script that the model is made to write.
typedef struct script {
    const uint8_t *bytes;
    size_t size, prompt, length;
} script;

static axl_status dictate(void *ctx, float *logits, size_t vocab, axl_error *err) {
    (void)err;
    const script *s = ctx;
    const size_t at = s->length - s->prompt;
    for (size_t i = 0; i < vocab; i++) logits[i] = 0;
    logits[at < s->size ? s->bytes[at] : MODEL_EOS] = 100;
    return AXL_OK;
}

static void hear(void *ctx, const uint16_t *symbols, size_t count) {
    (void)symbols;
    ((script *)ctx)->length += count;
}

static void forget(void *ctx, uint64_t length) {
    ((script *)ctx)->length = (size_t)length;
}

typedef struct played {
    char text[512];
    size_t size;
    generation_end end;
} played;

// Lets the model write the script, and checks what is shown on the way.
static played play(const infer_case *c, const void *bytes, size_t size,
                   const generation_options *options) {
    axl_error err;
    played out = {0};
    session *s = infer_case_session(c);
    script the = {.bytes = bytes, .size = size, .prompt = 1};
    const expert e = {dictate, hear, forget, &the};
    case_ok(session_join(s, &e, &err), &err);
    generation g;
    case_ok(generation_begin(&g, s, options, &err), &err);
    size_t shown = 0;
    while (!g.end) {
        case_ok(batch_run(c->b, &s, 1, &err), &err);
        case_ok(generation_take(&g, &err), &err);
        assert_true(g.shown >= shown && g.shown <= g.text.size);
        if (!g.end) assert_int_equal(utf8_partial_tail(g.text.data, g.shown), 0);
        if (shown) assert_memory_equal(out.text, g.text.data, shown);
        shown = g.shown;
        if (shown) memcpy(out.text, g.text.data, shown);
    }
    assert_int_equal(g.shown, g.text.size);
    assert_memory_equal(g.text.size ? g.text.data : "", bytes, g.text.size);
    for (size_t i = 0; options->keep_choices && i < g.text.size; i++)
        assert_int_equal(g.choices[i].symbol, (uint8_t)g.text.data[i]);
    out.size = g.text.size;
    out.end = g.end;
    generation_free(&g);
    session_free(s);
    return out;
}

static generation_options plain(void) {
    return (generation_options){.chooser = chooser_greedy, .most_bytes = 400};
}

static void ends(const infer_case *c, const char *text, const generation_options *o, size_t size,
                 generation_end end) {
    const played p = play(c, text, strlen(text), o);
    assert_int_equal(p.size, size);
    assert_int_equal(p.end, end);
}

static void test_ends(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, 128, 1);
    generation_options o = plain();
    ends(&c, "hello", &o, 5, GENERATION_EOS);
    ends(&c, "", &o, 0, GENERATION_EOS);
    o.most_bytes = 3;
    ends(&c, "hello", &o, 3, GENERATION_BYTES);
    o.most_bytes = 0;
    ends(&c, "hello", &o, 0, GENERATION_BYTES);
    o = plain();
    const stop_string stops[] = {{"\n\n", 2}, {"User:", 5}, {"er: b", 5}};
    o.stop = stops;
    o.stop_count = 3;
    o.keep_choices = true;
    ends(&c, "one\ntwo\n\nthree", &o, 7, GENERATION_STOP);
    ends(&c, "a User: b", &o, 2, GENERATION_STOP);
    ends(&c, "a user: b", &o, 4, GENERATION_STOP);
    ends(&c, "Use\nUsUser", &o, 10, GENERATION_EOS); // beginnings of stop strings are text
    ends(&c, "\n\n", &o, 0, GENERATION_STOP);
    o.most_bytes = 6;
    ends(&c, "aaUser: ", &o, 6, GENERATION_BYTES);
    o.most_bytes = 7;
    ends(&c, "aaUser: ", &o, 2, GENERATION_STOP); // both at once: the stop string goes
    infer_case_close(&c);
}

// Characters come whole; bytes that are none come as they are.
static void test_utf8(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, 128, 1);
    const generation_options o = plain();
    static const char *const texts[] = {"na\xC3\xAFve \xE2\x82\xAC \xF0\x9F\x98\x80!",
                                        "\xFF\xFE broken \xC3( \xE2\x82", "\xF0\x9F\x98",
                                        "\x1b[31m\x80"};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        ends(&c, texts[i], &o, strlen(texts[i]), GENERATION_EOS);
    const played zero = play(&c, "a\0b\0", 4, &o);
    assert_int_equal(zero.size, 4);
    infer_case_close(&c);
}

static void test_time(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, 128, 1);
    axl_error err;
    generation_options o = plain();
    o.most_bytes = UINT64_MAX;
    o.chooser.ignore_eos = true;
    o.most_seconds = 0.01;
    session *s = infer_case_session(&c);
    generation g;
    case_ok(generation_begin(&g, s, &o, &err), &err);
    while (!g.end) {
        case_ok(batch_run(c.b, &s, 1, &err), &err);
        case_ok(generation_take(&g, &err), &err);
    }
    assert_int_equal(g.end, GENERATION_TIME);
    generation_free(&g);
    session_free(s);
    infer_case_close(&c);
}

static void test_refused(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, 64, 1);
    axl_error err;
    session *s = infer_case_session(&c);
    generation g;
    generation_options o = plain();
    o.chooser.top_p = 2;
    assert_int_equal(generation_begin(&g, s, &o, &err), AXL_BAD_ARGUMENT);
    o = plain();
    o.most_seconds = -1;
    assert_int_equal(generation_begin(&g, s, &o, &err), AXL_BAD_ARGUMENT);
    const stop_string empty = {"", 0};
    o = plain();
    o.stop = &empty;
    o.stop_count = 1;
    assert_int_equal(generation_begin(&g, s, &o, &err), AXL_BAD_ARGUMENT);
    session_free(s);
    infer_case_close(&c);
    assert_string_equal(generation_end_name(GENERATION_STOP), "stop");
    assert_string_equal(generation_end_name(GENERATION_EOS), "eos");
    assert_string_equal(generation_end_name(GENERATION_BYTES), "length");
    assert_string_equal(generation_end_name(GENERATION_TIME), "time");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("generation", tests, NULL, NULL);
}
