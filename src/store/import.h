// Any file of a model, opened where it lies: a model directory, a .safetensors, a .gguf of the
// architecture axl or a PyTorch .pt. What it is, its content says and not its name.
//
// Every tensor of the parameter table is there once, in its shape, and nothing else is; the bytes
// stay in the mapped file, so opening costs no memory and no time that grows with them.
#ifndef STORE_IMPORT_H
#define STORE_IMPORT_H

#include "formats/gguf.h"
#include "model/params.h"

#define IMPORT_TEXT_MAX ((size_t)4 << 20) // bytes of a text; a longer one is refused

typedef enum import_kind {
    IMPORT_DIRECTORY,
    IMPORT_SAFETENSORS,
    IMPORT_GGUF,
    IMPORT_PT,
} import_kind;

// A tensor in its file, in the layout that every format here shares: row after row, little-endian.
typedef struct import_tensor {
    const param *row; // of the table
    uint32_t type;    // gguf_type: f32, f16, bf16 or blocks
    // Numbers of a stored row: the last dimension, rounded up to whole blocks.
    size_t row_length;
    const void *data; // [bytes], at a multiple of 4 at least; of GGUF files of 32
    size_t bytes;
    bool grouped; // blocks: in prepared groups (tensor/blocks_matrix.h), not in rows
} import_tensor;

// The files of a model directory beside its weights. Only these names are ever looked for.
#define IMPORT_TEXTS 6
extern const char *const import_text_names[IMPORT_TEXTS];
#define IMPORT_CONFIG 0     // config.json
#define IMPORT_GENERATION 1 // generation_config.json

// UTF-8 without a zero byte.
typedef struct import_text {
    char *text; // terminated; NULL: there is none; owned
    size_t bytes;
} import_text;

typedef struct import_source import_source;

// {0} is closed. Read the fields.
typedef struct import_model {
    import_kind kind;
    param_table table;              // with the configuration; owned
    import_tensor *tensor;          // [table.count] in its order; owned
    import_text text[IMPORT_TEXTS]; // as import_text_names; the configuration is always there
    bool grouped;                   // GGUF: blocks lie in groups; what an export writes
    import_source *source;          // owned
} import_model;

// Opens the file or directory at path, which must live as long as *out. Nothing to close after a
// failure. Data is not looked at: import_check does that.
axl_status import_open(import_model *out, const char *path, axl_error *err);

// The same without the texts but the configuration, whatever they hold: for running the model.
axl_status import_open_weights(import_model *out, const char *path, axl_error *err);

// The same with the first `texts` of import_text_names, at least one.
axl_status import_open_texts(import_model *out, const char *path, size_t texts, axl_error *err);
void import_close(import_model *m); // leaves {0}

// Reads all data and compares it with the checksums of the file, where it has some.
axl_status import_check(const import_model *m, axl_error *err);

// Whether looking at data never kills, though others cut the file (os/map.h). What was made of the
// data counts only if import_unchanged is AXL_OK afterwards.
bool import_guarded(const import_model *m);
axl_status import_unchanged(const import_model *m, axl_error *err);

// Says that all data will be read, again and again.
void import_advise(const import_model *m);

#endif
