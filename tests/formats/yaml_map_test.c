// Settings in YAML: what is taken, what is refused, and where.
#include "formats/yaml_map.h"

#include "base/buf.h"
#include "base/error.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <string.h>

// Gathers "name=text@line;".
static axl_status gather(void *ctx, const yaml_value *v, axl_error *err) {
    if (strcmp(v->text, "refuse") == 0) return error_set(err, AXL_BAD_ARGUMENT, "refused");
    return buf_format(ctx, "%s=%s@%zu;", v->name, v->text, v->line)
               ? AXL_OK
               : error_no_memory(err, "a test", 1);
}

static void accepts(const char *text, const char *want) {
    buf out = {0};
    axl_error err;
    const axl_status status =
        yaml_map_read(&(yaml_source){"f.yaml", text, strlen(text)}, gather, &out, &err);
    if (status != AXL_OK) fail_msg("%s", err.text);
    assert_string_equal(buf_string(&out), want);
    buf_free(&out);
}

static void test_accepts(void **state) {
    (void)state;
    accepts("", "");
    accepts("# nothing\n", "");
    accepts("batch: 16\nrate: 4e-3 # comment\n", "batch=16@1;rate=4e-3@2;");
    accepts("model:\n  d_model: 96\n  n_heads: 3\nseed: 1\n",
            "model.d_model=96@2;model.n_heads=3@3;seed=1@4;");
    accepts("data:\n- a/b\n- \"c d:0.3\"\nout: 'x'\n", "data=a/b@2;data=c d:0.3@3;out=x@4;");
    accepts("data: [a, b]\n", "data=a@1;data=b@1;");
    accepts("a: {b: {c: 1}}\n", "a.b.c=1@1;");
    accepts("empty:\nnext: 2\n", "empty=@1;next=2@2;");
    accepts("---\na: 1\n", "a=1@2;");
    accepts("prompt: |\n  def f(x):\n    return x\n", "prompt=def f(x):\n  return x\n@1;");
    accepts("\xc3\xa4: \xe2\x82\xac\n", "\xc3\xa4=\xe2\x82\xac@1;");
}

static void refuses(const char *text, size_t bytes, const char *want) {
    buf out = {0};
    axl_error err;
    const axl_status status =
        yaml_map_read(&(yaml_source){"f.yaml", text, bytes}, gather, &out, &err);
    if (status == AXL_OK) fail_msg("taken: %s", text);
    if (!strstr(err.text, want)) fail_msg("'%s' lacks '%s'", err.text, want);
    buf_free(&out);
}

static void test_refuses(void **state) {
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"a: 1\nb: 2\na: 3\n", "f.yaml:3: 'a' is given twice"},
        {"m: {a: 1}\nn: 2\nm: {b: 1}\n", "f.yaml:3: 'm' is given twice"},
        {"- a\n", "f.yaml:1: names with values are expected, not a list"},
        {"just text\n", "names with values are expected"},
        {"a: [[1]]\n", "a list holds single values only"},
        {"a: [{b: 1}]\n", "a list holds single values only"},
        {"a: &x 1\nb: 2\n", "f.yaml:1: anchors and tags"},
        {"a: 1\nb: *x\n", "f.yaml:2: aliases are not taken"},
        {"a: !!str 1\n", "anchors and tags"},
        {"? [a]\n: 1\n", "a name is expected"},
        {"a: 1\n---\nb: 2\n", "one document is expected"},
        {"a: {b: {c: {d: {e: 1}}}}\n", "nested too deep"},
        {"a.b: 1\n", "a name has a dot"},
        {"\"\": 1\n", "a name is empty"},
        {"a: \"x\\0y\"\n", "a value has a zero byte"},
        {"a: 'open\n", "f.yaml:"},
        {"a: \xff\xfe\n", "f.yaml:"},
        {"\ta: 1\n", "f.yaml:1:"},
        {"a: refuse\n", "f.yaml:1: refused"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        refuses(rows[i].text, strlen(rows[i].text), rows[i].want);
    char name[300];
    memset(name, 'n', sizeof name);
    memcpy(name + 290, ": 1\n", 5);
    refuses(name, strlen(name), "a name is too long");
    buf many = {0};
    for (size_t i = 0; i <= YAML_MAP_NAMES; i++) assert_true(buf_format(&many, "n%zu: 1\n", i));
    refuses((const char *)many.data, many.size, "f.yaml:1025: too many names");
    buf_clear(&many);
    assert_true(buf_fill(&many, ' ', YAML_MAP_BYTES + 1));
    refuses((const char *)many.data, many.size, "too many for settings");
    buf_free(&many);
}

static axl_status read_some(void *ctx, axl_error *err) {
    (void)ctx;
    static const char text[] = "a: 1\nb: {c: 2}\n";
    buf out = {0};
    const axl_status status =
        yaml_map_read(&(yaml_source){"f.yaml", text, sizeof text - 1}, gather, &out, err);
    buf_free(&out);
    return status;
}

static void test_failing(void **state) {
    (void)state;
    assert_true(for_each_failing_alloc(read_some, NULL) >= 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_failing),
    };
    return cmocka_run_group_tests_name("formats yaml_map", tests, NULL, NULL);
}
