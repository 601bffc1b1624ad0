#include <axl/files.h>

#include "base/error.h"
#include "os/listing.h"
#include "store/export.h"
#include "store/regroup.h"

static const char *const kind_names[] = {[IMPORT_DIRECTORY] = "model directory",
                                         [IMPORT_SAFETENSORS] = "safetensors",
                                         [IMPORT_GGUF] = "gguf",
                                         [IMPORT_PT] = "pt"};

// A folder may be there when it is empty.
static axl_status check_free(const char *path, import_kind kind, axl_error *err) {
    os_kind there;
    size_t entries = 1;
    FORWARD(os_kind_of(path, &there, err));
    if (there == OS_KIND_NONE) return AXL_OK;
    if (there == OS_KIND_FOLDER && kind == IMPORT_DIRECTORY) {
        os_listing all;
        FORWARD(os_listing_read(&all, path, NULL, err));
        entries = all.count;
        os_listing_free(&all);
    }
    RETURN_IF(entries > 0, err, AXL_BAD_ARGUMENT, "%s is there already; --force replaces it", path);
    return AXL_OK;
}

static axl_status convert(const axl_convert_options *o, import_model *m, axl_convert_result *result,
                          axl_error *err) {
    const import_kind kind = export_kind_of(o->out);
    if (o->layout) FORWARD(regroup_layout(o->layout, &m->grouped, err));
    FORWARD(import_check(m, err));
    FORWARD(export_model(o->out, kind, m, err));
    if (!result) return AXL_OK;
    *result = (axl_convert_result){.from = kind_names[m->kind],
                                   .to = kind_names[kind],
                                   .parameters = m->table.parameters,
                                   .tensors = m->table.count};
    for (size_t i = 0; i < m->table.count; i++) result->bytes += export_bytes(m, i);
    return AXL_OK;
}

axl_status axl_convert(const axl_convert_options *options, axl_convert_result *result,
                       axl_error *err) {
    RETURN_IF(!options || !options->in || !options->out || *options->out == '\0', err,
              AXL_BAD_ARGUMENT, "axl_convert: in and out must be given");
    if (!options->force) FORWARD(check_free(options->out, export_kind_of(options->out), err));
    import_model m;
    FORWARD(import_open(&m, options->in, err));
    const axl_status status = convert(options, &m, result, err);
    import_close(&m);
    return status;
}
