// Writing zip archives of stored entries: atomic, durable, front to back, and each entry's bytes
// at a multiple of 64, where PyTorch looks for tensors.
#ifndef FORMATS_ZIP_WRITE_H
#define FORMATS_ZIP_WRITE_H

#include <axl/status.h>

#include <stddef.h>
#include <stdint.h>

typedef struct zip_writer zip_writer;

// Starts to replace the file at path (os/file.h), which will take about `bytes`.
axl_status zip_write_begin(zip_writer **out, const char *path, uint64_t bytes, axl_error *err);

// Begins an entry of exactly that many bytes. AXL_TOO_LARGE where the archive would need sizes of
// 64 bits. The name is borrowed until the end. The caller commits or aborts also after a failure.
axl_status zip_write_entry(zip_writer *w, const char *name, uint64_t bytes, axl_error *err);

// The next bytes of the entry.
axl_status zip_write_data(zip_writer *w, const void *data, size_t bytes, axl_error *err);

axl_status zip_write_commit(zip_writer *w, axl_error *err); // frees w in any case
void zip_write_abort(zip_writer *w);                        // keeps the old file; NULL is allowed

#endif
