// What import.c needs of a format: how many tensors, where one is, and the texts beside them.
#ifndef STORE_IMPORT_SOURCE_H
#define STORE_IMPORT_SOURCE_H

#include "base/buf.h"
#include "os/map.h"
#include "store/import.h"

// A tensor as its format has it; the shape as in the parameter table, slowest dimension first.
typedef struct import_found {
    uint32_t type;
    shape shape;
    const void *data; // mapped or owned by the source
    size_t bytes;
    bool grouped; // in groups; there is no shape then
} import_found;

typedef struct import_format {
    // Opens the file; *out is the format's own and freed with close.
    axl_status (*open)(void **out, const char *path, axl_error *err);
    void (*close)(void *file);
    size_t (*count)(const void *file);
    const char *(*name)(const void *file, size_t i); // of tensor i; NULL where it is no text
    // Where the tensor is. AXL_NOT_FOUND where there is none.
    axl_status (*find)(void *file, const char *name, import_found *out, axl_error *err);
    // Appends the text of that name to out, whose text stays NULL where there is none.
    axl_status (*text)(const void *file, const char *name, buf *out, axl_error *err);
    axl_status (*check)(const void *file, axl_error *err);
    // Compares the table with what the file itself notes, and lists what does not fit; may be NULL.
    axl_status (*fits)(const void *file, const param_table *t, axl_error *err);
    const os_map *(*map)(const void *file);
} import_format;

extern const import_format import_gguf, import_safetensors, import_pt;

// AXL_BAD_FILE that says what a tensor of a type or with dimensions is that no model has.
axl_status import_odd_tensor(const char *what, const char *name, axl_error *err);

#endif
