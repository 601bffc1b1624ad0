// Answers of a small model: which prompts fit, and that an answer does not depend on the others.
#include "base/alloc.h"
#include "eval/answers.h"
#include "infer/generation.h"
#include "infer/infer_case.h"

#include <stdio.h>
#include <string.h>

#define CONTEXT ((size_t)128)
#define ROOM ((size_t)32)

// Prompts of these lengths.
static problem_set made(problem_benchmark b, const size_t *sizes, size_t count) {
    problem_set s = {.benchmark = b, .count = count};
    s.list = mem_zalloc_array(count, sizeof *s.list);
    assert_non_null(s.list);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < PROBLEM_PARTS; k++) {
            buf text = {0};
            if (k == PROBLEM_PROMPT)
                for (size_t c = 0; c < sizes[i]; c++) buf_byte(&text, (uint8_t)('a' + c % 7));
            s.list[i].part[k] = buf_take(&text, NULL);
            assert_non_null(s.list[i].part[k]);
        }
    return s;
}

static trial *trials(size_t problems, size_t samples) {
    trial *list = mem_zalloc_array(problems * samples, sizeof *list);
    assert_non_null(list);
    for (size_t i = 0; i < problems * samples; i++) list[i].problem = i / samples;
    return list;
}

static void make(trial *list, size_t count, const answers_spec *spec) {
    axl_error err = {0};
    if (answers_make(list, count, spec, &err) != AXL_OK) fail_msg("%s", err.text);
}

static answers_spec spec_of(const infer_case *c, const problem_set *s) {
    return (answers_spec){
        .set = s, .engine = &c->e, .room = ROOM, .max_bytes = 20, .top_p = 1, .seed = 3};
}

static void test_fit(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, CONTEXT, 1);
    const size_t sizes[] = {0, CONTEXT - 1 - ROOM, CONTEXT - ROOM, CONTEXT, 5000};
    problem_set s = made(PROBLEM_HUMANEVAL, sizes, COUNT_OF(sizes));
    const answers_spec spec = spec_of(&c, &s);
    trial *list = trials(s.count, 1);
    make(list, s.count, &spec);
    for (size_t i = 0; i < s.count; i++) {
        assert_int_equal(answers_prompt(&s, i), sizes[i] + 1);
        assert_int_equal(answers_fit(&spec, i), i < 2);
        assert_int_equal(list[i].text != NULL, i < 2);
    }
    trials_free(list, s.count);
    problem_set_free(&s);
    s = made(PROBLEM_LIGHT_SPAN, sizes, 1);
    assert_int_equal(answers_prompt(&s, 0), 4);
    axl_error err;
    const answers_spec holes = spec_of(&c, &s);
    assert_int_equal(answers_check(&holes, &err), AXL_UNSUPPORTED);
    problem_set_free(&s);
    infer_case_close(&c);
}

// What the model writes behind the prompt, by the means of a single session.
static char *alone(const infer_case *c, const answers_spec *spec, size_t at, size_t prompt) {
    session *s = infer_case_session(c);
    const char *text = spec->set->list[prompt].part[PROBLEM_PROMPT];
    axl_error err;
    for (size_t i = 0; text[i]; i++) {
        const uint16_t byte = (uint8_t)text[i];
        assert_int_equal(session_feed(s, &byte, 1, &err), AXL_OK);
    }
    const generation_options o = {.chooser = {.temperature = spec->temperature,
                                              .top_p = spec->top_p,
                                              .repeat = 1,
                                              .key = rng_key(spec->seed, at)},
                                  .most_bytes = spec->max_bytes};
    generation g;
    assert_int_equal(generation_begin(&g, s, &o, &err), AXL_OK);
    while (!g.end) {
        if (!session_ready(s)) assert_int_equal(batch_run(c->b, &s, 1, &err), AXL_OK);
        assert_int_equal(generation_take(&g, &err), AXL_OK);
    }
    char *out = mem_alloc(g.text.size + 1);
    assert_non_null(out);
    strcpy(out, buf_string(&g.text));
    generation_free(&g);
    session_free(s);
    return out;
}

static void test_same(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, CONTEXT, 1);
    const size_t sizes[] = {3, 70, 0, 20, 5000, 41, 64};
    problem_set s = made(PROBLEM_MBPP, sizes, COUNT_OF(sizes));
    for (size_t way = 0; way < 2; way++) {
        answers_spec spec = spec_of(&c, &s);
        spec.temperature = (double)way;
        const size_t count = s.count * 5;
        trial *list = trials(s.count, 5);
        make(list, count, &spec);
        size_t differ = 0;
        for (size_t i = 0; i < count; i++) {
            if (sizes[i / 5] == 5000) continue;
            char *want = alone(&c, &spec, i, i / 5);
            assert_string_equal(list[i].text, want);
            differ += i % 5 > 0 && strcmp(list[i].text, list[i - 1].text) != 0;
            mem_free(want);
        }
        assert_true(way == 0 ? differ == 0 : differ > 10);
        trials_free(list, count);
    }
    problem_set_free(&s);
    infer_case_close(&c);
}

// An answer ends where the context does.
static void test_end(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, CONTEXT, 1);
    const size_t size = CONTEXT - 1 - ROOM;
    problem_set s = made(PROBLEM_MBPP, &size, 1);
    answers_spec spec = spec_of(&c, &s);
    spec.max_bytes = 100000;
    trial *list = trials(1, 1);
    make(list, 1, &spec);
    assert_true(strlen(list[0].text) <= ROOM && strlen(list[0].text) > 0);
    trials_free(list, 1);
    problem_set_free(&s);
    infer_case_close(&c);
}

static int third(void *ctx, size_t done, size_t total) {
    (void)done;
    (void)total;
    return ++*(int *)ctx == 3;
}

static void test_stopped(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, CONTEXT, 1);
    const size_t sizes[] = {9, 9, 9};
    problem_set s = made(PROBLEM_MBPP, sizes, 3);
    int asked = 0;
    answers_spec spec = spec_of(&c, &s);
    spec.progress = third;
    spec.progress_ctx = &asked;
    trial *list = trials(3, 1);
    axl_error err;
    assert_int_equal(answers_make(list, 3, &spec, &err), AXL_INTERRUPTED);
    assert_int_equal(asked, 3);
    trials_free(list, 3);
    problem_set_free(&s);
    infer_case_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fit),
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
