#include "store/generation_json.h"

#include "base/alloc.h"
#include "base/error.h"
#include "formats/json_text.h"
#include "os/file.h"
#include "os/listing.h"
#include "store/import.h"
#include "store/model_dir.h"
#include "store/path_join.h"

#include <math.h>
#include <string.h>

#define WHOLE_MOST 0x1p53 // numbers of JSON are exact up to here

generation_settings generation_defaults(void) {
    return (generation_settings){
        .max_new_tokens = 256,
        .temperature = 0.8,
        .top_k = 40,
        .top_p = 0.9,
        .repetition_penalty = 1.1,
        .do_sample = true,
        .chat = {.user = "User: ", .assistant = "\nAssistant:", .end = "\n"}};
}

typedef struct member {
    const char *name;
    size_t offset;
    bool whole; // a uint64_t, else a double
    double min, max;
} member;

#define AT(field) offsetof(generation_settings, field)
static const member numbers[] = {
    {"max_new_tokens", AT(max_new_tokens), true, 0, WHOLE_MOST},
    {"temperature", AT(temperature), false, 0, 1e6},
    {"top_k", AT(top_k), true, 0, WHOLE_MOST},
    {"top_p", AT(top_p), false, 1e-9, 1},
    {"min_p", AT(min_p), false, 0, 1},
    {"repetition_penalty", AT(repetition_penalty), false, 1e-3, 1e3},
};
static const struct {
    const char *name;
    size_t offset;
} texts[] = {
    {"system", AT(chat.system)},
    {"user", AT(chat.user)},
    {"assistant", AT(chat.assistant)},
    {"end", AT(chat.end)},
};

static axl_status read_number(generation_settings *out, const char *what, const member *m,
                              const json_t *value, axl_error *err) {
    if (!value || json_is_null(value)) return AXL_OK;
    const double number = json_is_number(value) ? json_number_value(value) : (double)NAN;
    const bool fits = number >= m->min && number <= m->max; // not NAN
    RETURN_IF(!fits || (m->whole && floor(number) < number), err, AXL_BAD_FILE,
              "%s: %s must be a %snumber from %g to %g", what, m->name, m->whole ? "whole " : "",
              m->min, m->max);
    char *to = (char *)out + m->offset;
    if (m->whole)
        *(uint64_t *)(void *)to = (uint64_t)number;
    else
        *(double *)(void *)to = number;
    return AXL_OK;
}

static axl_status read_template(generation_settings *out, const char *what, const json_t *value,
                                axl_error *err) {
    // A text is a template in the language of Hugging Face, which tokenizers carry; not ours.
    if (!json_is_object(value)) return AXL_OK;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const json_t *text = json_object_get(value, texts[i].name);
        if (!text) continue;
        RETURN_IF(!json_is_string(text) || json_string_length(text) >= GENERATION_TEXT_MAX, err,
                  AXL_BAD_FILE, "%s: chat_template.%s must be a text of less than %zu bytes", what,
                  texts[i].name, GENERATION_TEXT_MAX);
        memcpy((char *)out + texts[i].offset, json_string_value(text),
               json_string_length(text) + 1);
    }
    return AXL_OK;
}

static axl_status read_root(generation_settings *out, const char *what, const json_t *root,
                            axl_error *err) {
    RETURN_IF(!json_is_object(root), err, AXL_BAD_FILE, "%s: an object must stand here", what);
    *out = generation_defaults();
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        FORWARD(read_number(out, what, &numbers[i], json_object_get(root, numbers[i].name), err));
    const json_t *sample = json_object_get(root, "do_sample");
    if (json_is_boolean(sample)) out->do_sample = json_is_true(sample);
    return read_template(out, what, json_object_get(root, "chat_template"), err);
}

axl_status generation_parse(generation_settings *out, const char *what, const buf *text,
                            axl_error *err) {
    json_text j = {.what = what, .text = text->data, .size = text->size};
    RETURN_IF(text->size == 0, err, AXL_BAD_FILE, "%s is empty", what);
    json_t *root = NULL;
    FORWARD(json_text_value(&j, GENERATION_JSON_MAX, &root, err));
    axl_status status = json_text_end(&j, err);
    if (status == AXL_OK) status = read_root(out, what, root, err);
    json_decref(root);
    return status;
}

// What is in a file beside the weights.
static axl_status read_inside(generation_settings *out, const char *path, axl_error *err) {
    import_model m;
    buf text = {0}, what = {0};
    FORWARD(import_open_texts(&m, path, IMPORT_GENERATION + 1, err));
    const import_text *found = &m.text[IMPORT_GENERATION];
    axl_status status = AXL_OK;
    *out = generation_defaults();
    if (found->text) {
        buf_format(&what, "%s: " MODEL_DIR_GENERATION, json_text_name(path));
        buf_append(&text, found->text, found->bytes);
        status = what.failed || text.failed ? error_no_memory(err, path, found->bytes)
                                            : generation_parse(out, buf_string(&what), &text, err);
    }
    buf_free(&what);
    buf_free(&text);
    import_close(&m);
    return status;
}

static axl_status read_beside(generation_settings *out, const char *path, axl_error *err) {
    buf name = {0}, text = {0};
    void *data = NULL;
    axl_status status = path_join(&name, path, MODEL_DIR_GENERATION, err);
    if (status == AXL_OK)
        status = os_file_read(name.data, GENERATION_JSON_MAX, &data, &text.size, err);
    text.data = data;
    if (status == AXL_OK)
        status = generation_parse(out, json_text_name(name.data), &text, err);
    else if (status == AXL_NOT_FOUND) {
        *out = generation_defaults();
        status = AXL_OK;
    }
    mem_free(data);
    buf_free(&name);
    return status;
}

axl_status generation_read(generation_settings *out, const char *path, axl_error *err) {
    os_kind kind;
    FORWARD(os_kind_of(path, &kind, err));
    return kind == OS_KIND_FOLDER ? read_beside(out, path, err) : read_inside(out, path, err);
}
