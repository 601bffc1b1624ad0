#include "infer/session.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "infer/session_parts.h"

#include <string.h>

static size_t vocab_of(const session *s) {
    return s->e->model.table.config.vocab_size;
}

// ---- life ----

static axl_status reserve(session *s, size_t more, axl_error *err) {
    size_t length;
    RETURN_IF(!size_add(s->length, more, &length) || length >= UINT32_MAX, err, AXL_TOO_LARGE,
              "a text of %zu and %zu more bytes", s->length, more);
    if (length <= s->capacity) return AXL_OK;
    const size_t capacity = size_max(length, 2 * s->capacity);
    uint16_t *grown = mem_resize_array(s->text, capacity, sizeof *grown);
    if (!grown) return error_no_memory(err, "a text", capacity * sizeof *grown);
    s->text = grown;
    s->capacity = capacity;
    return AXL_OK;
}

static axl_status make(session *s, axl_error *err) {
    const size_t rows = DRAFT_MAX + 1;
    s->drafts = true;
    s->prompting = true;
    s->gain = draft_gain_begin();
    s->logits = mem_alloc_array(rows, vocab_of(s) * sizeof *s->logits);
    if (!s->logits) return error_no_memory(err, "logits", rows * vocab_of(s) * sizeof *s->logits);
    FORWARD(engine_sequence(s->e, &s->cache, err));
    FORWARD(reserve(s, SESSION_PIECE, err));
    s->text[s->length++] = MODEL_BOS;
    return AXL_OK;
}

axl_status session_create(session **out, const engine *e, axl_error *err) {
    *out = NULL;
    session *s = mem_zalloc(sizeof *s);
    if (!s) return error_no_memory(err, "a session", sizeof *s);
    s->e = e;
    const axl_status status = make(s, err);
    if (status == AXL_OK)
        *out = s;
    else
        session_free(s);
    return status;
}

void session_free(session *s) {
    if (!s) return;
    cache_free(&s->cache);
    draft_free(&s->index);
    session_view_free(s->view);
    mem_free(s->text);
    mem_free(s->logits);
    mem_free(s);
}

const engine *session_engine(const session *s) {
    return s->e;
}

static axl_status copy(session *to, const session *from, axl_error *err) {
    FORWARD(reserve(to, from->length - to->length, err));
    FORWARD(draft_copy(&to->index, &from->index, err));
    memcpy(to->text, from->text, from->length * sizeof *to->text);
    cache_copy(&to->cache, &from->cache);
    memcpy(to->logits, from->logits, from->rows * vocab_of(from) * sizeof *to->logits);
    memcpy(to->gates, from->gates, sizeof to->gates);
    memcpy(to->guess, from->guess, sizeof to->guess);
    to->length = from->length;
    to->prompting = from->prompting;
    to->whole = from->whole;
    to->rows = from->rows;
    to->row = from->row;
    to->base = from->base;
    to->blended = from->blended;
    to->drafts = from->drafts;
    to->gain = from->gain;
    to->guesses = from->guesses;
    to->match = from->match;
    return AXL_OK;
}

axl_status session_fork(session **out, const session *s, axl_error *err) {
    FORWARD(session_create(out, s->e, err));
    const axl_status status = copy(*out, s, err);
    if (status == AXL_OK) return AXL_OK;
    session_free(*out);
    *out = NULL;
    return status;
}

axl_status session_join(session *s, const expert *e, axl_error *err) {
    FORWARD(outlook_add(&s->outlook, e, err));
    e->hear(e->ctx, s->text, s->length);
    return AXL_OK;
}

// ---- the text ----

// Forgets what is expected, and the guesses that it was expected after.
static void drop_rows(session *s) {
    if (s->rows == 0) return;
    cache_retract(&s->cache, s->base + s->row - (size_t)s->cache.gone);
    s->rows = s->row = s->guesses = 0;
    s->blended = false;
}

// Bytes that a new session has forgotten when it knows so many.
static size_t gone_at(const session *s, size_t known) {
    const size_t window = s->cache.window, stride = cache_stride(s->cache.config);
    return known <= window ? 0 : size_div_up(known - window, stride) * stride;
}

// What is left of the caches when they are cut back to `known` symbols, a multiple of 4: nothing
// where the window has slid beyond what a session with that much would know.
static size_t left_of(const session *s, size_t known) {
    if (known >= session_known(s)) return session_known(s);
    return s->cache.gone == gone_at(s, known) ? known : 0;
}

static axl_status cut(session *s, size_t known, axl_error *err) {
    known = left_of(s, known);
    if (known == session_known(s)) return AXL_OK;
    FORWARD(cache_truncate(&s->cache, known ? known - (size_t)s->cache.gone : 0, err));
    if (known == 0) s->cache.gone = 0;
    s->whole = size_min(s->whole, known);
    return AXL_OK;
}

static axl_status check(const session *s, const uint16_t *symbols, size_t count, axl_error *err) {
    for (size_t i = 0; i < count; i++)
        RETURN_IF(symbols[i] >= vocab_of(s), err, AXL_BAD_ARGUMENT,
                  "symbol %u, the model knows %zu", (unsigned)symbols[i], vocab_of(s));
    return AXL_OK;
}

axl_status session_feed(session *s, const uint16_t *symbols, size_t count, axl_error *err) {
    if (count == 0) return AXL_OK;
    FORWARD(check(s, symbols, count, err));
    FORWARD(reserve(s, count, err));
    drop_rows(s);
    memcpy(s->text + s->length, symbols, count * sizeof *s->text);
    s->length += count;
    s->prompting = true;
    outlook_hear(&s->outlook, symbols, count);
    return AXL_OK;
}

// Shortens the text to `length` symbols and what is computed of it to `known`, less than length.
static axl_status shorten(session *s, size_t length, size_t known, axl_error *err) {
    drop_rows(s);
    FORWARD(cut(s, known, err));
    draft_cut(&s->index, s->text, length);
    s->length = length;
    s->prompting = true;
    outlook_forget(&s->outlook, length);
    return AXL_OK;
}

axl_status session_truncate(session *s, size_t length, axl_error *err) {
    RETURN_IF(length == 0 || length > s->length, err, AXL_BAD_ARGUMENT,
              "a text of %zu symbols cannot be cut at %zu", s->length, length);
    if (length == s->length) return AXL_OK;
    return shorten(s, length, (length - 1) / MODEL_GROUP * MODEL_GROUP, err);
}

// Leading symbols that the text shares with others.
static size_t shared(const session *s, const uint16_t *symbols, size_t count) {
    size_t same = 0;
    const size_t most = size_min(count, s->length);
    while (same < most && s->text[same] == symbols[same]) same++;
    return same;
}

// What may be kept of the caches for a text of `count` symbols that shares the first `same` ones:
// the last one is always read, as what is expected follows from it.
static size_t reusable(const session *s, size_t same, size_t count) {
    if (s->view) return 0;
    return size_min(size_min(same, count - 1), s->whole) / MODEL_GROUP * MODEL_GROUP;
}

size_t session_common(const session *s, const uint16_t *symbols, size_t count) {
    if (count == 0 || symbols[0] != MODEL_BOS) return 0;
    return left_of(s, reusable(s, shared(s, symbols, count), count));
}

axl_status session_restart(session *s, const uint16_t *symbols, size_t count, size_t *kept,
                           axl_error *err) {
    RETURN_IF(count == 0 || symbols[0] != MODEL_BOS, err, AXL_BAD_ARGUMENT,
              "a text begins with BOS");
    FORWARD(check(s, symbols, count, err));
    if (count > s->length) FORWARD(reserve(s, count - s->length, err));
    const size_t same = shared(s, symbols, count);
    FORWARD(shorten(s, same, reusable(s, same, count), err));
    if (kept) *kept = session_known(s);
    memcpy(s->text + same, symbols + same, (count - same) * sizeof *s->text);
    s->length = count;
    s->prompting = true;
    outlook_hear(&s->outlook, symbols + same, count - same);
    return AXL_OK;
}

const uint16_t *session_text(const session *s, size_t *length) {
    *length = s->length;
    return s->text;
}

axl_status session_watch(session *s, const session_watcher *w, axl_error *err) {
    session_view *made = NULL;
    if (w) FORWARD(session_view_create(&made, s, w, err));
    session_view_free(s->view);
    s->view = made;
    return w ? shorten(s, s->length, 0, err) : AXL_OK;
}

size_t session_unread(const session *s) {
    return s->rows ? 0 : s->length - session_known(s);
}

// ---- the next symbol ----

bool session_ready(const session *s) {
    return s->row < s->rows;
}

axl_status session_expect(session *s, const float **logits, axl_error *err) {
    RETURN_IF(!session_ready(s), err, AXL_INTERNAL, "a session that is not ready");
    float *row = s->logits + s->row * vocab_of(s);
    if (!s->blended) FORWARD(outlook_blend(&s->outlook, row, vocab_of(s), err));
    s->blended = true;
    *logits = row;
    return AXL_OK;
}

const float *session_gates(const session *s) {
    return session_ready(s) ? s->gates[s->row] : NULL;
}

axl_status session_choose(session *s, const chooser *how, chooser_choice *out, axl_error *err) {
    chooser_view v = {.vocab = vocab_of(s), .text = s->text, .length = s->length};
    v.position = s->length;
    FORWARD(session_expect(s, &v.logits, err));
    return chooser_draw(how, &v, out, err);
}

axl_status session_accept(session *s, uint16_t symbol, axl_error *err) {
    RETURN_IF(!session_ready(s), err, AXL_INTERNAL, "a session that is not ready");
    FORWARD(check(s, &symbol, 1, err));
    FORWARD(reserve(s, 1, err));
    bool right = false;
    if (s->row < s->guesses) {
        right = s->guess[s->row] == symbol;
        draft_gain_learn(&s->gain, s->match + s->row, right);
    }
    s->blended = false;
    if (right && s->row + 1 < s->rows) {
        s->row++;
        s->counts.agreed++;
    } else {
        drop_rows(s);
    }
    s->text[s->length++] = symbol;
    outlook_hear(&s->outlook, &symbol, 1);
    return AXL_OK;
}

void session_set_drafts(session *s, bool on) {
    s->drafts = on;
}

session_counts session_count(const session *s) {
    return s->counts;
}

size_t session_bytes(const session *s) {
    const size_t rows = DRAFT_MAX + 1;
    return sizeof *s + s->cache.bytes + s->capacity * sizeof *s->text + draft_bytes(&s->index) +
           rows * vocab_of(s) * sizeof *s->logits + (s->view ? s->view->bytes : 0);
}

axl_status session_guess(session *s, size_t most, size_t *count, axl_error *err) {
    *count = s->guesses = 0;
    if (!s->drafts) return AXL_OK;
    FORWARD(draft_grow(&s->index, s->text, s->length, err));
    const draft_place place = draft_find(&s->index, s->text);
    if (place.match == 0) return AXL_OK;
    const size_t length = draft_gain_length(&s->gain, place.match, most);
    // One guess is made even if it is not computed: to learn how often it would have been right.
    for (size_t i = 0; i < size_max(length, 1); i++) {
        const size_t at = place.next + i; // what lies beyond the text is a guess itself
        const uint16_t symbol = at < s->length ? s->text[at] : s->guess[at - s->length];
        if (symbol >= MODEL_BOS) break;
        s->guess[s->guesses++] = symbol;
    }
    s->match = place.match;
    *count = size_min(length, s->guesses);
    return AXL_OK;
}
