#include "eval/eval_choice.h"

static uint64_t head_of(uint64_t bytes, uint64_t head) {
    return bytes < head ? bytes : head;
}

// Bytes of all documents, each cut to its head; capped, so that no sum overflows.
static uint64_t sum_of(const uint64_t *bytes, size_t count, uint64_t head) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        const uint64_t part = head_of(bytes[i], head);
        if (part > UINT64_MAX - sum) return UINT64_MAX;
        sum += part;
    }
    return sum;
}

// The longest head at which all fit: sum_of rises with it.
static uint64_t longest_head(const uint64_t *bytes, size_t count, uint64_t limit) {
    uint64_t low = EVAL_CHOICE_HEAD, high = limit; // low fits; the answer is not above high
    while (low < high) {
        const uint64_t middle = low + (high - low + 1) / 2;
        if (sum_of(bytes, count, middle) <= limit)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static uint64_t take_some(const uint64_t *bytes, size_t count, uint64_t limit, uint64_t *heads) {
    const double share = (double)limit / (double)sum_of(bytes, count, EVAL_CHOICE_HEAD);
    const double wanted = (double)count * share;
    const size_t most = wanted < 1 ? 1 : (size_t)wanted;
    uint64_t left = limit;
    for (size_t i = 0; i < count; i++) heads[i] = 0;
    for (size_t i = 0; i < most; i++) {
        // The middle of the i-th of `most` equal parts of the list.
        const size_t at = (size_t)(((double)i + 0.5) * (double)count / (double)most);
        const uint64_t part = head_of(head_of(bytes[at], EVAL_CHOICE_HEAD), left);
        heads[at] = part;
        left -= part;
    }
    return limit - left;
}

uint64_t eval_choice(const uint64_t *bytes, size_t count, uint64_t limit, uint64_t *heads) {
    uint64_t head = UINT64_MAX;
    if (sum_of(bytes, count, head) > limit) {
        if (limit < EVAL_CHOICE_HEAD || sum_of(bytes, count, EVAL_CHOICE_HEAD) > limit)
            return take_some(bytes, count, limit, heads);
        head = longest_head(bytes, count, limit);
    }
    for (size_t i = 0; i < count; i++) heads[i] = head_of(bytes[i], head);
    return sum_of(bytes, count, head);
}
