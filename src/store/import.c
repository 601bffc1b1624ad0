#include "store/import.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/utf8.h"
#include "formats/json_text.h"
#include "os/file.h"
#include "os/listing.h"
#include "os/map.h"
#include "store/few_bits.h"
#include "store/import_source.h"
#include "store/model_config_json.h"
#include "store/model_dir.h"
#include "store/path_join.h"
#include "store/regroup.h"

#include <string.h>

const char *const import_text_names[IMPORT_TEXTS] = {[IMPORT_CONFIG] = MODEL_DIR_CONFIG,
                                                     [IMPORT_GENERATION] = MODEL_DIR_GENERATION,
                                                     "results.json",
                                                     "README.md",
                                                     "special_tokens_map.json",
                                                     "tokenizer_config.json"};

struct import_source {
    const import_format *format;
    void *file;       // the format's own
    buf weights;      // path of the file, where it is not the caller's
    const char *path; // of the file or directory; the caller's
    const char *what; // its end, for messages
};

axl_status import_odd_tensor(const char *what, const char *name, axl_error *err) {
    return error_set(err, AXL_BAD_FILE, "%s: tensor %s has a type or a shape that no model has",
                     what, name);
}

// By the first bytes of the file.
static axl_status look_at_file(const char *path, import_kind *out, axl_error *err) {
    os_map *map;
    char magic[4] = "";
    FORWARD(os_map_open(&map, path, err));
    axl_status status = AXL_OK;
    if (os_map_bytes(map) >= sizeof magic) status = os_map_read(map, 0, magic, sizeof magic, err);
    os_map_close(map);
    *out = IMPORT_SAFETENSORS;
    if (memcmp(magic, "GGUF", 4) == 0) *out = IMPORT_GGUF;
    if (memcmp(magic, "PK\x03\x04", 4) == 0) *out = IMPORT_PT;
    return status;
}

static axl_status find_kind(import_model *m, const char *path, axl_error *err) {
    os_kind kind;
    RETURN_IF(!path || *path == '\0', err, AXL_BAD_ARGUMENT, "no name of a model");
    FORWARD(os_kind_of(path, &kind, err));
    m->kind = IMPORT_DIRECTORY;
    return kind == OS_KIND_FOLDER ? AXL_OK : look_at_file(path, &m->kind, err);
}

static axl_status open_file(import_model *m, axl_error *err) {
    static const import_format *const formats[] = {[IMPORT_DIRECTORY] = &import_safetensors,
                                                   [IMPORT_SAFETENSORS] = &import_safetensors,
                                                   [IMPORT_GGUF] = &import_gguf,
                                                   [IMPORT_PT] = &import_pt};
    import_source *s = m->source;
    const char *path = s->path;
    if (m->kind == IMPORT_DIRECTORY) {
        FORWARD(path_join(&s->weights, path, MODEL_DIR_WEIGHTS, err));
        path = s->weights.data;
    }
    s->format = formats[m->kind];
    return s->format->open(&s->file, path, err);
}

// ---- texts --------------------------------------------------------------------------------------

// Appends the file `name` of the folder to out; nothing where there is none.
static axl_status read_beside(const char *folder, const char *name, buf *out, axl_error *err) {
    buf path = {0};
    void *data = NULL;
    size_t bytes = 0;
    os_kind kind = OS_KIND_NONE;
    axl_status status = path_join(&path, folder, name, err);
    if (status == AXL_OK) status = os_kind_of(path.data, &kind, err);
    if (status == AXL_OK && kind != OS_KIND_NONE)
        status = os_file_read(path.data, IMPORT_TEXT_MAX, &data, &bytes, err);
    if (status == AXL_OK && !buf_append(out, data ? data : "", bytes))
        status = error_no_memory(err, name, bytes);
    mem_free(data);
    buf_free(&path);
    return status;
}

// The config.json beside a lone safetensors file.
static axl_status config_of_weights(const import_source *s, buf *out, axl_error *err) {
    buf folder = {0};
    const char *slash = strrchr(s->path, '/');
    if (slash) {
        buf_append(&folder, s->path, (size_t)(slash - s->path) + 1);
    } else {
        buf_byte(&folder, '.');
    }
    const axl_status status = buf_ok(&folder) ? read_beside(folder.data, MODEL_DIR_CONFIG, out, err)
                                              : error_no_memory(err, s->what, strlen(s->path));
    buf_free(&folder);
    return status;
}

static axl_status read_text(import_model *m, size_t i, axl_error *err) {
    const import_source *s = m->source;
    const char *name = import_text_names[i];
    buf text = {0};
    axl_status status = m->kind == IMPORT_DIRECTORY ? read_beside(s->path, name, &text, err)
                                                    : s->format->text(s->file, name, &text, err);
    if (status == AXL_OK && text.size == 0 && i == IMPORT_CONFIG && m->kind == IMPORT_SAFETENSORS)
        status = config_of_weights(s, &text, err);
    if (status == AXL_OK && text.size > 0) {
        const bool good = text.size <= IMPORT_TEXT_MAX && utf8_valid(text.data, text.size) &&
                          !memchr(text.data, '\0', text.size);
        if (!good)
            status = error_set(err, AXL_BAD_FILE, "%s: %s is no UTF-8 text of at most %zu bytes",
                               s->what, name, IMPORT_TEXT_MAX);
    }
    if (status == AXL_OK && text.size > 0) {
        m->text[i].text = buf_take(&text, &m->text[i].bytes);
        if (!m->text[i].text) status = error_no_memory(err, s->what, text.size);
    }
    buf_free(&text);
    return status;
}

static axl_status read_config(import_model *m, axl_error *err) {
    const import_source *s = m->source;
    const import_text *config = &m->text[IMPORT_CONFIG];
    RETURN_IF(!config->text, err, AXL_BAD_FILE, "%s: " MODEL_DIR_CONFIG " is missing", s->what);
    buf copy = {0}; // reading uses it up
    model_config c;
    buf_append(&copy, config->text, config->bytes);
    axl_status status = buf_ok(&copy) ? model_config_parse(&c, s->what, &copy, err)
                                      : error_no_memory(err, s->what, config->bytes);
    buf_free(&copy);
    FORWARD(status);
    FORWARD(params_build(&m->table, &c, err));
    return s->format->fits ? s->format->fits(s->file, &m->table, err) : AXL_OK;
}

// ---- tensors ------------------------------------------------------------------------------------

// Whether the shape is the row's, the last dimension rounded up to whole blocks.
static bool shape_fits(const shape *have, const param *row, size_t block) {
    const shape *want = &row->shape;
    bool same = have->dims == want->dims && have->dims > 0;
    for (size_t i = 0; i + 1 < have->dims && same; i++) same = have->dim[i] == want->dim[i];
    if (!same) return false;
    const size_t last = want->dim[want->dims - 1];
    return have->dim[have->dims - 1] == size_div_up(last, block) * block;
}

// A tensor in groups is known by its bytes alone.
static axl_status take_groups(import_model *m, size_t i, const import_found *found,
                              axl_error *err) {
    const param *row = &m->table.list[i];
    const dtype type = dtype_by_gguf((int)found->type);
    size_t bytes;
    RETURN_IF(!regroup_bytes(row, type, true, &bytes) || bytes != found->bytes, err, AXL_BAD_FILE,
              "%s: tensor %s has %zu bytes of groups that do not fit config.json", m->source->what,
              row->name, found->bytes);
    m->grouped = true;
    m->tensor[i] =
        (import_tensor){.row = row,
                        .type = found->type,
                        .row_length = few_bits_row(type, row->shape.dim[row->shape.dims - 1]),
                        .data = found->data,
                        .bytes = bytes,
                        .grouped = true};
    return AXL_OK;
}

static axl_status take_tensor(import_model *m, size_t i, axl_error *err) {
    const import_source *s = m->source;
    const param *row = &m->table.list[i];
    import_found found = {0};
    char have[SHAPE_TEXT], want[SHAPE_TEXT];
    const axl_status status = s->format->find(s->file, row->name, &found, err);
    RETURN_IF(status == AXL_NOT_FOUND, err, AXL_BAD_FILE, "%s: tensor %s %s is missing", s->what,
              row->name, shape_text(&row->shape, want));
    FORWARD(status);
    if (found.grouped) return take_groups(m, i, &found, err);
    const gguf_type_info *type = gguf_type_of(found.type);
    const dtype plain = dtype_by_gguf((int)found.type);
    const bool numbers = type && (type->block > 1 || (plain != DTYPES && dtype_of(plain)->to_f32));
    RETURN_IF(!numbers, err, AXL_BAD_FILE, "%s: tensor %s has type %s, which holds no weights",
              s->what, row->name, type ? type->name : "?");
    RETURN_IF(!shape_fits(&found.shape, row, type->block), err, AXL_BAD_FILE,
              "%s: tensor %s is %s, and %s by config.json", s->what, row->name,
              shape_text(&found.shape, have), shape_text(&row->shape, want));
    m->tensor[i] = (import_tensor){.row = row,
                                   .type = found.type,
                                   .row_length = found.shape.dim[found.shape.dims - 1],
                                   .data = found.data,
                                   .bytes = found.bytes};
    return AXL_OK;
}

// All rows were found: nothing is left over unless there are more tensors than rows.
static axl_status check_unknown(const import_model *m, axl_error *err) {
    const import_source *s = m->source;
    const size_t count = s->format->count(s->file);
    if (count == m->table.count) return AXL_OK;
    for (size_t i = 0; i < count; i++) {
        const char *name = s->format->name(s->file, i);
        RETURN_IF(!name || !params_find(&m->table, name), err, AXL_BAD_FILE,
                  "%s: tensor %s is none of this model's", s->what, name ? name : "without a name");
    }
    return error_set(err, AXL_BAD_FILE, "%s: %zu tensors, %zu are expected", s->what, count,
                     m->table.count);
}

static axl_status take_tensors(import_model *m, axl_error *err) {
    const size_t count = m->table.count;
    m->tensor = mem_alloc_array(count, sizeof *m->tensor);
    if (!m->tensor) return error_no_memory(err, m->source->what, count * sizeof *m->tensor);
    for (size_t i = 0; i < count; i++) FORWARD(take_tensor(m, i, err));
    return check_unknown(m, err);
}

// texts: how many of them, the configuration being the first.
static axl_status open_model(import_model *m, const char *path, size_t texts, axl_error *err) {
    FORWARD(find_kind(m, path, err));
    m->source = mem_zalloc(sizeof *m->source);
    if (!m->source) return error_no_memory(err, path, sizeof *m->source);
    m->source->path = path;
    m->source->what = json_text_name(path);
    FORWARD(open_file(m, err));
    for (size_t i = 0; i < texts; i++) FORWARD(read_text(m, i, err));
    FORWARD(read_config(m, err));
    return take_tensors(m, err);
}

axl_status import_open_texts(import_model *out, const char *path, size_t texts, axl_error *err) {
    *out = (import_model){0};
    const axl_status status = open_model(out, path, texts, err);
    if (status != AXL_OK) import_close(out);
    return status;
}

axl_status import_open(import_model *out, const char *path, axl_error *err) {
    return import_open_texts(out, path, IMPORT_TEXTS, err);
}

axl_status import_open_weights(import_model *out, const char *path, axl_error *err) {
    return import_open_texts(out, path, IMPORT_CONFIG + 1, err);
}

void import_close(import_model *m) {
    import_source *s = m->source;
    if (s) {
        if (s->format) s->format->close(s->file);
        buf_free(&s->weights);
        mem_free(s);
    }
    for (size_t i = 0; i < IMPORT_TEXTS; i++) mem_free(m->text[i].text);
    mem_free(m->tensor);
    params_free(&m->table);
    *m = (import_model){0};
}

axl_status import_check(const import_model *m, axl_error *err) {
    return m->source->format->check(m->source->file, err);
}

static const os_map *map_of(const import_model *m) {
    return m->source->format->map(m->source->file);
}

bool import_guarded(const import_model *m) {
    return os_map_guarded(map_of(m));
}

axl_status import_unchanged(const import_model *m, axl_error *err) {
    return os_map_unchanged(map_of(m), err);
}

void import_advise(const import_model *m) {
    os_map_advise(map_of(m));
}
