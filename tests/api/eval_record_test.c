// What an evaluation leaves in a model's directory.
#include "api/eval_record.h"
#include "base/alloc.h"
#include "base/error.h"
#include "os/file.h"
#include "os/lock.h"
#include "os/scratch.h"
#include "os/thread.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

static buf text_of(const char *text) {
    buf b = {0};
    assert_true(buf_text(&b, text));
    return b;
}

// The record of that name with these texts, to be forgotten with forget.
typedef struct sample {
    buf card, json;
    eval_record record;
} sample;

static void make(sample *s, const char *name, const char *card, const char *json) {
    s->card = text_of(card);
    s->json = text_of(json);
    s->record = (eval_record){"tasks", name, &s->card, &s->json};
}

static void forget(sample *s) {
    buf_free(&s->card);
    buf_free(&s->json);
}

static void sections_are_put_in_their_places(void **state) {
    (void)state;
    sample a, b, c;
    buf first = {0}, second = {0}, third = {0};
    make(&a, "fix", "## Fix\n\nold\n", "1");
    make(&b, "docs", "## Docs\n", "2");
    make(&c, "fix", "## Fix\n\nnew\n", "3");
    assert_true(eval_record_card(&first, "# A model", &a.record));
    assert_true(eval_record_card(&second, first.data, &b.record));
    assert_true(eval_record_card(&third, second.data, &c.record));
    assert_string_equal(third.data,
                        "# A model\n\n"
                        "<!-- axl eval tasks fix -->\n## Fix\n\nnew\n"
                        "<!-- end of axl eval tasks fix -->\n\n"
                        "<!-- axl eval tasks docs -->\n## Docs\n"
                        "<!-- end of axl eval tasks docs -->\n");
    buf_free(&first);
    buf_free(&second);
    buf_free(&third);
    // A mark without its end, and what stands behind it, stay.
    assert_true(eval_record_card(&first, "<!-- axl eval tasks fix -->\nmine\n", &a.record));
    assert_true(eval_record_card(&second, first.data, &c.record));
    assert_string_equal(second.data,
                        "<!-- axl eval tasks fix -->\nmine\n\n"
                        "<!-- axl eval tasks fix -->\n## Fix\n\nnew\n"
                        "<!-- end of axl eval tasks fix -->\n");
    buf_free(&first);
    buf_free(&second);
    forget(&a);
    forget(&b);
    forget(&c);
}

// The results after the record was put into old, which must hold what is expected.
static void becomes(const char *old, const eval_record *r, const char *expected) {
    axl_error err;
    buf out = {0};
    if (eval_record_results(&out, "results.json", old, r, &err) != AXL_OK) fail_msg("%s", err.text);
    assert_string_equal(out.data, expected);
    buf_free(&out);
}

static void members_are_put_in_their_places(void **state) {
    (void)state;
    sample s;
    make(&s, "fix", "", "{\n  \"a\": 1\n}");
    becomes("", &s.record, "{\n  \"tasks\": {\n    \"fix\": {\n      \"a\": 1\n    }\n  }\n}\n");
    // What is there keeps its bytes, figures as 1.50 and a name that looks like ours inside.
    becomes("{\"bpb\": 1.50, \"x\": {\"tasks\": 1}}", &s.record,
            "{\"bpb\": 1.50, \"x\": {\"tasks\": 1},\n  \"tasks\": {\n    \"fix\": {\n      \"a\": "
            "1\n    }\n  }\n}");
    becomes("{\n  \"tasks\": {\"docs\": 5, \"fix\": [6], \"secure\": 7},\n  \"b\": 2\n}\n",
            &s.record,
            "{\n  \"tasks\": {\"docs\": 5, \"fix\": {\n      \"a\": 1\n    }, \"secure\": 7},\n  "
            "\"b\": 2\n}\n");
    becomes("{\"tasks\":{\"d\\u0065f\": \"}\"} }", &s.record,
            "{\"tasks\":{\"d\\u0065f\": \"}\",\n    \"fix\": {\n      \"a\": 1\n    }\n  } }");
    forget(&s);
}

static void what_is_no_object_is_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"[]", "{", "{\"tasks\": 1}", "{} x", "{\"a\": nothing}"};
    sample s;
    axl_error err;
    make(&s, "fix", "", "1");
    for (size_t i = 0; i < 5; i++) {
        buf out = {0};
        assert_int_equal(eval_record_results(&out, "results.json", wrong[i], &s.record, &err),
                         AXL_BAD_FILE);
        assert_non_null(strstr(err.text, "results.json"));
        buf_free(&out);
    }
    forget(&s);
}

static axl_status put(void *ctx, axl_error *err) {
    const eval_record *r = ctx;
    buf out = {0}, card = {0};
    axl_status status =
        eval_record_card(&card, "# A", r) ? AXL_OK : error_no_memory(err, "a card", card.size);
    if (status == AXL_OK)
        status = eval_record_results(&out, "r", "{\"a\": 1, \"tasks\": {}}", r, err);
    buf_free(&out);
    buf_free(&card);
    return status;
}

static void memory_may_run_out_anywhere(void **state) {
    (void)state;
    sample s;
    make(&s, "fix", "## Fix\n", "{\n  \"a\": 1\n}");
    assert_true(for_each_failing_alloc(put, &s.record) >= 4);
    forget(&s);
}

static void only_directories_have_a_card(void **state) {
    (void)state;
    scratch box;
    sample s;
    scratch_make(&box);
    make(&s, "fix", "## Fix\n", "1");
    scratch_text(scratch_path(&box, "model.gguf"), "x");
    assert_int_equal(eval_record_write(scratch_path(&box, "model.gguf"), &s.record, NULL), AXL_OK);
    assert_int_equal(eval_record_write(scratch_path(&box, "."), &s.record, NULL), AXL_OK);
    assert_int_equal(scratch_count(&box, ""), 1);
    scratch_text(scratch_path(&box, "config.json"), "{}");
    assert_int_equal(eval_record_write(scratch_path(&box, "."), &s.record, NULL), AXL_OK);
    static const char json[] = "{\n  \"tasks\": {\n    \"fix\": 1\n  }\n}\n";
    assert_true(scratch_holds(scratch_path(&box, "results.json"), json, sizeof json - 1));
    assert_int_equal(scratch_count(&box, "README.md"), 1);
    forget(&s);
    scratch_remove(&box);
}

#define ROUNDS 20

// Somebody who puts so many records into one directory.
typedef struct writer {
    const char *model, *letter;
    size_t failed;
} writer;

static void write_all(void *ctx) {
    writer *w = ctx;
    for (int i = 0; i < ROUNDS; i++) {
        char name[16];
        buf card = {0}, json = {0};
        snprintf(name, sizeof name, "%s%d", w->letter, i);
        const eval_record r = {"tasks", name, &card, &json};
        w->failed += !buf_text(&card, "## One\n") || !buf_text(&json, "1") ||
                     eval_record_write(w->model, &r, NULL) != AXL_OK;
        buf_free(&card);
        buf_free(&json);
    }
}

static void two_at_once_lose_nothing(void **state) {
    (void)state;
    scratch box;
    os_thread thread;
    scratch_make(&box);
    scratch_text(scratch_path(&box, "config.json"), "{}");
    char model[SCRATCH_PATH_MAX + 8];
    snprintf(model, sizeof model, "%s", scratch_path(&box, "."));
    writer one = {.model = model, .letter = "a"}, other = {.model = model, .letter = "b"};
    assert_int_equal(os_thread_start(&thread, write_all, &one, NULL), AXL_OK);
    write_all(&other);
    os_thread_join(&thread);
    assert_int_equal(one.failed + other.failed, 0);
    static const char *const files[] = {"results.json", "README.md"};
    for (size_t f = 0; f < COUNT_OF(files); f++) {
        void *text;
        size_t bytes;
        assert_int_equal(os_file_read(scratch_path(&box, files[f]), 1 << 20, &text, &bytes, NULL),
                         AXL_OK);
        for (int i = 0; i < 2 * ROUNDS; i++) {
            char mark[40];
            snprintf(mark, sizeof mark, f == 0 ? "\"%c%d\": 1" : "axl eval tasks %c%d -->",
                     i % 2 ? 'a' : 'b', i / 2);
            if (!strstr(text, mark)) fail_msg("%s: no %s", files[f], mark);
        }
        mem_free(text);
    }
    scratch_remove(&box);
}

// A training run keeps its folder for hours.
static void a_locked_folder_is_busy(void **state) {
    (void)state;
    scratch box;
    sample s;
    axl_error err;
    int lock;
    scratch_make(&box);
    make(&s, "fix", "## Fix\n", "1");
    scratch_text(scratch_path(&box, "config.json"), "{}");
    assert_int_equal(os_lock_folder(&lock, scratch_path(&box, "."), NULL), AXL_OK);
    assert_int_equal(eval_record_within(scratch_path(&box, "."), &s.record, 0, &err), AXL_BUSY);
    assert_non_null(strstr(err.text, "in use"));
    assert_int_equal(scratch_count(&box, "README.md"), 0);
    os_lock_release(lock);
    assert_int_equal(eval_record_within(scratch_path(&box, "."), &s.record, 0, &err), AXL_OK);
    assert_int_equal(scratch_count(&box, "README.md"), 1);
    forget(&s);
    scratch_remove(&box);
}

static void the_first_failure_is_kept(void **state) {
    (void)state;
    scratch box;
    sample s;
    axl_error first = {0};
    scratch_make(&box);
    make(&s, "fix", "## Fix\n", "1");
    scratch_text(scratch_path(&box, "config.json"), "{}");
    eval_record_keep(scratch_path(&box, "."), &s.record, &first);
    assert_int_equal(first.code, AXL_OK);
    scratch_text(scratch_path(&box, "results.json"), "[]");
    eval_record_keep(scratch_path(&box, "."), &s.record, &first);
    assert_int_equal(first.code, AXL_BAD_FILE);
    assert_non_null(strstr(first.text, "results.json"));
    buf none = {.failed = true};
    const eval_record without = {"tasks", "fix", &none, &s.json};
    eval_record_keep(scratch_path(&box, "."), &without, &first);
    assert_int_equal(first.code, AXL_BAD_FILE);
    first = (axl_error){0};
    eval_record_keep(scratch_path(&box, "."), &without, &first);
    assert_int_equal(first.code, AXL_NO_MEMORY);
    forget(&s);
    scratch_remove(&box);
}

// What stands behind a zero byte must not vanish.
static void a_zero_byte_is_refused(void **state) {
    (void)state;
    static const char old[] = "{\"a\": 1}\n\0{\"b\": 2}\n";
    scratch box;
    sample s;
    axl_error err;
    scratch_make(&box);
    make(&s, "fix", "## Fix\n", "1");
    scratch_text(scratch_path(&box, "config.json"), "{}");
    scratch_write(scratch_path(&box, "results.json"), old, sizeof old - 1);
    assert_int_equal(eval_record_write(scratch_path(&box, "."), &s.record, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "results.json"));
    assert_true(scratch_holds(scratch_path(&box, "results.json"), old, sizeof old - 1));
    forget(&s);
    scratch_remove(&box);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_are_put_in_their_places),
        cmocka_unit_test(members_are_put_in_their_places),
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(memory_may_run_out_anywhere),
        cmocka_unit_test(only_directories_have_a_card),
        cmocka_unit_test(two_at_once_lose_nothing),
        cmocka_unit_test(a_locked_folder_is_busy),
        cmocka_unit_test(the_first_failure_is_kept),
        cmocka_unit_test(a_zero_byte_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
