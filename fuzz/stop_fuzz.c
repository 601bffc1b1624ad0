// Stop strings and texts of any bytes: what may be shown never holds a stop string, everything but
// the stop string is shown in the end, and what is held back is no more than it must be. And any
// logits and settings: a distribution or an error.
#include "fuzz_target.h"
#include "infer/chooser.h"
#include "infer/stop.h"

#include <math.h>
#include <string.h>

#define STRINGS 4

static bool ends_with(const uint8_t *text, size_t size, const stop_string *s) {
    return size >= s->size && memcmp(text + size - s->size, s->bytes, s->size) == 0;
}

static void check_stops(const uint8_t *text, size_t size, const stop_string *list, size_t count) {
    stop_matcher m;
    axl_error err;
    FUZZ_CHECK(stop_create(&m, list, count, &err) == AXL_OK);
    for (size_t n = 1; n <= size; n++) {
        const stop_found found = stop_push(&m, text[n - 1]);
        size_t longest = 0;
        for (size_t i = 0; i < count; i++)
            if (ends_with(text, n, &list[i]) && list[i].size > longest) longest = list[i].size;
        FUZZ_CHECK(found.size == longest && found.held >= found.size && found.held <= n);
        bool reason = found.held == 0;
        for (size_t i = 0; i < count && !reason; i++)
            reason = found.held <= list[i].size &&
                     memcmp(text + n - found.held, list[i].bytes, found.held) == 0;
        FUZZ_CHECK(reason);
    }
    stop_free(&m);
}

static void check_choice(const uint8_t *data, size_t size) {
    static float logits[MODEL_VOCAB_MIN];
    double knobs[8];
    memset(knobs, 0, sizeof knobs);
    memset(logits, 0, sizeof logits);
    const size_t head = size < sizeof knobs ? size : sizeof knobs;
    memcpy(knobs, data, head);
    const size_t rest = size - head < sizeof logits ? size - head : sizeof logits;
    memcpy(logits, data + head, rest);
    uint16_t text[64];
    for (size_t i = 0; i < 64; i++) text[i] = i < size ? data[i] : MODEL_BOS;
    const chooser c = {.temperature = knobs[0],
                       .top_p = knobs[1],
                       .min_p = knobs[2],
                       .repeat = knobs[3],
                       .presence = knobs[4],
                       .frequency = knobs[5],
                       .top_k = size,
                       .repeat_last = size};
    const chooser_view v = {.logits = logits, .vocab = MODEL_VOCAB_MIN, .text = text, .length = 64};
    axl_error err;
    double p[MODEL_VOCAB_MIN], sum = 0;
    if (chooser_check(&c, v.vocab, &err) != AXL_OK) return;
    if (chooser_distribution(&c, &v, p, &err) != AXL_OK) return;
    for (size_t i = 0; i < v.vocab; i++) {
        FUZZ_CHECK(p[i] >= 0 && p[i] <= 1);
        sum += p[i];
    }
    FUZZ_CHECK(fabs(sum - 1) <= 1e-9);
    chooser_choice choice;
    FUZZ_CHECK(chooser_draw(&c, &v, &choice, &err) == AXL_OK && p[choice.symbol] > 0);
}

// Input: the sizes of STRINGS strings, the strings, the text; and all of it as numbers.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    check_choice(data, size);
    stop_string list[STRINGS];
    size_t count = 0, at = STRINGS;
    if (size < STRINGS) return 0;
    for (size_t i = 0; i < STRINGS; i++) {
        const size_t length = data[i] % 16;
        if (length == 0 || length > size - at) continue;
        list[count++] = (stop_string){data + at, length};
        at += length;
    }
    check_stops(data + at, size - at < 4096 ? size - at : 4096, list, count);
    return 0;
}
