#include "server/prefix.h"

#include "base/alloc.h"
#include "base/sizes.h"

// To copy the caches of a session costs about as much as reading so many symbols.
#define FORK_PAYS SESSION_PIECE

static void drop(prefix_cache *c, size_t i) {
    session_free(c->list[i].s);
    c->bytes -= c->list[i].bytes;
    c->list[i] = c->list[--c->count];
}

void prefix_free(prefix_cache *c) {
    while (c->count > 0) drop(c, c->count - 1);
    mem_free(c->list);
    *c = (prefix_cache){0};
}

void prefix_forget(prefix_cache *c, const engine *e) {
    for (size_t i = c->count; i-- > 0;)
        if (session_engine(c->list[i].s) == e) drop(c, i);
}

// The one that was not used for the longest time; of one engine, or of all for NULL. SIZE_MAX:
// there is none.
static size_t oldest(const prefix_cache *c, const engine *e) {
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < c->count; i++) {
        if (e && session_engine(c->list[i].s) != e) continue;
        if (found == SIZE_MAX || c->list[i].used < c->list[found].used) found = i;
    }
    return found;
}

static session *take(prefix_cache *c, size_t i) {
    session *s = c->list[i].s;
    c->bytes -= c->list[i].bytes;
    c->list[i] = c->list[--c->count];
    return s;
}

bool prefix_give_up(prefix_cache *c) {
    if (c->count == 0) return false;
    drop(c, oldest(c, NULL));
    return true;
}

axl_status prefix_create(prefix_cache *c, const engine *e, session **out, axl_error *err) {
    axl_status status;
    do {
        status = session_create(out, e, err);
    } while (status == AXL_NO_MEMORY && prefix_give_up(c));
    return status;
}

axl_status prefix_fork(prefix_cache *c, const session *s, session **out, axl_error *err) {
    axl_status status = session_fork(out, s, err);
    while (status == AXL_NO_MEMORY) {
        // What is forked may itself be kept: it goes last.
        size_t i = oldest(c, NULL);
        if (i != SIZE_MAX && c->list[i].s == s) c->list[i].used = ++c->clock;
        i = oldest(c, NULL);
        if (i == SIZE_MAX || c->list[i].s == s) break;
        drop(c, i);
        status = session_fork(out, s, err);
    }
    return status;
}

// ---- looking ------------------------------------------------------------------------------------

// What shares most with a text: a kept session by its number, or a busy one.
typedef struct found {
    size_t kept, kept_common; // SIZE_MAX, 0: none
    const session *busy;
    size_t busy_common;
} found;

static found look(const prefix_cache *c, const prefix_want *w) {
    found f = {.kept = SIZE_MAX};
    for (size_t i = 0; i < c->count; i++) {
        const prefix_entry *entry = &c->list[i];
        if (session_engine(entry->s) != w->e) continue;
        const size_t common = session_common(entry->s, w->symbols, w->count);
        const bool newer = f.kept != SIZE_MAX && entry->used > c->list[f.kept].used;
        if (common == 0 || common < f.kept_common || (common == f.kept_common && !newer)) continue;
        f.kept = i;
        f.kept_common = common;
    }
    for (size_t i = 0; i < w->busy_count; i++) {
        if (session_engine(w->busy[i]) != w->e) continue;
        const size_t common = session_common(w->busy[i], w->symbols, w->count);
        if (common <= f.busy_common) continue;
        f.busy = w->busy[i];
        f.busy_common = common;
    }
    return f;
}

// Whether at least half of what was read is of use here.
static bool is_ours(const prefix_cache *c, const found *f) {
    return f->kept != SIZE_MAX && 2 * f->kept_common >= c->list[f->kept].prompt;
}

// Without anything to keep. One that would have to go anyway gives its memory.
static axl_status start(prefix_cache *c, const engine *e, session **out, axl_error *err) {
    const size_t i = oldest(c, e);
    if (i == SIZE_MAX || c->bytes + c->list[i].bytes <= c->most)
        return prefix_create(c, e, out, err);
    *out = take(c, i);
    return AXL_OK;
}

axl_status prefix_take(prefix_cache *c, const prefix_want *w, session **out, axl_error *err) {
    const found f = look(c, w);
    *out = NULL;
    if (f.busy_common >= f.kept_common + FORK_PAYS) return prefix_fork(c, f.busy, out, err);
    if (is_ours(c, &f)) {
        *out = take(c, f.kept);
        return AXL_OK;
    }
    if (f.kept_common >= FORK_PAYS) return prefix_fork(c, c->list[f.kept].s, out, err);
    return start(c, w->e, out, err);
}

// ---- keeping ------------------------------------------------------------------------------------

static bool reserve(prefix_cache *c) {
    if (c->count < c->capacity) return true;
    const size_t capacity = size_max(2 * c->capacity, 16);
    prefix_entry *grown = mem_resize_array(c->list, capacity, sizeof *grown);
    if (!grown) return false;
    c->list = grown;
    c->capacity = capacity;
    return true;
}

void prefix_put(prefix_cache *c, session *s, size_t prompt) {
    const size_t bytes = session_bytes(s);
    if (bytes > c->most || !reserve(c)) {
        session_free(s);
        return;
    }
    while (c->bytes + bytes > c->most) drop(c, oldest(c, NULL));
    c->list[c->count++] =
        (prefix_entry){.s = s, .prompt = prompt, .bytes = bytes, .used = ++c->clock};
    c->bytes += bytes;
}
