#include "server/dialects/prompts.h"

#include "base/alloc.h"
#include "base/sizes.h"

#include <string.h>

size_t prompt_room(const request *r) {
    const size_t context = r->model->context;
    const size_t half = context / 2;
    const size_t written = r->most_bytes < half ? (size_t)r->most_bytes : half;
    return context - written;
}

static request_prompt *new_prompt(request *r, refusal *why) {
    const size_t count = r->prompt_count;
    if ((count & (count + 1)) == 0) { // 0, 1, 3, 7, ...: there is no room for one more
        request_prompt *grown = mem_resize_array(r->prompts, 2 * count + 1, sizeof *grown);
        if (!grown) {
            refuse_memory(why);
            return NULL;
        }
        r->prompts = grown;
    }
    r->prompts[count] = (request_prompt){0};
    r->prompt_count++;
    return &r->prompts[count];
}

// ---- cutting ----

// Texts are cut in steps, counted from their beginning. An editor sends its text again with every
// key: were it cut exactly, each key would move its beginning, and nothing that was computed of it
// would be of use for the next one. Room is half of the context at least, so that three quarters
// of it stay in use. A text that is measured does not grow.
static size_t cut_step(const request *r) {
    return request_is_vectors(r) ? 1 : size_max(r->model->context / 8, 1);
}

// What to cut from the beginning of `size`, so that at most `room` stay.
static size_t cut_of(const request *r, size_t size, size_t room) {
    const size_t step = cut_step(r);
    return size <= room ? 0 : size_min(size_div_up(size - room, step) * step, size);
}

// Notes where the text of a prompt, which begins at symbol `at`, will be cut next. It has `size`
// symbols, and room for `room`.
static void foresee(const request *r, request_prompt *p, size_t at, size_t size, size_t room) {
    if (size > room || size < cut_step(r)) return;
    p->next_at = at;
    p->next_cut = cut_step(r);
    p->next_in = room - size + 1;
}

// The end of the text stays; BOS stays before it.
static void cut_head(const request *r, request_prompt *p) {
    const size_t room = prompt_room(r);
    if (room < 2) return;
    const size_t cut = cut_of(r, p->count - 1, room - 1);
    p->count -= cut;
    p->cut += cut;
    if (cut > 0) memmove(p->symbols + 1, p->symbols + 1 + cut, (p->count - 1) * sizeof *p->symbols);
    foresee(r, p, 1, p->count - 1, room - 1);
}

// Shortens both sides so that the prompt has at most `room` symbols: what is nearest to the gap
// stays. The suffix stands first in the prompt, so that its length moves in steps too: a quarter of
// the room, and steps more as long as the prefix leaves them.
static infill fit_gap(const request *r, const infill *gap, size_t room) {
    infill out = *gap;
    const size_t step = cut_step(r);
    const size_t text = room > INFILL_MARKS ? room - INFILL_MARKS : 0;
    const size_t left = text - size_min(text, gap->prefix_size); // that the prefix does not need
    if (gap->suffix_size > left)
        out.suffix_size = size_min(gap->suffix_size, size_max(left / step * step, text / 4));
    const size_t cut = cut_of(r, gap->prefix_size, text - out.suffix_size);
    out.prefix += cut;
    out.prefix_size -= cut;
    return out;
}

bool prompt_add_symbols(request *r, symbol_list *l, refusal *why) {
    const bool has_bos = l->count > 0 && l->data[0] == MODEL_BOS;
    if (!has_bos && symbols_put(l, 0)) {
        memmove(l->data + 1, l->data, (l->count - 1) * sizeof *l->data);
        l->data[0] = MODEL_BOS;
    }
    request_prompt *p = l->failed ? NULL : new_prompt(r, why);
    if (!p) {
        symbols_free(l);
        return refuse_memory(why);
    }
    *p = (request_prompt){.symbols = l->data, .count = l->count, .own = !has_bos};
    *l = (symbol_list){0};
    if (!r->echo) cut_head(r, p);
    return true;
}

// What a gap holds already, behind the mark of its middle.
typedef struct beginning {
    const uint16_t *symbols; // [count]
    size_t count;
} beginning;

// The beginning's own end stays, as that of any text; it takes no more than half of the room, in
// steps as well.
static bool add_gap(request *r, const infill *gap, beginning b, refusal *why) {
    const size_t room = prompt_room(r);
    const size_t kept = b.count - cut_of(r, b.count, room / 2);
    const size_t taken = size_min(size_div_up(kept, cut_step(r)) * cut_step(r), room / 2);
    const infill fit = fit_gap(r, gap, room - taken);
    const size_t marked = infill_symbols(&fit);
    request_prompt *p = new_prompt(r, why);
    if (!p) return false;
    p->own = 1;
    p->count = marked + kept;
    p->cut = gap->prefix_size + gap->suffix_size - fit.prefix_size - fit.suffix_size;
    p->cut += b.count - kept;
    p->symbols = mem_alloc_array(p->count, sizeof *p->symbols);
    if (!p->symbols) return refuse_memory(why);
    infill_write(&fit, p->symbols);
    // While the suffix may still become shorter, it is not known what comes.
    if (kept == 0 && gap->suffix_size > 0 && gap->prefix_size >= room - taken - INFILL_MARKS)
        foresee(r, p, INFILL_MARKS - 1 + fit.suffix_size, fit.prefix_size,
                room - INFILL_MARKS - fit.suffix_size);
    if (kept > 0) memcpy(p->symbols + marked, b.symbols + b.count - kept, kept * sizeof *b.symbols);
    return true;
}

bool prompt_add_gap(request *r, const infill *gap, const char *field, refusal *why) {
    if (r->model->infill && r->model->vocab >= INFILL_VOCAB)
        return add_gap(r, gap, (beginning){0}, why);
    return refuse(why, REFUSAL_UNSUPPORTED, field,
                  "the model %s was not trained to fill in the middle", r->model->name);
}

// ---- gaps in raw prompts ----

// Where each mark stands. Both orders are in use, with the middle last.
typedef struct marks {
    size_t prefix, suffix, middle;
    bool complete;
} marks;

static marks find_marks(const symbol_list *l) {
    marks m = {SIZE_MAX, SIZE_MAX, SIZE_MAX, true};
    for (size_t i = 0; i < l->count; i++) {
        if (l->data[i] < 256) continue;
        size_t *place = l->data[i] == INFILL_PREFIX   ? &m.prefix
                        : l->data[i] == INFILL_SUFFIX ? &m.suffix
                        : l->data[i] == INFILL_MIDDLE ? &m.middle
                                                      : NULL;
        // Any other symbol, or one that comes again, is a form that is not ours to change.
        if (!place || *place != SIZE_MAX) m.complete = false;
        if (place) *place = i;
    }
    if (m.prefix == SIZE_MAX || m.suffix == SIZE_MAX || m.middle == SIZE_MAX) m.complete = false;
    if (m.prefix > m.middle || m.suffix > m.middle) m.complete = false;
    return m;
}

static void copy_bytes(uint8_t *to, const uint16_t *from, size_t count) {
    for (size_t i = 0; i < count; i++) to[i] = (uint8_t)from[i];
}

// What stands before the first mark belongs before the prefix; what stands behind the middle is
// written already, and stays there.
static bool add_marked(request *r, const symbol_list *l, const marks *m, refusal *why) {
    const size_t first = size_min(m->prefix, m->suffix);
    const size_t prefix_end = m->prefix < m->suffix ? m->suffix : m->middle;
    const size_t suffix_end = m->prefix < m->suffix ? m->middle : m->prefix;
    const size_t prefix = prefix_end - m->prefix - 1, suffix = suffix_end - m->suffix - 1;
    uint8_t *text = mem_alloc(first + prefix + suffix);
    if (!text) return refuse_memory(why);
    copy_bytes(text, l->data, first);
    copy_bytes(text + first, l->data + m->prefix + 1, prefix);
    copy_bytes(text + first + prefix, l->data + m->suffix + 1, suffix);
    const infill gap = {text, text + first + prefix, first + prefix, suffix};
    const beginning written = {l->data + m->middle + 1, l->count - m->middle - 1};
    const bool ok = add_gap(r, &gap, written, why);
    mem_free(text);
    return ok;
}

bool prompt_add_text(request *r, const void *text, size_t size, refusal *why) {
    symbol_list l = {0};
    // What is only measured is text and nothing else.
    symbols_put_text(&l, r->model, text, size, !request_is_vectors(r));
    if (l.failed) {
        symbols_free(&l);
        return refuse_memory(why);
    }
    const marks m = find_marks(&l);
    if (!m.complete || r->echo) return prompt_add_symbols(r, &l, why);
    const bool ok = add_marked(r, &l, &m, why);
    symbols_free(&l);
    return ok;
}

// ---- the field ----

bool prompt_tokens(const body *b, const char *field, const model_facts *m, const json_t *list,
                   symbol_list *out) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_int_t id = 0;
        if (!json_whole(json_array_get(list, i), &id))
            return body_wrong(b, field, "a string, strings, token ids or lists of token ids");
        if (id < 0 || (uint64_t)id >= m->vocab)
            return refuse(
                b->why, REFUSAL_VALUE, field,
                "%s[%zu] is the token %lld, the model has 0 to %zu: its tokens are bytes, "
                "not those of another model's tokenizer",
                field, i, (long long)id, m->vocab - 1);
        symbols_put(out, (uint16_t)id);
    }
    return !out->failed || refuse_memory(b->why);
}

static bool add_tokens(const body *b, const char *field, request *r, const json_t *list) {
    symbol_list l = {0};
    if (prompt_tokens(b, field, r->model, list, &l)) return prompt_add_symbols(r, &l, b->why);
    symbols_free(&l);
    return false;
}

static bool add_one(const body *b, const char *field, request *r, const json_t *value) {
    if (json_is_array(value)) return add_tokens(b, field, r, value);
    if (json_is_string(value))
        return prompt_add_text(r, json_string_value(value), json_string_length(value), b->why);
    return body_wrong(b, field, "a string, strings, token ids or lists of token ids");
}

bool prompts_read(const body *b, const char *field, request *r) {
    const json_t *value = body_get(b, field);
    if (!value) return prompt_add_text(r, "", 0, b->why);
    if (!json_is_array(value)) return add_one(b, field, r, value);
    const size_t count = json_array_size(value);
    if (count == 0) return prompt_add_text(r, "", 0, b->why);
    if (json_is_number(json_array_get(value, 0))) return add_tokens(b, field, r, value);
    for (size_t i = 0; i < count; i++)
        if (!add_one(b, field, r, json_array_get(value, i))) return false;
    return true;
}

bool prompts_note(request *r, refusal *why) {
    const size_t cut = request_cut(r);
    if (cut == 0) return true;
    if (request_note(r, "%zu bytes of the prompt did not fit into the context of %zu", cut,
                     r->model->context))
        return true;
    return refuse_memory(why);
}
