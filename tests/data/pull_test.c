// Fetching from a server that does what servers do: it cuts, is busy, changes its files, lies about
// sizes. Nothing here waits: the pauses that are asked for are written down.
#include "base/rng.h"
#include "data/data_case.h"
#include "data/pull.h"
#include "data/pull_box.h"
#include "os/fault.h"
#include "os/file.h"
#include "os/scratch.h"
#include "support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIG ((size_t)100000)

static pull_box box;
static buf content, pauses;
static char folder[600], url[128];
static size_t steps_left; // progress steps before it is stopped; 0: never
static axl_error err;

static int progress(void *ctx, const char *what, uint64_t done, uint64_t total) {
    (void)ctx, (void)what, (void)done, (void)total;
    return steps_left > 0 && --steps_left == 0;
}

static void write_pause(void *ctx, uint64_t ns) {
    (void)ctx;
    buf_format(&pauses, "%llu ", (unsigned long long)(ns / 1000000000));
}

static pull_place place(void) {
    static char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u", box.port);
    return (pull_place){.folder = folder,
                        .endpoint = endpoint,
                        .bytes_max = UINT64_MAX,
                        .progress = progress,
                        .pause = write_pause};
}

static axl_status pull(const pull_place *p, pull_item *item) {
    uint64_t fetched = 0;
    buf_clear(&pauses);
    return pull_one(p, item, &fetched, &err);
}

static void expect(axl_status wanted, axl_status got) {
    if (got != wanted) fail_msg("%s: %s", axl_status_name(got), err.text);
}

// Content that is no gzip, and the server that gives it as /f.jsonl.
static int begin(void **state) {
    data_box_make(state);
    snprintf(folder, sizeof folder, "%s", data_box_path("pulled"));
    buf_clear(&content);
    for (uint64_t i = 0; content.size < BIG; i++)
        buf_format(&content, "{\"text\": \"%u\"}\n", rng_u32(rng_key(1, 1), i));
    box = (pull_box){.content = content.data, .bytes = content.size, .etag = "\"v1\""};
    pull_box_start(&box);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/f.jsonl", box.port);
    steps_left = 0;
    return 0;
}

static int end(void **state) {
    pull_box_stop(&box);
    buf_free(&content);
    buf_free(&pauses);
    return data_box_remove(state);
}

static bool holds(const char *name, const void *bytes, size_t size) {
    char path[800];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return scratch_holds(path, bytes, size);
}

static bool is_there(const char *name) {
    char path[700];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    if (f) fclose(f);
    return f != NULL;
}

// ---- files ----

static void a_file_comes_once(void **state) {
    (void)state;
    const pull_place p = place();
    pull_item item = {.what = url}, again = {.what = url};
    expect(AXL_OK, pull(&p, &item));
    assert_int_equal(item.state, PULL_WHOLE);
    assert_int_equal(item.bytes, content.size);
    assert_int_equal(item.retries, 0);
    assert_true(holds("f.jsonl", content.data, content.size));
    assert_false(is_there("f.jsonl.part") || is_there("f.jsonl.note"));
    uint8_t hash[SHA256_BYTES];
    char hex[SHA256_HEX_MAX];
    sha256 s;
    sha256_begin(&s);
    sha256_add(&s, content.data, content.size);
    sha256_end(&s, hash);
    assert_string_equal(item.hex, sha256_hex(hex, hash));
    assert_int_equal(box.asked, 1);
    expect(AXL_OK, pull(&p, &again));
    assert_int_equal(again.state, PULL_THERE);
    assert_string_equal(again.hex, item.hex);
    assert_int_equal(box.asked, 1);
    pull_place force = p;
    force.force = true;
    expect(AXL_OK, pull(&force, &again));
    assert_int_equal(again.state, PULL_WHOLE);
    assert_int_equal(box.asked, 2);
}

static void cuts_are_healed_by_ranges(void **state) {
    (void)state;
    const pull_place p = place();
    pull_item item = {.what = url};
    pull_box_script(&box, "CUT CUT WHOLE");
    expect(AXL_OK, pull(&p, &item));
    assert_true(holds("f.jsonl", content.data, content.size));
    assert_int_equal(item.retries, 2);
    assert_int_equal(box.ranges, 2);
    // Something came each time: the pauses do not grow.
    assert_string_equal(buf_string(&pauses), "2 2 ");
}

static void a_server_without_ranges_is_asked_anew(void **state) {
    (void)state;
    const pull_place p = place();
    pull_item item = {.what = url};
    box.etag = NULL;
    pull_box_script(&box, "CUT WHOLE");
    expect(AXL_OK, pull(&p, &item));
    assert_true(holds("f.jsonl", content.data, content.size));
    assert_int_equal(box.ranges, 0);
}

static void wrong_ranges_are_not_taken(void **state) {
    (void)state;
    const pull_place p = place();
    pull_item item = {.what = url};
    pull_box_script(&box, "CUT WRONG_RANGE WHOLE");
    expect(AXL_OK, pull(&p, &item));
    assert_true(holds("f.jsonl", content.data, content.size));
    pull_item other = {.what = url};
    pull_place force = p;
    force.force = true;
    pull_box_script(&box, "CUT OTHER_TOTAL WHOLE");
    expect(AXL_OK, pull(&force, &other));
    assert_true(holds("f.jsonl", content.data, content.size));
}

static void a_new_version_is_not_joined_to_an_old_one(void **state) {
    (void)state;
    const pull_place p = place();
    pull_item item = {.what = url};
    pull_box_script(&box, "CUT NEW_VERSION WHOLE");
    buf other = {0};
    buf_fill(&other, 'n', 5000);
    box.next = other.data;
    box.next_bytes = other.size;
    expect(AXL_OK, pull(&p, &item));
    assert_true(holds("f.jsonl", other.data, other.size));
    buf_free(&other);
}

static void what_was_stopped_goes_on_later(void **state) {
    (void)state;
    const pull_place p = place();
    pull_item item = {.what = url}, rest = {.what = url};
    // The server fails for good behind a part; the call ends, and a later one goes on.
    pull_box_script(&box, "CUT GONE");
    expect(AXL_NOT_FOUND, pull(&p, &item));
    assert_false(is_there("f.jsonl"));
    assert_true(is_there("f.jsonl.part"));
    expect(AXL_OK, pull(&p, &rest));
    assert_true(rest.resumed > 0 && rest.resumed < content.size);
    assert_int_equal(box.ranges, 1);
    assert_true(holds("f.jsonl", content.data, content.size));
}

// A part that is longer or shorter than its note says, and a note that is nonsense.
static void damaged_leftovers_do_no_harm(void **state) {
    (void)state;
    static const char *const notes[] = {"nonsense", "{}", "[1,2", "{\"source\": 1}"};
    const pull_place p = place();
    char path[700], part[700];
    snprintf(path, sizeof path, "%s/f.jsonl.note", folder);
    snprintf(part, sizeof part, "%s/f.jsonl.part", folder);
    for (size_t i = 0; i < COUNT_OF(notes) + 2; i++) {
        pull_item item = {.what = url}, rest = {.what = url};
        pull_place again = p;
        again.force = true;
        pull_box_script(&box, "CUT GONE");
        expect(AXL_NOT_FOUND, pull(&again, &item));
        if (i < COUNT_OF(notes)) scratch_text(path, notes[i]);
        if (i == COUNT_OF(notes)) scratch_text(part, "short");
        if (i > COUNT_OF(notes)) {
            FILE *f = fopen(part, "ab");
            assert_non_null(f);
            fputs("what a crash has left behind the note", f);
            fclose(f);
        }
        remove(data_box_path("pulled/manifest.json"));
        remove(data_box_path("pulled/f.jsonl"));
        expect(AXL_OK, pull(&p, &rest));
        assert_true(holds("f.jsonl", content.data, content.size));
    }
}

static void ctrl_c_is_heard(void **state) {
    (void)state;
    const pull_place p = place();
    pull_item item = {.what = url};
    steps_left = 1;
    expect(AXL_INTERRUPTED, pull(&p, &item));
}

// ---- failures of this machine ----

static _Thread_local bool ours; // the server makes calls of its own
static size_t calls, failing;

static int fail_one(void *ctx, os_call call) {
    (void)ctx, (void)call;
    return ours && ++calls == failing ? EIO : 0;
}

// Each system call fails once. That is no lost connection: nothing is asked for again, it is told,
// and the next call makes the file what it should be.
static void survive_each_fault(const char *what, const char *name, const buf *wanted) {
    const os_fault fault = {.before = fail_one};
    const pull_place p = place();
    size_t refused = 0;
    ours = true;
    for (failing = 1;; failing++) {
        pull_item item = {.what = what}, again = {.what = what};
        snprintf(folder, sizeof folder, "%s/%zu", data_box_path("faults"), failing);
        calls = 0;
        os_fault_set(&fault);
        const axl_status status = pull(&p, &item);
        os_fault_set(NULL);
        if (status == AXL_OK) assert_true(holds(name, wanted->data, wanted->size));
        if (calls < failing) break;
        refused += status != AXL_OK;
        assert_int_equal(item.retries, 0);
        expect(AXL_OK, pull(&p, &again));
        assert_true(holds(name, wanted->data, wanted->size));
    }
    assert_true(refused > 10);
}

static void a_disk_that_fails_loses_no_file(void **state) {
    (void)state;
    survive_each_fault(url, "f.jsonl", &content);
}

static void a_disk_that_fails_loses_no_rows(void **state) {
    (void)state;
    buf wanted = {0};
    box.rows = 250;
    for (int i = 0; i < box.rows; i++)
        buf_format(&wanted, "{\"text\":\"row %d\",\"n\":%d}\n", i, i);
    survive_each_fault("hf:a/b", "a--b--default--train.jsonl", &wanted);
    buf_free(&wanted);
}

// ---- refusals ----

static void busy_servers_are_waited_for(void **state) {
    (void)state;
    const pull_place p = place();
    pull_item item = {.what = url};
    pull_box_script(&box, "BUSY BUSY ERROR WHOLE");
    box.retry_after = "7";
    expect(AXL_OK, pull(&p, &item));
    assert_string_equal(buf_string(&pauses), "7 7 8 ");
    assert_int_equal(item.retries, 3);
}

static void a_date_far_behind_us_is_no_pause(void **state) {
    (void)state;
    const pull_place p = place();
    pull_item item = {.what = url};
    pull_box_script(&box, "BUSY WHOLE");
    box.retry_after = "Wed, 21 Oct 2015 07:28:00 GMT";
    expect(AXL_OK, pull(&p, &item));
    assert_string_equal(buf_string(&pauses), "0 ");
}

static void too_long_a_pause_is_told(void **state) {
    (void)state;
    const pull_place p = place();
    pull_item item = {.what = url};
    pull_box_script(&box, "BUSY");
    box.retry_after = "4000";
    expect(AXL_BUSY, pull(&p, &item));
    assert_non_null(strstr(err.text, "4000 seconds"));
    assert_string_equal(buf_string(&pauses), "");
}

static void it_is_given_up_in_the_end(void **state) {
    (void)state;
    const pull_place p = place();
    pull_item item = {.what = url};
    pull_box_script(&box, "ERROR ERROR ERROR ERROR ERROR ERROR ERROR ERROR");
    expect(AXL_IO, pull(&p, &item));
    assert_non_null(strstr(err.text, "500"));
    assert_string_equal(buf_string(&pauses), "2 4 8 16 32 ");
    assert_int_equal(box.asked, PULL_TRIES);
}

static void what_is_not_there_is_not_asked_for_again(void **state) {
    (void)state;
    const pull_place p = place();
    pull_item item = {.what = url};
    pull_box_script(&box, "GONE");
    expect(AXL_NOT_FOUND, pull(&p, &item));
    pull_box_script(&box, "FORBIDDEN");
    expect(AXL_IO, pull(&p, &item));
    assert_non_null(strstr(err.text, "token"));
    assert_int_equal(box.asked, 2);
    pull_item nonsense = {.what = "ftp://127.0.0.1/x"};
    expect(AXL_BAD_ARGUMENT, pull(&p, &nonsense));
    pull_item bad = {.what = "hf:only-one-part"};
    expect(AXL_BAD_ARGUMENT, pull(&p, &bad));
}

static void lies_about_sizes_are_found_out(void **state) {
    (void)state;
    const pull_place p = place();
    pull_item item = {.what = url};
    char lying[64];
    const unsigned port =
        pull_box_liar(&box, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort");
    snprintf(lying, sizeof lying, "http://127.0.0.1:%u/f.jsonl", port);
    item.what = lying;
    expect(AXL_IO, pull(&p, &item));
    assert_false(is_there("f.jsonl"));
}

static void checksums_are_compared(void **state) {
    (void)state;
    const pull_place p = place();
    pull_item item = {.what = url,
                      .sha256 =
                          "00000000000000000000000000000000"
                          "00000000000000000000000000000000"};
    expect(AXL_BAD_FILE, pull(&p, &item));
    assert_non_null(strstr(err.text, "SHA-256"));
    assert_false(is_there("f.jsonl") || is_there("f.jsonl.part"));
    pull_item packed = {.what = url};
    char gz[160];
    snprintf(gz, sizeof gz, "http://127.0.0.1:%u/f.jsonl.gz", box.port);
    packed.what = gz;
    expect(AXL_BAD_FILE, pull(&p, &packed));
    assert_non_null(strstr(err.text, "damaged gzip"));
}

static void what_is_there_is_summed_up(void **state) {
    (void)state;
    const pull_place p = place();
    pull_item first = {.what = url};
    expect(AXL_OK, pull(&p, &first));
    buf other = {0};
    buf_fill(&other, 'n', content.size);
    data_file_write("../pulled/f.jsonl", other.data, other.size);
    buf_free(&other);
    for (int i = 0; i < 2; i++) {
        pull_item item = {.what = url, .sha256 = first.hex};
        expect(AXL_OK, pull(&p, &item));
        assert_int_equal(item.state, i == 0 ? PULL_WHOLE : PULL_THERE);
        assert_true(holds("f.jsonl", content.data, content.size));
    }
    assert_int_equal(box.asked, 2);
}

static void two_files_of_one_name_are_kept_apart(void **state) {
    (void)state;
    const pull_place p = place();
    pull_item item = {.what = url};
    char other[160];
    snprintf(other, sizeof other, "http://127.0.0.1:%u/more/f.jsonl?x=1", box.port);
    expect(AXL_OK, pull(&p, &item));
    item.what = other;
    expect(AXL_BAD_ARGUMENT, pull(&p, &item));
    assert_non_null(strstr(err.text, "is there already"));
}

static void what_was_not_fetched_stays(void **state) {
    (void)state;
    static const char *const names[] = {"manifest.json", "x.part", "x.NOTE"};
    static const char *const lists[] = {"{\"made_by\": \"axl data split\"}", "nonsense", ""};
    pull_place p = place();
    pull_item item = {.what = url};
    data_file_text("../pulled/f.jsonl", "mine");
    expect(AXL_BAD_ARGUMENT, pull(&p, &item));
    assert_non_null(strstr(err.text, "--force"));
    assert_true(holds("f.jsonl", "mine", 4) && box.asked == 0);
    p.force = true;
    expect(AXL_OK, pull(&p, &item));
    assert_true(holds("f.jsonl", content.data, content.size));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char to[160];
        snprintf(to, sizeof to, "http://127.0.0.1:%u/%s?x", box.port, names[i]);
        item = (pull_item){.what = to};
        expect(AXL_OK, pull(&p, &item));
        snprintf(to, sizeof to, "%s_", names[i]);
        assert_true(holds(to, content.data, content.size));
    }
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        data_file_text("../pulled/manifest.json", lists[i]);
        item = (pull_item){.what = url};
        box.asked = 0;
        expect(AXL_BAD_ARGUMENT, pull(&p, &item));
        assert_true(holds("manifest.json", lists[i], strlen(lists[i])) && box.asked == 0);
    }
}

static void the_cap_is_kept(void **state) {
    (void)state;
    pull_place p = place();
    pull_item item = {.what = url}, whole = {.what = url};
    p.bytes_max = content.size - 1;
    expect(AXL_OK, pull(&p, &item));
    assert_int_equal(item.state, PULL_CAPPED);
    assert_string_equal(item.path, "");
    assert_false(is_there("f.jsonl"));
    // Without a length it is found out on the way.
    box.etag = NULL;
    pull_box_script(&box, "STREAM");
    expect(AXL_OK, pull(&p, &item));
    assert_int_equal(item.state, PULL_CAPPED);
    assert_false(is_there("f.jsonl"));
    p.bytes_max = content.size;
    expect(AXL_OK, pull(&p, &whole));
    assert_int_equal(whole.state, PULL_WHOLE);
}

static void tokens_go_to_their_host_only(void **state) {
    (void)state;
    pull_place p = place();
    pull_item item = {.what = url};
    p.token = "secret-token";
    expect(AXL_OK, pull(&p, &item));
    assert_string_equal(box.authorization, "Bearer secret-token");
    // localhost is another host than 127.0.0.1, though it is the same machine.
    char moved[128];
    snprintf(moved, sizeof moved, "http://127.0.0.1:%u/moved", box.port);
    pull_item other = {.what = moved};
    expect(AXL_OK, pull(&p, &other));
    assert_string_equal(box.authorization, "");
    assert_true(holds("moved", content.data, content.size));
}

// ---- rows ----

static void rows_come_page_by_page(void **state) {
    (void)state;
    const pull_place p = place();
    pull_item item = {.what = "hf:owner/set/config/train"};
    box.rows = 250;
    box.cut_row = 120;
    expect(AXL_OK, pull(&p, &item));
    assert_int_equal(item.rows, 249);
    assert_int_equal(item.cut_rows, 1);
    assert_int_equal(box.asked, 3);
    assert_string_equal(box.last_query,
                        "dataset=owner%2Fset&config=config&split=train&offset=200"
                        "&length=100");
    buf wanted = {0};
    for (int i = 0; i < 250; i++)
        if (i != 120) buf_format(&wanted, "{\"text\":\"row %d\",\"n\":%d}\n", i, i);
    assert_true(holds("owner--set--config--train.jsonl", wanted.data, wanted.size));
    // Stopped in the middle by a server that is cut, with the same outcome.
    pull_place force = p;
    force.force = true;
    pull_box_script(&box, "WHOLE CUT BUSY GONE");
    box.retry_after = "1";
    expect(AXL_NOT_FOUND, pull(&force, &item));
    pull_item rest = {.what = item.what};
    remove(data_box_path("pulled/manifest.json"));
    remove(data_box_path("pulled/owner--set--config--train.jsonl"));
    expect(AXL_OK, pull(&p, &rest));
    assert_true(rest.resumed > 0);
    assert_int_equal(rest.rows, 249);
    assert_true(holds("owner--set--config--train.jsonl", wanted.data, wanted.size));
    buf_free(&wanted);
}

static void wrong_pages_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *script, *text;
        axl_status status;
    } cases[] = {
        {"SHORT_PAGE SHORT_PAGE SHORT_PAGE SHORT_PAGE SHORT_PAGE SHORT_PAGE", "rows, not", AXL_IO},
        {"WRONG_ROWS WRONG_ROWS WRONG_ROWS WRONG_ROWS WRONG_ROWS WRONG_ROWS", "not the rows",
         AXL_IO},
        {"NONSENSE NONSENSE NONSENSE NONSENSE NONSENSE NONSENSE", "no page of rows", AXL_IO},
        {"WHOLE OTHER_TOTAL", "--force", AXL_BAD_FILE},
        {"HUGE", "too large", AXL_BAD_FILE},
    };
    const pull_place p = place();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        pull_item item = {.what = "hf:a/b"};
        box.rows = 150;
        pull_box_script(&box, cases[i].script);
        expect(cases[i].status, pull(&p, &item));
        if (!strstr(err.text, cases[i].text)) fail_msg("%s", err.text);
        remove(data_box_path("pulled/a--b--default--train.jsonl.note"));
    }
    // A wrong page now and then is only a delay.
    pull_item item = {.what = "hf:a/b"};
    pull_box_script(&box, "SHORT_PAGE WHOLE WRONG_ROWS NONSENSE WHOLE");
    expect(AXL_OK, pull(&p, &item));
    assert_int_equal(item.rows, 150);
}

static void rows_end_at_the_cap(void **state) {
    (void)state;
    pull_place p = place();
    pull_item item = {.what = "hf:a/b"};
    box.rows = 250;
    p.bytes_max = 1000;
    expect(AXL_OK, pull(&p, &item));
    assert_int_equal(item.state, PULL_CAPPED);
    assert_in_range(item.bytes, 950, 1000);
    assert_int_equal(box.asked, 1);
    buf wanted = {0};
    for (uint64_t i = 0; i < item.rows; i++)
        buf_format(&wanted, "{\"text\":\"row %d\",\"n\":%d}\n", (int)i, (int)i);
    assert_true(holds("a--b--default--train.jsonl", wanted.data, wanted.size));
    buf_free(&wanted);
}

// It is remembered by the note, and by the list.
static void a_part_of_a_set_is_told(void **state) {
    (void)state;
    const pull_place p = place();
    pull_item item = {.what = "hf:a/b"}, rest = {.what = item.what}, there = {.what = item.what};
    box.rows = 150;
    pull_box_script(&box, "PARTIAL GONE WHOLE");
    expect(AXL_NOT_FOUND, pull(&p, &item));
    expect(AXL_OK, pull(&p, &rest));
    expect(AXL_OK, pull(&p, &there));
    assert_true(rest.partial && there.partial && there.state == PULL_THERE);
    pull_item whole = {.what = "hf:a/c"};
    expect(AXL_OK, pull(&p, &whole));
    assert_false(whole.partial);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_file_comes_once),
        TEST(cuts_are_healed_by_ranges),
        TEST(a_server_without_ranges_is_asked_anew),
        TEST(wrong_ranges_are_not_taken),
        TEST(a_new_version_is_not_joined_to_an_old_one),
        TEST(what_was_stopped_goes_on_later),
        TEST(damaged_leftovers_do_no_harm),
        TEST(ctrl_c_is_heard),
        TEST(a_disk_that_fails_loses_no_file),
        TEST(a_disk_that_fails_loses_no_rows),
        TEST(busy_servers_are_waited_for),
        TEST(a_date_far_behind_us_is_no_pause),
        TEST(too_long_a_pause_is_told),
        TEST(it_is_given_up_in_the_end),
        TEST(what_is_not_there_is_not_asked_for_again),
        TEST(lies_about_sizes_are_found_out),
        TEST(checksums_are_compared),
        TEST(what_is_there_is_summed_up),
        TEST(two_files_of_one_name_are_kept_apart),
        TEST(what_was_not_fetched_stays),
        TEST(the_cap_is_kept),
        TEST(tokens_go_to_their_host_only),
        TEST(rows_come_page_by_page),
        TEST(wrong_pages_are_refused),
        TEST(rows_end_at_the_cap),
        TEST(a_part_of_a_set_is_told),
    };
    if (web_missing()) {
        print_message("skipped: %s\n", web_missing());
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
