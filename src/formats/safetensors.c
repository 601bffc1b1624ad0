#include "formats/safetensors.h"

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"
#include "formats/json_text.h"

#include <stdlib.h>
#include <string.h>

// Bytes of the shortest tensor that a header can describe, {"dtype":"U8",...} and its name:
// how many a header of some length can have at most.
#define ENTRY_MIN (sizeof "\"\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,0]}" - 1)
#define NOTE_MIN (sizeof "\"\":\"\"" - 1)

// Of a tensor's description: eight dimensions of 20 digits and room for blanks.
#define ENTRY_MAX ((size_t)4096)

typedef struct reading {
    safetensors *s;
    size_t list_room, note_room; // allocated
    bool has_notes;              // __metadata__ was there
} reading;

static axl_status read_note(void *ctx, json_text *j, char *name, axl_error *err) {
    reading *r = ctx;
    safetensors *s = r->s;
    if (s->notes == r->note_room)
        return json_text_error(j, j->at, err, "more than %zu entries of __metadata__",
                               r->note_room);
    char *text = NULL;
    FORWARD(json_text_string(j, SAFETENSORS_NOTE_MAX, &text, err));
    s->note[s->notes++] = (safetensors_note){.name = name, .text = text};
    return AXL_OK;
}

static axl_status read_notes(reading *r, json_text *j, axl_error *err) {
    if (r->has_notes) return json_text_error(j, j->at, err, "__metadata__ is there twice");
    r->has_notes = true;
    r->note_room = size_min(SAFETENSORS_NOTES_MAX, j->size / NOTE_MIN + 1);
    r->s->note = mem_alloc_array(r->note_room, sizeof *r->s->note);
    if (!r->s->note) return error_no_memory(err, j->what, r->note_room * sizeof *r->s->note);
    return json_text_object(j, SAFETENSORS_NAME_MAX, read_note, r, err);
}

// A member that is an array of whole numbers, at most max of them; says why not. There is no minus
// sign in the text, so no number is negative.
static const char *whole_numbers(const json_t *array, size_t max, size_t *out, size_t *count) {
    if (!json_is_array(array)) return "must be an array of whole numbers";
    *count = json_array_size(array);
    if (*count > max) return "has too many entries";
    for (size_t i = 0; i < *count; i++) {
        const json_t *number = json_array_get(array, i);
        if (!json_is_integer(number)) return "must be an array of whole numbers";
        if (!size_from_u64((uint64_t)json_integer_value(number), &out[i]))
            return "has an entry that is too large for this machine";
    }
    return NULL;
}

static const char *read_type(const json_t *type, safetensor *t) {
    if (!json_is_string(type)) return "must be a string";
    t->type = dtype_by_safetensors(json_string_value(type));
    return t->type == DTYPES ? "is none that this program knows" : NULL;
}

static const char *read_shape(const json_t *shape, safetensor *t) {
    const char *why = whole_numbers(shape, SAFETENSORS_DIMS, t->dim, &t->dims);
    if (why) return why;
    t->elements = 1;
    for (size_t i = 0; i < t->dims; i++)
        if (!size_mul(t->elements, t->dim[i], &t->elements)) return "has a product that overflows";
    return dtype_bytes(t->type, t->elements, &t->bytes) ? NULL : "has bytes that overflow";
}

static axl_status check_place(const json_text *j, size_t at, const safetensor *t,
                              const size_t place[2], axl_error *err) {
    char text[SAFETENSOR_TEXT];
    if (place[0] > place[1])
        return json_text_error(j, at, err, "tensor %s: data_offsets [%zu, %zu] run backwards",
                               t->name, place[0], place[1]);
    if (place[1] - place[0] != t->bytes)
        return json_text_error(j, at, err,
                               "tensor %s: %s has %zu bytes, but data_offsets leave %zu for it",
                               t->name, safetensor_text(t, text), t->bytes, place[1] - place[0]);
    return AXL_OK;
}

static axl_status read_entry(const reading *r, const json_text *j, size_t at, const json_t *entry,
                             axl_error *err) {
    safetensors *s = r->s;
    safetensor *t = &s->list[s->count];
    if (memchr(j->text + at, '-', j->at - at))
        return json_text_error(j, at, err, "tensor %s: a negative number", t->name);
    if (!json_is_object(entry))
        return json_text_error(j, at, err, "tensor %s: an object must stand here", t->name);
    size_t place[2] = {0, 0}, parts = 0;
    const char *member = "dtype";
    const char *why = read_type(json_object_get(entry, member), t);
    if (!why) why = read_shape(json_object_get(entry, member = "shape"), t);
    if (!why) {
        member = "data_offsets";
        why = whole_numbers(json_object_get(entry, member), 2, place, &parts);
        if (!why && parts != 2) why = "must have two entries";
    }
    if (why) return json_text_error(j, at, err, "tensor %s: %s %s", t->name, member, why);
    if (json_object_size(entry) != 3)
        return json_text_error(
            j, at, err, "tensor %s: only dtype, shape and data_offsets may stand here", t->name);
    FORWARD(check_place(j, at, t, place, err));
    if (place[1] > s->data_bytes)
        return json_text_error(j, at, err,
                               "tensor %s ends at byte %zu of the data, which has %zu: the file "
                               "is cut off; get it again",
                               t->name, place[1], s->data_bytes);
    t->begin = place[0];
    s->count++;
    return AXL_OK;
}

static axl_status read_member(void *ctx, json_text *j, char *name, axl_error *err) {
    reading *r = ctx;
    if (strcmp(name, "__metadata__") == 0) return read_notes(r, j, err);
    if (r->s->count == r->list_room)
        return json_text_error(j, j->at, err, "more than %zu tensors", r->list_room);
    r->s->list[r->s->count] = (safetensor){.name = name};
    const size_t at = j->at;
    json_t *entry = NULL;
    FORWARD(json_text_value(j, ENTRY_MAX, &entry, err));
    const axl_status status = read_entry(r, j, at, entry, err);
    json_decref(entry);
    return status;
}

static int compare_places(const void *a, const void *b) {
    const safetensor *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    // One without bytes lies before the one that begins there.
    if (x->bytes != y->bytes) return x->bytes < y->bytes ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int compare_names(const void *a, const void *b) {
    const safetensor *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static int compare_notes(const void *a, const void *b) {
    const safetensors_note *x = a, *y = b;
    return strcmp(x->name, y->name);
}

// Sorts by place, unless that is the file's own order, as it nearly always is; then demands that
// each tensor begins where the one before ends.
static axl_status check_cover(safetensors *s, const json_text *j, axl_error *err) {
    bool sorted = true;
    for (size_t i = 1; i < s->count && sorted; i++)
        sorted = compare_places(&s->list[i - 1], &s->list[i]) <= 0;
    if (!sorted) qsort(s->list, s->count, sizeof *s->list, compare_places);
    size_t end = 0;
    for (size_t i = 0; i < s->count; i++) {
        const safetensor *t = &s->list[i];
        if (t->begin != end)
            return json_text_error(j, (size_t)(t->name - s->header), err,
                                   "tensor %s begins at byte %zu of the data, where %zu is next: "
                                   "%s",
                                   t->name, t->begin, end,
                                   t->begin < end ? "it overlaps another" : "there is a hole");
        end += t->bytes;
    }
    if (end != s->data_bytes)
        return json_text_error(j, j->size + end, err, "%zu bytes that belong to no tensor",
                               s->data_bytes - end);
    return AXL_OK;
}

static axl_status check_names(safetensors *s, const json_text *j, axl_error *err) {
    s->by_name = mem_alloc_array(s->count, sizeof *s->by_name);
    if (!s->by_name) return error_no_memory(err, j->what, s->count * sizeof *s->by_name);
    for (size_t i = 0; i < s->count; i++) s->by_name[i] = &s->list[i];
    if (s->count > 1) qsort(s->by_name, s->count, sizeof *s->by_name, compare_names);
    for (size_t i = 1; i < s->count; i++) {
        const char *name = s->by_name[i]->name;
        if (strcmp(name, s->by_name[i - 1]->name) == 0)
            return json_text_error(j, (size_t)(name - s->header), err,
                                   "tensor %s is there twice (a duplicate key)", name);
    }
    if (s->notes > 1) qsort(s->note, s->notes, sizeof *s->note, compare_notes);
    for (size_t i = 1; i < s->notes; i++) {
        const char *name = s->note[i].name;
        if (strcmp(name, s->note[i - 1].name) == 0)
            return json_text_error(j, (size_t)(name - s->header), err,
                                   "entry %s of __metadata__ is there twice (a duplicate key)",
                                   name);
    }
    return AXL_OK;
}

axl_status safetensors_begin(safetensors *out, const char *what,
                             const uint8_t prefix[SAFETENSORS_PREFIX], uint64_t file_bytes,
                             axl_error *err) {
    *out = (safetensors){0};
    RETURN_IF(file_bytes < SAFETENSORS_PREFIX, err, AXL_BAD_FILE,
              "%s:0: %llu bytes are no safetensors file, which begins with 8", what,
              (unsigned long long)file_bytes);
    cursor c;
    cursor_init(&c, prefix, SAFETENSORS_PREFIX);
    const uint64_t length = cursor_u64(&c);
    const uint64_t left = file_bytes - SAFETENSORS_PREFIX;
    RETURN_IF(length > SAFETENSORS_HEADER_MAX, err, AXL_BAD_FILE,
              "%s:0: a header of %llu bytes, at most %zu are allowed: no safetensors file", what,
              (unsigned long long)length, SAFETENSORS_HEADER_MAX);
    RETURN_IF(length > left, err, AXL_BAD_FILE,
              "%s:0: a header of %llu bytes, but only %llu follow: the file is cut off; get it "
              "again",
              what, (unsigned long long)length, (unsigned long long)left);
    RETURN_IF(!size_from_u64(left - length, &out->data_bytes), err, AXL_TOO_LARGE,
              "%s is too large for this machine", what);
    out->header_bytes = (size_t)length;
    out->data = SAFETENSORS_PREFIX + out->header_bytes;
    out->header = mem_alloc(out->header_bytes);
    if (!out->header) return error_no_memory(err, what, out->header_bytes);
    return AXL_OK;
}

axl_status safetensors_finish(safetensors *s, const char *what, axl_error *err) {
    json_text j = {
        .what = what, .text = s->header, .size = s->header_bytes, .origin = SAFETENSORS_PREFIX};
    if (j.size == 0 || j.text[0] != '{')
        return json_text_error(&j, 0, err, "the header must begin with {: no safetensors file");
    reading r = {.s = s};
    r.list_room = size_min(SAFETENSORS_TENSORS_MAX, j.size / ENTRY_MIN + 1);
    s->list = mem_alloc_array(r.list_room, sizeof *s->list);
    if (!s->list) return error_no_memory(err, what, r.list_room * sizeof *s->list);
    FORWARD(json_text_object(&j, SAFETENSORS_NAME_MAX, read_member, &r, err));
    FORWARD(json_text_end(&j, err));
    FORWARD(check_cover(s, &j, err));
    return check_names(s, &j, err);
}

axl_status safetensors_read(safetensors *out, const char *what, const void *file, size_t bytes,
                            axl_error *err) {
    uint8_t prefix[SAFETENSORS_PREFIX] = {0};
    if (bytes >= sizeof prefix) memcpy(prefix, file, sizeof prefix);
    FORWARD(safetensors_begin(out, what, prefix, bytes, err));
    memcpy(out->header, (const uint8_t *)file + SAFETENSORS_PREFIX, out->header_bytes);
    return safetensors_finish(out, what, err);
}

void safetensors_free(safetensors *s) {
    mem_free(s->list);
    mem_free((void *)s->by_name);
    mem_free(s->note);
    mem_free(s->header);
    *s = (safetensors){0};
}

const safetensor *safetensors_find(const safetensors *s, const char *name) {
    const safetensor wanted = {.name = name};
    const safetensor *key = &wanted;
    if (s->count == 0) return NULL;
    const safetensor *const *found =
        bsearch(&key, s->by_name, s->count, sizeof *s->by_name, compare_names);
    return found ? *found : NULL;
}

const char *safetensors_note_text(const safetensors *s, const char *name) {
    const safetensors_note wanted = {.name = name};
    if (s->notes == 0) return NULL;
    const safetensors_note *found =
        bsearch(&wanted, s->note, s->notes, sizeof *s->note, compare_notes);
    return found ? found->text : NULL;
}

const char *safetensor_text(const safetensor *t, char out[SAFETENSOR_TEXT]) {
    const dtype_info *info = dtype_of(t->type);
    size_t at = string_format(out, SAFETENSOR_TEXT, NULL, "%s [", info ? info->safetensors : "?");
    for (size_t i = 0; i < t->dims; i++)
        at += string_format(out + at, SAFETENSOR_TEXT - at, NULL, i ? ", %zu" : "%zu", t->dim[i]);
    string_format(out + at, SAFETENSOR_TEXT - at, NULL, "]");
    return out;
}
