#include "formats/torch_pt.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

#define PICKLE_NAME "data.pkl"
#define ORDER_NAME "byteorder"

// ---- storages and tensors, as the pickle tells them ---------------------------------------------

static dtype storage_type(const pickle_value *v) {
    static const struct {
        pickle_symbol symbol;
        dtype type;
    } types[] = {{PICKLE_FLOAT_STORAGE, DTYPE_F32},     {PICKLE_HALF_STORAGE, DTYPE_F16},
                 {PICKLE_BFLOAT16_STORAGE, DTYPE_BF16}, {PICKLE_DOUBLE_STORAGE, DTYPE_F64},
                 {PICKLE_CHAR_STORAGE, DTYPE_I8},       {PICKLE_BYTE_STORAGE, DTYPE_U8},
                 {PICKLE_SHORT_STORAGE, DTYPE_I16},     {PICKLE_INT_STORAGE, DTYPE_I32},
                 {PICKLE_LONG_STORAGE, DTYPE_I64},      {PICKLE_BOOL_STORAGE, DTYPE_BOOL}};
    if (!v || v->kind != PICKLE_SYMBOL) return DTYPES;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].symbol == v->symbol) return types[i].type;
    return DTYPES;
}

static bool is_text(const pickle_value *v) {
    return v && v->kind == PICKLE_TEXT;
}

// A whole number that is not negative.
static bool count_of(const pickle_value *v, size_t *out) {
    if (!v || v->kind != PICKLE_INT || v->of.number < 0) return false;
    return size_from_u64((uint64_t)v->of.number, out);
}

typedef struct storage {
    dtype type;
    size_t numbers;
    const zip_entry *entry;
} storage;

// The id of a storage: ('storage', its type, key, device, numbers). Says why it is none.
static const char *read_storage(const torch_pt *t, const pickle_value *id, storage *out) {
    char name[ZIP_NAME_MAX + 1];
    const pickle_value *word = pickle_item(id, 0), *key = pickle_item(id, 2);
    if (!id || id->count != 5 || !is_text(word) || strcmp(word->of.text, "storage") != 0)
        return "an outside object that is no storage";
    out->type = storage_type(pickle_item(id, 1));
    if (out->type == DTYPES) return "a storage of a type that is none";
    if (!is_text(key) || !is_text(pickle_item(id, 3)) ||
        !count_of(pickle_item(id, 4), &out->numbers))
        return "a storage without key, device or size";
    bool cut = false;
    string_format(name, sizeof name, &cut, "%.*sdata/%s", (int)t->prefix, t->zip.entry[0].name,
                  key->of.text);
    out->entry = cut ? NULL : zip_find(&t->zip, name);
    if (!out->entry) return "a storage that is not in the archive";
    size_t bytes;
    if (!dtype_bytes(out->type, out->numbers, &bytes) || bytes != out->entry->bytes)
        return "a storage of another size than its entry of the archive";
    return NULL;
}

// Numbers of a tuple of whole numbers.
static bool read_counts(const pickle_value *tuple, size_t out[TORCH_DIMS], uint32_t *count) {
    if (!tuple || tuple->kind != PICKLE_TUPLE || tuple->count > TORCH_DIMS) return false;
    *count = tuple->count;
    for (size_t i = 0; i < tuple->count; i++)
        if (!count_of(tuple->of.item[i], &out[i])) return false;
    return true;
}

// Works out elements, bytes and contiguous; says why the tensor does not lie in its storage.
static const char *measure(torch_tensor *t, size_t numbers) {
    size_t last = t->offset, dense = 1;
    t->elements = 1;
    t->contiguous = true;
    for (size_t i = 0; i < t->dims; i++)
        if (!size_mul(t->elements, t->dim[i], &t->elements)) return "a tensor whose size overflows";
    if (t->elements > numbers || !dtype_bytes(t->type, t->elements, &t->bytes))
        return "a tensor of more numbers than its storage has";
    if (t->elements == 0) return t->offset <= numbers ? NULL : "a tensor behind its storage";
    for (size_t i = t->dims; i-- > 0;) {
        if (t->dim[i] > 1 && t->stride[i] != dense) t->contiguous = false;
        dense *= t->dim[i]; // at most the elements
        if (!size_mul_add(t->dim[i] - 1, t->stride[i], last, &last))
            return "a tensor whose strides overflow";
    }
    return last < numbers ? NULL : "a tensor that reaches beyond its storage";
}

// A call of _rebuild_tensor_v2(storage, offset, size, stride, gradient, hooks), or of
// _rebuild_parameter(tensor, ...), which wraps one. Says why it is none.
static const char *read_tensor(const torch_pt *t, const pickle_value *v, torch_tensor *out) {
    if (v && v->kind == PICKLE_CALL && v->symbol == PICKLE_REBUILD_PARAMETER)
        v = pickle_item(v->of.inside, 0);
    if (!v || v->kind != PICKLE_CALL || v->symbol != PICKLE_REBUILD_TENSOR) return "no tensor";
    const pickle_value *outside = pickle_item(v->of.inside, 0);
    uint32_t strides = 0;
    storage s;
    if (v->of.inside->count < 6 || v->of.inside->count > 7 || outside->kind != PICKLE_PERSISTENT)
        return "a tensor without a storage";
    const char *why = read_storage(t, outside->of.inside, &s);
    if (why) return why;
    out->type = s.type;
    out->entry = s.entry;
    if (!count_of(pickle_item(v->of.inside, 1), &out->offset) ||
        !read_counts(pickle_item(v->of.inside, 2), out->dim, &out->dims) ||
        !read_counts(pickle_item(v->of.inside, 3), out->stride, &strides) || strides != out->dims)
        return "a tensor whose shape is none, or has too many dimensions";
    return measure(out, s.numbers);
}

// As they are read, with their place in the message; what is not a tensor of the model, too.
static const char *judge(void *ctx, const pickle_value *v) {
    torch_pt *t = ctx;
    torch_tensor tensor;
    storage s;
    if (v->kind == PICKLE_CALL)
        return v->symbol == PICKLE_REBUILD_TENSOR || v->symbol == PICKLE_REBUILD_PARAMETER
                   ? read_tensor(t, v, &tensor)
                   : "calls what makes no tensor";
    const char *why = read_storage(t, v->of.inside, &s);
    if (why) return why;
    uint8_t *type = &t->storages[s.entry - t->zip.entry];
    if (*type != 0 && *type != s.type + 1) return "a storage of two types";
    *type = (uint8_t)(s.type + 1);
    return NULL;
}

// ---- reading ------------------------------------------------------------------------------------

// All entries lie in one folder. *pickle is the entry of the text.
static axl_status find_pickle(torch_pt *t, const zip_entry **pickle, axl_error *err) {
    const zip_archive *z = &t->zip;
    const char *slash = z->count > 0 ? strchr(z->entry[0].name, '/') : NULL;
    RETURN_IF(!slash, err, AXL_BAD_FILE, "%s:0: an archive, but none of torch.save", t->from.what);
    t->prefix = (size_t)(slash - z->entry[0].name) + 1;
    for (size_t i = 0; i < z->count; i++) {
        const char *name = z->entry[i].name;
        RETURN_IF(strncmp(name, z->entry[0].name, t->prefix) != 0, err, AXL_BAD_FILE,
                  "%s:%llu: %s is in another folder of the archive", t->from.what,
                  (unsigned long long)z->entry[i].begin, name);
        if (strcmp(name + t->prefix, PICKLE_NAME) == 0) *pickle = &z->entry[i];
    }
    RETURN_IF(!*pickle, err, AXL_BAD_FILE, "%s:0: an archive without " PICKLE_NAME, t->from.what);
    return AXL_OK;
}

static axl_status check_order(const torch_pt *t, axl_error *err) {
    for (size_t i = 0; i < t->zip.count; i++) {
        const zip_entry *e = &t->zip.entry[i];
        char order[8] = "";
        if (strcmp(e->name + t->prefix, ORDER_NAME) != 0) continue;
        const size_t bytes = size_min((size_t)e->bytes, sizeof order - 1);
        FORWARD(byte_source_read(&t->from, e->begin, order, bytes, err));
        RETURN_IF(strcmp(order, "little") != 0, err, AXL_BAD_FILE,
                  "%s:%llu: numbers in another byte order", t->from.what,
                  (unsigned long long)e->begin);
    }
    return AXL_OK;
}

static axl_status read_pickle(torch_pt *t, const zip_entry *e, axl_error *err) {
    RETURN_IF(e->bytes > PICKLE_MAX, err, AXL_BAD_FILE, "%s:%llu: a pickle of %llu bytes",
              t->from.what, (unsigned long long)e->begin, (unsigned long long)e->bytes);
    const pickle_text text = {.what = t->from.what,
                              .text = t->text = mem_alloc((size_t)e->bytes),
                              .bytes = (size_t)e->bytes,
                              .origin = e->begin,
                              .judge = judge,
                              .ctx = t};
    if (!t->text) return error_no_memory(err, t->from.what, text.bytes);
    t->pickle_bytes = text.bytes;
    FORWARD(byte_source_read(&t->from, e->begin, t->text, text.bytes, err));
    FORWARD(zip_check(e, &t->from, err));
    FORWARD(pickle_read(&text, &t->memory, &t->root, err));
    RETURN_IF(t->root->kind != PICKLE_DICT, err, AXL_BAD_FILE, "%s:%llu: the pickle is no dict",
              t->from.what, (unsigned long long)e->begin);
    return AXL_OK;
}

// The dict with the tensors.
static const pickle_value *find_state(const torch_pt *t) {
    static const char *const names[] = {"model_state_dict", "state_dict", "model"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const pickle_value *v = pickle_find(t->root, names[i]);
        if (v && v->kind == PICKLE_DICT) return v;
    }
    return t->root;
}

static int compare_names(const void *a, const void *b) {
    const torch_tensor *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static axl_status list_tensors(torch_pt *t, axl_error *err) {
    const pickle_value *state = find_state(t);
    t->list = arena_alloc_array(&t->memory, state->count, sizeof *t->list, sizeof(void *));
    RETURN_IF(!t->list, err, AXL_BAD_FILE, "%s: more tensors than its pickle has room for",
              t->from.what);
    const pickle_cell *cell = state->of.last;
    for (uint32_t i = 0; i < state->count; i++) {
        cell = cell->next;
        torch_tensor *tensor = &t->list[t->count];
        RETURN_IF(cell->key->kind != PICKLE_TEXT, err, AXL_BAD_FILE,
                  "%s: a tensor whose name is a number", t->from.what);
        tensor->name = cell->key->of.text;
        const char *why = read_tensor(t, cell->value, tensor);
        RETURN_IF(why, err, AXL_BAD_FILE, "%s: %s in the dict of tensors: %s", t->from.what,
                  tensor->name, why);
        t->count++;
    }
    if (t->count > 1) qsort(t->list, t->count, sizeof *t->list, compare_names);
    for (size_t i = 1; i < t->count; i++)
        RETURN_IF(strcmp(t->list[i].name, t->list[i - 1].name) == 0, err, AXL_BAD_FILE,
                  "%s: tensor %s is there twice", t->from.what, t->list[i].name);
    return AXL_OK;
}

axl_status torch_pt_read(torch_pt *out, const byte_source *from, axl_error *err) {
    const zip_entry *pickle = NULL;
    *out = (torch_pt){.from = *from};
    FORWARD(zip_read(&out->zip, from, err));
    FORWARD(find_pickle(out, &pickle, err));
    FORWARD(check_order(out, err));
    out->storages = mem_zalloc(out->zip.count);
    if (!out->storages) return error_no_memory(err, from->what, out->zip.count);
    FORWARD(read_pickle(out, pickle, err));
    return list_tensors(out, err);
}

void torch_pt_free(torch_pt *t) {
    zip_free(&t->zip);
    mem_free(t->storages);
    mem_free(t->text);
    arena_free(&t->memory);
    *t = (torch_pt){0};
}

const torch_tensor *torch_pt_find(const torch_pt *t, const char *name) {
    const torch_tensor key = {.name = name};
    return t->count > 0 ? bsearch(&key, t->list, t->count, sizeof *t->list, compare_names) : NULL;
}

axl_status torch_pt_check(const torch_pt *t, axl_error *err) {
    for (size_t i = 0; i < t->zip.count; i++) FORWARD(zip_check(&t->zip.entry[i], &t->from, err));
    return AXL_OK;
}

// Puts the numbers in their order: storage holds all of the entry.
static void gather(const torch_tensor *t, const uint8_t *numbers, size_t size, uint8_t *to) {
    size_t index[TORCH_DIMS] = {0};
    for (size_t n = 0; n < t->elements; n++) {
        size_t from = t->offset;
        for (size_t i = 0; i < t->dims; i++) from += index[i] * t->stride[i];
        memcpy(to + n * size, numbers + from * size, size);
        for (size_t i = t->dims; i-- > 0 && ++index[i] == t->dim[i];) index[i] = 0;
    }
}

axl_status torch_pt_copy(const torch_pt *t, const torch_tensor *tensor, void *to, axl_error *err) {
    const size_t size = dtype_of(tensor->type)->block_bytes;
    const zip_entry *e = tensor->entry;
    if (tensor->contiguous)
        return byte_source_read(&t->from, e->begin + tensor->offset * size, to, tensor->bytes, err);
    uint8_t *numbers = mem_alloc((size_t)e->bytes);
    if (!numbers) return error_no_memory(err, t->from.what, (size_t)e->bytes);
    const axl_status status = byte_source_read(&t->from, e->begin, numbers, (size_t)e->bytes, err);
    if (status == AXL_OK) gather(tensor, numbers, size, to);
    mem_free(numbers);
    return status;
}
