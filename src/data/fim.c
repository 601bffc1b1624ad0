#include "data/fim.h"

#include "data/corpus.h"

// Draws of one sample, from 0 on.
enum { DRAW_SPAN, DRAW_ORDER, DRAW_PLACE, DRAW_END, DRAWS };

static uint64_t draw(rng key, uint64_t n, uint64_t which, uint64_t bound) {
    return rng_below(key, n * DRAWS + which, bound);
}

static size_t line_end(const uint8_t *text, size_t bytes, size_t at) {
    while (at < bytes && text[at] != '\n') at++;
    return at;
}

static size_t line_start(const uint8_t *text, size_t at) {
    while (at > 0 && text[at - 1] != '\n') at--;
    return at;
}

// Bytes of blanks at the start of the line; SIZE_MAX for a line of nothing else.
static size_t indentation(const uint8_t *text, size_t bytes, size_t start) {
    size_t at = start;
    while (at < bytes && (text[at] == ' ' || text[at] == '\t')) at++;
    const bool blank = at == bytes || text[at] == '\n' || text[at] == '\r';
    return blank ? SIZE_MAX : at - start;
}

// From the first character of the line at `place` to the end of the last line that belongs to it.
// Blank lines belong to a block when deeper ones follow them. A blank line alone is its own block.
static void choose_block(const uint8_t *text, size_t bytes, size_t place, fim_cut *cut) {
    const size_t start = line_start(text, place);
    const size_t depth = indentation(text, bytes, start);
    cut->begin = depth == SIZE_MAX ? start : start + depth;
    cut->end = line_end(text, bytes, cut->begin);
    if (depth == SIZE_MAX) return;
    for (size_t at = cut->end; at < bytes;) {
        const size_t next = at + 1; // behind the newline
        const size_t deeper = indentation(text, bytes, next);
        at = line_end(text, bytes, next);
        if (deeper == SIZE_MAX) continue;
        if (deeper <= depth) return;
        cut->end = at;
    }
}

fim_cut fim_choose(const uint8_t *text, size_t bytes, rng key, uint64_t n) {
    fim_cut cut = {.suffix_first = draw(key, n, DRAW_ORDER, 2) == 1};
    const uint64_t kind = draw(key, n, DRAW_SPAN, 10);
    const size_t place = (size_t)draw(key, n, DRAW_PLACE, (uint64_t)bytes + 1);
    cut.begin = place;
    if (kind < 5) {
        const size_t other = (size_t)draw(key, n, DRAW_END, (uint64_t)bytes + 1);
        cut.begin = place < other ? place : other;
        cut.end = place < other ? other : place;
    } else if (kind < 8) {
        cut.span = FIM_TO_LINE_END;
        cut.end = line_end(text, bytes, place);
    } else {
        cut.span = FIM_BLOCK;
        choose_block(text, bytes, place, &cut);
    }
    return cut;
}

static uint16_t *put(uint16_t *out, uint16_t mark, const uint8_t *text, size_t bytes) {
    *out++ = mark;
    for (size_t i = 0; i < bytes; i++) *out++ = text[i];
    return out;
}

void fim_arrange(const uint8_t *text, size_t bytes, fim_cut cut, uint16_t *out, size_t room) {
    const uint16_t *end = out + room;
    *out++ = CORPUS_BOS;
    if (cut.suffix_first) out = put(out, FIM_SUFFIX, text + cut.end, bytes - cut.end);
    out = put(out, FIM_PREFIX, text, cut.begin);
    if (!cut.suffix_first) out = put(out, FIM_SUFFIX, text + cut.end, bytes - cut.end);
    out = put(out, FIM_MIDDLE, text + cut.begin, cut.end - cut.begin);
    *out++ = CORPUS_EOS;
    while (out < end) *out++ = FIM_PAD;
}
