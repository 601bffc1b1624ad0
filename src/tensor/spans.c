#include "tensor/spans.h"

#include "base/sizes.h"

size_t spans_bytes(size_t count) {
    size_t bytes;
    const bool fits = size_add(count, 1, &bytes) && size_mul(bytes, sizeof(size_t), &bytes) &&
                      size_align_up(bytes, 64, &bytes);
    return fits ? bytes : SIZE_MAX;
}

spans spans_over(size_t *first) {
    first[0] = 0;
    return (spans){0, first};
}

void spans_push(spans *s, size_t length) {
    s->first[s->count + 1] = s->first[s->count] + size_div_up(length, SPANS_GRAIN);
    s->count++;
}

size_t spans_tiles(const spans *s) {
    return s->first[s->count];
}

span spans_at(const spans *s, size_t tile) {
    size_t low = 0, high = s->count; // first[low] <= tile < first[high]
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (s->first[middle] <= tile) {
            low = middle;
        } else {
            high = middle;
        }
    }
    const size_t begin = (tile - s->first[low]) * SPANS_GRAIN;
    return (span){low, begin, begin + SPANS_GRAIN};
}
