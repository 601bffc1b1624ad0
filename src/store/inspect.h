// What is in a file of a model, format by format, into the structs of <axl/files.h>.
#ifndef STORE_INSPECT_H
#define STORE_INSPECT_H

#include <axl/files.h>

// Fills *out from the file at path, whose format its content says;
// a text gets no tensors. The caller frees it with inspect_file_free, also after a failure.
axl_status inspect_file(axl_file *out, const char *path, axl_error *err);
void inspect_file_free(axl_file *f); // leaves {0}

// The SHA-256 of the file into f->sha256.
axl_status inspect_hash(axl_file *f, axl_error *err);

// ---- for the formats ----------------------------------------------------------------------------

// Each fills the tables of *out from the file at path.
axl_status inspect_safetensors(axl_file *out, const char *path, axl_error *err);
axl_status inspect_gguf(axl_file *out, const char *path, axl_error *err);
axl_status inspect_pt(axl_file *out, const char *path, axl_error *err);

// Room for so many more.
axl_status inspect_make_tensors(axl_file *f, size_t count, axl_error *err);
axl_status inspect_make_entries(axl_file *f, size_t count, axl_error *err);

// Copies bytes, with a terminator behind them.
axl_status inspect_copy(char **out, const void *bytes, size_t size, axl_error *err);

#endif
