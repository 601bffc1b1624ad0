// Tensors in blocks from stored rows to prepared groups (tensor/blocks_matrix.h) and back.
#ifndef STORE_REGROUP_H
#define STORE_REGROUP_H

#include "store/import.h"

// Whether the tensor may lie in groups: matrices in blocks may, but the embedding is looked up by
// rows.
bool regroup_can(const param *row, dtype type);

// Bytes of a tensor in either layout. False on overflow, and for groups of one that may not.
bool regroup_bytes(const param *row, dtype type, bool grouped, size_t *out);

// Writes t in the layout that it does not have to `to`, of regroup_bytes, which passed.
void regroup(const import_tensor *t, void *to);

// The layout with this name, "rows" or "groups"; AXL_BAD_ARGUMENT for another.
axl_status regroup_layout(const char *name, bool *grouped, axl_error *err);
const char *regroup_layout_name(bool grouped);

#endif
