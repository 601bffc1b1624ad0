// Every transcript of tests/server/cases; with --write they become what is found.
#include "case_file.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include "server/dialects/dialect.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool writing;

static void compare(const char *name, dialect_case *c, const buf *found) {
    if (strcmp(buf_string(&c->expected), buf_string(found)) == 0) return;
    fail_msg("%s: %s %s\n%sexpected:\n%sfound:\n%s", name, c->method, c->path,
             buf_string(&c->before), buf_string(&c->expected), buf_string(found));
}

static void write_back(const char *path, const buf *all) {
    FILE *to = fopen(path, "w");
    assert_non_null(to);
    assert_int_equal(fwrite(buf_string(all), 1, all->size, to), all->size);
    assert_int_equal(fclose(to), 0);
}

static void test_file(void **state) {
    const char *name = *state;
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", AXL_CASES, name);
    FILE *from = fopen(path, "r");
    assert_non_null(from);
    dialect_case c;
    buf all = {0};
    size_t count = 0;
    for (; case_read(from, &c); count++) {
        buf found = {0};
        case_run(&c, &found);
        if (!writing) compare(name, &c, &found);
        if (count > 0) buf_byte(&all, '\n');
        buf_append(&all, c.before.data, c.before.size);
        buf_append(&all, found.data, found.size);
        buf_free(&found);
        case_free(&c);
    }
    case_free(&c);
    fclose(from);
    assert_true(count > 0);
    if (writing) write_back(path, &all);
    buf_free(&all);
}

// ---- memory ----

static const char *const bodies[][2] = {
    {"/v1/completions",
     "{\"prompt\": [\"a\", \"b\"], \"stop\": [\"x\", \"y\"], \"n\": 2,"
     " \"logit_bias\": {\"65\": 1}, \"logprobs\": 1, \"echo\": true, \"axl\": {\"gates\": true}}"},
    {"/v1/completions", "{\"prompt\": \"<fim_prefix>a<fim_suffix>b<fim_middle>c\"}"},
    {"/v1/chat/completions",
     "{\"messages\": [{\"role\": \"system\", \"content\": \"s\"},"
     " {\"role\": \"user\", \"content\": \"hi\"}], \"stream\": true,"
     " \"tools\": [1]}"},
    {"/infill",
     "{\"input_prefix\": \"a\", \"input_suffix\": \"b\","
     " \"response_fields\": [\"content\"]}"},
    {"/api/generate", "{\"prompt\": \"a\", \"system\": \"b\"}"},
};

typedef struct memory_case {
    const char *path, *body;
} memory_case;

// Reads a request and answers it with every event that there is.
static axl_status run_whole(void *ctx, axl_error *err) {
    const memory_case *m = ctx;
    const request_source from = {route_find(m->path), m->body, strlen(m->body)};
    const answer_head head = {"7", "axl", 1, 2};
    const chooser_choice token = {.symbol = 'z', .logprob = -1};
    const float gate[3] = {0.5f, 0.25f, 0.25f};
    request r;
    refusal why;
    *err = (axl_error){AXL_NO_MEMORY, "no memory"};
    if (!request_read(&r, &from, &case_catalog, &why)) {
        assert_int_equal(why.kind, REFUSAL_BUSY);
        return AXL_NO_MEMORY;
    }
    answer a;
    buf out = {0};
    bool ok = answer_begin(&a, &r, &head);
    for (size_t i = 0; ok && i < a.choice_count; i++) {
        const answer_piece piece = {i, "z", 1, &token, &gate};
        ok = answer_prompt(&a, i, NULL, NULL, &out) && answer_text(&a, &piece, &out) &&
             answer_end(&a, i, GENERATION_EOS, NULL, &out);
    }
    const answer_counts counts = {.prompt = 1, .written = 1};
    ok = ok && answer_finish(&a, &counts, &out);
    answer_free(&a);
    buf_free(&out);
    request_free(&r);
    return ok ? AXL_OK : AXL_NO_MEMORY;
}

static void test_memory(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        memory_case m = {bodies[i][0], bodies[i][1]};
        assert_true(for_each_failing_alloc(run_whole, &m) > 3);
    }
}

// ---- all ----

static int is_case(const struct dirent *entry) {
    const size_t size = strlen(entry->d_name);
    return size > 4 && strcmp(entry->d_name + size - 4, ".txt") == 0;
}

int main(int argc, char **argv) {
    struct dirent **entries;
    struct CMUnitTest tests[32] = {cmocka_unit_test(test_memory)};
    writing = argc > 1 && strcmp(argv[1], "--write") == 0;
    const int count = scandir(AXL_CASES, &entries, is_case, alphasort);
    if (count < 1 || (size_t)count >= COUNT_OF(tests)) return 2;
    for (int i = 0; i < count; i++)
        tests[i + 1] = (struct CMUnitTest){.name = entries[i]->d_name,
                                           .test_func = test_file,
                                           .initial_state = entries[i]->d_name};
    const int failed = _cmocka_run_group_tests("dialects", tests, (size_t)count + 1, NULL, NULL);
    for (int i = 0; i < count; i++) free(entries[i]);
    free(entries);
    return failed;
}
