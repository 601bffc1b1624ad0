#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"
#include "formats/torch_pt.h"
#include "formats/zip_write.h"

#include <string.h>

#define FOLDER "model/" // in the archive
#define NAME_ROOM 32

static bool symbol_of(dtype type, pickle_symbol *out) {
    *out = type == DTYPE_F16    ? PICKLE_HALF_STORAGE
           : type == DTYPE_BF16 ? PICKLE_BFLOAT16_STORAGE
                                : PICKLE_FLOAT_STORAGE;
    return type == DTYPE_F32 || type == DTYPE_F16 || type == DTYPE_BF16;
}

static axl_status item_bytes(const torch_item *t, size_t *elements, size_t *bytes, axl_error *err) {
    pickle_symbol symbol;
    RETURN_IF(!symbol_of(t->type, &symbol) || t->dims > TORCH_DIMS, err, AXL_BAD_ARGUMENT,
              "tensor %s has a type or a shape that a .pt file has not", t->name);
    *elements = 1;
    bool fits = true;
    for (size_t i = 0; i < t->dims && fits; i++) fits = size_mul(*elements, t->dim[i], elements);
    RETURN_IF(!fits || !dtype_bytes(t->type, *elements, bytes), err, AXL_TOO_LARGE,
              "tensor %s is too large", t->name);
    return AXL_OK;
}

static void put_counts(buf *out, const size_t *count, size_t counts) {
    pickle_put_byte(out, PICKLE_OP_MARK);
    for (size_t i = 0; i < counts; i++) pickle_put_number(out, count[i]);
    pickle_put_byte(out, PICKLE_OP_TUPLE);
}

static void put_plain(buf *out, const char *text) {
    pickle_put_text(out, text, strlen(text));
}

// OrderedDict()
static void put_empty(buf *out) {
    pickle_put_symbol(out, PICKLE_ORDERED_DICT);
    pickle_put_byte(out, PICKLE_OP_EMPTY_TUPLE);
    pickle_put_byte(out, PICKLE_OP_REDUCE);
}

// _rebuild_tensor_v2(storage, 0, size, stride, False, OrderedDict())
static void put_tensor(buf *out, const torch_item *t, size_t index, size_t elements) {
    char key[NAME_ROOM];
    size_t stride[TORCH_DIMS];
    pickle_symbol symbol;
    (void)symbol_of(t->type, &symbol);
    string_format(key, sizeof key, NULL, "%zu", index);
    for (size_t i = t->dims, next = 1; i-- > 0; next *= t->dim[i]) stride[i] = next;
    pickle_put_symbol(out, PICKLE_REBUILD_TENSOR);
    pickle_put_byte(out, PICKLE_OP_MARK);
    pickle_put_byte(out, PICKLE_OP_MARK);
    put_plain(out, "storage");
    pickle_put_symbol(out, symbol);
    put_plain(out, key);
    put_plain(out, "cpu");
    pickle_put_number(out, elements);
    pickle_put_byte(out, PICKLE_OP_TUPLE);
    pickle_put_byte(out, PICKLE_OP_PERSISTENT);
    pickle_put_number(out, 0);
    put_counts(out, t->dim, t->dims);
    put_counts(out, stride, t->dims);
    pickle_put_byte(out, PICKLE_OP_FALSE);
    put_empty(out);
    pickle_put_byte(out, PICKLE_OP_TUPLE);
    pickle_put_byte(out, PICKLE_OP_REDUCE);
}

static axl_status make_pickle(buf *out, const torch_content *c, size_t *total, axl_error *err) {
    *total = 0;
    pickle_put_begin(out);
    pickle_put_byte(out, PICKLE_OP_EMPTY_DICT);
    pickle_put_byte(out, PICKLE_OP_MARK);
    put_plain(out, c->state);
    put_empty(out);
    for (size_t i = 0; i < c->items; i++) {
        size_t elements, bytes;
        FORWARD(item_bytes(&c->item[i], &elements, &bytes, err));
        RETURN_IF(!size_add(*total, bytes, total), err, AXL_TOO_LARGE, "the tensors are too large");
        put_plain(out, c->item[i].name);
        put_tensor(out, &c->item[i], i, elements);
        pickle_put_byte(out, PICKLE_OP_SETITEM);
    }
    buf_append(out, c->members->data, c->members->size);
    pickle_put_byte(out, PICKLE_OP_SETITEMS);
    pickle_put_end(out);
    return buf_ok(out) && buf_ok(c->members) ? AXL_OK
                                             : error_no_memory(err, "a pickle", 2 * out->size);
}

static axl_status write_entry(zip_writer *w, const char *name, const void *data, size_t bytes,
                              axl_error *err) {
    FORWARD(zip_write_entry(w, name, bytes, err));
    return zip_write_data(w, data, bytes, err);
}

static axl_status write_entries(zip_writer *w, const torch_content *c, const buf *pickle,
                                axl_error *err) {
    FORWARD(write_entry(w, FOLDER "data.pkl", pickle->data, pickle->size, err));
    FORWARD(write_entry(w, FOLDER "byteorder", "little", 6, err));
    for (size_t i = 0; i < c->items; i++) {
        char name[NAME_ROOM];
        size_t elements, bytes;
        FORWARD(item_bytes(&c->item[i], &elements, &bytes, err));
        string_format(name, sizeof name, NULL, FOLDER "data/%zu", i);
        FORWARD(write_entry(w, name, c->item[i].data, bytes, err));
    }
    return write_entry(w, FOLDER "version", "3\n", 2, err);
}

axl_status torch_pt_write(const char *path, const torch_content *c, axl_error *err) {
    buf pickle = {0};
    zip_writer *w = NULL;
    size_t total = 0;
    axl_status status = make_pickle(&pickle, c, &total, err);
    if (status == AXL_OK) status = zip_write_begin(&w, path, total + pickle.size, err);
    if (status == AXL_OK) status = write_entries(w, c, &pickle, err);
    buf_free(&pickle);
    if (status == AXL_OK) return zip_write_commit(w, err);
    zip_write_abort(w);
    return status;
}
