// What the calls of <axl/data.h> share. Private to api/.
#ifndef API_DATA_PARTS_H
#define API_DATA_PARTS_H

#include "base/json_out.h"
#include "data/intake.h"
#include "data/outlet.h"

#include <axl/data.h>

// A source that is read, and how far that is.
typedef struct data_reading {
    const axl_data_source *source;
    intake_spec spec;
    uint64_t documents; // for the progress
    bool stopped;
    buf manifest;       // its path
    const char *own[2]; // what is written: no data, where a folder that is read has it
} data_reading;

// *out must stay where it is. AXL_BAD_ARGUMENT where the source names nothing or too much.
axl_status data_reading_begin(data_reading *out, const axl_data_source *source, axl_error *err);

// Has walks pass over what is written: a file and its manifest, or a folder, o NULL. out is
// borrowed for the reading.
axl_status data_reading_own(data_reading *r, const char *out, const outlet *o, axl_error *err);
void data_reading_end(data_reading *r); // {0} is fine

// Another document is there; tells the progress every so often.
void data_reading_step(data_reading *r);

// Those that counted something, in the order of the list; how many.
size_t data_reasons(axl_data_reason out[AXL_DATA_REASONS_MAX],
                    const uint64_t dropped[DROP_REASONS]);

// Begins a manifest: an object with the command and its inputs.
void data_manifest_begin(json_out *j, const char *command, const axl_data_source *source);
void data_manifest_reasons(json_out *j, const uint64_t dropped[DROP_REASONS]);

// Puts what was written, but for the manifest, into the manifest as "written".
void data_manifest_sum(json_out *j, const outlet_sum *sum);

// The folder that an output lies in, which outlet_open has found or made: for temporary files.
axl_status data_folder_of(const char *out, buf *folder, axl_error *err);

// AXL_BAD_ARGUMENT where this is no bound for near copies.
axl_status data_check_near(double near, axl_error *err);

// Makes the text the file at path, as a whole.
axl_status data_replace_text(const char *path, const buf *text, axl_error *err);

void data_written(axl_data_written *out, const outlet_sum *sum, const char *manifest);

#endif
