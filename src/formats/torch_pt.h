// What torch.save writes: a zip archive with a pickle, the names and shapes, and an entry for the
// bytes of each storage.
//
//   NAME/data.pkl   a dict; the tensors are its member model_state_dict, or it holds them itself
//   NAME/data/KEY   the numbers of a storage, little-endian
//   NAME/version    "3"
//
// Nothing in the file is ever run (formats/pickle.h), and nothing of it is used before it was
// compared with what is there: a tensor lies within its storage, a storage is as long as its entry.
#ifndef FORMATS_TORCH_PT_H
#define FORMATS_TORCH_PT_H

#include "formats/pickle.h"
#include "formats/zip_read.h"
#include "tensor/dtype.h"

#define TORCH_DIMS 4 // a tensor of more is refused

// Strides and offset are in numbers. dim[0] varies slowest where it is contiguous.
typedef struct torch_tensor {
    const char *name; // UTF-8
    dtype type;
    uint32_t dims;
    size_t dim[TORCH_DIMS], stride[TORCH_DIMS]; // the first dims of them
    size_t elements, bytes;
    size_t offset;          // of its first number in the storage
    const zip_entry *entry; // of the storage
    bool contiguous;
} torch_tensor;

// {0} is closed.
typedef struct torch_pt {
    byte_source from; // borrowed
    zip_archive zip;
    const pickle_value *root; // a dict
    torch_tensor *list;       // [count] by name; in `memory`
    size_t count;
    size_t prefix;     // bytes of "NAME/" in front of the names of the entries
    uint8_t *storages; // [entries] type of the storage and 1; 0: none; owned
    char *text;        // the pickle, [pickle_bytes]; owned
    size_t pickle_bytes;
    arena memory; // what it says
} torch_pt;

// Reads the table of the file, which must stay as long as *out. The caller frees *out, also after
// a failure.
axl_status torch_pt_read(torch_pt *out, const byte_source *from, axl_error *err);
void torch_pt_free(torch_pt *t); // leaves {0}

const torch_tensor *torch_pt_find(const torch_pt *t, const char *name); // or NULL

// Copies the numbers of a tensor, in their order, to `to`, [bytes]. One that is not contiguous
// takes memory for its whole storage meanwhile.
axl_status torch_pt_copy(const torch_pt *t, const torch_tensor *tensor, void *to, axl_error *err);

// Compares the checksums of all entries.
axl_status torch_pt_check(const torch_pt *t, axl_error *err);

// ---- writing ------------------------------------------------------------------------------------

typedef struct torch_item {
    const char *name;
    dtype type; // f32, f16 or bf16
    size_t dims;
    size_t dim[TORCH_DIMS];
    const void *data;
} torch_item;

typedef struct torch_content {
    const char *state;      // the member that holds the tensors
    const torch_item *item; // [items]
    size_t items;
    // Members beside it: keys and values, written with pickle_put_*; may be empty.
    const buf *members;
} torch_content;

// Replaces the file at path. torch.load(weights_only=True) reads it.
axl_status torch_pt_write(const char *path, const torch_content *c, axl_error *err);

#endif
