// Safetensors files on disk: the table first, then all tensors in one pass over the data.
#ifndef FORMATS_SAFETENSORS_FILE_H
#define FORMATS_SAFETENSORS_FILE_H

#include "formats/safetensors.h"
#include "os/map.h"

#include <stdbool.h>

// {0} is closed.
typedef struct safetensors_file {
    safetensors table;
    os_map *map;      // owned
    const char *what; // borrowed: the path, for messages
} safetensors_file;

// Opens the file and reads its table. path must live as long as the file is open. Nothing to close
// after a failure.
axl_status safetensors_open(safetensors_file *out, const char *path, axl_error *err);
void safetensors_close(safetensors_file *f); // leaves {0}

// Where a tensor goes.
typedef struct safetensors_target {
    void *to;    // memory for its elements, aligned for them; NULL: not wanted
    bool as_f32; // the elements are converted to f32; types that have no conversion are refused
} safetensors_target;

// Reads the data front to back, target[i] being for table.list[i], and compares its checksum where
// the file has one. Works on copies, so a file that others cut or change meanwhile is an error and
// no crash. What lies in the targets after a failure is of no use.
axl_status safetensors_load(const safetensors_file *f, const kernels *k,
                            const safetensors_target *target, axl_error *err);

#endif
