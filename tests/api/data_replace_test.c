// What stays of an output that was there before, when replacing it fails half way.
#include "base/buf.h"
#include "data/data_case.h"
#include "os/fault_plan.h"
#include "support/unit.h"

#include <axl/axl.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *paths[1];
static char root[600], out[2][600];
static axl_error err;

static void expect(axl_status wanted, axl_status got) {
    if (got != wanted)
        fail_msg("%s, not %s: %s", axl_status_name(got), axl_status_name(wanted),
                 got == AXL_OK ? "" : err.text);
}

// Four projects, each of one document.
static int begin(void **state) {
    data_box_make(state);
    snprintf(root, sizeof root, "%s", data_box_path("data"));
    for (int i = 0; i < 2; i++) snprintf(out[i], sizeof out[i], "%s%d", data_box_path("out"), i);
    paths[0] = root;
    data_file_words("a/one.py", 1, 5);
    data_file_words("b/two.py", 2, 5);
    data_file_words("c/three.py", 3, 5);
    data_file_words("d/four.py", 4, 5);
    return 0;
}

static bool is_there(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file) fclose(file);
    return file != NULL;
}

typedef struct rewriting {
    axl_status (*run)(uint64_t seed, bool force);
    char manifest[2000], file[2][2000]; // file[1] may be empty
} rewriting;

// Whatever call of the system fails while an output is replaced: either nothing was, or there is no
// manifest that would call the new files by the old ones' sums.
static void no_manifest_outlives_its_files(const rewriting *w) {
    static const os_call calls[] = {OS_CALL_SYNC, OS_CALL_RENAME};
    fault_plan plan;
    for (size_t c = 0; c < COUNT_OF(calls); c++)
        for (size_t n = 1;; n++) {
            expect(AXL_OK, w->run(1, true));
            buf old[2] = {{0}};
            for (int i = 0; i < 2 && *w->file[i]; i++) old[i] = data_file_read(w->file[i]);
            fault_plan_set(&plan, calls[c], n, false, EIO);
            const axl_status status = w->run(2, true);
            fault_plan_clear();
            bool same = true;
            for (int i = 0; i < 2 && *w->file[i]; i++) {
                buf now = data_file_read(w->file[i]);
                same =
                    same && now.size == old[i].size && memcmp(now.data, old[i].data, now.size) == 0;
                buf_free(&now);
                buf_free(&old[i]);
            }
            if (status == AXL_OK) {
                assert_false(same);
                assert_true(n > 1);
                break;
            }
            assert_true(same || !is_there(w->manifest));
            // What cannot be put on the disk has replaced nothing.
            if (calls[c] == OS_CALL_SYNC && n == 1) assert_true(same && is_there(w->manifest));
        }
}

static axl_status split_again(uint64_t seed, bool force) {
    const axl_data_split_options o = {
        .source = {.paths = paths, .path_count = 1}, .out = out[0], .seed = seed, .force = force};
    return axl_data_split(&o, NULL, &err);
}

static axl_status mix_again(uint64_t seed, bool force) {
    char to[700];
    axl_data_mix_result *r;
    snprintf(to, sizeof to, "%s.jsonl", out[0]);
    const axl_data_mix_options o = {.source = {.paths = paths, .path_count = 1},
                                    .target = {.out = to, .force = force},
                                    .seed = seed};
    const axl_status status = axl_data_mix(&o, &r, &err);
    axl_data_mix_free(r);
    return status;
}

static axl_status make_again(uint64_t seed, bool force) {
    const axl_data_make_options o = {.source = {.paths = paths, .path_count = 1},
                                     .task = "docs",
                                     .out = out[1],
                                     .seed = seed,
                                     .force = force};
    return axl_data_make(&o, NULL, &err);
}

static void manifests_are_of_the_files_beside_them(void **state) {
    (void)state;
    rewriting w = {.run = split_again};
    snprintf(w.manifest, sizeof w.manifest, "%s/manifest.json", out[0]);
    snprintf(w.file[0], sizeof w.file[0], "%s/train.jsonl", out[0]);
    snprintf(w.file[1], sizeof w.file[1], "%s/held.jsonl", out[0]);
    no_manifest_outlives_its_files(&w);
    w = (rewriting){.run = mix_again};
    snprintf(w.manifest, sizeof w.manifest, "%s.manifest.json", out[0]);
    snprintf(w.file[0], sizeof w.file[0], "%s.jsonl", out[0]);
    no_manifest_outlives_its_files(&w);
}

static void manifests_of_pairs_are_too(void **state) {
    (void)state;
    // The words parse as nothing; these are what pairs are made of.
    static const char *const names[] = {"add", "subtract", "multiply", "divide", "compare", "join"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char name[32], text[200];
        snprintf(name, sizeof name, "%c/code.py", (char)('a' + i));
        snprintf(text, sizeof text,
                 "def %s(a, b):\n    \"\"\"%s a and b, which are values.\"\"\"\n"
                 "    result = helper.%s(a, b)\n    return result\n",
                 names[i], names[i], names[i]);
        data_file_text(name, text);
    }
    if (make_again(1, true) == AXL_UNSUPPORTED) {
        print_message("skipped: %s\n", err.text);
        skip();
    }
    rewriting w = {.run = make_again};
    snprintf(w.manifest, sizeof w.manifest, "%s/docs/manifest.json", out[1]);
    snprintf(w.file[0], sizeof w.file[0], "%s/docs/train.jsonl", out[1]);
    snprintf(w.file[1], sizeof w.file[1], "%s/docs/held.jsonl", out[1]);
    no_manifest_outlives_its_files(&w);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, data_box_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(manifests_are_of_the_files_beside_them),
        TEST(manifests_of_pairs_are_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
