#include "formats/gguf.h"

#include "base/alloc.h"
#include "base/crc32c.h"
#include "base/cursor.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

// Bytes of the shortest tensor and entry: how many a file of some length can have at most.
#define TENSOR_MIN ((size_t)(8 + 1 + 4 + 8 + 4 + 8))
#define ENTRY_MIN ((size_t)(8 + 1 + 4 + 1))

#define HASH_DIGITS ((size_t)8)

// One walk over the table. The first ones only check it, on as much of it as is there; the last
// one, when counts and sizes are known to be right, fills the lists.
typedef struct walking {
    cursor c;
    const char *what;
    uint64_t file_bytes;
    gguf *g;   // to be filled; NULL: check only
    bool more; // the walk failed because more bytes of the file must be there
    size_t tensors, entries;
    size_t align;
    size_t hash_at; // of the digits of the checksum; 0: none
} walking;

typedef struct text {
    size_t at; // of its length in the table
    const char *bytes;
    size_t size;
} text;

__attribute__((format(printf, 4, 5))) static axl_status bad(const walking *w, size_t at,
                                                            axl_error *err, const char *fmt, ...) {
    char reason[sizeof err->text];
    va_list args;
    va_start(args, fmt);
    string_vformat(reason, sizeof reason, NULL, fmt, args);
    va_end(args);
    return error_set(err, AXL_BAD_FILE, "%s:%zu: %s", w->what, at, reason);
}

// Bytes of the file from the cursor on.
static uint64_t file_left(const walking *w) {
    return w->file_bytes - w->c.at;
}

// After a read that may have gone past the end.
static axl_status check_there(walking *w, axl_error *err) {
    if (cursor_ok(&w->c)) return AXL_OK;
    w->more = w->c.size < w->file_bytes && w->c.size < GGUF_HEADER_MAX;
    if (w->c.size >= GGUF_HEADER_MAX && w->c.size < w->file_bytes)
        return bad(w, w->c.at, err, "a table of more than %zu bytes", GGUF_HEADER_MAX);
    return bad(w, w->c.at, err, "%zu bytes must follow, %zu do: the file is cut off; get it again",
               w->c.wanted, w->c.size - w->c.at);
}

// `count` things of at least `bytes` bytes each, which `name` them in messages.
static axl_status check_count(const walking *w, uint64_t count, size_t bytes, const char *name,
                              axl_error *err) {
    if (count <= file_left(w) / bytes) return AXL_OK;
    return bad(w, w->c.at, err, "%llu %s cannot be in the %llu bytes that follow",
               (unsigned long long)count, name, (unsigned long long)file_left(w));
}

static axl_status read_text(walking *w, size_t limit, text *out, axl_error *err) {
    out->at = w->c.at;
    const uint64_t size = cursor_u64(&w->c);
    FORWARD(check_there(w, err));
    if (size > limit)
        return bad(w, out->at, err, "a text of %llu bytes, at most %zu are allowed here",
                   (unsigned long long)size, limit);
    FORWARD(check_count(w, size, 1, "bytes of a text", err));
    out->size = (size_t)size;
    out->bytes = cursor_bytes(&w->c, out->size);
    return check_there(w, err);
}

// A key or the name of a tensor.
static axl_status read_name(walking *w, size_t limit, text *out, axl_error *err) {
    FORWARD(read_text(w, limit, out, err));
    if (out->size == 0) return bad(w, out->at, err, "an empty name");
    if (memchr(out->bytes, '\0', out->size)) return bad(w, out->at, err, "a zero byte in a name");
    if (!utf8_valid(out->bytes, out->size)) return bad(w, out->at, err, "a name is not UTF-8");
    return AXL_OK;
}

// Puts a terminator behind a text of the table that is filled: moves it over the last byte of its
// length.
static const char *terminate(const walking *w, const text *t) {
    char *to = (char *)w->g->header + t->at + sizeof(uint64_t) - 1;
    memmove(to, to + 1, t->size);
    to[t->size] = '\0';
    return to;
}

static axl_status read_texts(walking *w, gguf_entry *e, axl_error *err) {
    FORWARD(check_count(w, e->count, sizeof(uint64_t), "texts", err));
    for (size_t i = 0; i < e->count; i++) {
        text t;
        FORWARD(read_text(w, GGUF_HEADER_MAX, &t, err));
    }
    return AXL_OK;
}

static axl_status read_array(walking *w, gguf_entry *e, axl_error *err) {
    const size_t at = w->c.at;
    const uint32_t of = cursor_u32(&w->c);
    const uint64_t count = cursor_u64(&w->c);
    FORWARD(check_there(w, err));
    if (of >= GGUF_KINDS) return bad(w, at, err, "elements of a kind %u that is none", of);
    if (of == GGUF_ARRAY) return bad(w, at, err, "an array of arrays");
    e->of = (uint8_t)of;
    const size_t bytes = gguf_kind_bytes((gguf_kind)of);
    FORWARD(check_count(w, count, bytes ? bytes : sizeof(uint64_t), "elements", err));
    if (count > GGUF_HEADER_MAX)
        return bad(w, at, err, "an array of %llu elements", (unsigned long long)count);
    e->count = (size_t)count;
    const size_t begin = w->c.at;
    if (of == GGUF_TEXT) {
        FORWARD(read_texts(w, e, err));
    } else {
        cursor_skip(&w->c, e->count * bytes);
    }
    FORWARD(check_there(w, err));
    e->data = w->c.data + begin;
    e->bytes = w->c.at - begin;
    return AXL_OK;
}

static axl_status check_bools(const walking *w, const gguf_entry *e, axl_error *err) {
    if (e->kind != GGUF_BOOL && (e->kind != GGUF_ARRAY || e->of != GGUF_BOOL)) return AXL_OK;
    for (size_t i = 0; i < e->bytes; i++)
        if (e->data[i] > 1)
            return bad(w, (size_t)(e->data - w->c.data) + i, err, "a bool that is not 0 or 1");
    return AXL_OK;
}

static axl_status read_value(walking *w, gguf_entry *e, axl_error *err) {
    const size_t at = w->c.at;
    const uint32_t kind = cursor_u32(&w->c);
    FORWARD(check_there(w, err));
    if (kind >= GGUF_KINDS) return bad(w, at, err, "a value of a kind %u that is none", kind);
    e->kind = (uint8_t)kind;
    e->count = 1;
    if (kind == GGUF_ARRAY) {
        FORWARD(read_array(w, e, err));
    } else if (kind == GGUF_TEXT) {
        text t;
        FORWARD(read_text(w, GGUF_HEADER_MAX, &t, err));
        e->bytes = e->count = t.size;
        e->data = (const uint8_t *)(w->g ? terminate(w, &t) : t.bytes);
    } else {
        e->bytes = gguf_kind_bytes((gguf_kind)kind);
        e->data = cursor_bytes(&w->c, e->bytes);
        FORWARD(check_there(w, err));
    }
    return check_bools(w, e, err);
}

static bool is_key(const text *t, const char *key) {
    return t->size == strlen(key) && memcmp(t->bytes, key, t->size) == 0;
}

// The entries that the reader itself reads.
static axl_status note_entry(walking *w, const text *key, const gguf_entry *e, axl_error *err) {
    if (is_key(key, GGUF_KEY_ALIGN)) {
        uint64_t align;
        const bool good = e->kind == GGUF_U32 && gguf_entry_count(e, 0, &align) &&
                          align >= GGUF_ALIGN_MIN && align <= GGUF_ALIGN_MAX &&
                          (align & (align - 1)) == 0;
        if (!good)
            return bad(w, key->at, err, GGUF_KEY_ALIGN " must be a power of two from %zu to %zu",
                       GGUF_ALIGN_MIN, GGUF_ALIGN_MAX);
        w->align = (size_t)align;
    }
    if (is_key(key, GGUF_KEY_HASH)) {
        static const char digits[] = "0123456789abcdef";
        bool good = e->kind == GGUF_TEXT && e->bytes == HASH_DIGITS;
        for (size_t i = 0; good && i < HASH_DIGITS; i++)
            good = e->data[i] != '\0' && strchr(digits, e->data[i]) != NULL;
        if (!good) return bad(w, key->at, err, GGUF_KEY_HASH " must be eight hexadecimal digits");
        w->hash_at = (size_t)(e->data - w->c.data);
    }
    return AXL_OK;
}

static axl_status read_entry(walking *w, size_t i, axl_error *err) {
    text key;
    gguf_entry e = {0};
    FORWARD(read_name(w, GGUF_KEY_MAX, &key, err));
    FORWARD(read_value(w, &e, err));
    if (!w->g) return note_entry(w, &key, &e, err);
    e.key = terminate(w, &key);
    w->g->entry[i] = e;
    return AXL_OK;
}

// Bytes of a tensor whose type and dimensions are read.
static axl_status measure_tensor(const walking *w, size_t at, gguf_tensor *t, axl_error *err) {
    const gguf_type_info *type = gguf_type_of(t->type);
    if (!type) return bad(w, at, err, "a tensor of type %u, which is none", t->type);
    if (t->dim[0] % type->block != 0)
        return bad(w, at, err, "a row of %zu is no whole number of %s blocks of %zu", t->dim[0],
                   type->name, type->block);
    bool fits = size_mul(t->dim[0] / type->block, type->bytes, &t->bytes);
    for (size_t i = 1; i < GGUF_DIMS && fits; i++) fits = size_mul(t->bytes, t->dim[i], &t->bytes);
    return fits ? AXL_OK : bad(w, at, err, "a tensor whose size overflows");
}

static axl_status read_tensor(walking *w, size_t i, axl_error *err) {
    text name;
    gguf_tensor t = {.dim = {1, 1, 1, 1}};
    FORWARD(read_name(w, GGUF_NAME_MAX, &name, err));
    t.dims = cursor_u32(&w->c);
    FORWARD(check_there(w, err));
    if (t.dims < 1 || t.dims > GGUF_DIMS)
        return bad(w, name.at, err, "a tensor of %u dimensions, 1 to %d are allowed", t.dims,
                   GGUF_DIMS);
    for (size_t k = 0; k < t.dims; k++) {
        const uint64_t dim = cursor_u64(&w->c);
        FORWARD(check_there(w, err));
        if (dim == 0 || dim > INT64_MAX || !size_from_u64(dim, &t.dim[k]))
            return bad(w, name.at, err, "a dimension of %llu", (unsigned long long)dim);
    }
    t.type = cursor_u32(&w->c);
    const uint64_t offset = cursor_u64(&w->c);
    FORWARD(check_there(w, err));
    FORWARD(measure_tensor(w, name.at, &t, err));
    if (!size_from_u64(offset, &t.begin) || t.begin > w->file_bytes)
        return bad(w, name.at, err, "a tensor at byte %llu of the data, behind the end",
                   (unsigned long long)offset);
    if (!w->g) return AXL_OK;
    t.name = terminate(w, &name);
    w->g->list[i] = t;
    return AXL_OK;
}

static axl_status read_head(walking *w, axl_error *err) {
    const char *magic = cursor_bytes(&w->c, 4);
    FORWARD(check_there(w, err));
    if (memcmp(magic, "GGUF", 4) != 0) return bad(w, 0, err, "does not begin with GGUF");
    const uint32_t version = cursor_u32(&w->c);
    FORWARD(check_there(w, err));
    if (version != GGUF_VERSION)
        return bad(w, 4, err, "version %u%s; this program reads version %d", version,
                   (version & 0xFFFF) == 0 && version != 0 ? ", or other byte order" : "",
                   GGUF_VERSION);
    const uint64_t tensors = cursor_u64(&w->c);
    const uint64_t entries = cursor_u64(&w->c);
    FORWARD(check_there(w, err));
    FORWARD(check_count(w, tensors, TENSOR_MIN, "tensors", err));
    FORWARD(check_count(w, entries, ENTRY_MIN, "entries", err));
    if (tensors > GGUF_TENSORS_MAX || entries > GGUF_ENTRIES_MAX)
        return bad(w, 8, err, "%llu tensors and %llu entries, at most %zu and %zu are allowed",
                   (unsigned long long)tensors, (unsigned long long)entries, GGUF_TENSORS_MAX,
                   GGUF_ENTRIES_MAX);
    w->tensors = (size_t)tensors;
    w->entries = (size_t)entries;
    return AXL_OK;
}

static axl_status walk(walking *w, axl_error *err) {
    w->align = GGUF_ALIGN;
    FORWARD(read_head(w, err));
    for (size_t i = 0; i < w->entries; i++) FORWARD(read_entry(w, i, err));
    for (size_t i = 0; i < w->tensors; i++) FORWARD(read_tensor(w, i, err));
    return AXL_OK;
}

static walking walk_over(const void *bytes, size_t size, const char *what, uint64_t file_bytes) {
    walking w = {.what = what, .file_bytes = file_bytes};
    cursor_init(&w.c, bytes, size);
    return w;
}

axl_status gguf_measure(const gguf_start *start, const char *what, size_t *need, axl_error *err) {
    walking w = walk_over(start->data, start->bytes, what, start->file_bytes);
    *need = 0;
    const axl_status status = walk(&w, err);
    if (status == AXL_OK && w.c.at > GGUF_HEADER_MAX)
        return bad(&w, w.c.at, err, "a table of more than %zu bytes", GGUF_HEADER_MAX);
    if (status == AXL_OK) *need = w.c.at;
    return w.more ? AXL_OK : status;
}

static int compare_names(const void *a, const void *b) {
    const gguf_tensor *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static int compare_keys(const void *a, const void *b) {
    const gguf_entry *const *x = a, *const *y = b;
    return strcmp((*x)->key, (*y)->key);
}

static axl_status sort_names(gguf *g, const walking *w, axl_error *err) {
    for (size_t i = 0; i < g->count; i++) g->by_name[i] = &g->list[i];
    for (size_t i = 0; i < g->entries; i++) g->by_key[i] = &g->entry[i];
    if (g->count > 1) qsort(g->by_name, g->count, sizeof *g->by_name, compare_names);
    if (g->entries > 1) qsort(g->by_key, g->entries, sizeof *g->by_key, compare_keys);
    for (size_t i = 1; i < g->count; i++) {
        const char *name = g->by_name[i]->name;
        if (strcmp(name, g->by_name[i - 1]->name) == 0)
            return bad(w, (size_t)((const uint8_t *)name - g->header), err,
                       "tensor %s is there twice", name);
    }
    for (size_t i = 1; i < g->entries; i++) {
        const char *key = g->by_key[i]->key;
        if (strcmp(key, g->by_key[i - 1]->key) == 0)
            return bad(w, (size_t)((const uint8_t *)key - g->header), err, "%s is there twice",
                       key);
    }
    return AXL_OK;
}

// The tensors must lie one behind the other, and be there.
static axl_status check_cover(gguf *g, const walking *w, axl_error *err) {
    size_t end = 0;
    for (size_t i = 0; i < g->count; i++) {
        const gguf_tensor *t = &g->list[i];
        const size_t at = (size_t)((const uint8_t *)t->name - g->header);
        size_t next = 0;
        if (!size_align_up(end, g->align, &next) || t->begin != next)
            return bad(w, at, err, "tensor %s begins at byte %zu of the data, not %zu", t->name,
                       t->begin, next);
        if (!size_add(t->begin, t->bytes, &end) || end > w->file_bytes)
            return bad(w, at, err, "tensor %s ends behind the file: it is cut off; get it again",
                       t->name);
    }
    size_t whole;
    g->data_bytes = end;
    if (!size_add(g->data, end, &whole) || (end > 0 && whole > w->file_bytes))
        return bad(w, w->file_bytes, err,
                   "%zu bytes of data must follow byte %zu: the file is "
                   "cut off; get it again",
                   end, g->data);
    if (!size_align_up(whole, g->align, &whole) || w->file_bytes > whole)
        return bad(w, whole, err, "%llu bytes behind the last tensor",
                   (unsigned long long)w->file_bytes - whole);
    return AXL_OK;
}

// The checksum of the table, whose digits count as zeros, and what the file says it is.
static void sum_header(gguf *g, size_t hash_at) {
    g->hashed = hash_at > 0;
    if (!g->hashed) return;
    static const char zeros[] = "00000000";
    char digits[HASH_DIGITS + 1] = "";
    memcpy(digits, g->header + hash_at, HASH_DIGITS);
    g->hash = (uint32_t)strtoul(digits, NULL, 16);
    const size_t behind = hash_at + HASH_DIGITS;
    uint32_t crc = crc32c(0, g->header, hash_at);
    crc = crc32c(crc, zeros, HASH_DIGITS);
    g->header_crc = crc32c(crc, g->header + behind, g->header_bytes - behind);
}

static axl_status make_lists(gguf *g, const walking *w, axl_error *err) {
    g->count = w->tensors;
    g->entries = w->entries;
    g->list = mem_alloc_array(g->count, sizeof *g->list);
    g->by_name = mem_alloc_array(g->count, sizeof *g->by_name);
    g->entry = mem_alloc_array(g->entries, sizeof *g->entry);
    g->by_key = mem_alloc_array(g->entries, sizeof *g->by_key);
    if (g->list && g->by_name && g->entry && g->by_key) return AXL_OK;
    const size_t bytes = g->count * sizeof *g->list + g->entries * sizeof *g->entry;
    return error_no_memory(err, w->what, bytes);
}

axl_status gguf_finish(gguf *g, const char *what, uint64_t file_bytes, axl_error *err) {
    walking check = walk_over(g->header, g->header_bytes, what, file_bytes);
    FORWARD(walk(&check, err));
    RETURN_IF(check.c.at != g->header_bytes, err, AXL_BAD_FILE, "%s changed while it was read",
              what);
    sum_header(g, check.hash_at);
    g->align = check.align;
    FORWARD(make_lists(g, &check, err));
    walking fill = walk_over(g->header, g->header_bytes, what, file_bytes);
    fill.g = g;
    FORWARD(walk(&fill, err));
    FORWARD(sort_names(g, &fill, err));
    if (!size_align_up(g->header_bytes, g->align, &g->data))
        return bad(&fill, g->header_bytes, err, "a table too long for this machine");
    return check_cover(g, &fill, err);
}

axl_status gguf_read(gguf *out, const char *what, const void *file, size_t bytes, axl_error *err) {
    *out = (gguf){0};
    size_t need;
    FORWARD(gguf_measure(&(gguf_start){file, bytes, bytes}, what, &need, err));
    out->header = mem_alloc(need);
    if (!out->header) return error_no_memory(err, what, need);
    memcpy(out->header, file, need);
    out->header_bytes = need;
    return gguf_finish(out, what, bytes, err);
}

void gguf_free(gguf *g) {
    mem_free(g->list);
    mem_free((void *)g->by_name);
    mem_free(g->entry);
    mem_free((void *)g->by_key);
    mem_free(g->header);
    *g = (gguf){0};
}

const gguf_tensor *gguf_find(const gguf *g, const char *name) {
    const gguf_tensor wanted = {.name = name};
    const gguf_tensor *key = &wanted;
    if (g->count == 0) return NULL;
    const gguf_tensor *const *found =
        bsearch(&key, g->by_name, g->count, sizeof *g->by_name, compare_names);
    return found ? *found : NULL;
}

const gguf_entry *gguf_entry_find(const gguf *g, const char *name) {
    const gguf_entry wanted = {.key = name};
    const gguf_entry *key = &wanted;
    if (g->entries == 0) return NULL;
    const gguf_entry *const *found =
        bsearch(&key, g->by_key, g->entries, sizeof *g->by_key, compare_keys);
    return found ? *found : NULL;
}
