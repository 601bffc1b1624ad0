#include "api/data_parts.h"

#include "base/error.h"
#include "base/strings.h"
#include "os/file.h"

#include <string.h>

#define STANDARD_BYTES ((uint64_t)1 << 20) // longest document where nothing was said
#define STEP 256                           // documents between two tellings

_Static_assert((size_t)DROP_REASONS <= AXL_DATA_REASONS_MAX, "reasons do not fit their list");
_Static_assert(DROP_NAME_MAX <= sizeof((axl_data_reason *)0)->name, "names do not fit");

static bool stopped(void *ctx) {
    const data_reading *r = ctx;
    return r->stopped;
}

axl_status data_reading_begin(data_reading *out, const axl_data_source *source, axl_error *err) {
    RETURN_IF(!source->paths || source->path_count == 0, err, AXL_BAD_ARGUMENT,
              "no data was named");
    RETURN_IF(source->max_bytes > INTAKE_BYTES_MAX, err, AXL_BAD_ARGUMENT,
              "documents of more than 64 MiB cannot be read");
    *out = (data_reading){.source = source};
    out->spec = (intake_spec){
        .path = source->paths,
        .paths = source->path_count,
        .fields = source->field,
        .bytes_max = source->max_bytes ? source->max_bytes : STANDARD_BYTES,
        .stop = stopped,
        .stop_ctx = out,
    };
    return AXL_OK;
}

axl_status data_reading_own(data_reading *r, const char *out, const outlet *o, axl_error *err) {
    if (o && !outlet_manifest_name(o, &r->manifest)) return error_no_memory(err, "a path", 16);
    r->own[0] = out;
    r->own[1] = buf_string(&r->manifest);
    r->spec.own = r->own;
    r->spec.owns = o ? 2 : 1;
    return AXL_OK;
}

void data_reading_end(data_reading *r) {
    buf_free(&r->manifest);
}

void data_reading_step(data_reading *r) {
    const axl_data_source *s = r->source;
    if (r->documents++ % STEP != 0 || !s->progress) return;
    r->stopped = s->progress(s->progress_ctx, "documents", (size_t)r->documents, 0) != 0;
}

size_t data_reasons(axl_data_reason out[AXL_DATA_REASONS_MAX],
                    const uint64_t dropped[DROP_REASONS]) {
    size_t count = 0;
    for (int i = 0; i < DROP_REASONS; i++) {
        if (dropped[i] == 0) continue;
        axl_data_reason *r = &out[count++];
        drop_reason_name((drop_reason)i, r->name);
        r->text = drop_reason_text((drop_reason)i);
        r->count = dropped[i];
    }
    return count;
}

void data_manifest_begin(json_out *j, const char *command, const axl_data_source *source) {
    json_out_object(j, NULL);
    json_out_text(j, "made_by", command);
    json_out_array(j, "inputs");
    for (size_t i = 0; i < source->path_count; i++) json_out_text(j, NULL, source->paths[i]);
    json_out_end(j);
}

void data_manifest_reasons(json_out *j, const uint64_t dropped[DROP_REASONS]) {
    axl_data_reason reasons[AXL_DATA_REASONS_MAX];
    const size_t count = data_reasons(reasons, dropped);
    json_out_object(j, "left_out");
    for (size_t i = 0; i < count; i++) json_out_count(j, reasons[i].name, reasons[i].count);
    json_out_end(j);
}

void data_manifest_sum(json_out *j, const outlet_sum *sum) {
    json_out_object(j, "written");
    json_out_count(j, "documents", sum->documents);
    json_out_count(j, "bytes", sum->bytes);
    json_out_count(j, "files", sum->files);
    json_out_text(j, "sha256", sum->sha256);
    json_out_end(j);
}

axl_status data_folder_of(const char *out, buf *folder, axl_error *err) {
    const char *slash = strrchr(out, '/');
    buf_clear(folder);
    if (!string_ends(out, ".jsonl"))
        buf_text(folder, out);
    else if (slash)
        buf_append(folder, out, slash == out ? 1 : (size_t)(slash - out));
    else
        buf_text(folder, ".");
    return buf_ok(folder) ? AXL_OK : error_no_memory(err, "a path", strlen(out));
}

axl_status data_check_near(double near, axl_error *err) {
    // Written so that NaN is refused.
    RETURN_IF(!(near == 0 || (near >= 0.5 && near <= 1)), err, AXL_BAD_ARGUMENT,
              "near copies must be 0.5 to 1 similar, or 0 for exact ones only");
    return AXL_OK;
}

axl_status data_replace_text(const char *path, const buf *text, axl_error *err) {
    return os_file_replace(path, text->data, text->size, err);
}

void data_written(axl_data_written *out, const outlet_sum *sum, const char *manifest) {
    *out =
        (axl_data_written){.documents = sum->documents, .bytes = sum->bytes, .files = sum->files};
    string_copy(out->sha256, sizeof out->sha256, sum->sha256);
    string_copy(out->manifest, sizeof out->manifest, manifest);
}
