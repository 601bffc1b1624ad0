// The configuration that the tensors of a safetensors file were saved with, as a note of the file:
// so a config.json that was damaged or belongs to other weights is found out.
#ifndef STORE_CONFIG_NOTE_H
#define STORE_CONFIG_NOTE_H

#include "base/buf.h"
#include "formats/safetensors.h"
#include "model/config.h"
#include "tensor/dtype.h"

// Fills text with the configuration and *note with it, which borrows text. The caller frees text,
// also after a failure.
axl_status config_note_make(safetensors_note *note, buf *text, const model_config *c, dtype type,
                            axl_error *err);

// AXL_BAD_FILE, naming the first field that differs, unless the table has no such note or it says
// the same; `what` names the file in messages.
axl_status config_note_compare(const safetensors *table, const char *what, const model_config *c,
                               axl_error *err);

#endif
