// Models by name: which names there are, what is known without loading, and digests.
#include "scheduler_case.h"

#include "base/sha256.h"
#include "infer/engine_facts.h"
#include "os/file.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

static served_case served;

static int make(void **state) {
    (void)state;
    served_case_make(&served, 1, 1);
    return 0;
}

static int end(void **state) {
    (void)state;
    served_case_free(&served);
    return 0;
}

static axl_status add(registry *r, const char *path, const char *name, axl_error *err) {
    return registry_add(r, scratch_path(&served.box, path), name, err);
}

static void test_names(void **state) {
    (void)state;
    static const char *const bad[] = {"", ".a", "a/b", "a b", "..", "a:b", "\xc3\xa4"};
    char longest[MODEL_NAME_MAX + 2];
    registry *r;
    axl_error err;
    memset(longest, 'x', sizeof longest);
    longest[MODEL_NAME_MAX + 1] = '\0';
    case_ok(registry_create(&r, &err), &err);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(add(r, "one", bad[i], &err), AXL_BAD_ARGUMENT);
    assert_int_equal(add(r, "one", longest, &err), AXL_BAD_ARGUMENT);
    longest[MODEL_NAME_MAX] = '\0';
    case_ok(add(r, "one", longest, &err), &err);
    case_ok(add(r, "one/", NULL, &err), &err);
    case_ok(add(r, "one/model.safetensors", NULL, &err), &err);
    case_ok(add(r, "two", "Code-1.5_b", &err), &err);
    assert_int_equal(add(r, "two", "one", &err), AXL_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "one"));
    assert_int_equal(add(r, "none", NULL, &err), AXL_NOT_FOUND);
    assert_int_equal(add(r, "one/config.json", NULL, &err), AXL_BAD_FILE);
    const catalog *c = registry_catalog(r);
    assert_int_equal(c->count, 4);
    assert_string_equal(c->list[0].name, longest);
    assert_string_equal(c->list[1].name, "one");
    assert_string_equal(c->list[2].name, "model");
    assert_string_equal(c->list[3].name, "Code-1.5_b");
    assert_ptr_equal(catalog_find(c, "one:latest"), &c->list[1]);
    registry_free(r);
    registry_free(NULL);
}

static void test_facts(void **state) {
    (void)state;
    const model_facts *m = served_model_of(&served, "one");
    assert_int_equal(m->vocab, 258);
    assert_int_equal(m->context, CASE_CONTEXT);
    assert_int_equal(m->channels, 20);
    assert_false(m->infill);
    assert_string_equal(m->quantization, "F32");
    assert_true(m->params > 0 && m->file_bytes > 4 * m->params);
    assert_true(m->modified > 1700000000);
    assert_int_equal(m->loaded_bytes, 0);
    assert_true(m->settings->max_new_tokens > 0);
}

// ---- digests ------------------------------------------------------------------------------------

static void on_hashed(void *ctx) {
    heard *h = ctx;
    heard_unblock(h);
}

static void wait_hashed(registry *r) {
    heard h;
    heard_make(&h);
    h.blocked = true;
    assert_true(registry_hash(r, on_hashed, &h));
    os_mutex_lock(&h.lock);
    while (h.blocked) os_cond_wait(&h.changed, &h.lock);
    os_mutex_unlock(&h.lock);
    heard_free(&h);
}

static void test_digests(void **state) {
    (void)state;
    axl_error err;
    registry *r;
    model_facts list[3];
    void *data;
    size_t bytes;
    sha256 sum;
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX_MAX];
    case_ok(registry_create(&r, &err), &err);
    case_ok(add(r, "one", NULL, &err), &err);
    case_ok(add(r, "two", NULL, &err), &err);
    case_ok(add(r, "two", "gone", &err), &err);
    registry_facts(r, list);
    assert_string_equal(list[0].digest, "");
    wait_hashed(r);
    registry_facts(r, list);
    const char *path = scratch_path(&served.box, "two/model.safetensors");
    case_ok(os_file_read(path, SIZE_MAX - 1, &data, &bytes, &err), &err);
    sha256_begin(&sum);
    sha256_add(&sum, data, bytes);
    sha256_end(&sum, digest);
    assert_string_equal(list[1].digest, sha256_hex(hex, digest));
    assert_string_not_equal(list[0].digest, list[1].digest);
    assert_string_equal(list[2].digest, list[1].digest);
    assert_string_equal(registry_catalog(r)->list[1].digest, "");
    wait_hashed(r); // at once
    mem_free(data);
    registry_free(r);
}

// A registry may go while it is still hashing: whoever waits is called.
static void test_leave(void **state) {
    (void)state;
    axl_error err;
    registry *r;
    heard h;
    heard_make(&h);
    h.blocked = true;
    case_ok(registry_create(&r, &err), &err);
    case_ok(add(r, "one", NULL, &err), &err);
    assert_true(registry_hash(r, on_hashed, &h));
    registry_free(r);
    assert_false(h.blocked);
    heard_free(&h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_leave),
    };
    return cmocka_run_group_tests_name("registry", tests, make, end);
}
