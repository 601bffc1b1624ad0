#include "infer/engine_facts.h"

#include "base/error.h"
#include "os/listing.h"
#include "store/import.h"
#include "store/inspect.h"
#include "store/model_dir.h"
#include "store/path_join.h"
#include "tensor/dtype.h"

#include <ctype.h>
#include <string.h>

// The file of the weights of the model at path.
static axl_status weights_of(const char *path, buf *out, axl_error *err) {
    os_kind kind;
    FORWARD(os_kind_of(path, &kind, err));
    if (kind == OS_KIND_FOLDER) return path_join(out, path, MODEL_DIR_WEIGHTS, err);
    return buf_text(out, path) ? AXL_OK : error_no_memory(err, path, strlen(path));
}

static axl_status stat_weights(engine_facts *f, const char *path, axl_error *err) {
    int fd;
    os_version version = {0};
    FORWARD(os_reader_open(&fd, path, NULL, err));
    const axl_status status = os_reader_version(fd, path, &version, err);
    os_reader_close(fd);
    f->file_bytes = version.bytes;
    f->modified = version.seconds > 0 ? (uint64_t)version.seconds : 0;
    return status;
}

// The name of the type that takes most bytes. Of super-blocks of four bits there are two recipes
// (quant/recipe.h), which the six bits of some tensors tell apart.
static void name_type(engine_facts *f, const import_model *m) {
    size_t bytes[DTYPES] = {0};
    dtype most = DTYPE_F32;
    for (size_t i = 0; i < m->table.count; i++) {
        const dtype type = dtype_by_gguf((int)m->tensor[i].type);
        if (type == DTYPES) continue;
        bytes[type] += m->tensor[i].bytes;
        if (bytes[type] > bytes[most]) most = type;
    }
    const char *more = most != DTYPE_Q4_K ? "" : bytes[DTYPE_Q6_K] > 0 ? "_M" : "_S";
    size_t n = 0;
    for (const char *c = dtype_of(most)->name; *c && n + 3 < sizeof f->quantization; c++)
        f->quantization[n++] = (char)toupper((unsigned char)*c);
    memcpy(f->quantization + n, more, strlen(more) + 1);
}

static axl_status read_facts(engine_facts *f, const char *path, const char *weights,
                             axl_error *err) {
    import_model m;
    FORWARD(stat_weights(f, weights, err));
    FORWARD(generation_read(&f->settings, path, err));
    FORWARD(import_open_weights(&m, path, err));
    f->config = m.table.config;
    f->params = m.table.parameters;
    name_type(f, &m);
    import_close(&m);
    return AXL_OK;
}

axl_status engine_facts_read(engine_facts *out, const char *path, axl_error *err) {
    buf weights = {0};
    *out = (engine_facts){0};
    axl_status status = weights_of(path, &weights, err);
    if (status == AXL_OK) status = read_facts(out, path, weights.data, err);
    buf_free(&weights);
    return status;
}

axl_status engine_digest(const char *path, char out[SHA256_HEX_MAX], axl_error *err) {
    buf weights = {0};
    axl_status status = weights_of(path, &weights, err);
    axl_file file = {.path = weights.data};
    if (status == AXL_OK) status = inspect_hash(&file, err);
    if (status == AXL_OK) memcpy(out, file.sha256, SHA256_HEX_MAX);
    buf_free(&weights);
    return status;
}
