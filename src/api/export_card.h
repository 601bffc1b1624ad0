// The card of an exported model.
#ifndef API_EXPORT_CARD_H
#define API_EXPORT_CARD_H

#include "base/buf.h"
#include <axl/ollama.h>

// Its text, in Markdown: what the file is, how good it is beside the whole model, and how it is
// used.
void export_card_put(buf *out, const char *name, const axl_export_result *r);

#endif
