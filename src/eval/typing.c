#include "eval/typing.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"

#include <math.h>
#include <string.h>

#define DOCUMENT_MOST ((uint64_t)64 << 20)
#define THRESHOLDS 19 // of a probability: 0.05, 0.10 ... 0.95

// ---- lines ----

typedef struct search {
    typing *t;
    const typing_source *from;
    uint64_t seen; // lines that may be taken
    bool take;
} search;

static axl_status take_line(search *s, const char *text, size_t start, size_t size,
                            axl_error *err) {
    typing *t = s->t;
    const size_t most = s->from->context - 4 - TYPING_MOST; // BOS, and room for a line
    const size_t before = size_min(start, most);
    typing_line *line = &t->lines[t->count++];
    *line = (typing_line){.before = before, .size = size};
    line->text = mem_alloc(before + size);
    line->spots = mem_zalloc_array(size, sizeof *line->spots);
    if (!line->text || !line->spots) return error_no_memory(err, "a line", before + size);
    memcpy(line->text, text + start - before, before + size);
    return AXL_OK;
}

static axl_status search_text(search *s, const char *text, size_t bytes, axl_error *err) {
    typing *t = s->t;
    for (size_t at = 0; at < bytes;) {
        const char *newline = memchr(text + at, '\n', bytes - at);
        const size_t end = newline ? (size_t)(newline - text) : bytes;
        size_t start = at, last = end;
        while (start < end && (text[start] == ' ' || text[start] == '\t')) start++;
        while (last > start && (text[last - 1] == '\r' || text[last - 1] == ' ')) last--;
        const size_t size = last - start;
        at = end + 1;
        if (size < TYPING_LEAST || !newline) continue;
        if (!s->take) t->too_long += size > TYPING_MOST;
        if (size > TYPING_MOST) continue;
        const uint64_t number = s->seen++;
        if (!s->take) continue;
        const size_t wanted = s->from->wanted ? s->from->wanted : (size_t)t->found;
        if (wanted < t->found && number != t->count * t->found / wanted) continue;
        FORWARD(take_line(s, text, start, size, err));
        t->lines[t->count - 1].returns = text[end - 1] == '\r';
    }
    return AXL_OK;
}

static axl_status search_document(search *s, const eval_document *d, axl_error *err) {
    RETURN_IF(d->bytes > DOCUMENT_MOST, err, AXL_TOO_LARGE, "%s: more than %llu bytes", d->name,
              (unsigned long long)DOCUMENT_MOST);
    if (d->bytes == 0) return AXL_OK;
    char *text = mem_alloc((size_t)d->bytes);
    if (!text) return error_no_memory(err, d->name, (size_t)d->bytes);
    eval_text file = {0};
    axl_status status = eval_text_open(&file, d, err);
    if (status == AXL_OK) status = eval_text_read(&file, 0, text, (size_t)d->bytes, err);
    eval_text_close(&file);
    if (status == AXL_OK) status = search_text(s, text, (size_t)d->bytes, err);
    mem_free(text);
    return status;
}

static axl_status search_all(search *s, axl_error *err) {
    s->seen = 0;
    for (size_t i = 0; i < s->from->count; i++) FORWARD(search_document(s, &s->from->list[i], err));
    return AXL_OK;
}

static axl_status open_lines(typing *out, const typing_source *from, axl_error *err) {
    RETURN_IF(from->context < 2 * TYPING_MOST, err, AXL_UNSUPPORTED,
              "a context of %zu bytes: lines need %zu or more", from->context, 2 * TYPING_MOST);
    search s = {.t = out, .from = from};
    FORWARD(search_all(&s, err));
    out->found = s.seen;
    RETURN_IF(out->found == 0, err, AXL_BAD_FILE, "no lines of %zu to %zu bytes", TYPING_LEAST,
              TYPING_MOST);
    const uint64_t room =
        from->wanted && from->wanted < out->found ? (uint64_t)from->wanted : out->found;
    out->lines = mem_zalloc_array((size_t)room, sizeof *out->lines);
    if (!out->lines) return error_no_memory(err, "lines", (size_t)room * sizeof *out->lines);
    s.take = true;
    return search_all(&s, err);
}

axl_status typing_open(typing *out, const typing_source *from, axl_error *err) {
    *out = (typing){0};
    const axl_status status = open_lines(out, from, err);
    if (status != AXL_OK) typing_free(out);
    return status;
}

void typing_free(typing *t) {
    for (size_t i = 0; i < t->count; i++) {
        mem_free(t->lines[i].text);
        mem_free(t->lines[i].spots);
    }
    mem_free(t->lines);
    mem_free(t->odds);
    *t = (typing){0};
}

// ---- keys ----

// Bytes that are offered.
static size_t offer(const typing *t, const typing_spot *spot, double odds) {
    size_t count = 0;
    while (count < spot->count && (double)t->odds[spot->first + count] >= odds) count++;
    return count >= 2 ? count : 0;
}

typing_sum typing_keys(const typing *t, size_t first, size_t step, double odds) {
    typing_sum sum = {0};
    const double least = log(odds);
    for (size_t i = first; i < t->count; i += step) {
        const typing_line *line = &t->lines[i];
        sum.bytes += line->size;
        for (size_t at = 0; at < line->size; sum.keys++) {
            const size_t count = offer(t, &line->spots[at], least);
            const bool right = count > 0 && count <= line->spots[at].right;
            sum.offers += count > 0;
            sum.right += right;
            at += right ? count : 1;
        }
    }
    return sum;
}

// The t with the fewest keys among those whose offers are right often enough; 0: none is.
static double choose(const typing *t, size_t half, double precision) {
    double best = 0;
    uint64_t fewest = UINT64_MAX;
    for (size_t i = 1; i <= THRESHOLDS; i++) {
        const double odds = (double)i / (THRESHOLDS + 1);
        const typing_sum sum = typing_keys(t, half, 2, odds);
        if (sum.offers == 0 || (double)sum.right < precision * (double)sum.offers) continue;
        if (sum.keys >= fewest) continue;
        fewest = sum.keys;
        best = odds;
    }
    return best;
}

typing_sum typing_at(const typing *t, double precision, double odds[2]) {
    typing_sum sum = {0};
    for (size_t half = 0; half < 2; half++) {
        const double chosen = choose(t, 1 - half, precision);
        // Without one nothing is offered: no probability is above 1.
        const typing_sum part = typing_keys(t, half, 2, chosen > 0 ? chosen : 2);
        if (odds) odds[half] = chosen;
        sum.bytes += part.bytes;
        sum.keys += part.keys;
        sum.offers += part.offers;
        sum.right += part.right;
    }
    return sum;
}

uint64_t typing_accepted(const typing *t) {
    uint64_t sum = 0;
    for (size_t i = 0; i < t->count; i++) sum += t->lines[i].spots[0].right;
    return sum;
}

size_t typing_exact(const typing *t) {
    size_t sum = 0;
    for (size_t i = 0; i < t->count; i++) sum += t->lines[i].exact;
    return sum;
}
