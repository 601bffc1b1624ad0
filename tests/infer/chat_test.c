// Conversations: the form, what is forgotten, and prompts to be filled in.
#include "base/error.h"
#include "infer/chat.h"
#include "infer/infill.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <string.h>

static void ask(chat *c, const char *question, size_t answer, size_t most) {
    axl_error err;
    const chat_question q = {question, strlen(question), answer, most};
    assert_int_equal(chat_ask(c, &q, &err), AXL_OK);
}

static void answer(chat *c, const char *text) {
    axl_error err;
    assert_int_equal(chat_answer(c, text, strlen(text), &err), AXL_OK);
}

static void test_form(void **state) {
    (void)state;
    const chat_template form = generation_defaults().chat;
    axl_error err;
    chat c = {0};
    assert_int_equal(chat_begin(&c, &form, NULL, &err), AXL_OK);
    ask(&c, "hello?", 10, 1000);
    assert_string_equal(c.text.data, "User: hello?\nAssistant:");
    answer(&c, " yes");
    ask(&c, "why", 10, 1000);
    assert_string_equal(c.text.data, "User: hello?\nAssistant: yes\nUser: why\nAssistant:");
    assert_int_equal(chat_begin(&c, &form, "Be brief.", &err), AXL_OK);
    ask(&c, "x", 10, 1000);
    assert_string_equal(c.text.data, "Be brief.\n\nUser: x\nAssistant:");
    char stop[CHAT_STOP_MAX];
    assert_int_equal(chat_stop(&form, stop), 6);
    assert_memory_equal(stop, "\nUser:", 6);
    chat_free(&c);
    chat_template odd = {.system = "S", .assistant = "|"};
    assert_int_equal(chat_stop(&odd, stop), 0);
    assert_int_equal(chat_begin(&c, &odd, NULL, &err), AXL_OK);
    ask(&c, "q", 1, 10);
    assert_string_equal(c.text.data, "Sq|");
    chat_free(&c);
}

// The oldest turns go, whole; the system text and the newest turn stay.
static void test_forgets(void **state) {
    (void)state;
    const chat_template form = {.system = "SYS;", .user = "u", .assistant = "a", .end = "."};
    axl_error err;
    chat c = {0};
    assert_int_equal(chat_begin(&c, &form, NULL, &err), AXL_OK);
    for (size_t i = 0; i < 3; i++) {
        ask(&c, "123", 5, 40); // a turn of 8 bytes and 2 of the answer: 4 + 3 * 8 + 5 fit
        answer(&c, "xy");
    }
    assert_string_equal(c.text.data, "SYS;u123axy.u123axy.u123axy.");
    ask(&c, "456", 8, 40); // 28 + 5 + 8: one byte too many
    assert_string_equal(c.text.data, "SYS;u123axy.u123axy.u456a");
    ask(&c, "789", 30, 40);
    assert_string_equal(c.text.data, "SYS;u789a");
    ask(&c, "a question that alone is longer than there is room", 5, 40);
    assert_int_equal(c.turns, 1);
    assert_memory_equal(c.text.data, "SYS;ua question", 15);
    chat_free(&c);
    assert_int_equal(chat_begin(&c, &form, NULL, &err), AXL_OK);
    for (size_t i = 0; i < 3 * CHAT_TURNS; i++) {
        ask(&c, "q", 1, 1 << 20);
        answer(&c, "");
    }
    assert_int_equal(c.turns, CHAT_TURNS);
    assert_int_equal(c.text.size, 4 + 4 * CHAT_TURNS);
    chat_free(&c);
}

static axl_status converse(void *ctx, axl_error *err) {
    (void)ctx;
    const chat_template form = generation_defaults().chat;
    chat c = {0};
    char question[300];
    memset(question, 'q', sizeof question);
    axl_status status = chat_begin(&c, &form, "system", err);
    const chat_question q = {question, sizeof question, 5, 1000};
    for (size_t i = 0; i < 3 && status == AXL_OK; i++) {
        status = chat_ask(&c, &q, err);
        if (status == AXL_OK) status = chat_answer(&c, question, sizeof question, err);
    }
    chat_free(&c);
    return status;
}

static void test_no_memory(void **state) {
    (void)state;
    assert_true(for_each_failing_alloc(converse, NULL) >= 2);
}

// ---- infill ----

static void test_infill(void **state) {
    (void)state;
    const infill all = {(const uint8_t *)"prefix", (const uint8_t *)"suffix", 6, 6};
    uint16_t out[16];
    const uint16_t want[16] = {MODEL_BOS, INFILL_SUFFIX, 's',           'u',          'f', 'f',
                               'i',       'x',           INFILL_PREFIX, 'p',          'r', 'e',
                               'f',       'i',           'x',           INFILL_MIDDLE};
    assert_int_equal(infill_symbols(&all), 16);
    infill_write(&all, out);
    assert_memory_equal(out, want, sizeof want);
    // Every room: what is nearest to the gap stays, all of the room is used.
    for (size_t room = 0; room < 30; room++) {
        const infill fit = infill_fit(&all, room);
        const size_t text = room < INFILL_MARKS ? 0 : room - INFILL_MARKS;
        const size_t used = fit.prefix_size + fit.suffix_size;
        assert_int_equal(used, text < 12 ? text : 12);
        assert_ptr_equal(fit.prefix + fit.prefix_size, all.prefix + 6);
        assert_ptr_equal(fit.suffix, all.suffix);
    }
    assert_int_equal(infill_fit(&all, 4 + 8).suffix_size, 2);  // a quarter
    assert_int_equal(infill_fit(&all, 4 + 10).suffix_size, 4); // what the prefix leaves
    const infill lone = {(const uint8_t *)"", (const uint8_t *)"suffix", 0, 6};
    assert_int_equal(infill_fit(&lone, 8).suffix_size, 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_forgets),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_infill),
    };
    return cmocka_run_group_tests_name("conversations", tests, NULL, NULL);
}
