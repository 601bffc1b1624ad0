#include <axl/files.h>

#include "base/alloc.h"
#include "base/error.h"
#include "os/listing.h"
#include "store/inspect.h"
#include "store/path_join.h"

#include <string.h>

// What a folder of a model may hold, in the order in which it is shown.
static const char *const folder_files[] = {
    "config.json",  "model.safetensors",     "state.safetensors",       "generation_config.json",
    "results.json", "tokenizer_config.json", "special_tokens_map.json", "README.md"};
#define FOLDER_FILES (sizeof folder_files / sizeof *folder_files)

static axl_status inspect_one(axl_inspection *i, const char *path, bool hash, axl_error *err) {
    axl_file *f = &i->file[i->files++];
    FORWARD(inspect_file(f, path, err));
    return hash ? inspect_hash(f, err) : AXL_OK;
}

static axl_status inspect_folder(axl_inspection *i, const char *path, bool hash, axl_error *err) {
    buf name = {0};
    axl_status status = AXL_OK;
    i->kind = "model directory";
    for (size_t k = 0; k < FOLDER_FILES && status == AXL_OK; k++) {
        os_kind kind = OS_KIND_NONE;
        status = path_join(&name, path, folder_files[k], err);
        if (status == AXL_OK) status = os_kind_of(name.data, &kind, err);
        if (status != AXL_OK || kind == OS_KIND_NONE) continue;
        status = inspect_one(i, name.data, hash, err);
        if (strcmp(folder_files[k], "state.safetensors") == 0) i->kind = "checkpoint";
    }
    buf_free(&name);
    FORWARD(status);
    RETURN_IF(i->files == 0, err, AXL_BAD_FILE, "%s: no file of a model is in it", path);
    return AXL_OK;
}

static axl_status inspect(axl_inspection *i, const char *path, bool hash, axl_error *err) {
    os_kind kind;
    FORWARD(os_kind_of(path, &kind, err));
    i->file = mem_zalloc_array(FOLDER_FILES, sizeof *i->file);
    if (!i->file) return error_no_memory(err, path, FOLDER_FILES * sizeof *i->file);
    if (kind == OS_KIND_FOLDER) return inspect_folder(i, path, hash, err);
    FORWARD(inspect_one(i, path, hash, err));
    i->kind = i->file[0].format;
    return AXL_OK;
}

axl_status axl_inspect(const char *path, bool hash, axl_inspection **out, axl_error *err) {
    RETURN_IF(!path || *path == '\0' || !out, err, AXL_BAD_ARGUMENT,
              "axl_inspect: path and out must be given");
    *out = NULL;
    axl_inspection *i = mem_zalloc(sizeof *i);
    if (!i) return error_no_memory(err, path, sizeof *i);
    const axl_status status = inspect(i, path, hash, err);
    if (status == AXL_OK) {
        *out = i;
    } else {
        axl_inspection_free(i);
    }
    return status;
}

void axl_inspection_free(axl_inspection *i) {
    if (!i) return;
    for (size_t k = 0; k < i->files; k++) inspect_file_free(&i->file[k]);
    mem_free(i->file);
    mem_free(i);
}
