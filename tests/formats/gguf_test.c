// GGUF files: what is written is read, what is damaged is refused, and refusing costs little.
#include "formats/gguf_file.h"
#include "formats/gguf_write.h"

#include "base/error.h"
#include "formats/corpus_case.h"
#include "os/fault_plan.h"
#include "os/scratch.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static scratch box;
static char path[SCRATCH_PATH_MAX + 64];

static int make_box(void **state) {
    (void)state;
    scratch_make(&box);
    strcpy(path, scratch_path(&box, "x.gguf"));
    return 0;
}

static int remove_box(void **state) {
    (void)state;
    fault_plan_clear();
    scratch_remove(&box);
    return 0;
}

#define ROWS 300

static float matrix[ROWS][64];
static uint8_t blocks[3 * 34]; // q8_0
static const uint8_t odd[2] = {7, 9};
static const gguf_item items[] = {
    {"matrix", GGUF_TYPE_F32, 2, {64, ROWS}},
    {"odd", 24, 1, {2}},
    {"blocks", GGUF_TYPE_Q8_0, 3, {32, 1, 3}},
};
static const void *const item_data[] = {matrix, odd, blocks};

static void fill_data(void) {
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < 64; k++) matrix[i][k] = sinf((float)(64 * i + k));
    for (size_t i = 0; i < sizeof blocks; i++) blocks[i] = (uint8_t)(i * 37);
}

static void put_entries(gguf_meta *m) {
    static const int16_t numbers[] = {-1, 2, INT16_MIN};
    static const char *const words[] = {"", "caf\xC3\xA9", "three"};
    gguf_put_text(m, GGUF_KEY_ARCHITECTURE, "axl");
    gguf_put_u32(m, "u32", UINT32_MAX);
    gguf_put_u64(m, "u64", UINT64_MAX);
    gguf_put_i32(m, "i32", INT32_MIN);
    gguf_put_f32(m, "f32", 1.5f);
    gguf_put_f64(m, "f64", 1e300);
    gguf_put_bool(m, "bool", true);
    gguf_put_bytes(m, "bytes", "a\0b", 3);
    gguf_put_array(m, "array", GGUF_I16, numbers, COUNT_OF(numbers));
    gguf_put_texts(m, "texts", words, COUNT_OF(words));
}

static axl_status write_items(const gguf_content *c, axl_error *err) {
    gguf_writer *w;
    FORWARD(gguf_write_begin(&w, path, c, err));
    axl_status status = AXL_OK;
    for (size_t i = 0; i < c->items && status == AXL_OK; i++) {
        size_t bytes;
        assert_int_equal(gguf_item_bytes(&c->item[i], &bytes, NULL), AXL_OK);
        // In two pieces, to see that they are joined.
        status = gguf_write_data(w, item_data[i], bytes / 3, err);
        const uint8_t *rest = (const uint8_t *)item_data[i] + bytes / 3;
        if (status == AXL_OK) status = gguf_write_data(w, rest, bytes - bytes / 3, err);
    }
    if (status == AXL_OK) return gguf_write_commit(w, err);
    gguf_write_abort(w);
    return status;
}

static axl_status write_sample(void *ctx, axl_error *err) {
    (void)ctx;
    gguf_meta meta = {0};
    put_entries(&meta);
    const gguf_content content = {.meta = &meta, .item = items, .items = COUNT_OF(items)};
    const axl_status status = write_items(&content, err);
    gguf_meta_free(&meta);
    return status;
}

static void write_well(void) {
    axl_error err = {0};
    fill_data();
    if (write_sample(NULL, &err) != AXL_OK) fail_msg("%s", err.text);
}

static double number_of(const gguf *g, const char *key, size_t i) {
    const gguf_entry *e = gguf_entry_find(g, key);
    double value = NAN;
    assert_non_null(e);
    assert_true(gguf_entry_number(e, i, &value));
    return value;
}

static void check_entries(const gguf *g) {
    assert_string_equal(gguf_entry_text(gguf_entry_find(g, GGUF_KEY_ARCHITECTURE)), "axl");
    assert_true(number_of(g, "u32", 0) == UINT32_MAX);
    uint64_t count;
    assert_true(gguf_entry_count(gguf_entry_find(g, "u64"), 0, &count) && count == UINT64_MAX);
    assert_false(gguf_entry_count(gguf_entry_find(g, "i32"), 0, &count)); // negative
    assert_false(gguf_entry_count(gguf_entry_find(g, "f32"), 0, &count));
    assert_true(number_of(g, "i32", 0) == INT32_MIN);
    assert_true(number_of(g, "f32", 0) == 1.5);
    assert_true(number_of(g, "f64", 0) == 1e300);
    assert_true(number_of(g, "bool", 0) == 1);
    assert_true(number_of(g, "array", 2) == INT16_MIN);
    double value;
    assert_false(gguf_entry_number(gguf_entry_find(g, "array"), 3, &value));
    const gguf_entry *bytes = gguf_entry_find(g, "bytes");
    assert_null(gguf_entry_text(bytes)); // a zero byte inside
    assert_int_equal(bytes->bytes, 3);
    assert_memory_equal(bytes->data, "a\0b", 4); // terminated
    const gguf_entry *texts = gguf_entry_find(g, "texts");
    const char *text;
    size_t at = 0, size, seen = 0;
    while (gguf_entry_next(texts, &at, &text, &size)) seen++;
    assert_int_equal(seen, 3);
    assert_int_equal(size, 0); // of the failed call
    assert_null(gguf_entry_find(g, "none"));
}

static void check_tensors(const gguf_file *f) {
    assert_int_equal(f->table.count, COUNT_OF(items));
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        const gguf_tensor *t = gguf_find(&f->table, items[i].name);
        assert_ptr_equal(t, &f->table.list[i]);
        assert_int_equal(t->type, items[i].type);
        assert_int_equal(t->dims, items[i].dims);
        for (size_t k = 0; k < GGUF_DIMS; k++)
            assert_int_equal(t->dim[k], k < t->dims ? items[i].dim[k] : 1);
        const void *view;
        assert_int_equal(gguf_view(f, t, &view, NULL), AXL_OK);
        assert_int_equal((uintptr_t)view % GGUF_ALIGN, 0);
        assert_memory_equal(view, item_data[i], t->bytes);
        uint8_t last;
        assert_int_equal(gguf_copy(f, t, &(gguf_piece){t->bytes - 1, &last, 1}, NULL), AXL_OK);
        assert_int_equal(last, ((const uint8_t *)item_data[i])[t->bytes - 1]);
        assert_int_equal(gguf_copy(f, t, &(gguf_piece){t->bytes, &last, 1}, NULL),
                         AXL_BAD_ARGUMENT);
    }
    assert_null(gguf_find(&f->table, "none"));
}

static void what_was_written_is_read(void **state) {
    (void)state;
    write_well();
    gguf_file f;
    assert_int_equal(gguf_open(&f, path, NULL), AXL_OK);
    assert_true(f.table.hashed);
    assert_int_equal(gguf_check_hash(&f, NULL), AXL_OK);
    check_entries(&f.table);
    check_tensors(&f);
    gguf_close(&f);
}

// Each bit flip is refused, or leaves what the file says as it was: that of the checksum's own
// name.
static bool reads_the_same(const char *at) {
    gguf_file f;
    axl_error err = {0};
    axl_status status = gguf_open(&f, at, &err);
    if (status == AXL_OK) {
        status = gguf_check_hash(&f, &err);
        if (status == AXL_OK) {
            check_entries(&f.table);
            check_tensors(&f);
        }
        gguf_close(&f);
    }
    assert_true(status == AXL_OK || (status == AXL_BAD_FILE && err.text[0]));
    return status == AXL_OK;
}

static void a_flipped_bit_is_noticed(void **state) {
    (void)state;
    write_well();
    const size_t unseen = corpus_flip(path, 2000, reads_the_same);
    assert_true(unseen <= 2);
}

// All the places of the small header, too, which random ones of a large file seldom hit.
static void a_flipped_bit_of_the_table_is_noticed(void **state) {
    (void)state;
    write_well();
    gguf_file f;
    assert_int_equal(gguf_open(&f, path, NULL), AXL_OK);
    const size_t bytes = f.table.header_bytes;
    gguf_close(&f);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    size_t unseen = 0;
    for (size_t bit = 0; bit < 8 * bytes; bit++) {
        for (int back = 0; back < 2; back++) {
            assert_int_equal(fseek(file, (long)(bit / 8), SEEK_SET), 0);
            const int c = fgetc(file);
            assert_int_equal(fseek(file, (long)(bit / 8), SEEK_SET), 0);
            fputc(c ^ 1 << bit % 8, file);
            fflush(file);
            if (!back) unseen += reads_the_same(path);
        }
    }
    fclose(file);
    assert_true(reads_the_same(path));
    assert_true(unseen <= 8 * strlen(GGUF_KEY_HASH));
}

static void cut_anywhere_it_is_refused(void **state) {
    (void)state;
    write_well();
    gguf_file f;
    assert_int_equal(gguf_open(&f, path, NULL), AXL_OK);
    const size_t header = f.table.header_bytes;
    const size_t end = f.table.data + f.table.data_bytes;
    gguf_close(&f);
    uint8_t *data = malloc(end + 1);
    assert_non_null(data);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(data, 1, end + 1, file), end + 1); // one byte of padding
    fclose(file);
    gguf g;
    for (size_t size = 0; size < end; size += size < header + 40 ? 1 : 997) {
        axl_error err = {0};
        uint8_t *exact = malloc(size + 1);
        assert_non_null(exact);
        memcpy(exact, data, size);
        assert_int_equal(gguf_read(&g, "f", exact, size, &err), AXL_BAD_FILE);
        assert_int_equal(strncmp(err.text, "f:", 2), 0);
        gguf_free(&g);
        free(exact);
    }
    assert_int_equal(gguf_read(&g, "f", data, end, NULL), AXL_OK);
    gguf_free(&g);
    free(data);
}

static void visit(const char *name, bool good, const char *at) {
    gguf_file f;
    axl_error err = {0};
    failing_alloc_install();
    const axl_status status = gguf_open(&f, at, &err);
    if (status == AXL_OK) gguf_close(&f);
    const size_t peak = failing_alloc_peak_bytes();
    failing_alloc_remove();
    if (status != (good ? AXL_OK : AXL_BAD_FILE)) fail_msg("%s: %d %s", name, status, err.text);
    if (!good && !strstr(err.text, name)) fail_msg("%s: %s", name, err.text);
    assert_true(peak <= CORPUS_MEMORY(0) + 4 * (size_t)70000);
}

static void every_fault_is_refused(void **state) {
    (void)state;
    assert_true(corpus_each("gguf", visit) > 150);
}

// The most that a table can hold for its length, then a fault at its end.
static void refusing_a_large_table_costs_little(void **state) {
    (void)state;
    enum { TENSORS = 100000 };
    buf b = {0};
    buf_text(&b, "GGUF");
    buf_u32(&b, 3);
    buf_u64(&b, TENSORS);
    buf_u64(&b, 60000);
    for (unsigned i = 0; i < 60000; i++) {
        buf_u64(&b, 3);
        buf_append(&b, &i, 3); // a key of three bytes, made UTF-8 below
        for (int k = 1; k <= 3; k++) b.data[b.size - (size_t)k] = (char)('0' + (i >> 6 * k & 63));
        b.data[b.size - 1] = (char)('0' + (i & 63));
        buf_u32(&b, GGUF_U8);
        buf_byte(&b, 1);
    }
    for (unsigned i = 0; i < TENSORS; i++) {
        buf_u64(&b, 1);
        buf_byte(&b, 'x'); // all the same name
        buf_u32(&b, 1);
        buf_u64(&b, 1);
        buf_u32(&b, 24);
        buf_u64(&b, 32 * i);
    }
    const size_t header = b.size;
    buf_fill(&b, 0, 32 * (size_t)TENSORS);
    scratch_write(path, b.data, b.size);
    buf_free(&b);
    gguf_file f;
    axl_error err = {0};
    failing_alloc_install();
    assert_int_equal(gguf_open(&f, path, &err), AXL_BAD_FILE);
    const size_t peak = failing_alloc_peak_bytes();
    failing_alloc_remove();
    assert_true(strstr(err.text, "twice") || strstr(err.text, "behind the last tensor"));
    if (peak > CORPUS_MEMORY(header)) fail_msg("%zu bytes for a table of %zu", peak, header);
}

static axl_status open_and_close(void *ctx, axl_error *err) {
    (void)ctx;
    gguf_file f;
    axl_status status = gguf_open(&f, path, err);
    if (status != AXL_OK) return status;
    status = gguf_check_hash(&f, err);
    gguf_close(&f);
    return status;
}

static void memory_may_fail_anywhere(void **state) {
    (void)state;
    write_well();
    assert_true(for_each_failing_alloc(open_and_close, NULL) >= 6);
    assert_true(for_each_failing_alloc(write_sample, NULL) >= 6);
}

static void system_calls_may_fail_anywhere(void **state) {
    (void)state;
    write_well();
    for (size_t n = 1;; n++) {
        fault_plan plan;
        axl_error err = {0};
        fault_plan_set(&plan, FAULT_ANY, n, false, EIO);
        const axl_status status = write_sample(NULL, &err);
        const bool done = plan.hit == FAULT_ANY;
        fault_plan_clear();
        if (done) {
            assert_int_equal(status, AXL_OK);
            assert_true(n > 5);
            break;
        }
        assert_true(reads_the_same(path)); // the old one or the new one
        assert_true(scratch_count(&box, "") == 1);
    }
}

static void a_wrong_use_is_refused(void **state) {
    (void)state;
    write_well();
    gguf_meta meta = {0};
    put_entries(&meta);
    const gguf_content good = {.meta = &meta, .item = items, .items = COUNT_OF(items)};
    gguf_writer *w;
    axl_error err;
    assert_int_equal(gguf_write_begin(&w, path, &good, &err), AXL_OK);
    assert_int_equal(gguf_write_data(w, matrix, sizeof matrix + 1, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(gguf_write_data(w, matrix, sizeof matrix, &err), AXL_OK);
    assert_int_equal(gguf_write_commit(w, &err), AXL_BAD_ARGUMENT); // the others are missing
    const gguf_item wrong[][2] = {
        {{"a", GGUF_TYPE_Q8_0, 1, {31}}, {"b", 0, 1, {1}}}, // no whole block
        {{"a", 4, 1, {32}}, {"b", 0, 1, {1}}},              // no such type
        {{"a", 0, 5, {1, 1, 1, 1}}, {"b", 0, 1, {1}}},
        {{"a", 0, 0, {1}}, {"b", 0, 1, {1}}},
        {{"a", 0, 1, {0}}, {"b", 0, 1, {1}}},
        {{"a", 0, 1, {1}}, {"a", 0, 1, {1}}}, // twice
        {{"", 0, 1, {1}}, {"b", 0, 1, {1}}},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        const gguf_content bad = {.meta = &meta, .item = wrong[i], .items = 2};
        assert_int_equal(gguf_write_begin(&w, path, &bad, &err), AXL_BAD_ARGUMENT);
    }
    gguf_put_u32(&meta, "u32", 1); // twice
    assert_int_equal(gguf_write_begin(&w, path, &good, &err), AXL_BAD_ARGUMENT);
    gguf_meta_free(&meta);
    assert_true(reads_the_same(path));
}

static void types_have_names(void **state) {
    (void)state;
    size_t known = 0;
    for (uint32_t id = 0; id <= GGUF_TYPE_LAST + 1; id++) {
        const gguf_type_info *info = gguf_type_of(id);
        uint32_t back = UINT32_MAX;
        if (!info) continue;
        known++;
        assert_true(gguf_type_by_name(info->name, &back));
        assert_int_equal(back, id);
    }
    assert_int_equal(known, 32);
    uint32_t none;
    assert_false(gguf_type_by_name("q4_2", &none));
    assert_string_equal(gguf_kind_name(GGUF_TEXT), "text");
    assert_string_equal(gguf_kind_name(GGUF_KINDS), "?");
    assert_int_equal(gguf_kind_bytes(GGUF_F64), 8);
}

#define IN_BOX(test) cmocka_unit_test_setup_teardown(test, make_box, remove_box)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_BOX(what_was_written_is_read),
        IN_BOX(a_flipped_bit_is_noticed),
        IN_BOX(a_flipped_bit_of_the_table_is_noticed),
        IN_BOX(cut_anywhere_it_is_refused),
        cmocka_unit_test(every_fault_is_refused),
        IN_BOX(refusing_a_large_table_costs_little),
        IN_BOX(memory_may_fail_anywhere),
        IN_BOX(system_calls_may_fail_anywhere),
        IN_BOX(a_wrong_use_is_refused),
        cmocka_unit_test(types_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
