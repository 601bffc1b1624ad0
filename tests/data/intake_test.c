// Documents as they come, with where they come from, out of friendly and hostile files; and the
// outputs that they go to.
#include "data/data_case.h"
#include "data/intake.h"
#include "data/outlet.h"
#include "data/record_store.h"
#include "os/scratch.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((uint64_t)1 << 16)

static buf seen;
static const char *root[1];

static axl_status take(void *ctx, const record *r, axl_error *err) {
    (void)ctx, (void)err;
    const size_t shown = r->bytes < 12 ? r->bytes : 12;
    buf_format(&seen, "%s|%s|%llu|%zu|%.*s\n", r->project, r->path, (unsigned long long)r->line,
               r->bytes, (int)shown, r->text);
    return AXL_OK;
}

static void leave_out(void *ctx, const char *path, uint64_t line, drop_reason reason) {
    char name[DROP_NAME_MAX];
    (void)ctx;
    const char *slash = strrchr(path, '/');
    buf_format(&seen, "-%s:%llu %s\n", slash ? slash + 1 : path, (unsigned long long)line,
               drop_reason_name(reason, name));
}

static const char *read_all(void) {
    root[0] = data_box_path("data");
    const intake_spec spec = {.path = root, .paths = 1, .bytes_max = MAX_BYTES};
    const intake_sink sink = {take, leave_out, NULL};
    axl_error err = {0};
    buf_clear(&seen);
    if (intake_read(&spec, &sink, &err) != AXL_OK) fail_msg("%s", err.text);
    return buf_string(&seen);
}

static void documents_know_where_they_come_from(void **state) {
    (void)state;
    data_file_text("one/a.py", "a = 1\n");
    data_file_text("one/sub/b.py", "b = 2\n");
    data_file_text("two.py", "c = 3\n");
    data_file_gzip("z/d.py.gz", "d = 4\n", 6);
    data_file_text("x.jsonl",
                   "{\"text\": \"e\"}\n"
                   "{\"text\": \"f\", \"project\": \"p\", \"path\": \"q/r.py\"}\n"
                   "{\"text\": \"g\", \"repo_name\": \"o/n\"}\n"
                   "{\"prompt\": \"h\", \"completion\": \"i\"}\n");
    assert_string_equal(read_all(),
                        "one|one/a.py|0|6|a = 1\n\n"
                        "one|one/sub/b.py|0|6|b = 2\n\n"
                        "two.py|two.py|0|6|c = 3\n\n"
                        "x.jsonl|x.jsonl|1|1|e\n"
                        "p|q/r.py|0|1|f\n"
                        "o/n|x.jsonl|3|1|g\n"
                        "x.jsonl|x.jsonl|4|3|h\ni\n"
                        "z|z/d.py.gz|0|6|d = 4\n\n");
}

// What the outputs of filter, mix and split say of a document's place comes back.
static void lines_say_their_number(void **state) {
    (void)state;
    data_file_text("x.jsonl",
                   "{\"text\": \"a\", \"project\": \"p\", \"path\": \"in.jsonl\", \"line\": 7}\n"
                   "{\"text\": \"b\", \"path\": \"in.jsonl\", \"line\": -7}\n"
                   "{\"text\": \"c\", \"path\": \"in.jsonl\", \"line\": 1234567890123456789}\n"
                   "{\"text\": \"d\", \"path\": \"in.jsonl\", \"line\": \"7\"}\n"
                   "{\"text\": \"e\", \"line\": 7}\n");
    assert_string_equal(read_all(),
                        "p|in.jsonl|7|1|a\nx.jsonl|in.jsonl|0|1|b\nx.jsonl|in.jsonl|0|1|c\n"
                        "x.jsonl|in.jsonl|0|1|d\nx.jsonl|x.jsonl|5|1|e\n");
}

static void names_that_are_no_utf8_stay_apart(void **state) {
    (void)state;
    data_file_text("a\xe9/x.py", "a\n");
    data_file_text("a\xff/\xc3\xa9.py", "b\n");
    assert_string_equal(read_all(),
                        "a\\xE9|a\\xE9/x.py|0|2|a\n\na\\xFF|a\\xFF/\xc3\xa9.py|0|2|b\n\n");
}

static void what_is_no_document_is_counted(void **state) {
    (void)state;
    data_file_text("a_empty.py", "");
    data_file_write("b_binary", "a\0b", 3);
    data_file_write("c.py.gz", "\x1f\x8b\x08\0\0\0", 6);
    data_file_text("d.jsonl",
                   "not json\n{\"text\": 1}\n{\"text\": \"\"}\n{\"other\": \"x\"}\n\n"
                   "{\"text\": \"a\", \"project\": \"with\\u0000zero\"}");
    assert_string_equal(read_all(),
                        "-a_empty.py:0 empty\n-b_binary:0 binary\n-c.py.gz:0 damaged\n"
                        "-d.jsonl:1 json\n-d.jsonl:2 field\n-d.jsonl:3 empty\n"
                        "-d.jsonl:4 field\n-d.jsonl:5 empty\nd.jsonl|d.jsonl|6|1|a\n");
}

// The peak of all that is held while it is read.
static size_t peak_of_reading(void) {
    failing_alloc_install();
    read_all();
    const size_t peak = failing_alloc_peak_bytes();
    buf_free(&seen);
    failing_alloc_remove();
    return peak;
}

static void lines_without_end_cost_no_memory(void **state) {
    (void)state;
    buf text = {0};
    buf_fill(&text, 'x', (size_t)64 << 20);
    data_file_write("plain.txt", text.data, text.size);
    data_file_write("lines.jsonl", text.data, text.size);
    data_file_gzip("packed.txt.gz", text.data, text.size);
    data_file_gzip("packed.jsonl.gz", text.data, text.size);
    buf_free(&text);
    // A line of JSONL may have 16 MiB, in a buffer that grows to twice as much at most.
    assert_true(peak_of_reading() < (size_t)52 << 20);
    assert_string_equal(read_all(),
                        "-lines.jsonl:1 long_line\n-packed.jsonl.gz:1 long_line\n"
                        "-packed.txt.gz:0 large\n-plain.txt:0 large\n");
}

static void bombs_are_given_up(void **state) {
    (void)state;
    const size_t bytes = (size_t)INTAKE_BOMB_BYTES + ((size_t)8 << 20);
    buf text = {0};
    // Lines that are short, so that nothing but the bomb is found.
    while (text.size < bytes) buf_text(&text, "{}                              \n");
    data_file_gzip("bomb.jsonl.gz", text.data, text.size);
    buf_free(&text);
    const char *all = read_all();
    assert_true(strlen(all) > 30);
    assert_string_equal(all + strlen(all) - strlen("-bomb.jsonl.gz:0 bomb\n"),
                        "-bomb.jsonl.gz:0 bomb\n");
}

static void nesting_costs_nothing(void **state) {
    (void)state;
    buf text = {0};
    buf_text(&text, "{\"text\": \"x\", \"deep\": ");
    buf_fill(&text, '[', 1 << 20);
    buf_text(&text, "\n{\"text\": \"good\"}\n");
    data_file_write("deep.jsonl", text.data, text.size);
    buf_free(&text);
    assert_string_equal(read_all(), "-deep.jsonl:1 json\ndeep.jsonl|deep.jsonl|2|4|good\n");
}

static bool always(void *ctx) {
    (void)ctx;
    return true;
}

static void reading_can_be_stopped_and_refused(void **state) {
    (void)state;
    axl_error err;
    data_file_text("a.py", "x\n");
    root[0] = data_box_path("data");
    intake_spec spec = {.path = root, .paths = 1, .bytes_max = 1, .stop = always};
    const intake_sink sink = {take, leave_out, NULL};
    assert_int_equal(intake_read(&spec, &sink, &err), AXL_INTERRUPTED);
    spec.bytes_max = INTAKE_BYTES_MAX + 1;
    assert_int_equal(intake_read(&spec, &sink, &err), AXL_BAD_ARGUMENT);
    root[0] = data_box_path("nothing");
    spec.bytes_max = 1;
    assert_int_equal(intake_read(&spec, &sink, &err), AXL_NOT_FOUND);
}

// ---- outputs ----

static void names_lead_nowhere_else(void **state) {
    (void)state;
    static const struct {
        const char *project, *path;
        uint64_t line, number;
        const char *name;
    } cases[] = {
        {"p", "p/a.py", 0, 0, "p/a.py"},
        {"a.py", "a.py", 0, 0, "a.py"},
        {"p", "a.py", 0, 0, "p/a.py"},
        {"../..", "/etc/passwd", 0, 0, "_./_./etc/passwd"},
        {"p", "../../x", 0, 0, "p/_./_./x"},
        {"p", ".git/config", 0, 0, "p/_git/config"},
        {".gitignore", ".gitignore", 0, 0, "_gitignore"},
        {"p", "a\nb\x1b[1m:c*.py", 0, 0, "p/a_b_[1m_c_.py"},
        {"p", "a.py.gz", 0, 0, "p/a.py"},
        {"d.jsonl", "d.jsonl", 7, 0, "d-7.txt"},
        {"p", "x.jsonl", 0, 0, "p/x.txt"},
        {"p", "p/a.py", 0, 12, "p/a~12.py"},
        {"p", "p/Makefile", 0, 3, "p/Makefile~3"},
        {"_", "1.txt", 0, 0, "__/1.txt"},
        {":", "_", 0, 0, "__/_"},
        {"_", "_", 0, 0, "__"},
        {"", "", 0, 0, "_document"},
        {"/", "./.", 0, 0, "_document"},
        {"manifest.json", "manifest.json", 0, 0, "manifest.json_document"},
        {"SHA256SUMS", "SHA256SUMS", 0, 0, "SHA256SUMS_document"},
    };
    buf name = {0};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const record r = {
            .project = cases[i].project, .path = cases[i].path, .line = cases[i].line};
        assert_true(outlet_name(&name, &r, cases[i].number));
        assert_string_equal(buf_string(&name), cases[i].name);
    }
    buf long_path = {0};
    for (int i = 0; i < 100; i++) buf_text(&long_path, "abcdefghijklmnopqrstuvwxyz/");
    buf_fill(&long_path, 'n', 5000);
    const record r = {.project = "p", .path = buf_string(&long_path)};
    assert_true(outlet_name(&name, &r, 0));
    assert_true(name.size < 1000);
    buf_free(&name);
    buf_free(&long_path);
}

static void put(outlet *o, const char *project, const char *path, const char *text) {
    const record r = {.text = text, .bytes = strlen(text), .project = project, .path = path};
    axl_error err = {0};
    if (outlet_put(o, &r, &err) != AXL_OK) fail_msg("%s", err.text);
}

static void folders_hold_each_document(void **state) {
    (void)state;
    outlet *o;
    outlet_sum sum;
    buf path = {0}, text = {0};
    assert_int_equal(outlet_open(&o, data_box_path("out"), false, NULL), AXL_OK);
    put(o, "p", "p/a.py", "one\n");
    put(o, "p", "p/a.py", "two\n");   // the same place
    put(o, "p", "p/a.py/x", "three"); // a file where a folder would have to be
    put(o, "p", "p", "four");         // a folder where the file would have to be
    assert_int_equal(outlet_finish(o, &sum, NULL), AXL_OK);
    buf_text(&text, "{}\n");
    assert_int_equal(outlet_manifest(o, &text, &path, NULL), AXL_OK);
    outlet_close(o);
    assert_int_equal(sum.documents, 4);
    assert_true(scratch_holds(data_box_path("out/p/a.py"), "one\n", 4));
    assert_true(scratch_holds(data_box_path("out/p/a~2.py"), "two\n", 4));
    assert_true(scratch_holds(data_box_path("out/_/3.txt"), "three", 5));
    assert_true(scratch_holds(data_box_path("out/p~4"), "four", 4));
    assert_true(scratch_holds(data_box_path("out/manifest.json"), "{}\n", 3));
    assert_int_equal(outlet_open(&o, data_box_path("out"), true, NULL), AXL_BAD_ARGUMENT);
    buf_free(&path);
    buf_free(&text);
}

// Documents that want the places of last resort do not get them.
static void nobody_takes_the_last_resort(void **state) {
    (void)state;
    outlet *o;
    outlet_sum sum;
    assert_int_equal(outlet_open(&o, data_box_path("out"), false, NULL), AXL_OK);
    put(o, "_", "4.txt", "one");
    put(o, "_", "5.txt", "two");
    put(o, "p", "p/a.py", "three");
    put(o, "p", "p/a.py/x", "four");
    put(o, "?", "_", "five");
    assert_int_equal(outlet_finish(o, &sum, NULL), AXL_OK);
    outlet_close(o);
    assert_int_equal(sum.documents, 5);
    assert_true(scratch_holds(data_box_path("out/_/4.txt"), "four", 4));
    assert_true(scratch_holds(data_box_path("out/__/4.txt"), "one", 3));
}

static void jsonl_reads_back_as_it_was(void **state) {
    (void)state;
    outlet *o;
    outlet_sum sum;
    data_file_text("keep.txt", "x");
    assert_int_equal(outlet_open(&o, data_box_path("data/o.jsonl"), false, NULL), AXL_OK);
    put(o, "p", "a \"b\".py", "tab\there \\ \"quote\"\n\x7f\xc3\xa9");
    assert_int_equal(outlet_finish(o, &sum, NULL), AXL_OK);
    outlet_close(o);
    assert_string_equal(read_all(),
                        "keep.txt|keep.txt|0|1|x\n"
                        "p|a \"b\".py|0|22|tab\there \\ \"\n");
    axl_error err;
    assert_int_equal(outlet_open(&o, data_box_path("data/o.jsonl"), false, &err), AXL_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "--force"));
    // What is not finished leaves the old one alone.
    assert_int_equal(outlet_open(&o, data_box_path("data/o.jsonl"), true, NULL), AXL_OK);
    put(o, "p", "b.py", "other");
    outlet_close(o);
    assert_non_null(strstr(read_all(), "a \"b\".py"));
}

static void stored_records_come_back(void **state) {
    (void)state;
    record_store s = {0};
    uint64_t at[3];
    record r;
    assert_int_equal(record_store_open(&s, data_box_path("spool"), NULL), AXL_OK);
    const record put_in[3] = {
        {"abc", 3, "p", "a.py", 0, 0}, {"", 0, "q", "", 9, 0}, {"a\0b", 3, "", "c", 0, 0}};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(record_store_put(&s, &put_in[i], &at[i], NULL), AXL_OK);
    assert_int_equal(record_store_flush(&s, NULL), AXL_OK);
    for (size_t i = 3; i-- > 0;) {
        assert_int_equal(record_store_get(&s, at[i], &r, NULL), AXL_OK);
        assert_int_equal(r.bytes, put_in[i].bytes);
        assert_memory_equal(r.text, put_in[i].text, r.bytes);
        assert_string_equal(r.project, put_in[i].project);
        assert_string_equal(r.path, put_in[i].path);
        assert_int_equal(r.line, put_in[i].line);
    }
    record_store_close(&s);
}

static int remove_all(void **state) {
    buf_free(&seen);
    return data_box_remove(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, data_box_make, remove_all)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(documents_know_where_they_come_from),
        TEST(lines_say_their_number),
        TEST(names_that_are_no_utf8_stay_apart),
        TEST(what_is_no_document_is_counted),
        TEST(lines_without_end_cost_no_memory),
        TEST(bombs_are_given_up),
        TEST(nesting_costs_nothing),
        TEST(reading_can_be_stopped_and_refused),
        TEST(names_lead_nowhere_else),
        TEST(folders_hold_each_document),
        TEST(nobody_takes_the_last_resort),
        TEST(jsonl_reads_back_as_it_was),
        TEST(stored_records_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
