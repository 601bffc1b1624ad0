#include "infer/infill.h"

#include "base/sizes.h"

infill infill_fit(const infill *a, size_t room) {
    infill out = *a;
    const size_t text = room > INFILL_MARKS ? room - INFILL_MARKS : 0;
    const size_t left = text - size_min(text, a->prefix_size); // that the prefix does not need
    out.suffix_size = size_min(a->suffix_size, size_max(left, text / 4));
    out.prefix_size = size_min(a->prefix_size, text - out.suffix_size);
    out.prefix += a->prefix_size - out.prefix_size;
    return out;
}

size_t infill_symbols(const infill *a) {
    return INFILL_MARKS + a->prefix_size + a->suffix_size;
}

void infill_write(const infill *a, uint16_t *out) {
    *out++ = MODEL_BOS;
    *out++ = INFILL_SUFFIX;
    for (size_t i = 0; i < a->suffix_size; i++) *out++ = a->suffix[i];
    *out++ = INFILL_PREFIX;
    for (size_t i = 0; i < a->prefix_size; i++) *out++ = a->prefix[i];
    *out = INFILL_MIDDLE;
}
