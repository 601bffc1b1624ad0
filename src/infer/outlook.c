#include "infer/outlook.h"

#include "base/error.h"

axl_status outlook_add(outlook *o, const expert *e, axl_error *err) {
    RETURN_IF(o->count == OUTLOOK_EXPERTS, err, AXL_TOO_LARGE, "more than %d experts for a text",
              OUTLOOK_EXPERTS);
    o->experts[o->count++] = *e;
    return AXL_OK;
}

axl_status outlook_blend(const outlook *o, float *logits, size_t vocab, axl_error *err) {
    for (size_t i = 0; i < o->count; i++)
        FORWARD(o->experts[i].blend(o->experts[i].ctx, logits, vocab, err));
    return AXL_OK;
}

void outlook_hear(const outlook *o, const uint16_t *symbols, size_t count) {
    for (size_t i = 0; i < o->count; i++) o->experts[i].hear(o->experts[i].ctx, symbols, count);
}

void outlook_forget(const outlook *o, uint64_t length) {
    for (size_t i = 0; i < o->count; i++) o->experts[i].forget(o->experts[i].ctx, length);
}
