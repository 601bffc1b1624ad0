// Files of models: what is in one, and the same model as another kind of file.
//
// Files are untrusted. Names and texts of a file are handed on as they are: they may hold anything
// but are never used as a path here, and whoever shows them must escape them.
#ifndef AXL_FILES_H
#define AXL_FILES_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- inspection ---------------------------------------------------------------------------------

#define AXL_FILE_DIMS 8

typedef struct axl_file_tensor {
    char *name;
    const char *type; // a constant: "f32", "q4_k"
    size_t dims;
    uint64_t dim[AXL_FILE_DIMS]; // slowest first: a matrix is [out, in]
    uint64_t offset, bytes;      // in the file; bytes of a tensor of strides: of its numbers
} axl_file_tensor;

typedef struct axl_file_entry {
    char *key;
    const char *kind; // a constant: "u32", "text", "array"
    char *text;       // the value; of an array its first elements
    size_t bytes;     // of text, which may have zero bytes inside
    uint64_t count;   // elements of an array, otherwise 1
} axl_file_entry;

#define AXL_SHA256_HEX 65

typedef struct axl_file {
    char *path;
    const char *format; // a constant: "safetensors", "gguf", "pt", "text"
    uint64_t bytes;
    uint64_t header_bytes;   // in front of the data; of a .pt the directory and the pickle
    uint64_t numbers;        // of all tensors
    axl_file_tensor *tensor; // [tensors] in the order of the file; of a .pt by name
    size_t tensors;
    axl_file_entry *entry; // [entries]
    size_t entries;
    char sha256[AXL_SHA256_HEX]; // of the file; "" unless it was asked for
} axl_file;

typedef struct axl_inspection {
    const char *kind; // a constant: "model directory", "checkpoint" or the format of the one file
    axl_file *file;   // [files]
    size_t files;
} axl_inspection;

// Reads the tables of the file at path, or of the files of a model directory or checkpoint. Data is
// read only where hash asks for SHA-256. *out is the caller's, freed with axl_inspection_free, and
// NULL on failure. AXL_BAD_FILE for a file that is broken, with the place in the text. err may be
// NULL.
AXL_API axl_status axl_inspect(const char *path, bool hash, axl_inspection **out, axl_error *err);
AXL_API void axl_inspection_free(axl_inspection *i); // NULL is fine

// ---- conversion ---------------------------------------------------------------------------------

typedef struct axl_convert_options {
    const char *in;  // a model directory, .safetensors, .gguf or .pt, by its content
    const char *out; // .safetensors, .gguf or .pt, by its name; any other name is a directory
    bool force;      // replace what is there
    // Of blocks in a .gguf: rows, as ggml has them, or groups, as decoding reads them; NULL: as
    // they are.
    const char *layout;
} axl_convert_options;

typedef struct axl_convert_result {
    const char *from, *to; // constants: "model directory", "gguf"
    uint64_t parameters;
    size_t tensors;
    uint64_t bytes; // of the tensors
} axl_convert_result;

// Writes the model in `in` as `out`: every tensor, the configuration and the card, no number
// changed, so that converting back gives the same. `in` is checked against its checksums first;
// a file at `out` is replaced as a whole or not at all. AXL_BAD_ARGUMENT where something is at
// `out` and force is not set, or where its format has no such type of tensors. result and err may
// be NULL.
AXL_API axl_status axl_convert(const axl_convert_options *options, axl_convert_result *result,
                               axl_error *err);

#ifdef __cplusplus
}
#endif

#endif
