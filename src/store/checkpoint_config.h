// The config.json beside a checkpoint, and whether two configurations are one architecture.
#ifndef STORE_CHECKPOINT_CONFIG_H
#define STORE_CHECKPOINT_CONFIG_H

#include "base/buf.h"
#include "model/config.h"

// Reads FOLDER/config.json. *crc (may be NULL) is that of its bytes.
axl_status checkpoint_config_read(model_config *out, const char *folder, uint32_t *crc,
                                  axl_error *err);

// AXL_BAD_FILE with the first field that differs, when the parameters of one mean nothing to the
// other; `folder` names where `there` comes from. Context, dropout and the weight of the fine exit
// may differ.
axl_status checkpoint_config_same(const char *folder, const model_config *there,
                                  const model_config *here, axl_error *err);

#endif
