// Writing a model that was opened into a file of another kind, tensor by tensor as it is: no number
// changes, and converting back gives the same bytes. Blocks of a GGUF file lie in groups where
// m->grouped says so, in rows otherwise.
#ifndef STORE_EXPORT_H
#define STORE_EXPORT_H

#include "store/import.h"

// Each replaces the file at path, in an atomic and durable way; AXL_BAD_ARGUMENT for tensors of a
// type that the format has not. Parents of path must exist.
axl_status export_safetensors(const char *path, const import_model *m, axl_error *err);
axl_status export_gguf(const char *path, const import_model *m, axl_error *err);
axl_status export_pt(const char *path, const import_model *m, axl_error *err);

// Makes the directory and what is missing above it; config.json comes last, so that a directory
// with it is complete. Other files there are left alone.
axl_status export_directory(const char *path, const import_model *m, axl_error *err);

// Writes m in the format of a file of this kind.
axl_status export_model(const char *path, import_kind kind, const import_model *m, axl_error *err);

// Bytes of tensor i in a file that was written from m.
size_t export_bytes(const import_model *m, size_t i);

// The kind that a name stands for: .safetensors, .gguf and .pt are files, everything else a
// directory.
import_kind export_kind_of(const char *path);

#endif
