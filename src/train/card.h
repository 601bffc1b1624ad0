// README.md: the model card, with the front matter that Hugging Face reads.
#ifndef TRAIN_CARD_H
#define TRAIN_CARD_H

#include "base/buf.h"
#include "train/metrics.h"
#include <axl/status.h>

void card_render(buf *out, const train_summary *s);

// Replaces the file at path, atomically and durably.
axl_status card_write(const train_summary *s, const char *path, axl_error *err);

#endif
